"""The recorder before the service: passes everything on, and puts down what it sees."""

import gzip
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from kit.source_tree import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
from record_hour import Recorder
from tenant_hour import opened

NOTICE = {
    "value": [
        {
            "changeType": "deleted",
            "resourceUrl": "/communications/calls/abc",
            "resourceData": {"state": "terminated", "resultInfo": {"code": 200, "subCode": 4521}},
        }
    ]
}
SAYS_HELLO = gzip.compress(b"hello")


async def service(request: web.Request) -> web.Response:
    """Says what came to it."""
    if request.path == "/prompts/a.wav":
        return web.Response(body=SAYS_HELLO, headers={"Content-Encoding": "gzip", "ETag": "x"})
    if request.path == "/moved":
        return web.Response(status=302, headers={"Location": "/elsewhere"})
    told = {
        "method": request.method,
        "path": request.raw_path,
        "token": request.headers.get("Authorization"),
        "body": (await request.read()).decode(),
    }
    return web.json_response(told, status=202)


@asynccontextmanager
async def recorded(file: Path) -> AsyncIterator[tuple[aiohttp.ClientSession, TestServer, str]]:
    """A client, the service, and the recorder's address."""
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", service)
    async with TestServer(app) as behind:
        recorder = Recorder(str(behind.make_url("")), opened(file))
        async with TestServer(recorder.app()) as front, aiohttp.ClientSession() as client:
            yield client, behind, str(front.make_url("")).rstrip("/")


async def test_requests_and_answers_pass_as_they_came(tmp_path: Path) -> None:
    async with recorded(tmp_path / "hour.json") as (client, _, front):
        headers = {"Authorization": "Bearer a.b.c"}
        async with client.put(f"{front}/api/x%2Fy?q=1", data=b"body", headers=headers) as reply:
            assert reply.status == 202
            assert await reply.json() == {
                "method": "PUT",
                "path": "/api/x%2Fy?q=1",
                "token": "Bearer a.b.c",
                "body": "body",
            }
        async with client.get(f"{front}/prompts/a.wav") as reply:
            assert reply.headers["ETag"] == "x"
            assert await reply.read() == b"hello"
        async with client.get(f"{front}/moved", allow_redirects=False) as reply:
            assert (reply.status, reply.headers["Location"]) == (302, "/elsewhere")


async def test_what_the_wire_tells_is_put_down_and_what_was_said_by_hand_stays(
    tmp_path: Path,
) -> None:
    file = tmp_path / "hour.json"
    opened(file).put("result_numbers", "string", "saw it myself")
    opened(file).put("subcode_key", "not seen", "")
    async with recorded(file) as (client, _, front):
        reply = await client.post(f"{front}/api/calls/cmd-1", json=NOTICE)
        assert json.loads((await reply.json())["body"]) == NOTICE
    kept = opened(file).answers
    assert kept["subcode_key"] == {"answer": "subCode", "note": "on the wire"}
    assert kept["resource_url"]["answer"] == "url_only"
    assert kept["result_numbers"] == {"answer": "string", "note": "saw it myself"}
    assert "4521" not in file.read_text()


async def test_a_service_that_is_away_is_a_502_and_the_recorder_goes_on(tmp_path: Path) -> None:
    async with recorded(tmp_path / "hour.json") as (client, behind, front):
        await behind.close()
        for _ in range(2):
            async with client.post(f"{front}/api/calls", json=NOTICE) as reply:
                assert reply.status == 502
    assert opened(tmp_path / "hour.json").answers["subcode_key"]["answer"] == "subCode"


async def test_chat_is_passed_on_and_not_looked_at(tmp_path: Path) -> None:
    async with recorded(tmp_path / "hour.json") as (client, _, front):
        reply = await client.post(f"{front}/api/messages", json=NOTICE)
        assert (reply.status, bool(await reply.read())) == (202, True)
    assert not (tmp_path / "hour.json").exists()
