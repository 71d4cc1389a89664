"""The keys of a queue's `service_level` in plan.yaml, and of the plan's `zone`."""

from __future__ import annotations

from bot.plan_file.vocabulary import HOUR_MS, MINUTE_MS, SECOND_MS, Key, Keys, Kind

SERVICE_LEVEL: Keys = (
    Key(
        name="within",
        kind=Kind.DURATION,
        default="20s",
        low=SECOND_MS,
        high=HOUR_MS,
        doc="How soon callers should be answered, counted from joining the queue.",
    ),
    Key(
        name="share",
        kind=Kind.SHARE,
        default="80%",
        low=1,
        high=100,
        doc="How many of them, in per cent.",
    ),
    Key(
        name="short",
        kind=Kind.DURATION,
        default="5s",
        high=MINUTE_MS,
        doc="Who hangs up within this time counts as a short abandon, and can be left out of the "
        "abandonment.",
    ),
)
