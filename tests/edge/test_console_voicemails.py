"""Messages in the console: who may list, hear, mark and delete them; parts of their sound."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from kit.archived import SUPERVISOR, TENANT
from kit.console_house import ConsoleHouse, console_house

from routing.word_events import Mark
from store.voicemails import Line

OF_SALES = "00000000-0000-0000-0000-0000000000bb"
SOUND = b"RIFF" + bytes(range(100))


def line(number: int, queue: str = "support", result: str = "message") -> Line:
    return Line(
        tenant=TENANT,
        id=f"1-{number}",
        contact="1-1",
        queue=queue,
        result=result,
        left_at=1_000 + number,
        delete_at=9_999_999,
        caller_kind="number",
        caller="+4930123456",
        caller_name="",
        language="en",
        length_ms=4_000,
        problem="",
    )


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[ConsoleHouse]:
    async with console_house(tmp_path) as found:
        for each in (line(1), line(2), line(3, "sales"), line(4, result="wish")):
            await found.store.voicemails.list_message(each)
        await found.store.voicemails.keep_audio(TENANT, "1-1", 1, SOUND)
        await found.store.voicemails.keep_audio(TENANT, "1-3", 1, SOUND)
        yield found


async def asked(
    house: ConsoleHouse, method: str, path: str, token: str, **how: Any
) -> tuple[int, Any, Any]:
    headers = {"Authorization": token} | how.pop("headers", {})
    async with house.client.request(method, path, headers=headers, **how) as answer:
        raw = await answer.read()
        kind = answer.content_type
        return answer.status, await answer.json() if kind == "application/json" else raw, answer


def supervisor(house: ConsoleHouse) -> str:
    return house.token("Supervisor")


def agent(house: ConsoleHouse) -> str:
    """One of the desk's agents: of both queues."""
    return house.token("Agent", oid="a0", name="Ada Agent")


async def test_a_supervisor_sees_the_messages_of_their_queues_newest_first(
    house: ConsoleHouse,
) -> None:
    _, body = await house.get("/api/voicemails", supervisor(house))
    assert [each["id"] for each in body["voicemails"]] == ["1-4", "1-2", "1-1"]
    first = body["voicemails"][-1]
    assert (first["caller"], first["title"], first["length_ms"]) == ("+4930123456", "Support", 4000)
    assert (first["heard"], first["owner"], first["done"]) == (None, None, None)


async def test_a_member_of_the_queue_sees_them_and_a_stranger_none(house: ConsoleHouse) -> None:
    _, body = await house.get("/api/voicemails", agent(house))
    assert len(body["voicemails"]) == 4
    stranger = house.token("Agent", oid=OF_SALES)
    _, body = await house.get("/api/voicemails", stranger)
    assert body["voicemails"] == []
    for path in ("/api/voicemails/1-1", "/api/voicemails/1-1/audio"):
        assert (await house.get(path, stranger))[0] == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/voicemails/1-3"),
        ("GET", "/api/voicemails/1-3/audio"),
        ("POST", "/api/voicemails/1-3/owner"),
        ("POST", "/api/voicemails/1-3/done"),
        ("DELETE", "/api/voicemails/1-3"),
    ],
)
async def test_another_queues_message_does_not_exist(
    house: ConsoleHouse, method: str, path: str
) -> None:
    how = {"json": {"on": True}} if method == "POST" else {}
    status, body, _ = await asked(house, method, path, supervisor(house), **how)
    assert (status, body) == (404, {"error": "There is no message '1-3'."})
    assert house.marks == []
    assert await house.store.voicemails.audio(TENANT, "1-3") == SOUND


async def test_without_a_token_nothing_is_heard(house: ConsoleHouse) -> None:
    assert (await house.get("/api/voicemails/1-1/audio"))[0] == 401
    assert (await house.get("/api/voicemails"))[0] == 401


async def test_the_sound_whole_and_in_parts(house: ConsoleHouse) -> None:
    path, token = "/api/voicemails/1-1/audio", supervisor(house)
    status, body, answer = await asked(house, "GET", path, token)
    assert (status, body, answer.content_type) == (200, SOUND, "audio/wav")
    assert answer.headers["Cache-Control"] == "no-store"
    part = await asked(house, "GET", path, token, headers={"Range": "bytes=4-7"})
    assert (part[0], part[1]) == (206, SOUND[4:8])
    assert part[2].headers["Content-Range"] == f"bytes 4-7/{len(SOUND)}"
    last = await asked(house, "GET", path, token, headers={"Range": "bytes=-4"})
    assert (last[0], last[1]) == (206, SOUND[-4:])
    beyond = await asked(house, "GET", path, token, headers={"Range": "bytes=999-"})
    assert beyond[0] == 416
    odd = await asked(house, "GET", path, token, headers={"Range": "bytes=5-1,x"})
    assert (odd[0], odd[1]) == (200, SOUND)


async def test_who_hears_it_first_is_noted_once(house: ConsoleHouse) -> None:
    path = "/api/voicemails/1-1/audio"
    await asked(house, "GET", path, agent(house))
    await asked(house, "GET", path, supervisor(house))
    _, body = await house.get("/api/voicemails/1-1", supervisor(house))
    assert body["heard"]["by"] == "Ada Agent"
    [mark] = house.marks
    assert (mark.mark, mark.voicemail, mark.contact, mark.by) == (
        Mark.HEARD,
        "1-1",
        "1-1",
        "Ada Agent",
    )


@pytest.mark.parametrize("number", [2, 4])
async def test_a_message_without_sound_is_no_sound(house: ConsoleHouse, number: int) -> None:
    status, body, _ = await asked(
        house, "GET", f"/api/voicemails/1-{number}/audio", supervisor(house)
    )
    assert (status, body) == (404, {"error": "There is no sound of this message."})
    assert house.marks == []


async def test_somebody_takes_care_of_it_and_lets_go(house: ConsoleHouse) -> None:
    path, token = "/api/voicemails/1-1/owner", agent(house)
    _, body, _ = await asked(house, "POST", path, token, json={"on": True})
    assert body["owner"] == {"name": "Ada Agent", "mine": True}
    _, body = await house.get("/api/voicemails/1-1", supervisor(house))
    assert body["owner"] == {"name": "Ada Agent", "mine": False}
    _, body, _ = await asked(house, "POST", path, token, json={"on": False})
    assert body["owner"] is None
    assert [(mark.mark, mark.on) for mark in house.marks] == [
        (Mark.OWNED, True),
        (Mark.OWNED, False),
    ]


async def test_what_was_dealt_with_leaves_the_open_ones(house: ConsoleHouse) -> None:
    token = supervisor(house)
    await asked(house, "POST", "/api/voicemails/1-2/done", token, json={"on": True})
    _, body = await house.get("/api/voicemails?open=1", token)
    assert [each["id"] for each in body["voicemails"]] == ["1-4", "1-1"]
    await asked(house, "POST", "/api/voicemails/1-2/done", token, json={"on": False})
    _, body = await house.get("/api/voicemails?open=1", token)
    assert len(body["voicemails"]) == 3


@pytest.mark.parametrize("raw", [b"", b"x", b"[]", b'{"on": 1}', b'{"off": true}', b"{" * 5000])
async def test_a_body_that_says_nothing_is_refused_in_words(
    house: ConsoleHouse, raw: bytes
) -> None:
    status, body, _ = await asked(
        house, "POST", "/api/voicemails/1-1/done", supervisor(house), data=raw
    )
    assert (status, '{"on": true}' in body["error"]) == (400, True)


async def test_a_supervisor_deletes_it_and_an_agent_does_not(house: ConsoleHouse) -> None:
    assert (await asked(house, "DELETE", "/api/voicemails/1-1", agent(house)))[0] == 403
    status, body, _ = await asked(house, "DELETE", "/api/voicemails/1-1", supervisor(house))
    assert (status, body) == (200, {"deleted": "1-1"})
    assert await house.store.voicemails.audio(TENANT, "1-1") is None
    assert [mark.mark for mark in house.marks] == [Mark.DELETED]


async def test_pages_go_on_where_the_last_one_ended(house: ConsoleHouse) -> None:
    token, seen, before = agent(house), [], ""
    for _ in range(9):
        _, body = await house.get(f"/api/voicemails?limit=1&before={before}", token)
        seen += [each["id"] for each in body["voicemails"]]
        before = body["before"]
        if before is None:
            break
    assert seen == ["1-4", "1-3", "1-2", "1-1"]
    assert (await house.get("/api/voicemails?before=x", token))[0] == 400
    _, body = await house.get("/api/voicemails?queue=sales", token)
    assert [each["id"] for each in body["voicemails"]] == ["1-3"]


async def test_an_auditor_reads_the_list_and_hears_nothing(house: ConsoleHouse) -> None:
    token = house.token("Auditor", oid=SUPERVISOR)
    assert len((await house.get("/api/voicemails", token))[1]["voicemails"]) == 4
    assert (await house.get("/api/voicemails/1-1/audio", token))[0] == 403
