"""The keys of a queue's `voicemail` in plan.yaml."""

from __future__ import annotations

from bot.plan_file.vocabulary import MINUTE_MS, SECOND_MS, Key, Keys, Kind

VOICEMAIL: Keys = (
    Key(
        name="greeting",
        kind=Kind.PROMPT,
        default="system:voicemail_greeting",
        doc="Said before the beep. It should say that the message is recorded and kept.",
    ),
    Key(
        name="most",
        kind=Kind.DURATION,
        default="2m",
        low=10 * SECOND_MS,
        high=2 * MINUTE_MS,
        doc="How long a message may be. Graph records two minutes at most.",
    ),
    Key(
        name="retention_days",
        kind=Kind.INTEGER,
        default="30",
        low=1,
        high=365,
        doc="For how many days a message is kept, counted from when it was left; then it is "
        "deleted, heard or not.",
    ),
)
