"""One step of a flow, by its kind."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from bot.plan_file.action_reader import Actions
from bot.plan_file.condition_reader import Conditions
from bot.plan_file.document import Mapping, Scalar, Sequence
from bot.plan_file.flow_keys import CASE, KEYPAD, MOST_DIGITS, NO_KEY
from bot.plan_file.goto_reader import NOWHERE, Gotos, named
from bot.plan_file.lists import attribute, pairs, yes_no
from bot.plan_file.section import Section
from bot.plan_file.whole import Whole
from routing.action import Action
from routing.flow_steps import (
    Ask,
    Branch,
    Case,
    Collect,
    Condition,
    Enter,
    Goto,
    Menu,
    Note,
    Speak,
    Step,
    Turn,
)

DIGITS = re.compile(r"([0-9]{1,2})(?:\s*-\s*([0-9]{1,2}))?")
EXTENSION = re.compile(r"[0-9]{1,20}")
OPERATOR_KEY = "0"


class Steps:
    """Reads the steps of one flow."""

    def __init__(
        self, whole: Whole, gotos: Gotos, actions: Actions, conditions: Conditions
    ) -> None:
        self._whole = whole
        self._gotos = gotos
        self._actions = actions
        self._conditions = conditions
        self._by_kind: dict[str, Callable[[str, Section], Step]] = {
            "say": self._say,
            "menu": self._menu,
            "collect": self._collect,
            "extension": self._extension,
            "branch": self._branch,
            "ask": self._ask,
            "note": self._note,
            "enter": self._enter,
        }

    def read(self, kind: str, name: str, section: Section) -> Step:
        """The step; what is wrong with it is reported."""
        return self._by_kind[kind](name, section)

    def _prompt(self, section: Section, key: str) -> str:
        return self._whole.prompts.reference(section, key)

    def _then(self, section: Section, key: str = "then") -> Goto:
        return self._gotos.read(section, key) or NOWHERE

    def _say(self, name: str, section: Section) -> Speak:
        return Speak(name=name, prompt=self._prompt(section, "say"), then=self._then(section))

    def _menu(self, name: str, section: Section) -> Menu:
        default = Menu(name="", prompt="", keys={}, otherwise=NOWHERE)
        return Menu(
            name=name,
            prompt=self._prompt(section, "menu"),
            keys=self._keys(section),
            wait_ms=section.duration("wait") or default.wait_ms,
            tries=section.integer("tries") or default.tries,
            on_silence=self._prompt(section, "on_silence"),
            on_invalid=self._prompt(section, "on_invalid"),
            otherwise=self._gotos.given_up(section),
        )

    def _keys(self, section: Section) -> dict[str, Goto]:
        node = section.node("keys")
        if node is None:
            return {}
        if not isinstance(node, Mapping) or not node.items:
            section.error("keys", "keys with where they lead are expected, such as `1: sales`")
            return {}
        keys: dict[str, Goto] = {}
        for key, inner in node.items.items():
            line, path = node.lines[key], f"keys.{key}"
            self._whole.lines[section.path(path)] = line
            if key not in KEYPAD or len(key) != 1:
                section.error_at(line, path, f'{key!r} is no key: 0 to 9, `"*"` or `"#"`')
                continue
            if isinstance(inner, Scalar) and inner.empty:
                section.error_at(line, path, "leads nowhere: write a step's name or an action")
                continue
            keys[key] = named(self._gotos.of_node(inner, section.path(path), line))
        zero = keys.get(OPERATOR_KEY)
        if zero is not None and self._gotos.has_operator and zero.turn is not Turn.OPERATOR:
            section.error_at(
                node.lines[OPERATOR_KEY],
                "keys.0",
                "0 is the flow's `operator` at every step: use another key, or remove `operator`",
            )
        return keys

    def _collect(self, name: str, section: Section) -> Collect:
        default = _COLLECT
        least, most = self._digits(section)
        end_key = section.word("end_key") or default.end_key
        confirm = yes_no(section, "confirm")
        return Collect(
            name=name,
            prompt=self._prompt(section, "collect"),
            into=attribute(section, "into"),
            least=least,
            most=most,
            end_key="" if end_key == NO_KEY else end_key,
            confirm=default.confirm if confirm is None else confirm,
            wait_ms=section.duration("wait") or default.wait_ms,
            between_ms=section.duration("between") or default.between_ms,
            tries=section.integer("tries") or default.tries,
            then=self._then(section),
            otherwise=self._gotos.given_up(section),
        )

    @staticmethod
    def _digits(section: Section) -> tuple[int, int]:
        node = section.node("digits")
        if node is None:
            return _COLLECT.least, _COLLECT.most
        found = DIGITS.fullmatch(node.text.strip()) if isinstance(node, Scalar) else None
        if found:
            least = int(found[1])
            most = int(found[2] or found[1])
            if 1 <= least <= most <= MOST_DIGITS:
                return least, most
        section.error("digits", f"write how many, such as `6` or `4-10`, at most {MOST_DIGITS}")
        return _COLLECT.least, _COLLECT.most

    def _extension(self, name: str, section: Section) -> Collect:
        extensions = self._extensions(section)
        default, given_up = _COLLECT, self._gotos.given_up(section)
        return Collect(
            name=name,
            prompt=self._prompt(section, "extension"),
            into="",
            least=min((len(each) for each in extensions), default=1),
            most=max((len(each) for each in extensions), default=1),
            confirm=False,
            wait_ms=section.duration("wait") or default.wait_ms,
            between_ms=section.duration("between") or default.between_ms,
            tries=section.integer("tries") or default.tries,
            extensions=extensions,
            then=given_up,
            otherwise=given_up,
        )

    def _extensions(self, section: Section) -> dict[str, Action]:
        node = section.node("extensions")
        if node is None:
            return {}
        if not isinstance(node, Mapping) or not node.items:
            section.error("extensions", "extensions are expected: `101: ada.agent@contoso.example`")
            return {}
        found: dict[str, Action] = {}
        for number, inner in node.items.items():
            line, path = node.lines[number], section.path(f"extensions.{number}")
            self._whole.lines[path] = line
            if not EXTENSION.fullmatch(number):
                self._whole.problems.error(line, path, "an extension is 1 to 20 digits")
                continue
            if isinstance(inner, Scalar) and "@" in inner.text:
                action = self._actions.person(inner, path, line)
            else:
                action = self._actions.of_node(inner, path, line)
            if action is not None:
                found[number] = action
        return found

    def _branch(self, name: str, section: Section) -> Branch:
        node = section.node("branch")
        items = node.items if isinstance(node, Sequence) else []
        if node is not None and not items:
            section.error("branch", "a list is expected, each with `- when:` and where it leads")
        cases: list[Case] = []
        for index, item in enumerate(items):
            path = f"{section.path('branch')}[{index}]"
            if not isinstance(item, Mapping):
                self._whole.problems.error(
                    item.line, path, "`when` and where it leads are expected"
                )
                continue
            case = self._whole.section(item, path, item.line, CASE)
            when = self._conditions.read(case, "when") or Condition()
            cases.append(Case(when=when, then=self._gotos.of_section(case)))
        return Branch(name=name, cases=tuple(cases), otherwise=self._then(section, "otherwise"))

    def _ask(self, name: str, section: Section) -> Ask:
        known = self._whole.top.names("webhooks")
        return Ask(
            name=name,
            webhook=section.name_among("ask", known, "webhook"),
            then=self._then(section),
            otherwise=self._then(section, "otherwise"),
        )

    def _note(self, name: str, section: Section) -> Note:
        then = self._then(section)
        noted = pairs(section, "note") | then.attributes
        return Note(name=name, then=replace(then, attributes=noted))

    def _enter(self, name: str, section: Section) -> Enter:
        known = self._whole.top.names("flows")
        return Enter(
            name=name,
            flow=section.name_among("enter", known, "flow"),
            then=self._then(section),
        )


_COLLECT = Collect(name="", prompt="", into="", then=NOWHERE, otherwise=NOWHERE)
