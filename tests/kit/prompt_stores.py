"""Where rendered prompts are kept in tests: in memory, or in a folder that outlives the process."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path


@dataclass(slots=True)
class MemoryPromptStore:
    """Keeps prompts in memory and counts what it is asked."""

    wavs: dict[str, bytes] = field(default_factory=dict[str, bytes])
    keys: dict[str, tuple[str, int]] = field(default_factory=dict[str, tuple[str, int]])
    full_for: str | None = None
    """There is no room for a key with this in it."""
    puts: int = 0
    gets: int = 0
    lookups: int = 0

    async def get(self, sha: str) -> bytes | None:
        self.gets += 1
        return self.wavs.get(sha)

    async def put(self, sha: str, wav: bytes, duration_ms: int, key: str) -> None:
        if self.full_for is not None and self.full_for in key:
            raise OSError(28, "No space left on device")
        self.puts += 1
        self.wavs[sha] = wav
        self.keys[key] = (sha, duration_ms)

    async def named(self) -> Mapping[str, tuple[str, int]]:
        self.lookups += 1
        return dict(self.keys)


@dataclass(slots=True)
class FolderPromptStore:
    """Keeps prompts as files, so that many test runs share one rendering."""

    folder: Path

    async def get(self, sha: str) -> bytes | None:
        path = self.folder / f"{sha}.wav"
        return path.read_bytes() if path.is_file() else None

    async def put(self, sha: str, wav: bytes, duration_ms: int, key: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{sha}.wav").write_bytes(wav)
        name = sha256(key.encode()).hexdigest()
        (self.folder / f"{name}.json").write_text(json.dumps([key, sha, duration_ms]))

    async def named(self) -> Mapping[str, tuple[str, int]]:
        rows = [json.loads(path.read_text()) for path in self.folder.glob("*.json")]
        return {key: (sha, duration_ms) for key, sha, duration_ms in rows}
