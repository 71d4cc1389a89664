"""The keys of an entry point in plan.yaml."""

from __future__ import annotations

from bot.plan_file.vocabulary import LANGUAGES, SECOND_MS, Key, Keys, Kind, choice
from routing.plan import WhenClosed

ENTRY_POINT: Keys = (
    Key(
        name="account",
        kind=Kind.ACCOUNTS,
        doc="The Teams resource account that is called, or a list of several. Only the default "
        "entry point goes without.",
    ),
    Key(
        name="queue",
        kind=Kind.QUEUE,
        doc="The queue behind it. It or `flow` is needed.",
    ),
    Key(
        name="flow",
        kind=Kind.FLOW,
        doc="The flow that callers are led through, instead of straight to a queue.",
    ),
    Key(
        name="country",
        kind=Kind.COUNTRY,
        doc="Two letters, such as `DE`: where the account's number is. Callers' numbers that come "
        "without country code are read as this country's. Without it only numbers that begin "
        "with `+` are compared with lists and prefixes.",
    ),
    Key(
        name="block",
        kind=Kind.LISTS,
        doc="Callers in these lists hear the busy tone and are never answered.",
    ),
    Key(
        name="door",
        kind=Kind.DOOR,
        doc="Who else is not answered: a list, each with `when` and `busy: true`, or a `user`, "
        "`number` or `account` that the call is sent to unanswered. The first that holds is "
        "taken.",
    ),
    Key(
        name="notice",
        kind=Kind.NOTICE,
        doc="A prompt that callers hear once, before the first queue (that calls are recorded, "
        "say): its name, or a section.",
    ),
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
    Key(
        name="hours",
        kind=Kind.HOURS,
        doc="When it is open; always, without it. Who rang before the closing is in time.",
    ),
    Key(
        name="on_closed",
        kind=Kind.ACTION,
        default="disconnect",
        doc="What happens to who calls when it is closed, by its hours or by a supervisor, whose "
        "words are heard in place of the prompt, or before a queue, flow, callback or voicemail. "
        "Default: told so, and good-bye.",
    ),
    choice(
        "when_closed",
        WhenClosed,
        WhenClosed.ANSWER,
        "`answer`: the call is answered, then `on_closed`. `redirect`: it is sent where "
        "`on_closed` says without being answered. `busy`: the busy tone.",
    ),
)

NOTICE: Keys = (
    Key(name="prompt", kind=Kind.PROMPT, required=True, doc="What is said."),
    Key(
        name="object_key",
        kind=Kind.CHOICE,
        choices=("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"),
        doc="A caller who presses it objects. That is kept as an attribute, shown on the card, and "
        "the call goes on.",
    ),
    Key(
        name="wait",
        kind=Kind.DURATION,
        default="0s",
        high=20 * SECOND_MS,
        doc="How long the key is waited for when the prompt is over.",
    ),
    Key(
        name="attribute",
        kind=Kind.ATTRIBUTE,
        default="objected",
        doc="The attribute that then says `yes`.",
    ),
)
