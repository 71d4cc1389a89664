"""A tenant's real loop over a real store, with nobody to carry its commands out."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from kit.chat_bot import PLAN, wall_ms
from kit.chat_channel import PERSON

from bot.metrics.meter import Silent
from bot.owner.desk import Desk
from bot.owner.known import Known
from bot.owner.loop import TenantLoop
from bot.owner.spelling import Spellings
from routing.commands import Command
from routing.engine import Engine
from routing.events import DirectoryRead, Member
from routing.state import State
from store.contract import Store

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


@asynccontextmanager
async def running(store: Store, *, owner: bool) -> AsyncIterator[TenantLoop]:
    """The loop at work, as the deciding instance or beside it."""
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
        await sits_down(loop, store)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(loop.run())
        yield loop
        task.cancel()


async def sits_down(loop: TenantLoop, store: Store) -> None:
    """It decides from now on, from an empty memory."""
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
