"""The keys of plan.yaml about what agents do themselves: after a contact, and between contacts."""

from __future__ import annotations

from bot.plan_file.vocabulary import HOUR_MS, MINUTE_MS, SECOND_MS, Key, Keys, Kind

NONE, UNTIL_DONE = "none", "until_done"
REQUIRED, OPTIONAL = "required", "optional"
LONGEST_WORDS = 60
MOST_CHOICES = 40
"""A card in the chat has room for so many."""

AFTER_CONTACT: Keys = (
    Key(
        name="wrap_up",
        kind=Kind.WRAP_UP,
        default="0s",
        high=HOUR_MS,
        doc="How long an agent is left alone after each contact: a duration, `none`, or "
        "`until_done` (they say so).",
    ),
    Key(
        name="extend",
        kind=Kind.EXTEND,
        doc="Agents may make a `wrap_up` that has a time longer. Without it they may not.",
    ),
    Key(
        name="dispositions",
        kind=Kind.CHOICES,
        doc="How a contact may have ended, for the agent to choose from, by code. The code stands "
        "in the contact's record.",
    ),
    Key(
        name="disposition",
        kind=Kind.CHOICE,
        choices=(OPTIONAL, REQUIRED),
        default=OPTIONAL,
        doc="`required`: an agent's wrap-up does not end before they have chosen one of the "
        "`dispositions`, however long that takes, also with `wrap_up: none`.",
    ),
    Key(
        name="opt_out",
        kind=Kind.YES_NO,
        default="true",
        doc="Agents may take themselves out of this queue, and stay ready for others.",
    ),
)
EXTEND: Keys = (
    Key(
        name="by",
        kind=Kind.DURATION,
        default="30s",
        low=5 * SECOND_MS,
        high=15 * MINUTE_MS,
        doc="By how much each time.",
    ),
    Key(name="most", kind=Kind.INTEGER, default="1", low=1, high=10, doc="So many times."),
)
CHOICE: Keys = (
    Key(
        name="words",
        kind=Kind.TEXTS,
        high=LONGEST_WORDS,
        required=True,
        doc="What agents read, in the plan's language or by language (`en:`, `ko:`).",
    ),
)
REASON: Keys = (
    *CHOICE,
    Key(
        name="back_after",
        kind=Kind.DURATION,
        low=MINUTE_MS,
        high=24 * HOUR_MS,
        doc="After this time the agent is ready again by itself; without it, when they say so.",
    ),
)
