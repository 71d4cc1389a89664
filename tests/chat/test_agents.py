"""An agent's word with the real loop and store: on the deciding instance, and beside it."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import pytest
from kit.chat_bot import PLAN, wall_ms
from kit.chat_channel import PERSON
from kit.store import Ticks

from bot.metrics.meter import Silent
from bot.owner.desk import Desk
from bot.owner.known import Known
from bot.owner.loop import TenantLoop
from bot.owner.spelling import Spellings
from bot.teams.agent_chat import NotWritten
from bot.teams.agents import Agents
from routing.commands import Command
from routing.engine import Engine
from routing.events import AgentSet, DirectoryRead, Member
from routing.state import State
from store.contract import Store
from store.database import open_store

DIRECTORY = DirectoryRead(
    members=(
        Member(queue="support", position=0, agent=PERSON, upn="ada@contoso.example", name="Ada"),
    ),
    addresses=(),
)


class WallClock:
    def now(self) -> int:
        return wall_ms()


class Hands:
    """Takes commands and does nothing with them."""

    def take(self, commands: Iterable[Command]) -> None:
        list(commands)

    def drop(self) -> None:
        return


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    opened = await open_store("sqlite://", monotonic=Ticks())
    yield opened
    await opened.close()


@asynccontextmanager
async def running(store: Store, *, owner: bool) -> AsyncIterator[TenantLoop]:
    loop = TenantLoop(
        tenant=PLAN.tenant,
        plan=PLAN,
        store=store,
        clock=WallClock(),
        meter=Silent(),
        monotonic=lambda: 1_000_000,
    )
    loop.outward = Hands()
    if owner:
        ownership = await store.acquire(PLAN.tenant, "test")
        assert ownership is not None
        state = State(epoch=ownership.epoch)
        loop.sit_down(
            Desk(
                ownership=ownership,
                engine=Engine(PLAN, state),
                known=Known(100),
                spellings=Spellings(state),
                taken=Known(100),
            ),
            [],
        )
    async with asyncio.TaskGroup() as group:
        task = group.create_task(loop.run())
        yield loop
        task.cancel()


def not_ready() -> AgentSet:
    return AgentSet(agent=PERSON, ready=False, reason="lunch", by="ada@contoso.example")


async def test_the_decider_takes_the_word_before_submit_returns(store: Store) -> None:
    async with running(store, owner=True) as loop:
        agents = Agents(loop, store)
        assert await agents.standing(PERSON) is None
        await loop.submit(DIRECTORY)
        before = await agents.standing(PERSON)
        assert before is not None
        assert (before.live, before.agent.ready) == (True, True)
        await agents.submit(not_ready(), identity="chat:a:1")
        after = await agents.standing(PERSON)
        assert after is not None
        assert (after.agent.ready, after.agent.not_ready_reason) == (False, "lunch")
        # A copy that comes again after `ready` takes nobody out.
        await agents.submit(AgentSet(agent=PERSON, ready=True), identity="chat:a:2")
        await agents.submit(not_ready(), identity="chat:a:1")
        again = await agents.standing(PERSON)
        assert again is not None
        assert again.agent.ready


async def test_beside_the_decider_the_word_goes_to_the_inbox(store: Store) -> None:
    async with running(store, owner=True) as decider, running(store, owner=False) as beside:
        agents = Agents(beside, store)
        await decider.submit(DIRECTORY)
        await agents.submit(not_ready(), identity="chat:a:1")
        before = await agents.standing(PERSON)
        assert before is not None
        assert (before.live, before.agent.ready) == (False, True)
        decider.found(await store.unconsumed(PLAN.tenant))
        await decider.submit(DIRECTORY)
        after = await agents.standing(PERSON)
        assert after is not None
        assert after.agent.ready is False


async def test_a_loop_that_writes_nothing_down_is_given_up(store: Store) -> None:
    loop = TenantLoop(tenant=PLAN.tenant, plan=PLAN, store=store, clock=WallClock(), meter=Silent())
    with pytest.raises(NotWritten):
        await Agents(loop, store, within_s=0.01).submit(not_ready(), identity="chat:a:1")
    # The word may still be written later: the future that copies share is not cancelled.
    copy = loop.submit(not_ready(), identity="chat:a:1")
    assert not copy.cancelled()


async def test_a_database_that_is_gone_is_said(store: Store) -> None:
    loop = TenantLoop(tenant=PLAN.tenant, plan=PLAN, store=store, clock=WallClock(), meter=Silent())
    await store.close()
    with pytest.raises(NotWritten):
        await Agents(loop, store).standing(PERSON)
