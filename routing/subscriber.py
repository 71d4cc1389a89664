"""Another system that is told what happened: which facts are for it.

Told from what was written down, so nothing on a call's path waits for it (docs/subscribers.md).
"""

from __future__ import annotations

from dataclasses import dataclass

from routing.facts import FactKind

ANY = ".*"
"""At the end of a kind: every kind of that family, as `contact.*`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    name: str
    url: str
    secret: str = ""
    """The name of the secret that signs what it is told."""
    kinds: tuple[str, ...] = ()
    """Kinds of facts, or families as `contact.*`; none: all."""
    queues: tuple[str, ...] = ()
    """Facts of these queues only; none: all facts, also those of no queue."""
    private: bool = False
    """Its address may be a private one."""


def is_for(subscriber: Subscriber, kind: str, queue: str) -> bool:
    """Whether the subscriber is told such a fact."""
    if subscriber.queues and queue not in subscriber.queues:
        return False
    family = kind.partition(".")[0] + ANY
    if kind == FactKind.TEST_CALL:
        return kind in subscriber.kinds  # nobody counts a test who did not ask for tests
    return not subscriber.kinds or kind in subscriber.kinds or family in subscriber.kinds
