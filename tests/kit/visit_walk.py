"""Random plans, callers, agents and changes around one engine, looked at after each step.

Plans here lead in rounds, overflow into each other, let callers go and send them anywhere; callers
ring, press keys, hang up and ring again.
"""

from __future__ import annotations

from collections import Counter, defaultdict

import hypothesis.strategies as st
from kit.floor_desk import Desk, plan
from kit.toy_platform import Platform
from kit.twin_engine import TwinEngine, saved

from routing.action import Action, ActionKind
from routing.events import (
    Caller,
    CallerKind,
    OwnerChanged,
    PlanChanged,
    Tick,
    ToneHeard,
)
from routing.facts import Fact, FactKind
from routing.plan import Delivery, Plan, Queue
from routing.state import ContactState, Outcome
from routing.waiting_rules import NOBODY, Absence, Announcements, AppliesTo, NoAgent
from routing.word_events import (
    AgentSet,
)

NAMES = ("q0", "q1", "q2")
IN_THE_QUEUE = {
    Outcome.ANSWERED,
    Outcome.ABANDONED,
    Outcome.TIMED_OUT,
    Outcome.NO_AGENT,
    Outcome.EXIT,
    Outcome.FAILED,
    Outcome.OVERFLOWED,
}
"""How visits end here. Overflowed: in one queue's line, and refused by all that came after."""

OUT = (Action(), Action(kind=ActionKind.NUMBER, ref="+49301"))
ON = tuple(
    Action(kind=ActionKind.QUEUE, ref=name, priority=priority)
    for name, priority in (
        ("q0", 0),
        ("q1", 1),
        ("q2", 0),
        ("q0", 5),
        ("q1", 0),
        ("q2", 4),
        ("gone", 0),
    )
)
actions = st.sampled_from((*OUT, *ON))
announcements = st.builds(
    Announcements,
    first_after_ms=st.sampled_from([1_000, 5_000]),
    every_ms=st.sampled_from([5_000, 20_000]),
    prompts=st.sampled_from([(), ("plan:a",), ("plan:a", "plan:b")]),
    position=st.booleans(),
    expected_wait=st.booleans(),
)
no_agents = st.builds(
    NoAgent,
    when=st.just(NOBODY) | st.lists(st.sampled_from(Absence), min_size=1, unique=True).map(tuple),
    apply=st.sampled_from(AppliesTo),
    action=actions,
)


def queues_of(name: str) -> st.SearchStrategy[Queue]:
    return st.builds(
        Queue,
        name=st.just(name),
        delivery=st.sampled_from(Delivery),
        priority=st.integers(1, 5),
        aging_ms=st.sampled_from([0, 10_000, 120_000]),
        weight=st.integers(1, 10),
        wrap_up_ms=st.sampled_from([0, 5_000]),
        max_wait_ms=st.sampled_from([None, 15_000, 40_000]),
        on_max_wait=actions,
        max_length=st.sampled_from([None, None, None, 0, 1, 3]),
        on_overflow=actions,
        announce=st.none() | announcements,
        keys=st.just({}) | st.fixed_dictionaries({"1": actions, "2": actions}),
        no_agent=st.none() | st.none() | no_agents,
        return_window_ms=st.sampled_from([0, 20_000, 300_000]),
        return_after_ms=st.just(30_000),
    )


plans = st.tuples(*(queues_of(name) for name in NAMES)).map(lambda queues: plan(*queues))
CALLERS = (
    Caller(kind=CallerKind.NUMBER, id="+4930123456"),
    Caller(kind=CallerKind.NUMBER, id="+4930123457"),
    Caller(kind=CallerKind.INTERNAL, id="u1"),
    Caller(kind=CallerKind.WITHHELD),
)
MOST_CALLERS = 20
REACHED: Counter[FactKind] = Counter()


class Tally:
    """Visits as the facts tell them, by queue."""

    def __init__(self) -> None:
        self.begun: Counter[str] = Counter()
        self.ended: defaultdict[str, Counter[Outcome]] = defaultdict(Counter)
        self.connected: Counter[str] = Counter()
        self.open_of: Counter[str] = Counter()
        """By contact."""
        self.places: defaultdict[str, list[int]] = defaultdict(list)

    def take(self, fact: Fact) -> None:
        match fact.kind:
            case FactKind.CONTACT_QUEUED:
                self.begun[fact.queue] += 1
                self.open_of[fact.contact] += 1
            case FactKind.CONTACT_LEFT_QUEUE:
                self.ended[fact.queue][Outcome(str(fact.detail["outcome"]))] += 1
                self.open_of[fact.contact] -= 1
            case FactKind.CONTACT_CONNECTED:
                self.connected[fact.queue] += 1
            case FactKind.CONTACT_ANNOUNCED if "position" in fact.detail:
                self.places[fact.contact].append(int(str(fact.detail["position"])))


class Walk:
    """Callers, agents and the service, each doing something at random; what must hold is looked at
    after each step."""

    def __init__(self, plans: list[Plan], agents: int) -> None:
        self.plans = plans
        self.desk = Desk(plans[0], agents=agents)
        self.everybody = self.desk.members
        self.desk.engine = TwinEngine(plans[0], self.desk.engine.state)
        self.platform = Platform(self.desk)
        self.platform.done = len(self.desk.commands)
        self.told, self.tally = 0, Tally()
        self.seniority: dict[str, int] = {}
        self.tones = 0

    def step(self, name: str, which: int) -> None:
        """One thing happens; `which` chooses among its kinds."""
        getattr(self, name)(which)
        self.holds()

    # -- callers

    def a_caller_rings(self, which: int) -> None:
        if self.desk.calls < MOST_CALLERS:
            queue, caller = NAMES[which % 3], CALLERS[which % len(CALLERS)]
            self.platform.adopt(self.desk.rings(caller, account=f"account-{queue}"))
            if which % 5:
                self.settle()

    def a_caller_presses_a_key(self, which: int) -> None:
        if wires := self.platform.callers():
            self.tones += 1
            wire, tone = wires[which % len(wires)], "1129"[which % 4]
            self.desk.give(ToneHeard(call=wire, sequence=self.tones, tone=tone))

    def a_caller_hangs_up(self, which: int) -> None:
        if wires := self.platform.callers():
            self.platform.caller_hangs_up(wires[which % len(wires)])
            if which % 4:
                self.settle()

    # -- agents

    def _legs(self, state: str) -> list[str]:
        return [w for w, g in self.platform.legs.items() if g.agent and g.state == state]

    def an_agent_says_yes(self, which: int) -> None:
        self.settle()
        for wire in self._legs("ringing"):
            self.platform.pick_up(wire)
        for command in list(self.platform.invites):
            self.platform.join(command)
        self.settle()
        for wire in self._legs("established"):
            self.desk.presses(wire, "1")
        self.settle()
        for command in list(self.platform.transfers):
            if which % 2:
                self.platform.complete_transfer(command)
            else:
                self.platform.fail_transfer(command)
        self.settle()

    def an_agent_acts(self, which: int) -> None:
        agent = f"a{which % 2}"
        match which // 2:
            case 0:
                for wire in self._legs("ringing"):
                    self.platform.decline(wire)
            case 1:
                self.desk.give(AgentSet(agent=agent, ready=False))
            case 2:
                self.desk.present(agent, as_="Offline")
            case _:
                self.desk.present(agent, as_="InACall")

    def all_agents_are_back(self, _which: int) -> None:
        for member in self.everybody:
            self.desk.give(AgentSet(agent=member.agent, ready=True))
        self.desk.present(*{m.agent for m in self.everybody})

    # -- the service

    def settle(self) -> None:
        """What was asked for is done and told."""
        for _ in range(4):
            for _ in self.platform.pending():
                self.platform.execute()
            for _ in range(len(self.platform.news)):
                self.platform.deliver(0)

    def time_passes(self, which: int) -> None:
        self.settle()
        self.desk.wait((1, 100, 1_000, 5_000, 5_000, 15_000, 15_000, 41_000)[which])
        self.platform.stop_ringing()
        self.platform.sweep()
        self.desk.present()

    def the_service_changes(self, which: int) -> None:
        match which // 2:
            case 0:
                self.desk.give(PlanChanged(plan=self.plans[which % 2]))
            case 1:
                self.desk.members = tuple(m for m in self.everybody if m.agent != f"a{which % 2}")
                self.desk.enlist()
            case 2:
                self.desk.members = self.everybody
                self.desk.enlist()
                self.desk.present(*{m.agent for m in self.everybody})
            case _:
                state = saved(self.desk.engine.state)
                state.epoch, state.counted = state.epoch + 1, 0
                self.desk.engine = TwinEngine(self.desk.engine.plan, state)
                self.desk.give(OwnerChanged(epoch=state.epoch))

    # -- what always holds

    def holds(self) -> None:
        new, self.told = self.desk.facts[self.told :], len(self.desk.facts)
        for fact in new:
            self.tally.take(fact)
            REACHED[fact.kind] += 1
        self._each_visit_is_open_or_ended_once()
        self._seniority_never_goes_backwards()
        self._no_higher_place_is_told()
        self._the_line_is_as_a_load_makes_it()
        self._whoever_waits_hears_something()

    def _each_visit_is_open_or_ended_once(self) -> None:
        contacts = self.desk.engine.state.contacts.values()
        waiting = Counter(c.queue for c in contacts if c.visiting)
        for queue, begun in self.tally.begun.items():
            assert begun == self.tally.ended[queue].total() + waiting[queue]
            assert self.tally.ended[queue].keys() <= IN_THE_QUEUE
            assert self.tally.ended[queue][Outcome.ANSWERED] == self.tally.connected[queue]
        for contact in contacts:
            assert self.tally.open_of[contact.id] == contact.visiting
            assert not (contact.visiting and contact.state is ContactState.ENDED)
            if contact.state in (ContactState.QUEUED, ContactState.CONNECTING):
                assert contact.visiting
        assert set(self.tally.open_of.values()) <= {0, 1}

    def _seniority_never_goes_backwards(self) -> None:
        for contact in self.desk.engine.state.contacts.values():
            if contact.seniority_at is not None:
                before = self.seniority.setdefault(contact.id, contact.seniority_at)
                assert contact.seniority_at <= before
                assert contact.seniority_at <= (contact.queued_at or 0)
                self.seniority[contact.id] = contact.seniority_at

    def _no_higher_place_is_told(self) -> None:
        for places in self.tally.places.values():
            assert places == sorted(places, reverse=True)

    def _the_line_is_as_a_load_makes_it(self) -> None:
        floor = self.desk.engine.floor
        fresh = type(floor)(floor.plan, floor.state)
        assert fresh.lengths == floor.lengths
        assert fresh.left_waiting == floor.left_waiting
        for name, line in floor.lines.items():
            assert line.places == fresh.lines[name].places == sorted(line.places)
            assert floor.pools[name].unread == fresh.pools[name].unread

    def _whoever_waits_hears_something(self) -> None:
        for contact in self.desk.engine.state.contacts.values():
            if contact.state is ContactState.QUEUED:
                assert contact.music
                assert contact.music not in self.platform.heard or "music" in contact.timers

    def end(self) -> None:
        """Callers leave, and after silence every visit has ended."""
        for wire in self.platform.callers():
            self.platform.caller_hangs_up(wire)
        for _ in range(14):
            self.platform.settle()
            self.desk.wait(15_000)
            self.platform.stop_ringing()
            self.platform.sweep()
        self.desk.wait(9 * 3_600_000)
        self.desk.give(Tick())
        self.holds()
        ended = {queue: counts.total() for queue, counts in self.tally.ended.items()}
        assert self.tally.begun == Counter(ended)
        assert not self.desk.engine.state.contacts
        assert not self.desk.engine.floor.left_waiting


STEPS = (
    *["a_caller_rings"] * 6,
    *["a_caller_presses_a_key"] * 3,
    *["a_caller_hangs_up"] * 2,
    *["an_agent_says_yes"] * 4,
    "an_agent_acts",
    *["all_agents_are_back"] * 3,
    *["time_passes"] * 4,
    "the_service_changes",
)

walks = {
    "plans": st.lists(plans, min_size=2, max_size=2),
    "agents": st.sampled_from([0, 1, 1, 2]),
    "steps": st.lists(
        st.tuples(st.sampled_from(STEPS), st.integers(0, 7)), min_size=20, max_size=40
    ),
}
"""What a walk is drawn from."""
