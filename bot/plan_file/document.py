"""The plan's YAML as a tree of nodes that know their lines.

Built from the parser's events: no value is guessed at (`+14255550100` stays text), a key that
stands there twice is seen, and aliases are refused, so a small file cannot grow into a large tree.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from bot.plan_file.problems import Problems

LARGEST = 1024 * 1024
"""Bytes. 2,500 agents fill a tenth of it; parsing so much takes about 4 s."""
DEEPEST = 12
"""A plan is five levels deep."""
NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
BARE_STAR = re.compile(r"\s*\*\s*:")
QUOTE_IT = 'a `*` stands here as a key: write it in quotes, `"*"`'
HASH_KEY = re.compile(r"[ \t]*#:[ \t]")
HASH = 'this is a comment to YAML: if the key `#` is meant, write it in quotes, `"#"`'
CLOSE_IT = (
    "brackets begin in line {began}, and a `,` or the `{closing}` is missing before this place: "
    "put a text with a `,`, `:` or quotes of its own in quotes, and close them"
)
EXPLAINED = {
    "'\\t'": "a tab stands here: YAML is indented with spaces",
    "mapping values are not allowed": "a second `:` in this line, or an indentation, here or in "
    "the line above, that does not fit: check both, and put a text with a `:` in quotes",
    "expected <block end>": "the indentation does not fit the lines above: align it with its "
    "neighbors",
}
"""What the parser says, and what to do."""
EMPTY = ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    text: str
    line: int
    plain: bool = True
    """Written without quotes."""

    @property
    def empty(self) -> bool:
        """A key with nothing after it."""
        return self.plain and self.text in EMPTY


@dataclass(slots=True, kw_only=True)
class Sequence:
    line: int
    items: list[Node] = field(default_factory=list["Node"])


@dataclass(slots=True, kw_only=True)
class Mapping:
    line: int
    items: dict[str, Node] = field(default_factory=dict[str, "Node"])
    lines: dict[str, int] = field(default_factory=dict[str, int])
    """The line of each key."""


Node = Scalar | Sequence | Mapping


def read_file(path: Path) -> bytes:
    """What a plan can be of the file; no more of it is read, whatever was put in its place: a pipe
    that nobody writes to would be waited for without end. Raises OSError."""
    with open(path, "rb", opener=_without_waiting) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        return file.read(LARGEST + 1)


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)


class _Stop(Exception):
    """Nothing sensible can be said about the rest of the file."""


def read_document(source: bytes, problems: Problems) -> Mapping | None:
    """The plan's top level, or None when the file is no such thing; `problems` says why."""
    text = _text(source, problems)
    if text is None:
        return None
    for number, each in enumerate(text.splitlines(), start=1):
        if HASH_KEY.match(each):
            problems.warn(number, "", HASH)
    try:
        node = _Builder(problems).build(_events(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        star = _bare_star(text, line)
        problems.error(*((star, "", QUOTE_IT) if star else _explained(error, line)))
    except (YAMLError, ValueError) as error:
        problems.error(1, "", f"not YAML: {error}")
    except _Stop:
        pass
    else:
        if isinstance(node, Mapping):
            return node
        problems.error(1, "", "a plan is keys with values, such as `tenant: contoso.example`")
    return None


def _text(source: bytes, problems: Problems) -> str | None:
    if len(source) > LARGEST:
        problems.error(1, "", "the file is larger than 1 MiB: is it a plan? Use groups for people")
        return None
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        problems.error(line, "", "the file is not UTF-8 text: save it as UTF-8")
        return None
    if bad := NOT_TEXT.search(text):
        line = text.count("\n", 0, bad.start()) + 1
        problems.error(line, "", f"a control character ({bad[0]!r}) stands here: remove it")
        return None
    return text


def _events(text: str) -> Iterator[Event]:
    events: Iterator[Event] = YAML(typ="rt", pure=True).parse(text)
    return events


def _bare_star(text: str, line: int) -> int:
    """Where a menu's key `*` stands without quotes, at a mistake or just above it; else 0."""
    lines = text.splitlines()
    for each in (line, line - 1):
        if 0 < each <= len(lines) and BARE_STAR.match(lines[each - 1]):
            return each
    return 0


def _explained(error: MarkedYAMLError, line: int) -> tuple[int, str, str]:
    """Where the mistake probably is (the parser sees some only later), and what to do."""
    problem = str(error.problem or error.context or "")
    began = error.context_mark.line + 1 if error.context_mark else line
    if "expected ',' or" in problem:
        closing = "]" if "']'" in problem else "}"
        return line, "", CLOSE_IT.format(began=began, closing=closing)
    if "unexpected end of stream" in problem:
        return began, "", "a quote is opened in this line and never closed: close it"
    if "could not find expected ':'" in problem:
        return began, "", "a key and its value are written `key: value`: here the `: ` is missing"
    for part, remedy in EXPLAINED.items():
        if part in problem:
            return line, "", remedy
    return line, "", f"not YAML: {problem}"


class _Builder:
    """Puts events together. Not recursive: a file of brackets must not exhaust the stack."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._open: list[tuple[Mapping | Sequence, str]] = []
        """The containers around the current event, each with its key path."""
        self._keys: list[Scalar | None] = []
        """For each open container: the key that waits for its value."""
        self._root: Node | None = None
        self._documents = 0

    def build(self, events: Iterator[Event]) -> Node | None:
        """The first document's root."""
        for event in events:
            match event:
                case DocumentStartEvent():
                    self._on_document(event)
                case AliasEvent():
                    self._stop(event, "aliases (`*name`) are not used in a plan: write it out")
                case ScalarEvent():
                    self._on_scalar(event)
                case MappingStartEvent():
                    self._check(event)
                    self._on_open(Mapping(line=event.start_mark.line + 1))
                case SequenceStartEvent():
                    self._check(event)
                    self._on_open(Sequence(line=event.start_mark.line + 1))
                case MappingEndEvent() | SequenceEndEvent():
                    self._open.pop()
                    self._keys.pop()
                case _:
                    pass
        return self._root

    def _on_document(self, event: DocumentStartEvent) -> None:
        self._documents += 1
        if self._documents > 1:
            self._stop(event, "a second document begins here (`---`): a plan is one document")

    def _on_scalar(self, event: ScalarEvent) -> None:
        self._check(event)
        scalar = Scalar(
            text=event.value, line=event.start_mark.line + 1, plain=event.style in (None, "")
        )
        if self._open and isinstance(self._open[-1][0], Mapping) and self._keys[-1] is None:
            self._keys[-1] = scalar
        else:
            self._place(scalar)

    def _on_open(self, node: Mapping | Sequence) -> None:
        if len(self._open) >= DEEPEST:
            self._problems.error(node.line, "", "nested too deeply for a plan")
            raise _Stop
        path = self._place(node)
        self._open.append((node, path))
        self._keys.append(None)

    def _place(self, node: Node) -> str:
        """Put the node where it belongs; its key path."""
        if not self._open:
            self._root = node
            return ""
        container, path = self._open[-1]
        if isinstance(container, Sequence):
            container.items.append(node)
            return f"{path}[{len(container.items) - 1}]"
        key = self._keys[-1]
        if key is None:
            self._problems.error(node.line, path, "a key is a word, not a list or a section")
            raise _Stop
        self._keys[-1] = None
        inner = f"{path}.{key.text}" if path else key.text
        if key.text in container.items:
            first = container.lines[key.text]
            self._problems.error(
                key.line, inner, f"stands here a second time (first in line {first}): keep one"
            )
            return inner
        container.items[key.text] = node
        container.lines[key.text] = key.line
        return inner

    def _check(self, event: NodeEvent) -> None:
        if event.anchor is not None:
            self._stop(event, "anchors (`&name`) are not used in a plan: write it out")
        if getattr(event, "tag", None) is not None:
            self._stop(event, "tags (`!name`) are not used in a plan: remove it")

    def _stop(self, event: Event, message: str) -> None:
        self._problems.error(event.start_mark.line + 1, "", message)
        raise _Stop
