"""How a queue's team takes messages, as the plan says."""

from __future__ import annotations

from dataclasses import dataclass

DAY_MS = 24 * 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicemailRules:
    """The `voicemail:` section of a queue."""

    greeting: str = "system:voicemail_greeting"
    """`plan:NAME` or `system:NAME`, said before the beep."""
    most_ms: int = 120_000
    """How long a message may be; Graph records two minutes at most."""
    retention_ms: int = 30 * DAY_MS
    """So long after it was left a message is deleted."""
