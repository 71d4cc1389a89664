"""A state machine as a table: (state, input) -> next state. Data, to be drawn and tested.

Whatever is not in the table changes nothing: `Machine.next` says None and the caller adds the fact
`ignored`. Only the file that owns a machine assigns the state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

S = TypeVar("S", bound=StrEnum)
I = TypeVar("I", bound=StrEnum)  # noqa: E741 - state and input, as in the textbooks


@dataclass(frozen=True, slots=True)
class Machine(Generic[S, I]):
    name: str
    table: Mapping[tuple[S, I], S]

    def next(self, state: S, given: I) -> S | None:
        """The state after `given`, or None: not a move of this machine."""
        return self.table.get((state, given))

    def diagram(self) -> str:
        """The table as a Mermaid state diagram."""
        lines = ["stateDiagram-v2"]
        for (state, given), after in self.table.items():
            lines.append(f"    {state.value} --> {after.value}: {given.value}")
        return "\n".join(lines) + "\n"
