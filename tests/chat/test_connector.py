"""Sending: what goes to the connector, and what happens when it is not well."""

import asyncio

import pytest
from aiohttp import web
from kit.chat_bot import Bot
from kit.chat_channel import APP

from bot.teams.activities import read
from bot.teams.conversation import Card, ChatFailed, ConversationRef

CARD = Card(content={"type": "AdaptiveCard", "version": "1.5", "body": []}, summary="A caller")


def where(bot: Bot) -> ConversationRef:
    return read(bot.channel.message(), APP).ref


async def test_a_text_out_of_the_blue_goes_to_the_conversation(bot: Bot) -> None:
    sent = await bot.gateway.send_text(where(bot), "통화 *한* 건\n<b>", reply_to="")
    assert sent == "out-1"
    [request] = bot.channel.sent
    assert request.path == "/teams/v3/conversations/a%3A1conv%3Bx%3D1/activities"
    assert request.body["text"] == "통화 *한* 건\n<b>"
    assert "replyToId" not in request.body


async def test_a_text_is_replaced(bot: Bot) -> None:
    await bot.gateway.update_text(where(bot), "m 1", "gone")
    [request] = bot.channel.sent
    assert (request.method, request.path.rsplit("/", 1)[1]) == ("PUT", "m%201")
    assert request.body["text"] == "gone"


async def test_a_card_is_sent_and_replaced_as_it_is(bot: Bot) -> None:
    await bot.gateway.send_card(where(bot), CARD)
    await bot.gateway.update_card(where(bot), "m1", CARD)
    for request in bot.channel.sent:
        [attachment] = request.body["attachments"]
        assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
        assert attachment["content"] == CARD.content
        assert request.body["summary"] == "A caller"


async def test_a_refused_token_is_renewed_once(bot: Bot) -> None:
    bot.channel.answers = [web.Response(status=401)]
    await bot.gateway.send_text(where(bot), "hello")
    assert [sent.authorization for sent in bot.channel.sent] == ["Bearer ours-1", "Bearer ours-2"]
    assert bot.refused_tokens == ["", "ours-1"]


async def test_tokens_refused_twice_are_given_up(bot: Bot) -> None:
    bot.channel.answers = [web.Response(status=401) for _ in range(3)]
    with pytest.raises(ChatFailed) as failure:
        await bot.gateway.send_text(where(bot), "hello")
    assert failure.value.status == 401
    assert len(bot.channel.sent) == 2


@pytest.mark.parametrize("status", [412, 429, 502, 503, 504])
async def test_a_passing_trouble_is_tried_once_more(bot: Bot, status: int) -> None:
    bot.channel.answers = [web.Response(status=status, headers={"Retry-After": "0"})]
    assert await bot.gateway.send_text(where(bot), "hello") == "out-2"


@pytest.mark.parametrize("status", [400, 403, 404, 500])
async def test_a_plain_no_is_not_repeated(bot: Bot, status: int) -> None:
    bot.channel.answers = [web.json_response({"error": {"code": "X"}}, status=status)]
    with pytest.raises(ChatFailed) as failure:
        await bot.gateway.send_text(where(bot), "hello")
    assert failure.value.status == status
    assert failure.value.gone == (status in (403, 404))
    assert len(bot.channel.sent) == 1


async def test_a_redirect_is_not_followed_with_our_token(bot: Bot) -> None:
    there = f"{bot.channel.base}/teams/v3/conversations/elsewhere"
    bot.channel.answers = [web.Response(status=307, headers={"Location": there})]
    with pytest.raises(ChatFailed):
        await bot.gateway.send_text(where(bot), "hello")
    assert len(bot.channel.sent) == 1


async def test_a_connector_that_hangs_is_given_up(bot: Bot) -> None:
    bot.channel.connector_gate = asyncio.Event()
    slow = bot.gateway_within(0.05)
    async with asyncio.timeout(5):
        with pytest.raises(ChatFailed, match="within"):
            await slow.send_text(where(bot), "hello")
    bot.channel.connector_gate.set()


async def test_a_connector_that_is_not_there_is_a_chat_failure(bot: Bot) -> None:
    nobody = ConversationRef(
        app=APP, channel="msteams", service_url="http://127.0.0.1:9/", conversation="a:1"
    )
    with pytest.raises(ChatFailed, match="cannot be reached"):
        await bot.gateway.send_text(nobody, "hello")


@pytest.mark.parametrize(
    ("body", "sent"), [(b"", ""), (b"{}", ""), (b'{"id":null}', ""), (b'{"id":5}', "5")]
)
async def test_a_strange_answer_breaks_nothing(bot: Bot, body: bytes, sent: str) -> None:
    bot.channel.answers = [web.Response(status=201, body=body, content_type="application/json")]
    assert await bot.gateway.send_text(where(bot), "hello") == sent


@pytest.mark.parametrize("body", [b"<html>", b"\xff", b"[1]", b'"x"'])
async def test_an_answer_that_cannot_be_read_is_a_chat_failure(bot: Bot, body: bytes) -> None:
    bot.channel.answers = [web.Response(status=201, body=body, content_type="application/json")]
    with pytest.raises(ChatFailed, match="could not be read"):
        await bot.gateway.send_text(where(bot), "hello")


async def test_a_saved_foreign_address_never_gets_our_token(bot: Bot) -> None:
    forged = ConversationRef(
        app=APP, channel="msteams", service_url="https://connector.example/", conversation="a:1"
    )
    with pytest.raises(ChatFailed, match="none of Microsoft's"):
        await bot.gateway.send_text(forged, "hello")
    assert bot.refused_tokens == []


async def test_the_reply_that_fails_does_not_undo_the_word(bot: Bot) -> None:
    agent = bot.floor.hire()
    bot.channel.answers = [web.Response(status=403)]
    assert (await bot.post(bot.channel.message("not ready")))[0] == 201
    assert not agent.ready


@pytest.mark.parametrize("status", [412, 429, 503])
async def test_a_card_that_was_surely_not_taken_is_sent_once_more(bot: Bot, status: int) -> None:
    bot.channel.answers = [web.Response(status=status, headers={"Retry-After": "0"})]
    assert await bot.gateway.send_card(where(bot), CARD, once=True) == "out-2"


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_a_card_that_may_have_been_taken_is_not_sent_again(bot: Bot, status: int) -> None:
    bot.channel.answers = [web.Response(status=status)]
    with pytest.raises(ChatFailed) as failure:
        await bot.gateway.send_card(where(bot), CARD, once=True)
    assert failure.value.may_have_run
    assert len(bot.channel.sent) == 1


async def test_changing_a_card_is_repeated_whatever_happened(bot: Bot) -> None:
    bot.channel.answers = [web.Response(status=504, headers={"Retry-After": "0"})]
    await bot.gateway.update_card(where(bot), "m1", CARD)
    assert [sent.method for sent in bot.channel.sent] == ["PUT", "PUT"]


async def test_a_lost_answer_may_have_been_a_yes_and_a_refused_connection_was_none(
    bot: Bot,
) -> None:
    bot.channel.connector_gate = asyncio.Event()
    with pytest.raises(ChatFailed) as lost:
        await bot.gateway_within(0.05).send_card(where(bot), CARD, once=True)
    bot.channel.connector_gate.set()
    nobody = ConversationRef(
        app=APP, channel="msteams", service_url="http://127.0.0.1:9/", conversation="a:1"
    )
    with pytest.raises(ChatFailed) as unsent:
        await bot.gateway.send_card(nobody, CARD, once=True)
    bot.channel.answers = [web.json_response({}, status=400)]
    with pytest.raises(ChatFailed) as refused:
        await bot.gateway.send_card(where(bot), CARD, once=True)
    told = [each.value.may_have_run for each in (lost, unsent, refused)]
    assert told == [True, False, False]
