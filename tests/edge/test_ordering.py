"""`switchboard close` and its sisters: spoken here, decided by the owner, whoever runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from kit.archived import TENANT, open_with_story
from kit.floor_desk import Desk

from bot.cli import main
from bot.clock import SteadyClock
from bot.metrics.meter import Silent
from bot.ordered import Given, carry_out, list_closures
from bot.owner.bodies import state_from
from bot.owner.desk import Desk as OwnerDesk
from bot.owner.known import Known
from bot.owner.loop import TenantLoop
from bot.owner.spelling import Spellings
from bot.steering import near_names
from bot.tasks import TaskSet
from console.inquiry import PLANS
from routing.bulletin import Scope
from routing.engine import Engine
from routing.hours import Hours
from routing.state import State
from store.contract import Store

Told = tuple[Store, Desk]
TEXT = "We have a flood."


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "switchboard.db"


@pytest.fixture
async def told(path: Path) -> AsyncIterator[Told]:
    store, desk = await open_with_story(path)
    yield store, desk
    await store.close()


@pytest.fixture(autouse=True)
def laptop_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHBOARD_VOICE", "laptop")


@asynccontextmanager
async def owned(told: Told) -> AsyncIterator[TenantLoop]:
    """The service's owner at work: its loop, its engine, and the watch on its inbox."""
    store, desk = told
    plan = desk.engine.plan
    clock = SteadyClock(await store.database_now_ms())
    loop = TenantLoop(tenant=TENANT, plan=plan, store=store, clock=clock, meter=Silent())
    ownership = await store.acquire(TENANT, "owner")
    assert ownership is not None
    state = State(epoch=ownership.epoch)
    loop.sit_down(
        OwnerDesk(
            ownership=ownership,
            engine=Engine(plan, state),
            known=Known(1_000, []),
            spellings=Spellings(state),
            taken=Known(1_000),
        ),
        [],
    )

    async def watch() -> None:
        while True:
            await store.wait_for_inbox(20)
            loop.found(await store.unconsumed(TENANT))

    tasks = TaskSet()
    tasks.run("loop", loop.run())
    tasks.run("inbox", watch())
    try:
        yield loop
    finally:
        await tasks.stop()


def url(path: Path) -> str:
    return f"sqlite:///{path}"


async def order(path: Path, verb: str, name: str, *texts: str, **given: Any) -> int:
    asked = Given(verb=verb, name=name, texts=texts, **{"by": "olga"} | given)
    return await carry_out(asked, url(path), None)


async def test_an_order_reaches_the_running_owner_and_its_words_can_be_played(
    told: Told, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with owned(told) as loop:
        assert await order(path, "close", "Support", TEXT, "침수되었습니다.", lasts="2h") == 0
        said = capsys.readouterr().out
        assert said.startswith("Closed: queue support until ")
        state = loop.state()
        assert state is not None
        [closure] = state.bulletins.values()
        assert (closure.closes, closure.by_name) == (True, "olga")
        assert closure.texts == {"en": TEXT, "ko": "침수되었습니다."}
        assert closure.until is not None
        for sha in closure.clips.values():
            prompt = await told[0].prompts.get(sha)
            assert prompt is not None
            assert prompt.body[:4] == b"RIFF"
            assert 0 < prompt.duration_ms <= closure.lasts_ms
        assert await list_closures(url(path), TENANT) == 0
        row = capsys.readouterr().out
        assert all(each in row for each in ("closed", "queue support", "olga", TEXT))
        assert await order(path, "open", "support") == 0
        assert capsys.readouterr().out == "No longer closed: queue support.\n"
        assert state.bulletins == {}
        assert await list_closures(url(path), None) == 0
        assert capsys.readouterr().out.startswith("Nothing is closed")


async def test_an_order_holds_until_a_time_of_this_machines_clock(
    told: Told, path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Seoul")
    time.tzset()
    try:
        async with owned(told) as loop:
            assert await order(path, "close", "support", until="14:30") == 0
            state = loop.state()
            assert state is not None
            [closure] = state.bulletins.values()
            assert closure.until is not None
            until = datetime.fromtimestamp(closure.until / 1000, UTC)
            assert f"{until:%H:%M:%S}" == "05:30:00"
            assert 0 < closure.until - closure.at <= 24 * 3_600_000
            said = capsys.readouterr().out
            assert said == f"Closed: queue support until {until:%Y-%m-%d %H:%M:%S} UTC.\n"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_span_and_a_time_together_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["close", "support", "--for", "2h", "--until", "14:30"])
    assert ended.value.code == 2
    assert "not allowed with" in capsys.readouterr().err


async def test_who_had_closed_it_before_is_told(
    told: Told, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with owned(told):
        assert await order(path, "close", "support") == 0
        assert await order(path, "close", "support", lasts="1h") == 0
        assert capsys.readouterr().out.endswith(" It replaces what olga said.\n")


async def test_what_an_order_does_not_open_is_said(
    told: Told, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The plan's hours, and what is closed with everything else."""
    store, desk = told
    found = desk.engine.plan
    never = Hours(name="never", zone="Europe/Berlin", week=((),) * 7)
    queues = tuple(replace(each, hours="never") for each in found.queues)
    await store.plans.put(
        TENANT,
        text="tenant: contoso.example\nhours: never\n",
        compiled=PLANS.encode(replace(found, queues=queues, hours=(never,))),
        created_at=2,
        created_by="test",
    )
    async with owned(told):
        assert await order(path, "close", "support") == 0
        capsys.readouterr()
        assert await order(path, "open", "support") == 0
        assert capsys.readouterr().out == (
            "No longer closed: queue support. By its hours it is closed.\n"
        )
        assert await order(path, "close", "support") == 0
        assert await order(path, "close", "all") == 0
        capsys.readouterr()
        assert await order(path, "open", "support") == 0
        assert capsys.readouterr().out.endswith(
            " Everything is closed by olga: open all as well.\n"
        )


async def test_a_message_for_everybody_and_its_end(
    told: Told, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with owned(told) as loop:
        assert await order(path, "announce", "all", TEXT) == 0
        assert capsys.readouterr().out == "Announced: everything.\n"
        state = loop.state()
        assert state is not None
        assert [b.scope for b in state.bulletins.values()] == [Scope.ALL]
        assert await order(path, "silence", "all") == 0
        assert capsys.readouterr().out == "No longer announced: everything.\n"


async def test_what_is_closed_by_name_stays_closed_and_is_named(
    told: Told, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with owned(told):
        assert await order(path, "close", "support") == 0
        assert await order(path, "close", "sales", entry_point=True) == 0
        assert await order(path, "announce", "sales", TEXT) == 0
        capsys.readouterr()
        still = " Still closed by name: entry point sales, queue support. Open each by its name.\n"
        assert await order(path, "open", "all") == 2
        assert capsys.readouterr().err == f"Nobody has closed everything at once.{still}"
        assert await order(path, "close", "all") == 0
        assert capsys.readouterr().out == "Closed: everything.\n"
        assert await order(path, "open", "all") == 0
        assert capsys.readouterr().out == f"No longer closed: everything.{still}"
        assert await order(path, "silence", "all") == 2
        problem = capsys.readouterr().err
        assert "Still announced by name: queue sales. Silence each by its name." in problem


async def test_only_what_was_asked_for_is_suggested(
    told: Told, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store, desk = told
    found = desk.engine.plan
    doors = tuple(replace(each, name=f"{each.name}-door") for each in found.entry_points)
    renamed = replace(found, entry_points=doors)
    await store.plans.put(
        TENANT,
        text="tenant: contoso.example\ndoors: renamed\n",
        compiled=PLANS.encode(renamed),
        created_at=2,
        created_by="test",
    )
    assert await order(path, "close", "Support", entry_point=True) == 2
    assert "support is a queue: leave out --entry-point." in capsys.readouterr().err
    assert await order(path, "close", "suport", entry_point=True) == 2
    assert "did you mean support-door?" in capsys.readouterr().err
    assert near_names(renamed, "support-dor", Scope.QUEUE) == ["support"]


async def test_while_nobody_decides_the_order_waits(
    told: Told, path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.ordered.LOOKS", 1)
    assert await order(path, "close", "support") == 0
    assert "it will be when the service runs" in capsys.readouterr().out
    async with owned(told) as loop:
        assert loop.engine is not None
        async with asyncio.timeout(5):
            while not (rows := state_from(await told[0].live(TENANT), 0).bulletins):
                await asyncio.sleep(0)
        assert [each.name for each in rows.values()] == ["support"]


async def test_while_nobody_decides_the_later_order_counts_too(
    told: Told, path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.ordered.LOOKS", 1)
    assert await order(path, "close", "support") == 0
    assert await order(path, "open", "sales") == 2
    assert await order(path, "silence", "support") == 2
    capsys.readouterr()
    assert await order(path, "open", "support") == 0
    assert "no longer closed: queue support" in capsys.readouterr().out
    async with owned(told):
        async with asyncio.timeout(5):
            while await told[0].unconsumed(TENANT):
                await asyncio.sleep(0)
        assert state_from(await told[0].live(TENANT), 0).bulletins == {}


async def test_who_says_so_is_kept_in_one_line_that_does_nothing_to_a_terminal(
    told: Told, path: Path
) -> None:
    async with owned(told):
        assert (
            await order(path, "close", "support", by="night\n\x1b[31mshift\ud800" + "x" * 500) == 0
        )
        (closure,) = state_from(await told[0].live(TENANT), 0).bulletins.values()
    assert closure.by_name.startswith("night [31mshift x")
    assert len(closure.by_name) == 100


@pytest.mark.parametrize(
    ("words", "given", "problem"),
    [
        (("close", "suport"), {}, "did you mean support?"),
        (("close", "suport"), {"entry_point": True}, "There is no entry point called suport"),
        (("close", "support", "x" * 10_000), {}, "10000 characters: use up to 500"),
        (("announce", "support", ""), {}, "The text is empty"),
        (("announce", "support", "a", "b"), {}, "one text in English, one in Korean"),
        (("close", "support"), {"lasts": "soon"}, "--for soon: write 30m or 2h"),
        (("close", "support"), {"lasts": "900h"}, "up to 744h"),
        (("close", "support"), {"until": "25:00"}, "--until 25:00: write a time of day"),
        (("close", "support"), {"until": "2h"}, "--until 2h: write a time of day"),
        (("open", "support"), {}, "queue support is not closed."),
        (("silence", "all"), {}, "Nobody has announced everything at once."),
    ],
)
async def test_what_cannot_be_done_is_said_and_changes_nothing(
    told: Told,
    path: Path,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    given: dict[str, Any],
    problem: str,
) -> None:
    assert await order(path, *words, **given) == 2
    assert problem in capsys.readouterr().err
    assert await told[0].unconsumed(TENANT) == []


async def test_without_a_voice_nothing_is_changed(
    told: Told,
    path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SWITCHBOARD_VOICE", "none")
    assert await order(path, "close", "support", TEXT) == 1
    problem = capsys.readouterr().err
    assert problem.startswith("Nothing was changed. A voice is not set up")
    monkeypatch.setenv("SWITCHBOARD_VOICE", "azure")
    assert await order(path, "close", "support", TEXT) == 1
    monkeypatch.setenv("SWITCHBOARD_VOICE", "opera")
    assert await order(path, "close", "support", TEXT) == 1
    assert "SWITCHBOARD_VOICE: should be one of" in capsys.readouterr().err
    assert await told[0].unconsumed(TENANT) == []


async def test_a_database_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await order(tmp_path / "other.db", "close", "support") == 1
    assert "there is no database" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["close", "open", "announce", "silence", "closures"])
def test_each_command_says_what_it_takes(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert command in capsys.readouterr().out
