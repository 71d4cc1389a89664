"""Buttons, from the wire to what is written down and what the card shows then."""

from dataclasses import replace
from typing import Any

import pytest
from kit.chat_bot import Bot
from kit.chat_channel import PERSON, buttons_of, words_of

from bot.teams.agent_chat import AgentChat, SeenCard
from bot.teams.card_presses import readable
from bot.teams.status import Standing
from routing.card_face import Face, OfferCard
from routing.events import (
    Caller,
    CallerKind,
    Event,
)
from routing.word_events import (
    AcceptedByCard,
    DeclinedByCard,
    DoneByCard,
)

CARD = "application/vnd.microsoft.card.adaptive"
TEXT = "application/vnd.microsoft.activity.message"
OFFERED = OfferCard(
    offer="1-9",
    agent=PERSON,
    face=Face.OFFERED,
    message="m1",
    caller=Caller(kind=CallerKind.NUMBER, id="+4930123456"),
    queue="Support",
    waited_ms=0,
    keyed={},
    may_accept=True,
    may_decline=True,
)


def execute(bot: Bot, verb: str, **data: Any) -> dict[str, Any]:
    """What Teams posts when a button is pressed; `data` are the inputs and what it carries."""
    sent = {"verb": verb, "offer": "1-9"} | data
    action = {"type": "Action.Execute", "verb": verb, "data": sent}
    value = {"action": action, "trigger": "manual"}
    return bot.channel.invoke("adaptiveCard/action", value) | {"replyToId": "m1"}


async def press(bot: Bot, verb: str, **data: Any) -> Any:
    """The answer to a press: HTTP 200 always."""
    status, body = await bot.post(execute(bot, verb, **data))
    assert status == 200
    assert body["statusCode"] == 200
    return body


def said(body: Any) -> list[str]:
    assert body["type"] == CARD
    return words_of(body["value"])


@pytest.mark.parametrize(
    ("verb", "data", "event"),
    [
        ("accept", {}, AcceptedByCard(offer="1-9", agent=PERSON, message="m1")),
        ("decline", {}, DeclinedByCard(offer="1-9", agent=PERSON, message="m1")),
        (
            "decline",
            {"why": "busy", "reason": ""},
            DeclinedByCard(offer="1-9", agent=PERSON, reason="busy", message="m1"),
        ),
        (
            "decline",
            {"why": "busy", "reason": " on a\ntrain "},
            DeclinedByCard(offer="1-9", agent=PERSON, reason="on a train", message="m1"),
        ),
        (
            "decline",
            {"why": "<made up>"},
            DeclinedByCard(offer="1-9", agent=PERSON, message="m1"),
        ),
        (
            "done",
            {"note": "calls back\r\non Monday"},
            DoneByCard(offer="1-9", agent=PERSON, note="calls back\non Monday", message="m1"),
        ),
    ],
)
async def test_a_press_is_written_down_with_who_pressed_as_teams_vouches(
    bot: Bot, verb: str, data: dict[str, str], event: Event
) -> None:
    bot.floor.cards["1-9"] = OFFERED
    await press(bot, verb, **data)
    assert bot.floor.presses == [(event, "chat:a:1conv;x=1:1700000000001")]


async def test_the_answer_is_the_card_as_it_stands_after_the_press(bot: Bot) -> None:
    bot.floor.cards["1-9"] = replace(OFFERED, face=Face.ACCEPTED)
    body = await press(bot, "accept")
    assert said(body)[0].startswith("You accepted. Pick up the phone")
    assert list(buttons_of(body["value"])) == ["decline"]


async def test_accept_after_the_caller_hung_up_ends_in_one_sentence_on_the_card(bot: Bot) -> None:
    bot.floor.cards["1-9"] = replace(OFFERED, face=Face.HUNG_UP)
    body = await press(bot, "accept")
    assert said(body)[0] == "The caller hung up before you were connected."
    assert buttons_of(body["value"]) == {}


async def test_an_offer_of_long_ago_is_over(bot: Bot) -> None:
    assert said(await press(bot, "accept")) == ["This call is over."]
    assert bot.floor.presses == []


@pytest.mark.parametrize("verb", ["accept", "decline", "done"])
async def test_somebody_elses_card_does_nothing_for_who_presses_it(bot: Bot, verb: str) -> None:
    bot.floor.cards["1-9"] = replace(OFFERED, agent="somebody-else")
    body = await press(bot, verb)
    assert body["type"] == TEXT
    assert body["value"].startswith("This card is somebody else's")
    assert bot.floor.presses == []


async def test_a_press_that_could_not_be_written_down_is_not_confirmed(bot: Bot) -> None:
    bot.floor.cards["1-9"] = OFFERED
    bot.floor.broken = True
    body = await press(bot, "accept")
    assert (body["type"], body["value"][:31]) == (TEXT, "I could not write that down jus")


async def test_an_identity_that_teams_does_not_vouch_for_presses_nothing(bot: Bot) -> None:
    bot.floor.cards["1-9"] = OFFERED
    bot.channel.endorsements = []
    _, body = await bot.post(execute(bot, "accept") | {"channelId": "directline"})
    assert body["type"] == TEXT
    assert bot.floor.presses == []


async def test_a_client_too_old_for_execute_is_answered_in_words(bot: Bot) -> None:
    bot.floor.cards["1-9"] = replace(OFFERED, face=Face.ACCEPTED)
    submit = bot.channel.message("", value={"verb": "accept", "offer": "1-9"}, replyToId="m1")
    status, _ = await bot.post(submit)
    assert status == 201
    [(event, _)] = bot.floor.presses
    assert event == AcceptedByCard(offer="1-9", agent=PERSON, message="m1")
    assert bot.channel.texts()[0].startswith("You accepted. Pick up the phone")


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"action": None},
        {"action": {"verb": 5, "data": []}},
        {"action": {"verb": "accept"}},
        {"action": {"verb": "accept", "data": {"offer": {"x": 1}}}},
        {"action": {"verb": "accept", "data": {"offer": "\0" * 9_000}}},
        {"action": {"verb": "burn", "data": {"offer": "1-9"}}},
        {"action": {"verb": "done", "data": {"offer": "1-9", "note": ["x"]}}},
        {"action": {"verb": "decline", "data": {f"k{n}": "v" for n in range(500)}}},
    ],
)
async def test_any_json_in_a_press_is_answered_and_breaks_nothing(
    bot: Bot, value: dict[str, Any]
) -> None:
    bot.floor.cards["1-9"] = OFFERED
    status, body = await bot.post(bot.channel.invoke("adaptiveCard/action", value))
    assert (status, body["statusCode"]) == (200, 200)


def test_a_note_is_kept_as_people_can_read_it() -> None:
    assert readable("a\x00b\u202ec\td", 20) == "a b c d"
    assert readable("one\r\ntwo\rthree", 20, keep="\n") == "one\ntwo\nthree"
    assert readable("x" * 30 + "  ", 10) == "x" * 10
    assert readable("  가나다 ", 10) == "가나다"


async def test_half_a_surrogate_pair_in_a_note_can_be_stored(bot: Bot) -> None:
    bot.floor.cards["1-9"] = OFFERED
    await press(bot, "done", note="sad \ud83d face")
    [(event, _)] = bot.floor.presses
    assert isinstance(event, DoneByCard)
    event.note.encode()


# -- words as buttons ------------------------------------------------------------------------------


async def test_ready_and_not_ready_by_button(bot: Bot) -> None:
    agent = bot.floor.hire()
    body = await press(bot, "not_ready", reason="lunch 15m")
    assert not agent.ready
    assert agent.not_ready_reason == "lunch"
    assert said(body)[0].startswith("You are not ready: lunch, until ")
    assert next(iter(buttons_of(body["value"]))) == "ready"
    _, body = await bot.post(execute(bot, "ready") | {"id": "another"})
    assert said(body) == ["You are ready.", "Calls come to you now."]
    assert next(iter(buttons_of(body["value"]))) == "not_ready"
    assert bot.floor.words[0][1] == "chat:a:1conv;x=1:1700000000001"
    assert bot.channel.sent == []  # the card that was pressed is the answer


async def test_a_reason_of_the_plan_is_chosen_on_the_card_and_a_time_goes_with_it(bot: Bot) -> None:
    agent = bot.floor.hire()
    body = await press(bot, "not_ready", why="lunch", reason="15m")
    assert (agent.ready, agent.not_ready_reason) == (False, "lunch")
    assert said(body)[0].startswith("You are not ready: lunch, until ")


async def test_done_on_the_card_brings_how_it_ended(bot: Bot) -> None:
    bot.floor.cards["1-9"] = OFFERED
    await press(bot, "done", disposition="solved")
    [(event, _)] = bot.floor.presses
    assert isinstance(event, DoneByCard)
    assert event.disposition == "solved"


async def test_not_ready_until_is_the_clock_of_who_pressed(bot: Bot) -> None:
    agent = bot.floor.hire()
    body = await press(bot, "not_ready", reason="until 14:30")
    assert "until 14:30" in said(body)[0] or "tomorrow 14:30" in said(body)[0]
    assert "UTC" not in said(body)[0]
    assert "not_ready" in agent.timers


async def test_status_and_help_by_button(bot: Bot) -> None:
    bot.floor.hire()
    assert "Queues: Support." in said(await press(bot, "status"))
    assert said(await press(bot, "help"))[0] == "You can say:"


async def test_typed_words_are_answered_with_cards_and_the_next_buttons(bot: Bot) -> None:
    bot.floor.hire()
    await bot.post(bot.channel.message("status"))
    assert "Calls come to you now." in words_of(bot.channel.card())
    assert list(buttons_of(bot.channel.card())) == ["not_ready", "status", "help"]
    assert bot.channel.sent[0].body["summary"] == "You are ready."


async def test_who_is_no_agent_gets_no_button_to_be_ready(bot: Bot) -> None:
    await bot.post(bot.channel.message("status"))
    assert list(buttons_of(bot.channel.card())) == ["status", "help"]


async def test_where_cards_are_not_known_the_answer_is_text(bot: Bot) -> None:
    bot.channel.endorsements = []
    await bot.post(bot.channel.message("help", channelId="directline"))
    assert bot.channel.sent[0].body["text"].startswith("You can say:")


async def test_a_button_in_korean_is_answered_in_korean(bot: Bot) -> None:
    bot.floor.hire()
    _, body = await bot.post(execute(bot, "status") | {"locale": "ko-KR"})
    assert said(body)[0] == "준비 상태입니다."


async def test_a_press_brings_the_newest_address(bot: Bot) -> None:
    bot.floor.hire()
    await press(bot, "status")
    assert PERSON in bot.shelf.saved


# -- beside the deciding instance ------------------------------------------------------------------


class Elsewhere:
    """Another instance decides: a press shows on the card after so many looks."""

    def __init__(self, looks: int) -> None:
        self.looks = looks
        self.pressed: list[Event] = []
        self.seen = 0

    async def standing(self, person: str) -> Standing | None:
        raise AssertionError(person)

    async def card(self, offer: str) -> SeenCard | None:
        assert offer == "1-9"
        self.seen += 1
        shown = Face.ACCEPTED if self.pressed and self.seen > self.looks else Face.OFFERED
        return SeenCard(card=replace(OFFERED, face=shown), live=False)

    async def submit(self, event: Event, *, identity: str | None) -> None:
        assert identity is not None
        self.pressed.append(event)


@pytest.mark.parametrize(
    ("looks", "answer"), [(3, "You accepted. Pick up"), (99, "A caller for you.")]
)
async def test_beside_the_deciding_instance_the_answer_waits_for_the_card(
    bot: Bot, looks: int, answer: str
) -> None:
    elsewhere = Elsewhere(looks)
    bot.listener.chat = AgentChat(
        gateway=bot.gateway,
        floor=elsewhere,
        chats=bot.chats,
        channels=bot.channels,
        orders=bot.orders,
        now=lambda: 0,
        look_every_s=0.001,
    )
    assert said(await press(bot, "accept"))[0].startswith(answer)
    assert len(elsewhere.pressed) == 1
