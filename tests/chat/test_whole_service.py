"""The chat of the whole service, with the emulator's people, tokens and connector."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from kit.chat_channel import said_by
from kit.whole_service import WholeService, whole_service

ADA, BEN = "ada.agent@contoso.example", "ben.agent@contoso.example"
PLAN = f"""
tenant: contoso.example
default_entry_point: main
sign_in: manual
entry_points:
  main:
    queue: support
queues:
  support:
    title: Support
    members: [{ADA}]
"""
CREDENTIALS = {
    "managed_identity": {},
    "secret": {"SWITCHBOARD_CLIENT_SECRET": "emulator-secret"},
}
Say = Callable[[str, str], Awaitable[list[str]]]


@pytest.fixture(params=CREDENTIALS)
async def service(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[WholeService, Say]]:
    environment = {"SWITCHBOARD_CREDENTIAL": request.param} | CREDENTIALS[request.param]
    async with whole_service(PLAN, tmp_path, monkeypatch, environment) as running:
        key = {"X-Emulator-Key": running.emulator.options.key}
        async with aiohttp.ClientSession(headers=key) as http:

            async def say(who: str, text: str) -> list[str]:
                said = {"from": who, "text": text}
                async with http.post(f"{running.emulator.url}/emulator/chat", json=said) as answer:
                    heard: dict[str, Any] = await answer.json()
                assert heard["status"] == 201
                return [said_by(reply) for reply in heard["replies"]]

            yield running, say


async def test_an_agent_signs_in_by_word(service: tuple[WholeService, Say]) -> None:
    running, say = service
    app = running.app
    await running.hired()
    assert (await say(ADA, "status"))[0].startswith("You are not ready: not signed in.")
    assert (await say(ADA, "상태"))[0].startswith("준비 안 됨 상태입니다 - 아직 시작하지 않음.")
    assert (await say(ADA, "ready"))[0].startswith("You are ready.")
    [agent] = (app.board.loop.state() or pytest.fail("no state")).agents.values()
    assert agent.ready
    [answer] = await say(ADA, "NOT ready lunch 15m")
    assert answer.startswith("You are not ready: lunch, until ")
    assert (agent.ready, agent.not_ready_reason) == (False, "lunch")
    assert (await say(BEN, "ready"))[0].startswith("You are not an agent of any queue")
    assert await app.outside.store.conversations.find(app.board.loop.tenant, agent.id)
