"""A report: tallies put into rows by time and by queue or agent, and the figures of each row.

A row's figures, a queue's over the whole period and the total of all come from the same quarters:
sums are added up first, and only then divided.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from console.reports.counting import AWAY, Standing
from console.reports.counting import spans as cut
from console.reports.days import Span
from console.reports.metrics import Of, Tally, Value, figures

Figures = dict[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What happened to one queue or agent within a span."""

    subject: str
    """The queue's name, or the agent's id."""
    span: Span
    zone: str
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    rows: list[Row]
    """By time; spans in which nothing happened are left out."""
    totals: list[Row]
    """One per queue or agent, over the whole period."""
    total: Figures
    """All together."""


@dataclass(slots=True)
class Sheet:
    """Tallies of one zone's spans."""

    zone: str
    whole: Span
    spans: Sequence[Span]
    tallies: dict[tuple[int, str], Tally] = field(default_factory=dict[tuple[int, str], Tally])
    """By the span's number and the subject."""
    subjects: set[str] = field(default_factory=set[str])
    """Shown even if nothing happened."""
    _starts: list[int] = field(default_factory=list[int])
    _numbers: dict[int, int] = field(default_factory=dict[int, int])
    """Of spans, by instants that were asked for; -1: in none."""

    def __post_init__(self) -> None:
        self._starts = [span.start for span in self.spans]

    def at(self, instant: int, subject: str) -> Tally | None:
        """The tally that something of this instant goes to; None outside of the period."""
        number = self._numbers.get(instant)
        if number is None:
            number = self._numbers[instant] = self._number(instant)
        if number < 0:
            return None
        tally = self.tallies.get((number, subject))
        if tally is None:
            tally = self.tallies[number, subject] = Tally()
        return tally

    def _number(self, instant: int) -> int:
        number = bisect_right(self._starts, instant) - 1
        return number if number >= 0 and instant < self.spans[number].end else -1

    def count(self, instant: int, subject: str, counts: Mapping[str, int]) -> None:
        """Add counts of a quarter, or of a span that begins at the instant."""
        tally = self.at(instant, subject)
        if tally is not None:
            tally.add_counts(counts)

    def spread(self, instant: int, subject: str, kind: str, bucket: int, n: int) -> None:
        """Add so many times that fell into a bucket."""
        tally = self.at(instant, subject)
        if tally is not None:
            buckets = tally.wait if kind == "wait" else tally.handle
            buckets[bucket] = buckets.get(bucket, 0) + n

    def stand(self, standings: Iterable[Standing], until: int) -> None:
        """Add what agents are doing now: their time since then is in no figure yet."""
        for standing in standings:
            if standing.activity == AWAY:
                continue
            for quarter, ms in cut(standing, until):
                tally = self.at(quarter, standing.agent)
                if tally is not None:
                    tally.add_counts({standing.activity: ms})


def report(sheets: Sequence[Sheet], of: Of, clock: Callable[[str], bool]) -> Report:
    """The figures of all sheets. `clock`: whether an agent's time as a whole is shown."""
    rows: list[Row] = []
    totals: list[Row] = []
    everything = Tally()
    shown: set[str] = set()
    for sheet in sheets:
        sums: dict[str, Tally] = {subject: Tally() for subject in sheet.subjects}
        for (number, subject), tally in sorted(sheet.tallies.items()):
            if not tally.is_empty():
                span, seen = sheet.spans[number], clock(subject)
                told = figures(tally, of, clock=seen)
                rows.append(Row(subject=subject, span=span, zone=sheet.zone, figures=told))
                sums.setdefault(subject, Tally()).add(tally)
        for subject, tally in sums.items():
            told = figures(tally, of, clock=clock(subject))
            totals.append(Row(subject=subject, span=sheet.whole, zone=sheet.zone, figures=told))
            everything.add(tally)
            shown.add(subject)
    rows.sort(key=lambda row: (row.span.start, row.subject))
    totals.sort(key=lambda row: row.subject)
    whole = all(clock(subject) for subject in shown)
    return Report(rows=rows, totals=totals, total=figures(everything, of, clock=whole))


# -- CSV -------------------------------------------------------------------------------------------

FORMULA = tuple("=+-@＝＋－＠")
"""How a cell begins that a spreadsheet would run, blanks before it or not (owasp.org, CSV
injection)."""


def csv(head: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    """Lines as RFC 4180 has them; what others wrote is text, whatever it begins with."""
    return "".join(",".join(map(_cell, line)) + "\r\n" for line in (head, *lines))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    text = str(value)
    if text.lstrip().startswith(FORMULA) or text[:1] in ("\t", "\r", "\n"):
        text = "'" + text
    if any(sign in text for sign in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text
