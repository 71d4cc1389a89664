"""The cards as they look: every face, in both languages, narrow enough for a phone."""

import json
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from kit.chat_channel import buttons_of, words_of
from kit.offer_cards import LANGUAGES, LARGEST, NUMBER, OFFERED, check

from bot.teams import cards
from bot.teams.conversation import Card
from console.board import caller_of
from routing.card_face import Face, MissedCard
from routing.choices import Choice, NotReadyReason
from routing.events import Caller, CallerKind

MISSED = MissedCard(
    agent="ada",
    caller=NUMBER,
    queue="Support",
    picked_up=False,
    not_responding=True,
    pause_ms=None,
)


def content(card: Card) -> dict[str, Any]:
    """The card as it goes over the wire."""
    found: dict[str, Any] = json.loads(json.dumps(card.content))
    return found


def words(card: Card) -> list[str]:
    return words_of(content(card))


@pytest.mark.parametrize(("face", "language"), [*product(Face, LANGUAGES)])
def test_every_face_is_a_card_that_a_phone_can_show(face: Face, language: str) -> None:
    for taken, may_accept in product((False, True), (False, True)):
        told = replace(OFFERED, face=face, taken=taken, may_accept=may_accept, note="calls back")
        card = cards.offer(told, language)
        shown = content(card)
        check(shown)
        assert shown["version"] == "1.4"
        assert shown["body"][0]["id"] == face.value
        assert len(json.dumps(shown).encode()) < LARGEST
        assert card.summary == shown["fallbackText"]
        assert len(buttons_of(shown)) <= 4


def test_the_offer_says_who_calls_for_which_queue_how_long_and_what_they_keyed() -> None:
    card = cards.offer(OFFERED, "en")
    assert card.summary == "Call for Support: +4930123456"
    assert words(card) == [
        "A caller for you.",
        "+4930123456",
        "Queue: Support",
        "Has waited for 1 min 20 s",
        "customer number: 4711",
        "Accept here, or pick up and press 1.",
    ]
    assert words(cards.offer(OFFERED, "ko"))[2:4] == ["대기열: Support", "기다린 시간: 1분 20초"]


def test_the_buttons_carry_verb_and_offer_for_new_clients_and_old_ones() -> None:
    buttons = buttons_of(content(cards.offer(OFFERED, "en")))
    assert list(buttons) == ["accept", "decline"]
    for verb, button in buttons.items():
        assert button["type"] == "Action.Execute"
        assert button["data"] == button["fallback"]["data"] == {"verb": verb, "offer": "1-9"}
        assert button["fallback"]["type"] == "Action.Submit"


@pytest.mark.parametrize(
    ("changes", "verbs"),
    [
        ({"may_accept": False}, ["decline"]),
        ({"may_accept": False, "may_decline": False}, []),
        ({"face": Face.ACCEPTED}, ["decline"]),
        ({"face": Face.CONNECTED}, []),
        ({"face": Face.WRAP_UP}, ["done"]),
        ({"face": Face.HUNG_UP}, []),
        ({"face": Face.MISSED}, []),
    ],
)
def test_only_what_can_still_be_done_has_a_button(
    changes: dict[str, Any], verbs: list[str]
) -> None:
    card = cards.offer(replace(OFFERED, **changes), "en")
    assert list(buttons_of(content(card))) == verbs


def test_decline_offers_reasons_and_room_for_own_words() -> None:
    shown = content(cards.offer(OFFERED, "en"))
    [fold] = [a for a in shown["actions"] if a["type"] == "Action.ShowCard"]
    choices, own = fold["card"]["body"]
    assert [c["value"] for c in choices["choices"]] == ["busy", "not mine", "leaving"]
    assert own["maxLength"] == 64
    assert list(buttons_of(fold["card"])) == ["decline"]


def test_a_name_is_shown_as_it_is_and_never_read_as_markdown() -> None:
    caller = Caller(kind=CallerKind.FEDERATED, id="x", name="[Win](https://evil.example) **now**")
    card = cards.offer(replace(OFFERED, caller=caller), "en")
    assert words(card)[1] == "[Win](https://evil.example) **now** (another organization)"
    assert "TextBlock" not in [part["type"] for part in content(card)["body"]]


@pytest.mark.parametrize("name", ["", "Ada Park"])
@pytest.mark.parametrize("kind", CallerKind)
def test_the_caller_is_named_as_the_console_names_them(kind: CallerKind, name: str) -> None:
    known = "+4930123456" if kind is CallerKind.NUMBER else "an-object-id"
    hidden = kind in (CallerKind.WITHHELD, CallerKind.ENCRYPTED)
    caller = Caller(kind=kind, id="" if hidden else known, name=name)
    shown = cards.caller_name(caller, "en")
    assert "an-object-id" not in shown
    console = caller_of(kind.value, caller.id, caller.name)
    if name or kind is CallerKind.NUMBER:
        assert console in shown
    else:
        words = {
            "withheld": "Number withheld",
            "encrypted": "Identity hidden",
            "internal": "A colleague",
            "guest": "A guest",
            "federated": "Somebody of another organization",
            "bot": "Another bot",
        }
        assert shown == words[kind.value]
    assert cards.caller_name(caller, "ko")


def test_a_number_without_digits_still_has_a_name() -> None:
    assert cards.caller_name(Caller(kind=CallerKind.NUMBER), "en") == "A phone number"


def test_much_that_was_keyed_is_cut_to_what_a_card_holds() -> None:
    keyed = {f"question {n}": "9" * 4_000 for n in range(50)}
    card = content(cards.offer(replace(OFFERED, keyed=keyed), "en"))
    assert len(json.dumps(card)) < LARGEST
    assert sum("question" in line for line in words_of(card)) == 10


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"face": Face.DECLINED}, "You declined this call."),
        (
            {"face": Face.DECLINED, "reason": "busy"},
            "You declined this call: Busy with something else.",
        ),
        ({"face": Face.DECLINED, "reason": "on a train"}, "You declined this call: on a train."),
        (
            {"face": Face.MISSED, "taken": True},
            "You missed this call: the phone was not picked up. Somebody else has the caller now.",
        ),
        ({"face": Face.HUNG_UP}, "The caller hung up before you were connected."),
    ],
)
def test_how_it_stands_is_said_in_one_sentence(told: dict[str, Any], said: str) -> None:
    assert words(cards.offer(replace(OFFERED, **told), "en"))[0] == said


def test_a_declined_invitation_says_that_the_phone_may_ring_on() -> None:
    told = replace(OFFERED, face=Face.DECLINED, rings_on=True)
    assert "ring on" in words(cards.offer(told, "en"))[-1]


def test_the_wrap_up_has_room_for_a_note_and_says_how_long_it_lasts() -> None:
    shown = content(cards.offer(replace(OFFERED, face=Face.WRAP_UP), "en"))
    assert "You have 30 s for wrap-up. Done ends it now." in words_of(shown)
    note = shown["body"][-1]
    assert (note["type"], note["id"], note["maxLength"]) == ("Input.Text", "note", 1_000)
    no_wrap_up = replace(OFFERED, face=Face.WRAP_UP, wrap_up_ms=0)
    assert words(cards.offer(no_wrap_up, "en"))[-1] == "You can leave a note."


def test_done_shows_the_note() -> None:
    told = replace(OFFERED, face=Face.DONE, note="calls back")
    assert words(cards.offer(told, "en"))[-1] == "Your note: calls back"


ENDINGS = (Choice(code="solved", words={"en": "Solved", "ko": "해결"}), Choice(code="open"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("many", [1, 30])
def test_the_wrap_up_asks_how_it_ended_in_the_queues_words(language: str, many: int) -> None:
    more = tuple(Choice(code=f"c{n}") for n in range(many))
    told = replace(
        OFFERED,
        face=Face.WRAP_UP,
        dispositions=ENDINGS + more,
        disposition="open",
        needs_disposition=True,
    )
    shown = content(cards.offer(told, language))
    check(shown)
    [asks] = [part for part in shown["body"] if part["type"] == "Input.ChoiceSet"]
    assert asks["choices"][0] == {"title": ENDINGS[0].said(language), "value": "solved"}
    assert (asks["value"], asks["isRequired"]) == ("open", True)
    assert asks["style"] == ("expanded" if many == 1 else "compact")


def test_an_optional_ending_may_be_left_out_and_done_shows_the_one_chosen() -> None:
    told = replace(OFFERED, face=Face.WRAP_UP, dispositions=ENDINGS)
    shown = content(cards.offer(told, "en"))
    [asks] = [part for part in shown["body"] if part["type"] == "Input.ChoiceSet"]
    assert "isRequired" not in asks
    told = replace(told, face=Face.DONE, disposition="solved", note="n" * 4_000)
    assert words(cards.offer(told, "en"))[-2] == "How it ended: Solved"
    assert len(words(cards.offer(told, "en"))[-1]) < 1_100


@pytest.mark.parametrize("language", LANGUAGES)
def test_not_ready_offers_the_plans_reasons(language: str) -> None:
    lunch = NotReadyReason(code="lunch", words={"en": "Lunch", "ko": "점심"})
    shown = content(cards.answer("x", language, ready=True, reasons=(lunch,)))
    check(shown)
    unfolds = shown["actions"][0]["card"]["body"]
    assert unfolds[0]["choices"] == [{"title": lunch.said(language), "value": "lunch"}]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_offer_that_nobody_knows_any_more_has_a_card_without_buttons(language: str) -> None:
    shown = content(cards.over(language))
    check(shown)
    assert buttons_of(shown) == {}
    assert len(words_of(shown)) == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "until you press Ready, or your presence leaves Available and comes back."),
        ({"pause_ms": 60_000}, "for 1 min, or until you press Ready."),
        ({"not_responding": False, "pause_ms": 30_000}, "in 30 s, or at once when you press Ready"),
    ],
)
def test_a_missed_offer_says_how_to_come_back(changes: dict[str, Any], said: str) -> None:
    card = cards.missed(replace(MISSED, **changes), "en")
    assert said in words(card)[1]
    assert "+4930123456 for Support: the phone was not picked up" in words(card)[0]
    assert list(buttons_of(content(card))) == ["ready"]
    for language in LANGUAGES:
        check(content(cards.missed(replace(MISSED, picked_up=True, **changes), language)))


@pytest.mark.parametrize(
    ("ready", "verbs"),
    [
        (True, ["not_ready", "status", "help"]),
        (False, ["ready", "status", "help"]),
        (None, ["status", "help"]),
    ],
)
def test_an_answer_has_the_buttons_that_make_sense_next(
    ready: bool | None, verbs: list[str]
) -> None:
    card = cards.answer("You are ready.\nCalls come to you now.", "en", ready=ready)
    check(content(card))
    assert words(card) == ["You are ready.", "Calls come to you now."]
    assert card.summary == "You are ready."
    assert list(buttons_of(content(card))) == verbs


@pytest.mark.parametrize(
    ("ms", "english", "korean"),
    [
        (-5, "0 s", "0초"),
        (999, "0 s", "0초"),
        (59_000, "59 s", "59초"),
        (60_000, "1 min", "1분"),
        (3_725_000, "1 h 2 min", "1시간 2분"),
        (3_605_000, "1 h 5 s", "1시간 5초"),
    ],
)
def test_lengths_of_time_in_words(ms: int, english: str, korean: str) -> None:
    assert (cards.span(ms, "en"), cards.span(ms, "ko")) == (english, korean)
