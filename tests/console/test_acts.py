"""What somebody does on the tab, with the real loop and store: what the answer tells of it."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp.test_utils import make_mocked_request
from kit.chat_bot import PLAN, wall_ms
from kit.chat_channel import PERSON
from kit.running_loop import DIRECTORY, WallClock, running, sits_down
from kit.store import Ticks

from bot.acting import Acting
from bot.metrics.meter import Silent
from bot.owner.bodies import state_from
from bot.owner.loop import TenantLoop
from bot.teams.agents import Agents
from console.acts import Desk, Lost, Refused, acted, identity_of
from console.answers import BadQuery
from console.auth import Person
from console.board import Json
from console.inquiry import NotFound
from routing.events import Event
from routing.plan import Plan
from routing.state import State
from routing.word_events import AgentSet
from store.contract import Store
from store.database import open_store

ASKER = Person(id="oid", name="Ada", tenant="t", roles=frozenset())
LUNCH = AgentSet(agent=PERSON, ready=False, reason="lunch", by="ada@contoso.example")
BACK = AgentSet(agent=PERSON, ready=True, by="ada@contoso.example")
DONE, WRITTEN = {"written": True, "done": True}, {"written": True, "done": False}


@dataclass
class Looking:
    """One loop as the console sees it."""

    loop: TenantLoop
    store: Store
    looks: int = 0

    async def state(self) -> State:
        self.looks += 1
        own = self.loop.state()
        return state_from(await self.store.live(PLAN.tenant), 0) if own is None else own

    def decides(self) -> bool:
        return self.loop.state() is not None

    def plan(self) -> Plan:
        return self.loop.plan

    def now(self) -> int:
        return wall_ms()


def desk_at(loop: TenantLoop, store: Store) -> Desk:
    return Desk(Acting(Agents(loop, store)), Looking(loop, store), look_every_s=0.001)


def may_pause(state: State, _plan: Plan) -> str:
    if PERSON not in state.agents:
        return "not_an_agent"
    return "" if state.agents[PERSON].ready else "not_ready_already"


def pauses(state: State, _plan: Plan) -> bool:
    return PERSON in state.agents and not state.agents[PERSON].ready


def may(_state: State, _plan: Plan) -> str:
    return ""


def works(state: State, _plan: Plan) -> bool:
    return state.agents[PERSON].ready


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    opened = await open_store("sqlite://", monotonic=Ticks())
    yield opened
    await opened.close()


async def test_where_it_is_decided_the_act_is_done_when_it_is_answered(store: Store) -> None:
    async with running(store, owner=True) as loop:
        await loop.submit(DIRECTORY)
        told = await desk_at(loop, store).do(LUNCH, may=may_pause, done=pauses)
        assert told == DONE
        state = loop.state()
        assert state is not None
        assert state.agents[PERSON].not_ready_reason == "lunch"


async def test_what_may_not_be_done_is_refused_with_its_code_and_not_written(store: Store) -> None:
    async with running(store, owner=True) as loop:
        with pytest.raises(Refused) as refused:
            await desk_at(loop, store).do(LUNCH, may=may_pause, done=pauses)
        assert refused.value.code == "not_an_agent"
        await loop.submit(DIRECTORY)
        state = loop.state()
        assert state is not None
        assert state.agents[PERSON].ready


async def test_whoever_was_slower_is_told_why_it_may_not_be_done_any_more(store: Store) -> None:
    """The act is written down, but by then it changes nothing."""
    async with running(store, owner=True) as loop:
        await loop.submit(DIRECTORY)
        rule = iter(("", "somebody_was_faster"))
        with pytest.raises(Refused) as refused:
            await desk_at(loop, store).do(BACK, may=lambda *_: next(rule), done=lambda *_: False)
        assert refused.value.code == "somebody_was_faster"
        with pytest.raises(Refused) as refused:
            await desk_at(loop, store).do(BACK, may=may, done=lambda *_: False)
        assert refused.value.code == "changed_nothing"


async def test_beside_the_decider_the_answer_waits_until_it_is_seen_to_be_done(
    store: Store,
) -> None:
    async with running(store, owner=True) as decider, running(store, owner=False) as beside:
        await decider.submit(DIRECTORY)
        looking = Looking(beside, store)
        desk = Desk(Acting(Agents(beside, store)), looking, look_every_s=0.001)
        doing = asyncio.ensure_future(desk.do(LUNCH, may=may_pause, done=pauses))
        while looking.looks < 3:  # it was looked for, and was not there
            await asyncio.sleep(0)
        decider.found(await store.unconsumed(PLAN.tenant))
        await decider.submit(DIRECTORY)
        assert await doing == DONE


async def test_beside_a_slow_decider_the_answer_says_written_and_never_refused(
    store: Store,
) -> None:
    async with running(store, owner=True) as decider, running(store, owner=False) as beside:
        await decider.submit(DIRECTORY)
        assert await desk_at(beside, store).do(LUNCH, may=may_pause, done=pauses) == WRITTEN
        assert len(await store.unconsumed(PLAN.tenant)) == 1


async def test_an_act_in_the_inbox_of_who_has_just_begun_to_decide_is_not_called_refused(
    store: Store,
) -> None:
    async with running(store, owner=False) as beside:
        acting = Acting(Agents(beside, store))

        async def submit(event: Event, *, identity: str | None) -> None:
            await acting(event, identity=identity)
            await sits_down(beside, store)

        desk = Desk(submit, Looking(beside, store), look_every_s=0.001)
        assert await desk.do(LUNCH, may=may, done=pauses) == WRITTEN


async def test_the_same_key_is_the_same_act_whatever_has_become_of_it(store: Store) -> None:
    async with running(store, owner=True) as loop:
        await loop.submit(DIRECTORY)
        desk = desk_at(loop, store)
        await desk.do(LUNCH, may=may_pause, done=pauses, identity="tab:a:1")
        await desk.do(BACK, may=may, done=works, identity="tab:a:2")
        assert await desk.do(LUNCH, may=may_pause, done=pauses, identity="tab:a:1") == DONE
        state = loop.state()
        assert state is not None
        assert state.agents[PERSON].ready
        with pytest.raises(Refused) as refused:
            await desk.do(BACK, may=may, done=works, identity="tab:a:1")
        assert refused.value.code == "key_used"


async def test_an_act_repeated_because_the_process_died_before_it_answered_is_done_once(
    store: Store,
) -> None:
    """Another process, so nobody remembers the answer: only what was written down."""
    async with running(store, owner=True) as loop:
        await loop.submit(DIRECTORY)
        await desk_at(loop, store).do(LUNCH, may=may_pause, done=pauses, identity="tab:a:1")
        again = desk_at(loop, store)
        assert await again.do(LUNCH, may=may_pause, done=pauses, identity="tab:a:1") == DONE
        with pytest.raises(Refused):  # without a key it is another act, and nothing to be done
            await again.do(LUNCH, may=may_pause, done=pauses)


async def test_what_nobody_writes_down_is_lost_and_the_answer_says_to_look_again(
    store: Store,
) -> None:
    loop = TenantLoop(tenant=PLAN.tenant, plan=PLAN, store=store, clock=WallClock(), meter=Silent())
    submit = Acting(Agents(loop, store, within_s=0.01))
    desk = Desk(submit, Looking(loop, store), look_every_s=0.001)
    with pytest.raises(Lost):
        await desk.do(BACK, may=may, done=works)
    response = await acted(lambda: desk.do(BACK, may=may, done=works))
    assert response.status == 503
    assert "look again" in _body(response.body)["error"]


async def test_a_database_that_is_gone_after_the_act_was_written_takes_nothing_back(
    store: Store,
) -> None:
    async with running(store, owner=False) as beside:

        class Gone(Looking):
            async def state(self) -> State:
                if self.looks:
                    await self.store.close()
                return await super().state()

        desk = Desk(Acting(Agents(beside, store)), Gone(beside, store), look_every_s=0.001)
        assert await desk.do(BACK, may=may, done=lambda *_: False) == WRITTEN


@pytest.mark.parametrize(
    ("raised", "status"),
    [(Refused("key_used"), 409), (NotFound("none"), 404), (BadQuery("no"), 400), (Lost(), 503)],
)
async def test_each_way_to_fail_has_its_status_and_a_sentence(
    raised: Exception, status: int
) -> None:
    async def fail() -> Json:
        raise raised

    response = await acted(fail)
    assert response.status == status
    assert _body(response.body)["error"]


async def test_a_refusal_carries_its_code_and_what_is_only_written_is_a_202() -> None:
    async def refuse() -> Json:
        raise Refused("no_such_code_yet")

    assert _body((await acted(refuse)).body) == {
        "error": "That cannot be done now (no such code yet).",
        "code": "no_such_code_yet",
    }

    async def write() -> Json:
        return WRITTEN

    response = await acted(write)
    assert (response.status, _body(response.body)) == (202, {"written": True})


@pytest.mark.parametrize("key", ["x" * 65, "a\tb", "é"])
def test_a_key_that_is_no_key_is_said(key: str) -> None:
    request = make_mocked_request("POST", "/", headers={"Idempotency-Key": key})
    with pytest.raises(BadQuery):
        identity_of(request, ASKER)


def test_a_key_is_the_askers_own_and_none_is_no_identity() -> None:
    request = make_mocked_request("POST", "/", headers={"Idempotency-Key": "k1"})
    assert identity_of(request, ASKER) == "tab:oid:k1"
    assert identity_of(make_mocked_request("POST", "/"), ASKER) is None


def _body(raw: object) -> dict[str, object]:
    assert isinstance(raw, bytes)
    body: dict[str, object] = json.loads(raw)
    return body
