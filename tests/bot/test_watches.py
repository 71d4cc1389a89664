"""What is looked at over and over: presence, silent legs, keepAlive; and the door in an outage."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import pairwise
from pathlib import Path

from kit.scripted_engine import LoopScene, leg
from kit.scripted_graph import ScriptedGraph
from kit.switchboard_scene import Scene, plan
from kit.virtual_time import run_virtual

from bot.metrics.meter import Silent
from bot.outage_notes import OutageNotes
from bot.watches.presence import PresenceWatch
from bot.watches.sweeper import Sweeper
from emulator.faults import Fault
from graph.calls import Calls
from graph.errors import OutcomeUnknown, Refused, Unavailable
from graph.models import Presence
from graph.presence import PresenceRead as Told
from graph.presence import UnreadPresences
from routing.action import Action, ActionKind
from routing.events import CallSeen, PresenceRead
from routing.state import CallState
from store.errors import Unavailable as DatabaseGone

Story = Callable[[LoopScene], Awaitable[None]]


def play(story: Story) -> None:
    async def whole() -> None:
        async with LoopScene() as scene:
            await scene.own()
            await story(scene)

    run_virtual(whole())


class People:
    """Presence as a test writes it."""

    def __init__(self, scene: LoopScene, takes_ms: int = 0) -> None:
        self.scene = scene
        self.takes_ms = takes_ms
        self.seen: dict[str, str] = {}
        self.unread: set[str] = set()
        self.polls: list[int] = []

    async def read(self, agents: Sequence[str], *, deadline_ms: int | None = None) -> Told:
        del deadline_ms
        self.polls.append(self.scene.clock.now())
        await asyncio.sleep(self.takes_ms / 1000)
        unread = tuple(agent for agent in agents if agent in self.unread)
        presences = tuple(
            Presence(user_id=agent, availability=self.seen.get(agent, "Available"), activity="")
            for agent in agents
            if agent not in self.unread
        )
        failures = (UnreadPresences(user_ids=unread, error=OutcomeUnknown()),) if unread else ()
        return Told(presences=presences, failures=failures)


def watch(scene: LoopScene, people: People) -> PresenceWatch:
    found = PresenceWatch(loop=scene.loop, reader=people, clock=scene.clock, meter=Silent())
    scene.tasks.run("watch", found.run())
    return found


def reads(scene: LoopScene) -> list[PresenceRead]:
    return [event for event, _ in scene.engine.heard if isinstance(event, PresenceRead)]


def gaps(people: People) -> set[int]:
    return {later - former for former, later in pairwise(people.polls)}


def test_presence_is_read_every_ten_seconds_and_every_three_while_someone_waits() -> None:
    async def story(scene: LoopScene) -> None:
        scene.engine.people = ["ada"]
        people = People(scene)
        watch(scene, people)
        await asyncio.sleep(60)
        assert gaps(people) == {10_000}
        scene.engine.waits = True
        people.polls.clear()
        await asyncio.sleep(30)
        assert gaps(people) == {3_000}

    play(story)


def test_whoever_comes_in_between_is_read_at_once() -> None:
    async def story(scene: LoopScene) -> None:
        people = People(scene)
        watch(scene, people)
        await asyncio.sleep(1)
        assert people.polls == [], "nobody works here yet"
        scene.engine.people = ["ada"]
        await asyncio.sleep(1)
        assert len(people.polls) == 1
        scene.engine.people = ["ada", "ben"]
        await asyncio.sleep(1)
        assert len(people.polls) == 2
        scene.engine.people = ["ben"]
        await asyncio.sleep(5)
        assert len(people.polls) == 2, "who leaves is no reason"

    play(story)


def test_one_event_a_poll_tells_only_what_changed() -> None:
    async def story(scene: LoopScene) -> None:
        scene.engine.people = ["ada", "ben"]
        people = People(scene)
        watch(scene, people)
        await asyncio.sleep(12)
        people.seen["ben"] = "Busy"
        await asyncio.sleep(10)
        told = [[one.agent for one in read.readings] for read in reads(scene)]
        assert told == [["ada", "ben"], [], ["ben"]]
        assert all(read.complete for read in reads(scene))

    play(story)


def test_a_reading_with_gaps_says_so_and_tells_what_it_has() -> None:
    async def story(scene: LoopScene) -> None:
        scene.engine.people = ["ada", "ben"]
        people = People(scene)
        people.unread = {"ben"}
        found = watch(scene, people)
        await asyncio.sleep(25)
        (read,) = reads(scene)
        assert ([one.agent for one in read.readings], read.complete) == (["ada"], False)
        assert found.failed_in_a_row == 3
        people.unread = set()
        await asyncio.sleep(10)
        assert found.failed_in_a_row == 0
        assert reads(scene)[-1].complete

    play(story)


def test_polls_never_pile_up() -> None:
    async def story(scene: LoopScene) -> None:
        scene.engine.people = ["ada"]
        scene.engine.waits = True
        people = People(scene, takes_ms=7_000)
        watch(scene, people)
        await asyncio.sleep(60)
        assert min(gaps(people)) >= 7_000

    play(story)


def test_a_new_memory_is_told_everything_again() -> None:
    async def story(scene: LoopScene) -> None:
        scene.engine.people = ["ada"]
        watch(scene, People(scene))
        await asyncio.sleep(1)
        await scene.own()
        scene.engine.people = ["ada"]
        await asyncio.sleep(1)
        assert [one.agent for one in reads(scene)[0].readings] == ["ada"]

    play(story)


def test_nobody_is_asked_for_while_another_instance_decides() -> None:
    async def story(scene: LoopScene) -> None:
        scene.engine.people = ["ada"]
        people = People(scene)
        scene.loop.stand_up()
        watch(scene, people)
        await asyncio.sleep(30)
        assert people.polls == []

    play(story)


def test_when_almost_everything_changed_it_is_told_in_parts_the_last_of_which_is_complete() -> None:
    async def story(scene: LoopScene) -> None:
        scene.engine.people = [f"agent-{n:04d}" for n in range(1_400)]
        people = People(scene)
        watch(scene, people)
        await asyncio.sleep(5)
        assert [len(read.readings) for read in reads(scene)] == [250] * 5 + [150]
        assert [read.complete for read in reads(scene)] == [False] * 5 + [True]
        assert len(people.polls) == 3, "650 to a request"

    play(story)


class Asker:
    def __init__(self) -> None:
        self.asked: list[str] = []

    async def look(self, call: str, *, roster_too: bool = False) -> str:
        self.asked.append(call + ("+roster" if roster_too else ""))
        return ""


def sweeper(scene: LoopScene, asker: Asker, graph: ScriptedGraph) -> None:
    calls = Calls(transport=graph, tenant_id="t", app_id="app")
    found = Sweeper(
        loop=scene.loop,
        asker=asker,
        calls_of=lambda _call: calls,
        clock=scene.clock,
        meter=Silent(),
    )
    scene.tasks.run("sweeper", found.run())


def test_a_silent_leg_is_asked_for_after_half_a_minute_and_again() -> None:
    async def story(scene: LoopScene) -> None:
        call = leg("quiet")
        call.heard_at = scene.clock.now()
        scene.engine.state.calls["quiet"] = call
        scene.engine.silent = ["quiet"]
        asker = Asker()
        sweeper(scene, asker, ScriptedGraph())
        await asyncio.sleep(29)
        assert asker.asked == []
        await asyncio.sleep(7)
        assert asker.asked == ["quiet"]
        await asyncio.sleep(30)
        assert asker.asked == ["quiet"] * 2

    play(story)


def live(scene: LoopScene, count: int) -> None:
    for n in range(count):
        call = leg(f"1-{n}", f"wire-{n}")
        call.state = CallState.ESTABLISHED
        scene.engine.state.calls[call.id] = call


def test_every_live_leg_is_kept_alive_well_within_its_45_minutes() -> None:
    async def story(scene: LoopScene) -> None:
        live(scene, 50)
        graph = ScriptedGraph()
        sweeper(scene, Asker(), graph)
        await asyncio.sleep(3600)
        beats: dict[str, list[int]] = {}
        for (at, _), request in zip(graph.asked, graph.requests, strict=True):
            beats.setdefault(request.path, []).append(at)
        assert len(beats) == 50
        for times in beats.values():
            between = [b - a for a, b in pairwise(times)]
            assert all(590_000 <= gap <= 15 * 60_000 for gap in between)
        firsts = {times[0] for times in beats.values()}
        assert len(firsts) > 10, "they are spread out"

    play(story)


def test_a_leg_that_graph_does_not_know_is_gone() -> None:
    async def story(scene: LoopScene) -> None:
        live(scene, 1)
        graph = ScriptedGraph(script={"keepAlive": [Refused("no such call", status=404)]})
        sweeper(scene, Asker(), graph)
        await asyncio.sleep(150)
        seen = [event for event, _ in scene.engine.heard if isinstance(event, CallSeen)]
        assert seen == [CallSeen(call="wire-0", state="gone")]

    play(story)


def test_a_keep_alive_that_fails_is_tried_again_soon() -> None:
    async def story(scene: LoopScene) -> None:
        live(scene, 1)
        graph = ScriptedGraph(script={"keepAlive": [Unavailable("no", status=503)]})
        sweeper(scene, Asker(), graph)
        await asyncio.sleep(200)
        times = [at for at, _ in graph.asked]
        assert len(times) == 2
        assert times[1] - times[0] <= 5_000

    play(story)


def outage(story: Callable[[Scene], Awaitable[None]], notes: Path) -> None:
    async def whole() -> None:
        over = Action(kind=ActionKind.NUMBER, ref="+14255550199")
        scene = Scene(plan=plan(fallback=over), notes=OutageNotes(notes))
        async with scene:
            await scene.run_for(1_000)
            await story(scene)

    run_virtual(whole())


def gone(scene: Scene) -> None:
    """From now on nothing can be written."""
    store = scene.board._doors.store

    async def fail(*_: object, **__: object) -> None:
        raise DatabaseGone("the disk is full")

    for name in ("commit", "accept", "acquire"):
        setattr(store, name, fail)
    setattr(store._leases, "renew", fail)  # type: ignore[attr-defined]  # noqa: B010


def test_a_caller_during_an_outage_is_sent_on_by_the_door_itself(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        gone(scene)
        scene.call()
        await scene.run_for(4_500)
        assert scene.ops("redirect") == ["redirect 202"]
        assert scene.statuses == [202]
        second = scene.now
        scene.call()
        await scene.run_for(500)
        assert scene.ops("redirect") == ["redirect 202"] * 2, "now it is known at once"
        assert scene.now - second <= 500
        lines = (tmp_path / "notes.jsonl").read_text().splitlines()
        assert len(lines) == 2
        assert all('"done":"redirected"' in line for line in lines)
        assert "+1425" not in "".join(lines)

    outage(story, tmp_path / "notes.jsonl")


def test_other_news_during_an_outage_is_refused_so_that_it_comes_again(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.call()
        await scene.run_for(40)
        gone(scene)
        await scene.run_for(9_000)
        assert 503 in scene.statuses

    outage(story, tmp_path / "notes.jsonl")


def test_a_fallback_that_refuses_leaves_nobody_ringing(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        gone(scene)
        scene.world.faults.add(Fault(kind="401", op="redirect", times=0))
        scene.call()
        await scene.run_for(5_000)
        assert scene.ops("redirect", "reject") == ["redirect 401"] * 2 + ["reject 202"]

    outage(story, tmp_path / "notes.jsonl")
