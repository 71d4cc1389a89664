"""The service's own store as a place for prompts."""

from collections.abc import Mapping

from store.prompts import Prompts

TYPE = "audio/wav"


class StoredPrompts:
    """`catalog.PromptStore` on the service's database."""

    def __init__(self, prompts: Prompts) -> None:
        self._prompts = prompts

    async def get(self, sha: str) -> bytes | None:
        """The WAV with this SHA-256."""
        found = await self._prompts.get(sha)
        return None if found is None else found.body

    async def put(self, sha: str, wav: bytes, duration_ms: int, key: str) -> None:
        """Keeps the WAV and lets `key` name it."""
        await self._prompts.put(sha, wav, TYPE, duration_ms, key)

    async def named(self) -> Mapping[str, tuple[str, int]]:
        """Everything kept, without the sound."""
        return {one.key: (one.sha256, one.duration_ms) for one in await self._prompts.named()}
