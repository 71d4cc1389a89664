"""What always holds when agents opt out, write, choose how it ended, and take their time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test
from kit.floor_walk import FloorWalk

from routing.choices import Choice, NotReadyReason
from routing.events import PlanChanged
from routing.facts import FactKind
from routing.plan import Delivery, Plan
from routing.state import AgentState
from routing.word_events import (
    TAB,
    AgentOpted,
    AgentSet,
    DispositionChosen,
    DoneByCard,
    NoteWritten,
    WrapUpExtended,
)

ENDINGS = (Choice(code="solved"), Choice(code="again"))
BREAK = NotReadyReason(code="break", back_after_ms=20_000)


def asking(the_plan: Plan, **more: Any) -> Plan:
    """The plan, with queues that ask how each contact ended."""
    asks: dict[str, Any] = {"dispositions": ENDINGS, "disposition_required": True} | more
    queues = tuple(replace(each, **asks) for each in the_plan.queues)
    return replace(the_plan, queues=queues, not_ready_reasons=(BREAK,))


class ActsWalk(FloorWalk):
    """The floor's random walk, with agents who use the tab."""

    def _plan(self, **fields: Any) -> Plan:
        return asking(super()._plan(**fields), extend_ms=10_000, extend_most=2)

    @rule(index=st.sampled_from([0, 1, 3]))
    def plan_changes(self, index: int) -> None:
        # The plan that lacks a queue would let its agents go without a word.
        untimed = index == 1
        the_plan = asking(
            self.plans[index],
            wrap_up_ms=0 if untimed else 5_000,
            wrap_up_until_done=untimed,
            opt_out=index != 3,
        )
        self.desk.give(PlanChanged(plan=the_plan))

    @rule(agent=st.integers(0, 2), queue=st.sampled_from(["sales", "other"]), out=st.booleans())
    def opts(self, agent: int, queue: str, out: bool) -> None:
        self.desk.give(AgentOpted(agent=f"a{agent}", queue=queue, out=out, by_name="Sam"))

    @rule(agent=st.integers(0, 2), reason=st.sampled_from(["break", "dentist"]))
    def takes_a_break(self, agent: int, reason: str) -> None:
        self.desk.give(AgentSet(agent=f"a{agent}", ready=False, reason=reason))

    def _contacts(self) -> list[str]:
        return sorted(self.desk.engine.state.contacts)

    @precondition(lambda self: self._contacts())
    @rule(data=st.data(), own=st.sampled_from([True, True, False]), stale=st.booleans())
    def writes(self, data: st.DataObject, own: bool, stale: bool) -> None:
        contact = self.desk.engine.state.contacts[data.draw(st.sampled_from(self._contacts()))]
        seen = contact.note_revision - 1 if stale else contact.note_revision
        note = f"{contact.note} more"
        agent = contact.agent if own else "a9"
        self.desk.give(NoteWritten(contact=contact.id, agent=agent, note=note, seen=seen))

    @precondition(lambda self: self._contacts())
    @rule(
        data=st.data(),
        code=st.sampled_from(["solved", "again", "unheard of"]),
        own=st.sampled_from([True, True, False]),
    )
    def chooses(self, data: st.DataObject, code: str, own: bool) -> None:
        contact = self.desk.engine.state.contacts[data.draw(st.sampled_from(self._contacts()))]
        agent = contact.agent if own else "a9"
        self.desk.give(DispositionChosen(contact=contact.id, agent=agent, code=code))

    @precondition(lambda self: self.desk.engine.state.offers)
    @rule(data=st.data(), code=st.sampled_from(["", "", "again", "unheard of"]))
    def is_done(self, data: st.DataObject, code: str) -> None:
        offers = self.desk.engine.state.offers
        offer = offers[data.draw(st.sampled_from(sorted(offers)))]
        press = DoneByCard(offer=offer.id, agent=offer.agent, note="done", disposition=code, by=TAB)
        self.desk.give(press)

    @rule(waits=st.booleans())
    def a_talk_begins_and_ends(self, waits: bool) -> None:
        self.caller_is_heard("account-sales")
        self.a_talk_begins()
        for activity in ("InACall", "Available", "Available"):
            self.desk.present("a0", "a1", "a2", as_=activity)
            self.desk.wait(5_000)
        for wire in self.platform.callers() if self.delivery is Delivery.GROUP_CALL else ():
            self.platform.caller_hangs_up(wire)
        self.notify_all()
        if waits:
            self.desk.wait(6_000)

    @rule(agent=st.integers(0, 2), seen=st.integers(0, 2))
    def takes_longer(self, agent: int, seen: int) -> None:
        self.desk.give(WrapUpExtended(agent=f"a{agent}", seen=seen))

    def _note_what_was_reached(self) -> None:
        new = self.desk.facts[self.facts :]
        self._who_opted_out_is_not_offered()
        self.reached[self.delivery].update(
            "opted out" for f in new if "opted out" in (f.detail.get("rest") or {})
        )
        self.reached[self.delivery].update(
            "needs" for f in new if f.kind is FactKind.AGENT_CHANGED and f.detail["needs"]
        )
        super()._note_what_was_reached()

    def _who_opted_out_is_not_offered(self) -> None:
        queues = self.desk.engine.floor.queues
        for fact in self.desk.facts[self.facts :]:
            if fact.kind is FactKind.OFFER_CREATED and queues[fact.queue].opt_out:
                assert fact.queue not in self.desk.engine.state.agents[fact.agent].opted_out

    @invariant()
    def nobody_is_free_before_they_have_said_how_it_ended(self) -> None:
        state = self.desk.engine.state
        for contact in state.contacts.values():
            over = contact.talk_ended_at is not None and contact.ended_at is not None
            if over and not contact.disposition:
                assert contact.wrap_up_ended_at is None
                agent = state.agents[contact.agent]
                assert (agent.contact, agent.state) == (contact.id, AgentState.WRAP_UP)

    @invariant()
    def every_note_is_told_once_and_when_the_agent_is_done(self) -> None:
        state = self.desk.engine.state
        for contact in state.contacts.values():
            agent = state.agents.get(contact.agent)
            if contact.note_untold:
                assert agent is not None
                assert agent.contact == contact.id
                assert agent.state is not AgentState.IDLE

    def teardown(self) -> None:
        if hasattr(self, "desk"):
            # Agents are let go by a plan that does not ask: nothing else would end their wrap-up.
            plain = asking(self.plans[0], disposition_required=False)
            self.desk.give(PlanChanged(plan=plain))
            for agent in list(self.desk.engine.state.agents.values()):
                if agent.state is AgentState.WRAP_UP:
                    self.desk.give(AgentSet(agent=agent.id, ready=True))
        super().teardown()


@pytest.mark.parametrize("delivery", [Delivery.CONSULT, Delivery.GROUP_CALL])
def test_walk(delivery: Delivery) -> None:
    class Walk(ActsWalk):
        pass

    Walk.delivery = delivery
    examples = settings.default.max_examples
    run_state_machine_as_test(
        Walk, settings=settings(max_examples=examples, stateful_step_count=50)
    )
    seen = ActsWalk.reached[delivery]
    wanted = ("contact.connected", "contact.disposed", "contact.noted", "act.refused", "needs")
    assert [what for what in wanted if not seen[what]] == []
