"""What always holds when supervisors pull, move, prioritize and withdraw, and set agents' states,
with every answer late, lost or doubled, and after every load."""

from __future__ import annotations

from collections import Counter

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test
from kit.floor_walk import FloorWalk

from routing.facts import FactKind
from routing.plan import Delivery
from routing.state import ContactState, OfferState
from routing.steering_rules import may_take, taken
from routing.word_events import AgentOpted, AgentSet, ContactSteered, Steer

GOES_ON = (OfferState.RESCINDING, OfferState.ENDED)


class SteeringWalk(FloorWalk):
    """The floor's random walk, with a supervisor at work."""

    def _live(self) -> list[str]:
        contacts = self.desk.engine.state.contacts.values()
        return sorted(each.id for each in contacts if each.state is not ContactState.ENDED)

    def _waiting(self) -> list[str]:
        contacts = self.desk.engine.state.contacts.values()
        return sorted(each.id for each in contacts if each.state is ContactState.QUEUED)

    @precondition(lambda self: self._live())
    @rule(
        data=st.data(),
        act=st.sampled_from(Steer),
        to=st.sampled_from(["a0", "a1", "a2", "sales", "other", "max_wait", ""]),
        seen=st.sampled_from(["", "", "sales", "other"]),
        priority=st.integers(0, 6),
    )
    def steers(self, data: st.DataObject, act: Steer, to: str, seen: str, priority: int) -> None:
        self._steer(data.draw(st.sampled_from(self._live())), act, to, seen, priority)

    @precondition(lambda self: self.desk.calls < 12)
    @rule(
        does=st.sampled_from(
            [(Steer.PULL, ""), (Steer.PULL, ""), (Steer.MOVE, "other"), (Steer.WITHDRAW, "")]
        ),
        priority=st.sampled_from([0, 1, 5]),
    )
    def somebody_waits_and_is_steered(self, does: tuple[Steer, str], priority: int) -> None:
        self.caller_is_heard("account-sales")
        for contact in self._waiting():
            if priority:
                self._steer(contact, Steer.PRIORITIZE, "", priority=priority)
            act, to = does
            self._steer(contact, act, self._free(contact) if act is Steer.PULL else to)

    def _free(self, contact_id: str) -> str:
        """An agent who could take the contact; nobody where there is none."""
        state, floor = self.desk.engine.state, self.desk.engine.floor
        queue = floor.queues.get(state.contacts[contact_id].queue)
        agents = sorted(state.agents.values(), key=lambda each: each.id)
        free = [each.id for each in agents if queue is not None and may_take(each, queue)]
        return free[-1] if free else ""

    @precondition(lambda self: self._waiting())
    @rule(data=st.data())
    def pulls(self, data: st.DataObject) -> None:
        contact = data.draw(st.sampled_from(self._waiting()))
        self._steer(contact, Steer.PULL, self._free(contact))

    @precondition(lambda self: self._waiting())
    @rule(data=st.data(), to=st.sampled_from(["sales", "other"]), rings=st.booleans())
    def moves(self, data: st.DataObject, to: str, rings: bool) -> None:
        if rings:
            self.execute_all()
            self.notify_all()
        if waiting := self._waiting():
            self._steer(data.draw(st.sampled_from(waiting)), Steer.MOVE, to)

    def _steer(
        self, contact_id: str, act: Steer, to: str, seen: str = "", priority: int = 0
    ) -> None:
        state = self.desk.engine.state
        contact = state.contacts[contact_id]
        held = contact.state, contact.offer
        theirs = contact.state is ContactState.CONNECTED or taken(state.offers.get(contact.offer))
        event = ContactSteered(
            contact=contact_id,
            act=act,
            seen_queue=seen or contact.queue,
            to=to,
            priority=priority,
            by_name="Sam",
        )
        self.desk.give(event)
        if theirs:
            contact = self.desk.engine.state.contacts[contact_id]
            assert held == (contact.state, contact.offer), "whom an agent accepted is theirs"

    @rule(agent=st.integers(0, 2), ready=st.booleans())
    def sets(self, agent: int, ready: bool) -> None:
        self.desk.give(AgentSet(agent=f"a{agent}", ready=ready, by_name="Sam"))

    @rule(agent=st.integers(0, 2), queue=st.sampled_from(["sales", "other"]), out=st.booleans())
    def opts(self, agent: int, queue: str, out: bool) -> None:
        self.desk.give(AgentOpted(agent=f"a{agent}", queue=queue, out=out, by_name="Sam"))

    def _note_what_was_reached(self) -> None:
        new = self.desk.facts[self.facts :]
        self.reached[self.delivery].update(
            str(fact.detail["outcome"]) for fact in new if fact.kind is FactKind.CONTACT_LEFT_QUEUE
        )
        super()._note_what_was_reached()

    @invariant()
    def every_contact_stands_once_or_has_one_offer(self) -> None:
        if not hasattr(self, "desk"):
            return
        state, floor = self.desk.engine.state, self.desk.engine.floor
        stands = Counter(place[-1] for line in floor.lines.values() for place in line.places)
        offered = Counter(o.contact for o in state.offers.values() if o.state not in GOES_ON)
        for contact in state.contacts.values():
            if contact.state is ContactState.QUEUED:
                assert stands[contact.id] + offered[contact.id] == 1
                assert stands[contact.id] == floor.lines[contact.queue].has(contact)


@pytest.mark.parametrize("delivery", list(Delivery))
def test_walk(delivery: Delivery) -> None:
    class Walk(SteeringWalk):
        pass

    Walk.delivery = delivery
    examples = settings.default.max_examples
    run_state_machine_as_test(
        Walk, settings=settings(max_examples=examples, stateful_step_count=50)
    )
    seen = SteeringWalk.reached[delivery]
    # A blind transfer leaves the line as soon as it rings: whoever could be pulled is gone by then.
    pulled = () if delivery is Delivery.TRANSFER else ("contact.pulled",)
    wanted = (
        *pulled,
        "contact.moved",
        "contact.prioritized",
        "contact.withdrawn",
        "act.refused",
        "moved",
        "withdrawn",
    )
    assert [what for what in wanted if not seen[what]] == []
