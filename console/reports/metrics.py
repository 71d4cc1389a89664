"""Every figure of a report: its key, its name and definition, and how it is computed.

The formula that the documentation shows is the one that runs: a figure is a sum of counts, or such
a sum over another, or a percentile of a histogram. `sl_met_*` are named as Microsoft Teams names
them in its call queue reports. The texts stand in metric_texts.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from console.reports.counting import HANDLE, OUTCOMES, WAIT, Counts
from console.reports.spread import percentile

Key = TypeVar("Key", str, int)
Value = int | float | None
"""None: there is nothing to compute it from."""


class Unit(StrEnum):
    COUNT = "count"
    SHARE = "share"
    """From 0 to 1."""
    TIME = "ms"


class Of(StrEnum):
    """Whose figure it is."""

    QUEUES = "queues"
    AGENTS = "agents"
    BOTH = "both"


@dataclass(slots=True)
class Tally:
    """What was counted of something; tallies add up."""

    counts: Counts = field(default_factory=Counts)
    wait: dict[int, int] = field(default_factory=dict[int, int])
    handle: dict[int, int] = field(default_factory=dict[int, int])

    def add(self, other: Tally) -> None:
        """Take another's in."""
        _take_in(self.counts, other.counts)
        _take_in(self.wait, other.wait)
        _take_in(self.handle, other.handle)

    def add_counts(self, counts: Mapping[str, int]) -> None:
        """Take counts in; the first are taken as they are."""
        if self.counts:
            _take_in(self.counts, counts)
        else:
            self.counts = dict(counts)

    def is_empty(self) -> bool:
        """Whether nothing happened."""
        return not any(self.counts.values())


def _take_in(counts: dict[Key, int], more: Mapping[Key, int]) -> None:
    for key, count in more.items():
        counts[key] = counts.get(key, 0) + count


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One figure: counts added up (`-name`: taken away), over others if `under` names some, or a
    percentile."""

    key: str
    of: Of
    unit: Unit
    over: tuple[str, ...] = ()
    under: tuple[str, ...] = ()
    spread: str = ""
    part: int = 0
    by_clock: bool = False
    """Of an agent's time as a whole: of one queue alone there is none."""

    def value(self, tally: Tally) -> Value:
        """The figure; None where it would be divided by nothing."""
        if self.spread:
            buckets = tally.wait if self.spread == WAIT else tally.handle
            return percentile(buckets, self.part / 100) if buckets else None
        over = _sum(self.over, tally.counts)
        if not self.under:
            return over
        under = _sum(self.under, tally.counts)
        if under <= 0:
            return None
        return round(over / under) if self.unit is Unit.TIME else round(over / under, 4)

    def formula(self) -> str:
        """As the documentation shows it."""
        if self.spread:
            times = "waits of answered callers" if self.spread == WAIT else "handle times"
            return f"percentile {self.part} of {times}"
        if not self.under:
            return _spelled(self.over)
        return f"{_within(self.over)} / {_within(self.under)}"


def _sum(names: tuple[str, ...], counts: Mapping[str, int]) -> int:
    total = 0
    for name in names:
        if name[0] == "-":
            total -= counts.get(name[1:], 0)
        else:
            total += counts.get(name, 0)
    return total


def _spelled(names: tuple[str, ...]) -> str:
    first, *rest = names
    return first + "".join(f" − {n[1:]}" if n.startswith("-") else f" + {n}" for n in rest)


def _within(names: tuple[str, ...]) -> str:
    return f"({_spelled(names)})" if len(names) > 1 else _spelled(names)


def _counted(key: str, of: Of = Of.QUEUES, *over: str) -> Metric:
    return Metric(key=key, of=of, unit=Unit.COUNT, over=over or (key,))


def _share(key: str, over: tuple[str, ...], under: tuple[str, ...], of: Of = Of.QUEUES) -> Metric:
    return Metric(key=key, of=of, unit=Unit.SHARE, over=over, under=under)


def _clock(key: str, over: str) -> Metric:
    return Metric(key=key, of=Of.AGENTS, unit=Unit.TIME, over=(over,), by_clock=True)


def _time(key: str, over: tuple[str, ...], under: str = "", of: Of = Of.QUEUES) -> Metric:
    return Metric(key=key, of=of, unit=Unit.TIME, over=over, under=(under,) if under else ())


def _percentiles(prefix: str, spread: str, of: Of) -> tuple[Metric, ...]:
    return tuple(
        Metric(key=f"{prefix}_p{part}", of=of, unit=Unit.TIME, spread=spread, part=part)
        for part in (50, 80, 95)
    )


METRICS: tuple[Metric, ...] = (
    _counted("offered"),
    _counted("waiting", Of.QUEUES, "offered", *(f"-{outcome}" for outcome in OUTCOMES)),
    *(_counted(outcome) for outcome in OUTCOMES),
    _counted("abandoned_short"),
    _counted("full_at_door"),
    _counted("closed_at_door"),
    _share("sl_met_handled", ("answered_in_time",), ("answered",)),
    _share("sl_met_no_abandon", ("answered_in_time",), ("offered", "-abandoned_in_time")),
    _share("sl_met_positive_abandon", ("answered_in_time", "abandoned_in_time"), ("offered",)),
    _share("sl_met_negative_abandon", ("answered_in_time",), ("offered",)),
    _time("asa", ("wait_ms",), "answered"),
    *_percentiles("wait", WAIT, Of.QUEUES),
    _share("abandon_rate", ("abandoned",), ("offered",)),
    _share(
        "abandon_rate_without_short",
        ("abandoned", "-abandoned_short"),
        ("offered", "-abandoned_short"),
    ),
    _time("avg_abandon_time", ("abandon_ms",), "abandoned"),
    _counted("handled", Of.BOTH),
    _time("avg_handle_time", ("talk_ms", "wrap_up_ms"), "handled", Of.BOTH),
    _time("avg_talk_time", ("talk_ms",), "handled", Of.BOTH),
    _time("avg_wrap_up_time", ("wrap_up_ms",), "handled", Of.BOTH),
    *_percentiles("handle", HANDLE, Of.BOTH),
    _counted("offers", Of.BOTH),
    _counted("accepted", Of.BOTH),
    _counted("declined", Of.BOTH),
    _counted("missed", Of.BOTH),
    _counted("not_taken", Of.BOTH),
    _share("acceptance", ("accepted",), ("accepted", "declined", "missed"), Of.BOTH),
    _counted("told_waits"),
    _share("told_held", ("told_held",), ("told_waits",)),
    _time("told_error", ("told_absolute_error_ms",), "told_waits"),
    _time("told_bias", ("told_error_ms",), "told_waits"),
    Metric(
        key="occupancy",
        of=Of.AGENTS,
        unit=Unit.SHARE,
        over=("talking_ms", "wrapping_ms"),
        under=("talking_ms", "wrapping_ms", "available_ms"),
        by_clock=True,
    ),
    _clock("available_time", "available_ms"),
    _clock("ringing_time", "ringing_ms"),
    _clock("talking_time", "talking_ms"),
    _clock("wrapping_time", "wrapping_ms"),
    _clock("not_ready_time", "not_ready_ms"),
    _clock("not_responding_time", "not_responding_ms"),
)


def metrics_of(of: Of) -> tuple[Metric, ...]:
    """The figures of queues, or of agents, in their order."""
    return tuple(metric for metric in METRICS if metric.of in (of, Of.BOTH))


def figures(tally: Tally, of: Of, *, clock: bool = True) -> dict[str, Value]:
    """All figures of a tally, by key; without `clock` none of an agent's time as a whole."""
    return {
        metric.key: metric.value(tally) if clock or not metric.by_clock else None
        for metric in metrics_of(of)
    }
