"""A second program hands something in while the service holds its database."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest
from kit.store import TENANT, Opener, owned

from store.contract import Store
from store.errors import Refused, Unavailable
from store.letterbox import open_letterbox

WAV = b"RIFF" + bytes(100)
SHA = hashlib.sha256(WAV).hexdigest()


async def test_a_letter_is_in_the_owners_inbox_and_its_words_in_the_prompts(
    store: Store, url: str
) -> None:
    await owned(store)
    box = await open_letterbox(url.partition("#")[0])
    try:
        await box.prompts.put(SHA, WAV, "audio/wav", 5, "say/en/x")
        await box.hand_in(TENANT, "order:1", b"closed")
        await box.hand_in(TENANT, "order:1", b"a copy")
        assert abs(await box.now() - await store.database_now_ms()) < 60_000
    finally:
        await box.close()
    (row,) = await store.unconsumed(TENANT)
    assert (row.key, row.body) == ("order:1", b"closed")
    prompt = await store.prompts.get(SHA)
    assert prompt is not None
    assert prompt.body == WAV


async def test_letters_and_the_service_write_side_by_side(store: Store, url: str) -> None:
    box = await open_letterbox(url.partition("#")[0])
    try:
        letters = [box.hand_in(TENANT, f"order:{n}", b"x") for n in range(20)]
        events = [store.accept(TENANT, f"event:{n}", 1, b"y") for n in range(20)]
        await asyncio.gather(*letters, *events)
    finally:
        await box.close()
    assert len(await store.unconsumed(TENANT)) == 40


async def test_what_is_no_database_of_ours_is_refused_in_words(
    tmp_path: Path, opener: Opener
) -> None:
    with pytest.raises(Unavailable, match="there is no database"):
        await open_letterbox(f"sqlite:///{tmp_path}/none.db")
    with pytest.raises(Refused, match="in memory"):
        await open_letterbox("sqlite://")
    with pytest.raises(Refused, match="neither sqlite nor postgresql"):
        await open_letterbox("mysql://x")
    assert not (tmp_path / "none.db").exists()
    assert opener
