"""The customer's own web service, and what scenes bring to a plan."""

import json

import pytest

from emulator.config import ConfigError
from emulator.customers_web import HUGE, METADATA, PLACE, CustomersWeb, WebScript
from emulator.scene_plan import fragment, merged, named

QUESTION = json.dumps({"id": "1-2", "caller": "+493012345678"}).encode()


def asked(**script: object) -> CustomersWeb:
    web = CustomersWeb()
    web.scripts["crm"] = WebScript.from_json(script)
    return web


def test_it_answers_what_it_is_scripted_to_and_keeps_what_it_was_asked() -> None:
    web = asked(answer={"tier": "gold"}, after_ms=700)
    answered = web.answer("crm", QUESTION, "t=1,v1=x", {})
    assert (answered.status, json.loads(answered.body), answered.after_ms) == (
        200,
        {"tier": "gold"},
        700,
    )
    assert web.asked == [("crm", json.loads(QUESTION), "t=1,v1=x")]


@pytest.mark.parametrize(
    ("how", "status", "part"),
    [
        ("never", 0, b""),
        ("huge", 200, b"x" * HUGE),
        ("html", 200, b"<!doctype html>"),
        ("redirect", 302, b""),
        ("status", 500, b"{}"),
        ("nonsense", 200, b'{"tier": '),
    ],
)
def test_it_answers_badly_in_every_way(how: str, status: int, part: bytes) -> None:
    answered = asked(how=how).answer("crm", QUESTION, "", {})
    assert answered.status == status
    assert part in answered.body
    assert (answered.location == METADATA) is (how == "redirect")


def test_what_is_no_question_or_nobodys_is_refused() -> None:
    web = asked()
    assert web.answer("crm", b"{", "", {}).status == 400
    assert web.answer("crm", b"[1]", "", {}).status == 400
    assert web.answer("erp", QUESTION, "", {}).status == 404


@pytest.mark.parametrize(
    "script", [{"how": "sometimes"}, {"hwo": "json"}, {"answer": [1]}, {"after_ms": "1s"}]
)
def test_a_script_with_a_mistake_is_refused(script: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        WebScript.from_json(script)


NAMES = {"act": "menu-consult", "ada": "ada.menu-consult@contoso.example"}


def test_names_of_a_scene_stand_for_those_of_its_act() -> None:
    row = {"{act}-b": {"members": ["{ada}"], "length": 3}}
    assert named(row, NAMES) == {"menu-consult-b": {"members": [NAMES["ada"]], "length": 3}}
    with pytest.raises(ConfigError, match="nobody here"):
        named("{bob}", NAMES)


def test_a_webhook_of_a_scene_is_asked_of_the_emulator() -> None:
    found = fragment({"webhooks": {"{act}-crm": {"within": "1s"}}}, NAMES)
    assert found == {
        "webhooks": {
            "menu-consult-crm": {
                "url": f"{PLACE}/menu-consult-crm",
                "private": True,
                "within": "1s",
            }
        }
    }


def test_scenes_may_bring_the_same_prompt_and_no_other_of_that_name() -> None:
    hello, bye = {"prompts": {"a": {"say": "Hello"}}}, {"prompts": {"a": {"say": "Bye"}}}
    plan = {"prompts": {"welcome": {"say": "Welcome"}}}
    assert merged(plan, [hello, hello]) == {
        "prompts": {"welcome": {"say": "Welcome"}, "a": {"say": "Hello"}}
    }
    with pytest.raises(ConfigError, match="another one"):
        merged(plan, [hello, bye])
    with pytest.raises(ConfigError, match="not known"):
        fragment({"prompt": {}}, NAMES)
