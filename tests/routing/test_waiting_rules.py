"""Who is served first, who goes elsewhere, and who has their old place: the rules of waiting."""

from __future__ import annotations

import pytest
from kit.floor_desk import NUMBER, Desk, plan
from kit.twin_engine import TwinEngine, saved

from routing.action import Action, ActionKind
from routing.commands import HangUp, Play, SubscribeTones, Transfer
from routing.events import (
    Address,
    CallEnded,
    Caller,
    CallerKind,
    CallEstablished,
    DirectoryRead,
    PlanChanged,
    Problem,
    PromptEnded,
    ToneHeard,
)
from routing.facts import FactKind
from routing.line import place_of, urgency
from routing.plan import Queue
from routing.staffing import absence_of, nobody_there, on_duty
from routing.state import AgentState, ContactState, Outcome
from routing.waiting_rules import Absence, AppliesTo, NoAgent
from routing.word_events import (
    AgentSet,
)

TO_NUMBER = Action(kind=ActionKind.NUMBER, ref="+49301")
MINUTE_MS = 60_000


def to(queue: str, priority: int = 0) -> Action:
    return Action(kind=ActionKind.QUEUE, ref=queue, priority=priority)


def desk_of(*queues: Queue, agents: int = 1, away: bool = True) -> Desk:
    desk = Desk(plan(*queues), agents=agents)
    if away:
        desk.present(*(f"a{n}" for n in range(agents)), as_="Away")
    return desk


def presses(desk: Desk, tone: str, number: int = 1, sequence: int = 1) -> None:
    desk.give(ToneHeard(call=f"caller{number}", sequence=sequence, tone=tone), after=100)


def outcomes(desk: Desk) -> list[tuple[str, object]]:
    left = [f for f in desk.facts if f.kind is FactKind.CONTACT_LEFT_QUEUE]
    return [(f.queue, f.detail["outcome"]) for f in left]


def first_served(desk: Desk) -> str:
    desk.present("a0")
    return desk.fact(FactKind.OFFER_CREATED).contact


# -- priority with aging, and weights


@pytest.mark.parametrize(("later_ms", "first"), [(119_999, 2), (120_001, 1)])
def test_one_level_of_priority_is_worth_the_agings_wait(later_ms: int, first: int) -> None:
    low = Queue(name="low", max_length=0, on_overflow=to("line", 4))
    desk = desk_of(Queue(name="line", aging_ms=120_000), low)
    desk.arrives(account="account-low")
    desk.now += later_ms
    desk.arrives(account="account-line")
    assert first_served(desk) == desk.contact(first).id


def test_with_no_aging_priority_changes_nothing() -> None:
    low = Queue(name="low", max_length=0, on_overflow=to("line", 5))
    desk = desk_of(Queue(name="line", aging_ms=0, priority=1), low)
    desk.arrives(account="account-low")
    desk.now += 1
    desk.arrives(account="account-line")
    assert first_served(desk) == desk.contact(1).id


def test_a_plan_with_another_aging_puts_the_line_in_its_order() -> None:
    low = Queue(name="low", max_length=0, on_overflow=to("line", 5))
    desk = desk_of(Queue(name="line", aging_ms=0), low)
    desk.arrives(account="account-low")
    desk.now += 1
    desk.arrives(account="account-line")
    desk.give(PlanChanged(plan=plan(Queue(name="line", aging_ms=1_000), low)))
    assert first_served(desk) == desk.contact(2).id
    line = desk.engine.floor.lines["line"]
    assert line.places == [place_of(desk.contact(1), 1_000)]


@pytest.mark.parametrize(("weight", "first"), [(2, "b"), (4, "a")])
def test_a_queues_weight_multiplies_its_callers_wait(weight: int, first: str) -> None:
    desk = desk_of(Queue(name="b"), Queue(name="a", weight=weight))
    desk.arrives(account="account-b")
    desk.now += 60_000
    desk.arrives(account="account-a")
    desk.now += 25_000
    desk.present("a0")
    fact = desk.fact(FactKind.OFFER_CREATED)
    assert fact.queue == first
    if first == "a":
        assert (fact.detail["weight"], fact.detail["seniority_ms"]) == (4, 25_000)
        assert fact.detail["priority"] == 3


def test_what_is_still_to_come_shrinks_with_weight() -> None:
    place = (100_000, 0, 1, "c")
    assert [urgency(place, weight, 40_000) for weight in (1, 2, 10)] == [-60_000, -30_000, -6_000]
    assert urgency(place, 3, 110_000) == 30_000


# -- keys


def test_a_key_leads_to_another_queue_with_the_seniority_of_the_first() -> None:
    desk = desk_of(Queue(name="a", keys={"1": to("b")}), Queue(name="b"))
    desk.arrives()
    since = desk.contact().seniority_at
    desk.wait(30_000)
    desk.arrives(account="account-b")
    assert desk.count(SubscribeTones) == 1
    presses(desk, "1")
    contact = desk.contact()
    assert (contact.queue, contact.state) == ("b", ContactState.QUEUED)
    assert (contact.seniority_at, contact.queued_at) == (since, desk.now)
    assert desk.fact(FactKind.CONTACT_EXITED).detail == {"to": "queue"}
    assert outcomes(desk) == [("a", "exit")]
    assert first_served(desk) == contact.id


def test_a_key_takes_the_caller_out_and_stops_the_phone_that_rings() -> None:
    desk = desk_of(Queue(name="a", keys={"2": TO_NUMBER}), away=False)
    desk.arrives()
    leg = desk.phone_rings()
    presses(desk, "2")
    assert desk.engine.wire_of(desk.last(HangUp).call) == leg
    assert desk.last(Transfer).target.id == "+49301"
    assert outcomes(desk) == [("a", "exit")]


def test_a_way_out_that_ends_the_call_says_good_bye() -> None:
    desk = desk_of(Queue(name="a", keys={"#": Action()}))
    desk.arrives()
    presses(desk, "#")
    assert desk.last(Play).say[0].prompt == "system:goodbye"
    desk.give(PromptEnded(call="caller1", context=desk.contact().playing, ok=True))
    assert desk.contact().outcome is Outcome.EXIT


def test_a_key_of_no_meaning_changes_nothing_and_is_not_kept() -> None:
    desk = desk_of(Queue(name="a", keys={"1": TO_NUMBER}))
    desk.arrives()
    before = len(desk.commands)
    presses(desk, "7")
    assert len(desk.commands) == before
    assert "7" not in str(desk.facts[-1].detail)


def test_no_key_counts_once_an_agent_has_said_yes() -> None:
    desk = desk_of(Queue(name="a", keys={"1": TO_NUMBER}), away=False)
    desk.arrives()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    presses(desk, "1")
    assert desk.contact().state is ContactState.CONNECTING
    desk.linked(leg=leg)
    assert outcomes(desk) == [("a", "answered")]


def test_no_key_counts_once_an_agent_has_said_yes_on_the_card() -> None:
    from routing.word_events import (
        AcceptedByCard,
    )

    desk = desk_of(Queue(name="a", keys={"1": TO_NUMBER}), away=False)
    offer = desk.offered_by_card()
    desk.give(AcceptedByCard(offer=offer, agent="a0"))
    presses(desk, "1")
    assert desk.contact().state is ContactState.QUEUED
    assert desk.contact().offer == offer


def test_keys_that_could_not_be_asked_for_are_asked_for_again_in_the_next_queue() -> None:
    desk = desk_of(
        Queue(name="a", keys={"1": TO_NUMBER}, max_wait_ms=5_000, on_max_wait=to("b")),
        Queue(name="b", keys={"1": TO_NUMBER}),
    )
    desk.arrives()
    desk.ok(desk.last(SubscribeTones), problem=Problem.REFUSED)
    assert not desk.contact().listening
    desk.wait(5_000)
    assert desk.count(SubscribeTones) == 2


# -- from queue to queue


def test_a_wait_that_is_over_goes_on_in_another_queue_at_the_same_seniority() -> None:
    desk = desk_of(Queue(name="a", max_wait_ms=20_000, on_max_wait=to("b", 1)), Queue(name="b"))
    desk.arrives()
    since = desk.contact().seniority_at
    desk.wait(20_000)
    contact = desk.contact()
    assert (contact.queue, contact.seniority_at, contact.priority) == ("b", since, 1)
    assert outcomes(desk) == [("a", "timed_out")]


def test_who_finds_a_queue_full_waits_in_the_one_it_names() -> None:
    desk = desk_of(Queue(name="a", max_length=1, on_overflow=to("b")), Queue(name="b"))
    desk.arrives()
    desk.arrives()
    assert desk.contact(2).queue == "b"
    assert outcomes(desk) == []
    assert desk.engine.floor.lengths == {"a": 1, "b": 1}


def test_queues_that_name_each_other_in_a_round_end_in_an_apology() -> None:
    one = Queue(name="a", max_length=0, on_overflow=to("b"))
    desk = desk_of(one, Queue(name="b", max_length=0, on_overflow=to("a")))
    desk.arrives()
    assert desk.last(Play).say[0].prompt == "system:technical_problem"
    desk.give(PromptEnded(call="caller1", context=desk.contact().playing, ok=True))
    assert desk.contact().state is ContactState.ENDED


# -- nobody there


def no_agent(apply: AppliesTo = AppliesTo.ALL, *when: Absence, action: Action = TO_NUMBER) -> Queue:
    rule = NoAgent(apply=apply, action=action)
    return Queue(
        name="a", no_agent=NoAgent(when=when, apply=apply, action=action) if when else rule
    )


def test_who_comes_while_nobody_is_there_goes_elsewhere_at_once() -> None:
    desk = desk_of(no_agent(AppliesTo.NEW))
    desk.arrives()
    assert desk.last(Transfer).target.id == "+49301"
    assert outcomes(desk) == [("a", "no_agent")]
    assert desk.kinds().count(FactKind.CONTACT_QUEUED) == 1
    assert desk.contact().outcome is Outcome.NO_AGENT


def test_somebody_on_a_call_is_there_unless_the_plan_says_otherwise() -> None:
    for when, waits in (((), True), ((Absence.ON_CONTACT,), False)):
        desk = desk_of(no_agent(AppliesTo.NEW, *when), away=False)
        desk.connected()
        desk.arrives()
        assert (desk.contact(2).state is ContactState.QUEUED) is waits


def test_who_waits_goes_too_as_the_last_agent_leaves() -> None:
    desk = desk_of(no_agent(), agents=2, away=False)
    desk.present("a0", "a1", as_="Busy", activity="InACall")
    desk.present("a0", "a1", as_="Available")
    desk.connected()
    desk.connected()
    for _ in range(2):
        desk.arrives()
    desk.give(AgentSet(agent="a0", ready=False))
    desk.talk_seen_over("a0")
    assert desk.contact(3).state is ContactState.QUEUED
    desk.give(AgentSet(agent="a1", ready=False))
    desk.talk_seen_over("a1")
    for number in (3, 4):
        assert desk.contact(number).state is ContactState.LEAVING
    assert outcomes(desk)[-2:] == [("a", "no_agent"), ("a", "no_agent")]


def test_who_waits_stays_where_the_rule_is_for_new_callers_only() -> None:
    desk = desk_of(no_agent(AppliesTo.NEW), away=False)
    desk.connected()
    desk.arrives()
    desk.give(AgentSet(agent="a0", ready=False))
    desk.talk_seen_over("a0")
    assert desk.contact(2).state is ContactState.QUEUED


def test_who_waits_goes_as_the_directory_takes_the_last_agent_away() -> None:
    desk = desk_of(no_agent(), away=False)
    desk.connected()
    desk.talk_seen_over()
    leg_free = desk.agent().state is AgentState.IDLE
    assert leg_free
    desk.present("a0", as_="Busy", activity="Busy")
    desk.give(PlanChanged(plan=plan(no_agent(AppliesTo.ALL, Absence.OFF))))
    desk.arrives()
    assert desk.contact(2).state is ContactState.QUEUED
    desk.give(DirectoryRead(members=(), addresses=()))
    assert desk.contact(2).state is ContactState.LEAVING


def test_a_missed_ring_that_leaves_nobody_sends_the_caller_on() -> None:
    desk = desk_of(no_agent(), away=False)
    desk.arrives()
    desk.phone_rings()
    desk.wait(18_000)
    desk.ok(desk.last(HangUp))
    assert desk.agent().state is AgentState.NOT_RESPONDING
    assert desk.contact().state is ContactState.LEAVING


def test_nobody_is_sent_away_before_it_is_known_who_is_there() -> None:
    desk = desk_of(no_agent(), away=False)
    desk.give(DirectoryRead(members=(), addresses=()))
    desk.enlist()
    assert desk.agent().presence.value == "unknown"
    desk.arrives()
    assert desk.contact().state is ContactState.QUEUED
    desk.present("a0", as_="Offline")
    assert desk.contact().state is ContactState.LEAVING


def test_two_queues_without_agents_that_name_each_other_end_in_an_apology() -> None:
    desk = desk_of(no_agent(action=to("b")), Queue(name="b", no_agent=NoAgent(action=to("a"))))
    desk.arrives()
    assert desk.last(Play).say[0].prompt == "system:technical_problem"


@pytest.mark.parametrize(
    ("reason", "absence"),
    [
        ("presence: offline", Absence.OFF),
        ("presence: out of office", Absence.OFF),
        ("presence: unknown", Absence.OFF),
        ("presence: in a call", Absence.PRESENCE),
        ("presence: away", Absence.PRESENCE),
        ("not ready", Absence.NOT_READY),
        ("not responding", Absence.NOT_RESPONDING),
        ("back-off: declined", Absence.BACK_OFF),
        ("reserved", Absence.RINGING),
        ("may still ring", Absence.RINGING),
        ("on contact", Absence.ON_CONTACT),
        ("presumed", Absence.ON_CONTACT),
        ("wrap up", Absence.WRAP_UP),
        ("something new", None),
    ],
)
def test_every_reason_of_a_pool_has_its_word(reason: str, absence: Absence | None) -> None:
    assert absence_of(reason) is absence


def test_on_duty_is_who_is_free_or_busy_with_our_callers() -> None:
    desk = desk_of(Queue(name="a"), agents=4, away=False)
    desk.present("a2", as_="Offline")
    desk.give(AgentSet(agent="a3", ready=False))
    desk.connected()
    queue = desk.engine.floor.queues["a"]
    assert on_duty(desk.engine.floor, queue) == 2
    assert not nobody_there(desk.engine.floor, queue)


# -- who rings again


def abandoned(caller: Caller = NUMBER, **queue: object) -> Desk:
    desk = desk_of(Queue(name="a", **queue), Queue(name="b"))  # type: ignore[arg-type]
    desk.arrives(caller)
    desk.wait(MINUTE_MS)
    desk.give(CallEnded(call="caller1"))
    return desk


def test_who_hung_up_and_rings_again_soon_has_the_old_place() -> None:
    desk = abandoned()
    desk.arrives(Caller(kind=CallerKind.NUMBER, id="+4930999"))
    desk.wait(299_999)
    desk.arrives()
    assert desk.contact(3).seniority_at == desk.contact(1).seniority_at
    fact = desk.fact(FactKind.CONTACT_RETURNED)
    assert (fact.detail["away_ms"], fact.detail["waited_ms"]) == (299_999, 359_999)
    assert first_served(desk) == desk.contact(3).id


@pytest.mark.parametrize(
    ("away_ms", "account", "caller", "queue"),
    [
        (300_001, "", NUMBER, {}),
        (1_000, "", NUMBER, {"return_window_ms": 0}),
        (1_000, "account-b", NUMBER, {}),
        (1_000, "", Caller(kind=CallerKind.NUMBER, id="+4930999"), {}),
        (1_000, "", Caller(kind=CallerKind.INTERNAL, id=NUMBER.id), {}),
    ],
    ids=["too late", "no window", "another queue", "another number", "another kind"],
)
def test_the_old_place_is_kept_for_nobody_else(
    away_ms: int, account: str, caller: Caller, queue: dict[str, object]
) -> None:
    desk = abandoned(**queue)
    desk.wait(away_ms)
    desk.arrives(caller, account=account)
    assert desk.contact(2).seniority_at == desk.now
    assert FactKind.CONTACT_RETURNED not in desk.kinds()


@pytest.mark.parametrize("kind", [CallerKind.WITHHELD, CallerKind.ENCRYPTED, CallerKind.BOT])
def test_who_hides_has_no_old_place(kind: CallerKind) -> None:
    caller = Caller(kind=kind, id="the same")
    desk = abandoned(caller)
    desk.wait(1_000)
    desk.arrives(caller)
    assert desk.contact(2).seniority_at == desk.now


def test_a_place_is_given_back_once() -> None:
    desk = abandoned()
    for _ in range(2):
        desk.wait(1_000)
        desk.arrives()
    assert desk.contact(2).seniority_at == desk.contact(1).seniority_at
    assert desk.contact(3).seniority_at == desk.now


def test_who_was_answered_has_no_place_to_come_back_to() -> None:
    desk = desk_of(Queue(name="a"), away=False)
    desk.connected()
    desk.talk_seen_over()
    desk.present("a0", as_="Away")
    desk.arrives()
    assert desk.contact(2).seniority_at == desk.now


def test_the_old_place_outlives_a_restart() -> None:
    desk = abandoned()
    desk.engine = TwinEngine(desk.engine.plan, saved(desk.engine.state))
    desk.wait(1_000)
    desk.arrives()
    assert desk.contact(2).seniority_at == desk.contact(1).seniority_at


def test_a_caller_led_into_the_queue_from_another_has_the_old_place_there() -> None:
    desk = desk_of(Queue(name="a", keys={"1": to("b")}), Queue(name="b"))
    desk.arrives(account="account-b")
    desk.wait(MINUTE_MS)
    desk.give(CallEnded(call="caller1"))
    desk.arrives()
    presses(desk, "1", number=2)
    assert desk.contact(2).seniority_at == desk.contact(1).seniority_at
    assert [len(line.places) for line in desk.engine.floor.lines.values()] == [0, 1]


def test_a_link_that_failed_keeps_the_seniority() -> None:
    desk = desk_of(Queue(name="a"), away=False)
    desk.arrives()
    since = desk.contact().seniority_at
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.ok(desk.last(Transfer))
    desk.give(CallEstablished(call="caller1", code=500, subcode=7700))
    assert desk.contact().seniority_at == since


def test_actions_reach_whoever_the_directory_knows() -> None:
    boss = Action(kind=ActionKind.USER, ref="boss@contoso")
    desk = desk_of(Queue(name="a", keys={"0": boss}))
    desk.enlist(Address(ref="boss@contoso", id="boss-id", name="Boss"))
    desk.arrives()
    presses(desk, "0")
    assert desk.last(Transfer).target.id == "boss-id"
