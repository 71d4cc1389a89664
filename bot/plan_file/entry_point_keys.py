"""The keys of an entry point in plan.yaml."""

from __future__ import annotations

from bot.plan_file.vocabulary import (
    LANGUAGES,
    Key,
    Keys,
    Kind,
)

ENTRY_POINT: Keys = (
    Key(
        name="account",
        kind=Kind.ACCOUNT,
        doc="The Teams resource account that is called. Only the default entry point goes without.",
    ),
    Key(name="queue", kind=Kind.QUEUE, required=True, doc="The queue behind it."),
    Key(
        name="greeting",
        kind=Kind.PROMPT,
        doc="The prompt that callers hear first; none without it.",
    ),
    Key(
        name="language",
        kind=Kind.LANGUAGE,
        choices=LANGUAGES,
        doc="What callers are spoken to in. Default: the plan's.",
    ),
    Key(
        name="fallback",
        kind=Kind.ACTION,
        doc="Where callers are sent when the service cannot take them at all (application full, "
        "database gone, Graph failing). Without it they hear the busy tone.",
    ),
    Key(
        name="on_error",
        kind=Kind.ACTION,
        default="disconnect",
        doc="What happens to a caller whom a fault of the service strikes midway.",
    ),
)
