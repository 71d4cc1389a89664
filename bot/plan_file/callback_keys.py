"""The keys of a queue's `callback` in plan.yaml."""

from __future__ import annotations

from bot.plan_file.vocabulary import HOUR_MS, MINUTE_MS, SECOND_MS, Key, Keys, Kind

CALLBACK: Keys = (
    Key(
        name="offer",
        kind=Kind.CALLBACK_OFFER,
        doc="When waiting callers are told that they can be called back. Without it only menus, "
        "`on_max_wait` and the like lead there.",
    ),
    Key(
        name="prompt",
        kind=Kind.PROMPT,
        doc="What a customer who picks up hears first: who is calling. Default: the service's own "
        "words with the queue's title. Then follows that 1 connects.",
    ),
    Key(
        name="allowed_prefixes",
        kind=Kind.PREFIXES,
        doc="The numbers that may be called begin so, such as `+49` or `+4930`; one or a list. "
        "Default: the numbers of the entry point's `country`. Premium and shared-cost numbers are "
        "never called.",
    ),
    Key(
        name="other_number",
        kind=Kind.YES_NO,
        default="true",
        doc="Whether callers may key in another number than the one they call from. It needs the "
        "entry point's `country`.",
    ),
    Key(
        name="later",
        kind=Kind.DURATIONS,
        low=15 * MINUTE_MS,
        high=23 * HOUR_MS,
        doc="Later times that callers can choose, up to three, such as `[1h, 3h]`; those at which "
        "the queue is closed are not offered. Default: none. The attribute `callback_at` "
        "(ISO 8601 with its offset) of a flow decides before.",
    ),
    Key(
        name="tries",
        kind=Kind.INTEGER,
        default="3",
        low=1,
        high=10,
        doc="How often the customer is called at most.",
    ),
    Key(
        name="retry_after",
        kind=Kind.DURATION,
        default="10m",
        low=MINUTE_MS,
        high=12 * HOUR_MS,
        doc="How long to leave a customer alone who was not reached.",
    ),
    Key(
        name="ring_for",
        kind=Kind.DURATION,
        default="25s",
        low=10 * SECOND_MS,
        high=MINUTE_MS,
        doc="How long the customer's phone rings.",
    ),
    Key(
        name="confirm_within",
        kind=Kind.DURATION,
        default="20s",
        low=10 * SECOND_MS,
        high=MINUTE_MS,
        doc="How long after picking up the customer may take to press 1; then it counts as a "
        "machine.",
    ),
    Key(
        name="expires_after",
        kind=Kind.DURATION,
        default="24h",
        low=5 * MINUTE_MS,
        high=7 * 24 * HOUR_MS,
        doc="After so long, or so long after the chosen time, a callback comes to nothing, and the "
        "team is told.",
    ),
    Key(
        name="per_day",
        kind=Kind.INTEGER,
        default="3",
        low=1,
        high=20,
        doc="Callbacks promised to one number within 24 hours.",
    ),
    Key(
        name="otherwise",
        kind=Kind.ACTION,
        default="disconnect",
        doc="Where callers go who cannot be called back, and cannot go on waiting.",
    ),
)
CALLBACK_OFFER: Keys = (
    Key(
        name="key",
        kind=Kind.CHOICE,
        choices=("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
        default="1",
        doc="The key that asks for a callback, from the announcement on.",
    ),
    Key(
        name="after_wait",
        kind=Kind.DURATION,
        low=10 * SECOND_MS,
        high=HOUR_MS,
        doc="When the caller has waited so long.",
    ),
    Key(
        name="length",
        kind=Kind.INTEGER,
        low=1,
        high=10_000,
        doc="At once, when so many wait already.",
    ),
    Key(
        name="calls_per_agent",
        kind=Kind.INTEGER,
        low=1,
        high=1_000,
        doc="At once, when so many wait for each agent on duty, the caller included.",
    ),
    Key(
        name="expected_wait",
        kind=Kind.DURATION,
        low=10 * SECOND_MS,
        high=4 * HOUR_MS,
        doc="At once, when the caller is expected to wait so long (never while nobody can say).",
    ),
)
