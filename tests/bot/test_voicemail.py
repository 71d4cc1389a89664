"""A message from the beep to the team's list: the service's own parts against the emulator's world,
on bad days, and with the process dying at each await of fetching, listing and telling."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kit.switchboard_scene import PROMPT_MS, Scene, WorldRecordings, WorldTransport, plan
from kit.virtual_time import run_virtual
from kit.world_chat import WorldGateway

from console.inquiry import Inquiry
from console.timeline import timeline
from emulator.chat import card_in, name_of
from emulator.config import channel_id
from emulator.scripts import Step
from graph.errors import OutcomeUnknown, Refused, Unavailable
from graph.transport import GraphRequest, GraphResponse
from routing.action import Action, ActionKind
from routing.plan import Plan, Queue
from routing.voicemail_rules import VoicemailRules
from store.voicemails import Listed, Voicemails

TEAM = "Support Team"
RETENTION_MS = 20 * 60_000
SPEAKS = Step(do="speak", on="prompt", contains="voicemail_greeting", after_ms=3_000, ms=6_000)


def pressed(key: str, nth: int = 1) -> Step:
    """A key half a second into the menu."""
    del nth
    return Step(do="key", on="prompt", contains="voicemail_menu", after_ms=500, key=key)


def the_plan() -> Plan:
    queue = Queue(
        name="support",
        members=("ada.agent@contoso.example",),
        max_wait_ms=1_000,
        on_max_wait=Action(kind=ActionKind.VOICEMAIL),
        channel=channel_id(TEAM),
        voicemail=VoicemailRules(retention_ms=RETENTION_MS),
    )
    made = plan(queue)
    names = ("greeting", "again", "menu", "kept", "nothing", "lost")
    durations = {f"system:voicemail_{name}": PROMPT_MS for name in names}
    return replace(made, durations=made.durations | durations, keeps_messages=True)


Story = Callable[[Scene], Awaitable[None]]


def played(story: Story, **switches: str) -> Scene:
    made: list[Scene] = []

    async def whole() -> None:
        scene = Scene(plan=the_plan())
        made.append(scene)
        for name, value in switches.items():
            scene.world.switches.set(name, value)
        scene.world.set_presence("ada.agent@contoso.example", "Away", "Away", scene.now)
        async with scene:
            await scene.run_for(1_000)
            scene.world.chat.install_in(TEAM, "ada.agent@contoso.example")
            scene.kick.set()
            await scene.run_for(1_000)
            await story(scene)

    run_virtual(whole())
    return made[0]


async def listed(scene: Scene) -> list[Listed]:
    assert scene.service is not None
    return await scene.service.store.voicemails.page(scene.plan.tenant)


async def sound(scene: Scene, voicemail: str) -> bytes | None:
    assert scene.service is not None
    return await scene.service.store.voicemails.audio(scene.plan.tenant, voicemail)


def cards(scene: Scene) -> list[str]:
    """What the team found in its channel."""
    place = channel_id(TEAM)
    posted = [each for each in scene.world.chat.posted if each.conversation == place]
    return [name for each in posted if (name := name_of(card_in(each.first))).startswith("team_")]


def test_a_message_is_recorded_fetched_listed_and_told() -> None:
    async def story(scene: Scene) -> None:
        scene.call(steps=(SPEAKS, pressed("1")))
        await scene.run_for(60_000)
        [line] = await listed(scene)
        assert (line.result, line.queue, line.caller_kind) == ("message", "support", "number")
        assert line.caller.startswith("+1425555")
        assert 6_000 < line.length_ms < 15_000
        kept = await sound(scene, line.id)
        assert kept is not None
        assert kept.startswith(b"RIFF")
        assert cards(scene) == ["team_voicemail_message"]
        order = scene.ops("updateRecordingStatus", "recordResponse")
        assert order == [
            "updateRecordingStatus 200",
            "recordResponse 200",
            "updateRecordingStatus 200",
        ]

    played(story)


@pytest.mark.parametrize("spelling", ["upper", "mixed"])
def test_a_message_is_kept_however_graph_spells_the_id_of_its_call(spelling: str) -> None:
    async def story(scene: Scene) -> None:
        for _ in range(4):
            scene.call(steps=(SPEAKS, pressed("1")))
            await scene.run_for(500)
        await scene.run_for(60_000)
        assert [line.result for line in await listed(scene)] == ["message"] * 4

    played(story, call_id_case=spelling)


def test_the_callers_words_are_played_from_an_address_that_is_closed_again() -> None:
    fetched: list[str] = []

    async def story(scene: Scene) -> None:
        hears = Step(do="key", on="prompt", contains="/media/", after_ms=500, key="1")
        scene.call(steps=(SPEAKS, pressed("2"), hears))
        await scene.run_for(60_000)
        [line] = await listed(scene)
        assert line.result == "message"
        heard = [r.detail for r in scene.world.log if r.kind == "heard" and r.what == "prompt"]  # type: ignore[attr-defined]
        own = [uri for uri in heard if "/media/" in uri]
        assert len(own) == 1
        token = own[0].rpartition("/")[2].removesuffix(".wav")
        assert len(token) == 32
        fetched.append(token)
        assert scene.service is not None
        assert await scene.service.store.voicemails.linked(token, scene.now) is None

    played(story)
    assert fetched


def test_the_address_is_open_while_it_plays_and_five_minutes_at_most() -> None:
    async def story(scene: Scene) -> None:
        assert scene.service is not None
        store = scene.service.store.voicemails
        await store.keep_audio(scene.plan.tenant, "1-1", scene.now, b"RIFF")
        prompt = await scene.board.effects._outbound._own_words.open("1-1")  # type: ignore[union-attr]
        token = prompt.uri.rpartition("/")[2].removesuffix(".wav")
        assert await store.linked(token, scene.now) == b"RIFF"
        assert await store.linked(token, scene.now + 5 * 60_000 - 1) == b"RIFF"
        assert await store.linked(token, scene.now + 5 * 60_000) is None

    played(story)


def test_who_hangs_up_in_the_middle_leaves_what_was_said_so_far() -> None:
    async def story(scene: Scene) -> None:
        hangs_up = Step(do="hang_up", on="prompt", contains="voicemail_greeting", after_ms=6_000)
        scene.call(steps=(SPEAKS, hangs_up))
        await scene.run_for(60_000)
        [line] = await listed(scene)
        assert line.result == "message"
        assert 2_000 < line.length_ms < 4_500
        assert cards(scene) == ["team_voicemail_message"]

    played(story)


def test_a_recording_that_nobody_tells_after_a_hang_up_is_listed_as_failed() -> None:
    async def story(scene: Scene) -> None:
        hangs_up = Step(do="hang_up", on="prompt", contains="voicemail_greeting", after_ms=6_000)
        scene.call(steps=(SPEAKS, hangs_up))
        await scene.run_for(60_000)
        assert [line.result for line in await listed(scene)] == ["failed"]
        assert cards(scene) == ["team_voicemail_failed"]

    played(story, recording_at_hang_up="dropped")


@pytest.mark.parametrize(("value", "result"), [("notified", "message"), ("refused", "failed")])
def test_nothing_is_recorded_without_the_platforms_yes(value: str, result: str) -> None:
    async def story(scene: Scene) -> None:
        scene.call(steps=(SPEAKS, pressed("1")))
        await scene.run_for(60_000)
        assert [line.result for line in await listed(scene)] == [result]
        assert bool(scene.ops("recordResponse")) == (value == "notified")
        assert cards(scene) == [f"team_voicemail_{result}"]

    played(story, recording_status=value)


def test_who_says_nothing_is_listed_as_somebody_to_call() -> None:
    async def story(scene: Scene) -> None:
        scene.call(steps=(Step(do="key", after_ms=999_000, key="1"),))
        await scene.run_for(60_000)
        [line] = await listed(scene)
        assert line.result == "wish"
        assert await sound(scene, line.id) is None
        assert cards(scene) == ["team_voicemail_wish"]

    played(story)


def test_a_cough_is_no_message_and_its_sound_is_deleted() -> None:
    async def story(scene: Scene) -> None:
        scene.call(steps=(replace(SPEAKS, ms=400),))
        await scene.run_for(60_000)
        [line] = await listed(scene)
        assert line.result == "wish"
        assert await sound(scene, line.id) is None

    played(story)


@pytest.mark.parametrize(
    "failures",
    [
        [Unavailable("down", status=503)] * 3,
        [OutcomeUnknown("reset"), Refused("not yet", status=404)],
    ],
)
def test_a_download_that_fails_is_tried_again(failures: list[Any]) -> None:
    async def story(scene: Scene) -> None:
        scene.recording_failures = list(failures)
        scene.call(steps=(SPEAKS, pressed("1")))
        await scene.run_for(60_000)
        assert [line.result for line in await listed(scene)] == ["message"]
        assert cards(scene) == ["team_voicemail_message"]

    played(story)


def test_a_download_that_fails_for_good_still_lists_the_callers_wish() -> None:
    async def story(scene: Scene) -> None:
        scene.recording_failures = [Refused("no", status=403)]
        scene.call(steps=(SPEAKS, pressed("1")))
        await scene.run_for(60_000)
        [line] = await listed(scene)
        assert (line.result, line.problem) == ("failed", "refused")
        assert cards(scene) == ["team_voicemail_failed"]

    played(story)


def test_a_download_that_fails_as_nobody_foresaw_is_listed_too() -> None:
    async def story(scene: Scene) -> None:
        scene.recording_failures = [RuntimeError("nobody foresaw")]
        scene.call(steps=(SPEAKS, pressed("1")))
        await scene.run_for(60_000)
        [line] = await listed(scene)
        assert (line.result, line.problem) == ("failed", "refused")
        assert cards(scene) == ["team_voicemail_failed"]

    played(story)


def test_a_download_that_never_works_is_given_up_and_listed() -> None:
    async def story(scene: Scene) -> None:
        scene.recording_failures = [Unavailable("down", status=503)] * 99
        scene.call(steps=(SPEAKS, pressed("1")))
        await scene.run_for(30_000)
        assert [line.result for line in await listed(scene)] == ["fetching"]
        await scene.run_for(300_000)
        assert [line.result for line in await listed(scene)] == ["failed"]

    played(story)


def test_a_message_that_was_kept_long_enough_is_deleted_and_history_says_so() -> None:
    async def story(scene: Scene) -> None:
        scene.call(steps=(SPEAKS, pressed("1")))
        await scene.run_for(60_000)
        [line] = await listed(scene)
        assert line.delete_at == line.left_at + RETENTION_MS
        await scene.run_for(RETENTION_MS - 60_000)
        assert scene.service is not None
        await scene.run_for(130_000)
        assert await listed(scene) == []
        assert await sound(scene, line.id) is None
        facts = await Inquiry(past=scene.service.store, tenant=scene.plan.tenant).facts(
            line.contact
        )
        said = [each.text for each in timeline(facts)]
        assert "The message was deleted" in said
        assert "A message of" in " ".join(said)

    played(story)


# -- dying ---------------------------------------------------------------------------------------

POINTS = ("before", "during", "after")


class Mine:
    """Kills the service when the n-th await passes a point."""

    def __init__(self, at: int, point: str) -> None:
        self.at, self.point = at, point
        self.count = 0
        self.armed = False
        self.blown = asyncio.Event()

    def passes(self, point: str) -> bool:
        if self.armed and point == self.point and not self.blown.is_set():
            self.count += 1
            if self.count == self.at:
                self.blown.set()
                return True
        return False


def mined(mine: Mine, work: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def through(*args: Any, **named: Any) -> Any:
        if mine.passes("before"):
            await asyncio.Event().wait()
        task = asyncio.ensure_future(work(*args, **named))
        if mine.passes("during"):
            await asyncio.shield(task)  # it is done, and nobody hears of it
            await asyncio.Event().wait()
        answer = await task
        if mine.passes("after"):
            await asyncio.Event().wait()
        return answer

    return through


def armed(mine: Mine, patch: pytest.MonkeyPatch) -> None:
    send = WorldTransport._send

    async def only_messages(
        self: WorldTransport, request: GraphRequest, *, again: bool
    ) -> GraphResponse:
        about = request.path.rpartition("/")[2]
        if about in ("recordResponse", "updateRecordingStatus", "playPrompt"):
            return await mined(mine, send)(self, request, again=again)
        return await send(self, request, again=again)

    patch.setattr(WorldTransport, "_send", only_messages)
    for owner, names in (
        (WorldRecordings, ("fetch",)),
        (WorldGateway, ("_post",)),
        (Voicemails, ("keep_audio", "list_message", "drop_audio", "close_links", "open_link")),
    ):
        for name in names:
            patch.setattr(owner, name, mined(mine, getattr(owner, name)))


def life(folder: Path, at: int, point: str, patch: pytest.MonkeyPatch) -> tuple[bool, Scene]:
    """Leave a message that is heard once; die at that await. Whether anybody died."""
    made: list[Scene] = []
    died: list[bool] = []

    async def whole() -> None:
        scene = Scene(plan=the_plan(), database=f"sqlite:///{folder}/{at}-{point}.db")
        made.append(scene)
        scene.world.set_presence("ada.agent@contoso.example", "Away", "Away", scene.now)
        async with scene:
            await scene.run_for(1_000)
            scene.world.chat.install_in(TEAM, "ada.agent@contoso.example")
            scene.kick.set()
            await scene.run_for(1_000)
            mine = Mine(at, point)
            armed(mine, patch)
            hears = Step(do="key", on="prompt", contains="/media/", after_ms=500, key="1")
            scene.call(steps=(SPEAKS, pressed("2"), hears), patience_ms=90_000)
            await scene.run_for(3_000)
            mine.armed = True
            try:
                async with asyncio.timeout(100):
                    await mine.blown.wait()
            except TimeoutError:
                died.append(False)
            else:
                died.append(True)
                await scene.kill()
                await scene.run_for(700)
                await scene.start()
            await scene.run_for(400_000)
            lines = await listed(scene)
            assert len(lines) == 1, f"{lines}, {point} {at}"
            kept = await sound(scene, lines[0].id)
            assert lines[0].result in ("message", "failed"), f"{lines}, {point} {at}"
            assert (kept is not None) == (lines[0].result == "message"), f"{lines}, {point} {at}"
            told = cards(scene)
            assert set(told) == {f"team_voicemail_{lines[0].result}"}
            assert len(told) <= 2
            state = scene.board.loop.state()
            assert state is not None
            assert [c for c in state.contacts.values() if c.state.value != "ended"] == []

    with patch.context() as inner:
        patch = inner
        run_virtual(whole())
    return died[0], made[0]


@pytest.mark.parametrize("point", POINTS)
def test_a_crash_at_any_await_loses_no_message_and_lists_it_once(
    tmp_path: Path, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = 0
    while True:
        at += 1
        died, _ = life(tmp_path, at, point, monkeypatch)
        if not died:
            break
    assert at >= 8, "too few awaits were passed to prove anything"


def test_what_opens_a_recording_is_in_no_table_when_it_was_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, scene = life(tmp_path, 10_000, "before", monkeypatch)
    secrets = scene.world.media.recordings.tokens
    assert secrets
    with sqlite3.connect(tmp_path / "10000-before.db") as database:
        tables = [
            name
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        rows = [row for name in tables for row in database.execute(f"SELECT * FROM {name}")]  # noqa: S608
    database.close()
    text = b" ".join(
        value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row
    )
    assert not [token for token in secrets if token.encode() in text]
