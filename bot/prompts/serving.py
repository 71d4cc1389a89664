"""Finds the WAV behind `/prompts/{sha256}.wav`, mostly without asking the store.

Microsoft's media service fetches each clip anew whenever it has forgotten it, often several for one
whisper, so the last few megabytes stay at hand.
"""

import re
from collections import OrderedDict
from urllib.parse import quote

from bot.prompts.catalog import PromptStore

KEPT_BYTES = 8 * 1024 * 1024  # a language's clips and the music, next to a small idle process
SHA = re.compile(r"[0-9a-f]{64}")


class PromptShelf:
    """WAVs by content, from memory or from the store."""

    def __init__(self, store: PromptStore, *, kept_bytes: int = KEPT_BYTES) -> None:
        self._store = store
        self._kept_bytes = kept_bytes
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0

    async def wav(self, sha: str) -> bytes | None:
        """The WAV, or None. Anything but 64 lower-case hex digits never reaches the store."""
        if not SHA.fullmatch(sha):
            return None
        kept = self._kept.get(sha)
        if kept is not None:
            self._kept.move_to_end(sha)
            return kept
        wav = await self._store.get(sha)
        if wav is not None:
            self._keep(sha, wav)
        return wav

    def _keep(self, sha: str, wav: bytes) -> None:
        if sha in self._kept or len(wav) > self._kept_bytes:
            return
        self._kept[sha] = wav
        self._size += len(wav)
        while self._size > self._kept_bytes:
            _, oldest = self._kept.popitem(last=False)
            self._size -= len(oldest)


def headers(sha: str, name: str = "") -> dict[str, str]:
    """What is said beside the WAV: its address is its content, so nobody need ever ask again. By
    its name people know what they look at."""
    called = {"Content-Disposition": f"inline; filename*=UTF-8''{quote(name, safe='')}.wav"}
    return (called if name else {}) | {
        "Cache-Control": "public, max-age=31536000, immutable",
        "ETag": f'"{sha}"',
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
    }
