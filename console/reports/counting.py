"""What each fact adds to the figures, quarter of an hour by quarter of an hour.

A contact is counted in the quarter in which it was enqueued, with everything that came of it: how
it left the queue, how long it waited, what it took of its agent. An offer is counted in the quarter
in which it was made. What agents do with their time is cut at the quarters' boundaries, by the
clock. All boundaries lie on quarters of an hour in UTC, as do those of every zone's days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from console.reports.spread import bucket_of
from routing.facts import FactKind
from routing.service_level import ServiceLevel
from routing.state import AgentState, Outcome

QUARTER_MS = 15 * 60_000
OUTCOMES = tuple(each.value for each in Outcome)
WAIT, HANDLE = "wait", "handle"
AWAY = ""
"""What is no working time: Teams shows them offline, or something else keeps calls away."""
OFFLINE = ("offline", "unknown", "")
_DOING = {
    AgentState.RESERVED: "ringing_ms",
    AgentState.ON_CONTACT: "talking_ms",
    AgentState.PRESUMED: "talking_ms",
    AgentState.WRAP_UP: "wrapping_ms",
    AgentState.NOT_RESPONDING: "not_responding_ms",
}
_ENDS = {"declined": "declined", "no_answer": "missed"}
LONGEST_MS = 7 * 24 * 3_600_000
"""Of a longer time in one activity only so much is believed: a service that was down tells
nothing."""

Counts = dict[str, int]


class Told(Protocol):
    """A fact, as it is read back."""

    @property
    def at(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def agent(self) -> str: ...
    @property
    def queue(self) -> str: ...
    def text(self, name: str) -> str: ...
    def number(self, name: str) -> int: ...
    def flag(self, name: str, *, default: bool = False) -> bool: ...


class Standing(NamedTuple):
    """What an agent does since when: a column of the figures, or AWAY."""

    agent: str
    upn: str
    since: int
    activity: str


class SpreadKey(NamedTuple):
    at: int
    kind: str
    queue: str
    agent: str
    bucket: int


@dataclass(slots=True)
class Added:
    """What some facts add."""

    queues: dict[tuple[int, str], Counts] = field(default_factory=dict[tuple[int, str], Counts])
    """By quarter and queue."""
    agents: dict[tuple[int, str, str], Counts] = field(
        default_factory=dict[tuple[int, str, str], Counts]
    )
    """By quarter, agent and queue; what belongs to no queue has none."""
    spreads: dict[SpreadKey, int] = field(default_factory=dict[SpreadKey, int])
    standings: dict[str, Standing] = field(default_factory=dict[str, Standing])
    """Of the agents whose activity changed."""

    def to_queue(self, at: int, queue: str, **counts: int) -> None:
        _add(self.queues.setdefault((quarter(at), queue), {}), counts)

    def to_agent(self, at: int, agent: str, queue: str, **counts: int) -> None:
        if agent:
            _add(self.agents.setdefault((quarter(at), agent, queue), {}), counts)

    def to_both(self, at: int, fact: Told, **counts: int) -> None:
        self.to_queue(at, fact.queue, **counts)
        self.to_agent(at, fact.agent, fact.queue, **counts)

    def to_spread(self, at: int, kind: str, fact: Told, ms: int, n: int = 1) -> None:
        agent = fact.agent if kind == HANDLE else ""
        key = SpreadKey(quarter(at), kind, fact.queue, agent, bucket_of(ms))
        self.spreads[key] = self.spreads.get(key, 0) + n


def _add(counts: Counts, more: Mapping[str, int]) -> None:
    for name, count in more.items():
        counts[name] = counts.get(name, 0) + count


def quarter(at: int) -> int:
    """The beginning of the quarter of an hour that holds the instant."""
    return at - at % QUARTER_MS


def left_out(fact: Told) -> bool:
    """Whether a fact is of a test, and counts nowhere. The one place that decides it."""
    return fact.flag("test")


def count(facts: Iterable[Told], standings: Mapping[str, Standing]) -> Added:
    """What these facts add, oldest first; `standings`: what each agent did before."""
    added = Added()
    for fact in facts:
        rule = _RULES.get(fact.kind)
        if rule is not None and not left_out(fact):
            rule(added, fact, standings)
    return added


def spans(standing: Standing, until: int) -> Iterable[tuple[int, int]]:
    """The time up to an instant, cut at the quarters: (quarter, how much of it)."""
    if standing.activity == AWAY:
        return
    at = max(standing.since, until - LONGEST_MS)
    while at < until:
        end = min(quarter(at) + QUARTER_MS, until)
        yield quarter(at), end - at
        at = end


# -- what each fact means --------------------------------------------------------------------------

Standings = Mapping[str, Standing]


def _queued(added: Added, fact: Told, _: Standings) -> None:
    added.to_queue(fact.at, fact.queue, offered=1)


def _left(added: Added, fact: Told, _: Standings) -> None:
    outcome, waited = fact.text("outcome"), fact.number("waited_ms")
    counts = {outcome if outcome in OUTCOMES else Outcome.FAILED.value: 1}
    usual = ServiceLevel()
    in_time = waited <= (fact.number("within_ms") or usual.within_ms)
    began = fact.at - waited
    if outcome == Outcome.ANSWERED:
        counts |= {"wait_ms": waited, "answered_in_time": int(in_time)}
        added.to_spread(began, WAIT, fact, waited)
    elif outcome == Outcome.ABANDONED:
        short = waited < fact.number("short_ms")
        counts |= {"abandon_ms": waited, "abandoned_in_time": int(in_time)}
        counts["abandoned_short"] = int(short)
    added.to_queue(began, fact.queue, **counts)


def _full(added: Added, fact: Told, _: Standings) -> None:
    added.to_queue(fact.at, fact.queue, full_at_door=1)


def _closed(added: Added, fact: Told, _: Standings) -> None:
    if fact.flag("at_door"):
        added.to_queue(fact.at, fact.queue, closed_at_door=1)


def _offered(added: Added, fact: Told, _: Standings) -> None:
    added.to_both(fact.at, fact, offers=1)


def _accepted(added: Added, fact: Told, _: Standings) -> None:
    # Not by offer.ended: that of an accepted offer comes when the talk is over.
    added.to_both(fact.number("offered_at") or fact.at, fact, accepted=1)


def _not_taken(added: Added, fact: Told, _: Standings) -> None:
    outcome = fact.text("outcome")
    if outcome != "accepted":
        at = fact.number("offered_at") or fact.at
        added.to_both(at, fact, **{_ENDS.get(outcome, "not_taken"): 1})


def _handled(added: Added, fact: Told, _: Standings) -> None:
    talk, wrap_up = fact.number("talk_ms"), fact.number("wrap_up_ms")
    began = fact.number("queued_at") or fact.at
    added.to_both(began, fact, handled=1, talk_ms=talk, wrap_up_ms=wrap_up)
    added.to_spread(began, HANDLE, fact, talk + wrap_up)


def _corrected(added: Added, fact: Told, _: Standings) -> None:
    """The call record knows better when the talk ended."""
    connected, before = fact.number("connected_at"), fact.number("talk_ended_at_before")
    after, wrap_up = fact.number("talk_ended_at"), fact.number("wrap_up_ms")
    if not (connected and before and after):
        return
    began = fact.number("queued_at") or connected
    added.to_both(began, fact, talk_ms=after - before)
    added.to_spread(began, HANDLE, fact, before - connected + wrap_up, -1)
    added.to_spread(began, HANDLE, fact, after - connected + wrap_up)


def _judged(added: Added, fact: Told, _: Standings) -> None:
    added.to_queue(
        fact.number("queued_at") or fact.at,
        fact.queue,
        told_waits=fact.number("quotes"),
        told_held=fact.number("held"),
        told_error_ms=fact.number("errors_ms"),
        told_absolute_error_ms=fact.number("absolute_errors_ms"),
    )


def _changed(added: Added, fact: Told, standings: Standings) -> None:
    before = added.standings.get(fact.agent) or standings.get(fact.agent)
    activity = activity_of(fact)
    if before is not None and (before.activity, before.upn) == (activity, fact.text("upn")):
        return
    if before is not None:
        for at, ms in spans(before, fact.at):
            added.to_agent(at, fact.agent, "", **{before.activity: ms})
    added.standings[fact.agent] = Standing(fact.agent, fact.text("upn"), fact.at, activity)


def activity_of(fact: Told) -> str:
    """The column that an agent's time goes to from this fact on, or AWAY."""
    state = fact.text("state")
    if fact.text("may_ring"):
        return "ringing_ms"
    if state in set(_DOING):
        return _DOING[AgentState(state)]
    if fact.flag("available"):
        return "available_ms"
    if not fact.flag("ready", default=True) and fact.text("presence") not in OFFLINE:
        return "not_ready_ms"
    return AWAY


_RULES: dict[str, Callable[[Added, Told, Standings], None]] = {
    FactKind.CONTACT_QUEUED: _queued,
    FactKind.CONTACT_LEFT_QUEUE: _left,
    FactKind.QUEUE_OVERFLOWED: _full,
    FactKind.QUEUE_CLOSED: _closed,
    FactKind.OFFER_CREATED: _offered,
    FactKind.OFFER_ENDED: _not_taken,
    FactKind.CONTACT_CONNECTED: _accepted,
    FactKind.CONTACT_WRAPPED: _handled,
    FactKind.CONTACT_CORRECTED: _corrected,
    FactKind.WAIT_JUDGED: _judged,
    FactKind.AGENT_CHANGED: _changed,
}
KINDS = frozenset(_RULES)
"""The facts that count."""
