"""Recordings between the routing's words and the wire, both ways; and their own addresses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from kit.scripted_graph import EffectsScene, ok
from kit.store import Ticks
from kit.virtual_time import run_virtual

from bot.inbound import events_from
from bot.web.media import media_routes
from graph.notification_kinds import OperationEnded
from routing.commands import FetchRecording, Record, Say, SetRecording
from routing.events import RecordingAllowed, RecordingEnded
from store.contract import Store
from store.database import open_store

RECORD = Record(
    id="1",
    call="leg",
    say=Say(prompt="system:voicemail_greeting"),
    most_ms=90_000,
    silence_ms=5_000,
    first_silence_ms=8_000,
)


def operation(kind: str, status: str = "completed", **told: Any) -> OperationEnded:
    return OperationEnded(
        call_id="c", wire_id="C", operation_id="o", kind=kind, client_context="1-9", status=status,
        **told,
    )  # fmt: skip


def test_the_end_of_a_recording_brings_its_place() -> None:
    told = operation("record", code=200, recording_location="https://r/1", recording_token="opens")
    assert events_from(told, app="a", tenant="t") == (
        RecordingEnded(
            call="C", context="1-9", ok=True, location="https://r/1", token="opens", code=200
        ),
    )
    failed = operation("record", "failed", code=400, subcode=8514)
    [event] = events_from(failed, app="a", tenant="t")
    assert event == RecordingEnded(call="C", context="1-9", ok=False, code=400, subcode=8514)


def test_the_word_on_recording_is_an_event() -> None:
    for status, allowed in (("completed", True), ("failed", False)):
        told = operation("updateRecordingStatus", status)
        assert events_from(told, app="a", tenant="t") == (
            RecordingAllowed(call="C", context="1-9", ok=allowed),
        )


def test_a_recording_is_one_request_that_stops_what_plays() -> None:
    async def whole() -> None:
        async with EffectsScene() as scene:
            scene.graph.script["recordResponse"] = [ok(id="op", status="running")]
            scene.effects.take([RECORD])
            await asyncio.sleep(1)
            assert scene.graph.operations == ["recordResponse"]
            body = json.loads(scene.graph.requests[0].body or b"")
            assert body["bargeInAllowed"] is True
            assert body["playBeep"] is True
            assert body["stopTones"] == ["#"]
            assert body["maxRecordDurationInSeconds"] == 90
            assert body["maxSilenceTimeoutInSeconds"] == 5
            assert body["initialSilenceTimeoutInSeconds"] == 8
            assert len(body["prompts"]) == 1
            assert body["clientContext"] == "1"

    run_virtual(whole())


def test_a_recording_that_was_possibly_begun_is_not_begun_again() -> None:
    async def whole() -> None:
        async with EffectsScene() as scene:
            scene.effects.hold()
            scene.effects.release([RECORD, SetRecording(id="2", call="leg", on=True)])
            await asyncio.sleep(1)
            assert scene.graph.operations == ["updateRecordingStatus"]
            assert scene.outcome("1").problem == "unknown"

    run_virtual(whole())


def test_who_is_no_longer_owner_fetches_nothing_more_and_leaves_the_row_to_the_next() -> None:
    """Else it would give up after three minutes, and say so of what the next has fetched."""
    fetch = FetchRecording(
        id="3", contact="1-2", voicemail="1-9", location="https://r/1", token="t"
    )

    async def whole() -> None:
        async with EffectsScene() as scene:
            scene.effects.take([fetch])
            await asyncio.sleep(2)
            scene.is_owner = False
            await asyncio.sleep(600)
            assert scene.told == []

    run_virtual(whole())


@pytest.mark.parametrize("status", ["completed", "failed"])
def test_the_reply_may_be_the_word_on_recording(status: str) -> None:
    async def whole() -> None:
        async with EffectsScene() as scene:
            scene.graph.script["updateRecordingStatus"] = [ok(id="op", status=status)]
            scene.effects.take([SetRecording(id="2", call="leg", on=True)])
            await asyncio.sleep(1)
            assert scene.outcome("2").finished == status
            body = json.loads(scene.graph.requests[0].body or b"")
            assert body == {"status": "recording", "clientContext": "2"}

    run_virtual(whole())


# -- the address at which a caller's words are played ----------------------------------------------


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path}/s.db", monotonic=Ticks())
    yield opened
    await opened.close()


async def test_the_address_plays_while_it_is_open_and_nobody_may_keep_it(store: Store) -> None:
    token = "0123456789abcdef" * 2
    await store.voicemails.keep_audio("t", "1-9", 1, b"RIFF words")
    await store.voicemails.open_link(token, "t", "1-9", 1_000)
    now = [999]
    app = web.Application()
    app.add_routes(media_routes(store.voicemails, lambda: now[0]))
    async with TestClient(TestServer(app)) as client:
        async with client.get(f"/media/{token}.wav") as answer:
            assert (answer.status, await answer.read()) == (200, b"RIFF words")
            assert answer.headers["Cache-Control"] == "no-store"
        for path in (f"/media/{token[:-1]}.wav", "/media/x.wav", f"/media/{token.upper()}.wav"):
            async with client.get(path) as answer:
                assert answer.status == 404
        now[0] = 1_000
        async with client.get(f"/media/{token}.wav") as answer:
            assert answer.status == 404
