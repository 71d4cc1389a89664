"""What always holds, whatever callers, agents and the platform do, in any order."""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from kit.floor_desk import Desk, plan
from kit.toy_platform import Platform

from routing.engine import Engine, Step
from routing.events import AgentSet, Event, Tick
from routing.floor import Floor
from routing.plan import Delivery, Plan, Queue
from routing.state import AgentState, CallState, ContactState, OfferState, State

HELD = (OfferState.ENDED, OfferState.LINKED)


class TwinEngine(Engine):
    """Handles every event twice: as it lived on, and as it would after save and load.

    What is loaded is only what steps have touched: an entity changed without a touch shows here.
    """

    def __init__(self, the_plan: Plan, state: State) -> None:
        super().__init__(the_plan, state)
        self.disk = State(epoch=state.epoch)
        for kind, entities in self._kept(state).items():
            for entity in entities.values():
                self._save(kind, entity)

    @staticmethod
    def _kept(state: State) -> dict[str, dict[str, Any]]:
        return {
            "contact": state.contacts,
            "call": state.calls,
            "offer": state.offers,
            "agent": state.agents,
            "queue": state.queues,
            "tenant": {"tenant": state.tenant},
        }

    def _save(self, kind: str, entity: Any) -> None:
        copied = copy.deepcopy(entity)
        if kind == "tenant":
            self.disk.tenant = copied
        else:
            self._kept(self.disk)[kind][entity.id] = copied

    def _written(self, step: Step) -> None:
        for (kind, _), entity in step.touched.items():
            self._save(kind, entity)
        for kind, entity_id in step.removed:
            self._kept(self.disk)[kind].pop(entity_id, None)
        self.disk.counted = self.state.counted
        for leg in self.state.calls.values():
            # When a leg was last heard of is worth no write of its own; the sweeper asks once more.
            self.disk.calls[leg.id].heard_at = leg.heard_at
        assert self.disk == self.state

    def handle(self, event: Event, now: int) -> Step:
        loaded = Engine(self.plan, copy.deepcopy(self.disk))
        again = loaded.handle(copy.deepcopy(event), now)
        step = super().handle(event, now)
        assert again.commands == step.commands
        assert again.facts == step.facts
        assert again.records == step.records
        assert loaded.state == self.state
        assert loaded.next_deadline() == self.next_deadline()
        self._written(step)
        return step


class FloorWalk(RuleBasedStateMachine):
    """Random walks over callers, agents and a platform that may fail, reorder and repeat."""

    @initialize(delivery=st.sampled_from(Delivery), agents=st.integers(1, 3), wait=st.booleans())
    def start(self, delivery: Delivery, agents: int, wait: bool) -> None:
        queue = Queue(
            name="sales",
            delivery=delivery,
            wrap_up_ms=5_000,
            max_wait_ms=40_000 if wait else None,
            max_length=4,
            return_after_ms=30_000,
        )
        the_plan = plan(queue)
        self.desk = Desk(the_plan, agents=agents)
        self.desk.engine = TwinEngine(the_plan, self.desk.engine.state)
        self.desk.engine.state.counted = self.desk.engine.disk.counted = 1_000
        self.platform = Platform(self.desk)
        self.platform.done = len(self.desk.commands)

    # -- the platform

    @precondition(lambda self: self.platform.pending())
    @rule()
    def execute(self) -> None:
        self.platform.execute()

    @precondition(lambda self: self.platform.pending())
    @rule(problem=st.sampled_from(["refused", "throttled", "unavailable", "unknown"]))
    def fail(self, problem: str) -> None:
        self.platform.execute(fail=problem)

    @precondition(lambda self: self.platform.news)
    @rule(data=st.data(), again=st.booleans())
    def notify(self, data: st.DataObject, again: bool) -> None:
        index = data.draw(st.integers(0, len(self.platform.news) - 1))
        event = self.platform.news[index] if again else self.platform.news.pop(index)
        self.desk.give(event)

    @precondition(lambda self: self.platform.transfers)
    @rule(data=st.data(), works=st.booleans())
    def finish_transfer(self, data: st.DataObject, works: bool) -> None:
        command = data.draw(st.sampled_from(sorted(self.platform.transfers)))
        if works:
            self.platform.complete_transfer(command)
        else:
            self.platform.fail_transfer(command)

    # -- people

    @rule()
    def caller_rings(self) -> None:
        if self.desk.calls < 12:
            self.platform.caller_rings()

    @rule(data=st.data())
    def caller_hangs_up(self, data: st.DataObject) -> None:
        live = [w for w, g in self.platform.legs.items() if not g.agent and g.state != "gone"]
        if live:
            self.platform.caller_hangs_up(data.draw(st.sampled_from(live)))

    @rule(data=st.data(), yes=st.booleans())
    def phone(self, data: st.DataObject, yes: bool) -> None:
        ringing = [w for w, g in self.platform.legs.items() if g.state == "ringing"]
        if ringing:
            wire = data.draw(st.sampled_from(ringing))
            if yes:
                self.platform.pick_up(wire)
            else:
                self.platform.decline(wire)

    @precondition(lambda self: self.platform.invites)
    @rule(data=st.data(), yes=st.booleans())
    def invitation(self, data: st.DataObject, yes: bool) -> None:
        command = data.draw(st.sampled_from(sorted(self.platform.invites)))
        if yes:
            self.platform.join(command)
        else:
            self.platform.refuse_invite(command)

    @rule(data=st.data(), tone=st.sampled_from("1125#"))
    def key(self, data: st.DataObject, tone: str) -> None:
        up = [w for w, g in self.platform.legs.items() if g.agent and g.state == "established"]
        if up:
            self.desk.presses(data.draw(st.sampled_from(up)), tone)

    @rule(agent=st.integers(0, 2), ready=st.booleans())
    def word(self, agent: int, ready: bool) -> None:
        self.desk.give(AgentSet(agent=f"a{agent}", ready=ready))

    @rule(agent=st.integers(0, 2), busy=st.booleans())
    def presence(self, agent: int, busy: bool) -> None:
        if f"a{agent}" in self.desk.engine.state.agents:
            self.desk.present(f"a{agent}", as_="Busy" if busy else "Available")

    @rule(ms=st.sampled_from([1, 299, 1_000, 3_000, 5_000, 8_000, 18_000, 61_000]))
    def time_passes(self, ms: int) -> None:
        self.desk.wait(ms)

    # -- what always holds

    @invariant()
    def an_agent_has_at_most_one_offer_or_contact(self) -> None:
        state = self.desk.engine.state
        busy = Counter(o.agent for o in state.offers.values() if o.state not in HELD)
        for contact in state.contacts.values():
            if contact.state is ContactState.CONNECTED:
                busy[contact.agent] += 1
        assert not [a for a, n in busy.items() if n > 1]
        for agent, count in busy.items():
            assert count == 0 or state.agents[agent].state is not AgentState.IDLE

    @invariant()
    def a_phone_rings_once_at_most(self) -> None:
        # Only where every unknown outcome is ours to bound: an agent's own leg.
        phones = Counter(g.agent for g in self.platform.legs.values() if g.state == "ringing")
        assert not [a for a, n in phones.items() if n > 1]

    @invariant()
    def nobody_waits_while_somebody_could_take_them(self) -> None:
        floor = self.desk.engine.floor
        fresh = self.desk.now - floor.state.tenant.presence_read_at <= 60_000
        for name, line in floor.lines.items():
            assert not (line.places and floor.pools[name].order and fresh and not floor.starved)

    @invariant()
    def the_indexes_are_what_a_load_would_make_of_them(self) -> None:
        floor = self.desk.engine.floor
        fresh = Floor(floor.plan, copy.deepcopy(floor.state))
        assert fresh.lengths == floor.lengths
        assert {n: x.places for n, x in fresh.lines.items()} == {
            n: x.places for n, x in floor.lines.items()
        }
        assert {n: (p.order, p.reasons) for n, p in fresh.pools.items()} == {
            n: (p.order, p.reasons) for n, p in floor.pools.items()
        }
        assert +Counter(fresh.legs) == +Counter(floor.legs)
        assert fresh.presumed.keys() == floor.presumed.keys()
        assert fresh.checking == floor.checking

    @invariant()
    def a_live_contact_has_a_live_leg(self) -> None:
        state = self.desk.engine.state
        for contact in state.contacts.values():
            if contact.state not in (ContactState.ENDED, ContactState.CONNECTED):
                assert state.calls[contact.call].state is not CallState.ENDED

    def teardown(self) -> None:
        """After silence everything ends."""
        if not hasattr(self, "desk"):
            return
        for wire, leg in list(self.platform.legs.items()):
            if not leg.agent and leg.state != "gone":
                self.platform.caller_hangs_up(wire)
        for _ in range(40):
            while self.platform.pending():
                self.platform.execute()
            for event in self.platform.news:
                self.desk.give(event)
            self.platform.news.clear()
            self.desk.wait(15_000)
        self.desk.wait(9 * 3_600_000)
        self.desk.give(Tick())
        state = self.desk.engine.state
        assert not [c for c in state.contacts.values() if c.state is not ContactState.ENDED]
        assert not [o for o in state.offers.values() if o.state is not OfferState.ENDED]
        assert {a.state for a in state.agents.values()} <= {AgentState.IDLE}


FloorWalk.TestCase.settings = settings(max_examples=80, stateful_step_count=60, deadline=None)
TestFloorWalk = FloorWalk.TestCase
