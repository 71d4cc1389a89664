"""What reading a plan file gives: the plan, its prompts, whom it names where, and all problems."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from bot.plan_file.problems import Problem, Severity
from routing.plan import Plan


class ReferenceKind(StrEnum):
    """As what the plan names somebody."""

    MEMBER = "member"
    GROUP = "group"
    USER = "user"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One place where the plan names a person, group or resource account."""

    kind: ReferenceKind
    ref: str
    """UPN, mail address or object id, as written (without `group:`)."""
    key: str
    line: int
    queue: str = ""
    """For members and groups: whose."""
    number: str = ""
    """For an account: the number that the plan gives it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptText:
    """One prompt in one language: words or a file's path as the plan writes it."""

    name: str
    language: str
    say: str = ""
    audio: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A plan file, read."""

    file: str
    plan: Plan | None
    """None when there is an error."""
    language: str = "en"
    """Of everything that names none."""
    prompts: tuple[PromptText, ...] = ()
    references: tuple[Reference, ...] = ()
    problems: tuple[Problem, ...] = ()
    lines: dict[str, int] = field(default_factory=dict[str, int])
    """The line of each key that stands in the file, by key path."""

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What keeps the plan from being used."""
        return tuple(each for each in self.problems if each.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What its author should look at."""
        return tuple(each for each in self.problems if each.severity is Severity.WARNING)
