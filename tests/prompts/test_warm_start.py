"""A start that finds every prompt kept loads none of what renders them."""

import asyncio
import subprocess
import sys
from pathlib import Path

from kit.prompt_stores import FolderPromptStore
from kit.voices import CountingVoice

from bot.prompts.publishing import Publisher

PROGRAM = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, "tests")
from kit.prompt_stores import FolderPromptStore
from bot.prompts.catalog import PromptCatalog
from bot.prompts.espeak import EspeakSpeech
from bot.prompts.publishing import Publisher
from bot.prompts.speech import AzureSpeech
from bot.prompts.voices import choose_voice
from bot.web.prompts import prompt_routes
from routing.commands import Say

class Voice(EspeakSpeech):
    engine = "counting"
    async def render(self, text, language, voice):
        raise AssertionError(text)

async def main():
    publisher = Publisher(FolderPromptStore(Path(sys.argv[1])), Voice())
    book, findings = await publisher.publish(languages=["en", "ko"])
    assert PromptCatalog(book).clips(Say(prompt="whisper")) and not findings
asyncio.run(main())
print(*sorted({"numpy", "soxr", "soundfile"} & set(sys.modules)), "end")
"""


def test_a_warm_start_renders_and_loads_nothing(tmp_path: Path) -> None:
    cold = Publisher(FolderPromptStore(tmp_path), CountingVoice())
    asyncio.run(cold.publish(languages=["en", "ko"]))

    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True, check=False
    )

    assert (ran.stdout.split(), ran.stderr) == (["end"], "")
