"""The feed of the whole service: its commits, its listener, and pages that come and go."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from kit.listening import listening
from kit.signing_in import VisitingPage
from kit.waiting import until
from kit.whole_service import WholeService, whole_service

from console import feed
from console.feed import MOST_EACH

ADA = "ada.agent@contoso.example"
PLAN = f"""
tenant: contoso.example
default_entry_point: main
entry_points:
  main: {{queue: support, fallback: {{number: "+14255550199"}}}}
queues:
  support: {{members: [{ADA}]}}
"""


@asynccontextmanager
async def serving(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[WholeService, aiohttp.ClientSession]]:
    async with (
        whole_service(PLAN, folder, monkeypatch) as running,
        aiohttp.ClientSession() as http,
    ):
        await running.hired()
        yield running, http


async def token(service: WholeService, http: aiohttp.ClientSession) -> str:
    page = VisitingPage(http=http, emulator=service.emulator, origin=service.url)
    return f"Bearer {await page.signed_in(ADA)}"


async def test_pages_that_went_away_make_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path, monkeypatch) as (running, http):
        hers = await token(running, http)

        async def opens() -> int:
            headers = {"Authorization": hers}
            async with http.get(f"{running.url}/api/feed", headers=headers) as answer:
                return answer.status

        async with AsyncExitStack() as stack:
            for _ in range(MOST_EACH):
                await stack.enter_async_context(listening(http, running.url, hers))
            assert await opens() == 503

        async def there_is_room() -> bool:
            return await opens() == 200

        await until(there_is_room)


async def test_a_commit_is_told_without_waiting_for_the_next_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "LOOK_S", 3_600)
    async with serving(tmp_path, monkeypatch) as (running, http):
        hers = await token(running, http)
        async with listening(http, running.url, hers) as listener:
            await listener.until("me", name="Ada Agent")
            key = {"X-Emulator-Key": running.emulator.options.key}
            said = {"from": ADA, "text": "not ready tea"}
            url = f"{running.emulator.url}/emulator/chat"
            async with http.post(url, json=said, headers=key) as answer:
                assert (await answer.json())["status"] == 201
            while listener.rows["me"]["agent"]["not_ready_reason"] != "tea":
                assert await listener.next() is not None
