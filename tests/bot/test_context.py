"""Each question about a caller is answered to the engine, whatever the other side does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web as aioweb
from kit.context_plans import CRM
from kit.outside_servers import Site, outside, site
from kit.scripted_graph import EffectsScene
from kit.virtual_time import VirtualClock, run_virtual

from bot.context.over_http import OverHttp
from bot.context.sender import Place
from bot.outside.web import NotAnswered, Question, Why
from bot.owner.step_batch import Gathered
from routing.commands import AskContext
from routing.context_rules import HttpQuestion, Provider, Source
from routing.context_state import Link, Told
from routing.engine import Step
from routing.events import Caller, CallerKind, ContextAnswered, Tick

NUMBER = Caller(kind=CallerKind.NUMBER, id="+4930123456")
SECRETS = {"crm": "0123456789abcdef"}
WHO = {"number": "+4930123456", "name": "Kim", "entry_point": "main"}


@dataclass
class ScriptedWeb:
    """Answers by what a test writes."""

    answer: Any = field(default_factory=dict)
    after_ms: int = 0
    asked: list[Question] = field(default_factory=list)

    async def ask(self, question: Question, within_ms: int) -> Any:
        del within_ms
        self.asked.append(question)
        await asyncio.sleep(self.after_ms / 1000)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def asked(scene: EffectsScene, provider: Provider = CRM, **more: Any) -> AskContext:
    return AskContext(
        id=more.pop("id", "1-7"),
        contact="1-2",
        provider=provider,
        caller=NUMBER,
        values=more.pop("values", WHO),
        deadline=scene.clock.now() + more.pop("within_ms", 2_000),
    )


def http(**fields: Any) -> Provider:
    assert CRM.http is not None
    return replace(CRM, http=replace(CRM.http, **fields))


def play(
    story: Callable[[EffectsScene, ScriptedWeb], Awaitable[None]],
    places: dict[Source, Place] | None = None,
) -> None:
    async def whole() -> None:
        web = ScriptedWeb()
        scene = EffectsScene(web=web, secrets=dict(SECRETS), places=places or {})
        async with scene:
            await story(scene, web)

    run_virtual(whole())


def told(scene: EffectsScene) -> ContextAnswered:
    [event] = scene.told
    assert isinstance(event, ContextAnswered)
    return event


def test_fields_at_their_paths_and_links_come_back() -> None:
    async def story(scene: EffectsScene, web: ScriptedWeb) -> None:
        web.answer = {"customer": {"tier": "gold", "id": 4711, "iban": "DE89"}, "more": [1]}
        scene.effects.take([asked(scene)])
        await asyncio.sleep(1)
        assert told(scene).told == Told(
            fields={"Tier": "gold"},
            links=(Link(label="Open", url="https://crm.contoso.example/#/4711"),),
        )
        assert told(scene).problem == ""
        [question] = web.asked
        assert question.url == "https://crm.contoso.example/customers/%2B4930123456"
        assert (question.method, question.body) == ("GET", None)

    play(story)


def test_a_secret_stands_in_its_header_or_signs_and_is_in_nothing_else() -> None:
    async def story(scene: EffectsScene, web: ScriptedWeb) -> None:
        headers = {"Authorization": "Bearer {secret}", "X-Name": "{name}"}
        scene.effects.take([asked(scene, http(headers=headers, secret="crm"))])
        scene.effects.take([asked(scene, http(secret="crm"), id="1-8")])
        await asyncio.sleep(1)
        first, second = web.asked
        assert first.headers == {"Authorization": f"Bearer {SECRETS['crm']}", "X-Name": "Kim"}
        assert (first.secret, second.secret) == ("", SECRETS["crm"])
        assert SECRETS["crm"] not in str(scene.told)

    play(story)


def test_a_secret_that_the_settings_do_not_have_is_a_reason() -> None:
    async def story(scene: EffectsScene, web: ScriptedWeb) -> None:
        scene.effects.take([asked(scene, http(secret="erp"))])
        await asyncio.sleep(1)
        assert told(scene).problem == Why.NO_SECRET.value
        assert web.asked == []

    play(story)


@pytest.mark.parametrize("status", [404, 204])
def test_not_found_means_that_nothing_is_known_there(status: int) -> None:
    async def story(scene: EffectsScene, web: ScriptedWeb) -> None:
        web.answer = NotAnswered(Why.STATUS, status=status)
        scene.effects.take([asked(scene)])
        await asyncio.sleep(1)
        assert told(scene).problem == ""
        assert told(scene).told.is_empty

    play(story)


@pytest.mark.parametrize(
    "answer", [NotAnswered(Why.STATUS, status=500), NotAnswered(Why.TOO_LARGE), RuntimeError("x")]
)
def test_whatever_goes_wrong_is_told(answer: Exception) -> None:
    async def story(scene: EffectsScene, web: ScriptedWeb) -> None:
        web.answer = answer
        scene.effects.take([asked(scene)])
        await asyncio.sleep(1)
        expected = answer.why.value if isinstance(answer, NotAnswered) else "not reachable"
        assert (told(scene).problem, told(scene).told) == (expected, Told())

    play(story)


def test_a_place_that_hangs_is_given_up_at_its_deadline() -> None:
    async def story(scene: EffectsScene, web: ScriptedWeb) -> None:
        web.after_ms = 60_000
        scene.effects.take([asked(scene)])
        await asyncio.sleep(1.999)
        assert scene.told == []
        await asyncio.sleep(0.002)
        assert told(scene).problem == "late"

    play(story)


def test_places_are_asked_side_by_side() -> None:
    async def story(scene: EffectsScene, web: ScriptedWeb) -> None:
        web.after_ms = 500
        scene.effects.take([asked(scene, id=str(n)) for n in range(5)])
        await asyncio.sleep(0.6)
        assert len(scene.told) == 5

    play(story)


def test_what_nobody_waits_for_is_not_asked_and_who_lost_the_lease_tells_nothing() -> None:
    async def story(scene: EffectsScene, web: ScriptedWeb) -> None:
        scene.unwanted.add("1-7")
        scene.effects.take([asked(scene)])
        await asyncio.sleep(1)
        assert (web.asked, scene.told) == ([], [])
        web.after_ms = 500
        scene.effects.take([asked(scene, id="1-8")])
        await asyncio.sleep(0.1)
        scene.is_owner = False
        await asyncio.sleep(1)
        assert len(web.asked) == 1
        assert scene.told == []

    play(story)


def test_an_answer_serves_the_same_question_for_as_long_as_the_plan_says() -> None:
    async def story(scene: EffectsScene, web: ScriptedWeb) -> None:
        web.answer = {"customer": {"tier": "gold"}}
        keeps = http(keep_ms=60_000)
        scene.effects.take([asked(scene, keeps)])
        await asyncio.sleep(1)
        scene.effects.take([asked(scene, keeps, id="1-8")])
        await asyncio.sleep(1)
        assert len(web.asked) == 1
        scene.effects.take([asked(scene, keeps, id="1-9", values=WHO | {"number": "+4930999"})])
        await asyncio.sleep(1)
        assert len(web.asked) == 2
        await asyncio.sleep(60)
        scene.effects.take([asked(scene, keeps, id="1-10")])
        await asyncio.sleep(1)
        assert len(web.asked) == 3

    play(story)


def test_a_failure_is_not_kept() -> None:
    async def story(scene: EffectsScene, web: ScriptedWeb) -> None:
        web.answer = NotAnswered(Why.STATUS, status=500)
        keeps = http(keep_ms=60_000)
        scene.effects.take([asked(scene, keeps)])
        await asyncio.sleep(1)
        web.answer = {"customer": {"tier": "gold"}}
        scene.effects.take([asked(scene, keeps, id="1-8")])
        await asyncio.sleep(1)
        assert [event.problem for event in scene.told if isinstance(event, ContextAnswered)] == [
            "status",
            "",
        ]

    play(story)


def test_a_question_is_not_written_down() -> None:
    gathered = Gathered()
    question = AskContext(id="1-7", contact="1-2", provider=CRM, caller=NUMBER, values=WHO)
    gathered.add(Tick(), Step(commands=[question]), 1)
    batch = gathered.batch("contoso", 1, 0)
    assert batch.commands == []
    assert gathered.commands == [question]
    assert "Kim" not in repr(question)


def test_over_real_tls_the_question_arrives_as_it_was_meant(tmp_path: Path) -> None:
    async def answer(request: aioweb.Request) -> aioweb.Response:
        seen.append((request.method, request.raw_path))
        return aioweb.json_response([{"tier": "gold"}])

    seen: list[tuple[str, str]] = []

    async def whole() -> None:
        async with site(tmp_path, answer) as here, outside(here) as asking:
            question = _over(here)
            place = OverHttp(web=asking, secrets=SECRETS, clock=VirtualClock())
            found = await place.ask(question, 5_000)
            assert found.fields == {"Tier": "gold"}
            assert here.headers[0]["X-Key"] == SECRETS["crm"]
            assert json.loads(here.bodies[0]) == {"who": 'Kim"}{'}

    asyncio.run(whole())
    assert seen == [("POST", "/c/%2B4930%2F..%2Fx?n=Kim%22%7D%7B")]


def _over(here: Site) -> AskContext:
    provider = Provider(
        name="crm",
        source=Source.HTTP,
        http=HttpQuestion(
            method="POST",
            url=here.url(path="/c/{number}?n={name}"),
            headers={"X-Key": "{secret}"},
            body='{"who": "{name}"}',
            secret="crm",
            private=True,
            fields={"Tier": "0.tier"},
        ),
    )
    values = {"number": "+4930/../x", "name": 'Kim"}{'}
    return AskContext(id="1", contact="c", provider=provider, caller=NUMBER, values=values)
