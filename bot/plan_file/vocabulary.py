"""Every key of plan.yaml: what it holds, its limits, its default, its line in the docs.

The reader checks by these tables, and the JSON Schema for editors and docs/plan.md are generated
from them, so the three cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from routing.plan import AbandonedRing, Accept, Delivery, Frozen, Preset, Rule, SignIn

LANGUAGES = ("en", "ko")
SYSTEM_PROMPTS = (
    "greeting",
    "hold",
    "still_holding",
    "nobody_available",
    "queue_full",
    "closed",
    "technical_problem",
    "transferring",
    "goodbye",
)
"""What the service can say by itself, and a plan may name as `system:NAME`."""
SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS


class Kind(StrEnum):
    """What a key holds."""

    TEXT = "text"
    TENANT = "tenant"
    CHOICE = "choice"
    INTEGER = "integer"
    DURATION = "duration"
    PERSON = "person"
    PEOPLE = "people"
    PERSONS = "persons"
    """People only, no groups."""
    ACCOUNT = "account"
    NUMBER = "number"
    ACTION = "action"
    PROMPT = "prompt"
    MUSIC = "music"
    LANGUAGE = "language"
    QUEUE = "queue"
    ENTRY_POINT = "entry_point"
    NOTHING = "nothing"
    TEXTS = "texts"
    FILES = "files"
    ENTRY_POINTS = "entry_points"
    QUEUES = "queues"
    PROMPTS = "prompts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of one section."""

    name: str
    kind: Kind
    doc: str
    default: str = ""
    """As the plan would write it; empty: none."""
    choices: tuple[str, ...] = ()
    low: int = 0
    """Of numbers and durations (milliseconds), inclusive; of texts, the shortest."""
    high: int = 0
    required: bool = False


Keys = tuple[Key, ...]


def _choice(name: str, values: type[StrEnum], default: StrEnum, doc: str) -> Key:
    return Key(
        name=name,
        kind=Kind.CHOICE,
        choices=tuple(each.value for each in values),
        default=default.value,
        doc=doc,
    )


PLAN: Keys = (
    Key(
        name="tenant",
        kind=Kind.TENANT,
        required=True,
        doc="The organization: its domain, such as `contoso.example`, or its tenant id.",
    ),
    _choice(
        "sign_in",
        SignIn,
        SignIn.AUTOMATIC,
        "`automatic`: presence alone decides who may be rung. `manual`: agents also say `ready` "
        "to the bot.",
    ),
    Key(
        name="language",
        kind=Kind.LANGUAGE,
        default="en",
        choices=LANGUAGES,
        doc="The language of everything that names none of its own.",
    ),
    Key(
        name="default_entry_point",
        kind=Kind.ENTRY_POINT,
        doc="The entry point for calls to an account that no entry point names, and to the bot "
        "itself. Without one such calls are rejected.",
    ),
    Key(
        name="supervisors",
        kind=Kind.PERSONS,
        doc="People who see and steer every queue, as `name@domain` or object ids; no groups.",
    ),
    Key(
        name="entry_points",
        kind=Kind.ENTRY_POINTS,
        required=True,
        doc="Where calls come in, by name.",
    ),
    Key(name="queues", kind=Kind.QUEUES, required=True, doc="Where callers wait, by name."),
    Key(
        name="prompts",
        kind=Kind.PROMPTS,
        doc="What callers hear besides the service's own words, by name.",
    ),
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

QUEUE: Keys = (
    Key(
        name="title",
        kind=Kind.TEXT,
        low=1,
        high=80,
        doc="The name that agents see and hear. Default: the queue's own.",
    ),
    Key(
        name="members",
        kind=Kind.PEOPLE,
        required=True,
        doc="The agents: people as `name@domain`, groups as `group: name@domain`, object ids of "
        "either. `serial` and `round_robin` keep this order; a group's people follow by name.",
    ),
    _choice(
        "rule",
        Rule,
        Rule.LONGEST_IDLE,
        "Who of the available agents is rung: `longest_idle` (whose last work ended first), "
        "`round_robin` (the next after the one last rung) or `serial` (the first in the list).",
    ),
    Key(
        name="priority",
        kind=Kind.INTEGER,
        default="3",
        low=1,
        high=5,
        doc="Which queue an agent of several serves first: 1 very high, 5 very low.",
    ),
    _choice(
        "delivery",
        Delivery,
        Delivery.CONSULT,
        "How the two are connected. `consult`: the agent is rung on a call of its own and accepts, "
        "then the caller is transferred. `group_call`: the agent is added to the caller's call. "
        "`transfer`: blind.",
    ),
    _choice(
        "accept",
        Accept,
        Accept.CARD_OR_KEY,
        "Only with `delivery: consult`. `card_or_key`: the agent presses Accept on the card in the "
        "chat, before or after picking up, or hears who is calling and presses 1. `key`: only the "
        "key. `answer`: picking up is enough.",
    ),
    Key(
        name="accept_within",
        kind=Kind.DURATION,
        default="8s",
        low=3 * SECOND_MS,
        high=MINUTE_MS,
        doc="Not with `accept: answer`: how long the agent may take to say yes, from the end of "
        "the whisper on.",
    ),
    Key(
        name="ring_seconds",
        kind=Kind.INTEGER,
        default="18",
        low=5,
        high=55,
        doc="Only with `delivery: consult`: how many seconds the agent's phone rings. From 20 on "
        "Teams' own voicemail may answer first.",
    ),
    _choice(
        "presence",
        Preset,
        Preset.STRICT,
        "Which presence lets calls through. `strict`: Available. `busy_ok`: also Busy and Away. "
        "`never_in_call`: also Be right back. Nobody is rung in a call, presenting, on do not "
        "disturb, focusing, out of office, offline or unknown.",
    ),
    _choice(
        "frozen_presence",
        Frozen,
        Frozen.HOLD,
        "When presence could not be read for 60 s. `hold`: nobody is rung. `trust`: the last "
        "reading stands.",
    ),
    _choice(
        "abandoned_ring",
        AbandonedRing,
        AbandonedRing.HOLD,
        "Only for callers connected by `group_call`, whose call ends while an agent's phone rings: "
        "what if Graph does not say that the ring is over? `hold`: the agent is left alone until "
        "75 s after it began. `trust`: it stopped with the call, the agent is free 5 s later. Say "
        "`trust` when you have seen phones stop.",
    ),
    Key(
        name="language",
        kind=Kind.LANGUAGE,
        choices=LANGUAGES,
        doc="What its agents hear the whisper in. Default: the plan's.",
    ),
    Key(
        name="music",
        kind=Kind.MUSIC,
        default="default",
        doc="What waiting callers hear: `default`, or a prompt with `audio:`.",
    ),
    Key(
        name="wrap_up",
        kind=Kind.DURATION,
        default="0s",
        high=HOUR_MS,
        doc="How long an agent is left alone after each contact.",
    ),
    Key(
        name="max_wait",
        kind=Kind.DURATION,
        low=SECOND_MS,
        high=24 * HOUR_MS,
        doc="The longest wait; without it callers wait until someone is free.",
    ),
    Key(
        name="on_max_wait",
        kind=Kind.ACTION,
        default="disconnect",
        doc="What happens to a caller who waited so long.",
    ),
    Key(
        name="max_length",
        kind=Kind.INTEGER,
        low=0,
        high=10_000,
        doc="The most callers who may wait; without it there is no limit.",
    ),
    Key(
        name="on_overflow",
        kind=Kind.ACTION,
        default="disconnect",
        doc="What happens to a caller for whom there is no room.",
    ),
    Key(
        name="decline_back_off",
        kind=Kind.DURATION,
        default="30s",
        high=HOUR_MS,
        doc="How long an agent who declined is left alone.",
    ),
    Key(
        name="busy_back_off",
        kind=Kind.DURATION,
        default="10s",
        high=HOUR_MS,
        doc="How long an agent whose line was busy is left alone.",
    ),
    Key(
        name="unreachable_back_off",
        kind=Kind.DURATION,
        default="60s",
        high=HOUR_MS,
        doc="How long an agent whose phone could not be reached is left alone.",
    ),
    Key(
        name="not_responding_after",
        kind=Kind.INTEGER,
        default="1",
        low=1,
        high=10,
        doc="So many missed offers in a row make an agent not responding: nobody rings them until "
        "they say `ready`, or their presence goes away and comes back.",
    ),
    Key(
        name="return_after",
        kind=Kind.DURATION,
        low=5 * SECOND_MS,
        high=24 * HOUR_MS,
        doc="After this time a not-responding agent is rung again; off without it.",
    ),
    Key(
        name="fallback",
        kind=Kind.ACTION,
        doc="Where callers go when an action's own target cannot be reached.",
    ),
    Key(
        name="supervisors",
        kind=Kind.PERSONS,
        doc="People who see and steer this queue, beside the plan's `supervisors`.",
    ),
)

ACTION: Keys = (
    Key(name="disconnect", kind=Kind.NOTHING, doc="The call ends, after the prompt."),
    Key(name="user", kind=Kind.PERSON, doc="A person, as `name@domain`."),
    Key(
        name="number",
        kind=Kind.NUMBER,
        doc="A phone number, such as `+14255550100`. Beside `account`: that account's own number.",
    ),
    Key(
        name="account",
        kind=Kind.ACCOUNT,
        doc="Another resource account: a Teams call queue or auto attendant.",
    ),
    Key(
        name="prompt",
        kind=Kind.PROMPT,
        doc="Spoken before. Default: the service's own words.",
    ),
)
TARGETS = ("disconnect", "user", "number", "account")

PROMPT: Keys = (
    Key(
        name="say",
        kind=Kind.TEXTS,
        high=2_000,
        doc="The words, in the plan's language or by language (`en:`, `ko:`).",
    ),
    Key(
        name="audio",
        kind=Kind.FILES,
        high=500,
        doc="A WAV, FLAC, OGG or MP3 file beside the plan, for all languages or by language.",
    ),
)
