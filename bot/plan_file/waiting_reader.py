"""How a queue's callers wait: announcements, ways out by key, the no-agent rule."""

from __future__ import annotations

from dataclasses import replace

from bot.plan_file.action_reader import Actions
from bot.plan_file.document import Mapping, Scalar
from bot.plan_file.flow_keys import KEYPAD
from bot.plan_file.lists import words, yes_no
from bot.plan_file.section import Section
from bot.plan_file.vocabulary import Keys
from bot.plan_file.waiting_keys import ANNOUNCE, NO_AGENT
from bot.plan_file.whole import Whole
from routing.action import Action
from routing.plan import Queue
from routing.waiting_rules import NOBODY, Absence, Announcements, AppliesTo, NoAgent


def read_waiting(whole: Whole, actions: Actions, section: Section, queue: Queue) -> Queue:
    """The queue, with what its section says of waiting."""
    aging, window = section.duration("aging"), section.duration("return_window")
    return replace(
        queue,
        aging_ms=queue.aging_ms if aging is None else aging,
        weight=section.integer("weight") or queue.weight,
        announce=_announce(whole, section),
        keys=_keys(whole, actions, section),
        no_agent=_no_agent(whole, actions, section),
        return_window_ms=queue.return_window_ms if window is None else window,
    )


def _inner(whole: Whole, section: Section, key: str, keys: Keys, such_as: str) -> Section | None:
    node = section.node(key)
    if node is None:
        return None
    if not isinstance(node, Mapping):
        section.error(key, f"keys are expected, indented below, such as `{such_as}`")
        return None
    return whole.section(node, section.path(key), section.line_of(key), keys)


def _announce(whole: Whole, section: Section) -> Announcements | None:
    inner = _inner(whole, section, "announce", ANNOUNCE, "position: true")
    if inner is None:
        return None
    usual = Announcements()
    first, every = inner.duration("first_after"), inner.duration("every")
    return Announcements(
        first_after_ms=usual.first_after_ms if first is None else first,
        every_ms=usual.every_ms if every is None else every,
        prompts=whole.prompts.references(inner, "prompts"),
        position=yes_no(inner, "position") or False,
        expected_wait=yes_no(inner, "expected_wait") or False,
    )


def _keys(whole: Whole, actions: Actions, section: Section) -> dict[str, Action]:
    node = section.node("keys")
    if node is None:
        return {}
    if not isinstance(node, Mapping) or not node.items:
        section.error("keys", "keys with actions are expected, such as `1: {queue: sales}`")
        return {}
    found: dict[str, Action] = {}
    for key, inner in node.items.items():
        line, path = node.lines[key], f"keys.{key}"
        whole.lines[section.path(path)] = line
        if key not in KEYPAD or len(key) != 1:
            section.error_at(line, path, f'{key!r} is no key: 0 to 9, `"*"` or `"#"`')
        elif isinstance(inner, Scalar) and inner.empty:
            section.error_at(line, path, "leads nowhere: write an action")
        elif (action := actions.of_node(inner, section.path(path), line)) is not None:
            found[key] = action
    return found


def _no_agent(whole: Whole, actions: Actions, section: Section) -> NoAgent | None:
    inner = _inner(whole, section, "no_agent", NO_AGENT, "action: disconnect")
    if inner is None:
        return None
    when = tuple(Absence(word) for word in words(inner, "when"))
    return NoAgent(
        when=when or NOBODY,
        apply=inner.choice("apply", AppliesTo.ALL),
        action=actions.read(inner, "action") or Action(),
    )
