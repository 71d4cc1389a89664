"""One question about the real Graph that nobody could answer, and what the answer may be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Switch:
    name: str
    values: tuple[str, ...]
    default: str
    question: str
    """one sentence"""
    source: str
    """where the doubt comes from: a page of Microsoft's documentation, or a reported issue"""


class SwitchError(ValueError):
    """A switch or a value that is not in the table."""
