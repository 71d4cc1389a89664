"""Actions: where a caller is sent, as queues, entry points and flows write it."""

from __future__ import annotations

from dataclasses import replace

from bot.plan_file.document import Mapping, Node, Scalar
from bot.plan_file.reading import ReferenceKind
from bot.plan_file.section import Section, e164, reference_problem
from bot.plan_file.vocabulary import ACTION, ALONE, TARGETS
from bot.plan_file.whole import Whole
from routing.action import Action, ActionKind

OWN_QUEUE = "true"
"""Of a voicemail or callback: the team of the queue whose action it is (`own_team.py`),
elsewhere of the queue in which the caller was."""
WITHOUT_PROMPT = (ActionKind.QUEUE, ActionKind.FLOW)


class Actions:
    """Reads actions."""

    def __init__(self, whole: Whole) -> None:
        self._whole = whole

    def read(self, outer: Section, key: str) -> Action | None:
        """The action that the key holds; None when there is none, or none of use."""
        node = outer.node(key)
        if node is None:
            return None
        return self.of_node(node, outer.path(key), outer.line_of(key))

    def of_node(self, node: Node, path: str, line: int) -> Action | None:
        """An action wherever it stands."""
        if isinstance(node, Scalar) and node.text in ALONE:
            return Action(kind=ActionKind(node.text))
        if not isinstance(node, Mapping):
            self._error(
                line,
                path,
                f"an action is expected: {', '.join(f'`{word}`' for word in ALONE)} or one of "
                f"{target_words()}",
            )
            return None
        section = self._whole.section(node, path, line, ACTION)
        kind = self.kind(section)
        action = self.target(kind, section) if kind is not None else None
        if kind is None or action is None:
            return None
        return replace(action, priority=self._priority(kind, section))

    def person(self, node: Scalar, path: str, line: int) -> Action | None:
        """A person written without `user:`."""
        if problem := reference_problem(node.text, "a person"):
            self._error(line, path, problem)
            return None
        self._whole.refer(ReferenceKind.USER, node.text, path, line)
        return Action(kind=ActionKind.USER, ref=node.text)

    def kind(self, section: Section) -> ActionKind | None:
        """Which target is chosen; None when it is not exactly one, which is reported."""
        chosen = chosen_targets(section)
        where = section.where
        if len(chosen) == 1:
            return ActionKind(chosen[0])
        if chosen:
            self._error(
                section.line,
                where,
                f"one target is expected, not {' and '.join(chosen)}: keep one",
            )
        elif not any(self._whole.problems.has(section.path(key)) for key in section.keys_seen()):
            self._error(section.line, where, f"no target: add one of {target_words()}")
        return None

    def target(self, kind: ActionKind, section: Section) -> Action | None:
        """The action, once its target is known."""
        prompt = self._whole.prompts.reference(section, "prompt")
        number = self._number(section)
        ref = self._ref(kind, section, number)
        if kind in WITHOUT_PROMPT and "prompt" in section.given():
            section.error("prompt", f"not with `{kind}`, which has words of its own: remove it")
        if ref is None:
            return None
        number = number if kind is ActionKind.ACCOUNT else ""
        return Action(kind=kind, ref=ref, number=number, prompt=prompt)

    def _priority(self, kind: ActionKind, section: Section) -> int:
        priority = section.integer("priority") or 0
        if kind is not ActionKind.QUEUE and "priority" in section.given():
            section.error("priority", "only with `queue`: remove it")
        return priority

    def _ref(self, kind: ActionKind, section: Section, number: str) -> str | None:
        """Whom or what the target names; None when that is wrong."""
        top = self._whole.top
        match kind:
            case ActionKind.DISCONNECT:
                return ""
            case ActionKind.USER:
                return self._someone(ReferenceKind.USER, section, "a person") or None
            case ActionKind.ACCOUNT:
                return (
                    self._someone(ReferenceKind.ACCOUNT, section, "a resource account", number)
                    or None
                )
            case ActionKind.NUMBER:
                return number or None
            case ActionKind.QUEUE:
                return section.name_among("queue", top.names("queues"), "queue") or None
            case ActionKind.FLOW:
                return section.name_among("flow", top.names("flows"), "flow") or None
            case ActionKind.VOICEMAIL | ActionKind.CALLBACK:
                node = section.node(kind.value)
                if isinstance(node, Scalar) and node.text == OWN_QUEUE:
                    return ""
                return section.name_among(kind.value, top.names("queues"), "queue") or None

    def _someone(self, kind: ReferenceKind, section: Section, what: str, number: str = "") -> str:
        key = kind.value
        ref = section.reference(key, what)
        if ref:
            line = section.line_of(key)
            self._whole.refer(kind, ref, section.path(key), line, number=number)
        return ref

    def _number(self, section: Section) -> str:
        node = section.node("number")
        if node is None:
            return ""
        text = node.text if isinstance(node, Scalar) else ""
        number = e164(text)
        if not number:
            section.error(
                "number", f"{text!r} is not a phone number: write + and the country code first"
            )
        return number

    def _error(self, line: int, path: str, message: str) -> None:
        if not self._whole.problems.has(path):
            self._whole.problems.error(line, path, message)


def chosen_targets(section: Section) -> list[str]:
    """The targets that stand in the section."""
    chosen = [name for name in TARGETS if name in section.given()]
    if "account" in chosen and "number" in chosen:
        chosen.remove("number")  # the account's own number
    return chosen


def target_words() -> str:
    """The targets as a message names them."""
    return ", ".join(f"`{name}:`" for name in TARGETS)
