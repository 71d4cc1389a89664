"""What of another system's answer is taken: texts at paths, bounded and made safe."""

from __future__ import annotations

import re
from collections.abc import Mapping

LONGEST_VALUE = 200
"""Characters of a value: it stands on a card, and is spoken to nobody."""
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_TURNING = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
"""Turns the direction of what is written after it: a value must not rewrite its neighbors."""


def values_in(answer: object, take: Mapping[str, str]) -> dict[str, str]:
    """Name -> the text that stands at its path; what is not there, or no single value, is left
    out. A path goes through objects by key and through lists by number."""
    found = {name: text_at(answer, path) for name, path in take.items()}
    return {name: text for name, text in found.items() if text}


def text_at(answer: object, path: str) -> str:
    """The text at the path; empty when there is none."""
    return text_of(_at(answer, path.split(".")))


def text_of(value: object, longest: int = LONGEST_VALUE) -> str:
    """A single value as a line of text; empty for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | str):
        plain = _TURNING.sub("", _UNSAFE.sub(" ", str(value)[: 4 * longest]))
        return plain.strip()[:longest]
    return ""


def _at(tree: object, path: list[str]) -> object:
    for key in path:
        if isinstance(tree, dict):
            tree = tree.get(key)
        elif isinstance(tree, list) and key.isascii() and key.isdigit() and int(key) < len(tree):
            tree = tree[int(key)]
        else:
            return None
    return tree
