"""What the readers of the plan's parts share: the whole file, and what was found in it so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.plan_file.document import Mapping
from bot.plan_file.problems import Problems
from bot.plan_file.prompts import Prompts
from bot.plan_file.reading import Reference, ReferenceKind
from bot.plan_file.section import Section
from bot.plan_file.vocabulary import Keys


@dataclass(slots=True, kw_only=True)
class Whole:
    """One plan file while it is read."""

    top: Section
    prompts: Prompts
    problems: Problems
    lines: dict[str, int]
    """The line of each key, by key path."""
    references: list[Reference] = field(default_factory=list[Reference])

    def section(self, node: Mapping, where: str, line: int, keys: Keys) -> Section:
        """A section of the plan; from now on its keys' lines are known."""
        node.line = line  # what is missing is reported where the name stands
        section = Section(node, keys, where, self.problems)
        self.lines[where] = line
        self.note(section)
        return section

    def note(self, section: Section) -> None:
        """Remember where the section's keys stand."""
        for key in section.given():
            self.lines[section.path(key)] = section.line_of(key)

    def refer(
        self, kind: ReferenceKind, ref: str, key: str, line: int, *, number: str = ""
    ) -> None:
        """The plan names somebody whom the directory must know."""
        self.references.append(Reference(kind=kind, ref=ref, key=key, line=line, number=number))
