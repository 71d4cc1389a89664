"""One section of the plan, read by its table: each getter returns a checked value or the default.

A bad value is reported and read as absent, so that everything else is still looked at and one
reading names all that is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Sequence as Items
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from bot.plan_file.document import Mapping, Node, Scalar, Sequence
from bot.plan_file.problems import Problems
from bot.plan_file.vocabulary import HOUR_MS, MINUTE_MS, SECOND_MS, Key, Keys, Kind

Choice = TypeVar("Choice", bound=StrEnum)

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,47}")
UPN = re.compile(r"[^@\s:<>()\[\]\\,;\"]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")
CHANNEL = re.compile(r"19:[A-Za-z0-9_-]{1,128}@thread\.(?:tacv2|skype)")
DURATION = re.compile(r"(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,6})s)?")


class Section:
    """A mapping of the document beside the keys that it may have."""

    def __init__(self, node: Mapping, keys: Keys, where: str, problems: Problems) -> None:
        self._node = node
        self._keys = {key.name: key for key in keys}
        self._where = where
        self._problems = problems
        self._meant: dict[str, str] = {}
        """Misspelt keys, and which they were probably meant to be."""
        self._report_unknown()
        self._report_missing()

    @property
    def line(self) -> int:
        """Where the section begins."""
        return self._node.line

    @property
    def where(self) -> str:
        """The section's own key path."""
        return self._where

    def path(self, key: str) -> str:
        """The key as problems name it."""
        return f"{self._where}.{key}" if self._where else key

    def line_of(self, key: str) -> int:
        """The key's line; the section's where it does not stand."""
        return self._node.lines.get(key, self._node.line)

    def given(self) -> list[str]:
        """The known keys that stand there with a value, in the file's order."""
        return [key for key in self._node.items if key in self._keys and self.node(key)]

    def guessed(self, *keys: str) -> bool:
        """Whether an unknown key was probably meant to be one of these."""
        return any(key in self._meant.values() for key in keys)

    def read_as_meant(self) -> None:
        """From here on a misspelt key is read as the one that was probably meant: all that refers
        to its content would be wrong otherwise, and only for that reason."""
        items, lines = self._node.items, self._node.lines
        for name, meant in self._meant.items():
            if meant not in items:
                items[meant], lines[meant] = items.pop(name), lines.pop(name)

    def keys_seen(self) -> list[str]:
        """Every key that stands there, known or not."""
        return list(self._node.items)

    def node(self, key: str) -> Node | None:
        """The value's node; None when absent or empty, which is reported once."""
        node = self._node.items.get(key)
        if key in self._keys and self._keys[key].kind is Kind.NOTHING:
            return self._nothing(key, node)
        if isinstance(node, Scalar) and node.empty:
            self._once(key, "has no value: write one, or remove the line")
            return None
        return node

    def error(self, key: str, message: str) -> None:
        """Report what is wrong with the key's value."""
        self._problems.error(self.line_of(key), self.path(key), message)

    def error_at(self, line: int, key: str, message: str) -> None:
        """Report what is wrong with something inside the key's value."""
        self._problems.error(line, self.path(key), message)

    def has_error(self, key: str) -> bool:
        """Whether something about exactly this key was reported already."""
        return self._problems.has(self.path(key))

    def suggest(self, word: str, known: Iterable[str], *, listed: bool = False) -> str:
        """The remedy for a word that is not among `known`; `listed`: with all of them."""
        return self._problems.suggest(word, known, listed=listed)

    def key(self, name: str) -> Key:
        """What the table says of the key."""
        return self._keys[name]

    def text(self, key: str) -> str:
        """A line of text, or the empty string."""
        scalar = self._scalar(key)
        if scalar is None:
            return ""
        limits = self._keys[key]
        text = scalar.text.strip()
        if not max(1, limits.low) <= len(text) <= (limits.high or len(text)):
            self.error(key, f"{len(text)} characters: write 1 to {limits.high}")
            return ""
        return text

    def choice(self, key: str, default: Choice) -> Choice:
        """One of the enumeration's values."""
        word = self.word(key)
        return type(default)(word) if word else default

    def word(self, key: str) -> str:
        """One of the words that the table allows, or the empty string."""
        scalar = self._scalar(key)
        if scalar is None:
            return ""
        if scalar.text in self._keys[key].choices:
            return scalar.text
        remedy = self._problems.suggest(scalar.text, self._keys[key].choices, listed=True)
        self.error(key, f"{scalar.text!r} is not known here; {remedy}")
        return ""

    def integer(self, key: str) -> int | None:
        """A whole number within the table's limits."""
        scalar = self._scalar(key)
        if scalar is None:
            return None
        limits = self._keys[key]
        if not re.fullmatch(r"-?[0-9]{1,9}", scalar.text):
            self.error(key, f"{scalar.text!r} is not a whole number: write {limits.low} or more")
            return None
        value = int(scalar.text)
        if not limits.low <= value <= limits.high:
            self.error(key, f"{value} is out of range: write {limits.low} to {limits.high}")
            return None
        return value

    def duration(self, key: str) -> int | None:
        """A duration in milliseconds within the table's limits."""
        scalar = self._scalar(key)
        if scalar is None:
            return None
        limits = self._keys[key]
        value = duration_ms(scalar.text)
        if value is None:
            unit = f"{scalar.text}s or {scalar.text}m" if scalar.text.isdigit() else "20s or 2m"
            self.error(key, f"{scalar.text!r} is not a duration: write {unit}")
            return None
        if not limits.low <= value <= limits.high:
            low, high = spelled(limits.low), spelled(limits.high)
            self.error(key, f"{scalar.text} is out of range: write {low} to {high}")
            return None
        return value

    def reference(self, key: str, what: str) -> str:
        """A person's or account's UPN or object id, or the empty string."""
        scalar = self._scalar(key)
        if scalar is None:
            return ""
        problem = reference_problem(scalar.text, what)
        if problem:
            self.error(key, problem)
            return ""
        return scalar.text

    def channel(self, key: str) -> str:
        """The id of a Teams channel, or the empty string."""
        scalar = self._scalar(key)
        if scalar is None:
            return ""
        text = scalar.text.strip()
        if CHANNEL.fullmatch(text):
            return text
        if not self._problems.has(self.path(key)):
            self.error(
                key,
                f"{text!r} is not the id of a channel, such as 19:...@thread.tacv2: say "
                "`@Switchboard here` in the channel, and copy the line that comes back",
            )
        return ""

    def name_among(self, key: str, names: Items[str], what: str) -> str:
        """A name that stands elsewhere in the plan, or the empty string."""
        scalar = self._scalar(key)
        if scalar is None:
            return ""
        if scalar.text in names:
            return scalar.text
        self.error(
            key,
            f"no {what} is called {scalar.text!r}; {self._problems.suggest(scalar.text, names)}",
        )
        return ""

    def items(self, key: str) -> list[Node]:
        """A list's items; a single word stands for a list of one."""
        node = self.node(key)
        if node is None:
            return []
        if isinstance(node, Sequence):
            return node.items
        return [node]

    def names(self, key: str) -> list[str]:
        """The names in a section of sections, also those whose content is wrong."""
        node = self.node(key)
        return list(node.items) if isinstance(node, Mapping) else []

    def sections(self, key: str) -> dict[str, tuple[Mapping, int]]:
        """Named sections with their lines; what is not one is reported."""
        node = self.node(key)
        if node is None:
            return {}
        if not isinstance(node, Mapping):
            self.error(key, "a section is expected: names, each with its keys indented below")
            return {}
        found: dict[str, tuple[Mapping, int]] = {}
        for name, inner in node.items.items():
            line, path = node.lines[name], f"{self.path(key)}.{name}"
            if not NAME.fullmatch(name):
                self._problems.error(
                    line, path, "a name is up to 48 letters, digits, - or _, a letter first"
                )
            elif not isinstance(inner, Mapping):
                self._problems.error(line, path, "keys are expected, indented below the name")
            else:
                found[name] = (inner, line)
        return found

    def _nothing(self, key: str, node: Node | None) -> Node | None:
        if node is None or (isinstance(node, Scalar) and (node.empty or node.text == "true")):
            return node
        self._once(key, f"takes no value: write `{key}: true`")
        return None

    def _scalar(self, key: str) -> Scalar | None:
        node = self.node(key)
        if node is None or isinstance(node, Scalar):
            return node
        kind = "a list" if isinstance(node, Sequence) else "a section"
        self.error(key, f"one value is expected, not {kind}")
        return None

    def _report_unknown(self) -> None:
        for name in self._node.items:
            if name in self._keys:
                continue
            near = self._problems.near(name, self._keys)
            if near:
                self._meant[name] = near
            remedy = f"did you mean {near}?" if near else f"known are {', '.join(self._keys)}"
            self._problems.error(
                self._node.lines[name],
                self.path(name),
                f"not a key of this section; {remedy}",
                first=not self._where,
            )

    def _report_missing(self) -> None:
        for key in self._keys.values():
            # A misspelt key is reported as such; that the right one is missing goes without saying.
            if (
                key.required
                and key.name not in self._node.items
                and key.name not in self._meant.values()
            ):
                self._problems.error(self._node.line, self.path(key.name), _missing(key))

    def _once(self, key: str, message: str) -> None:
        if not self._problems.has(self.path(key)):
            self.error(key, message)


def duration_ms(text: str) -> int | None:
    """Milliseconds of `20s`, `2m`, `1h30m`; None for anything else."""
    found = DURATION.fullmatch(text.strip())
    if not found or not text.strip():
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * HOUR_MS + minutes * MINUTE_MS + seconds * SECOND_MS


def spelled(value_ms: int) -> str:
    """The duration as a plan writes it."""
    for unit_ms, unit in ((HOUR_MS, "h"), (MINUTE_MS, "m")):
        if value_ms and value_ms % unit_ms == 0:
            return f"{value_ms // unit_ms}{unit}"
    return f"{value_ms // SECOND_MS}s"


def is_object_id(text: str) -> bool:
    """Whether a reference is a directory object id rather than a readable name."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def reference_problem(text: str, what: str) -> str:
    """Why the text names no person or account; empty when it does."""
    if UPN.fullmatch(text) or is_object_id(text):
        return ""
    if text.lower().startswith(("tel:", "sip:", "+")):
        return f"{text!r} is not {what}: phone numbers go under `number:`"
    return f"{text!r} is not {what}: write it as name@domain"


def e164(text: str) -> str:
    """The phone number in E.164, or the empty string when it is none."""
    # Slow to import and only needed where a plan has numbers.
    import phonenumbers  # noqa: PLC0415

    try:
        number = phonenumbers.parse(text.removeprefix("tel:"), None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number) or number.extension:
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _missing(key: Key) -> str:
    return f"missing: {key.doc[0].lower()}{key.doc[1:]}"
