"""Requests and addresses with `{names}` in them, filled so that a value stays a value.

Whatever a caller's name or an answer holds, it can end no address, header or text early: in an
address it is percent-encoded, in a header reduced to visible ASCII, in JSON a string. The host is
never filled in, and no value can climb to another path. `{{` and `}}` are braces.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from urllib.parse import quote, unquote

NAMES = (
    "number",
    "user",
    "name",
    "caller_kind",
    "entry_point",
    "queue",
    "language",
    "called",
    "contact",
)
"""What a request can tell of a contact, besides `attribute.NAME` (`routing.context.values_of`)."""
ATTRIBUTE = "attribute."
ANSWER = "answer."
SECRET = "secret"  # noqa: S105 - the name of a place for one
LONGEST_ADDRESS = 2_000
_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_ATTRIBUTE = re.compile(r"attribute\.[A-Za-z][A-Za-z0-9_-]{0,47}")
_ORIGIN = re.compile(r"https://[^/?#{}\s\\]+")
_ONLY_DOTS = re.compile(r"\.+")
_VISIBLE = "!#$&'()*+,/:;=?@[]^`{|}<>\\\" "
"""Stands in a header as it is, besides letters, digits and `_.-~`."""


class BadTemplate(ValueError):
    """A text that cannot be filled; the message says what to write instead."""


class NoValue(Exception):
    """A value that the address cannot do without is not known, or cannot stand there."""


def names_in(template: str) -> list[str]:
    """The names in it, in order. Raises BadTemplate for a brace that belongs to none."""
    found: list[str] = []
    for token in _TOKEN.finditer(template):
        if token[0] in ("{{", "}}"):
            continue
        if token[1] is None:
            message = f"a single {token[0]} stands here: a brace is written twice"
            raise BadTemplate(message)
        found.append(token[1].strip())
    return found


def is_of_contact(name: str) -> bool:
    """Whether the name stands for something of the contact."""
    return name in NAMES or _ATTRIBUTE.fullmatch(name) is not None


def origin_of(template: str) -> str:
    """`https://host`, which no name stands in; empty when it is not so."""
    found = _ORIGIN.match(template)
    return found[0] if found and template[len(found[0]) :][:1] in ("", "/", "?", "#") else ""


def address(template: str, values: Mapping[str, str]) -> str:
    """The address, every value percent-encoded. Raises NoValue."""

    def value(name: str) -> str:
        found = values.get(name, "")
        if not found or _ONLY_DOTS.fullmatch(found):
            raise NoValue(name)
        return quote(found, safe="", errors="replace")

    origin = origin_of(template)
    filled = origin + _filled(template[len(origin) :], value)
    path = re.split("[?#]", filled[len(origin) :], maxsplit=1)[0]
    if len(filled) > LONGEST_ADDRESS or any(unquote(p) in (".", "..") for p in path.split("/")):
        raise NoValue(template)
    return filled


def header(template: str, values: Mapping[str, str]) -> str:
    """A header's value; what is not known is empty, what is not visible ASCII percent-encoded."""

    def value(name: str) -> str:
        known = values.get(name, "")
        return known if name == SECRET else quote(known, safe=_VISIBLE, errors="replace")

    return _filled(template, value)


def body(template: str, values: Mapping[str, str]) -> object:
    """The JSON with its texts filled; what is not known is empty."""

    def filled(node: object) -> object:
        if isinstance(node, dict):
            return {key: filled(each) for key, each in node.items()}
        if isinstance(node, list):
            return [filled(each) for each in node]
        return _filled(node, lambda name: values.get(name, "")) if isinstance(node, str) else node

    tree: object = json.loads(template)
    return filled(tree)


def _filled(template: str, value: Callable[[str], str]) -> str:
    def one(token: re.Match[str]) -> str:
        return token[0][0] if token[1] is None else value(token[1].strip())

    return _TOKEN.sub(one, template)
