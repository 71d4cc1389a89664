"""The keys of flows in plan.yaml: the flow, each kind of step, where a step leads, conditions.

A step is told by its first word: the key that no other kind has (`menu`, `collect`, `branch` ...),
whose value is what the step is about. Where it leads is a step's name, one of a few words, or an
action with what the caller takes along.
"""

from __future__ import annotations

from bot.plan_file.vocabulary import (
    ACTION,
    HOUR_MS,
    LANGUAGES,
    MINUTE_MS,
    SECOND_MS,
    Key,
    Keys,
    Kind,
)

TURNS = ("repeat", "back", "operator", "return")
"""Where a step can lead besides other steps and actions."""
MOST_DIGITS = 20
NO_KEY = "none"
KEYPAD = "0123456789*#"
CALLER_KINDS = ("number", "anonymous", "internal", "guest", "federated", "bot")

FLOW: Keys = (
    Key(
        name="start",
        kind=Kind.STEP,
        doc="The step that callers begin with. Default: the first one.",
    ),
    Key(
        name="operator",
        kind=Kind.ACTION,
        doc="Where key 0 leads, at every step; without it 0 is a key like any other.",
    ),
    Key(
        name="limit",
        kind=Kind.DURATION,
        default="15m",
        low=MINUTE_MS,
        high=2 * HOUR_MS,
        doc="How long a caller may spend in it.",
    ),
    Key(
        name="on_limit",
        kind=Kind.ACTION,
        default="disconnect",
        doc="What happens to a caller who has spent so long.",
    ),
    Key(name="steps", kind=Kind.STEPS, required=True, doc="The steps, by name."),
)

_THEN = Key(name="then", kind=Kind.GOTO, required=True, doc="Where the caller goes on.")
_GIVEN_UP = Key(
    name="otherwise",
    kind=Kind.GOTO,
    doc="Where the caller goes after so many tries. Default: the flow's `operator`, else the end "
    "of the call.",
)
_TRIES = Key(
    name="tries",
    kind=Kind.INTEGER,
    default="3",
    low=1,
    high=10,
    doc="How often the prompt is played to somebody who presses nothing, or nothing of use.",
)

SAY: Keys = (
    Key(name="say", kind=Kind.PROMPT, required=True, doc="The prompt to play."),
    _THEN,
)
MENU: Keys = (
    Key(
        name="menu",
        kind=Kind.PROMPT,
        required=True,
        doc="The prompt that names the choices. A key may be pressed while it plays.",
    ),
    Key(
        name="keys",
        kind=Kind.KEYS,
        required=True,
        doc='Where each key leads: `0` to `9`, `"*"`, `"#"`.',
    ),
    Key(
        name="wait",
        kind=Kind.DURATION,
        default="5s",
        low=SECOND_MS,
        high=MINUTE_MS,
        doc="How long a key is waited for when the prompt is over.",
    ),
    _TRIES,
    Key(
        name="on_silence",
        kind=Kind.PROMPT,
        doc="Said before the prompt comes again because no key was pressed; nothing without it.",
    ),
    Key(
        name="on_invalid",
        kind=Kind.PROMPT,
        doc="Said when a key means nothing here. Default: the service's own words.",
    ),
    _GIVEN_UP,
)
_WAIT = Key(
    name="wait",
    kind=Kind.DURATION,
    default="8s",
    low=SECOND_MS,
    high=MINUTE_MS,
    doc="How long the first digit is waited for when the prompt is over.",
)
_BETWEEN = Key(
    name="between",
    kind=Kind.DURATION,
    default="4s",
    low=SECOND_MS,
    high=MINUTE_MS,
    doc="The longest pause between two digits; after it the number counts as it is.",
)
COLLECT: Keys = (
    Key(name="collect", kind=Kind.PROMPT, required=True, doc="The prompt that asks for digits."),
    Key(
        name="into",
        kind=Kind.ATTRIBUTE,
        required=True,
        doc="The attribute that keeps them; the agent's card shows it.",
    ),
    Key(
        name="digits",
        kind=Kind.DIGITS,
        default="1-20",
        high=MOST_DIGITS,
        doc="How many: `6`, or `4-10`.",
    ),
    Key(
        name="end_key",
        kind=Kind.CHOICE,
        choices=("#", "*", NO_KEY),
        default="#",
        doc="The key that ends the number early.",
    ),
    Key(
        name="confirm",
        kind=Kind.YES_NO,
        default="true",
        doc="Whether the digits are read back: 1 is right, 2 asks for them again.",
    ),
    _WAIT,
    _BETWEEN,
    _TRIES,
    _THEN,
    _GIVEN_UP,
)
EXTENSION: Keys = (
    Key(
        name="extension",
        kind=Kind.PROMPT,
        required=True,
        doc="The prompt that asks for an extension.",
    ),
    Key(
        name="extensions",
        kind=Kind.EXTENSIONS,
        required=True,
        doc="Who is reached by which: an action, or a person as `name@domain`.",
    ),
    _WAIT,
    _BETWEEN,
    _TRIES,
    _GIVEN_UP,
)
BRANCH: Keys = (
    Key(
        name="branch",
        kind=Kind.CASES,
        required=True,
        doc="A list: each with `when`, and where it leads. The first that holds is taken.",
    ),
    Key(
        name="otherwise",
        kind=Kind.GOTO,
        required=True,
        doc="Where the caller goes when none holds.",
    ),
)
ASK: Keys = (
    Key(
        name="ask",
        kind=Kind.WEBHOOK,
        required=True,
        doc="The webhook to ask; what it answers becomes attributes.",
    ),
    _THEN,
    Key(
        name="otherwise",
        kind=Kind.GOTO,
        required=True,
        doc="Where the caller goes when it does not answer in time, or nothing of use.",
    ),
)
NOTE: Keys = (
    Key(
        name="note",
        kind=Kind.ATTRIBUTES,
        required=True,
        doc="Attributes that the contact gets: `topic: billing`.",
    ),
    _THEN,
)
ENTER: Keys = (
    Key(
        name="enter",
        kind=Kind.FLOW,
        required=True,
        doc="A flow that is walked in between; its `return` leads back here.",
    ),
    _THEN,
)

STEPS: dict[str, Keys] = {
    "say": SAY,
    "menu": MENU,
    "collect": COLLECT,
    "extension": EXTENSION,
    "branch": BRANCH,
    "ask": ASK,
    "note": NOTE,
    "enter": ENTER,
}
"""The kinds of steps, by the key that tells them."""

_TAKEN_ALONG: Keys = (
    Key(
        name="choice",
        kind=Kind.TEXT,
        low=1,
        high=48,
        doc="What this choice is called on the card and in reports. Default: the name of where it "
        "leads.",
    ),
    Key(
        name="language",
        kind=Kind.LANGUAGE,
        choices=LANGUAGES,
        doc="What the caller is spoken to in from here on.",
    ),
    Key(name="set", kind=Kind.ATTRIBUTES, doc="Attributes that the contact gets."),
)
GOTO: Keys = (
    Key(
        name="go",
        kind=Kind.STEP,
        doc="A step of this flow; or `repeat` (the same step again), `back` (the menu before), "
        "`operator` (where the flow's `operator` says), `return` (to the flow that entered this "
        "one; without one the call ends).",
    ),
    *_TAKEN_ALONG,
    *(key for key in ACTION if key.name != "priority"),
    Key(
        name="priority",
        kind=Kind.INTEGER,
        low=1,
        high=5,
        doc="The contact's priority from here on, instead of the queue's.",
    ),
)
WHEN_KEY = Key(
    name="when",
    kind=Kind.CONDITION,
    required=True,
    doc="What must hold: all that is given.",
)
CASE: Keys = (WHEN_KEY, *GOTO)
DOOR: Keys = (
    WHEN_KEY,
    Key(name="busy", kind=Kind.NOTHING, doc="The caller hears the busy tone."),
    *(key for key in ACTION if key.name in ("user", "number", "account")),
)

WHEN: Keys = (
    Key(
        name="prefix",
        kind=Kind.PREFIXES,
        doc="The caller's number begins so: `+49`, or a list. Never true of who is anonymous.",
    ),
    Key(
        name="caller",
        kind=Kind.WORDS,
        choices=CALLER_KINDS,
        doc="Who calls: one or a list. `anonymous` is withheld or encrypted.",
    ),
    Key(
        name="list",
        kind=Kind.LISTS,
        doc="The caller stands in this list, or one of them. Never true of who is anonymous.",
    ),
    Key(
        name="language",
        kind=Kind.WORDS,
        choices=LANGUAGES,
        doc="What the caller is spoken to in: one or a list.",
    ),
    Key(name="attribute", kind=Kind.ATTRIBUTE, doc="An attribute that has a value."),
    Key(
        name="is",
        kind=Kind.VALUES,
        doc="With `attribute`: the value, or a list of them.",
    ),
    Key(name="open", kind=Kind.HOURS, doc="It is within these hours."),
    Key(name="closed", kind=Kind.HOURS, doc="It is not."),
    Key(name="queue", kind=Kind.QUEUE, doc="The queue that the keys below are about."),
    Key(
        name="queue_open",
        kind=Kind.YES_NO,
        doc="With `queue`: whether it is open.",
    ),
    Key(
        name="waiting",
        kind=Kind.INTEGER,
        low=1,
        high=10_000,
        doc="With `queue`: so many callers wait, or more.",
    ),
    Key(
        name="longest_wait",
        kind=Kind.DURATION,
        low=SECOND_MS,
        high=24 * HOUR_MS,
        doc="With `queue`: somebody has waited so long.",
    ),
    Key(
        name="expected_wait",
        kind=Kind.DURATION,
        low=SECOND_MS,
        high=24 * HOUR_MS,
        doc="With `queue`: a new caller is expected to wait so long; never true while nobody can "
        "say.",
    ),
    Key(
        name="nobody_there",
        kind=Kind.YES_NO,
        doc="With `queue`: whether nobody serves it at the moment.",
    ),
)
OF_QUEUE = ("queue_open", "waiting", "longest_wait", "expected_wait", "nobody_there")
"""The conditions that need `queue`."""
