"""Instants and durations in words, for screens. Inside they are integer milliseconds, UTC."""

from __future__ import annotations

from datetime import UTC, datetime

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS


def day_and_time(instant: int) -> str:
    """`2026-03-01 14:03:22 UTC`."""
    return f"{datetime.fromtimestamp(instant / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"


def time_of_day(instant: int) -> str:
    """`14:03:22.1`."""
    return f"{datetime.fromtimestamp(instant / 1000, UTC):%H:%M:%S}.{instant % 1000 // 100}"


def lasting(duration_ms: int) -> str:
    """`0.4 s`, `12 s`, `2 min 20 s`, `3 h 5 min`."""
    duration_ms = max(0, duration_ms)
    if duration_ms < 10 * SECOND_MS:
        return f"{duration_ms / SECOND_MS:.1f} s"
    if duration_ms < MINUTE_MS:
        return f"{duration_ms // SECOND_MS} s"
    if duration_ms < HOUR_MS:
        minutes, rest = divmod(duration_ms, MINUTE_MS)
        return f"{minutes} min {rest // SECOND_MS} s"
    hours, rest = divmod(duration_ms, HOUR_MS)
    return f"{hours} h {rest // MINUTE_MS} min"
