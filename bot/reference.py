"""The generated pages of docs/: settings, plan keys, and the JSON Schema of the plan for editors.

They come from the tables that the program itself checks by, and a test compares them with what
stands in docs/: a page cannot be out of date.
"""

from __future__ import annotations

import json
import types
from enum import Enum
from typing import Literal, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from bot.doctor.reference import findings_page
from bot.metrics.telemetry import COUNTERS, FACT_COUNTERS, FACT_HISTOGRAMS, GAUGES, HISTOGRAMS
from bot.metrics.telemetry import PREFIX as METRIC
from bot.plan_file.agent_keys import CHOICE, EXTEND, REASON
from bot.plan_file.callback_keys import CALLBACK, CALLBACK_OFFER
from bot.plan_file.context_keys import PROVIDER, PROVIDER_TEXT
from bot.plan_file.entry_point_keys import ENTRY_POINT, NOTICE
from bot.plan_file.flow_keys import DOOR, FLOW, GOTO, STEPS, WHEN
from bot.plan_file.hours_keys import HOURS
from bot.plan_file.json_schema import plan_schema
from bot.plan_file.pairs import PAIRS
from bot.plan_file.queue_keys import QUEUE
from bot.plan_file.section import spelled
from bot.plan_file.service_level_keys import SERVICE_LEVEL
from bot.plan_file.subscriber_keys import SUBSCRIBER
from bot.plan_file.vocabulary import ACTION, PLAN, PROMPT, Key, Keys, Kind
from bot.plan_file.voicemail_keys import VOICEMAIL
from bot.plan_file.waiting_keys import ANNOUNCE, NO_AGENT
from bot.plan_file.webhook_keys import WEBHOOK
from bot.settings import PREFIX, Application, Settings

GENERATED = "<!-- Generated from {source}. Change it there, then `make docs`. -->\n"

PLAN_INTRO = """
# The plan

`plan.yaml` is the whole configuration of the contact center: which calls go where, who answers,
what callers hear. `switchboard plan check` names everything that is wrong with it, with line and
key. The service reads it at start and on SIGHUP; a plan with an error never replaces a good one.

People, groups and resource accounts are written as Teams shows them (`name@domain`); object ids
work everywhere too. They are looked up at start and every 5 minutes. One that is unknown, disabled,
a guest or unreadable is reported with its line and stops nobody else.

Durations are written as `20s`, `2m`, `1h30m`. Editors that know JSON Schema complete and check the
file when its first line is `# yaml-language-server: $schema=plan.schema.json`
(see [plan.schema.json](plan.schema.json)). A whole plan: [examples/plan.yaml](examples/plan.yaml).
"""

CALLBACK_TEXT = """\
What happens then: [calling back](callback.md). A whole plan:
[examples/callback.yaml](examples/callback.yaml)."""
VOICEMAIL_TEXT = """\
Messages need the setting `SWITCHBOARD_KEEP_VOICEMAIL`, and what Microsoft's terms ask for:
[voicemail](voicemail.md). A whole plan: [examples/voicemail.yaml](examples/voicemail.yaml)."""
AGENTS_TEXT = """\
What agents see of it: [the tab](tab.md#my-work). A whole plan:
[examples/agents.yaml](examples/agents.yaml)."""
CALLBACK_OFFER_TEXT = """\
A section, or `true`. The first condition that holds counts, and a caller is told once. Without any
everybody is told who joins the queue."""
FLOW_TEXT = """\
A flow is steps with names. Its first step is where callers begin, and every step says where it goes
on. What kind of step it is says its first key:

| Key | The step |
|---|---|
| `say` | plays a prompt |
| `menu` | waits for one key |
| `collect` | asks for digits, reads them back, keeps them as an attribute |
| `extension` | asks for an extension and connects |
| `branch` | looks at the caller, the time, the language, attributes, a queue |
| `ask` | asks a webhook |
| `note` | gives the contact attributes |
| `enter` | walks another flow and comes back |

A flow always ends: a round in which the caller does nothing is an error, and after `limit` comes
`on_limit`. A whole plan with flows: [examples/flows.yaml](examples/flows.yaml)."""
GOTO_TEXT = """\
After `then`, `otherwise` and each of a menu's keys stands the name of a step, one of the words
`repeat`, `back`, `operator`, `return`, `disconnect`, or a section with these keys: one that says
where to, and what the caller takes along."""
WHEN_TEXT = """\
All that is given must hold; of a list, one. Who is anonymous (withheld or encrypted) has no number
that anything could be compared with. Numbers are compared in E.164."""
WEBHOOK_TEXT = """\
A webhook is asked by `POST` with JSON: `{"id", "webhook", "contact"}` and what `send` names. It
answers 200 with a JSON object of at most 64 KiB, `Content-Type: application/json`. Redirects are
not followed. After a crash of the service the same question may come again, with the same `id`.

With a `secret`, `Switchboard-Signature: t=TIME,v1=HEX` tells that the request is ours and new: HEX
is the HMAC-SHA256 of `TIME.BODY` with the secret (TIME in Unix seconds, BODY byte for byte). Only
public addresses are asked, however the name resolves; with `private: true` private ones and this
machine's too. Link-local addresses and the clouds' metadata services are never asked."""

SUBSCRIBER_TEXT = """\
What they are told, how they know that it is true, and what happens while they do not answer:
[telling other systems](subscribers.md). Addresses are held to the same rules as a webhook's."""

HOURS_TEXT = (
    "A day's hours are on the clocks of the zone. A time that does not exist there, because the "
    "clocks go forward, is the instant at which they do; one that comes twice opens at the first "
    "and closes at the last. A holiday begins at midnight, also for an evening before that is open "
    "past it. [The hours](hours.md) shows examples."
)

PLAN_WARNINGS = """
It warns of an entry point without `fallback`, of `ring_seconds` of 20 and more (Teams' own
voicemail answers then), of an `account:` without its number (a guest or federated caller is always
in a group call), and of whatever has no effect.
"""


METRICS_INTRO = """
# Metrics, health and logs

| Route | Who may ask | Answer |
|---|---|---|
| `GET /healthz` | anybody | 200: the process lives |
| `GET /readyz` | anybody | 200, or 503 with what is missing in words |
| `GET /metrics` | who knows `SWITCHBOARD_METRICS_TOKEN` | Prometheus text |

`/metrics` asks for `Authorization: Bearer TOKEN`. Without that setting it answers only while
`SWITCHBOARD_PUBLIC_URL` is this machine, as on a laptop, and then only a request from this machine
that no proxy has passed on.

Labels are words of ours: never a person, a number or a call. Each has a bounded number of values;
what comes after that is `other`.

Logs are one JSON object a line on standard error (`SWITCHBOARD_LOG_FORMAT=text` for people). Tokens
and secrets are hidden and phone numbers cut to their last four digits, also in tracebacks and in
what libraries say.
"""


def pages() -> dict[str, str]:
    """The generated files, by path from the repository's root."""
    return {
        "docs/settings.md": settings_page(),
        "docs/plan.md": plan_page(),
        "docs/metrics.md": metrics_page(),
        "docs/findings.md": findings_page(),
        "docs/plan.schema.json": json.dumps(plan_schema(), indent=2, ensure_ascii=False) + "\n",
    }


def settings_page() -> str:
    """docs/settings.md."""
    rows = [
        f"| `{PREFIX}{name.upper()}` | {_default(field)} | {_sort(field.annotation)} | "
        f"{field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    inner = [
        f"| `{name}` | {_default(field)} | {_sort(field.annotation)} | {field.description} |"
        for name, field in Application.model_fields.items()
    ]
    head = "| Name | Default | What | Meaning |\n|---|---|---|---|\n"
    return (
        GENERATED.format(source="bot/settings.py")
        + "\n# Settings\n\nSettings are environment variables. They are read once, at start; an "
        f"unknown one that begins with\n`{PREFIX}` is an error. Plain http is accepted for this "
        "machine only.\n\n" + head + "\n".join(rows) + "\n\n"
        f"`{PREFIX}APPLICATIONS` is a JSON list of objects:\n\n" + head + "\n".join(inner) + "\n"
    )


def plan_page() -> str:
    """docs/plan.md."""
    return (
        GENERATED.format(source="bot/plan_file/vocabulary.py")
        + PLAN_INTRO
        + _table("The top level", PLAN)
        + _table("`not_ready_reasons.CODE`", REASON)
        + _table("`entry_points.NAME`", ENTRY_POINT)
        + _table("`entry_points.NAME.door`, each", DOOR)
        + _table("`entry_points.NAME.notice`", NOTICE)
        + _table("`queues.NAME`", QUEUE)
        + _table("`queues.NAME.extend`", EXTEND)
        + _table("`queues.NAME.dispositions.CODE`", CHOICE, AGENTS_TEXT)
        + _table("`queues.NAME.announce`", ANNOUNCE)
        + _table("`queues.NAME.no_agent`", NO_AGENT)
        + _table("`queues.NAME.callback`", CALLBACK, CALLBACK_TEXT)
        + _table("`queues.NAME.callback.offer`", CALLBACK_OFFER, CALLBACK_OFFER_TEXT)
        + _table("`queues.NAME.voicemail`", VOICEMAIL, VOICEMAIL_TEXT)
        + _table("`queues.NAME.service_level`", SERVICE_LEVEL)
        + _table(
            "Actions",
            ACTION,
            "An action is one target with an optional prompt, or a word: `disconnect`, "
            "`voicemail`, `callback`. `fallback` and `on_error` lead out of the service: to a "
            "`user`, `number` or `account`.",
        )
        + _flows()
        + _table("`webhooks.NAME`", WEBHOOK, WEBHOOK_TEXT)
        + _table("`context.NAME`", PROVIDER, PROVIDER_TEXT)
        + _table("`subscribers.NAME`", SUBSCRIBER, SUBSCRIBER_TEXT)
        + _table("`hours.NAME`", HOURS, HOURS_TEXT)
        + _table("`prompts.NAME`", PROMPT)
        + "\n## What cannot go together\n\n`switchboard plan check` refuses:\n\n"
        + "| This | with | because |\n|---|---|---|\n"
        + "".join(f"| {' | '.join(pair)} |\n" for pair in PAIRS)
        + PLAN_WARNINGS
    )


def _flows() -> str:
    steps = "".join(_table(f"A step with `{kind}`", keys, level=3) for kind, keys in STEPS.items())
    return (
        _table("`flows.NAME`", FLOW, FLOW_TEXT)
        + steps
        + _table("Where a step leads", GOTO, GOTO_TEXT, level=3)
        + _table("`when`", WHEN, WHEN_TEXT, level=3)
    )


def metrics_page() -> str:
    """docs/metrics.md."""
    counters = "".join(
        f"| `{row.metric}` | {f'`{row.label}`' if row.label else ''} | {row.doc} |\n"
        for row in (*COUNTERS, *FACT_COUNTERS)
    )
    histograms = "".join(
        f"| `{row.metric}` | {f'`{row.label}`' if row.label else ''} | {row.doc} |\n"
        for row in (*HISTOGRAMS, *FACT_HISTOGRAMS)
    )
    gauges = "".join(f"| `{METRIC}{name}` | {doc} |\n" for name, doc in GAUGES.items())
    return (
        GENERATED.format(source="bot/metrics/telemetry.py")
        + METRICS_INTRO
        + f"\n## Counters\n\n| Name | Label | Counts |\n|---|---|---|\n{counters}"
        + "\n## Histograms, in milliseconds\n\n| Name | Label | Measures |\n|---|---|---|\n"
        + histograms
        + f"\n## Gauges\n\n| Name | Value |\n|---|---|\n{gauges}"
    )


def _table(title: str, keys: Keys, text: str = "", *, level: int = 2) -> str:
    rows = "\n".join(
        f"| `{key.name}` | {_key_default(key)} | {_values(key)} | {key.doc} |" for key in keys
    )
    text = f"{text}\n\n" if text else ""
    head = "| Key | Default | Values | Meaning |\n|---|---|---|---|\n"
    return f"\n{'#' * level} {title}\n\n{text}{head}{rows}\n"


def _key_default(key: Key) -> str:
    if key.required:
        return "needed"
    return f"`{key.default}`" if key.default else ""


def _values(key: Key) -> str:
    if key.kind is Kind.WORDS:
        return "one or a list of " + ", ".join(f"`{choice}`" for choice in key.choices)
    if key.choices:
        return ", ".join(f"`{choice}`" for choice in key.choices)
    if key.kind is Kind.WRAP_UP:
        return f"up to {spelled(key.high)}, `none`, `until_done`"
    if key.kind is Kind.DURATION:
        return f"{spelled(key.low)} to {spelled(key.high)}"
    if key.kind is Kind.INTEGER:
        return f"{key.low} to {key.high}"
    if key.kind is Kind.SHARE:
        return f"{key.low}% to {key.high}%"
    return _KINDS[key.kind]


_KINDS = {
    Kind.DURATIONS: "durations",
    Kind.EXTEND: "section",
    Kind.CHOICES: "sections",
    Kind.REASONS: "sections",
    Kind.CALLBACK: "`true` or section",
    Kind.VOICEMAIL: "section",
    Kind.SERVICE_LEVEL: "section",
    Kind.CALLBACK_OFFER: "`true` or section",
    Kind.TEXT: "text",
    Kind.TENANT: "domain or tenant id",
    Kind.PERSON: "`name@domain`",
    Kind.PEOPLE: "list",
    Kind.PERSONS: "list",
    Kind.ACCOUNT: "`name@domain`",
    Kind.NUMBER: "E.164",
    Kind.ACTION: "action",
    Kind.PROMPT: "prompt, or `system:NAME`",
    Kind.MUSIC: "`default` or prompt",
    Kind.QUEUE: "queue",
    Kind.ENTRY_POINT: "entry point",
    Kind.CHANNEL: "`19:...@thread.tacv2`",
    Kind.NOTHING: "`true`",
    Kind.TEXTS: "text",
    Kind.FILES: "file",
    Kind.ENTRY_POINTS: "sections",
    Kind.QUEUES: "sections",
    Kind.PROMPTS: "sections",
    Kind.YES_NO: "`true`, `false`",
    Kind.FLOWS: "sections",
    Kind.FLOW: "flow",
    Kind.STEPS: "sections",
    Kind.STEP: "step",
    Kind.GOTO: "step, word or action",
    Kind.KEYS: "keys, each with a step, word or action",
    Kind.EXTENSIONS: "numbers, each with an action",
    Kind.CASES: "list",
    Kind.CONDITION: "section",
    Kind.ATTRIBUTE: "name",
    Kind.ATTRIBUTES: "names with values",
    Kind.VALUES: "text, or a list",
    Kind.DIGITS: "number, or from-to",
    Kind.PREFIXES: "`+` and digits, or a list",
    Kind.HOURS: "hours",
    Kind.HOURS_SECTIONS: "sections",
    Kind.ZONE: "time zone",
    Kind.SPANS: "times, or `closed`",
    Kind.HOLIDAYS: "days with times",
    Kind.WEBHOOKS: "sections",
    Kind.WEBHOOK: "webhook",
    Kind.SUBSCRIBERS: "sections",
    Kind.FACTS: "kind of fact, or a list",
    Kind.URL: "`https://...`",
    Kind.PATHS: "names with paths",
    Kind.SECRET: "name of a secret",
    Kind.PROVIDERS: "sections",
    Kind.LABELS: "labels with texts",
    Kind.JSON: "section, or a list",
    Kind.NAMES: "name, or a list of them",
    Kind.CALLER_LISTS: "names, each with a list",
    Kind.LISTS: "caller list, or a list of them",
    Kind.ACCOUNTS: "`name@domain`, or a list",
    Kind.COUNTRY: "two letters",
    Kind.DOOR: "list",
    Kind.NOTICE: "prompt, or section",
    Kind.TEAM: "queue, or `true`",
    Kind.ANNOUNCE: "section",
    Kind.WAYS_OUT: "keys, each with an action",
    Kind.NO_AGENT: "section",
    Kind.PROMPT_LIST: "prompt, or a list of them",
}


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    default = field.get_default()
    if isinstance(default, SecretStr):  # the one default that may be shown: a file's address
        default = default.get_secret_value()
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, Enum):
        default = default.value
    return f"`{default}`" if default not in (None, "", ()) else ""


def _sort(annotation: object) -> str:
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(annotation))
    if get_origin(annotation) in (Union, types.UnionType):
        return _sort(get_args(annotation)[0])
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return ", ".join(f"`{each.value}`" for each in annotation)
    if get_origin(annotation) is tuple:
        return "JSON list"
    if annotation is bool:
        return "`true`, `false`"
    if annotation is SecretStr:
        return "secret"
    return "number" if annotation is int else "text"
