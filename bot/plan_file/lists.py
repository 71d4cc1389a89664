"""Values of a section that may be one or several, and yes or no."""

from __future__ import annotations

import re
from collections.abc import Sequence as Items

from bot.plan_file.document import Mapping, Scalar
from bot.plan_file.section import Section

TRUE, FALSE = ("true", "yes"), ("false", "no")
ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,47}")
LONGEST_VALUE = 200
NOT_A_NAME = "a name is up to 48 letters, digits, - or _, a letter first"


def yes_no(section: Section, key: str) -> bool | None:
    """True or false; None when it does not stand there."""
    node = section.node(key)
    if node is None:
        return None
    text = node.text.lower() if isinstance(node, Scalar) else ""
    if text in TRUE:
        return True
    if text not in FALSE:
        section.error(key, "true or false is expected")
    return False


def texts(section: Section, key: str) -> list[str]:
    """One text or a list of texts."""
    if isinstance(section.node(key), Mapping):
        section.error(key, "one value or a list is expected, not a section")
        return []
    found: list[str] = []
    for item in section.items(key):
        if isinstance(item, Scalar) and item.text.strip():
            found.append(item.text.strip())
        else:
            section.error(key, "a list of single values is expected")
    if section.node(key) is not None and not found and not section.has_error(key):
        section.error(key, "empty: write a value, or remove the line")
    return found


def words(section: Section, key: str) -> tuple[str, ...]:
    """One or several of the words that the table allows."""
    return _among(section, key, section.key(key).choices, "")


def names(section: Section, key: str, known: Items[str], what: str) -> tuple[str, ...]:
    """One or several names that stand elsewhere in the plan."""
    return _among(section, key, known, what)


def _among(section: Section, key: str, known: Items[str], what: str) -> tuple[str, ...]:
    good: list[str] = []
    for text in texts(section, key):
        if text in known:
            good.append(text)
            continue
        remedy = section.suggest(text, known, listed=not what)
        unknown = f"no {what} is called {text!r}" if what else f"{text!r} is not known here"
        section.error(key, f"{unknown}; {remedy}")
    return tuple(dict.fromkeys(good))


def attribute(section: Section, key: str) -> str:
    """The name of an attribute, or the empty string."""
    text = section.text(key)
    if text and not ATTRIBUTE.fullmatch(text):
        section.error(key, NOT_A_NAME)
        return ""
    return text


def pairs(section: Section, key: str) -> dict[str, str]:
    """Attributes with their values: `topic: billing`."""
    node = section.node(key)
    if node is None:
        return {}
    if not isinstance(node, Mapping) or not node.items:
        section.error(key, "names with values are expected, such as `topic: billing`")
        return {}
    found: dict[str, str] = {}
    for name, value in node.items.items():
        if not ATTRIBUTE.fullmatch(name):
            section.error_at(node.lines[name], f"{key}.{name}", NOT_A_NAME)
        elif isinstance(value, Scalar) and 0 < len(value.text.strip()) <= LONGEST_VALUE:
            found[name] = value.text.strip()
        else:
            expected = f"one value of 1 to {LONGEST_VALUE} characters is expected"
            section.error_at(node.lines[name], f"{key}.{name}", expected)
    return found
