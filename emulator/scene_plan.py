"""What a scene brings to the plan besides its queue: flows, lists, webhooks, more queues, prompts.

A scene is played several times side by side, so names in it say whose they are: `{act}` stands for
the act's own name, `{ada}` for an agent's UPN.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from emulator.config import ConfigError
from emulator.customers_web import PLACE
from emulator.shapes import Json

SECTIONS = ("flows", "hours", "caller_lists", "webhooks", "context", "queues", "prompts")
_STANDS_FOR = re.compile(r"(?<!\{)\{([a-z_]+)\}")
"""`{{name}` is for the product: a brace of its own."""


def named(value: object, names: Mapping[str, str]) -> object:
    """With every `{name}` replaced, in keys too. Raises ConfigError."""

    def name_of(found: re.Match[str]) -> str:
        if found[1] not in names:
            raise ConfigError(f"{found[0]} is nobody here; known are {', '.join(names)}")
        return names[found[1]]

    if isinstance(value, str):
        return _STANDS_FOR.sub(name_of, value).replace("{{", "{")
    if isinstance(value, list):
        return [named(each, names) for each in value]
    if isinstance(value, dict):
        return {str(named(key, names)): named(each, names) for key, each in value.items()}
    return value


def fragment(row: object, names: Mapping[str, str]) -> Json:
    """A scene's `plan`, with its names. Webhooks are asked of the emulator's own web service."""
    found = named(row, names)
    if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):
        raise ConfigError("plan: sections are expected")
    if unknown := found.keys() - set(SECTIONS):
        raise ConfigError(f"plan: {', '.join(sorted(unknown))} is not known here")
    for name, webhook in found.get("webhooks", {}).items():
        found["webhooks"][name] = {"url": f"{PLACE}/{name}", "private": True} | webhook
    for name, provider in found.get("context", {}).items():
        if provider.get("source") == "http":
            usual = {"url": f"{PLACE}/{name}?number={{number}}", "private": True}
            found["context"][name] = usual | provider
    return found


def merged(plan: Json, fragments: Iterable[Json]) -> Json:
    """The plan with what the scenes bring. A prompt may be brought twice, if it says the same."""
    whole = dict(plan)
    for each in fragments:
        for section, rows in each.items():
            known = dict(whole.get(section, {}))  # type: ignore[call-overload]  # an object
            for name, row in rows.items():  # type: ignore[attr-defined]  # an object
                if known.setdefault(name, row) != row:
                    raise ConfigError(f"plan: {section} {name} is another one in another scene")
            whole[section] = known
    return whole
