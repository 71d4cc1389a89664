"""What any successor of the Bot Framework library must answer, over raw HTTP."""

import asyncio
import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kit.chat_bot import Bot, running_bot
from kit.chat_channel import PERSON, Channel, running_channel

from bot.teams.conversation import ActionAnswer


async def test_a_good_token_gets_a_reply(bot: Bot) -> None:
    bot.floor.hire()
    status, _ = await bot.post(bot.channel.message("status"))
    assert status == 201
    [sent] = bot.channel.sent
    assert (sent.method, sent.path) == (
        "POST",
        "/teams/v3/conversations/a%3A1conv%3Bx%3D1/activities/1700000000001",
    )
    assert sent.authorization == "Bearer ours-1"
    assert sent.body["type"] == "message"
    assert sent.body["replyToId"] == "1700000000001"
    assert sent.body["from"] == {
        "id": bot.channel.message()["recipient"]["id"],
        "name": "Switchboard",
    }
    assert sent.body["recipient"]["id"] == "29:1abc"
    [attachment] = sent.body["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert "Calls come to you now." in bot.channel.texts()[0]


Forge = Callable[[Channel], str | None]
UNBELIEVABLE: dict[str, Forge] = {
    "none": lambda _: None,
    "wrong audience": lambda c: c.token(aud="11111111-1111-4111-8111-111111111111"),
    "wrong issuer": lambda c: c.token(iss="https://sts.windows.net/x/"),
    "wrong serviceurl": lambda c: c.token(serviceurl="https://smba.trafficmanager.net/teams/"),
    "no serviceurl": lambda c: c.token(serviceurl=None),
    "expired": lambda c: c.token(exp=int(time.time()) - 3600),
    "not yet valid": lambda c: c.token(nbf=int(time.time()) + 3600),
    "garbage": lambda _: "garbage",
    "three parts of garbage": lambda _: "a.b.c",
    "bad signature": lambda c: c.token(signer="forger"),
    "tampered": lambda c: _tampered(c.token()),
    "alg none": lambda c: c.unsigned(),
    "HMAC with the public key": lambda c: c.confused(),
    "unknown kid": lambda c: c.token(kid="nobody"),
}


def _tampered(token: str) -> str:
    head, payload, signature = token.split(".")
    return ".".join(
        [head, payload[:-2] + ("A" if payload[-2] != "A" else "B") + payload[-1], signature]
    )


@pytest.mark.parametrize("kind", UNBELIEVABLE)
async def test_an_unbelievable_token_is_401_and_nothing_else_happens(bot: Bot, kind: str) -> None:
    bot.floor.hire()
    token = UNBELIEVABLE[kind](bot.channel)
    status, body = await bot.post(bot.channel.message("not ready"), token=token)
    assert status == 401
    assert body["error"]
    assert bot.floor.words == []
    assert bot.channel.sent == []


async def test_a_key_may_only_speak_for_its_channels(bot: Bot) -> None:
    bot.channel.endorsements = ["webchat"]
    status, _ = await bot.post(bot.channel.message())
    assert status == 401


async def test_a_new_signing_key_is_accepted_at_once(bot: Bot) -> None:
    bot.floor.hire()
    assert (await bot.post(bot.channel.message()))[0] == 201
    bot.channel.kids = ["two"]
    token = bot.channel.token(kid="two")
    assert (await bot.post(bot.channel.message(id="2"), token=token))[0] == 201
    assert bot.channel.key_fetches == 2


@pytest.mark.parametrize("hours", [2, 25])
async def test_a_new_signing_key_is_accepted_hours_later(bot: Bot, hours: int) -> None:
    bot.floor.hire()
    assert (await bot.post(bot.channel.message()))[0] == 201
    bot.offset_ms = hours * 3_600_000
    bot.channel.kids.append("two")
    token = bot.channel.token(kid="two", exp=int(time.time()) + (hours + 1) * 3600)
    assert (await bot.post(bot.channel.message(id="2"), token=token))[0] == 201


async def test_a_slow_key_server_stalls_nobody(bot: Bot) -> None:
    bot.floor.hire()
    bot.channel.gate = asyncio.Event()
    waiting = asyncio.ensure_future(bot.post(bot.channel.message()))
    while not bot.channel.key_fetches:
        await asyncio.sleep(0)
    # The loop goes on: another request is refused at once while the first one waits for keys.
    assert (await bot.post(bot.channel.message(), token="garbage"))[0] == 401
    assert not waiting.done()
    bot.channel.gate.set()
    assert (await waiting)[0] == 201


JSON = {"Content-Type": "application/json"}
BAD_BODIES: dict[str, tuple[bytes, dict[str, str], int]] = {
    "not JSON": (b"{", JSON, 400),
    "empty": (b"", JSON, 400),
    "blank": (b"  \n", JSON, 400),
    "an array": (b"[]", JSON, 400),
    "null": (b"null", JSON, 400),
    "a number": (b"1" * 5000, JSON, 400),
    "not UTF-8": (b'{"type":"\xff"}', JSON, 400),
    "nested too deeply": (b"[" * 100_000, JSON, 400),
    "no type": (b"{}", JSON, 400),
    "no content type": (b"{}", {"Content-Type": ""}, 415),
    "text": (b"{}", {"Content-Type": "text/plain"}, 415),
    "a form": (b"a=b", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
    "more than 1 MiB": (b'{"a":"' + b"x" * 1_048_576 + b'"}', JSON, 413),
}


@pytest.mark.parametrize("kind", BAD_BODIES)
async def test_a_bad_body_is_a_clear_4xx(bot: Bot, kind: str) -> None:
    raw, headers, expected = BAD_BODIES[kind]
    status, body = await bot.post(data=io.BytesIO(raw), headers=headers)
    assert status == expected
    assert body["error"]


@pytest.mark.parametrize("kind", BAD_BODIES)
async def test_who_is_not_believed_learns_nothing_about_the_body(bot: Bot, kind: str) -> None:
    raw, headers, _ = BAD_BODIES[kind]
    assert (await bot.post(data=io.BytesIO(raw), headers=headers, token=None))[0] == 401


async def test_more_than_1_mib_in_chunks_is_413(bot: Bot) -> None:
    async def pieces() -> Any:
        for _ in range(20):
            yield b"x" * 65_536

    assert (await bot.post(data=pieces(), headers=JSON))[0] == 413


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
async def test_another_method_is_405(bot: Bot, method: str) -> None:
    async with bot.http.request(method, bot.url) as response:
        assert response.status == 405


async def test_a_foreign_service_address_never_gets_our_token(bot: Bot) -> None:
    """Even with a genuine token that vouches for it."""
    bot.floor.hire()
    url = "https://connector.example/teams/"
    body = bot.channel.message("not ready", serviceUrl=url)
    status, _ = await bot.post(body, token=bot.channel.token(serviceurl=url))
    assert status == 403
    assert bot.floor.words == []


EXECUTE = {"action": {"type": "Action.Execute", "verb": "accept", "data": {"offer": "1-7"}}}
BODIES: list[tuple[str, Any, dict[str, Any]]] = [
    (
        "adaptiveCard/action",
        EXECUTE,
        {
            "statusCode": 200,
            "type": "application/vnd.microsoft.card.adaptive",
            "value": {
                "type": "AdaptiveCard",
                "body": [{"type": "TextBlock", "text": "통화 \u00e9"}],
            },
        },
    ),
    (
        "adaptiveCard/action",
        EXECUTE,
        {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "Done"},
    ),
    (
        "task/fetch",
        {"data": {"type": "task/fetch"}, "context": {"theme": "dark"}},
        {"task": {"type": "continue", "value": {"title": "Wrap up", "height": 200, "url": None}}},
    ),
]


@pytest.mark.parametrize(("name", "value", "answer"), BODIES)
async def test_an_invoke_gets_its_body_back_intact(
    bot: Bot, name: str, value: Any, answer: dict[str, Any]
) -> None:
    bot.listener.answer = ActionAnswer(body=answer)
    status, body = await bot.post(bot.channel.invoke(name, value))
    assert (status, body) == (200, answer)
    [action] = bot.listener.actions
    assert (action.name, action.value, action.sender) == (name, value, PERSON)


async def test_a_repeated_invoke_is_answered_again(bot: Bot) -> None:
    answers = [await bot.post(bot.channel.invoke("task/fetch", {})) for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0][0] == 200
    assert answers[0][1]["task"]["type"] == "message"


async def test_a_crash_in_the_listener_is_no_5xx_and_the_next_message_is_heard(bot: Bot) -> None:
    bot.floor.hire()
    bot.listener.crash = True
    assert (await bot.post(bot.channel.message()))[0] == 202
    bot.listener.crash = False
    assert (await bot.post(bot.channel.message(id="2")))[0] == 201
    assert len(bot.channel.sent) == 1


@pytest.mark.parametrize("kind", ["typing", "messageReaction", "event", "endOfConversation", "new"])
async def test_an_activity_that_means_nothing_to_us_is_taken(bot: Bot, kind: str) -> None:
    assert (await bot.post(bot.channel.message(type=kind)))[0] == 201
    assert bot.channel.sent == []


WIRE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec=None, exclude_categories=()), max_size=8)
    | st.sampled_from(["\0", "\ud800", "msteams", "<at>", "not ready \ud83d", "-99:99"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = [*sorted(Channel().message()), "value", "name", "action", "membersAdded", "replyToId"]


@pytest.fixture(scope="module")
def post_raw() -> Iterator[Callable[[dict[str, Any]], int]]:
    """Posts an activity with these fields changed; hypothesis cannot run async tests."""
    with asyncio.Runner() as runner, ExitStack() as ended:
        stack = AsyncExitStack()
        ended.callback(lambda: runner.run(stack.aclose()))
        channel = runner.run(stack.enter_async_context(running_channel()))
        bot = runner.run(stack.enter_async_context(running_bot(channel)))
        bot.floor.hire()

        def post(changes: dict[str, Any]) -> int:
            raw = json.dumps(channel.message("status") | changes).encode()
            return runner.run(bot.post(data=raw, headers=JSON))[0]

        yield post


@given(
    changes=st.dictionaries(st.sampled_from(FIELDS), WIRE, min_size=1, max_size=4),
    kind=st.sampled_from(["message", "invoke", "conversationUpdate", "installationUpdate"]),
)
@settings(max_examples=200)
def test_nothing_in_any_field_is_answered_with_5xx(
    post_raw: Callable[[dict[str, Any]], int], changes: dict[str, Any], kind: str
) -> None:
    # 202 would be the net under a crash of ours.
    assert post_raw({"type": kind} | changes) in (200, 201, 400, 401)
