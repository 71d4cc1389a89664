"""An agent's word with the real loop and store: on the deciding instance, and beside it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC

import pytest
from kit.chat_bot import PLAN, wall_ms
from kit.chat_channel import PERSON
from kit.running_loop import DIRECTORY, WallClock, running
from kit.store import Ticks
from kit.voices import CountingVoice

from bot.announcing import Announcer
from bot.metrics.meter import Silent
from bot.owner.loop import NotWritten, TenantLoop
from bot.prompts.catalog import PromptCatalog
from bot.prompts.publishing import Publisher
from bot.prompts.stored import StoredPrompts
from bot.teams.agents import Agents
from bot.teams.conversation import WordLost
from bot.teams.order_desk import OrderDesk, Ordered
from bot.teams.orders import read_order
from routing.card_face import Face
from routing.commands import Say
from routing.events import (
    Address,
    Caller,
    CallerKind,
    CallEstablished,
    CallIncoming,
    PresenceRead,
    Reading,
)
from routing.word_events import (
    AcceptedByCard,
    AgentSet,
    ChatsRead,
    DeclinedByCard,
)
from store.contract import Store
from store.database import open_store


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    opened = await open_store("sqlite://", monotonic=Ticks())
    yield opened
    await opened.close()


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


async def test_a_supervisors_order_beside_the_decider_is_in_force_there_with_words_that_it_can_play(
    store: Store,
) -> None:
    async with running(store, owner=True) as decider, running(store, owner=False) as beside:
        agents = Agents(beside, store)
        publisher = Publisher(store=StoredPrompts(store.prompts), speech=CountingVoice())
        sam = Address(ref="sam@contoso.example", id="sam-id", name="Sam")
        await decider.submit(replace(DIRECTORY, addresses=(sam,)))
        order = read_order('close sales "We have a flood."', now=wall_ms())
        assert order is not None
        desk = OrderDesk(agents, Announcer(publisher), look_every_s=0.001)
        ordered = Ordered(
            order=order, sender="sam-id", now=wall_ms(), zone=UTC, identity="chat:a:1"
        )
        # The decider is slow to look into its inbox: nobody is told what is not so.
        assert (await desk.answer(ordered)).startswith("That is written down")
        decider.found(await store.unconsumed(PLAN.tenant))
        await decider.submit(DIRECTORY)
        seen = await agents.seen()
        assert not seen.live
        [closure] = seen.state.bulletins.values()
        assert (closure.name, closure.by_name) == ("sales", "sam@contoso.example")
        # Whoever decides plays it by its content, out of the store that all instances share.
        [clip] = PromptCatalog().clips(Say(prompt=closure.prompt("en")))
        prompt = await store.prompts.get(clip.sha)
        assert prompt is not None
        assert prompt.duration_ms == closure.lasts_ms


async def test_a_loop_that_writes_nothing_down_is_given_up(store: Store) -> None:
    loop = TenantLoop(tenant=PLAN.tenant, plan=PLAN, store=store, clock=WallClock(), meter=Silent())
    with pytest.raises(WordLost):
        await Agents(loop, store, within_s=0.01).submit(not_ready(), identity="chat:a:1")
    # The word may still be written later: the future that copies share is not cancelled.
    copy = loop.submit(not_ready(), identity="chat:a:1")
    assert not copy.cancelled()


async def test_a_loop_that_gives_up_first_is_said_too(store: Store) -> None:
    loop = TenantLoop(tenant=PLAN.tenant, plan=PLAN, store=store, clock=WallClock(), meter=Silent())
    word = asyncio.ensure_future(Agents(loop, store).submit(not_ready(), identity="chat:a:1"))
    coming = loop.submit(not_ready(), identity="chat:a:1")
    while not coming.done():  # until the other, too, waits for it
        await asyncio.sleep(0)
        coming.set_exception(NotWritten())
    with pytest.raises(WordLost):
        await word


async def test_a_database_that_is_gone_is_said(store: Store) -> None:
    loop = TenantLoop(tenant=PLAN.tenant, plan=PLAN, store=store, clock=WallClock(), meter=Silent())
    await store.close()
    with pytest.raises(WordLost):
        await Agents(loop, store).standing(PERSON)


async def offered(loop: TenantLoop) -> str:
    """Somebody waits, and Ada has the card; its offer."""
    await loop.submit(DIRECTORY)
    await loop.submit(ChatsRead(agents=(PERSON,)))
    reading = Reading(agent=PERSON, availability="Available", activity="Available")
    await loop.submit(PresenceRead(read_at=wall_ms(), readings=(reading,), complete=True))
    caller = Caller(kind=CallerKind.NUMBER, id="+4930123456")
    await loop.submit(CallIncoming(call="wire", app="app", account="", caller=caller))
    await loop.submit(CallEstablished(call="wire"))
    state = loop.state()
    assert state is not None
    [offer] = state.offers
    return offer


async def test_a_press_shows_at_once_on_the_decider_and_soon_beside_it(store: Store) -> None:
    async with running(store, owner=True) as decider, running(store, owner=False) as beside:
        offer = await offered(decider)
        here, there = Agents(decider, store), Agents(beside, store)
        seen = await here.card(offer)
        assert seen is not None
        assert (seen.live, seen.card.face, seen.card.agent) == (True, Face.OFFERED, PERSON)
        assert (seen.card.queue, seen.card.caller.id) == ("Support", "+4930123456")
        accepted = AcceptedByCard(offer=offer, agent=PERSON)
        await there.submit(accepted, identity="chat:a:9")
        before = await there.card(offer)
        assert before is not None
        assert (before.live, before.card.face) == (False, Face.OFFERED)
        decider.found(await store.unconsumed(PLAN.tenant))
        await decider.submit(DIRECTORY)
        after = await there.card(offer)
        assert after is not None
        assert after.card.face is Face.ACCEPTED
        assert await here.card("9-99") is None


async def test_a_copy_of_a_press_is_taken_once(store: Store) -> None:
    async with running(store, owner=True) as loop:
        offer = await offered(loop)
        agents = Agents(loop, store)
        declined = DeclinedByCard(offer=offer, agent=PERSON, reason="first")
        for reason in ("first", "second"):
            await agents.submit(replace(declined, reason=reason), identity="chat:a:9")
        seen = await agents.card(offer)
        assert seen is not None
        assert (seen.card.face, seen.card.reason) == (Face.DECLINED, "first")
