"""Cards on their way to the chat, and kept up to date there: slow, failing, and after a crash."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from kit.recorded_chat import RecordedChat, broken
from kit.scripted_graph import EffectsScene
from kit.switchboard_scene import WEBHOOK, Scene, plan
from kit.virtual_time import run_virtual

from bot.teams.conversation import ChatFailed
from bot.watches.cards import AGAIN_MS, AT_ONCE
from emulator.config import default_config
from emulator.log import Ringing
from emulator.scripts import Behaviour
from routing.card_face import Face, MissedCard, OfferCard
from routing.commands import CreateCall, SayMissed, ShowCard, Target, TargetKind
from routing.events import (
    Caller,
    CallerKind,
)
from routing.facts import FactKind
from routing.plan import Delivery, Queue
from routing.state import Offer
from routing.word_events import (
    AcceptedByCard,
    ChatsRead,
    DeclinedByCard,
)

CALLER = Caller(kind=CallerKind.NUMBER, id="+4930123456")
CARD = OfferCard(
    offer="1-9",
    agent="ada",
    face=Face.OFFERED,
    caller=CALLER,
    queue="Support",
    waited_ms=0,
    keyed={},
)
MISSED = MissedCard(
    agent="ada", caller=CALLER, queue="Support", picked_up=False, not_responding=True, pause_ms=None
)
SHOW, SAY = ShowCard(id="1", card=CARD), SayMissed(id="2", card=MISSED)


def sent(story: Callable[[EffectsScene, RecordedChat], Awaitable[None]]) -> None:
    async def whole() -> None:
        chat = RecordedChat()
        async with EffectsScene(chat=chat) as scene:
            await story(scene, chat)

    run_virtual(whole())


# -- posting ---------------------------------------------------------------------------------------


def test_a_card_is_posted_and_its_message_told() -> None:
    async def story(scene: EffectsScene, chat: RecordedChat) -> None:
        scene.effects.take([SHOW, SAY])
        await asyncio.sleep(1)
        assert [card for _, card in chat.posted] == [CARD]
        assert chat.missed == [MISSED]
        done = scene.outcome("1")
        assert (done.offer, done.message, done.problem) == ("1-9", "message-1", "")
        assert (scene.outcome("2").offer, scene.outcome("2").problem) == ("", "")

    sent(story)


@pytest.mark.parametrize(
    ("failure", "problem"),
    [
        (ChatFailed("removed", status=403), "gone"),
        (ChatFailed("unknown conversation", status=404), "gone"),
        (ChatFailed("bad", status=400), "refused"),
        (ChatFailed("slow down", status=429), "throttled"),
        (ChatFailed("nobody listens"), "unavailable"),
        (ChatFailed("no answer", may_have_run=True), "unknown"),
        (ChatFailed("server error", status=502, may_have_run=True), "unknown"),
        (ValueError("a fault of ours"), "unknown"),
    ],
)
def test_each_failure_is_told_once_and_nothing_is_posted_again(
    failure: Exception, problem: str
) -> None:
    async def story(scene: EffectsScene, chat: RecordedChat) -> None:
        chat.failures = [failure]
        scene.effects.take([SHOW])
        await asyncio.sleep(60)
        assert scene.outcome("1").problem == problem
        assert chat.tried == 1

    sent(story)


def test_a_chat_that_hangs_keeps_no_call_waiting() -> None:
    async def story(scene: EffectsScene, chat: RecordedChat) -> None:
        chat.latency_ms = 60_000
        target = Target(kind=TargetKind.USER, id="ada")
        ring = CreateCall(id="3", call="new", target=target, app="app", deadline=0)
        scene.effects.take([*(ShowCard(id=f"c{n}", card=CARD) for n in range(50)), ring])
        await asyncio.sleep(1)
        assert scene.graph.operations == ["create"]
        assert chat.most_under_way == 16

    sent(story)


def test_a_card_that_has_nothing_to_ask_any_more_is_not_posted() -> None:
    async def story(scene: EffectsScene, chat: RecordedChat) -> None:
        scene.unwanted.add("1")
        scene.effects.take([SHOW])
        await asyncio.sleep(1)
        assert scene.outcome("1").problem == "unwanted"
        assert chat.tried == 0

    sent(story)


def test_who_is_not_the_owner_posts_nothing_and_says_nothing() -> None:
    async def story(scene: EffectsScene, chat: RecordedChat) -> None:
        scene.is_owner = False
        scene.effects.take([SHOW])
        await asyncio.sleep(1)
        assert (chat.tried, scene.told) == (0, [])

    sent(story)


def test_what_an_earlier_life_possibly_posted_is_not_posted_again() -> None:
    async def story(scene: EffectsScene, chat: RecordedChat) -> None:
        scene.effects.hold()
        scene.effects.release([SHOW, SAY])
        await asyncio.sleep(1)
        assert [each.problem for each in scene.outcomes] == ["unknown", "unknown"]
        assert scene.outcome("1").offer == "1-9"
        assert chat.tried == 0

    sent(story)


# -- the whole heart of the service ----------------------------------------------------------------


def play(
    story: Callable[[Scene, RecordedChat], Awaitable[None]],
    folder: Path,
    delivery: Delivery = Delivery.CONSULT,
    *acts: Behaviour,
) -> None:
    """One agent with a chat; their phone does as `acts` say, or rings and rings."""

    async def whole() -> None:
        chat = RecordedChat()
        queue = Queue(name="support", members=("ada.agent@contoso.example",), delivery=delivery)
        async with Scene(
            plan=plan(queue), database=f"sqlite:///{folder}/switchboard.db", chat=chat
        ) as scene:
            scene.world.script_agent(queue.members[0], acts or (Behaviour(do="ignore"),))
            await scene.board.loop.submit(ChatsRead(agents=(scene.agent("ada"),)))
            await story(scene, chat)

    run_virtual(whole())


def rings(scene: Scene) -> list[int]:
    return [record.at for record in scene.world.log if isinstance(record, Ringing)]


def offer(scene: Scene) -> Offer:
    state = scene.board.loop.state()
    assert state is not None
    return list(state.offers.values())[-1]


@pytest.mark.parametrize("delivery", Delivery)
def test_the_phone_rings_when_the_chat_has_taken_the_card(
    delivery: Delivery, tmp_path: Path
) -> None:
    async def story(scene: Scene, chat: RecordedChat) -> None:
        chat.latency_ms = 150
        scene.call()
        await scene.run_for(5_000)
        [(at, card)] = chat.posted
        assert card.queue == "support"
        assert 0 <= rings(scene)[0] - at < 50

    play(story, tmp_path, delivery)


def test_a_chat_that_hangs_delays_the_ring_by_300_ms(tmp_path: Path) -> None:
    async def story(scene: Scene, chat: RecordedChat) -> None:
        chat.latency_ms = 60_000
        scene.call()
        await scene.run_for(5_000)
        created = offer(scene).created_at
        assert 300 <= rings(scene)[0] - created < 350

    play(story, tmp_path)


def test_the_service_dies_while_a_card_is_posted_and_no_second_one_follows(tmp_path: Path) -> None:
    async def story(scene: Scene, chat: RecordedChat) -> None:
        chat.latency_ms = 100
        scene.call()
        while not chat.under_way:
            await scene.run_for(10)
        await scene.kill()
        await scene.run_for(500)
        await scene.start()
        await scene.run_for(4_000)
        assert chat.tried == 1
        assert len(rings(scene)) == 1

    play(story, tmp_path)


def test_the_service_dies_before_the_card_was_changed_and_its_successor_does_it(
    tmp_path: Path,
) -> None:
    async def story(scene: Scene, chat: RecordedChat) -> None:
        leg = scene.call()
        await scene.run_for(5_000)
        assert len(chat.posted) == 1
        chat.failures = [broken() for _ in range(50)]
        scene.world.people.hang_up(leg)
        scene.kick.set()
        await scene.run_for(500)
        assert chat.faces() == []
        await scene.kill()
        chat.failures.clear()
        await scene.start()
        await scene.run_for(2_000)
        assert chat.faces() == ["hung_up"]
        assert chat.changed[0][1].message == "message-1"
        await scene.run_for(60_000)
        assert len(chat.posted) == len(chat.changed) == 1

    play(story, tmp_path)


def test_the_card_goes_with_the_call_from_the_accept_to_the_wrap_up(tmp_path: Path) -> None:
    async def story(scene: Scene, chat: RecordedChat) -> None:
        scene.call(talk_ms=20_000)
        await scene.run_for(3_000)
        await scene.board.loop.submit(
            AcceptedByCard(offer=offer(scene).id, agent=scene.agent("ada"))
        )
        await scene.run_for(60_000)
        assert chat.faces() == ["accepted", "connecting", "connected", "wrap_up"]

    play(story, tmp_path, Delivery.CONSULT, Behaviour(after_ms=2_500))


def test_changes_that_fail_are_tried_again_ever_more_slowly_and_the_last_one_counts(
    tmp_path: Path,
) -> None:
    async def story(scene: Scene, chat: RecordedChat) -> None:
        leg = scene.call()
        await scene.run_for(5_000)
        chat.failures = [broken(502), ValueError("ours"), broken(429), broken(None)]
        began, ada = scene.now, scene.agent("ada")
        await scene.board.loop.submit(AcceptedByCard(offer=offer(scene).id, agent=ada))
        await scene.run_for(500)
        scene.world.people.hang_up(leg)
        scene.kick.set()
        await scene.run_for(60_000)
        assert chat.tried == 1 + 4 + 1
        [(at, card)] = chat.changed
        assert card.shows == "hung_up"
        assert 0 <= at - began - sum(AGAIN_MS[:4]) < 2_000

    play(story, tmp_path)


def test_a_message_that_is_gone_is_not_changed_any_more(tmp_path: Path) -> None:
    async def story(scene: Scene, chat: RecordedChat) -> None:
        leg = scene.call()
        await scene.run_for(5_000)
        chat.failures = [broken(404)]
        scene.world.people.hang_up(leg)
        scene.kick.set()
        await scene.run_for(120_000)
        assert chat.tried == 2
        assert offer(scene).card_message == ""

    play(story, tmp_path)


def test_only_so_many_cards_are_changed_at_once(tmp_path: Path) -> None:
    people = 20

    async def whole() -> None:
        chat = RecordedChat()
        queue = Queue(name="support", members=("agents@contoso.example",))
        config = default_config(webhook=WEBHOOK, agents=people)
        async with Scene(plan=plan(queue), config=config, chat=chat) as scene:
            scene.world.default_behaviour(Behaviour(do="ignore"))
            chats = ChatsRead(agents=tuple(person.id for person in config.people))
            await scene.board.loop.submit(chats)
            legs = [scene.call() for _ in range(people)]
            await scene.run_for(6_000)
            assert len(chat.posted) == people
            chat.latency_ms, chat.most_under_way = 1_000, 0
            for leg in legs:
                scene.world.people.hang_up(leg)
            scene.kick.set()
            await scene.run_for(10_000)
            assert chat.most_under_way == AT_ONCE
            assert chat.faces() == ["hung_up"] * people

    run_virtual(whole())


def test_declined_by_card_the_phone_is_silent_within_half_a_second(tmp_path: Path) -> None:
    async def story(scene: Scene, chat: RecordedChat) -> None:
        scene.call()
        await scene.run_for(5_000)
        declined = DeclinedByCard(offer=offer(scene).id, agent=scene.agent("ada"), reason="busy")
        pressed = scene.now
        await scene.board.loop.submit(declined)
        await scene.run_for(1_000)
        [stopped] = [r.at for r in scene.world.log if r.kind == "ring_stopped"]
        assert stopped - pressed <= 500
        assert chat.faces() == ["declined"]

    play(story, tmp_path)


def test_a_card_is_wanted_as_long_as_the_offer_asks_something(tmp_path: Path) -> None:
    async def story(scene: Scene, chat: RecordedChat) -> None:
        leg = scene.call()
        await scene.run_for(5_000)
        show = ShowCard(id="1", card=chat.posted[0][1])
        assert scene.board.loop.wants(show)
        scene.world.people.hang_up(leg)
        scene.kick.set()
        await scene.run_for(1_000)
        assert not scene.board.loop.wants(show)
        scene.board.loop.stand_up()
        assert not scene.board.loop.wants(show)

    play(story, tmp_path)


def test_a_missed_offer_is_told_in_the_chat(tmp_path: Path) -> None:
    async def story(scene: Scene, chat: RecordedChat) -> None:
        scene.call()
        await scene.run_for(30_000)
        [told] = chat.missed
        assert (told.agent, told.not_responding) == (scene.agent("ada"), True)
        assert chat.faces() == ["missed"]

    play(story, tmp_path)


async def _facts(scene: Scene, kind: FactKind) -> list[Any]:
    assert scene.service is not None
    facts = await scene.service.store.history.facts_since(scene.plan.tenant, limit=500)
    return [fact for fact in facts if fact.kind == kind.value]


def test_the_history_says_whether_the_card_was_first(tmp_path: Path) -> None:
    async def story(scene: Scene, chat: RecordedChat) -> None:
        scene.call()
        await scene.run_for(5_000)
        [fact] = await _facts(scene, FactKind.OFFER_CARD)
        assert b'"before_ring":true' in fact.body

    play(story, tmp_path)
