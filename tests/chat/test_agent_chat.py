"""What an agent's words do, from the wire to the answer."""

import asyncio

import pytest
from kit.chat_bot import PLAN, Bot, wall_ms
from kit.chat_channel import PERSON

from bot.teams.agent_chat import AgentChat, SeenCard
from bot.teams.chats import Chats
from bot.teams.conversation import ConversationRef
from bot.teams.status import Standing, standing_in
from routing.events import (
    Event,
)
from routing.word_events import (
    AgentSet,
)
from store.errors import Unavailable

OTHER = "00000000-0000-4000-8000-000000000099"


async def said(bot: Bot, text: str, **changed: object) -> str:
    """The answer to `text`."""
    number = len(bot.channel.sent) + 100
    status, _ = await bot.post(bot.channel.message(text, **({"id": f"m{number}"} | changed)))
    assert status == 201
    return bot.channel.texts()[-1]


async def test_not_ready_is_written_down_before_the_answer_leaves(bot: Bot) -> None:
    agent = bot.floor.hire()
    bot.channel.connector_gate = asyncio.Event()
    posting = asyncio.ensure_future(bot.post(bot.channel.message("not ready lunch 15m")))
    while not bot.channel.sent:
        await asyncio.sleep(0)
    assert not agent.ready
    bot.channel.connector_gate.set()
    assert (await posting)[0] == 201
    [(event, identity)] = bot.floor.words
    assert (event.agent, event.ready, event.reason, event.by) == (PERSON, False, "lunch", agent.upn)
    assert event.until is not None
    assert 14 * 60_000 < event.until - wall_ms() <= 15 * 60_000
    assert identity == "chat:a:1conv;x=1:1700000000001"
    assert bot.channel.texts()[0].startswith("You are not ready: lunch, until ")


async def test_a_word_that_was_not_written_down_is_not_confirmed(bot: Bot) -> None:
    agent = bot.floor.hire()
    bot.floor.broken = True
    answer = await said(bot, "not ready")
    assert agent.ready
    assert answer.startswith("I could not write that down")


async def test_a_repeated_activity_is_taken_once_and_answered_once(bot: Bot) -> None:
    bot.floor.hire()
    for _ in range(3):
        status, _ = await bot.post(bot.channel.message("not ready"))
        assert status in (200, 201)
    assert len(bot.floor.words) == 1
    assert len(bot.channel.sent) == 1


async def test_copies_that_come_at_once_are_one(bot: Bot) -> None:
    bot.floor.hire()
    answers = await asyncio.gather(*(bot.post(bot.channel.message("not ready")) for _ in range(5)))
    assert sorted(status for status, _ in answers) == [200, 200, 200, 200, 201]
    assert len(bot.channel.sent) == 1


async def test_the_same_id_in_another_conversation_is_another_message(bot: Bot) -> None:
    bot.floor.hire()
    await bot.post(bot.channel.message("not ready"))
    await bot.post(bot.channel.message("ready", conversation={"id": "19:team"}))
    assert [event.ready for event, _ in bot.floor.words] == [False, True]


async def test_ready_after_not_ready(bot: Bot) -> None:
    agent = bot.floor.hire()
    await said(bot, "not ready")
    assert await said(bot, "ready") == "You are ready.\nCalls come to you now."
    assert agent.ready


async def test_korean_is_answered_in_korean(bot: Bot) -> None:
    bot.floor.hire()
    assert await said(bot, "준비 안 됨 점심") == (
        "준비 안 됨 상태입니다 - 점심.\n'준비'라고 하실 때까지 전화가 오지 않습니다."
    )
    assert "대기열: Support." in await said(bot, "status", locale="ko-KR")


async def test_a_mention_in_a_team_is_heard(bot: Bot) -> None:
    agent = bot.floor.hire()
    await said(bot, "<at>Switchboard</at> NOT Ready")
    assert not agent.ready


async def test_an_impossible_time_is_said(bot: Bot) -> None:
    agent = bot.floor.hire()
    answer = await said(bot, "not ready 99h")
    assert not agent.ready
    assert agent.timers == {}
    assert "within the next 24 hours" in answer


async def test_unknown_words_get_the_help_and_change_nothing(bot: Bot) -> None:
    bot.floor.hire()
    answer = await said(bot, "make me a sandwich")
    assert answer.startswith("I did not understand that.\nYou can say:\nready")
    assert bot.floor.words == []


@pytest.mark.parametrize("text", ["ready", "not ready", "status"])
async def test_who_is_no_agent_is_told_so(bot: Bot, text: str) -> None:
    bot.floor.hire(OTHER)
    answer = await said(bot, text)
    assert answer.startswith("You are not an agent of any queue")
    assert bot.floor.words == []


async def test_an_identity_that_teams_does_not_vouch_for_is_none(bot: Bot) -> None:
    bot.floor.hire()
    bot.channel.endorsements = []
    answer = await said(bot, "not ready", channelId="directline")
    assert answer.startswith("I cannot tell who you are")
    assert bot.floor.words == []


async def test_a_personal_conversation_is_kept_once(bot: Bot) -> None:
    bot.floor.hire()
    for _ in range(3):
        await said(bot, "status")
    assert bot.shelf.writes == 1
    kept = ConversationRef.from_json(bot.shelf.saved[PERSON])
    assert kept.service_url == bot.channel.service_url
    await bot.gateway.send_text(kept, "a call for you")
    assert bot.channel.texts()[-1] == "a call for you"


async def test_a_group_conversation_is_not_kept(bot: Bot) -> None:
    bot.floor.hire()
    await said(bot, "status", conversation={"id": "19:x", "conversationType": "groupChat"})
    assert bot.shelf.saved == {}


async def test_installing_introduces_and_removing_forgets(bot: Bot) -> None:
    recipient = bot.channel.message()["recipient"]
    answer = await said(bot, "", type="conversationUpdate", membersAdded=[recipient])
    assert answer.startswith("I bring you the calls of your queues.\nYou can say:")
    assert PERSON in bot.shelf.saved
    await bot.post(bot.channel.message(id="9", type="installationUpdate", action="remove"))
    assert bot.shelf.saved == {}


async def test_an_old_cards_button_says_that_it_is_old(bot: Bot) -> None:
    _, body = await bot.post(bot.channel.invoke("adaptiveCard/action", {"action": {}}))
    assert body["statusCode"] == 200
    assert body["type"] == "application/vnd.microsoft.activity.message"
    assert "not in use" in body["value"]
    assert "not in use" in await said(bot, "", value={"x": 1})


class NoShelf:
    async def save(self, *said: object) -> None:
        raise Unavailable(str(said))

    find = save
    page = save
    forget = save


async def test_a_word_counts_when_the_conversation_cannot_be_kept(bot: Bot) -> None:
    agent = bot.floor.hire()
    chats = Chats(PLAN.tenant, NoShelf(), wall_ms)  # type: ignore[arg-type]
    bot.listener.chat = AgentChat(
        gateway=bot.gateway,
        floor=bot.floor,
        chats=chats,
        channels=bot.channels,
        now=wall_ms,
        orders=bot.orders,
    )
    assert (await said(bot, "not ready")).startswith("You are not ready.")
    assert not agent.ready


class Elsewhere:
    """Another instance decides: words show in the state after so many looks."""

    def __init__(self, bot: Bot, looks: int) -> None:
        self.bot, self.looks = bot, looks
        self.waiting: AgentSet | None = None

    async def submit(self, event: Event, *, identity: str | None) -> None:
        assert identity is not None
        assert isinstance(event, AgentSet)
        self.waiting = event

    async def card(self, offer: str) -> SeenCard | None:
        return await self.bot.floor.card(offer)

    async def standing(self, person: str) -> Standing | None:
        if self.waiting is not None:
            self.looks -= 1
            if self.looks == 0:
                await self.bot.floor.submit(self.waiting, identity=None)
        return standing_in(self.bot.floor.state, PLAN, person, live=False)


@pytest.mark.parametrize(
    ("looks", "answer"), [(2, "You are not ready."), (99, "That is written down and takes effect")]
)
async def test_beside_the_deciding_instance_the_answer_waits_for_the_word(
    bot: Bot, looks: int, answer: str
) -> None:
    bot.floor.hire()
    elsewhere = Elsewhere(bot, looks)
    bot.listener.chat = AgentChat(
        gateway=bot.gateway,
        floor=elsewhere,
        chats=bot.chats,
        channels=bot.channels,
        orders=bot.orders,
        now=wall_ms,
        look_every_s=0.001,
    )
    assert (await said(bot, "not ready")).startswith(answer)
