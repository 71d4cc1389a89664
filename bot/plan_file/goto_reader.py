"""Where a step leads: a step's name, one of a few words, or an action; and what is taken along."""

from __future__ import annotations

from dataclasses import replace

from bot.plan_file.action_reader import Actions, chosen_targets, target_words
from bot.plan_file.document import Mapping, Node, Scalar
from bot.plan_file.flow_keys import GOTO, TURNS
from bot.plan_file.lists import pairs
from bot.plan_file.section import Section
from bot.plan_file.vocabulary import ALONE
from bot.plan_file.whole import Whole
from routing.action import Action, ActionKind
from routing.flow_steps import Goto, Turn

NOWHERE = Goto(turn=Turn.ACTION, action=Action())
"""Stands in for what could not be read; the plan is not used then."""
NAMED = (ActionKind.QUEUE, ActionKind.FLOW)
"""Targets whose name says to people what was chosen."""


def named(goto: Goto) -> Goto:
    """With a name for the choice, as far as where it leads has one."""
    if goto.choice:
        return goto
    if goto.turn is Turn.STEP:
        return replace(goto, choice=goto.step)
    if goto.action is not None and goto.action.kind in NAMED:
        return replace(goto, choice=goto.action.ref)
    return goto


class Gotos:
    """Reads where the steps of one flow lead."""

    def __init__(
        self, whole: Whole, actions: Actions, steps: list[str], *, has_operator: bool
    ) -> None:
        self._whole = whole
        self._actions = actions
        self._steps = steps
        self.has_operator = has_operator

    def read(self, outer: Section, key: str) -> Goto | None:
        """Where the key leads; None when it does not stand there."""
        node = outer.node(key)
        if node is None:
            return None
        return self.of_node(node, outer.path(key), outer.line_of(key))

    def given_up(self, outer: Section) -> Goto:
        """Where `otherwise` leads; without it to the operator, or to the end of the call."""
        default = Goto(turn=Turn.OPERATOR) if self.has_operator else NOWHERE
        return self.read(outer, "otherwise") or default

    def of_node(self, node: Node, path: str, line: int) -> Goto:
        """Where a value leads wherever it stands."""
        if isinstance(node, Scalar):
            return self._by_word(node, path, line)
        if not isinstance(node, Mapping):
            self._error(line, path, "a step's name or an action is expected, not a list")
            return NOWHERE
        return self.of_section(self._whole.section(node, path, line, GOTO))

    def of_section(self, section: Section) -> Goto:
        """Where a section leads that may say more than that."""
        goto = self._go(section) if "go" in section.given() else self._action(section)
        return replace(
            goto,
            choice=section.text("choice"),
            language=section.word("language"),
            attributes=pairs(section, "set"),
            priority=section.integer("priority") or 0,
        )

    def _go(self, section: Section) -> Goto:
        targets = chosen_targets(section)
        if targets:
            section.error("go", f"`{targets[0]}` stands here too: keep one")
        elif "prompt" in section.given():
            section.error("prompt", "only with an action: make a step with `say`, and go there")
        node = section.node("go")
        if not isinstance(node, Scalar):
            section.error("go", "the name of a step is expected")
            return NOWHERE
        if node.text in ALONE:
            section.error("go", f"{node.text} is no step: write `{node.text}: true` instead")
            return NOWHERE
        return self._by_word(node, section.path("go"), section.line_of("go"))

    def _action(self, section: Section) -> Goto:
        if not chosen_targets(section) and not any(
            self._whole.problems.has(section.path(key)) for key in section.keys_seen()
        ):
            self._error(
                section.line, section.where, f"leads nowhere: add `go: STEP`, {target_words()}"
            )
            return NOWHERE
        kind = self._actions.kind(section)
        action = self._actions.target(kind, section) if kind is not None else None
        return self._to(action, section.where, section.line) if action is not None else NOWHERE

    def _to(self, action: Action, path: str, line: int) -> Goto:
        if action.kind in (ActionKind.VOICEMAIL, ActionKind.CALLBACK) and not action.ref:
            self._error(
                line, path, f"a caller in a flow waits in no queue: name it, `{action.kind}: QUEUE`"
            )
        return Goto(turn=Turn.ACTION, action=action)

    def _by_word(self, node: Scalar, path: str, line: int) -> Goto:
        word = node.text.strip()
        if word in TURNS:
            if word == Turn.OPERATOR and not self.has_operator:
                self._error(line, path, "the flow has no `operator`: add one")
            return Goto(turn=Turn(word))
        if word in self._steps:
            return Goto(turn=Turn.STEP, step=word)
        if word in ALONE:
            return self._to(Action(kind=ActionKind(word)), path, line)
        for section, key in (("queues", "queue"), ("flows", "flow")):
            if word in self._whole.top.names(section):
                self._error(line, path, f"{word} is a {key}: write `{{{key}: {word}}}`")
                return NOWHERE
        remedy = self._whole.problems.suggest(word, [*self._steps, *TURNS, *ALONE])
        self._error(line, path, f"no step is called {word!r}; {remedy}")
        return NOWHERE

    def _error(self, line: int, path: str, message: str) -> None:
        if not self._whole.problems.has(path):
            self._whole.problems.error(line, path, message)
