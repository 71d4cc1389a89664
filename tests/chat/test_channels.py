"""Teams' channels: the word `here`, cards posted there, and the finding where that is in vain."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from kit.chat_bot import Bot
from kit.chat_channel import APP, buttons_of, card_in, said_by, words_of

from bot.teams.channels import Channels, channel_of
from bot.teams.conversation import ChatFailed, ConversationRef
from bot.teams.team_cards import News, news_card
from bot.watches.channels import ChannelWatch
from console.findings import Finding, Findings, Source
from routing.plan import EntryPoint, Plan, Queue

TEAM = "19:a1b2c3@thread.tacv2"
THREAD = f"{TEAM};messageid=1700000000001"


def news(**changed: Any) -> News:
    given: dict[str, Any] = {
        "channel": TEAM,
        "queue": "Support",
        "language": "en",
        "about": "callback_expired",
        "contact": "1-1",
        "detail": {"caller_kind": "number", "caller": "+4930123456", "tries": "3"},
    }
    return News(**(given | changed))


def in_team(bot: Bot, text: str = "", **changed: Any) -> dict[str, Any]:
    """What Teams posts from a channel."""
    conversation = {"conversationType": "channel", "isGroup": True, "id": THREAD}
    return bot.channel.message(text=f"<at>Switchboard</at> {text}", conversation=conversation) | (
        changed
    )


async def test_here_shows_the_channels_id_and_the_line_for_the_plan(bot: Bot) -> None:
    await bot.post(in_team(bot, "here"))
    [said] = bot.channel.texts()
    assert f'channel: "{TEAM}"' in said
    assert THREAD not in said
    await bot.post(in_team(bot, "여기", id="2"))
    assert f'channel: "{TEAM}"' in bot.channel.texts()[-1]
    assert "이 채널은" in bot.channel.texts()[-1]


async def test_here_in_a_personal_chat_says_where_to_say_it(bot: Bot) -> None:
    await bot.post(bot.channel.message(text="here"))
    assert "no channel of a team" in bot.channel.texts()[0]


async def test_the_card_goes_to_the_channel_and_not_into_the_thread(bot: Bot) -> None:
    await bot.post(in_team(bot, "help"))
    await bot.channels.post(news())
    sent = bot.channel.sent[-1]
    assert sent.path.endswith("/v3/conversations/19%3Aa1b2c3%40thread.tacv2/activities")
    assert "replyToId" not in sent.body
    assert "was not reached in time" in said_by(sent.body)


async def test_a_channel_never_seen_is_tried_by_the_connector_that_is_known(bot: Bot) -> None:
    with pytest.raises(ChatFailed):
        await bot.channels.post(news())
    await bot.post(bot.channel.message(text="help"))
    await bot.channels.post(news())
    assert "19%3Aa1b2c3%40thread.tacv2" in bot.channel.sent[-1].path


async def test_a_restart_knows_the_channels_of_before(bot: Bot) -> None:
    await bot.post(in_team(bot, "help"))
    again = Channels("5a1e9f0b-0000-4000-8000-000000000001", bot.shelf, bot.gateway, lambda: 1, "")
    assert (await again.standing(TEAM)).seen
    await again.post(news())
    assert "19%3Aa1b2c3%40thread.tacv2" in bot.channel.sent[-1].path


async def findings(bot: Bot, watch: ChannelWatch | None = None) -> list[Finding]:
    queue = Queue(name="support", channel=TEAM)
    plan = Plan(tenant="t", entry_points=(EntryPoint(name="m", queue="support"),), queues=(queue,))
    loop: Any = SimpleNamespace(plan=plan)
    clock: Any = SimpleNamespace(now=lambda: 1)
    found = Findings()
    await ChannelWatch(loop=loop, channels=bot.channels, findings=found, clock=clock).look()
    return [each for each in found.all() if each.source is Source.CHANNEL]


async def test_a_channel_in_which_the_bot_was_never_seen_is_a_finding(bot: Bot) -> None:
    [finding] = await findings(bot)
    assert (finding.severity, finding.key) == ("warning", "queues.support.channel")
    assert "`@Switchboard here`" in finding.sentence
    await bot.post(in_team(bot, "here"))
    assert await findings(bot) == []


async def test_a_refused_card_is_a_finding_until_the_bot_is_seen_there(bot: Bot) -> None:
    await bot.post(in_team(bot, "help"))
    bot.channel.answers = [web.json_response({}, status=403)]
    with pytest.raises(ChatFailed):
        await bot.channels.post(news())
    [finding] = await findings(bot)
    assert (finding.severity, "refused" in finding.sentence) == ("error", True)
    await bot.post(in_team(bot, "here", id="9"))
    assert await findings(bot) == []


async def test_taken_out_of_the_team_the_bot_is_no_longer_there(bot: Bot) -> None:
    await bot.post(in_team(bot, "here"))
    await bot.post(in_team(bot, type="installationUpdate", action="remove", text=None, id="2"))
    [finding] = await findings(bot)
    assert finding.problem == "channel"


async def test_added_to_a_team_the_bot_knows_its_channel(bot: Bot) -> None:
    added = {"type": "conversationUpdate", "text": None, "membersAdded": [{"id": f"28:{APP}"}]}
    await bot.post(in_team(bot, **added))
    assert (await bot.channels.standing(TEAM)).seen


def test_the_card_says_who_and_links_to_the_player() -> None:
    told = news(detail={"caller_kind": "withheld", "length_ms": "65000", "voicemail": "1-9"})
    card: Any = news_card(told, link="https://bot.example").content
    assert "Number withheld" in words_of(card)
    assert "Length: 1 min 5 s" in words_of(card)
    [listen] = card["actions"]
    assert listen["url"] == "https://bot.example/tab/#/voicemails/1-9"
    assert listen["type"] == "Action.OpenUrl"


@pytest.mark.parametrize("language", ["en", "ko", "xx"])
def test_news_that_this_version_does_not_know_is_shown_all_the_same(language: str) -> None:
    told = news(language=language, about="new_thing", detail={"some_key": "value"})
    said = words_of(dict(news_card(told, link="").content))
    assert "some key: value" in said


def test_a_callers_name_is_shown_as_it_stands() -> None:
    name = "[click](https://evil.example)"
    told = news(detail={"caller_kind": "internal", "caller": "x", "caller_name": name})
    card: Any = news_card(told, link="").content
    assert name in words_of(card)
    assert card_in({"attachments": []}) == {}
    assert buttons_of(card) == {}


def test_a_thread_is_of_its_channel() -> None:
    ref = ConversationRef(app="a", channel="msteams", service_url="s", conversation=THREAD)
    assert channel_of(ref) == TEAM
