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

    def line_of(self, path: str) -> int:
        """The key's line, or that of the nearest section around it."""
        while path not in self.lines and "." in path:
            path = path.rpartition(".")[0]
        return self.lines.get(path, 1)

    def error(self, path: str, message: str) -> None:
        """Something at this key cannot work, unless an error there is known."""
        if not self.problems.has(path):
            self.problems.error(self.line_of(path), path, message)

    def error_in_sound(self, path: str, message: str) -> None:
        """The same of a section, of which nothing can be said while anything inside is wrong."""
        if not self.problems.within(path):
            self.error(path, message)

    def warn(self, path: str, message: str) -> None:
        """Something at this key has no effect, unless it is wrong anyway."""
        if not self.problems.within(path):
            self.problems.warn(self.line_of(path), path, message)

    def refer(
        self, kind: ReferenceKind, ref: str, key: str, line: int, *, number: str = ""
    ) -> None:
        """The plan names somebody whom the directory must know."""
        self.references.append(Reference(kind=kind, ref=ref, key=key, line=line, number=number))
