"""The chat of the whole service, with the emulator's people, tokens and connector."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from kit.chat_channel import said_by, words_of
from kit.waiting import until
from kit.whole_service import whole_service

from bot.app import App
from emulator.audit import audit
from emulator.scripts import Behaviour, CallerScript
from emulator.server import Server
from routing.state import Agent, AgentState

ADA, BEN = "ada.agent@contoso.example", "ben.agent@contoso.example"
PLAN = f"""
tenant: contoso.example
default_entry_point: main
sign_in: manual
entry_points:
  main:
    queue: support
  desk:
    account: frontdesk@contoso.example
    queue: front
queues:
  support:
    title: Support
    members: [{ADA}]
  front:
    delivery: group_call
    wrap_up: 1m
    members: [{ADA}]
"""
CREDENTIALS = {
    "managed_identity": {},
    "secret": {"SWITCHBOARD_CLIENT_SECRET": "emulator-secret"},
}


@dataclass
class Whole:
    """The service and the emulator around it."""

    app: App
    emulator: Server
    http: aiohttp.ClientSession

    async def say(self, who: str, text: str) -> list[str]:
        """What the bot answers."""
        heard = await self._chat("", {"from": who, "text": text})
        assert heard["status"] == 201
        return [said_by(reply) for reply in heard["replies"]]

    async def press(self, who: str, verb: str, **inputs: str) -> list[str]:
        """The lines of the card that comes back."""
        heard = await self._chat("/press", {"from": who, "verb": verb, "inputs": inputs})
        assert (heard["status"], heard["body"]["statusCode"]) == (200, 200)
        return words_of(heard["body"]["value"])

    async def _chat(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        url = f"{self.emulator.url}/emulator/chat{path}"
        async with self.http.post(url, json=body) as response:
            heard: dict[str, Any] = await response.json()
            return heard

    def agent(self) -> Agent:
        """Ada, as the engine knows her."""
        [agent] = (self.app.board.loop.state() or pytest.fail("no state")).agents.values()
        return agent

    def logged(self, kind: str) -> list[Any]:
        return [record for record in self.emulator.shell.world.log if record.kind == kind]

    def last_face(self) -> str:
        """What Ada's offer card shows by now."""
        return audit(self.emulator.shell.world.log, over=False).cards.last_face(ADA)


@pytest.fixture(params=CREDENTIALS)
async def service(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Whole]:
    environment = {"SWITCHBOARD_CREDENTIAL": request.param} | CREDENTIALS[request.param]
    async with whole_service(PLAN, tmp_path, monkeypatch, environment) as running:
        key = {"X-Emulator-Key": running.emulator.options.key}
        async with aiohttp.ClientSession(headers=key) as http:
            yield Whole(running.app, running.emulator, http)


async def hired(app: App) -> None:
    """Until the directory has told the engine who Ada is."""

    async def known() -> bool:
        state = app.board.loop.state()
        return state is not None and bool(state.agents)

    await until(known)


async def test_an_agent_signs_in_by_word(service: Whole) -> None:
    say = service.say
    await hired(service.app)
    assert (await say(ADA, "status"))[0].startswith("You are not ready: not signed in.")
    assert (await say(ADA, "상태"))[0].startswith("준비 안 됨 상태입니다 - 아직 시작하지 않음.")
    assert (await say(ADA, "ready"))[0].startswith("You are ready.")
    agent = service.agent()
    assert agent.ready
    [answer] = await say(ADA, "NOT ready lunch 15m")
    assert answer.startswith("You are not ready: lunch, until ")
    assert (agent.ready, agent.not_ready_reason) == (False, "lunch")
    assert (await say(BEN, "ready"))[0].startswith("You are not an agent of any queue")
    app = service.app
    assert await app.outside.store.conversations.find(app.board.loop.tenant, agent.id)


ONE_CREDENTIAL = pytest.mark.parametrize("service", ["managed_identity"], indirect=True)


async def reached(service: Whole) -> None:
    """Until Ada has installed the bot, is ready, and the engine knows it."""
    await hired(service.app)
    await service.say(ADA, "ready")

    async def known() -> bool:
        return service.agent().chat

    await until(known)


def calls(service: Whole, to: str, behaviour: Behaviour) -> None:
    """Somebody calls; Ada's phone does as told."""
    shell = service.emulator.shell
    shell.world.script_agent(ADA, (behaviour,))
    shell.world.place_call(CallerScript(to=to, talk_ms=1_500), shell.now())
    shell.pump()


@ONE_CREDENTIAL
async def test_the_card_is_there_before_the_ring_and_accepting_on_it_is_enough(
    service: Whole,
) -> None:
    await reached(service)
    calls(service, "support@contoso.example", Behaviour(after_ms=1_000))

    async def rings() -> bool:
        return bool(service.logged("ring"))

    await until(rings)
    cards = audit(service.emulator.shell.world.log, over=False).cards
    assert (len(cards.leads), cards.late) == (1, [])
    answer = await service.press(ADA, "accept")
    assert answer[0].startswith("You accepted. Pick up the phone")

    async def talks() -> bool:
        return bool(service.logged("bridged")) and service.last_face() == "connected"

    await until(talks)
    assert service.logged("key") == []


@ONE_CREDENTIAL
async def test_a_note_on_the_card_is_kept_with_the_contact(service: Whole) -> None:
    await reached(service)
    calls(service, "frontdesk@contoso.example", Behaviour(after_ms=300))

    async def over() -> bool:
        return service.last_face() == "wrap_up"

    await until(over, within_s=20)
    answer = await service.press(ADA, "done", note="calls back\x00 on Monday")
    assert answer[-1] == "Your note: calls back on Monday"
    assert service.agent().state is AgentState.IDLE
    loop = service.app.board.loop
    [contact] = (loop.state() or pytest.fail("no state")).contacts
    record = await service.app.outside.store.history.record(loop.tenant, contact)
    assert record is not None
    assert b"calls back on Monday" in record.body


@ONE_CREDENTIAL
async def test_who_never_installed_the_bot_is_a_finding(service: Whole) -> None:
    await hired(service.app)

    async def found() -> bool:
        return any(
            each.key == ADA and each.problem == "no_chat"
            for each in service.app.publication.findings.all()
        )

    await until(found)
