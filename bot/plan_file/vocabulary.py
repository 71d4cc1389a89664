"""Every key of plan.yaml: what it holds, its limits, its default, its line in the docs.

The reader checks by these tables (a queue's and an entry point's stand in files of their own), and
the JSON Schema for editors and docs/plan.md are generated from them, so the three cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from routing.plan import SignIn

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
    CHANNEL = "channel"
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


def choice(name: str, values: type[StrEnum], default: StrEnum, doc: str) -> Key:
    return Key(
        name=name,
        kind=Kind.CHOICE,
        choices=tuple(each.value for each in values),
        default=default.value,
        doc=doc,
    )


CHANNEL = Key(
    name="channel",
    kind=Kind.CHANNEL,
    doc="The Teams channel in which the team is told of callers to call back; the app must be in "
    "its team. `@Switchboard here`, said there, shows the line to write. On the plan: for all "
    "queues that name none.",
)

PLAN: Keys = (
    Key(
        name="tenant",
        kind=Kind.TENANT,
        required=True,
        doc="The organization: its domain, such as `contoso.example`, or its tenant id.",
    ),
    choice(
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
    CHANNEL,
    Key(name="queues", kind=Kind.QUEUES, required=True, doc="Where callers wait, by name."),
    Key(
        name="prompts",
        kind=Kind.PROMPTS,
        doc="What callers hear besides the service's own words, by name.",
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
