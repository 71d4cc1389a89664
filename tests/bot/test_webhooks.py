"""Each question to a webhook is answered to the engine, whatever the other side does."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.scripted_graph import EffectsScene
from kit.virtual_time import run_virtual

from bot.outside.values import LONGEST_VALUE, values_in
from bot.outside.web import NotAnswered, Question, Why
from bot.owner.step_batch import Gathered
from routing.commands import AskWebhook
from routing.engine import Step
from routing.events import WebhookAnswered
from routing.flow_steps import Webhook
from store.contract import Outcome

CRM = Webhook(
    name="crm",
    url="https://crm.contoso.example/who",
    send=("caller", "attributes"),
    take={"tier": "customer.tier"},
    secret="crm",
)
SECRETS = {"crm": "0123456789abcdef"}


@dataclass
class ScriptedWeb:
    """Answers by what a test writes."""

    answer: dict[str, Any] | NotAnswered | Exception = field(default_factory=dict[str, Any])
    after_ms: int = 0
    asked: list[tuple[Question, int]] = field(default_factory=list[tuple[Question, int]])

    async def ask(self, question: Question, within_ms: int) -> dict[str, Any]:
        self.asked.append((question, within_ms))
        await asyncio.sleep(self.after_ms / 1000)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def question(scene: EffectsScene, *, webhook: Webhook = CRM, within_ms: int = 2_000) -> AskWebhook:
    return AskWebhook(
        id="1-7",
        call="leg",
        contact="1-2",
        webhook=webhook,
        tell={"caller": "+493012345678"},
        attributes={"order": "4711"},
        deadline=scene.clock.now() + within_ms,
    )


def play(story: Callable[[EffectsScene, ScriptedWeb], Awaitable[None]]) -> None:
    async def whole() -> None:
        web = ScriptedWeb()
        async with EffectsScene(web=web, secrets=dict(SECRETS)) as scene:
            await story(scene, web)

    run_virtual(whole())


def told(scene: EffectsScene) -> WebhookAnswered:
    [event] = scene.told
    assert isinstance(event, WebhookAnswered)
    return event


def test_a_question_says_what_the_plan_lets_it_and_what_comes_back_is_what_the_plan_takes() -> None:
    async def story(scene: EffectsScene, web: ScriptedWeb) -> None:
        web.answer = {"customer": {"tier": "gold", "iban": "DE89"}, "more": [1]}
        scene.effects.take([question(scene)])
        await asyncio.sleep(1)
        [(asked, within_ms)] = web.asked
        assert asked.body == {
            "id": "1-7",
            "webhook": "crm",
            "contact": "1-2",
            "caller": "+493012345678",
            "attributes": {"order": "4711"},
        }
        assert (asked.url, asked.secret, asked.private) == (CRM.url, SECRETS["crm"], False)
        assert within_ms == 2_000
        assert told(scene) == WebhookAnswered(
            command="1-7", call="leg", contact="1-2", values={"tier": "gold"}
        )

    play(story)


def test_attributes_are_not_told_to_whom_the_plan_does_not_tell_them() -> None:
    async def story(scene: EffectsScene, web: ScriptedWeb) -> None:
        quiet = Webhook(name="crm", url=CRM.url, private=True)
        scene.effects.take([question(scene, webhook=quiet)])
        await asyncio.sleep(1)
        assert "attributes" not in web.asked[0][0].body
        assert (web.asked[0][0].private, web.asked[0][0].secret) == (True, "")

    play(story)


@pytest.mark.parametrize("why", list(Why))
def test_a_webhook_that_does_not_answer_is_told_with_the_reason(why: Why) -> None:
    async def story(scene: EffectsScene, web: ScriptedWeb) -> None:
        web.answer = NotAnswered(why, "detail")
        scene.effects.take([question(scene)])
        await asyncio.sleep(1)
        assert (told(scene).problem, told(scene).values) == (why.value, {})

    play(story)


def test_whatever_goes_wrong_the_caller_goes_on() -> None:
    async def story(scene: EffectsScene, web: ScriptedWeb) -> None:
        web.answer = RuntimeError("a bug")
        scene.effects.take([question(scene)])
        await asyncio.sleep(1)
        assert told(scene).problem == "not reachable"

    play(story)


def test_a_question_is_not_signed_with_a_secret_that_nobody_has() -> None:
    async def story(scene: EffectsScene, web: ScriptedWeb) -> None:
        scene.secrets.clear()
        scene.effects.take([question(scene)])
        await asyncio.sleep(1)
        assert told(scene).problem == "no secret"
        assert web.asked == []

    play(story)


def test_what_nobody_wants_any_more_is_not_asked() -> None:
    async def story(scene: EffectsScene, web: ScriptedWeb) -> None:
        scene.unwanted.add("1-7")
        scene.effects.take([question(scene)])
        await asyncio.sleep(1)
        assert told(scene).problem == "unwanted"
        assert web.asked == []

    play(story)


def test_who_is_no_longer_owner_asks_nothing_and_leaves_the_row_to_the_next() -> None:
    async def story(scene: EffectsScene, web: ScriptedWeb) -> None:
        scene.is_owner = False
        scene.effects.take([question(scene)])
        await asyncio.sleep(1)
        assert (scene.told, web.asked) == ([], [])

    play(story)


def test_what_an_earlier_life_possibly_asked_is_asked_again_with_the_same_id() -> None:
    async def story(scene: EffectsScene, web: ScriptedWeb) -> None:
        asked = question(scene)
        scene.effects.hold()
        await asyncio.sleep(0.5)
        scene.effects.release([asked])
        await asyncio.sleep(1)
        assert [(each.body["id"], within) for each, within in web.asked] == [("1-7", 1_500)]
        assert told(scene).problem == ""

    play(story)


def test_what_an_earlier_life_possibly_asked_too_long_ago_is_late() -> None:
    async def story(scene: EffectsScene, web: ScriptedWeb) -> None:
        asked = question(scene)
        await asyncio.sleep(3)
        scene.effects.release([asked])
        await asyncio.sleep(1)
        assert web.asked == []
        assert told(scene).problem == "late"

    play(story)


def test_a_webhook_that_takes_its_time_holds_up_nobody_on_the_leg() -> None:
    async def story(scene: EffectsScene, web: ScriptedWeb) -> None:
        web.after_ms = 1_500
        scene.effects.take([question(scene)])
        scene.effects.take([question(scene)])  # the same one twice is asked once
        await asyncio.sleep(1)
        assert scene.told == []
        await asyncio.sleep(1)
        assert len(web.asked) == 1

    play(story)


@pytest.mark.parametrize(("problem", "outcome"), [("", "done"), ("late", "late")])
def test_the_answer_closes_the_questions_row(problem: str, outcome: str) -> None:
    gathered = Gathered()
    event = WebhookAnswered(command="1-7", call="leg", contact="1-2", problem=problem)
    gathered.add(event, Step(), 5)
    assert gathered.batch("t", 1, 0).outcomes == [Outcome("1-7", outcome, 5)]


@pytest.mark.parametrize(
    ("answer", "path", "text"),
    [
        ({"a": {"b": "x"}}, "a.b", "x"),
        ({"a": [{"b": 5}]}, "a.0.b", "5"),
        ({"a": 5.5}, "a", "5.5"),
        ({"a": True}, "a", "true"),
        ({"a": "  x\n\x00y  "}, "a", "x  y"),
        ({"a": "x" * 999}, "a", "x" * LONGEST_VALUE),
        ({"a": None}, "a", ""),
        ({"a": {"b": 1}}, "a", ""),
        ({"a": [1]}, "a", ""),
        ({"a": [1]}, "a.1", ""),
        ({"a": "x"}, "a.b", ""),
        ({}, "a", ""),
    ],
)
def test_a_path_leads_to_a_text_or_to_nothing(answer: object, path: str, text: str) -> None:
    assert values_in(answer, {"it": path}) == ({"it": text} if text else {})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=10,
)


@given(JSON, st.lists(st.text(min_size=1, max_size=3), min_size=1, max_size=4).map(".".join))
def test_no_answer_makes_it_raise_and_no_value_is_unsafe(answer: object, path: str) -> None:
    for text in values_in(answer, {"it": path}).values():
        assert 0 < len(text) <= LONGEST_VALUE
        text.encode()
        assert "\x00" not in text
