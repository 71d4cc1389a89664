"""Who can be reached, and cards that find their way to them."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from kit.chat_bot import PLAN, Bot, Shelf
from kit.chat_channel import APP, PERSON, buttons_of, card_in

from bot.teams.activities import read
from bot.teams.agent_cards import AgentCards
from bot.teams.chats import Chats
from bot.teams.conversation import ChatFailed, ConversationRef
from routing.card_face import Face, MissedCard, OfferCard
from routing.events import Caller, CallerKind
from store.errors import Unavailable

CALLER = Caller(kind=CallerKind.NUMBER, id="+4930123456")
CARD = OfferCard(
    offer="1-9",
    agent=PERSON,
    face=Face.OFFERED,
    message="m1",
    caller=CALLER,
    queue="Support",
    waited_ms=0,
    keyed={},
    may_decline=True,
)
MISSED = MissedCard(
    agent=PERSON,
    caller=CALLER,
    queue="Support",
    picked_up=False,
    not_responding=True,
    pause_ms=None,
)
REF = ConversationRef(app=APP, channel="msteams", service_url="https://x/", conversation="a:1")


def chats(shelf: Any = None) -> Chats:
    return Chats(PLAN.tenant, shelf or Shelf(), lambda: 1)


async def test_the_newest_address_is_kept_once_and_said_to_be_new_once() -> None:
    shelf = Shelf()
    book = chats(shelf)
    assert await book.keep("ada", REF)
    assert not await book.keep("ada", REF)
    moved = replace(REF, service_url="https://y/")
    assert not await book.keep("ada", moved)
    assert shelf.writes == 2
    assert await book.find("ada") == moved
    assert book.reaches("ada")
    assert await book.keep("ada", replace(REF, conversation="a:2"))


async def test_a_conversation_that_is_not_personal_is_nobodys() -> None:
    book = chats()
    await book.keep("ada", replace(REF, kind="groupChat"))
    await book.keep("", REF)
    assert not book.reaches("ada")


async def test_a_forgotten_conversation_is_kept_again_at_the_next_word() -> None:
    shelf = Shelf()
    book = chats(shelf)
    await book.keep("ada", REF)
    await book.forget("ada")
    assert (book.reaches("ada"), shelf.saved) == (False, {})
    await book.keep("ada", REF)
    assert "ada" in shelf.saved


async def test_forgetting_an_old_address_leaves_the_new_one() -> None:
    shelf = Shelf()
    book = chats(shelf)
    await book.keep("ada", replace(REF, conversation="a:2"))
    await book.forget("ada", REF)
    assert book.reaches("ada")
    assert "ada" in shelf.saved


async def test_what_other_instances_kept_is_read_for_those_who_matter() -> None:
    shelf = Shelf()
    shelf.saved = {"ada": REF.to_json(), "ben": REF.to_json(), "stranger": REF.to_json()}
    book = chats(shelf)
    await book.read({"ada", "ben", "chloe"})
    assert [book.reaches(who) for who in ("ada", "ben", "chloe", "stranger")] == [
        True,
        True,
        False,
        False,
    ]
    assert await book.find("stranger") == REF


class Slow(Shelf):
    """A shelf whose pages can be held back."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def page(self, tenant: str, after: str = "") -> list[tuple[str, str]]:
        found = await super().page(tenant, after)
        await self.gate.wait()
        return found


async def test_what_changes_while_all_is_being_read_is_not_undone() -> None:
    shelf = Slow()
    shelf.saved = {"ben": REF.to_json()}
    book = chats(shelf)
    reading = asyncio.ensure_future(book.read({"ada", "ben"}))
    await asyncio.sleep(0)
    await book.keep("ada", REF)
    await book.forget("ben")
    shelf.gate.set()
    await reading
    assert (book.reaches("ada"), book.reaches("ben")) == (True, False)


class SlowToWrite(Shelf):
    """A shelf onto which things can be put late."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def save(self, tenant: str, person: str, saved: str, at: int) -> None:
        await self.gate.wait()
        await super().save(tenant, person, saved, at)

    async def forget(self, tenant: str, person: str, saved: str | None = None) -> None:
        await self.gate.wait()
        await super().forget(tenant, person, saved)


async def test_what_is_still_being_written_is_not_undone_by_a_reading() -> None:
    shelf = SlowToWrite()
    shelf.saved = {"ben": REF.to_json()}
    book = chats(shelf)
    await book.read({"ada", "ben"})
    under_way = [
        asyncio.ensure_future(book.keep("ada", REF)),
        asyncio.ensure_future(book.forget("ben")),
    ]
    await asyncio.sleep(0)
    await book.read({"ada", "ben"})
    assert (book.reaches("ada"), book.reaches("ben")) == (True, False)
    shelf.gate.set()
    await asyncio.gather(*under_way)
    await book.read({"ada", "ben"})
    assert (book.reaches("ada"), book.reaches("ben")) == (True, False)


async def test_a_saved_conversation_that_cannot_be_read_is_none() -> None:
    shelf = Shelf()
    shelf.saved = {"ada": "not JSON"}
    assert await chats(shelf).find("ada") is None


class Broken(Shelf):
    async def save(self, *_: Any) -> None:
        raise Unavailable("on purpose")

    find = forget = save  # type: ignore[assignment]


async def test_a_database_that_is_gone_forgets_nobody_and_stops_nothing() -> None:
    book = chats(Broken())
    await book.keep("ada", REF)
    assert not book.reaches("ada")  # the next word tries again
    await book.forget("ada")


# -- cards to them ---------------------------------------------------------------------------------


async def reached(bot: Bot) -> AgentCards:
    """Ada has installed the bot."""
    await bot.chats.keep(PERSON, read(bot.channel.message(), APP).ref)
    return AgentCards(bot.gateway, bot.chats)


async def test_a_card_goes_to_the_agents_conversation_in_their_language(bot: Bot) -> None:
    korean = replace(read(bot.channel.message(), APP).ref, language="ko")
    await bot.chats.keep(PERSON, korean)
    message = await AgentCards(bot.gateway, bot.chats).show(CARD)
    assert message == "out-1"
    [sent] = bot.channel.sent
    assert sent.path == "/teams/v3/conversations/a%3A1conv%3Bx%3D1/activities"
    assert sent.body["summary"] == "Support 전화: +4930123456"
    assert buttons_of(card_in(sent.body))["decline"]["title"] == "거절"


async def test_a_change_goes_to_the_message_that_holds_the_card(bot: Bot) -> None:
    await (await reached(bot)).change(replace(CARD, face=Face.HUNG_UP))
    [sent] = bot.channel.sent
    assert (sent.method, sent.path.rsplit("/", 1)[1]) == ("PUT", "m1")
    assert sent.body["id"] == "m1"


async def test_a_missed_offer_is_a_message_of_its_own(bot: Bot) -> None:
    await (await reached(bot)).say_missed(MISSED)
    assert bot.channel.texts()[0].startswith("You missed a call from +4930123456 for Support")


@pytest.mark.parametrize("status", [403, 404])
async def test_who_removed_the_bot_is_reached_no_longer(bot: Bot, status: int) -> None:
    cards = await reached(bot)
    bot.channel.answers = [web.json_response({}, status=status)]
    with pytest.raises(ChatFailed) as failure:
        await cards.show(CARD)
    assert failure.value.gone
    assert not bot.chats.reaches(PERSON)
    assert bot.shelf.saved == {}


async def test_a_message_that_was_deleted_says_nothing_about_the_conversation(bot: Bot) -> None:
    cards = await reached(bot)
    bot.channel.answers = [web.json_response({}, status=404)]
    with pytest.raises(ChatFailed):
        await cards.change(CARD)
    assert bot.chats.reaches(PERSON)


async def test_who_never_installed_the_bot_gets_nothing_and_costs_no_request(bot: Bot) -> None:
    with pytest.raises(ChatFailed) as failure:
        await AgentCards(bot.gateway, bot.chats).show(CARD)
    assert failure.value.gone
    assert bot.channel.sent == []


async def test_a_card_whose_answer_is_an_error_of_the_server_is_not_sent_twice(bot: Bot) -> None:
    cards = await reached(bot)
    bot.channel.answers = [web.Response(status=504)]
    with pytest.raises(ChatFailed):
        await cards.show(CARD)
    bot.channel.answers = [web.Response(status=504)]
    with pytest.raises(ChatFailed):
        await cards.say_missed(MISSED)
    assert len(bot.channel.sent) == 2


async def test_a_database_that_is_gone_is_a_failure_that_may_pass(bot: Bot) -> None:
    with pytest.raises(ChatFailed) as failure:
        await AgentCards(bot.gateway, chats(Broken())).show(CARD)
    assert not failure.value.gone


def installed(bot: Bot, **changed: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The two activities by which Teams tells of one installation."""
    recipient = bot.channel.message()["recipient"]
    return (
        bot.channel.message("", id="1", type="installationUpdate", action="add", **changed),
        bot.channel.message(
            "", id="2", type="conversationUpdate", membersAdded=[recipient], **changed
        ),
    )


async def test_teams_tells_of_one_installation_twice_and_is_greeted_once(bot: Bot) -> None:
    both = installed(bot)
    await asyncio.gather(*(bot.post(activity) for activity in both))
    assert len(bot.channel.sent) == 1
    assert bot.channel.texts()[0].startswith("I bring you the calls of your queues.")
    await bot.post(bot.channel.message("", id="3", type="installationUpdate", action="remove"))
    await bot.post(both[0] | {"id": "4"})
    assert len(bot.channel.sent) == 2


async def test_a_team_is_greeted_once_too_and_remembered_as_its_channel(bot: Bot) -> None:
    team = {"id": "19:team", "conversationType": "channel"}
    for activity in installed(bot, conversation=team):
        await bot.post(activity)
    assert len(bot.channel.sent) == 1
    assert list(bot.shelf.saved) == ["19:team"]
