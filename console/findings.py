"""What somebody should correct: in the plan, the directory, the prompts, the limits, the chat."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum


class Source(StrEnum):
    """Who found it."""

    PLAN = "plan"
    DIRECTORY = "directory"
    PROMPTS = "prompts"
    LEGS = "legs"
    CHAT = "chat"
    CHANNEL = "channel"
    SUBSCRIBERS = "subscribers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to correct, and where."""

    source: Source
    severity: str
    """error or warning."""
    problem: str
    """One word for programs, such as unknown, disabled, guest, plan."""
    sentence: str
    file: str = ""
    line: int = 0
    """0: no line."""
    key: str = ""
    since: int = 0
    """When it was first found, UTC ms."""

    def text(self) -> str:
        """One line, as compilers write it."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        where = f"{place}: " if place else ""
        key = f"{self.key}: " if self.key else ""
        return f"{where}{self.severity}: {key}{self.sentence}"


class Findings:
    """All that is to be corrected now. Each source replaces its own."""

    def __init__(self) -> None:
        self._by_source: dict[Source, tuple[Finding, ...]] = {}

    def replace(self, source: Source, findings: list[Finding], now: int) -> list[Finding]:
        """Take these as all of the source's; returns those that are new."""
        before = {_identity(each): each.since for each in self._by_source.get(source, ())}
        dated = [_since(each, before.get(_identity(each), now)) for each in findings]
        self._by_source[source] = tuple(dated)
        return [each for each in dated if _identity(each) not in before]

    def all(self) -> list[Finding]:
        """Errors first, then by source and line."""
        found = [each for source in Source for each in self._by_source.get(source, ())]
        return sorted(found, key=lambda each: each.severity != "error")

    def count(self) -> dict[tuple[str, str], int]:
        """How many, by source and severity."""
        counts: dict[tuple[str, str], int] = {}
        for each in self.all():
            key = (each.source.value, each.severity)
            counts[key] = counts.get(key, 0) + 1
        return counts


def _identity(finding: Finding) -> tuple[str, str, str]:
    return finding.key, finding.problem, finding.sentence


def _since(finding: Finding, since: int) -> Finding:
    return Finding(**(asdict(finding) | {"since": since}))
