import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from kit.small_service import SmallService

from emulator.chat import conversation_of
from emulator.config import default_config
from emulator.scripts import Behaviour
from emulator.server import Options, PortTaken, Server

ADA = "ada.agent@contoso.example"
KEY = {"X-Emulator-Key": "test"}


@asynccontextmanager
async def emulator(folder: Path, **more: Any) -> AsyncIterator[tuple[Server, SmallService]]:
    """An emulator on free ports, and a small service that it calls."""
    config = default_config()
    ada = next(person for person in config.people if person.upn == ADA)
    service = SmallService(ada.id)
    async with service.serving():
        options = Options(
            config=default_config(webhook=service.webhook),
            folder=folder,
            port=0,
            key="test",
            **more,
        )
        server = Server(options)
        await server.start()
        service.environment = server.environment()
        server.shell.world.default_behaviour(Behaviour(after_ms=50, talk_ms=100))
        try:
            yield server, service
        finally:
            await server.stop()


async def until(check: Callable[[], bool], within_s: float = 5.0) -> None:
    async with asyncio.timeout(within_s):
        while not check():
            await asyncio.sleep(0.01)


async def test_independent_service_answers_plays_and_transfers(tmp_path: Path) -> None:
    async with emulator(tmp_path) as (server, service), aiohttp.ClientSession() as http:
        body = {"to": "support@contoso.example", "kind": "pstn", "label": "first"}
        async with http.post(f"{server.url}/emulator/calls", json=body, headers=KEY) as placed:
            assert placed.status == 200
        world = server.shell.world
        await until(lambda: any(record.kind == "bridged" for record in world.log))
        await until(lambda: not world.exchange.legs)
        async with http.get(f"{server.url}/emulator/audit?over=true", headers=KEY) as audit:
            report = await audit.json()
        assert report["outcomes"] == {"connected": 1}
        assert report["violations"] == []
        assert report["contacts"][0]["prompts"] == [f"{service.url}/hello.wav"]
        assert service.claims[0]["iss"] == "https://api.botframework.com"
        assert service.claims[0]["tid"] == world.config.tenant_id
        assert service.headers[0]["User-Agent"] == "Microsoft-Skype/3.0,(Calling/1.0)"
        async with http.get(f"{server.url}/emulator/timeline?party={ADA}", headers=KEY) as heard:
            assert "talk" in [row["what"] for row in await heard.json()]


async def test_graph_refuses_a_missing_and_a_revoked_token(tmp_path: Path) -> None:
    async with emulator(tmp_path) as (server, service), aiohttp.ClientSession() as http:
        async with http.get(f"{server.url}/v1.0/users") as naked:
            assert naked.status == 401
        headers = {"Authorization": f"Bearer {await service.token(http)}"}
        async with http.get(f"{server.url}/v1.0/users", headers=headers) as good:
            assert good.status == 200
        async with http.post(f"{server.url}/emulator/tokens/revoke", headers=KEY) as revoked:
            assert (await revoked.json())["revoked"] == 1
        async with http.get(f"{server.url}/v1.0/users", headers=headers) as stale:
            assert stale.status == 401
            assert (await stale.json())["error"]["code"] == "InvalidAuthenticationToken"


async def test_reset_closes_the_connection_and_reply_lost_did_the_work(tmp_path: Path) -> None:
    async with emulator(tmp_path) as (server, service), aiohttp.ClientSession() as http:
        headers = {"Authorization": f"Bearer {await service.token(http)}"}
        url = f"{server.url}/v1.0/communications/getPresencesByUserId"
        for kind in ("reset", "reply_lost"):
            fault = {"kind": kind, "op": "getPresencesByUserId"}
            async with http.post(f"{server.url}/emulator/faults", json=fault, headers=KEY) as set_:
                assert set_.status == 200
            with pytest.raises(aiohttp.ClientError):
                await http.post(url, headers=headers, json={"ids": [service.agent_id]})
        requests = [r for r in server.shell.world.log if r.kind == "request"]
        assert [(r.fault, r.status) for r in requests] == [("reset", 0), ("reply_lost", 200)]


async def test_unanswered_notification_is_posted_again(tmp_path: Path) -> None:
    async with emulator(tmp_path) as (server, service), aiohttp.ClientSession() as http:
        service.status = 503
        body = {"to": "support@contoso.example"}
        async with http.post(f"{server.url}/emulator/calls", json=body, headers=KEY):
            pass
        world = server.shell.world
        await until(lambda: any(r.kind == "notification" for r in world.log))
        service.status = 202
        await until(lambda: any(r.kind == "bridged" for r in world.log))
        posts = [r for r in world.log if r.kind == "notification" and r.what == ("incoming",)]
        assert [(r.status, r.attempt) for r in posts] == [(503, 1), (202, 2)]


async def test_rolled_keys_sign_what_follows(tmp_path: Path) -> None:
    async with emulator(tmp_path) as (server, service), aiohttp.ClientSession() as http:
        body = {"to": "support@contoso.example"}
        async with http.post(f"{server.url}/emulator/calls", json=body, headers=KEY):
            pass
        await until(lambda: len(service.claims) == 1)
        before = server.shell.identity.calling.kid
        roll = {"ring": "calling", "forget": True}
        async with http.post(f"{server.url}/emulator/keys/roll", json=roll, headers=KEY) as rolled:
            assert (await rolled.json())["kid"] != before
        service.claims.clear()
        async with http.post(f"{server.url}/emulator/calls", json=body, headers=KEY):
            pass
        await until(lambda: bool(service.claims))
        assert service.claims[0]["aud"] == server.options.config.applications[0].id


async def test_person_writes_to_the_bot_and_the_bot_answers_in_the_connector(
    tmp_path: Path,
) -> None:
    async with emulator(tmp_path) as (server, service), aiohttp.ClientSession() as http:
        message = {"from": ADA, "text": "status"}
        async with http.post(f"{server.url}/emulator/chat", json=message, headers=KEY) as sent:
            assert (await sent.json())["status"] == 201
        activity = service.activities[0]
        assert activity["text"] == "status"
        url = activity["serviceUrl"] + f"v3/conversations/{activity['conversation']['id']}"
        async with http.post(f"{url}/activities", json={"type": "message"}) as naked:
            assert naked.status == 401
        headers = await _connector_token(http, service.environment)
        reply = {"type": "message", "text": "Ready"}
        async with http.post(f"{url}/activities", json=reply, headers=headers) as posted:
            activity_id = (await posted.json())["id"]
        async with http.put(
            f"{url}/activities/{activity_id}", json=reply | {"text": "Away"}, headers=headers
        ) as updated:
            assert updated.status == 200
        async with http.get(f"{server.url}/emulator/chat?user={ADA}", headers=KEY) as chat:
            rows = (await chat.json())["activities"]
        assert [(row["activity"]["text"], row["updates"]) for row in rows] == [("Away", 1)]


OFFER = {
    "type": "message",
    "attachments": [
        {
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": {
                "body": [{"type": "RichTextBlock", "id": "offered", "inlines": []}],
                "actions": [{"type": "Action.Execute", "verb": "accept", "data": {"offer": "1-9"}}],
            },
        }
    ],
}


async def test_over_http_people_install_and_press_and_the_connector_refuses_strangers(
    tmp_path: Path,
) -> None:
    async with emulator(tmp_path) as (server, service), aiohttp.ClientSession() as http:
        url = f"{server.url}/emulator/chat"
        for path, body in (("install", {"from": "nobody"}), ("press", {"from": ADA, "verb": "x"})):
            async with http.post(f"{url}/{path}", json=body, headers=KEY) as refused:
                assert refused.status in (400, 404)
                assert "error" in await refused.json()
        async with http.post(f"{url}/press", json={}) as refused:
            assert refused.status == 401
        token = await _connector_token(http, service.environment)
        person = server.shell.world.directory.person(ADA)
        assert person is not None
        conversation = (
            f"{server.url}/connector/v3/conversations/{conversation_of(person)}/activities"
        )
        async with http.post(conversation, json=OFFER, headers=token) as refused:
            assert refused.status == 403
        async with http.post(f"{url}/install", json={"from": ADA}, headers=KEY) as installed:
            assert installed.status == 200
        await until(lambda: len(service.activities) == 2)
        async with http.post(conversation, json=OFFER, headers=token) as taken:
            assert taken.status == 201
        press = {"from": ADA, "verb": "accept"}
        async with http.post(f"{url}/press", json=press, headers=KEY) as pressed:
            assert (await pressed.json())["status"] == 201
        assert service.activities[-1]["value"]["action"]["data"]["offer"] == "1-9"
        async with http.post(f"{url}/remove", json={"from": ADA}, headers=KEY) as removed:
            assert removed.status == 200
        async with http.post(conversation, json=OFFER, headers=token) as refused:
            assert refused.status == 403


async def _connector_token(
    http: aiohttp.ClientSession, environment: dict[str, str]
) -> dict[str, str]:
    query = {"resource": "https://api.botframework.com", "api-version": "2019-08-01"}
    identity = {"X-IDENTITY-HEADER": environment["IDENTITY_HEADER"]}
    async with http.get(environment["IDENTITY_ENDPOINT"], params=query, headers=identity) as answer:
        return {"Authorization": f"Bearer {(await answer.json())['access_token']}"}


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("calls", {"to": "nobody@contoso.example"}, "nobody@contoso.example"),
        ("calls", {"to": "support@contoso.example", "kind": "alien"}, "kind is one of"),
        ("switches", {"roster": "loud"}, "roster is one of"),
        ("faults", {"kind": "earthquake"}, "kind is one of"),
        ("press", {"party": "x"}, "key is missing"),
    ],
)
async def test_controls_say_what_is_wrong(
    tmp_path: Path, path: str, body: dict[str, Any], said: str
) -> None:
    async with emulator(tmp_path) as (server, _), aiohttp.ClientSession() as http:
        url = f"{server.url}/emulator/{path}"
        async with http.post(url, json=body, headers=KEY) as refused:
            assert refused.status == 400
            assert said in (await refused.json())["error"]


async def test_controls_need_the_key(tmp_path: Path) -> None:
    async with emulator(tmp_path) as (server, _), aiohttp.ClientSession() as http:
        for method, path in (("GET", "state"), ("POST", "calls"), ("GET", "chat")):
            async with http.request(method, f"{server.url}/emulator/{path}") as refused:
                assert refused.status == 401


async def test_taken_port_is_one_sentence_with_the_remedy(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        server = Server(Options(config=default_config(), folder=tmp_path, port=port))
        with pytest.raises(PortTaken, match=f"Port {port} .* choose another with --port"):
            await server.start()
