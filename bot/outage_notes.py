"""What was done while nothing could be written down: one JSON line each, in a local file.

The database knows nothing of these callers; whoever looks into an outage afterwards finds here how
many there were and where they went. Numbers and names are left out on purpose.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path

log = logging.getLogger(__name__)

LARGEST_FILE = 16 << 20


class OutageNotes:
    """Appends to one file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def note(self, at: int, call: str, chain: str, reason: str, done: str) -> None:
        """Note one caller. A disk that is full as well costs the line, not the caller."""
        line = json.dumps(
            {"at": at, "call": call, "chain": chain, "reason": reason, "done": done},
            separators=(",", ":"),
        )
        try:
            if self._path.exists() and self._path.stat().st_size > LARGEST_FILE:
                return
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError as error:
            log.warning("outage not noted", extra={"reason": error.strerror})
