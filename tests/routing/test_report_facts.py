"""What facts tell for reports: by which promise a visit is judged, what an agent gave to it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from kit.floor_desk import Desk, plan

from routing.commands import CreateCall
from routing.events import CallEnded, CommandDone, PlanChanged, TalkMeasured
from routing.facts import FactKind
from routing.hours import Hours
from routing.plan import AtClose, Queue
from routing.service_level import ServiceLevel
from routing.word_events import AgentSet

PROMISE = ServiceLevel(within_ms=30_000, share=90, short_ms=3_000)


def desk(agents: int = 1, **queue: object) -> Desk:
    return Desk(plan(Queue(name="support", service_level=PROMISE, **queue)), agents=agents)  # type: ignore[arg-type]


def test_a_visit_is_judged_by_the_promise_that_was_in_force_when_it_began() -> None:
    at = desk(agents=0)
    at.arrives()
    (support,) = at.engine.plan.queues
    stricter = replace(support, service_level=ServiceLevel(within_ms=5_000))
    at.give(PlanChanged(plan=replace(at.engine.plan, queues=(stricter,))), after=1_000)
    at.give(CallEnded(call="caller1", ending="completed"), after=9_000)
    left = at.fact(FactKind.CONTACT_LEFT_QUEUE).detail
    assert (left["within_ms"], left["short_ms"], left["waited_ms"]) == (30_000, 3_000, 10_000)
    at.arrives()
    at.give(CallEnded(call="caller2", ending="completed"), after=1_000)
    assert at.fact(FactKind.CONTACT_LEFT_QUEUE).detail["within_ms"] == 5_000


@pytest.mark.parametrize("wrap_up_ms", [0, 20_000])
def test_talk_and_wrap_up_are_told_once_when_both_are_over(wrap_up_ms: int) -> None:
    at = desk(wrap_up_ms=wrap_up_ms)
    at.connected()
    connected = at.now
    at.present("a0", as_="InACall")
    at.wait(60_000)
    at.present("a0")
    at.wait(5_000)
    at.present("a0")
    at.wait(20_000)
    (wrapped,) = [fact for fact in at.facts if fact.kind is FactKind.CONTACT_WRAPPED]
    talk_ms = wrapped.detail["talk_ms"]
    record = at.records[-1]
    assert record.talk_ended_at == connected + int(str(talk_ms))
    assert wrapped.detail["wrap_up_ms"] == record.wrap_up_ms == wrap_up_ms
    assert wrapped.detail["queued_at"] == record.queued_at
    assert (wrapped.agent, wrapped.queue, wrapped.contact) == ("a0", "support", record.contact)


def test_a_correction_tells_all_that_was_counted() -> None:
    at = desk(wrap_up_ms=20_000)
    at.connected()
    at.present("a0", as_="InACall")
    at.wait(60_000)
    at.present("a0")
    at.wait(5_000)
    at.present("a0")
    at.wait(3_600_000)
    record = at.records[-1]
    assert record.connected_at is not None
    at.give(TalkMeasured(record=record, talk_ended_at=record.connected_at + 7_000))
    detail = at.fact(FactKind.CONTACT_CORRECTED).detail
    assert (detail["connected_at"], detail["queued_at"]) == (record.connected_at, record.queued_at)
    assert detail["wrap_up_ms"] == 20_000


def test_offers_that_end_say_when_they_were_made() -> None:
    at = desk()
    at.arrives()
    made = at.now
    create = at.last(CreateCall)
    at.give(CommandDone(command=create.id, call=create.call, problem="refused"), after=2_000)
    assert at.fact(FactKind.OFFER_ENDED).detail["offered_at"] == made
    at = desk()
    at.arrives()
    made = at.now
    leg = at.picks_up()
    at.presses(leg, "1")
    at.linked(1, leg)
    assert at.fact(FactKind.CONTACT_CONNECTED).detail["offered_at"] == made


def test_a_fact_says_whether_the_agent_could_be_offered_something() -> None:
    at = desk()

    def available() -> object:
        return at.fact(FactKind.AGENT_CHANGED).detail["available"]

    assert available() is True
    at.give(AgentSet(agent="a0", ready=False, reason="lunch"))
    assert available() is False
    at.give(AgentSet(agent="a0", ready=True))
    assert available() is True
    at.present("a0", as_="Busy")
    assert available() is False
    at.present("a0")
    at.arrives()
    assert available() is False, "reserved"


def test_who_finds_the_queue_closed_and_who_waits_when_it_closes_are_told_apart() -> None:
    at = desk(agents=0, hours="never", at_close=AtClose.MOVE)
    shut = replace(at.engine.plan, hours=(Hours(name="never", zone="UTC"),))
    at.give(PlanChanged(plan=shut))
    at.arrives()
    assert at.fact(FactKind.QUEUE_CLOSED).detail["at_door"] is True
    always = replace(shut, hours=(), queues=tuple(replace(q, hours="") for q in shut.queues))
    at.give(PlanChanged(plan=always))
    at.arrives()
    at.give(PlanChanged(plan=shut), after=1_000)
    at.wait(1_000)
    assert at.fact(FactKind.QUEUE_CLOSED).detail["at_door"] is False
