"""The plan's JSON Schema (draft 2020-12), so that editors complete keys and mark mistakes."""

from __future__ import annotations

from bot.plan_file.agent_keys import CHOICE, EXTEND, NONE, REASON, UNTIL_DONE
from bot.plan_file.callback_keys import CALLBACK, CALLBACK_OFFER
from bot.plan_file.context_keys import PROVIDER
from bot.plan_file.context_reader import MOST_IN_PLAN
from bot.plan_file.entry_point_keys import ENTRY_POINT, NOTICE
from bot.plan_file.flow_keys import CASE, DOOR, FLOW, GOTO, STEPS, WHEN
from bot.plan_file.hours_keys import HOURS
from bot.plan_file.hours_reader import DATE, SPAN
from bot.plan_file.lists import ATTRIBUTE
from bot.plan_file.queue_keys import QUEUE
from bot.plan_file.section import CHANNEL, NAME, UPN
from bot.plan_file.service_level_keys import SERVICE_LEVEL
from bot.plan_file.service_level_reader import SHARE
from bot.plan_file.subscriber_keys import FAMILIES, KINDS, SUBSCRIBER
from bot.plan_file.vocabulary import (
    ACTION,
    ALONE,
    LANGUAGES,
    PLAN,
    PROMPT,
    TARGETS,
    Key,
    Keys,
    Kind,
)
from bot.plan_file.voicemail_keys import VOICEMAIL
from bot.plan_file.waiting_keys import ANNOUNCE, NO_AGENT
from bot.plan_file.webhook_keys import WEBHOOK

Schema = dict[str, object]

OBJECT_ID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
REFERENCE = f"^({UPN.pattern}|{OBJECT_ID})$"
MEMBER = f"^(group:\\s*)?({UPN.pattern}|{OBJECT_ID})$"
SPANS = f"^(closed|{SPAN.pattern}( *, *{SPAN.pattern})*)$"
DAYS = f"^{DATE.pattern}( to {DATE.pattern})?$"
DURATION = "^(?=.)([0-9]+h)?([0-9]+m)?([0-9]+s)?$"


def plan_schema() -> Schema:
    """The whole schema."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Switchboard plan",
        **_section(PLAN),
        "$defs": {
            "entry_point": {
                **_section(ENTRY_POINT),
                "oneOf": [{"required": ["queue"]}, {"required": ["flow"]}],
            },
            "queue": _section(QUEUE),
            "action": _action(),
            "notice": _section(NOTICE),
            "announce": {**_section(ANNOUNCE), "minProperties": 1},
            "no_agent": _section(NO_AGENT),
            "callback": _section(CALLBACK),
            "callback_offer": _section(CALLBACK_OFFER),
            "voicemail": _section(VOICEMAIL),
            "service_level": {**_section(SERVICE_LEVEL), "minProperties": 1},
            **flow_definitions(),
            "extend": _section(EXTEND),
            "choice": _section(CHOICE),
            "reason": _section(REASON),
            "prompt": {**_section(PROMPT), "minProperties": 1},
            "hours": _section(HOURS),
            "provider": _section(PROVIDER),
        },
    }


def _section(keys: Keys) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [key.name for key in keys if key.required],
        "properties": {key.name: _property(key) for key in keys},
    }


def _property(key: Key) -> Schema:
    schema: Schema = {"description": key.doc, **_value(key)}
    if key.default and key.kind is not Kind.ACTION:
        schema["default"] = _default(key)
    return schema


def _default(key: Key) -> object:
    if key.kind is Kind.INTEGER:
        return int(key.default)
    if key.kind is Kind.WORDS:
        return key.default.split(", ")
    return key.default == "true" if key.kind is Kind.YES_NO else key.default


def _value(key: Key) -> Schema:
    if key.kind is Kind.WORDS:
        return _one_or_more({"enum": list(key.choices)})
    if key.choices:
        # YAML reads a key of the telephone as a number.
        keys = [int(each) for each in key.choices if each.isdigit()]
        return {"enum": [*key.choices, *keys]}
    match key.kind:
        case Kind.INTEGER:
            return {"type": "integer", "minimum": key.low, "maximum": key.high}
        case Kind.TEXTS | Kind.FILES:
            return _by_language(key)
        case Kind.TEXT:
            return {"type": "string", "minLength": 1, "maxLength": key.high}
        case _:
            return _fixed()[key.kind]


def _fixed() -> dict[Kind, Schema]:
    """What a kind holds wherever it stands."""
    name: Schema = {"type": "string", "minLength": 1}
    reference: Schema = {"type": "string", "pattern": REFERENCE}
    return {
        Kind.DURATION: {"type": "string", "pattern": DURATION},
        Kind.PERSON: reference,
        Kind.ACCOUNT: reference,
        Kind.PEOPLE: {"anyOf": [_member(), {"type": "array", "minItems": 1, "items": _member()}]},
        Kind.PERSONS: {"anyOf": [reference, {"type": "array", "minItems": 1, "items": reference}]},
        Kind.NUMBER: {"type": ["string", "integer"]},
        Kind.CHANNEL: {"type": "string", "pattern": f"^{CHANNEL.pattern}$"},
        Kind.NOTHING: {"enum": [True, None]},
        Kind.ACTION: {"$ref": "#/$defs/action"},
        Kind.ENTRY_POINTS: {**_named("entry_point"), "minProperties": 1},
        Kind.QUEUES: {**_named("queue"), "minProperties": 1},
        Kind.PROMPTS: _named("prompt"),
        Kind.TENANT: name,
        Kind.PROMPT: name,
        Kind.MUSIC: name,
        Kind.QUEUE: name,
        Kind.ENTRY_POINT: name,
        **_of_flows(name, reference),
        **_of_callers(name, reference),
        Kind.ANNOUNCE: {"$ref": "#/$defs/announce"},
        Kind.WAYS_OUT: _by("^[0-9*#]$", {"$ref": "#/$defs/action"}),
        Kind.NO_AGENT: {"$ref": "#/$defs/no_agent"},
        Kind.PROMPT_LIST: _one_or_more(name),
        Kind.WRAP_UP: {
            "anyOf": [{"enum": [NONE, UNTIL_DONE]}, {"type": "string", "pattern": DURATION}]
        },
        Kind.EXTEND: {"$ref": "#/$defs/extend"},
        Kind.CHOICES: {**_named("choice"), "minProperties": 1},
        Kind.REASONS: {**_named("reason"), "minProperties": 1},
    }


def _of_flows(name: Schema, reference: Schema) -> dict[Kind, Schema]:
    attributes: Schema = {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": f"^{ATTRIBUTE.pattern}$"},
        "additionalProperties": _TEXT,
    }
    return {
        Kind.YES_NO: {"type": "boolean"},
        Kind.FLOWS: _named("flow"),
        Kind.FLOW: name,
        Kind.STEPS: {**_named("step"), "minProperties": 1},
        Kind.STEP: name,
        Kind.GOTO: {"$ref": "#/$defs/goto"},
        Kind.KEYS: _by("^[0-9*#]$", {"$ref": "#/$defs/goto"}),
        Kind.EXTENSIONS: _by("^[0-9]{1,20}$", {"anyOf": [reference, {"$ref": "#/$defs/action"}]}),
        Kind.CASES: {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/case"}},
        Kind.CONDITION: {"$ref": "#/$defs/when"},
        Kind.ATTRIBUTE: {"type": "string", "pattern": f"^{ATTRIBUTE.pattern}$"},
        Kind.ATTRIBUTES: attributes,
        Kind.PATHS: attributes,
        Kind.VALUES: _one_or_more(_TEXT),
        Kind.DIGITS: {"type": ["string", "integer"]},
    }


def _of_callers(name: Schema, reference: Schema) -> dict[Kind, Schema]:
    return {
        Kind.PREFIXES: _one_or_more(_TEXT),
        Kind.HOURS: name,
        Kind.WEBHOOKS: _named("webhook"),
        Kind.WEBHOOK: name,
        Kind.SUBSCRIBERS: _named("subscriber"),
        Kind.FACTS: _one_or_more({"enum": [*FAMILIES, *KINDS]}),
        Kind.URL: {"type": "string", "pattern": "^https://"},
        Kind.SECRET: name,
        Kind.PROVIDERS: {**_named("provider"), "maxProperties": MOST_IN_PLAN},
        Kind.LABELS: {"type": "object", "minProperties": 1, "additionalProperties": _TEXT},
        Kind.JSON: {"type": ["object", "array"]},
        Kind.NAMES: _one_or_more(name),
        Kind.CALLER_LISTS: {"type": "object", "additionalProperties": _one_or_more(_TEXT)},
        Kind.LISTS: _one_or_more(name),
        Kind.ACCOUNTS: _one_or_more(reference),
        Kind.COUNTRY: {"type": "string", "pattern": "^[A-Za-z]{2}$"},
        Kind.DOOR: {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/door"}},
        Kind.NOTICE: {"anyOf": [name, {"$ref": "#/$defs/notice"}]},
        Kind.HOURS_SECTIONS: _named("hours"),
        Kind.ZONE: name,
        Kind.SPANS: _one_or_more({"type": "string", "pattern": SPANS}),
        Kind.HOLIDAYS: {
            "type": "object",
            "propertyNames": {"pattern": DAYS},
            "additionalProperties": _one_or_more({"type": "string", "pattern": SPANS}),
        },
        Kind.DURATIONS: _one_or_more({"type": "string", "pattern": DURATION}),
        Kind.CALLBACK: {"anyOf": [{"const": True}, {"$ref": "#/$defs/callback"}]},
        Kind.VOICEMAIL: {"$ref": "#/$defs/voicemail"},
        Kind.SERVICE_LEVEL: {"$ref": "#/$defs/service_level"},
        Kind.SHARE: {"type": ["string", "integer"], "pattern": f"^{SHARE.pattern}$"},
        Kind.CALLBACK_OFFER: {"anyOf": [{"const": True}, {"$ref": "#/$defs/callback_offer"}]},
        Kind.TEAM: {"anyOf": [name, {"const": True}]},
    }


_TEXT: Schema = {"type": ["string", "integer", "number", "boolean"]}
"""YAML reads `is: 5` as a number; the plan keeps it as it is written."""


def _one_or_more(one: Schema) -> Schema:
    return {"anyOf": [one, {"type": "array", "minItems": 1, "items": one}]}


def _by(pattern: str, value: Schema) -> Schema:
    return {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "patternProperties": {pattern: value},
    }


def flow_definitions() -> dict[str, Schema]:
    """What flows are made of."""
    kinds = [_section(keys) for keys in STEPS.values()]
    going = [{"required": ["go"]}, *_one_target()]
    answered = [{"required": ["busy"]}, *_one_target(("user", "number", "account"))]
    return {
        "flow": _section(FLOW),
        "step": {"anyOf": kinds},
        "goto": {"anyOf": [{"type": "string"}, {**_section(GOTO), "oneOf": going}]},
        "case": {**_section(CASE), "oneOf": going},
        "door": {**_section(DOOR), "oneOf": answered},
        "when": {**_section(WHEN), "minProperties": 1},
        "webhook": _section(WEBHOOK),
        "subscriber": _section(SUBSCRIBER),
    }


def _member() -> Schema:
    group = {
        "type": "object",
        "additionalProperties": False,
        "required": ["group"],
        "properties": {"group": {"type": "string", "pattern": REFERENCE}},
    }
    return {"anyOf": [{"type": "string", "pattern": MEMBER}, group]}


def _by_language(key: Key) -> Schema:
    text = {"type": "string", "minLength": 1, "maxLength": key.high}
    by_language = {
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "properties": dict.fromkeys(LANGUAGES, text),
    }
    return {"anyOf": [text, by_language]}


def _named(definition: str) -> Schema:
    return {
        "type": "object",
        "propertyNames": {"pattern": f"^{NAME.pattern}$"},
        "additionalProperties": {"$ref": f"#/$defs/{definition}"},
    }


def _action() -> Schema:
    words: Schema = {"enum": list(ALONE)}
    return {"anyOf": [words, {**_section(ACTION), "oneOf": _one_target()}]}


def _one_target(names: tuple[str, ...] = TARGETS) -> list[Schema]:
    """Exactly one of them; an account's number may stand beside it."""
    one: list[Schema] = [{"required": [name]} for name in names if name != "number"]
    return [*one, {"required": ["number"], "not": {"required": ["account"]}}]
