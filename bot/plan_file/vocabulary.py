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
    "voicemail_greeting",
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
    YES_NO = "yes_no"
    FLOWS = "flows"
    FLOW = "flow"
    STEPS = "steps"
    STEP = "step"
    GOTO = "goto"
    KEYS = "keys"
    EXTENSIONS = "extensions"
    CASES = "cases"
    CONDITION = "condition"
    ATTRIBUTE = "attribute"
    ATTRIBUTES = "attributes"
    VALUES = "values"
    DIGITS = "digits"
    PREFIXES = "prefixes"
    WORDS = "words"
    HOURS = "hours"
    WEBHOOKS = "webhooks"
    WEBHOOK = "webhook"
    URL = "url"
    PATHS = "paths"
    SECRET = "secret"  # noqa: S105 - a kind of value
    PROVIDERS = "providers"
    NAMES = "names"
    LABELS = "labels"
    JSON = "json"
    CALLER_LISTS = "caller_lists"
    SUBSCRIBERS = "subscribers"
    FACTS = "facts"
    LISTS = "lists"
    ACCOUNTS = "accounts"
    COUNTRY = "country"
    DOOR = "door"
    NOTICE = "notice"
    TEAM = "team"
    HOURS_SECTIONS = "hours_sections"
    ZONE = "zone"
    SPANS = "spans"
    HOLIDAYS = "holidays"
    ANNOUNCE = "announce"
    WAYS_OUT = "ways_out"
    NO_AGENT = "no_agent"
    PROMPT_LIST = "prompt_list"
    DURATIONS = "durations"
    CALLBACK = "callback"
    CALLBACK_OFFER = "callback_offer"
    VOICEMAIL = "voicemail"
    SERVICE_LEVEL = "service_level"
    SHARE = "share"
    """Per cent."""
    WRAP_UP = "wrap_up"
    EXTEND = "extend"
    CHOICES = "choices"
    REASONS = "reasons"


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
        name="not_ready_reasons",
        kind=Kind.REASONS,
        doc="Why an agent may not be ready, by code, for the tab and the card in the chat; their "
        "own words go as well.",
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
        name="flows",
        kind=Kind.FLOWS,
        doc="What callers are led through before, or instead of, a queue: menus and the like, by "
        "name.",
    ),
    Key(
        name="hours",
        kind=Kind.HOURS_SECTIONS,
        doc="Opening hours, by name: entry points and queues say which are theirs.",
    ),
    Key(
        name="zone",
        kind=Kind.ZONE,
        doc="The time zone in which the days of [reports](reports.md) begin, such as "
        "`Europe/Berlin`, for agents and for queues without `hours`, whose zone counts otherwise. "
        "Default: `UTC`.",
    ),
    Key(
        name="prompts",
        kind=Kind.PROMPTS,
        doc="What callers hear besides the service's own words, by name.",
    ),
    Key(
        name="caller_lists",
        kind=Kind.CALLER_LISTS,
        doc="Callers by name of the list, to be blocked or treated well: numbers such as "
        "`+14255550100`, beginnings of numbers such as `+1900*`, people as `name@domain`.",
    ),
    Key(
        name="webhooks",
        kind=Kind.WEBHOOKS,
        doc="Other systems that a flow asks about a caller, by name.",
    ),
    Key(
        name="context",
        kind=Kind.PROVIDERS,
        doc="Who is asked about each caller, by name, so that agents see it before they talk: "
        "other systems, our own history, the directory.",
    ),
    Key(
        name="subscribers",
        kind=Kind.SUBSCRIBERS,
        doc="Other systems that are told what happened, by name.",
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
    Key(name="queue", kind=Kind.QUEUE, doc="A queue, at the place that the caller has so far."),
    Key(name="flow", kind=Kind.FLOW, doc="A flow, from its beginning."),
    Key(
        name="voicemail",
        kind=Kind.TEAM,
        doc=(
            "The caller leaves a message for this queue's team; `true`: of the queue whose action "
            "it is, elsewhere of the queue they were in."
        ),
    ),
    Key(
        name="callback",
        kind=Kind.TEAM,
        doc=(
            "The caller is called back by this queue's team; `true`: of the queue whose action "
            "it is, elsewhere of the queue they were in."
        ),
    ),
    Key(
        name="priority",
        kind=Kind.INTEGER,
        low=1,
        high=5,
        doc="With `queue`: the caller's priority from here on, instead of the queue's.",
    ),
    Key(
        name="prompt",
        kind=Kind.PROMPT,
        doc="Spoken before; not with `queue` and `flow`. Default: the service's own words.",
    ),
)
TARGETS = (
    "disconnect",
    "user",
    "number",
    "account",
    "queue",
    "flow",
    "voicemail",
    "callback",
)
ALONE = ("disconnect", "voicemail", "callback")
"""Targets that may stand as a word by themselves."""

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
