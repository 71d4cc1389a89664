"""What always holds of calls that people act on, whatever they, callers and the platform do."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test
from kit.control_desk import COLLEAGUE, DIAL, NUMBER
from kit.floor_walk import FloorWalk, queue

from routing.aim import Aim, AimKind
from routing.control_state import Control, Hold, Stage
from routing.facts import FactKind
from routing.plan import Delivery, EntryPoint, Plan, Rule
from routing.state import AgentState, Contact, ContactState
from routing.word_events import Act, CallControlled

AGENTS = tuple(Aim(kind=AimKind.AGENT, id=f"a{n}", name=f"a{n}") for n in range(3))
QUEUES = tuple(Aim(kind=AimKind.QUEUE, id=name) for name in ("sales", "other"))
AIMS = (NUMBER, COLLEAGUE, *AGENTS, *QUEUES)
TAKING = (Act.TRANSFER, Act.TRANSFER, Act.ADD)


class ControlWalk(FloorWalk):
    """The floor's own walk, in which people also act on what is talked; without what seldom lets
    anybody talk."""

    delivery = Delivery.GROUP_CALL
    plan_changes = directory_changes = a_supervisor_speaks = presence = word = None  # type: ignore[assignment]
    chats_are_read = a_button_is_pressed = cards_are_refreshed = an_agent_joins_late = None  # type: ignore[assignment]
    phone = key = agent_hangs_up = finish_transfer = caller_rings = None  # type: ignore[assignment]

    @initialize(wait=st.booleans(), sent_on=st.booleans(), talks=st.sampled_from([1, 1, 2]))
    def start(self, wait: bool, sent_on: bool, talks: int) -> None:  # type: ignore[override]
        super().start(agents=3, wait=wait, sent_on=sent_on)
        for _ in range(talks):
            self.two_talk()

    def _plan(self, *, wait: bool, sent_on: bool, rule: Rule = Rule.LONGEST_IDLE) -> Plan:
        queues = tuple(
            replace(
                queue(name, self.delivery, wait=wait, sent_on=sent_on, rule=rule),
                dial=DIAL,
                supervisors=("boss",),
            )
            for name in ("sales", "other")
        )
        entries = tuple(
            EntryPoint(name=each.name, account=f"account-{each.name}", queue=each.name)
            for each in queues
        )
        return Plan(
            tenant="contoso", entry_points=entries, queues=queues, default_entry_point="sales"
        )

    def _talks(self) -> list[Contact]:
        contacts = self.desk.engine.state.contacts.values()
        return [each for each in contacts if each.state is ContactState.CONNECTED]

    def _act(self, contact: Contact, act: Act, aim: Aim | None, *, consult: bool, by: str) -> None:
        self.desk.give(CallControlled(contact=contact.id, act=act, by=by, aim=aim, consult=consult))

    @rule()
    def two_talk(self) -> None:
        self.platform.settle()
        self.caller_is_heard("account-sales")
        self.a_talk_begins()

    @precondition(lambda self: self._talks())
    @rule(
        data=st.data(),
        act=st.sampled_from(Act),
        by=st.sampled_from(["", "", "", "boss", "a0"]),
        at_once=st.booleans(),
    )
    def somebody_acts(self, data: st.DataObject, act: Act, by: str, at_once: bool) -> None:
        contact = data.draw(st.sampled_from(self._talks()))
        aim = data.draw(st.sampled_from(AIMS))
        if act is Act.END and not at_once:
            act = Act.CANCEL  # too many talks would end at once
        self._act(contact, act, aim, consult=at_once, by=by or contact.agent)

    @precondition(lambda self: self._talks())
    @rule(data=st.data(), then=st.sampled_from([Act.RESUME, Act.RESUME, Act.END, None]))
    def a_caller_holds(self, data: st.DataObject, then: Act | None) -> None:
        contact = data.draw(st.sampled_from(self._talks()))
        self.execute_all()
        for act in (Act.HOLD, then):
            if act is not None and contact.state is ContactState.CONNECTED:
                self._act(contact, act, None, consult=False, by=contact.agent)
                self.execute_all()

    @precondition(lambda self: self._talks())
    @rule(
        data=st.data(),
        act=st.sampled_from(TAKING),
        consult=st.booleans(),
        come=st.sampled_from([True, True, False, None]),
        then=st.sampled_from([None, Act.COMPLETE, Act.CANCEL, Act.END]),
    )
    def somebody_is_brought_in(
        self, data: st.DataObject, act: Act, consult: bool, come: bool | None, then: Act | None
    ) -> None:
        """Nothing goes wrong until they are rung, and perhaps not after that."""
        contact = data.draw(st.sampled_from(self._talks()))
        agent, aim = contact.agent, data.draw(st.sampled_from(AIMS))
        self.execute_all()
        self.desk.present()
        self._act(contact, act, aim, consult=consult, by=agent)
        self.execute_all()
        self.execute_all()
        if come is not None:
            self._they_come(come)
        if then is not None and contact.state is ContactState.CONNECTED:
            self._act(contact, then, None, consult=False, by=agent)
        if come is None:
            self._they_come(True)  # too late, if they were not wanted any more

    def _they_come(self, come: bool) -> None:
        for command in list(self.platform.invites) if come else ():
            self.platform.join(command)
        self.notify_all()

    @invariant()
    def holds(self) -> None:
        super().holds()
        state = self.desk.engine.state
        for contact in state.contacts.values():
            if contact.state is ContactState.CONNECTED:
                self._whatever_is_awaited_can_come(contact)
            else:
                assert contact.control.party is None or contact.state is ContactState.ENDED
        self._one_outsider_is_rung_at_a_time()
        self._an_agent_in_a_call_belongs_to_it()

    def _whatever_is_awaited_can_come(self, contact: Contact) -> None:
        control: Control = contact.control
        pending = self.desk.engine.state.calls[contact.call].pending
        if control.hold in (Hold.STARTS, Hold.STOPS):
            assert control.hold_command in pending
        else:
            assert (control.held_since is not None) == (control.hold is Hold.ON)
        if control.out_by:
            assert control.out_by in pending
        if control.ending:
            assert control.ending_by in pending
        party = control.party
        if party is None:
            return
        offer = self.desk.engine.state.offers.get(party.offer)
        if party.stage is Stage.WAITS:
            assert control.hold is Hold.STARTS
        elif party.stage is Stage.GOING:
            assert "party" in contact.timers or party.removed_by in pending
        elif party.stage is Stage.RINGS:
            assert "party" in contact.timers if offer is None else offer.timers

    def _one_outsider_is_rung_at_a_time(self) -> None:
        outside = Counter(
            ring.wire
            for ring in self.platform.invites.values()
            if ring.agent in (NUMBER.id, COLLEAGUE.id)
        )
        assert not [wire for wire, times in outside.items() if times > 1]

    def _an_agent_in_a_call_belongs_to_it(self) -> None:
        state = self.desk.engine.state
        for agent in state.agents.values():
            if agent.state is AgentState.ON_CONTACT:
                contact = state.contacts[agent.contact]
                party = contact.control.party
                brought = party is not None and party.offer and party.aim.id == agent.id
                assert contact.state is ContactState.CONNECTED
                assert contact.agent == agent.id or brought


def test_walk_with_controls() -> None:
    ControlWalk.reached[Delivery.GROUP_CALL].clear()
    examples = max(30, settings.default.max_examples // 2)
    run_state_machine_as_test(
        ControlWalk, settings=settings(max_examples=examples, stateful_step_count=40)
    )
    # Walks that get nowhere prove nothing.
    reached = ControlWalk.reached[Delivery.GROUP_CALL]
    for kind in (
        FactKind.CONTACT_HELD,
        FactKind.CONTACT_RESUMED,
        FactKind.PARTY_RUNG,
        FactKind.PARTY_JOINED,
        FactKind.PARTY_OVER,
        FactKind.CONTACT_TRANSFERRED,
        FactKind.CONTACT_CUT,
        FactKind.ACT_REFUSED,
        FactKind.LATE_JOIN,
    ):
        assert reached[kind.value], kind
