"""Prompts in the service's own database: published once, found and served after a restart."""

from pathlib import Path

from kit.store import Opened
from kit.voices import CountingVoice

from bot.prompts.publishing import Publisher
from bot.prompts.stored import StoredPrompts
from bot.prompts.wanted import Spoken, Wanted

WANTED = [Wanted(name="queue:sales", source=Spoken(text="Sales"))]


async def test_a_restart_finds_every_prompt_in_the_database(tmp_path: Path) -> None:
    url, opened = f"sqlite:///{tmp_path}/switchboard.db", Opened()
    store = await opened.open(url)
    first, _ = await Publisher(StoredPrompts(store.prompts), CountingVoice()).publish(WANTED)
    await opened.close()

    store, voice = await opened.open(url), CountingVoice()
    prompts = StoredPrompts(store.prompts)
    again, findings = await Publisher(prompts, voice).publish(WANTED)

    assert (again.clips, findings, voice.said) == (first.clips, [], [])
    for clip in again.clips.values():
        assert (await prompts.get(clip.sha) or b"").startswith(b"RIFF")
    assert await prompts.get("0" * 64) is None
    await opened.close()
