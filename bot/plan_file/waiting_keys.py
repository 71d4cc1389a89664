"""The keys of plan.yaml that say how a queue's callers wait."""

from __future__ import annotations

from bot.plan_file.vocabulary import HOUR_MS, MINUTE_MS, SECOND_MS, Key, Keys, Kind, choice
from routing.waiting_rules import NOBODY, Absence, AppliesTo

AGING = Key(
    name="aging",
    kind=Kind.DURATION,
    default="2m",
    high=24 * HOUR_MS,
    doc="What one level of priority is worth in waiting: a caller of priority 2 goes before one of "
    "priority 3 who came up to so long before. `0s`: first come, first served, whatever the "
    "priority.",
)
WEIGHT = Key(
    name="weight",
    kind=Kind.INTEGER,
    default="1",
    low=1,
    high=10,
    doc="How much a wait here counts when an agent of several queues is free: with 2 a minute "
    "counts as two.",
)
WAITING: Keys = (
    Key(
        name="announce",
        kind=Kind.ANNOUNCE,
        doc="What waiting callers are told between the music; nothing without it.",
    ),
    Key(
        name="keys",
        kind=Kind.WAYS_OUT,
        doc="Keys by which a waiting caller goes elsewhere, each with an action. Say so in a "
        "prompt of `announce`.",
    ),
    Key(
        name="no_agent",
        kind=Kind.NO_AGENT,
        doc="Where callers go while nobody serves the queue; without it they wait.",
    ),
    Key(
        name="return_window",
        kind=Kind.DURATION,
        default="5m",
        high=15 * MINUTE_MS,
        doc="Who hangs up or is cut off while waiting and rings again within this time, with a "
        "number or account that is shown, has the old place. `0s`: nobody.",
    ),
)
ANNOUNCE: Keys = (
    Key(
        name="first_after",
        kind=Kind.DURATION,
        default="30s",
        low=SECOND_MS,
        high=HOUR_MS,
        doc="How long after joining the queue the first announcement comes.",
    ),
    Key(
        name="every",
        kind=Kind.DURATION,
        default="1m",
        low=10 * SECOND_MS,
        high=HOUR_MS,
        doc="How long after one announcement begins the next one does.",
    ),
    Key(
        name="prompts",
        kind=Kind.PROMPT_LIST,
        doc="Said in turn, one each time, after place and expected wait.",
    ),
    Key(
        name="position",
        kind=Kind.YES_NO,
        default="false",
        doc="Tell the place in line. One higher than what was told before is never said.",
    ),
    Key(
        name="expected_wait",
        kind=Kind.YES_NO,
        default="false",
        doc="Tell the expected wait as a range that holds 80 of 100 waits. Silent while nobody can "
        "say: see [waiting](waiting.md#the-expected-wait).",
    ),
)
NO_AGENT: Keys = (
    Key(
        name="when",
        kind=Kind.WORDS,
        default=", ".join(NOBODY),
        choices=tuple(each.value for each in Absence),
        doc="Nobody is there when each of the queue's agents is away for one of these reasons: "
        "Teams shows them offline or out of office (`off`), they said not ready, another "
        "`presence` keeps calls from them, they missed a call (`not_responding`), are left alone "
        "for a while (`back_off`), are being rung, talk with a caller of ours, or wrap up.",
    ),
    choice(
        "apply",
        AppliesTo,
        AppliesTo.ALL,
        "`new`: to who comes. `all`: also to who waits as the last agent leaves.",
    ),
    Key(
        name="action",
        kind=Kind.ACTION,
        required=True,
        doc="Where they go.",
    ),
)
