"""Reading the channel's JSON."""

from typing import Any

import pytest
from kit.chat_channel import APP, PERSON, Channel

from bot.teams.activities import BadActivity, Unheard, read
from bot.teams.conversation import (
    BotAdded,
    BotRemoved,
    CardAction,
    ConversationRef,
    IncomingMessage,
)

CHANNEL = Channel(base="https://smba.trafficmanager.net")
BOT = f"28:{APP}"


def message(text: str = "status", **changed: Any) -> IncomingMessage:
    arrived = read(CHANNEL.message(text, **changed), APP)
    assert isinstance(arrived, IncomingMessage)
    return arrived


def mention(of: str, text: str) -> dict[str, Any]:
    return {"type": "mention", "text": text, "mentioned": {"id": of, "name": "X"}}


def test_a_message_says_who_where_and_when_it_is_there() -> None:
    heard = message(" status ")
    assert heard.text == "status"
    assert heard.sender == PERSON
    assert heard.sender_name == "Ada Park"
    assert heard.time_zone == "Asia/Seoul"
    assert heard.utc_offset_min == 540
    assert heard.ref == ConversationRef(
        app=APP,
        channel="msteams",
        service_url="https://smba.trafficmanager.net/teams/",
        conversation="a:1conv;x=1",
        kind="personal",
        tenant="5a1e9f0b-0000-4000-8000-000000000001",
        bot=BOT,
        bot_name="Switchboard",
        person="29:1abc",
        person_name="Ada Park",
        language="en",
    )


@pytest.mark.parametrize(
    ("text", "entities", "said"),
    [
        ("<at>Switchboard</at> ready", [], "ready"),
        ("<at>Switchboard</at>\u00a0ready\n", [mention(BOT, "<at>Switchboard</at>")], "ready"),
        ("ready <at>Switchboard</at>", [mention(BOT, "<at>Switchboard</at>")], "ready"),
        ('<at id="0">Bot</at> not ready', [], "not ready"),
        ("@Switchboard ready", [mention(BOT, "@Switchboard")], "ready"),
        (
            "not ready <at>Bob</at> covers",
            [mention("29:bob", "<at>Bob</at>")],
            "not ready Bob covers",
        ),
        ("<p>not ready&nbsp;15m</p>", [], "not ready\u00a015m"),
        ("ready", "nonsense", "ready"),
        ("ready", [1, None, {"type": "mention", "mentioned": 5}], "ready"),
    ],
)
def test_the_bots_mention_is_taken_out(text: str, entities: Any, said: str) -> None:
    assert message(text, entities=entities).text == said


def test_only_teams_vouches_for_the_person() -> None:
    assert message(channelId="directline").sender == ""


def test_fields_of_a_wrong_type_count_as_missing() -> None:
    heard = message(
        **{
            "from": 5,
            "recipient": [],
            "locale": {},
            "localTimestamp": 1,
            "channelData": "x",
            "id": 7,
        }
    )
    assert (heard.sender, heard.id, heard.utc_offset_min, heard.ref.language) == (
        "",
        "",
        None,
        "en",
    )
    assert heard.ref.bot == ""


def test_texts_are_made_storable() -> None:
    heard = message("a\0b\ud800", id="x\0" * 2000)
    assert heard.text == "ab?"
    assert "\0" not in heard.id
    assert len(heard.id) <= 512


@pytest.mark.parametrize(
    "changed",
    [
        {"type": None},
        {"serviceUrl": ""},
        {"channelId": 1},
        {"conversation": {}},
        {"conversation": 3},
    ],
)
def test_an_activity_that_cannot_be_answered_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(BadActivity):
        read(CHANNEL.message(**changed), APP)


@pytest.mark.parametrize("body", [None, 1, "x", [], [{}]])
def test_what_is_no_object_is_refused(body: object) -> None:
    with pytest.raises(BadActivity):
        read(body, APP)


def test_a_pressed_button_brings_its_verb_and_data() -> None:
    value = {"action": {"type": "Action.Execute", "verb": "accept", "data": {"offer": "1-7"}}}
    arrived = read(CHANNEL.invoke("adaptiveCard/action", value) | {"replyToId": "m1"}, APP)
    assert isinstance(arrived, CardAction)
    assert (arrived.name, arrived.verb, arrived.value) == ("adaptiveCard/action", "accept", value)
    assert (arrived.message, arrived.sender) == ("m1", PERSON)


def test_a_message_with_a_value_and_no_text_is_a_plain_submit() -> None:
    arrived = read(CHANNEL.message("", value={"choice": 3}), APP)
    assert isinstance(arrived, CardAction)
    assert (arrived.name, arrived.value) == ("", {"choice": 3})


def test_installing_and_removing_the_bot() -> None:
    added = read(CHANNEL.message(type="conversationUpdate", membersAdded=[{"id": BOT}]), APP)
    assert isinstance(added, BotAdded)
    removed = read(CHANNEL.message(type="installationUpdate", action="remove"), APP)
    assert isinstance(removed, BotRemoved)
    assert removed.sender == PERSON
    someone = read(CHANNEL.message(type="conversationUpdate", membersAdded=[{"id": "29:bob"}]), APP)
    assert isinstance(someone, Unheard)
    again = read(CHANNEL.message(type="installationUpdate", action="add"), APP)
    assert isinstance(again, BotAdded)
    other = read(CHANNEL.message(type="installationUpdate", action="upgrade"), APP)
    assert isinstance(other, Unheard)


def test_a_conversation_is_saved_as_our_own_json() -> None:
    ref = message(locale="ko-KR").ref
    assert ref.language == "ko"
    assert ConversationRef.from_json(ref.to_json()) == ref
    assert "py/object" not in ref.to_json()
    later = ref.to_json()[:-1] + ',"new_field":"of a later version"}'
    assert ConversationRef.from_json(later) == ref


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"channel":1,"service_url":"u","conversation":"c"}', '{"channel":"c"}'],
)
def test_a_spoilt_saved_conversation_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"conversation|Expecting"):
        ConversationRef.from_json(text)
