"""What a plan says about calling callers back: when it is offered, whom, how often, how long."""

from __future__ import annotations

from dataclasses import dataclass, field

from routing.action import Action
from routing.numbering import Numbering

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackOffer:
    """When a waiting caller is told that they can be called back instead. The first that holds
    counts; without any it is told to everybody who joins the queue."""

    key: str = "1"
    after_wait_ms: int | None = None
    """The caller has waited so long."""
    length: int | None = None
    """So many wait already when the caller joins."""
    calls_per_agent: int | None = None
    """So many wait for each agent on duty, the caller included."""
    expected_wait_ms: int | None = None
    """The caller is expected to wait at least so long; false while nobody can say."""

    @property
    def to_everybody(self) -> bool:
        """Whether no condition is given."""
        return (
            self.after_wait_ms is None
            and self.length is None
            and self.calls_per_agent is None
            and self.expected_wait_ms is None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRules:
    """A queue's callbacks."""

    offer: CallbackOffer | None = None
    """None: only where a key, a menu or an action leads there."""
    prompt: str = ""
    """Said to whom we call back, before the key is asked for; empty: the service's own words and
    the queue's title."""
    allowed_prefixes: tuple[str, ...] = ()
    """Numbers that begin so may be called; empty: those of the entry point's country."""
    numbering: tuple[Numbering, ...] = ()
    """Of the countries behind `allowed_prefixes`: what is ordinary there."""
    other_number: bool = True
    """A caller may key in another number than the one they call from."""
    in_ms: tuple[int, ...] = ()
    """Later times that a caller can choose, from now on; empty: none."""
    tries: int = 3
    """So often the customer is dialed at most."""
    retry_after_ms: int = 10 * MINUTE_MS
    ring_ms: int = 25_000
    """How long the customer's phone rings. Shorter than most mailboxes wait."""
    confirm_ms: int = 20_000
    """How long after picking up the customer may take to press 1: a machine never does."""
    expires_after_ms: int = 24 * HOUR_MS
    per_day: int = 3
    """Callbacks to one number within 24 hours."""
    otherwise: Action = field(default_factory=Action)
    """Where a caller goes who cannot be called back, and cannot go on waiting."""
