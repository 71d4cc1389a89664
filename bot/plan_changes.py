"""What a plan that was read anew changes, by the names of its parts: for the log.

Names only. What stands in the parts (members, numbers, supervisors) is nobody's business there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Protocol

from bot.publication import Published
from routing.plan import Plan

SECTIONS = ("entry_points", "queues", "flows", "hours", "webhooks", "caller_lists")
PROMPTS = "prompts"
REST = "others"
_OF_THE_REST = frozenset({*SECTIONS, "tenant", "version", "durations", "legs", "keeps_messages"})


class _Named(Protocol):
    @property
    def name(self) -> str: ...


def changes(before: Published, after: Published) -> dict[str, str]:
    """For each section of the plan what was added, changed or removed; empty: nothing was."""
    was, now = before.plan, after.plan
    found = {
        section: _told(_named(getattr(was, section)), _named(getattr(now, section)))
        for section in SECTIONS
    }
    found[PROMPTS] = _told(_prompts(before), _prompts(after))
    found[REST] = _told(_rest(was), _rest(now))
    return {section: told for section, told in found.items() if told}


def _told(before: Mapping[str, object], after: Mapping[str, object]) -> str:
    kinds = {
        "added": [name for name in after if name not in before],
        "changed": [name for name in after if name in before and after[name] != before[name]],
        "removed": [name for name in before if name not in after],
    }
    return "; ".join(f"{kind} {', '.join(sorted(names))}" for kind, names in kinds.items() if names)


def _named(parts: Iterable[_Named]) -> dict[str, object]:
    return {part.name: part for part in parts}


def _prompts(published: Published) -> dict[str, object]:
    """What each says in which language, and how long it takes: a recording may be another one."""
    said: dict[str, list[tuple[str, ...]]] = {}
    for each in published.reading.prompts:
        said.setdefault(each.name, []).append((each.language, each.say, each.audio))
    lasts = published.plan.durations
    return {name: (sorted(words), lasts.get(f"plan:{name}")) for name, words in said.items()}


def _rest(plan: Plan) -> dict[str, object]:
    rest = (each.name for each in fields(plan) if each.name not in _OF_THE_REST)
    return {name: getattr(plan, name) for name in rest}
