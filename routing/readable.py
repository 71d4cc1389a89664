"""Words that people wrote, as any screen can show them and any database keep them."""

from __future__ import annotations

import unicodedata


def readable(text: str, most: int, *, keep: str = "") -> str:
    """The text without signs that no screen shows; at most `most` of it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    seen = "".join(
        sign if sign in keep or unicodedata.category(sign)[0] != "C" else " " for sign in lines
    )
    return seen.strip()[:most].rstrip()
