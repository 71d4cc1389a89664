"""Flows: steps in, `routing.flow_steps` out. Whether they fit together: `flow_checks.py`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from bot.plan_file.action_reader import Actions
from bot.plan_file.condition_reader import Conditions
from bot.plan_file.document import Mapping
from bot.plan_file.flow_keys import FLOW, STEPS, TURNS
from bot.plan_file.goto_reader import Gotos
from bot.plan_file.section import Section
from bot.plan_file.step_reader import Steps
from bot.plan_file.whole import Whole
from routing.action import Action
from routing.flow_steps import (
    Ask,
    Branch,
    Collect,
    Enter,
    Flow,
    Menu,
    Note,
    Speak,
    Step,
)

Kept = TypeVar("Kept", Speak, Menu, Collect, Branch, Ask, Note, Enter)


class Flows:
    """Reads flows."""

    def __init__(self, whole: Whole, actions: Actions, conditions: Conditions) -> None:
        self._whole = whole
        self._actions = actions
        self._conditions = conditions

    def read(self) -> tuple[Flow, ...]:
        """All of them, in the file's order."""
        sections = self._whole.top.sections("flows")
        return tuple(self._flow(name, *node) for name, node in sections.items())

    def _flow(self, name: str, node: Mapping, line: int) -> Flow:
        section = self._whole.section(node, f"flows.{name}", line, FLOW)
        known = section.names("steps")
        default = Flow(name=name, start="")
        operator = self._actions.read(section, "operator")
        gotos = Gotos(
            self._whole, self._actions, known, has_operator=bool(section.node("operator"))
        )
        reader = Steps(self._whole, gotos, self._actions, self._conditions)
        steps = [each for each in self._steps(section, reader) if each is not None]
        start = section.name_among("start", known, "step") or (known[0] if known else "")
        return Flow(
            name=name,
            start=start,
            speaks=_of(Speak, steps),
            menus=_of(Menu, steps),
            collects=_of(Collect, steps),
            branches=_of(Branch, steps),
            asks=_of(Ask, steps),
            notes=_of(Note, steps),
            enters=_of(Enter, steps),
            operator=operator,
            limit_ms=section.duration("limit") or default.limit_ms,
            on_limit=self._actions.read(section, "on_limit") or Action(),
        )

    def _steps(self, section: Section, reader: Steps) -> Iterable[Step | None]:
        node = section.node("steps")
        if isinstance(node, Mapping) and not node.items:
            section.error("steps", "empty: at least one step is needed")
        for name, (inner, line) in section.sections("steps").items():
            path = f"{section.path('steps')}.{name}"
            if name in TURNS:
                self._whole.problems.error(
                    line, path, f"{name} means something else already: give the step another name"
                )
                continue
            kind = self._kind(inner, path, line)
            if kind:
                yield reader.read(kind, name, self._whole.section(inner, path, line, STEPS[kind]))

    def _kind(self, node: Mapping, path: str, line: int) -> str:
        """Which kind of step it is; empty when that is not clear, which is reported."""
        chosen = [key for key in node.items if key in STEPS]
        if len(chosen) == 1:
            return chosen[0]
        if chosen:
            message = f"one kind of step is expected, not {' and '.join(chosen)}: make two steps"
        else:
            near = [each for key in node.items if (each := self._whole.problems.near(key, STEPS))]
            remedy = f"did you mean {near[0]}?" if near else f"add one of {', '.join(STEPS)}"
            message = f"no kind of step; {remedy}"
        self._whole.problems.error(line, path, message)
        return ""


def _of(kind: type[Kept], steps: list[Step]) -> tuple[Kept, ...]:
    return tuple(each for each in steps if isinstance(each, kind))
