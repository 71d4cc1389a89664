"""A new life: what the database has is all there is, and nobody on the phone may notice much."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest
from kit.scripted_engine import PLAN, Decide, ScriptedEngine, as_engine, leg, note
from kit.scripted_graph import ScriptedGraph
from kit.switchboard_scene import WEBHOOK, Scene, plan
from kit.virtual_time import START_MS, VirtualClock, run_virtual

from bot.metrics.meter import Silent
from bot.owner.bodies import state_from
from bot.owner.step_batch import Gathered
from bot.owner.takeover import body_set_aside, defuse
from bot.switchboard import Application, Doors, Switchboard
from bot.tasks import TaskSet
from emulator.config import default_config
from emulator.faults import Fault
from emulator.scripts import Behaviour
from graph.calls import Prompt
from routing.action import Action, ActionKind
from routing.bulletin import Bulletin, Scope
from routing.commands import AskCall, Play, Say
from routing.engine import Engine, Step
from routing.events import (
    CallEnded,
    Caller,
    CallerKind,
    CallEstablished,
    CallIncoming,
    Event,
    OwnerChanged,
    PromptEnded,
    RecordingEnded,
    ToneHeard,
)
from routing.plan import Delivery, Plan, Queue
from routing.state import Call, CallRole, Contact, ContactState, State
from store.codec import plain
from store.contract import Batch
from store.database import open_store
from store.errors import Unavailable

Story = Callable[[Scene], Awaitable[None]]
AGENTS = ("agents@contoso.example",)


@asynccontextmanager
async def lone_board(
    decide: Decide, *, latency_ms: int
) -> AsyncIterator[tuple[Switchboard, ScriptedGraph]]:
    """A switchboard over a scripted engine and a scripted Graph."""
    clock, tasks = VirtualClock(), TaskSet()
    graph = ScriptedGraph(latency_ms=latency_ms)
    store = await open_store("sqlite://", monotonic=clock.now, inline=True, wall=clock.now)
    board = Switchboard(
        plan=PLAN,
        tenant=PLAN.tenant,
        applications=[Application(app_id="app", tenant_id=PLAN.tenant)],
        public_url="https://bot.example",
        instance="one",
        doors=Doors(
            store=store,
            leased=lambda _may_act: graph,
            free=graph,
            clock=clock,
            speech=lambda _say: [Prompt("https://bot/p.wav", "r")],
            tasks=tasks,
            meter=Silent(),
            monotonic=clock.now,
        ),
        make_engine=lambda plan, state: as_engine(ScriptedEngine(plan, state, decide)),
    )
    board.start()
    yield board, graph
    await tasks.stop()
    await store.close()


def play(
    story: Story, folder: Path, delivery: Delivery = Delivery.CONSULT, **scene: object
) -> None:
    async def whole() -> None:
        queue = Queue(name="support", members=AGENTS, delivery=delivery)
        over = Action(kind=ActionKind.USER, ref="una.user@contoso.example")
        async with Scene(
            plan=plan(queue, on_error=over),
            database=f"sqlite:///{folder}/switchboard.db",
            **scene,  # type: ignore[arg-type]
        ) as built:
            await story(built)

    run_virtual(whole())


def states(scene: Scene) -> list[ContactState]:
    state = scene.board.loop.state()
    assert state is not None
    return [contact.state for contact in state.contacts.values()]


def nobody_free(scene: Scene) -> None:
    for person in scene.config.people:
        if person.kind == "member" and "agent" in person.upn:
            scene.world.set_presence(person.upn, "Busy", "InACall", scene.now)


def test_waiting_callers_are_taken_up_with_their_music(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        nobody_free(scene)
        await scene.run_for(12_000)
        for _ in range(5):
            scene.call()
        await scene.run_for(5_000)
        await scene.kill()
        await scene.start()
        await scene.run_for(3_000)
        assert states(scene) == [ContactState.QUEUED] * 5
        assert scene.ops("answer") == ["answer 202"] * 5
        await scene.run_for(120_000)
        heard = [r for r in scene.world.log if r.kind == "heard"]
        silent = [r for r in heard if r.what == "silence" and r.until - r.at > 1_000]  # type: ignore[attr-defined]
        assert silent == []

    play(story, tmp_path)


def test_callers_who_hung_up_meanwhile_are_closed_with_a_reason(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        nobody_free(scene)
        await scene.run_for(12_000)
        leg = scene.call()
        scene.call()
        await scene.run_for(5_000)
        await scene.kill()
        scene.world.hang_up(leg.party, scene.now)
        scene.kick.set()
        await scene.run_for(30_000)  # its notification was tried in vain and given up
        await scene.start()
        await scene.run_for(2_000)
        state = scene.board.loop.state()
        assert state is not None
        ended = [c for c in state.contacts.values() if c.state is ContactState.ENDED]
        assert [bool(c.end_reason) for c in ended] == [True]
        assert len(state.contacts) == 2

    play(story, tmp_path)


def test_a_call_that_rang_when_the_process_died_is_answered_once(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.call()
        await scene.run_for(10)  # the notification is on its way, or has just been taken in
        await scene.kill()
        await scene.run_for(500)
        await scene.start()
        await scene.run_for(4_000)
        assert scene.ops("answer") == ["answer 202"]
        assert states(scene) != [ContactState.ENDED]

    play(story, tmp_path)


def test_phones_ring_on_for_a_while_after_a_takeover(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.world.default_behaviour(Behaviour(do="ignore"))
        scene.call()
        await scene.run_for(19_500)  # the ring is almost over
        assert scene.ops("create", "delete") == ["create 201"]
        await scene.kill()
        await scene.run_for(2_000)
        restarted = scene.now
        await scene.start()
        await scene.run_for(10_000)
        stopped = [r.at for r in scene.world.log if r.kind == "ring_stopped"]
        assert stopped[0] >= restarted + 3_000

    config = default_config(webhook=WEBHOOK)
    people = tuple(replace(person, voicemail=False) for person in config.people)
    play(story, tmp_path, config=replace(config, people=people))


def test_two_lives_give_no_number_twice(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.call()
        await scene.run_for(3_000)
        await scene.kill()
        await scene.start()
        scene.call()
        await scene.run_for(3_000)
        state = scene.board.loop.state()
        assert state is not None
        assert len(state.contacts) == 2
        facts = await scene.board._doors.store.history.facts_since(scene.plan.tenant, (0, 0))
        places = [fact.place for fact in facts]
        assert len(set(places)) == len(places)

    play(story, tmp_path)


def test_a_stop_gives_the_tenant_back_and_leaves_the_calls_alone(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        nobody_free(scene)
        await scene.run_for(12_000)
        scene.call()
        await scene.run_for(5_000)
        given_back: list[int] = []

        async def release(_tenant: str, epoch: int) -> None:
            given_back.append(epoch)

        scene.board._doors.store._leases.release = release  # type: ignore[attr-defined]
        await scene.board.stop()
        assert scene.board.loop.desk is None
        await scene.run_for(1_000)
        assert scene.ops("delete") == []
        assert given_back == [1]

    play(story, tmp_path)


def test_what_comes_in_during_a_stop_is_handled_by_the_next_life(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.run_for(1_000)
        await scene.board.stop()
        scene.call()
        await scene.run_for(100)
        assert scene.statuses == [202]
        await scene.kill()
        await scene.start()
        await scene.run_for(2_000)
        assert scene.ops("answer") == ["answer 202"]

    play(story, tmp_path)


class Listening(Engine):
    """Keeps what it hears, in every life."""

    heard: ClassVar[list[Event]] = []

    def handle(self, event: Event, now: int) -> Step:
        self.heard.append(event)
        return super().handle(event, now)


TOLD_ONCE = (CallIncoming, ToneHeard, PromptEnded, CallEnded)
"""News with an identity of its own: a copy of it is no news."""


async def copies_are_thrown_out(scene: Scene) -> None:
    """Graph tells everything once more, in the order in which it told it."""
    Listening.heard.clear()
    told = [r for r in scene.world.log if r.kind == "notification"]
    for each in told:
        assert await scene.accept(json.dumps(each.body).encode())  # type: ignore[attr-defined]
    assert [event for event in Listening.heard if isinstance(event, TOLD_ONCE)] == []


def test_a_copy_of_what_an_earlier_life_handled_is_thrown_out(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.world.default_behaviour(Behaviour(key="1", talk_ms=20_000))
        scene.call(patience_ms=120_000)
        await scene.run_for(15_000)
        heard = {type(event) for event in Listening.heard}
        assert heard >= set(TOLD_ONCE), "otherwise nothing is proven"
        await copies_are_thrown_out(scene)
        await scene.kill()
        await scene.start()
        await scene.run_for(1_000)
        await copies_are_thrown_out(scene)
        await scene.run_for(16 * 60_000)  # the contact is forgotten, and the copies come still
        await copies_are_thrown_out(scene)

    play(story, tmp_path, make_engine=Listening)


def test_a_copy_of_what_came_while_nobody_decided_is_thrown_out_too(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.run_for(1_000)
        await scene.board.stop()
        scene.call(patience_ms=120_000)
        await scene.run_for(100)  # it stands in the inbox, with its key
        await scene.kill()
        await scene.start()
        await scene.run_for(2_000)
        assert scene.ops("answer") == ["answer 202"]
        await copies_are_thrown_out(scene)
        await scene.kill()
        await scene.start()
        await scene.run_for(1_000)
        await copies_are_thrown_out(scene)

    play(story, tmp_path, make_engine=Listening)


def test_what_waits_in_the_inbox_is_handled_before_the_legs_are_asked_for(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        await scene.run_for(1_000)
        await scene.board.stop()
        scene.call()
        await scene.run_for(100)
        await scene.kill()
        Listening.heard.clear()
        await scene.start()
        await scene.run_for(1_000)
        assert [type(event) for event in Listening.heard[:2]] == [CallIncoming, OwnerChanged]

    play(story, tmp_path, make_engine=Listening)


def test_rows_that_are_being_handled_are_not_handled_again_because_they_still_stand_there(
    tmp_path: Path,
) -> None:
    async def story(scene: Scene) -> None:
        await scene.run_for(1_000)
        await scene.board.stop()
        stranger = {"@odata.type": "#microsoft.graph.call", "id": "x", "state": "established"}
        item = {"changeType": "updated", "resourceUrl": "/communications/calls/x"}
        body = json.dumps({"value": [item | {"resourceData": stranger}]}).encode()
        assert await scene.accept(body)
        await scene.kill()
        Listening.heard.clear()
        await scene.start()
        store = scene.board._doors.store
        commit = store.commit

        async def slowly(batch: Batch) -> None:
            await asyncio.sleep(1)  # four looks into the inbox
            await commit(batch)

        store.commit = slowly  # type: ignore[method-assign]
        await scene.run_for(5_000)
        assert [type(event) for event in Listening.heard].count(CallEstablished) == 1

    play(story, tmp_path, make_engine=Listening)


def test_a_lease_that_cannot_be_renewed_is_given_up_before_another_may_have_it(
    tmp_path: Path,
) -> None:
    async def story(scene: Scene) -> None:
        await scene.run_for(1_000)
        leases = scene.board._doors.store._leases  # type: ignore[attr-defined]
        held = scene.board.loop.desk

        async def fails(*_: object) -> bool:
            raise Unavailable("the database does not answer")

        leases.renew = fails
        await scene.run_for(3_000)
        assert scene.board.loop.desk is held
        await scene.run_for(1_500)
        assert scene.board.loop.desk is not held

    play(story, tmp_path)


def test_the_legs_of_a_second_takeover_are_waited_for_too() -> None:
    """The tenant is lost while the legs are asked for. What the first takeover had begun must not
    let commands go before the second has its answers."""

    def decide(engine: ScriptedEngine, event: Event, now: int) -> Step:
        if not isinstance(event, OwnerChanged):
            return note(engine, event, now)
        engine.state.calls["leg"] = leg()
        name, say = str(event.epoch), (Say(prompt="music:default"),)
        commands = [Play(id=f"{name}-1", call="leg", say=say), AskCall(id=f"{name}-2", call="leg")]
        return Step(commands=commands)

    async def whole() -> None:
        async with lone_board(decide, latency_ms=300) as (board, graph):
            await asyncio.sleep(0.2)
            board.loop.stand_up()
            await asyncio.sleep(5)
            asked = [(at - START_MS, name) for at, name in graph.asked]
            assert asked[:2] == [(0, "GET"), (200, "GET")]
            assert asked[2][0] == 500, "when the second was answered"

    run_virtual(whole())


class Fragile(Engine):
    """Cannot handle a call from the number that ends in 13."""

    def handle(self, event: Event, now: int) -> Step:
        if isinstance(event, CallIncoming) and event.caller.id.endswith("13"):
            self.floor.state.contacts.clear()  # half a step, to be forgotten
            raise ZeroDivisionError
        return super().handle(event, now)


def test_a_poisonous_event_is_set_aside_and_its_caller_sent_on(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        nobody_free(scene)
        await scene.run_for(12_000)
        scene.call()
        await scene.run_for(3_000)
        scene.call(who="+14255550113")
        scene.call()
        await scene.run_for(10_000)
        assert scene.ops("redirect") == ["redirect 202"]
        assert states(scene) == [ContactState.QUEUED] * 2
        kept = await scene.board._doors.store.history.quarantined(scene.plan.tenant)
        assert [row.reason for row in kept] == ["CallIncoming: ZeroDivisionError"]
        assert plain(kept[0].body)[0] == "CallIncoming"
        assert scene.statuses == [202] * len(scene.statuses)

    play(story, tmp_path, make_engine=Fragile)


class Deaf(Engine):
    """Cannot handle any key."""

    def handle(self, event: Event, now: int) -> Step:
        if isinstance(event, ToneHeard):
            raise ZeroDivisionError
        return super().handle(event, now)


def test_not_even_in_quarantine_is_it_kept_which_key_was_pressed(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.world.default_behaviour(Behaviour(do="answer", after_ms=500, key="7"))
        scene.call()
        await scene.run_for(20_000)
        kept = await scene.board._doors.store.history.quarantined(scene.plan.tenant)
        assert {row.reason for row in kept} == {"ToneHeard: ZeroDivisionError"}
        for row in kept:
            kind, fields = plain(row.body)
            assert (kind, fields["tone"]) == ("ToneHeard", "")

    play(story, tmp_path, make_engine=Deaf)


class Explosive(Engine):
    """Cannot handle the timer that ends a greeting."""

    def __init__(self, plan: Plan, state: State) -> None:
        super().__init__(plan, state)

    def handle(self, event: Event, now: int) -> Step:
        for contact in self.state.contacts.values():
            due = contact.timers.get("greeting")
            if due is not None and due <= now and contact.caller.id.endswith("13"):
                raise ZeroDivisionError
        return super().handle(event, now)


@pytest.mark.parametrize("others", [0, 2])
def test_a_poisonous_timer_is_set_aside_and_its_caller_sent_on(tmp_path: Path, others: int) -> None:
    async def story(scene: Scene) -> None:
        nobody_free(scene)
        await scene.run_for(12_000)
        for _ in range(others):
            scene.call()
            await scene.run_for(50)
        scene.call(who="+14255550113")
        # No prompt's end is ever told, so the guard has to end the greeting.
        scene.world.faults.add(Fault(kind="drop", what="operation", times=99))
        await scene.run_for(30_000)
        assert scene.ops("transfer") == ["transfer 202"]
        assert len([s for s in states(scene) if s is ContactState.QUEUED]) == others

    play(story, tmp_path, make_engine=Explosive)


def test_a_timer_that_was_set_aside_is_so_in_the_database_at_once(tmp_path: Path) -> None:
    """With the next group it would be lost, should that one be spoiled too."""

    async def story(scene: Scene) -> None:
        nobody_free(scene)
        await scene.run_for(12_000)
        scene.call(who="+14255550113")
        scene.world.faults.add(Fault(kind="drop", what="operation", times=99))
        while not scene.ops("transfer"):
            await scene.run_for(1)
        loaded = await scene.board._doors.store.load(scene.plan.tenant)
        (contact,) = state_from(loaded.live, 1).contacts.values()
        assert "greeting" not in contact.timers

    play(story, tmp_path, make_engine=Explosive)


def test_nothing_but_questions_leaves_before_the_legs_have_answered() -> None:
    def decide(engine: ScriptedEngine, event: Event, now: int) -> Step:
        if not isinstance(event, OwnerChanged):
            return note(engine, event, now)
        engine.state.calls["leg"] = leg()
        say = (Say(prompt="music:default"),)
        return Step(commands=[Play(id="1", call="leg", say=say), AskCall(id="2", call="leg")])

    async def whole() -> None:
        async with lone_board(decide, latency_ms=300) as (_, graph):
            await asyncio.sleep(5)
            assert [(at - START_MS, name) for at, name in graph.asked] == [
                (0, "GET"),
                (300, "playPrompt"),
            ]

    run_virtual(whole())


def caller_of(state: State, name: str, **timers: int) -> None:
    """A contact whose call is `w-NAME`."""
    state.calls[f"leg-{name}"] = Call(
        id=f"leg-{name}", contact=name, role=CallRole.CALLER, app="app", wire=f"w-{name}"
    )
    state.contacts[name] = Contact(
        id=name,
        call=f"leg-{name}",
        app="app",
        entry_point="main",
        queue="support",
        caller=Caller(kind=CallerKind.NUMBER),
        timers=timers,
    )


def test_of_several_timers_the_one_that_was_to_fire_first_is_taken_out() -> None:
    state, mended = State(epoch=1), Gathered()
    caller_of(state, "c", established=9, greeting=5)
    caller_of(state, "d", music=7)
    assert defuse(state, 10, mended) == "w-c"
    assert state.contacts["c"].timers == {"established": 9}
    assert state.contacts["d"].timers == {"music": 7}
    assert [row.id for row in mended.batch("t", 1, 0).saved] == ["c"]
    assert defuse(state, 6, mended) == "", "nothing else was due"


def test_the_timer_of_a_closure_is_taken_out_too_and_sends_nobody_away() -> None:
    """Left in, it would be the first to fire in every life to come."""
    bulletin = Bulletin(id="1-1", closes=True, scope=Scope.ALL, at=0, timers={"over": 5})
    state = State(bulletins={bulletin.id: bulletin})
    mended = Gathered()
    assert defuse(state, 10, mended) == ""
    assert bulletin.timers == {}
    assert not mended.is_empty()


@pytest.mark.parametrize("call", ["c", "half a pair \ud800"])
def test_not_even_in_quarantine_is_it_kept_what_opens_a_recording(call: str) -> None:
    told = RecordingEnded(call=call, context="1-9", ok=True, location="https://r/1", token="opens")
    kept = body_set_aside(told)
    assert b"opens" not in kept
    assert b"https://r/1" not in kept
    assert b"1-9" in kept
