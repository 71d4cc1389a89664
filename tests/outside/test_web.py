"""What is asked of other systems, and how little of them is believed: over real TLS on loopback."""

import asyncio
import hashlib
import hmac
import json
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from kit.outside_servers import NOW_MS, Answer, Site, outside, site

from bot.outside.web import LARGEST, NotAnswered, OutsideWeb, Question, Why

SECRET = "0123456789abcdef-crm"
Story = Callable[[Site, OutsideWeb], Awaitable[None]]


def answers(body: bytes | str, kind: str = "application/json", **more: Any) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        content = body if isinstance(body, bytes) else body.encode()
        headers = {"Content-Type": kind, **more.get("headers", {})}
        return web.Response(body=content, headers=headers, status=more.get("status", 200))

    return answer


def play(folder: Path, answer: Answer, story: Story) -> None:
    async def whole() -> None:
        async with site(folder, answer) as here, outside(here) as asking:
            await story(here, asking)

    asyncio.run(whole())


def why(folder: Path, answer: Answer, *, within_ms: int = 5_000, **question: Any) -> str:
    """Why there is no answer."""
    found: list[Why] = []

    async def story(here: Site, asking: OutsideWeb) -> None:
        given = {"url": here.url(), "body": {}, "private": True} | question
        with pytest.raises(NotAnswered) as caught:
            await asking.ask(Question(**given), within_ms)
        found.append(caught.value.why)

    play(folder, answer, story)
    return found[0].value


def test_an_object_comes_back_and_the_question_was_json(tmp_path: Path) -> None:
    async def story(here: Site, asking: OutsideWeb) -> None:
        question = Question(
            url=here.url(path="/who?x=1"), body={"id": "1-2", "caller": "김"}, private=True
        )
        assert await asking.ask(question, 5_000) == {"customer": {"tier": "gold"}}
        assert json.loads(here.bodies[0]) == {"id": "1-2", "caller": "김"}
        assert here.headers[0]["Content-Type"] == "application/json"
        assert "Switchboard-Signature" not in here.headers[0]
        assert "Cookie" not in here.headers[0]

    play(tmp_path, answers('{"customer": {"tier": "gold"}}'), story)


def test_a_signature_proves_body_and_time(tmp_path: Path) -> None:
    async def story(here: Site, asking: OutsideWeb) -> None:
        await asking.ask(
            Question(url=here.url(), body={"id": "1"}, secret=SECRET, private=True), 5_000
        )
        at = NOW_MS // 1000
        proof = hmac.new(SECRET.encode(), f"{at}.".encode() + here.bodies[0], hashlib.sha256)
        assert here.headers[0]["Switchboard-Signature"] == f"t={at},v1={proof.hexdigest()}"

    play(tmp_path, answers("{}"), story)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (answers("<html></html>", "text/html"), Why.NOT_JSON),
        (answers("<html></html>"), Why.NOT_JSON),
        (answers("[1, 2]"), Why.NOT_JSON),
        (answers('"text"'), Why.NOT_JSON),
        (answers(""), Why.NOT_JSON),
        (answers(b"\xff\xfe{}"), Why.NOT_JSON),
        (answers('{"a":' * 40_000 + "1" + "}" * 4), Why.TOO_LARGE),
        (answers("[" * 30_000 + "]" * 30_000), Why.NOT_JSON),
        (answers("{" + '"a":[' * 9_000 + "]" * 9_000 + "}"), Why.NOT_JSON),
        (answers(b"x" * (10 * 1024 * 1024)), Why.TOO_LARGE),
        (answers("{}", status=500), Why.STATUS),
        (answers("{}", status=204), Why.STATUS),
        (answers("{}", status=401), Why.STATUS),
        (
            answers("", status=302, headers={"Location": "http://169.254.169.254/metadata"}),
            Why.REDIRECT,
        ),
        (answers("", status=307, headers={"Location": "/elsewhere"}), Why.REDIRECT),
        (answers("{}", headers={"Content-Encoding": "gzip"}), Why.NOT_JSON),
    ],
)
def test_an_answer_of_no_use_has_a_reason(tmp_path: Path, answer: Answer, reason: Why) -> None:
    assert why(tmp_path, answer) == reason.value


def test_no_cookie_is_kept_and_no_proxy_of_the_environment_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy would look names up for us, past every guard."""
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    async def story(here: Site, asking: OutsideWeb) -> None:
        question = Question(url=here.url(), body={}, private=True)
        for _ in range(2):
            assert await asking.ask(question, 5_000) == {}
        assert "Cookie" not in here.headers[1]

    play(tmp_path, answers("{}", headers={"Set-Cookie": "a=b; Path=/"}), story)


def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    async def story(here: Site, asking: OutsideWeb) -> None:
        with pytest.raises(NotAnswered):
            await asking.ask(Question(url=here.url(), body={}, private=True), 5_000)
        assert len(here.bodies) == 1

    play(tmp_path, answers("", status=307, headers={"Location": "/again"}), story)


def test_a_body_without_an_end_is_cut_off(tmp_path: Path) -> None:
    sent: list[int] = []

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        try:
            while True:
                await response.write(b" " * 10_000)
                sent.append(10_000)
        except ConnectionError:
            return response

    assert why(tmp_path, endless) == Why.TOO_LARGE.value
    assert sum(sent) < 20 * 1024 * 1024


async def _never(_: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError


async def _drips(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("answer", [_never, _drips])
def test_who_hangs_or_drips_is_late(tmp_path: Path, answer: Answer) -> None:
    assert why(tmp_path, answer, within_ms=200) == Why.LATE.value


def test_a_certificate_of_strangers_is_not_believed(tmp_path: Path) -> None:
    async def whole() -> None:
        own, other = tmp_path / "own", tmp_path / "other"
        own.mkdir()
        other.mkdir()
        async with site(own, answers("{}")) as here, site(other, answers("{}")) as strangers:
            async with outside(strangers) as asking:
                with pytest.raises(NotAnswered) as caught:
                    await asking.ask(Question(url=here.url(), body={}, private=True), 5_000)
                assert caught.value.why is Why.TLS
            assert here.bodies == []

    asyncio.run(whole())


def test_a_certificate_must_name_the_host(tmp_path: Path) -> None:
    async def whole() -> None:
        async def find(host: str, _: int) -> list[str]:
            return ["127.0.0.1"]

        async with site(tmp_path, answers("{}")) as here, outside(here, find) as asking:
            with pytest.raises(NotAnswered) as caught:
                await asking.ask(
                    Question(url=here.url("crm.contoso.example"), body={}, private=True), 5_000
                )
            assert caught.value.why is Why.TLS

    asyncio.run(whole())


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1:PORT/",
        "https://[::1]:PORT/",
        "https://[::ffff:127.0.0.1]:PORT/",
        "https://localhost:PORT/",
        "https://127.1:PORT/",
        "https://2130706433:PORT/",
        "https://169.254.169.254/metadata/instance",
        "https://[::ffff:a9fe:a9fe]/latest",
        "http://localhost:PORT/",
        "ftp://localhost/",
        "https:///",
    ],
)
def test_an_address_of_the_inside_is_not_asked_however_it_is_written(
    tmp_path: Path, url: str
) -> None:
    async def story(here: Site, asking: OutsideWeb) -> None:
        question = Question(url=url.replace("PORT", str(here.port)), body={})
        with pytest.raises(NotAnswered) as caught:
            await asking.ask(question, 5_000)
        assert caught.value.why in (Why.ADDRESS, Why.UNREACHABLE)
        assert here.bodies == []

    play(tmp_path, answers("{}"), story)


@pytest.mark.parametrize(
    "host",
    [
        "１２７.0.0.1",
        "①②⑦.0.0.1",
        "127。0。0。1",
        "𝟙𝟚𝟟.0.0.1",
        "127.0.0.1%2f",
        "2130706433",
        "127.1",
    ],
)
def test_not_even_a_connection_is_made_to_the_inside_in_other_digits(host: str) -> None:
    """Such hosts are numbers to the client, which then looks nothing up."""

    async def whole() -> None:
        reached: list[object] = []

        async def taken(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            reached.append(writer.get_extra_info("peername"))
            writer.close()

        async with await asyncio.start_server(taken, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            asking = OutsideWeb(trusted=ssl.create_default_context(), now_ms=lambda: NOW_MS)
            with pytest.raises(NotAnswered) as caught:
                await asking.ask(Question(url=f"https://{host}:{port}/", body={}), 5_000)
            await asking.close()
            assert caught.value.why is Why.ADDRESS
            assert not reached

    asyncio.run(whole())


def test_a_metadata_service_in_other_digits_is_not_asked_not_even_by_a_private_webhook() -> None:
    async def whole() -> None:
        asking = OutsideWeb(trusted=ssl.create_default_context(), now_ms=lambda: NOW_MS)
        question = Question(url="https://１６９.254.169.254/metadata", body={}, private=True)
        with pytest.raises(NotAnswered) as caught:
            await asking.ask(question, 5_000)
        await asking.close()
        assert caught.value.why is Why.ADDRESS

    asyncio.run(whole())


@pytest.mark.parametrize("inside", [["127.0.0.1"], ["1.1.1.1", "127.0.0.1"], ["::ffff:7f00:1"]])
def test_a_name_that_leads_inside_is_not_asked_not_even_by_one_of_its_addresses(
    tmp_path: Path, inside: list[str]
) -> None:
    async def whole() -> None:
        async def find(host: str, _: int) -> list[str]:
            return inside

        async with site(tmp_path, answers("{}")) as here, outside(here, find) as asking:
            with pytest.raises(NotAnswered) as caught:
                await asking.ask(Question(url=here.url("localhost"), body={}), 5_000)
            assert caught.value.why is Why.ADDRESS
            assert here.bodies == []

    asyncio.run(whole())


def test_a_name_is_looked_up_once_for_a_connection(tmp_path: Path) -> None:
    """Who answers differently the second time gains nothing: nobody asks a second time."""

    async def whole() -> None:
        asked: list[str] = []

        async def find(host: str, _: int) -> list[str]:
            asked.append(host)
            return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

        async with site(tmp_path, answers("{}")) as here, outside(here, find) as asking:
            question = Question(url=here.url(), body={}, private=True)
            for _ in range(3):
                assert await asking.ask(question, 5_000) == {}
            assert asked == ["localhost"]
            assert len(here.bodies) == 3

    asyncio.run(whole())


def test_a_lookup_that_hangs_is_late(tmp_path: Path) -> None:
    async def whole() -> None:
        async def find(host: str, _: int) -> list[str]:
            await asyncio.Event().wait()
            return []

        async with site(tmp_path, answers("{}")) as here, outside(here, find) as asking:
            with pytest.raises(NotAnswered) as caught:
                await asking.ask(Question(url=here.url(), body={}, private=True), 100)
            assert caught.value.why is Why.LATE

    asyncio.run(whole())


def test_a_name_that_nobody_knows_is_not_reachable(tmp_path: Path) -> None:
    async def whole() -> None:
        async def find(host: str, _: int) -> list[str]:
            raise OSError(-2, "Name or service not known")

        async with site(tmp_path, answers("{}")) as here, outside(here, find) as asking:
            with pytest.raises(NotAnswered) as caught:
                await asking.ask(Question(url=here.url(), body={}, private=True), 5_000)
            assert caught.value.why is Why.UNREACHABLE

    asyncio.run(whole())


def test_a_question_that_is_too_long_is_not_asked(tmp_path: Path) -> None:
    assert why(tmp_path, answers("{}"), body={"a": "x" * LARGEST}) == Why.TOO_LARGE.value


def test_a_kept_connection_that_the_other_side_closed_is_made_anew(tmp_path: Path) -> None:
    async def closes(request: web.Request) -> web.StreamResponse:
        response = web.json_response({})
        asyncio.get_running_loop().call_soon(_close, request)
        return response

    async def story(here: Site, asking: OutsideWeb) -> None:
        question = Question(url=here.url(), body={}, private=True)
        for _ in range(3):
            assert await asking.ask(question, 5_000) == {}

    play(tmp_path, closes, story)


def _close(request: web.Request) -> None:
    if request.transport is not None:
        asyncio.get_running_loop().call_later(0.02, request.transport.close)


def test_one_that_hangs_does_not_keep_others_from_being_asked(tmp_path: Path) -> None:
    async def by_path(request: web.Request) -> web.StreamResponse:
        return await _never(request) if request.path == "/hangs" else web.json_response({})

    async def story(here: Site, asking: OutsideWeb) -> None:
        hanging = [
            asyncio.ensure_future(
                asking.ask(Question(url=here.url(path="/hangs"), body={}, private=True), 2_000)
            )
            for _ in range(8)
        ]
        await asyncio.sleep(0)
        assert await asking.ask(Question(url=here.url(), body={}, private=True), 5_000) == {}
        for each in hanging:
            each.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)

    play(tmp_path, by_path, story)
