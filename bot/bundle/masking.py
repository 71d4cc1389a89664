"""Takes people out of what is handed to support: names, addresses, numbers, words.

What is kept is what our own program writes: kinds, states, ids of calls and commands, instants. Of
any other text nothing is kept, however harmless it looks: a key that is not known here holds no
words. Who is masked has the same stand-in everywhere, so the story can still be followed. Secrets
and numbers go by the logs' redaction, last of all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from bot.logs import Redactor
from bot.owner.bodies import COMMANDS, EVENTS
from routing.action import ActionKind
from routing.commands import TargetKind
from routing.events import CallerKind

PEOPLE = frozenset(
    {
        "agent", "agents", "agent_upn", "account", "accounts", "address", "addresses", "asked_by",
        "by", "by_name", "called", "caller", "caller_name", "chosen", "customer", "following",
        "forwarded_from", "holder", "members", "more_accounts", "name_of", "number",
        "on_behalf_of", "owner_name", "people", "person", "ref", "source", "supervisors", "target",
        "leaving_target", "transferred_by", "upn", "user",
    }
)  # fmt: skip
"""Keys under which people, numbers and accounts stand; also deeper inside."""
WORDS = frozenset(
    {
        "attributes", "caller_lists", "decline_reason", "digits", "entries", "extensions",
        "headers", "not_ready_reason", "note", "secret", "text", "texts", "title", "url", "value",
        "values",
    }
)  # fmt: skip
"""Keys under which somebody's own words stand, or what a caller keyed in."""
OURS = re.compile(r"[a-z][a-z0-9_.:/-]{0,79}|[0-9]{1,6}(-[0-9]{1,9})+|")
"""A word of the program's, or one of its ids: in small letters, without a blank or an @."""
REASONS = frozenset({"reason", "why", "end_reason", "outcome"})
REASON = re.compile(r"(Graph: )?[a-z0-9][a-z0-9 ,:_'/.-]{0,119}")
"""Phrases that the engine writes."""
CLASSES = frozenset(each.__name__ for each in (*EVENTS, *COMMANDS))
NOBODY = frozenset({*CallerKind, *TargetKind, *ActionKind})
"""What stands under a person's key and only says what kind of one it is."""
GUID = re.compile(r"[0-9A-Fa-f]{8}-?([0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}")
TRACED = frozenset({"chain", "wire", "call", "command", "id", "contact", "made_by", "context"})
"""Keys whose ids Microsoft's support asks for: of calls, never of people."""
EMAIL = re.compile(r"[^\s\"'<>(),;:]+@[^\s\"'<>(),;:]+")
KEPT_INSIDE = frozenset({"kind", "value", "rule", "language"})
"""Keys below a person that say nothing about them."""
SHORTEST = 3
"""A shorter name would blot out half of every line."""

Tree = object


class Masker:
    """One bundle's stand-ins."""

    def __init__(self, secrets: Iterable[str] = (), ours: Iterable[str] = ()) -> None:
        """`ours`: names of the plan's queues, entry points and flows, which stay as they are."""
        self._ours = {*CLASSES, *NOBODY, *ours}
        self._redactor = Redactor(secrets)
        self._stand_ins: dict[str, str] = {}
        self._count = 0

    @property
    def known(self) -> list[str]:
        """Every value that was recognized as somebody's, the longest first."""
        return sorted(self._stand_ins, key=len, reverse=True)

    def same(self, *values: object, as_: str = "") -> None:
        """These are names of one person."""
        texts = [value for value in values if isinstance(value, str) and value.strip()]
        texts = [text for text in texts if text not in self._ours]
        known = next((self._stand_ins[text] for text in texts if text in self._stand_ins), "")
        stand_in = known or as_ or (self._next() if texts else "")
        for text in texts:
            self._stand_ins.setdefault(text, stand_in)

    def learn(self, tree: Tree) -> None:
        """Remember whom the tree names, so that they are found in other texts too."""
        if isinstance(tree, Mapping):
            person = [tree.get(name) for name in ("id", "upn", "name") if name in tree]
            if "upn" in tree or ("kind" in tree and "tenant" in tree):
                self.same(*person)
            for key, value in tree.items():
                if str(key) in PEOPLE:
                    self._learn_all(value)
                else:
                    self.learn(value)
        elif isinstance(tree, list | tuple):
            for each in tree:
                self.learn(each)

    def mask(self, tree: Tree, key: str = "") -> Tree:
        """The tree without people."""
        if isinstance(tree, Mapping):
            return {self.text(str(name)): self._field(str(name), tree[name]) for name in tree}
        if isinstance(tree, list | tuple):
            return [self.mask(each, key) for each in tree]
        if isinstance(tree, str):
            return self._word(tree, key)
        return tree

    def text(self, text: str) -> str:
        """A text of ours, with whoever stands in it replaced."""
        for value in self.known:
            if len(value) >= SHORTEST:
                text = re.sub(re.escape(value), self._stand_ins[value], text, flags=re.IGNORECASE)
        text = EMAIL.sub(self._stand_in_for, text)
        return self._redactor.text(text)

    def _field(self, key: str, value: Tree) -> Tree:
        if key in PEOPLE:
            return self._inside(value)
        if key in WORDS:
            return _sizes(value)
        return self.mask(value, key)

    def _inside(self, value: Tree) -> Tree:
        """Everything below a person is theirs."""
        if isinstance(value, Mapping):
            return {
                str(name): inner if str(name) in KEPT_INSIDE else self._inside(inner)
                for name, inner in value.items()
                if not isinstance(inner, str) or str(name) not in WORDS
            }
        if isinstance(value, list | tuple):
            return [self._inside(each) for each in value]
        return self._stand_in(value) if isinstance(value, str) else value

    def _word(self, text: str, key: str) -> str:
        if text in self._stand_ins:
            return self._stand_ins[text]
        if text in self._ours:
            return text
        if GUID.fullmatch(text):
            return text if key in TRACED else _size(text)
        if "@" in text:
            return self.text(text) if EMAIL.fullmatch(text) else _size(text)
        is_ours = OURS.fullmatch(text) or (key in REASONS and REASON.fullmatch(text))
        return self.text(text) if is_ours else _size(text)

    def _learn_all(self, value: Tree) -> None:
        if isinstance(value, Mapping):
            self.same(*(value.get(name) for name in ("id", "upn", "name")))
            for name, inner in value.items():
                if str(name) not in KEPT_INSIDE:
                    self._learn_all(inner)
        elif isinstance(value, list | tuple):
            for each in value:
                self._learn_all(each)
        elif isinstance(value, str):
            self._stand_in(value)

    def _stand_in(self, value: str) -> str:
        self.same(value)
        return self._stand_ins.get(value, value)

    def _stand_in_for(self, found: re.Match[str]) -> str:
        return self._stand_in(found[0])

    def _next(self) -> str:
        self._count += 1
        return f"person-{self._count}"


def _sizes(value: Tree) -> Tree:
    """How much was said, never what. What it was asked for is kept, and so is a number."""
    if isinstance(value, Mapping):
        return {str(name): _sizes(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_sizes(each) for each in value]
    return _size(value) if isinstance(value, str) else value


def _size(text: str) -> str:
    return f"[{len(text)} characters]" if text else ""
