"""Who is chosen, for whom, and what the explanation says."""

from __future__ import annotations

from kit.floor_desk import NUMBER, Desk, plan

from routing.commands import Answer, CreateCall, HangUp, Invite, ReadPresence
from routing.events import (
    CallEnded,
    Caller,
    CallerKind,
    CallEstablished,
    Member,
    PresenceRead,
    Reading,
)
from routing.facts import FactKind
from routing.plan import Delivery, Frozen, Preset, Queue, Rule
from routing.state import AgentState
from routing.word_events import (
    AgentSet,
)


def chosen(desk: Desk) -> str:
    return desk.fact(FactKind.OFFER_CREATED).agent


def busy(desk: Desk) -> None:
    """The agent who rings is busy: they are free again, the contact goes on."""
    leg = desk.phone_rings()
    desk.give(CallEnded(call=leg, ending="busy"))


def member(queue: str, agent: str, position: int) -> Member:
    return Member(queue=queue, position=position, agent=agent, upn=f"{agent}@contoso", name="")


def test_longest_idle_counts_from_the_last_work() -> None:
    desk = Desk(plan(Queue(name="sales")), agents=3)
    desk.connected()
    assert chosen(desk) == "a0"
    desk.talk_seen_over()
    number = desk.arrives()
    assert chosen(desk) == "a1"
    desk.give(CallEnded(call=f"caller{number}"))


def test_serial_always_starts_at_the_first_in_the_plans_order() -> None:
    members = (member("sales", "zoe", 0), member("sales", "ann", 1))
    desk = Desk(plan(Queue(name="sales", rule=Rule.SERIAL)), members=members)
    for _ in range(2):
        number = desk.arrives()
        assert chosen(desk) == "zoe"
        desk.give(CallEnded(call=f"caller{number}"))
        leg = desk.phone_rings()
        desk.give(CallEnded(call=leg))


def test_round_robin_remembers_whom_it_offered_last() -> None:
    desk = Desk(plan(Queue(name="sales", rule=Rule.ROUND_ROBIN)), agents=3)
    order = []
    for _ in range(4):
        number = desk.arrives()
        order.append(chosen(desk))
        desk.give(CallEnded(call=f"caller{number}"))
        leg = desk.phone_rings()
        desk.give(CallEnded(call=leg))
    assert order == ["a0", "a1", "a2", "a0"]


def test_the_first_in_line_is_served_first() -> None:
    desk = Desk(plan(Queue(name="sales")), agents=1)
    desk.present("a0", as_="Away")
    desk.arrives()
    desk.now += 10
    desk.arrives()
    desk.present("a0")
    assert desk.fact(FactKind.OFFER_CREATED).contact == desk.contact(1).id


def test_of_many_who_came_in_the_same_millisecond_the_first_is_served_first() -> None:
    desk = Desk(plan(Queue(name="sales")), agents=1)
    desk.present("a0", as_="Away")
    for _ in range(12):
        desk.arrives()
    ids = [desk.contact(number).id for number in range(1, 13)]
    assert sorted(ids) != ids, "as texts they sort otherwise"
    desk.present("a0")
    assert desk.fact(FactKind.OFFER_CREATED).contact == ids[0]
    line = desk.engine.floor.lines["sales"]
    assert [place[-1] for place in line.places] == ids[1:]


def test_an_agent_of_several_queues_gets_the_highest_priority_then_the_longest_waiting() -> None:
    low, high = Queue(name="low", priority=4), Queue(name="high", priority=2)
    desk = Desk(plan(low, high), agents=1)
    desk.present("a0", as_="Away")
    desk.arrives(account="account-low")
    desk.now += 60_000
    desk.arrives(account="account-high")
    desk.present("a0")
    assert desk.fact(FactKind.OFFER_CREATED).queue == "high"
    assert desk.fact(FactKind.OFFER_CREATED).detail["also"] == ["low"]


def test_of_equal_priorities_the_longest_waiting_across_queues_comes_first() -> None:
    desk = Desk(plan(Queue(name="b"), Queue(name="a")), agents=1)
    desk.present("a0", as_="Away")
    desk.arrives(account="account-b")
    desk.now += 1
    desk.arrives(account="account-a")
    desk.present("a0")
    assert desk.fact(FactKind.OFFER_CREATED).queue == "b"


def test_a_contact_that_failed_keeps_its_place_before_later_ones() -> None:
    desk = Desk(plan(Queue(name="sales")), agents=1)
    desk.arrives()
    desk.now += 5
    desk.arrives()
    busy(desk)
    desk.wait(10_000)
    desk.present()
    assert desk.fact(FactKind.OFFER_CREATED).contact == desk.contact(1).id


def test_the_explanation_names_rule_value_runners_up_and_counts_the_rest() -> None:
    desk = Desk(plan(Queue(name="sales")), agents=9)
    desk.present("a7", as_="Away")
    desk.present("a8", as_="Busy", activity="InACall")
    desk.arrives()
    detail = desk.fact(FactKind.OFFER_CREATED).detail
    assert detail["rule"] == "longest_idle"
    assert detail["upn"] == "agent0@contoso.example"
    assert detail["value"] == desk.agent().idle_since
    following = detail["following"]
    assert isinstance(following, list)
    assert [c["upn"] for c in following if isinstance(c, dict)] == [
        f"agent{i}@contoso.example" for i in range(1, 6)
    ]
    assert detail["rest"] == {
        "presence: away": 1,
        "presence: in a call": 1,
        "available, later in order": 1,
    }
    assert detail["waiting"] == 1


def test_two_callers_and_one_agent_make_one_offer() -> None:
    desk = Desk(plan(Queue(name="sales")), agents=1)
    desk.arrives()
    desk.arrives()
    assert desk.count(CreateCall) == 1
    assert desk.agent().state is AgentState.RESERVED


def test_presence_older_than_three_seconds_is_read_again_before_the_ring() -> None:
    desk = Desk(plan(Queue(name="sales")), agents=2)
    desk.present()
    desk.now += 3_001
    number = desk.rings()
    desk.ok(desk.commands[-1])
    desk.give(CallEstablished(call=f"caller{number}"))
    read = desk.last(ReadPresence)
    assert read.agents == ("a0",)
    assert desk.count(CreateCall) == 0
    away = Reading(agent="a0", availability="Away", activity="Away")
    desk.give(PresenceRead(read_at=desk.now, readings=(away,)))
    assert chosen(desk) == "a1"


def test_a_reading_that_does_not_come_in_300_ms_is_not_waited_for() -> None:
    desk = Desk(plan(Queue(name="sales")), agents=1)
    desk.present("a0", as_="Away")
    desk.arrives()
    desk.present("a0")
    assert desk.count(CreateCall) == 1
    busy(desk)
    desk.wait(10_000)
    assert desk.count(ReadPresence) == 1
    assert desk.count(CreateCall) == 1
    desk.wait(299)
    assert desk.count(CreateCall) == 1
    desk.wait(1)
    assert desk.count(CreateCall) == 2


def test_frozen_presence_holds_after_a_minute_or_is_trusted() -> None:
    for frozen, rings in ((Frozen.HOLD, 0), (Frozen.TRUST, 1)):
        desk = Desk(plan(Queue(name="sales", frozen_presence=frozen)), agents=1)
        desk.now += 60_001
        desk.rings()
        desk.ok(desk.commands[-1])
        desk.give(CallEstablished(call="caller1"))
        desk.wait(300)
        assert desk.count(CreateCall) == rings


def test_a_guest_or_federated_caller_gets_a_group_call_whatever_the_queue_says() -> None:
    for kind in (CallerKind.GUEST, CallerKind.FEDERATED):
        desk = Desk(plan(Queue(name="sales", delivery=Delivery.CONSULT)), agents=1)
        desk.arrives(Caller(kind=kind, id="them"))
        assert desk.count(Invite) == 1
        assert desk.contact().delivery is Delivery.GROUP_CALL


def test_each_queue_has_its_own_gate() -> None:
    strict, open_ = Queue(name="strict"), Queue(name="open", presence=Preset.BUSY_OK)
    desk = Desk(plan(strict, open_), agents=1)
    desk.present("a0", as_="Busy")
    desk.arrives(NUMBER, "account-strict")
    assert desk.count(CreateCall) == 0
    desk.arrives(NUMBER, "account-open")
    assert desk.fact(FactKind.OFFER_CREATED).queue == "open"


def test_no_leg_no_ring_until_one_is_free() -> None:
    desk = Desk(plan(Queue(name="sales"), legs={"app": 22}), agents=20)
    everybody = [f"a{i}" for i in range(20)]
    desk.present(*everybody, as_="Away")
    for _ in range(12):
        desk.arrives()
    desk.present(*everybody)
    assert desk.count(CreateCall) == 10
    assert desk.engine.floor.legs["app"] == 22
    desk.give(CallEnded(call="caller12"))
    assert desk.count(CreateCall) == 11


def test_an_agent_of_many_queues_needs_one_leg_only() -> None:
    queues = [Queue(name=f"q{i}") for i in range(10)]
    desk = Desk(plan(*queues, legs={"app": 17}), agents=7)
    for _ in range(8):
        desk.rings()
    # Seven agents are free, five legs are spare: callers up to the fifth leg.
    assert desk.count(Answer) == 5


def test_no_more_than_25_legs_are_kept_for_agents() -> None:
    desk = Desk(plan(Queue(name="q")), agents=40)
    for _ in range(100):
        desk.rings()
    assert desk.count(Answer) == 70


def test_who_was_not_watched_is_read_before_the_ring_although_a_poll_was_just_made() -> None:
    desk = Desk(plan(Queue(name="sales")), agents=1)
    desk.give(AgentSet(agent="a0", ready=False))
    assert desk.engine.watched() == []
    desk.now += 600_000
    desk.arrives()
    desk.give(AgentSet(agent="a0", ready=True), after=10)
    assert desk.last(ReadPresence).agents == ("a0",)
    assert desk.count(CreateCall) == 0
    meeting = Reading(agent="a0", availability="Busy", activity="InAMeeting")
    desk.give(PresenceRead(read_at=desk.now, readings=(meeting,)))
    assert desk.count(CreateCall) == 0
    assert desk.agent().state is AgentState.IDLE


def test_the_same_word_again_makes_nobody_less_fresh() -> None:
    desk = Desk(plan(Queue(name="sales")), agents=1)
    desk.arrives()
    desk.phone_rings()
    desk.wait(18_000)
    desk.ok(desk.last(HangUp))
    desk.present()
    desk.give(AgentSet(agent="a0", ready=True), after=10)
    assert desk.count(ReadPresence) == 0
    assert desk.count(CreateCall) == 2


def test_who_is_ready_by_time_is_read_before_the_ring() -> None:
    desk = Desk(plan(Queue(name="sales")), agents=1)
    desk.give(AgentSet(agent="a0", ready=False, until=desk.now + 60_000))
    desk.arrives()
    desk.wait(59_000)
    desk.present()
    desk.wait(1_000)
    assert desk.agent().state is AgentState.RESERVED
    assert desk.count(CreateCall) == 0
    assert desk.last(ReadPresence).agents == ("a0",)


def test_under_hold_a_reading_of_the_agent_alone_is_enough() -> None:
    desk = Desk(plan(Queue(name="sales")), agents=1)
    desk.now += 60_001
    number = desk.rings()
    desk.give(CallEstablished(call=f"caller{number}"))
    assert desk.agent().state is AgentState.IDLE
    same = Reading(agent="a0", availability="Available", activity="Available")
    desk.give(PresenceRead(read_at=desk.now, readings=(same,)))
    assert desk.count(CreateCall) == 1


def test_round_robin_does_not_pass_anybody_over_while_presence_is_frozen() -> None:
    desk = Desk(plan(Queue(name="sales", rule=Rule.ROUND_ROBIN)), agents=3)
    desk.now += 60_001
    for _ in range(2):
        number = desk.rings()
        desk.give(CallEstablished(call=f"caller{number}"))
    assert desk.count(CreateCall) == 0
    desk.present()
    assert [c.target.id for c in desk.commands if isinstance(c, CreateCall)] == ["a0", "a1"]


def test_no_more_than_25_legs_are_kept_for_the_agents_of_all_queues() -> None:
    members = tuple(member(f"q{n // 20}", f"a{n}", n) for n in range(40))
    desk = Desk(plan(Queue(name="q0"), Queue(name="q1")), members=members)
    for _ in range(100):
        desk.rings()
    assert desk.count(Answer) == 70


def test_under_round_robin_the_following_begin_again_at_the_first() -> None:
    desk = Desk(plan(Queue(name="sales", rule=Rule.ROUND_ROBIN)), agents=4)
    for _ in range(3):
        desk.arrives()
    assert chosen(desk) == "a2"
    desk.present()
    offers = [f for f in desk.facts if f.kind is FactKind.OFFER_CREATED]
    names = [
        [row["upn"][:6] for row in offer.detail["following"]]  # type: ignore[index, union-attr]
        for offer in offers
    ]
    assert names == [["agent1", "agent2", "agent3"], ["agent2", "agent3"], ["agent3"]]
    for number in (1, 2, 3):
        desk.give(CallEnded(call=f"caller{number}"))
    for hang_up in [c for c in desk.commands if isinstance(c, HangUp)]:
        desk.ok(hang_up)
    desk.wait(1_000)
    desk.arrives()
    following = desk.fact(FactKind.OFFER_CREATED).detail["following"]
    assert chosen(desk) == "a3"
    assert [row["upn"][:6] for row in following] == ["agent0", "agent1", "agent2"]  # type: ignore[index, union-attr]
