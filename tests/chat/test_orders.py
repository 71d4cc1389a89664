"""Supervisors' orders, through the chat endpoint: who may, what is spoken, what is answered."""

from __future__ import annotations

from dataclasses import replace

import pytest
from kit.chat_bot import PLAN, Bot, wall_ms
from kit.speaking import sha_of

from bot.prompts.errors import NoVoice
from bot.prompts.speech import MISSING, VOICE
from bot.teams.order_phrases import ENGLISH, KOREAN
from bot.teams.orders import Order, Verb, read_order
from routing.bulletin import Bulletin, Scope
from routing.hours import Hours, Span
from routing.state import Place

NOW = 1_790_000_000_000


# -- words -----------------------------------------------------------------------------------------


def order(text: str) -> Order:
    found = read_order(text, now=NOW)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "verb", "scope", "name", "texts", "for_ms"),
    [
        ('close sales "flood"', Verb.CLOSE, None, "sales", {"en": "flood"}, None),
        (
            "CLOSE Sales “We have a flood.” for 2h",
            Verb.CLOSE,
            None,
            "Sales",
            {"en": "We have a flood."},
            7_200_000,
        ),
        ("close sales", Verb.CLOSE, None, "sales", {}, None),
        ("close sales for 90 min", Verb.CLOSE, None, "sales", {}, 5_400_000),
        ("/open sales", Verb.OPEN, None, "sales", {}, None),
        (
            'announce all "Late." "늦습니다." for 1h',
            Verb.ANNOUNCE,
            Scope.ALL,
            "",
            {"en": "Late.", "ko": "늦습니다."},
            3_600_000,
        ),
        (
            'announce entry point main "x"',
            Verb.ANNOUNCE,
            Scope.ENTRY_POINT,
            "main",
            {"en": "x"},
            None,
        ),
        ('announce queue: sales "x"', Verb.ANNOUNCE, None, "queue", {"en": "x"}, None),
        ("silence all", Verb.SILENCE, Scope.ALL, "", {}, None),
        ('닫기 sales "침수" 2시간 동안', Verb.CLOSE, None, "sales", {"ko": "침수"}, 7_200_000),
        ("열기 sales", Verb.OPEN, None, "sales", {}, None),
        (
            "공지 전체 「점검 중입니다」 30분",
            Verb.ANNOUNCE,
            Scope.ALL,
            "",
            {"ko": "점검 중입니다"},
            1_800_000,
        ),
        ("공지 해제 sales", Verb.SILENCE, None, "sales", {}, None),
        ("closures", Verb.LIST, None, "", {}, None),
        ("마감 목록", Verb.LIST, None, "", {}, None),
    ],
)
def test_orders_that_are_understood(
    text: str, verb: Verb, scope: Scope | None, name: str, texts: dict[str, str], for_ms: int | None
) -> None:
    found = order(text)
    if name == "queue":
        assert found.problem == "order_quotes"
        return
    until = NOW + for_ms if for_ms else None
    assert (found.verb, found.scope, found.name, found.texts, found.until, found.problem) == (
        verb,
        scope,
        name,
        texts,
        until,
        "",
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("close", "order_no_name"),
        ('announce "flood"', "order_no_name"),
        ("close sales flood", "order_quotes"),
        ('close sales "flood', "order_quotes"),
        ('close sales "flood" when it rains', "order_quotes"),
        ("announce sales", "order_empty"),
        ('close sales "  "', "order_empty"),
        ('close sales "a" "b"', "order_twice"),
        (f'close sales "{"x" * 501}"', "order_too_long"),
        (f'close sales "{"x" * 10_000}"', "order_too_long"),
        (f'close sales "{"x" * 1_000_000}"', "order_too_long"),
        ('close sales "flood" for 900h', "order_time"),
        ('close sales "flood" for 0m', "order_time"),
        ("open sales now", "order_no_text"),
        ('silence sales "x"', "order_no_text"),
    ],
)
def test_orders_with_something_wrong_say_what(text: str, problem: str) -> None:
    assert order(text).problem == problem


@pytest.mark.parametrize(
    "text",
    [
        "ready",
        "closures sales",
        "closed",
        "opening",
        "닫",
        "announcement",
        "please close sales",
        "",
    ],
)
def test_what_is_no_order(text: str) -> None:
    assert read_order(text, now=NOW) is None


def test_both_languages_have_every_answer() -> None:
    assert ENGLISH.keys() == KOREAN.keys()
    fields = ("name", "near", "names", "queues", "about", "until", "text", "by", "since", "why")
    values = dict.fromkeys(fields, "x")
    for phrases in (ENGLISH, KOREAN):
        for phrase in phrases.values():
            assert phrase.format(**values)


# -- the conversation ------------------------------------------------------------------------------


SAM, LEE, EVE = (f"00000000-0000-4000-8000-00000000000{n}" for n in (1, 2, 3))


async def said(bot: Bot, text: str, person: str = SAM, **changed: object) -> str:
    """The answer to what a person says. Sam supervises everything, Lee sales, Eve nothing."""
    bot.floor.state.tenant.addresses |= {
        "sam@contoso.example": Place(id=SAM),
        "lee@contoso.example": Place(id=LEE),
    }
    number = len(bot.channel.sent) + 100
    activity = bot.channel.message(text, **({"id": f"m{number}"} | changed))
    activity["from"] = activity["from"] | {"aadObjectId": person}
    status, _ = await bot.post(activity)
    assert status in (200, 201)
    return bot.channel.texts()[-1]


def in_force(bot: Bot) -> list[Bulletin]:
    return list(bot.floor.state.bulletins.values())


async def test_a_queue_is_closed_with_words_that_were_spoken_before_it_was_written_down(
    bot: Bot,
) -> None:
    answer = await said(bot, 'close sales "Wir haben Hochwasser." for 2h')
    [closure] = in_force(bot)
    assert (closure.scope, closure.name, closure.closes) == (Scope.QUEUE, "sales", True)
    assert closure.clips == {"en": sha_of("Wir haben Hochwasser.")}
    assert closure.lasts_ms == 60 * len("Wir haben Hochwasser.")
    assert (closure.by, closure.by_name) == (SAM, "sam@contoso.example")
    assert closure.until is not None
    assert 7_100_000 < closure.until - wall_ms() <= 7_200_000
    assert answer.startswith("Closed: sales, until ")
    assert "They hear: Wir haben Hochwasser." in answer


async def test_open_ends_it_and_says_what_the_hours_say(bot: Bot) -> None:
    never = Hours(name="never", zone="Europe/Berlin", week=((),) * 7)
    week = ((Span(opens=0, closes=1),),) * 7
    seldom = Hours(name="seldom", zone="Europe/Berlin", week=week)
    await said(bot, "close sales")
    assert (await said(bot, "open sales")) == "Open again: sales."
    assert in_force(bot) == []
    assert (await said(bot, "open sales")) == "Nobody had closed sales."
    await said(bot, "close sales")
    assert (await said(bot, "open all")).splitlines() == [
        "Nobody had closed everything.",
        "Still closed by name: sales. Say open with each name.",
    ]
    await said(bot, "open sales")
    for hours, sentence in ((never, "By its hours it is closed."), (seldom, "it is closed until")):
        queues = tuple(replace(queue, hours=hours.name) for queue in PLAN.queues)
        bot.floor.plan = replace(PLAN, queues=queues, hours=(hours,))
        assert sentence in await said(bot, "open sales")


async def test_what_is_in_force_is_listed_for_whom_it_concerns(bot: Bot) -> None:
    assert await said(bot, "closures") == "Nothing is closed, and nothing is announced."
    assert await said(bot, "마감 목록") == "닫힌 곳도, 안내 중인 공지도 없습니다."
    await said(bot, 'close support "Flooded." for 2h')
    await said(bot, 'announce all "Longer waits."')
    first, words, second, others = (await said(bot, "closures")).splitlines()
    assert first.startswith("Closed since ")
    assert ", until " in first
    assert first.endswith(", by sam@contoso.example: support.")
    assert words == "They hear: Flooded."
    assert second.startswith("Announced since ")
    assert second.endswith(": everything.")
    assert others == "They hear: Longer waits."
    of_sales = await said(bot, "closures", person=LEE)
    assert "support" not in of_sales
    assert "everything" in of_sales
    assert "You supervise no queue" in await said(bot, "closures", person=EVE)


async def test_a_message_in_both_languages_and_its_end(bot: Bot) -> None:
    answer = await said(
        bot, 'announce all "Longer waits today." "오늘은 대기 시간이 깁니다." for 1h'
    )
    [message] = in_force(bot)
    assert (message.scope, message.closes) == (Scope.ALL, False)
    assert message.clips == {
        "en": sha_of("Longer waits today."),
        "ko": sha_of("오늘은 대기 시간이 깁니다."),
    }
    assert bot.voice.said == [("en", "Longer waits today."), ("ko", "오늘은 대기 시간이 깁니다.")]
    assert answer.startswith("New callers of everything hear this first, until ")
    assert await said(bot, "silence all") == "The message for everything is gone."
    assert in_force(bot) == []


async def test_korean_orders_are_answered_in_korean(bot: Bot) -> None:
    answer = await said(bot, '닫기 sales "침수" 2시간')
    assert answer.startswith("sales: ")
    assert "까지 닫았습니다" in answer


@pytest.mark.parametrize(
    ("person", "text", "answer"),
    [
        (EVE, 'close sales "x"', "You supervise no queue"),
        (EVE, "open sales", "You supervise no queue"),
        (
            LEE,
            'close support "x"',
            "That is not yours to steer, so nothing was changed. Yours: sales.",
        ),
        (LEE, 'announce all "x"', "That is not yours to steer"),
        (LEE, 'close entry point main "x"', "That is not yours to steer"),
        (SAM, 'close sails "x"', "Did you mean sales?"),
        (SAM, 'close "x"', "Say which queue, or all"),
        (SAM, f'close sales "{"x" * 10_000}"', "too long to be heard first"),
        (SAM, "close sales flood", "Put what callers shall hear in quotation marks"),
        ("", "close sales", "I cannot tell who you are"),
    ],
)
async def test_what_cannot_be_done_is_said_and_changes_nothing(
    bot: Bot, person: str, text: str, answer: str
) -> None:
    assert answer in await said(bot, text, person)
    assert in_force(bot) == []
    assert bot.floor.orders == {}
    assert bot.voice.said == []


async def test_who_supervises_one_queue_closes_it(bot: Bot) -> None:
    assert (await said(bot, "close Sales", LEE)).startswith("Closed: sales, until you say open.")


async def test_a_script_is_words_like_any_other(bot: Bot) -> None:
    text = "<script>alert(1)</script> & {about} %s"
    answer = await said(bot, f'announce sales "{text}"')
    assert bot.voice.said == [("en", text)]
    assert text in answer


async def test_without_a_voice_nothing_is_changed(bot: Bot) -> None:
    bot.voice.fails = NoVoice(VOICE, MISSING)
    answer = await said(bot, 'close sales "flood"')
    assert answer.startswith("The text could not be spoken, so nothing was changed. A voice is not")
    assert "SWITCHBOARD_SPEECH_REGION" in answer
    assert in_force(bot) == []
    assert bot.floor.orders == {}
    assert (await said(bot, "close sales")).startswith("Closed: sales")


async def test_a_voice_that_does_not_answer_is_given_up_in_time(bot: Bot) -> None:
    bot.voice.hangs = True
    answer = await said(bot, 'close sales "flood"')
    assert "nothing was changed. The voice did not answer within 0.5 s." in answer
    assert in_force(bot) == []


async def test_an_order_that_was_not_written_down_is_not_confirmed(bot: Bot) -> None:
    bot.floor.broken = True
    assert (await said(bot, "close sales")).startswith("I could not write that down")
    assert in_force(bot) == []


async def test_the_second_supervisor_hears_whose_word_was_replaced(bot: Bot) -> None:
    await said(bot, 'close sales "flood"', LEE)
    answer = await said(bot, 'close sales "fire"', SAM)
    assert "This replaces what lee@contoso.example said at " in answer
    assert [closure.by for closure in in_force(bot)] == [SAM]


async def test_a_repeated_activity_is_one_order(bot: Bot) -> None:
    for _ in range(2):
        await said(bot, 'close sales "flood"', id="the-same")
    assert len(bot.floor.orders) == 1


@pytest.mark.parametrize(
    ("looks", "answer"), [(2, "Closed: sales"), (99, "That is written down and takes effect")]
)
async def test_beside_the_deciding_instance_the_answer_waits_for_the_order(
    bot: Bot, looks: int, answer: str
) -> None:
    bot.floor.live = False
    bot.floor.late = looks
    assert (await said(bot, 'close sales "flood"')).startswith(answer)


async def test_whoever_was_overtaken_is_told_by_whom(bot: Bot) -> None:
    bot.floor.overtaken_by = "una@contoso.example"
    assert "at the same time: una@contoso.example" in await said(bot, 'close sales "flood"')
