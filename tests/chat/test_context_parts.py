"""What a card says of a caller besides who it is: bounded, as text, and what did not answer."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from kit.chat_channel import words_of
from kit.context_plans import GOLD, MONDAY
from kit.offer_cards import LANGUAGES, LARGEST, OFFERED, check

from bot.teams import cards
from bot.teams.context_parts import DAY_MS, LINKS, ago
from routing.card_face import Face
from routing.context_rules import Source
from routing.context_state import Known, Link, PastContact, Told
from routing.state import Outcome

HOUR_MS = 3_600_000


def known(told: Told | None = None, source: Source = Source.HTTP, **fields: Any) -> Known:
    return Known(
        provider="crm", title="CRM", source=source, asked_at=10 * DAY_MS, told=told, **fields
    )


def shown(*context: Known, language: str = "en") -> dict[str, Any]:
    card = cards.offer(replace(OFFERED, context=context), language)
    found: dict[str, Any] = json.loads(json.dumps(card.content))
    check(found)
    return found


def test_fields_links_and_the_past_stand_under_the_places_title() -> None:
    past = PastContact(
        at=8 * DAY_MS, queue="Sales", outcome="abandoned", agent="ben@x.example", note="Urgent"
    )
    card = shown(known(GOLD), known(Told(past=(past,)), Source.HISTORY))
    words = words_of(card)
    assert words[5:] == [
        "CRM",
        "Tier: gold",
        "CRM",
        "2 d ago, Sales: hung up, ben@x.example",
        "Note: Urgent",
        "Accept here, or pick up and press 1.",
    ]
    [links] = [part for part in card["body"] if part["type"] == "ActionSet"]
    assert links["actions"] == [
        {"type": "Action.OpenUrl", "title": "Open", "url": "https://crm.contoso.example/#/4711"}
    ]


def test_a_profile_is_named_in_the_agents_language() -> None:
    told = Told(fields={"name": "Una", "job_title": "Buyer"}, manager="Sam")
    words = words_of(shown(known(told, Source.PROFILE), language="ko"))
    assert words[6:9] == ["이름: Una", "직함: Buyer", "관리자: Sam"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"command": "1-2"}, "CRM has not answered yet."),
        ({"problem": "late"}, "CRM did not answer in time."),
        ({"problem": "too large"}, "CRM answered something that cannot be used."),
        ({"problem": "not JSON"}, "CRM answered something that cannot be used."),
        ({"problem": "redirect"}, "CRM answered something that cannot be used."),
        ({"problem": "status"}, "CRM did not answer."),
        ({"problem": "not permitted"}, "CRM did not answer."),
        ({"told": Told()}, "CRM: nothing known"),
    ],
)
def test_what_did_not_answer_is_said(fields: dict[str, Any], sentence: str) -> None:
    assert sentence in words_of(shown(known(**fields)))


def test_words_of_others_are_text_and_nothing_else() -> None:
    nasty = "**[Free](https://evil.example)** <script>alert(1)</script> {{DATE(x)}}"
    card = shown(known(Told(fields={nasty[:40]: nasty})))
    assert nasty in "".join(words_of(card))
    assert {part["type"] for part in card["body"]} == {"RichTextBlock"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_most_that_there_can_be_still_is_a_card(language: str) -> None:
    past = tuple(
        PastContact(at=n, queue="q" * 80, outcome=each.value, agent="a" * 113, note="메" * 300)
        for n, each in enumerate(Outcome)
    )
    told = Told(
        fields={f"{n}" * 20: "김" * 200 for n in range(20)},
        links=tuple(Link(label="l" * 40, url="https://x.example/" + "x" * 1_900) for _ in range(5)),
        past=past,
    )
    card = cards.offer(replace(OFFERED, context=(known(told),) * 8), language)
    check(card.content)
    assert len(json.dumps(card.content, ensure_ascii=False).encode()) < LARGEST
    links = [part for part in card.content["body"] if part["type"] == "ActionSet"]
    assert len(links[0]["actions"]) == LINKS


@pytest.mark.parametrize("face", [Face.WRAP_UP, Face.MISSED, Face.HUNG_UP])
def test_a_card_without_context_says_nothing_of_it(face: Face) -> None:
    card = cards.offer(replace(OFFERED, face=face), "en")
    assert "CRM" not in json.dumps(card.content)


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (-5, "0 min ago"),
        (59_000, "0 min ago"),
        (5 * 60_000, "5 min ago"),
        (5 * HOUR_MS + 1, "5 h ago"),
        (DAY_MS, "1 d ago"),
    ],
)
def test_how_long_ago(ms: int, text: str) -> None:
    assert ago(ms, "en") == text


def test_the_kits_past_is_one_that_a_card_shows() -> None:
    assert any("Sales: answered" in words for words in words_of(shown(known(MONDAY))))
