"""What always holds of callbacks, whatever callers, agents, customers and the platform do."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import hypothesis.strategies as st
from hypothesis import given, settings
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test
from kit.callback_desk import GERMANY, CallbackDesk, callback_plan
from kit.floor_walk import FloorWalk, queue

from routing.callback_rules import CallbackOffer, CallbackRules
from routing.callback_state import CallbackStage
from routing.commands import CreateCall
from routing.events import (
    CallEnded,
    Caller,
    CallerKind,
)
from routing.facts import FactKind
from routing.plan import Delivery, EntryPoint, Plan, Rule
from routing.state import ContactState, Outcome
from routing.word_events import (
    DropCallback,
    RequestCallback,
)

ENDS = (FactKind.CALLBACK_CONNECTED, FactKind.CALLBACK_EXPIRED, FactKind.CALLBACK_CANCELED)
RULES = CallbackRules(
    offer=CallbackOffer(key="3"),
    tries=2,
    retry_after_ms=12_000,
    ring_ms=8_000,
    confirm_ms=6_000,
    expires_after_ms=90_000,
    in_ms=(20_000,),
    per_day=20,
)
MISSED = "+49301000000"


class CallbackWalk(FloorWalk):
    """The floor's own walk, in which callers also ask to be called back."""

    delivery = Delivery.CONSULT

    def _plan(self, *, wait: bool, sent_on: bool, rule: Rule = Rule.LONGEST_IDLE) -> Plan:
        queues = tuple(
            replace(queue(name, self.delivery, wait=wait, sent_on=sent_on, rule=rule))
            for name in ("sales", "other")
        )
        queues = tuple(replace(each, callback=RULES) for each in queues)
        entries = tuple(
            EntryPoint(
                name=each.name, account=f"account-{each.name}", queue=each.name, numbering=GERMANY
            )
            for each in queues
        )
        return Plan(
            tenant="contoso", entry_points=entries, queues=queues, default_entry_point="sales"
        )

    @precondition(lambda self: self.platform.callers())
    @rule(data=st.data(), keys=st.sampled_from(["3", "31", "311", "311", "1", "2", "*", "0#9"]))
    def caller_presses(self, data: st.DataObject, keys: str) -> None:
        wire = data.draw(st.sampled_from(self.platform.callers()))
        for tone in keys:
            self.desk.presses(wire, tone)
        self.execute_all()

    @precondition(lambda self: self.desk.calls < 12)
    @rule()
    def caller_is_promised_a_callback(self) -> None:
        """Nobody is free; the caller waits, asks, and hangs up or is hung up."""
        self.desk.present(*{m.agent for m in self.desk.members}, as_="Away")
        self.caller_is_heard("account-sales")
        wire = f"caller{self.desk.calls}"
        for tone in "311":
            self.desk.presses(wire, tone)
        self.platform.settle()

    def _customers(self, state: str) -> list[str]:
        legs = self.platform.legs.items()
        return [w for w, g in legs if g.agent.startswith("+") and g.state == state]

    @precondition(lambda self: self._customers("ringing"))
    @rule(key=st.sampled_from(["1", "1", "2", ""]))
    def customers_pick_up(self, key: str) -> None:
        for wire in self._customers("ringing"):
            self.platform.pick_up(wire)
        self.notify_all()
        for wire in self._customers("established"):
            if key:
                self.desk.presses(wire, key)

    @rule(agent=st.sampled_from(["", "a0", "a1"]), known=st.booleans())
    def somebody_is_to_be_called(self, agent: str, known: bool) -> None:
        number = MISSED if known else f"{MISSED[:-1]}{len(self.desk.facts) % 10}"
        self.desk.give(RequestCallback(number=number, queue="sales", agent=agent))

    @precondition(lambda self: self.desk.engine.floor.callbacks)
    @rule(data=st.data())
    def a_callback_is_dropped(self, data: st.DataObject) -> None:
        open_now = sorted(self.desk.engine.floor.callbacks.values())
        self.desk.give(DropCallback(contact=data.draw(st.sampled_from(open_now))))

    @invariant()
    def holds(self) -> None:
        super().holds()
        self._open_callbacks_are_in_the_line_or_rest()
        self._an_acceptance_dials_once()
        self._a_request_ends_once_at_most()

    def _open_callbacks_are_in_the_line_or_rest(self) -> None:
        floor = self.desk.engine.floor
        for contact in self.desk.engine.state.contacts.values():
            callback = contact.callback
            if callback is None or callback.over or callback.stage is not CallbackStage.WAITING:
                continue
            assert contact.state is ContactState.QUEUED
            stands = any(p[-1] == contact.id for p in floor.lines[contact.queue].places)
            assert stands + bool(contact.offer) + callback.resting == 1
            assert not callback.resting or "callback_due" in contact.timers

    def _an_acceptance_dials_once(self) -> None:
        dialed = Counter(
            fact.detail["offer"]
            for fact in self.desk.facts
            if fact.kind is FactKind.CALLBACK_DIALING
        )
        assert not [offer for offer, times in dialed.items() if times > 1]
        created = sum(isinstance(c, CreateCall) and bool(c.source) for c in self.desk.commands)
        assert created == len(dialed)

    def _a_request_ends_once_at_most(self) -> None:
        asked = Counter(f.contact for f in self.desk.facts if f.kind is FactKind.CALLBACK_REQUESTED)
        ended = Counter(f.contact for f in self.desk.facts if f.kind in ENDS)
        assert not ended - asked

    def teardown(self) -> None:
        if not hasattr(self, "desk"):
            return
        for wire, leg in list(self.platform.legs.items()):
            if leg.agent.startswith("+"):
                self.platform.agent_hangs_up(wire)
        super().teardown()
        kinds = Counter(fact.kind for fact in self.desk.facts)
        assert kinds[FactKind.CALLBACK_REQUESTED] == sum(kinds[each] for each in ENDS)
        assert not self.desk.engine.floor.callbacks


def test_walk_with_callbacks() -> None:
    CallbackWalk.reached[Delivery.CONSULT].clear()
    examples = max(30, settings.default.max_examples // 3)
    run_state_machine_as_test(
        CallbackWalk, settings=settings(max_examples=examples, stateful_step_count=40)
    )
    # Walks that get nowhere prove nothing.
    reached = CallbackWalk.reached[Delivery.CONSULT]
    for kind in (
        FactKind.CALLBACK_CONFIRMED,
        FactKind.CALLBACK_DIALING,
        FactKind.CALLBACK_FAILED,
        FactKind.CALLBACK_CONNECTED,
        FactKind.CALLBACK_EXPIRED,
        FactKind.CALLBACK_CANCELED,
    ):
        assert reached[kind.value], kind


def served(away: tuple[bool, ...], *, promise_all_later: bool) -> list[int]:
    """In which order callers are served who rang one after the other, some of whom are called
    back, some of whom hold."""
    desk = CallbackDesk(callback_plan(per_day=20))
    contacts = {}
    for number, goes in enumerate(away, 1):
        caller = Caller(kind=CallerKind.NUMBER, id=f"+49301{number:06d}")
        contacts[desk.waits(caller).id] = number
        if goes and not promise_all_later:
            hang_up(desk, number)
    for number, goes in enumerate(away, 1):
        if goes and promise_all_later:
            hang_up(desk, number)
    order = []
    for _ in away:
        agent = desk.taken()
        offer = desk.fact(FactKind.OFFER_CREATED)
        order.append(contacts[offer.contact])
        serve(desk, agent, order[-1], goes=away[order[-1] - 1])
    return order


def hang_up(desk: CallbackDesk, number: int) -> None:
    desk.keys(f"caller{number}", "11")
    desk.give(CallEnded(call=f"caller{number}", code=0, subcode=540000, ending="completed"))


def serve(desk: CallbackDesk, agent: str, number: int, *, goes: bool) -> None:
    if goes:
        desk.customer_linked(agent, desk.customer_picks_up())
    else:
        desk.linked(number, agent)
    desk.talk_seen_over()


@settings(max_examples=60)
@given(away=st.lists(st.booleans(), min_size=1, max_size=6), later=st.booleans())
def test_who_is_called_back_is_served_when_they_would_have_been(
    away: list[bool], later: bool
) -> None:
    assert served(tuple(away), promise_all_later=later) == list(range(1, len(away) + 1))


@settings(max_examples=200)
@given(keys=st.text(alphabet="0123456789*#", max_size=25), waits=st.lists(st.integers(1, 20)))
def test_arranging_ends_whatever_is_keyed_in(keys: str, waits: list[int]) -> None:
    desk = CallbackDesk(callback_plan(in_ms=(3_600_000,)))
    contact = desk.wants(keys="1")
    pauses = iter(waits)
    for tone in keys:
        if contact.state is not ContactState.ARRANGING:
            break
        desk.keys("caller1", tone)
        desk.wait(next(pauses, 0) * 1_000)
    desk.wait(600_000)
    assert contact.state is ContactState.QUEUED
    if contact.visiting:
        assert contact.callback is not None
        assert contact.callback.stage is CallbackStage.OVER
    else:
        left = desk.fact(FactKind.CONTACT_LEFT_QUEUE)
        assert left.detail["outcome"] == Outcome.CALLBACK
        assert contact.callback is not None
        assert contact.callback.stage is CallbackStage.WAITING
