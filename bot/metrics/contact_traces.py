"""One trace a contact: its life as the root; below it waits, offers, the talk, events, requests.

Spans follow from what was written down (facts, the contact record, the events of a group that was
committed) and from requests to Graph. Nothing of it decides anything, and nothing waits for it.
What a span says is a short list of our own words and ids: never a number, a name or what was heard.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Protocol

from opentelemetry.trace import SpanKind

from bot.metrics.at_work import OUR_CALL
from bot.metrics.meter import Meter
from bot.metrics.tracing import ROOT, Part, Plain, Spans
from bot.metrics.whose import About, Whose
from graph.transport import GraphRequest
from routing.events import CommandDone, Tick
from routing.facts import ContactRecord, Fact, FactKind
from routing.state import Entity, State

log = logging.getLogger(__name__)

CALLS = "/communications/calls/"
QUIET = (CommandDone, Tick)
"""Events without a span: the request's own says how a command went."""


class Came(Protocol):
    """An event that was handled."""

    @property
    def event(self) -> object:
        """What."""
        ...

    @property
    def received_at(self) -> int:
        """When it came in."""
        ...


class Written(Protocol):
    """What a group of events led to, once it is committed."""

    @property
    def facts(self) -> list[Fact]:
        """What happened."""
        ...

    @property
    def records(self) -> list[ContactRecord]:
        """Contacts that are over."""
        ...

    @property
    def touched(self) -> Iterable[Entity]:
        """What changed."""
        ...


class ContactTraces:
    """Writes spans as things happen."""

    def __init__(self, spans: Spans, now: Callable[[], int], meter: Meter) -> None:
        self._spans = spans
        self._now = now
        self._meter = meter
        self._whose = Whose()
        self._spelled: Callable[[str], str] = str
        self._state: Callable[[], State | None] = lambda: None

    def know(self, state: Callable[[], State | None], spelled: Callable[[str], str]) -> None:
        """Where the live state is, and how the engine spells Graph's ids of calls."""
        self._state, self._spelled = state, spelled

    # What was written down.

    def written(self, came: Iterable[Came], written: Written) -> None:
        """Spans of a group of events. Never raises: a call must not suffer."""
        try:
            self._written(came, written)
        except Exception:
            log.exception("spans were not written")

    def _written(self, came: Iterable[Came], written: Written) -> None:
        if any(fact.kind is FactKind.OWNER_CHANGED for fact in written.facts):
            state = self._state()
            if state is not None:
                self._whose.learn_all(state)
        self._whose.learn(written.touched)
        now = self._now()
        for item in came:
            self._event(item, now)
        for fact in written.facts:
            self._fact(fact)
        over = {f.contact for f in written.facts if f.kind is FactKind.CONTACT_ENDED}
        for record in written.records:
            if record.contact in over:  # it is written again after the wrap-up
                over.discard(record.contact)
                self._record(record)

    def _event(self, item: Came, now: int) -> None:
        event = item.event
        if isinstance(event, QUIET):
            return
        contact: str = getattr(event, "contact", "")
        call: str = getattr(event, "call", "")
        if not contact and call:
            contact = self._whose.of_wire(self._spelled(call)) or self._whose.of_call(call)
        if not contact:
            return
        self._hand(
            Part(
                name=f"event {type(event).__name__}",
                contact=contact,
                start_ms=item.received_at,
                end_ms=now,
                kind=SpanKind.CONSUMER,
            )
        )

    def _fact(self, fact: Fact) -> None:
        about = self._whose.about(fact.contact)
        if about is None:
            return
        if fact.kind is FactKind.CONTACT_LEFT_QUEUE:
            self._waited(fact, about)
        elif fact.kind is FactKind.OFFER_ENDED:
            self._offered(fact, about)

    def _waited(self, fact: Fact, about: About) -> None:
        waited_ms = fact.detail.get("waited_ms")
        waited_ms = waited_ms if isinstance(waited_ms, int) else 0
        self._hand(
            Part(
                name="waiting",
                contact=fact.contact,
                # Who rang again waits on from their earlier call, which is another trace.
                start_ms=max(about.arrived_at, fact.at - waited_ms),
                end_ms=fact.at,
                attributes={"queue": fact.queue, "outcome": _word(fact, "outcome")},
            )
        )

    def _offered(self, fact: Fact, about: About) -> None:
        offer, outcome = _word(fact, "offer"), _word(fact, "outcome")
        end = fact.at
        if outcome == "accepted" and about.connected_at is not None:
            end = about.connected_at  # an offer that was taken is over only when the talk is
        begun = self._whose.offered_at(offer)
        self._hand(
            Part(
                name="offer",
                contact=fact.contact,
                start_ms=end if begun is None else begun,
                end_ms=end,
                part=f"offer {offer}",
                attributes={"offer": offer, "queue": fact.queue, "outcome": outcome},
                is_failed=outcome == "failed",
            )
        )

    def _record(self, record: ContactRecord) -> None:
        if record.connected_at is not None:
            self._hand(
                Part(
                    name="talking",
                    contact=record.contact,
                    start_ms=record.connected_at,
                    end_ms=record.talk_ended_at or record.ended_at,
                    part="talking",
                    attributes={"delivery": record.delivery, "source": record.talk_time_source},
                )
            )
        said: dict[str, Plain] = {
            "outcome": record.outcome,
            "delivery": record.delivery,
            "offers": record.offers,
        }
        for name in ("answered_at", "queued_at", "connected_at", "talk_ended_at"):
            at: int | None = getattr(record, name)
            if at is not None:
                said[name.replace("_at", "_after_ms")] = at - record.arrived_at
        self._hand(
            Part(
                name="contact",
                contact=record.contact,
                start_ms=record.arrived_at,
                end_ms=record.ended_at,
                kind=SpanKind.SERVER,
                part=ROOT,
                attributes=said,
                is_failed=record.outcome in ("failed", "refused"),
            )
        )

    # What Graph was asked.

    def contact_of(self, request: GraphRequest) -> str:
        """The contact that a request is for; empty: none of them alone."""
        contact = self._whose.of_call(OUR_CALL.get())
        if contact or not request.path.startswith(CALLS):
            return contact
        wire = request.path.removeprefix(CALLS).partition("?")[0].partition("/")[0]
        return self._whose.of_wire(self._spelled(wire))

    def asked(
        self, contact: str, operation: str, took_ms: float, said: dict[str, Plain], *, failed: bool
    ) -> None:
        """A request to Graph is over."""
        now = self._now()
        self._hand(
            Part(
                name=f"graph {operation}",
                contact=contact,
                start_ms=now - took_ms,
                end_ms=now,
                kind=SpanKind.CLIENT,
                attributes={"operation": operation, **said},
                is_failed=failed,
            )
        )

    def _hand(self, part: Part) -> None:
        about = self._whose.about(part.contact)
        said: dict[str, Plain] = {"contact": part.contact}
        if about is not None:
            said["entry_point"] = about.entry_point
            said["queue"] = about.queue
            said["call_chain_id"] = about.chain
        said.update(part.attributes)
        kept = {f"switchboard.{k}" if "." not in k else k: v for k, v in said.items() if v != ""}
        self._meter.count("spans", "made")
        self._spans.hand(part, kept)


def _word(fact: Fact, name: str) -> str:
    return str(fact.detail.get(name, ""))
