"""The plan's JSON Schema (draft 2020-12), so that editors complete keys and mark mistakes."""

from __future__ import annotations

from bot.plan_file.entry_point_keys import ENTRY_POINT
from bot.plan_file.queue_keys import QUEUE
from bot.plan_file.section import CHANNEL, NAME, UPN
from bot.plan_file.vocabulary import ACTION, LANGUAGES, PLAN, PROMPT, TARGETS, Key, Keys, Kind

Schema = dict[str, object]

OBJECT_ID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
REFERENCE = f"^({UPN.pattern}|{OBJECT_ID})$"
MEMBER = f"^(group:\\s*)?({UPN.pattern}|{OBJECT_ID})$"
DURATION = "^(?=.)([0-9]+h)?([0-9]+m)?([0-9]+s)?$"


def plan_schema() -> Schema:
    """The whole schema."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Switchboard plan",
        **_section(PLAN),
        "$defs": {
            "entry_point": _section(ENTRY_POINT),
            "queue": _section(QUEUE),
            "action": _action(),
            "prompt": {**_section(PROMPT), "minProperties": 1},
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
        schema["default"] = int(key.default) if key.kind is Kind.INTEGER else key.default
    return schema


def _value(key: Key) -> Schema:
    if key.choices:
        return {"enum": list(key.choices)}
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
    one = [{"required": [name]} for name in TARGETS if name != "number"]
    number = {"required": ["number"], "not": {"required": ["account"]}}
    return {"anyOf": [{"const": "disconnect"}, {**_section(ACTION), "oneOf": [*one, number]}]}
