"""What the service counts and measures, in Prometheus' words.

Everything that is told comes through the door `bot/metrics/meter.py`, from committed facts, or is
looked at when somebody scrapes. The tables here are also docs/metrics.md. Labels are words of ours,
never a person, a number or a call: their number is bounded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric

from bot.clock import stopwatch_ms
from routing.facts import Fact, FactKind

PREFIX = "switchboard_"
LAG_EVERY_S = 0.1
MOST_REASONS = 60
"""Values of one label; what comes later is `other`. A programming error must not fill memory."""
OTHER = "other"
FAST_MS = (0.5, 1, 2, 5, 10, 20, 50, 100, 250, 500, 1_000, 4_000)
"""For work that should take no time."""
WIRE_MS = (10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 15_000)
WAIT_MS = (1_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One metric, as told and as documented."""

    name: str
    doc: str
    label: str = ""
    buckets: tuple[float, ...] = ()
    """Of a histogram; empty: a counter."""

    @property
    def metric(self) -> str:
        """The name that is scraped."""
        return PREFIX + self.name + ("_ms" if self.buckets else "_total")


COUNTERS = (
    Row(name="notifications", label="kind", doc="Notifications from Graph, by kind."),
    Row(name="notifications_odd", label="problem", doc="Items of them that could not be read."),
    Row(name="calls_refused", label="status", doc="Deliveries to /api/calls refused."),
    Row(name="not_served", label="reason", doc="Events not taken in, such as another tenant's."),
    Row(name="fallback", label="reason", doc="Callers sent to a fallback past the engine."),
    Row(name="rescued", label="target", doc="Callers sent to `on_error`, by kind of target."),
    # From facts, and told by bot/rescue.py where no fact can be written.
    Row(name="refusals_failed", label="reason", doc="Callers not sent on, or not told busy."),
    Row(name="duplicates", label="event", doc="Copies of events thrown out."),
    Row(name="unwritten", doc="Events whose sender was told 503 after 5 s: not written down yet."),
    Row(name="poisoned", label="event", doc="Events set aside because nothing could be done."),
    Row(name="database_failed", label="what", doc="Times that the database did not take or give."),
    Row(name="effects", label="outcome", doc="Commands carried out, by outcome."),
    Row(name="in_doubt", label="command", doc="Commands whose outcome had to be found out."),
    Row(name="questions_failed", label="what", doc="Reads of calls and presence that failed."),
    Row(name="presence_incomplete", doc="Presence polls that did not read everybody."),
    Row(name="keep_alive_failed", doc="keepAlive requests that failed."),
    Row(name="swept", doc="Calls asked for because nothing was heard of them."),
    Row(name="inbox_unread", doc="Looks into the inbox that failed."),
    Row(name="untidied", doc="Removals of old rows that failed."),
    Row(name="console_requests", label="outcome", doc="Requests to the console's API."),
    Row(name="cards", label="outcome", doc="Cards of offers, and missed ones, by outcome: "
        "`posted` or the problem."),
    Row(name="subscribers", label="outcome", doc="Posts to subscribers, by outcome: `told`, "
        "`failed`, `told again`, and `set aside` for what became a dead letter."),
    Row(name="webhooks", label="outcome", doc="Questions to webhooks, by outcome: `answered` or "
        "why not."),
    Row(name="contexts", label="outcome", doc="Questions about callers to context providers, by "
        "outcome: `answered` or why not."),
    Row(name="cards_changed", label="outcome", doc="Cards brought up to date: done, again, gone."),
    Row(name="team_cards", label="outcome", doc="News for teams' channels, by outcome: `posted` or "
        "the problem that stayed."),
    Row(name="recordings", label="outcome", doc="Recordings of messages: `fetched`, or the problem "
        "that stayed."),
    Row(name="chat_requests", label="outcome", doc="Deliveries to /api/messages."),
    Row(name="directory_reads", label="outcome", doc="Reads of the plan's people: same, changed, "
        "incomplete."),
    Row(name="plans", label="outcome", doc="Plans read: in force or refused."),
    Row(name="call_records", label="outcome", doc="Call records asked for: found, not there yet, "
        "without the agent, refused, failed."),
    Row(name="connections_broken", label="reason", doc="Connections to us that did not end as they "
        "should: late_request, late_answer, aborted, malformed, crowded, refused."),
    Row(name="task_crashes", label="task", doc="Tasks that crashed and were begun again."),
    Row(name="spans", label="outcome", doc="Spans of traces: made, sent, failed (the collector did "
        "not take them). Made and neither: lost while it was away."),
    Row(name="graph_requests", label="status", doc="Requests to Graph, by status."),
)  # fmt: skip
FACT_COUNTERS = (
    Row(name="contacts", label="outcome", doc="Contacts that ended, by outcome."),
    Row(name="contact_ends", label="reason", doc="Contacts that ended, by reason."),
    Row(name="talks_corrected", doc="Contacts whose talk's end a call record corrected."),
    Row(name="answered", doc="Calls answered."),
    Row(name="connected", doc="Contacts connected with an agent."),
    Row(name="offers", label="outcome", doc="Offers that ended, by outcome."),
    Row(name="cards_in_time", label="before_ring", doc="Cards of offers, by whether the chat had "
        "taken them before the phone rang."),
    Row(name="cards_with_context", label="complete", doc="Cards of offers that were to show what "
        "others know of the caller, by whether all of it was on the card when it was posted."),
    Row(name="callbacks_promised", doc="Callbacks promised."),
    Row(name="callbacks_dialed", doc="Times that a customer was called."),
    Row(name="callbacks_connected", doc="Callbacks that brought customer and agent together."),
    Row(name="callbacks_failed", label="why", doc="Times that a customer was not reached."),
    Row(name="callbacks_expired", label="why", doc="Callbacks that came to nothing."),
    Row(name="callbacks_canceled", label="why", doc="Callbacks that were not wanted any more."),
    Row(name="voicemails", label="result", doc="Messages that callers left: `message`, `wish` "
        "(nothing was said) or `failed`."),
    Row(name="voicemails_discarded", label="reason", doc="Recordings that were thrown away."),
    Row(name="overflowed", doc="Contacts for which a queue had no room."),
    Row(name="without_agent", doc="Contacts sent on because nobody served their queue."),
    Row(name="visits", label="outcome", doc="Visits to a queue that ended, by outcome."),
    Row(name="announcements", doc="Announcements to waiting callers."),
    Row(name="returned", doc="Callers who rang again and had their place."),
    Row(name="expected_waits", label="within", doc="Expected waits told to callers who were then "
        "answered, by whether the range held: yes, no."),
    Row(name="stray_calls", doc="Live calls that no contact owned."),
    Row(name="ignored", label="event", doc="Events that changed nothing."),
    Row(name="takeovers", doc="Times that an instance became the owner."),
)  # fmt: skip
HISTOGRAMS = (
    Row(name="loop_lag", buckets=FAST_MS, doc="How late the event loop comes to its work."),
    Row(name="loop_step", buckets=FAST_MS, doc="Handling one group of events."),
    Row(name="commit", buckets=FAST_MS, doc="Writing one group down."),
    # Told as `effect_Answer`, `graph_answer`: the label behind the name.
    Row(name="effect", label="command", buckets=WIRE_MS, doc="Carrying one command out."),
    Row(name="card", buckets=WIRE_MS, doc="Posting one card, from the decision on."),
    Row(name="webhook", buckets=WIRE_MS, doc="One webhook's answer."),
    Row(name="context", buckets=WIRE_MS, doc="One context provider's answer."),
    Row(name="team_card", buckets=WIRE_MS, doc="Posting one piece of news into a channel."),
    Row(name="recording", buckets=WIRE_MS, doc="Fetching one recording, its pauses included."),
    Row(name="graph", label="operation", buckets=WIRE_MS, doc="One request to Graph."),
)
FACT_HISTOGRAMS = (
    Row(name="wait", buckets=WAIT_MS, doc="From the queue to the agent, of connected contacts."),
    Row(
        name="expected_wait_error",
        buckets=WAIT_MS,
        doc="By how much the waits told to an answered contact were off, on average.",
    ),
    Row(name="callback_wait", buckets=WAIT_MS, doc="From the queue to the talk, of callbacks."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """A value of this instant."""

    name: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


GAUGES: dict[str, str] = {
    "owner": "1 on the instance that decides.",
    "waiting": "Contacts waiting on the line, by queue.",
    "callbacks_open": "Callbacks promised and not over, by queue.",
    "oldest_wait_ms": "How long the first of them has waited, by queue.",
    "expected_wait_mean_error_ms": "Mean absolute error of the waits told to callers, of the last "
    "200 judged, by queue.",
    "expected_wait_within": "Share of their actual waits within the range that was told, by queue.",
    "agents": "Agents by state.",
    "legs": "Call legs in use, by application.",
    "legs_limit": "Call legs allowed, by application.",
    "legs_month": "Call legs since the beginning of the month (UTC), by application.",
    "legs_month_limit": "Call legs allowed in a month, by application.",
    "presence_age_ms": "How old the last complete reading of presence is.",
    "live_contacts": "Contacts that live, by state.",
    "connections": "Open connections to our listener.",
    "findings": "Things to correct, by source and severity.",
}


class Telemetry:
    """The service's metrics: a `bot.metrics.meter.Meter` with a page to scrape."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._rows: dict[str, Counter | Histogram] = {}
        self._labels: dict[str, str] = {}
        self._children: dict[tuple[str, str], Counter | Histogram] = {}
        self._reasons: dict[str, int] = {}
        self._gauges: list[Callable[[], Iterable[Gauge]]] = []
        for row in (*COUNTERS, *FACT_COUNTERS, *HISTOGRAMS, *FACT_HISTOGRAMS):
            self._add(row)
        self._add(Row(name="uncatalogued", label="name", doc="What has no metric of its own."))
        ProcessCollector(registry=self._registry)
        self._registry.register(_AtScrape(self._gauges))

    def count(self, name: str, reason: str = "") -> None:
        """One more of `name`."""
        if name not in self._rows:
            name, reason = "uncatalogued", name
        metric = self._child(name, reason)
        if isinstance(metric, Counter):
            metric.inc()

    def observe(self, name: str, ms: float) -> None:
        """`name` took so many milliseconds. `effect_X` is metric `effect` with the label X."""
        label = ""
        if name not in self._rows:
            name, _, label = name.partition("_")
        metric = self._child(name, label) if name in self._rows else None
        if isinstance(metric, Histogram):
            metric.observe(ms)
        else:
            self.count("uncatalogued", name)

    def crashed(self, task: str) -> None:
        """A task crashed: for `bot.tasks.TaskSet`."""
        self.count("task_crashes", task)

    def saw(self, facts: Iterable[Fact]) -> None:
        """Count what was committed."""
        for fact in facts:
            told = _FROM_FACTS.get(fact.kind)
            if fact.kind is FactKind.WAIT_JUDGED:
                self._judged(fact)
            if told is None:
                continue
            name, field = told
            self.count(name, str(fact.detail.get(field, "")) if field else "")
            if fact.kind is FactKind.CONTACT_ENDED:
                self.count("contact_ends", str(fact.detail.get("reason", "")))
            elif fact.kind is FactKind.CONTACT_CONNECTED:
                # The offer that led to it is over only when the talk is.
                self.count("offers", "accepted")
                self.observe("wait", _number(fact, "waited_ms"))
            elif fact.kind is FactKind.OFFER_CARD and fact.detail.get("context") is not None:
                self.count("cards_with_context", str(fact.detail["context"]))
            elif fact.kind is FactKind.CALLBACK_CONNECTED:
                self.observe("callback_wait", _number(fact, "waited_ms"))

    def _judged(self, fact: Fact) -> None:
        """What an answered contact had been told of its wait."""
        held = _number(fact, "held")
        for place in range(_number(fact, "quotes")):
            self.count("expected_waits", "yes" if place < held else "no")
        self.observe("expected_wait_error", _number(fact, "absolute_error_ms"))

    def gauge(self, look: Callable[[], Iterable[Gauge]]) -> None:
        """Call `look` at each scrape; it must be quick and never raise."""
        self._gauges.append(look)

    def page(self) -> bytes:
        """What Prometheus reads (text format 0.0.4)."""
        return generate_latest(self._registry)

    async def watch_lag(self) -> None:
        """Measure how late the loop comes, until cancelled."""
        while True:
            began = stopwatch_ms()
            await asyncio.sleep(LAG_EVERY_S)
            self.observe("loop_lag", max(0.0, stopwatch_ms() - began - LAG_EVERY_S * 1000))

    def _add(self, row: Row) -> None:
        labels = [row.label] if row.label else []
        if row.buckets:
            name = row.metric
            self._rows[row.name] = Histogram(
                name, row.doc, labels, buckets=row.buckets, registry=self._registry
            )
        else:
            self._rows[row.name] = Counter(row.metric, row.doc, labels, registry=self._registry)
        self._labels[row.name] = row.label

    def _child(self, name: str, reason: str) -> Counter | Histogram:
        if not self._labels[name]:
            return self._rows[name]
        found = self._children.get((name, reason))
        if found is not None:
            return found
        seen = self._reasons.get(name, 0)
        if seen >= MOST_REASONS:
            reason = OTHER
        self._reasons[name] = seen + 1
        child: Counter | Histogram = self._rows[name].labels(reason or "none")
        self._children[name, reason] = child
        return child


_FROM_FACTS: dict[FactKind, tuple[str, str]] = {
    FactKind.CONTACT_ENDED: ("contacts", "outcome"),
    FactKind.CONTACT_CORRECTED: ("talks_corrected", ""),
    FactKind.REFUSAL_FAILED: ("refusals_failed", "reason"),
    FactKind.CONTACT_ANSWERED: ("answered", ""),
    FactKind.CONTACT_CONNECTED: ("connected", ""),
    FactKind.OFFER_ENDED: ("offers", "outcome"),
    FactKind.OFFER_CARD: ("cards_in_time", "before_ring"),
    FactKind.QUEUE_OVERFLOWED: ("overflowed", ""),
    FactKind.QUEUE_WITHOUT_AGENT: ("without_agent", ""),
    FactKind.CONTACT_LEFT_QUEUE: ("visits", "outcome"),
    FactKind.CONTACT_ANNOUNCED: ("announcements", ""),
    FactKind.CONTACT_RETURNED: ("returned", ""),
    FactKind.CALLBACK_CONFIRMED: ("callbacks_promised", ""),
    FactKind.CALLBACK_DIALING: ("callbacks_dialed", ""),
    FactKind.CALLBACK_CONNECTED: ("callbacks_connected", ""),
    FactKind.CALLBACK_FAILED: ("callbacks_failed", "why"),
    FactKind.CALLBACK_EXPIRED: ("callbacks_expired", "why"),
    FactKind.CALLBACK_CANCELED: ("callbacks_canceled", "why"),
    FactKind.VOICEMAIL_LEFT: ("voicemails", "result"),
    FactKind.VOICEMAIL_DISCARDED: ("voicemails_discarded", "reason"),
    FactKind.STRAY_CALL: ("stray_calls", ""),
    FactKind.IGNORED: ("ignored", "event"),
    FactKind.OWNER_CHANGED: ("takeovers", ""),
}


def _number(fact: Fact, name: str) -> int:
    value = fact.detail.get(name)
    return value if isinstance(value, int) else 0


class _AtScrape:
    """Turns the gauges of this instant into metric families."""

    def __init__(self, looks: list[Callable[[], Iterable[Gauge]]]) -> None:
        self._looks = looks

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand: otherwise registering would look already."""
        return []

    def collect(self) -> Iterator[Metric]:
        """One family for each name."""
        families: dict[str, GaugeMetricFamily] = {}
        for look in self._looks:
            for gauge in look():
                family = families.get(gauge.name)
                if family is None:
                    names = [name for name, _ in gauge.labels]
                    family = GaugeMetricFamily(
                        PREFIX + gauge.name, GAUGES.get(gauge.name, gauge.name), labels=names
                    )
                    families[gauge.name] = family
                family.add_metric([value for _, value in gauge.labels], gauge.value)
        yield from families.values()
