"""The live state as numbers, looked at when somebody scrapes `/metrics`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bot.metrics.telemetry import Gauge
from console.callbacks import is_open
from routing.callback_state import away
from routing.plan import Plan
from routing.room import LEGS
from routing.state import CallState, ContactState, State


def live_gauges(state: State | None, plan: Plan, now: int) -> Iterator[Gauge]:
    """Gauges of the owner's state; on another instance only that it is not the owner."""
    yield Gauge(name="owner", value=0 if state is None else 1)
    if state is None:
        return
    yield from _queues(state, plan, now)
    yield from _counted("agents", "state", (a.state.value for a in state.agents.values()))
    yield from _counted("live_contacts", "state", (c.state.value for c in state.contacts.values()))
    legs = Counter(c.app for c in state.calls.values() if c.state is not CallState.ENDED)
    for app in sorted(legs.keys() | plan.legs.keys()):
        labels = (("application", app),)
        yield Gauge(name="legs", value=legs[app], labels=labels)
        yield Gauge(name="legs_limit", value=plan.legs.get(app, LEGS), labels=labels)
    if state.tenant.presence_read_at:
        yield Gauge(name="presence_age_ms", value=now - state.tenant.presence_read_at)


def _queues(state: State, plan: Plan, now: int) -> Iterator[Gauge]:
    waiting: Counter[str] = Counter()
    callbacks: Counter[str] = Counter()
    oldest: dict[str, int] = {}
    for contact in state.contacts.values():
        callbacks[contact.queue] += is_open(contact)
        if contact.state is ContactState.QUEUED and not away(contact.callback):
            waiting[contact.queue] += 1
            since = contact.queued_at or now
            oldest[contact.queue] = min(since, oldest.get(contact.queue, since))
    for queue in plan.queues:
        labels = (("queue", queue.name),)
        yield Gauge(name="waiting", value=waiting[queue.name], labels=labels)
        yield Gauge(name="callbacks_open", value=callbacks[queue.name], labels=labels)
        yield Gauge(name="oldest_wait_ms", value=now - oldest.get(queue.name, now), labels=labels)
        memory = state.waits.get(queue.name)
        if memory is not None and (accuracy := memory.accuracy()) is not None:
            error_ms = accuracy.mean_absolute_error_ms
            yield Gauge(name="expected_wait_mean_error_ms", value=error_ms, labels=labels)
            yield Gauge(name="expected_wait_within", value=accuracy.within, labels=labels)


def _counted(name: str, label: str, values: Iterator[str]) -> Iterator[Gauge]:
    for value, count in sorted(Counter(values).items()):
        yield Gauge(name=name, value=count, labels=((label, value),))
