"""Days worked out with pencil and paper, and what the reports make of their facts."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from kit.past_facts import past
from kit.report_sheets import report_of

from console.past import PastFact
from console.reports.days import Interval
from console.reports.metrics import Of
from console.reports.report import Row

DAY = date(2026, 11, 25)
SECOND = 1_000


def at(clock: str) -> int:
    """The instant of that day, UTC."""
    hour, minute, second = (int(part) for part in clock.split(":"))
    return int(datetime(2026, 11, 25, hour, minute, second, tzinfo=UTC).timestamp() * 1000)


def visit(
    came: str, outcome: str, waited_s: int, *, within_s: int = 20, short_s: int = 5
) -> list[PastFact]:
    """One caller of queue sales."""
    began = at(came)
    return [
        past("contact.queued", at=began, queue="sales"),
        past(
            "contact.left_queue",
            at=began + waited_s * SECOND,
            queue="sales",
            outcome=outcome,
            waited_ms=waited_s * SECOND,
            within_ms=within_s * SECOND,
            short_ms=short_s * SECOND,
        ),
    ]


def handled(came: str, agent: str, talk_s: int, wrap_up_s: int = 0) -> list[PastFact]:
    return [
        past(
            "contact.wrapped",
            at=at(came) + 10_000_000,
            agent=agent,
            queue="sales",
            queued_at=at(came),
            talk_ms=talk_s * SECOND,
            wrap_up_ms=wrap_up_s * SECOND,
        )
    ]


def only(rows: list[Row]) -> Row:
    (row,) = rows
    return row


MORNING = [
    # Answered: 10, 20 (just in time), 30 and 60 s. Hung up: 3 (short), 15 and 45 s.
    *visit("09:00:00", "answered", 10),
    *visit("09:01:00", "answered", 20),
    *visit("09:16:00", "answered", 30),
    *visit("09:31:00", "answered", 60),
    *visit("09:02:00", "abandoned", 3),
    *visit("09:17:00", "abandoned", 15),
    *visit("09:32:00", "abandoned", 45),
    *visit("09:33:00", "timed_out", 300),
    *visit("09:34:00", "callback", 40),
    past("contact.queued", at=at("09:59:30"), queue="sales"),
]


def test_the_four_service_levels_are_those_that_teams_names() -> None:
    figures = report_of(MORNING, DAY).total
    assert figures["offered"] == 10
    assert figures["sl_met_handled"] == pytest.approx(2 / 4)
    assert figures["sl_met_no_abandon"] == pytest.approx(2 / (10 - 2))
    assert figures["sl_met_positive_abandon"] == pytest.approx((2 + 2) / 10)
    assert figures["sl_met_negative_abandon"] == pytest.approx(2 / 10)


def test_waits_and_abandonment_by_hand() -> None:
    figures = report_of(MORNING, DAY).total
    assert (figures["answered"], figures["abandoned"], figures["waiting"]) == (4, 3, 1)
    assert (figures["timed_out"], figures["callback"]) == (1, 1)
    assert figures["asa"] == (10 + 20 + 30 + 60) * SECOND // 4
    assert figures["avg_abandon_time"] == (3 + 15 + 45) * SECOND // 3
    assert figures["abandoned_short"] == 1
    assert figures["abandon_rate"] == pytest.approx(3 / 10)
    assert figures["abandon_rate_without_short"] == pytest.approx(2 / 9, abs=1e-4)


def test_who_joins_after_a_change_is_judged_by_the_new_target() -> None:
    before, after = (
        visit("09:00:00", "answered", 25),
        visit("09:01:00", "answered", 25, within_s=30),
    )
    assert report_of(before, DAY).total["sl_met_handled"] == 0
    assert report_of(before + after, DAY).total["sl_met_handled"] == pytest.approx(1 / 2)


def test_a_contact_counts_when_it_came_and_not_when_it_left() -> None:
    late = visit("09:14:50", "answered", 40)
    rows = report_of(late, DAY, interval=Interval.QUARTER).rows
    assert only(rows).span.label == "2026-11-25T09:00+00:00"
    assert only(rows).figures["answered"] == only(rows).figures["offered"] == 1


def test_an_average_of_several_intervals_is_no_average_of_averages() -> None:
    told = [
        *visit("09:00:00", "answered", 2),
        *visit("10:00:00", "answered", 10),
        *visit("10:01:00", "answered", 30),
        *visit("10:02:00", "answered", 50),
    ]
    found = report_of(told, DAY, interval=Interval.HOUR)
    assert [row.figures["asa"] for row in found.rows] == [2 * SECOND, 30 * SECOND]
    assert found.total["asa"] == (2 + 10 + 30 + 50) * SECOND // 4, "not 16 s"


def test_handle_time_is_talk_and_wrap_up() -> None:
    told = [*handled("09:00:00", "a", 120, 30), *handled("09:01:00", "a", 60)]
    figures = report_of(told, DAY).total
    assert figures["handled"] == 2
    assert figures["avg_handle_time"] == 105 * SECOND
    assert figures["avg_talk_time"] == 90 * SECOND
    assert figures["avg_wrap_up_time"] == 15 * SECOND
    assert report_of(told, DAY, of=Of.AGENTS).total["avg_handle_time"] == 105 * SECOND


def test_a_call_record_corrects_the_talk_also_in_the_percentiles() -> None:
    corrected = past(
        "contact.corrected",
        at=at("12:00:00"),
        agent="a",
        queue="sales",
        queued_at=at("09:00:00"),
        connected_at=at("09:00:10"),
        talk_ended_at_before=at("09:02:10"),
        talk_ended_at=at("09:01:10"),
        wrap_up_ms=30 * SECOND,
    )
    figures = report_of([*handled("09:00:00", "a", 120, 30), corrected], DAY).total
    assert (figures["handled"], figures["avg_talk_time"]) == (1, 60 * SECOND)
    for part in (50, 95):
        assert figures[f"handle_p{part}"] == pytest.approx(90 * SECOND, rel=0.05)


def test_percentiles_are_within_five_per_cent() -> None:
    told = [fact for s in range(1, 101) for fact in visit("09:00:00", "answered", s)]
    figures = report_of(told, DAY).total
    for part in (50, 80, 95):
        assert figures[f"wait_p{part}"] == pytest.approx(part * SECOND, rel=0.05)
    assert report_of([], DAY).total["wait_p50"] is None


def offer(made: str, outcome: str, agent: str = "a") -> list[PastFact]:
    begun = past("offer.created", at=at(made), agent=agent, queue="sales")
    kind = "contact.connected" if outcome == "accepted" else "offer.ended"
    ended = past(
        kind,
        at=at(made) + 20 * SECOND,
        agent=agent,
        queue="sales",
        outcome=outcome,
        offered_at=at(made),
    )
    return [begun, ended]


def test_offers_are_accepted_declined_missed_or_nobodys_doing() -> None:
    told = [
        *offer("09:14:50", "accepted"),
        # That of an accepted offer comes when the talk is over, and says nothing new.
        past("offer.ended", at=at("09:30:00"), agent="a", queue="sales", outcome="accepted"),
        *offer("09:00:00", "declined"),
        *offer("09:01:00", "no_answer"),
        *offer("09:02:00", "no_answer"),
        *offer("09:03:00", "canceled"),
        *offer("09:04:00", "busy"),
    ]
    found = report_of(told, DAY, interval=Interval.QUARTER, of=Of.AGENTS)
    figures = only(found.rows).figures
    assert [figures[key] for key in ("offers", "accepted", "declined", "missed", "not_taken")] == [
        6,
        1,
        1,
        2,
        2,
    ]
    assert figures["acceptance"] == pytest.approx(1 / 4)


def test_expected_waits_are_judged_by_sums() -> None:
    told = [
        past(
            "contact.wait_judged",
            at=at("09:05:00"),
            queue="sales",
            queued_at=at("09:00:00"),
            quotes=quotes,
            held=held,
            errors_ms=bias,
            absolute_errors_ms=error,
        )
        for quotes, held, bias, error in ((3, 2, -3000, 9000), (1, 1, 1000, 1000))
    ]
    figures = report_of(told, DAY).total
    assert (figures["told_waits"], figures["told_held"]) == (4, 0.75)
    assert (figures["told_error"], figures["told_bias"]) == (2500, -500)


def test_who_found_the_queue_full_or_closed_was_not_offered() -> None:
    told = [
        past("queue.overflowed", at=at("09:00:00"), queue="sales"),
        past("queue.closed", at=at("09:00:00"), queue="sales", at_door=True),
        past("queue.closed", at=at("09:00:00"), queue="sales", at_door=False),
    ]
    figures = report_of(told, DAY).total
    assert (figures["full_at_door"], figures["closed_at_door"], figures["offered"]) == (1, 1, 0)


def does(since: str, state: str, agent: str = "a", **more: object) -> PastFact:
    return past("agent.changed", at=at(since), agent=agent, upn="a@b.example", state=state, **more)


def test_an_agents_time_is_cut_at_the_quarters_and_goes_on_until_now() -> None:
    told = [
        does("09:00:00", "idle", available=True),
        does("09:20:00", "reserved"),
        does("09:20:10", "presumed"),
        does("09:29:10", "wrap_up"),
        does("09:30:00", "idle", available=True),
        does("09:40:00", "idle", ready=False, presence="busy"),
        does("09:50:00", "idle", ready=False, presence="offline"),
        does("10:00:00", "on_contact"),
    ]
    found = report_of(told, DAY, interval=Interval.QUARTER, of=Of.AGENTS, until=at("10:10:00"))
    minutes = {
        row.span.label[11:16]: {
            key: value
            for key, value in row.figures.items()
            if key.endswith("_time") and not key.startswith("avg") and value
        }
        for row in found.rows
    }
    assert minutes == {
        "09:00": {"available_time": 900_000},
        "09:15": {
            "available_time": 300_000,
            "ringing_time": 10_000,
            "talking_time": 540_000,
            "wrapping_time": 50_000,
        },
        "09:30": {"available_time": 600_000, "not_ready_time": 300_000},
        "09:45": {"not_ready_time": 300_000},
        "10:00": {"talking_time": 600_000},
    }
    busy, free = (540 + 50 + 600), (900 + 300 + 600)
    assert found.total["occupancy"] == pytest.approx(busy / (busy + free), abs=1e-4)


def test_a_phone_that_may_still_ring_keeps_its_agent_ringing() -> None:
    told = [
        does("09:00:00", "reserved", may_ring="no_answer"),
        does("09:01:00", "not_responding"),
        does("09:03:00", "idle"),
    ]
    figures = report_of(told, DAY, of=Of.AGENTS).total
    assert (figures["ringing_time"], figures["not_responding_time"]) == (60_000, 120_000)
    assert figures["available_time"] == 0


def test_a_service_that_was_down_for_long_makes_nobody_work_for_weeks() -> None:
    told = [
        past("agent.changed", at=at("09:00:00") - 40 * 86_400_000, agent="a", state="on_contact"),
        does("09:00:00", "idle"),
    ]
    days = report_of(told, date(2026, 10, 1), last=DAY, of=Of.AGENTS).total
    assert days["talking_time"] == 7 * 24 * 3_600_000


def test_what_is_flagged_as_a_test_counts_nowhere() -> None:
    told = [past("contact.queued", at=at("09:00:00"), queue="sales", test=True)]
    assert report_of(told, DAY).total["offered"] == 0


def test_an_outcome_that_nobody_knows_yet_keeps_the_partition_whole() -> None:
    figures = report_of(visit("09:00:00", "beamed_up", 5), DAY).total
    assert (figures["offered"], figures["failed"], figures["waiting"]) == (1, 1, 0)
