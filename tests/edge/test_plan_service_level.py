"""`service_level:` and `zone:` of the plan: values, defaults, and what is refused in words."""

from __future__ import annotations

import jsonschema
import pytest

from bot.plan_file import read_plan
from bot.plan_file.json_schema import plan_schema
from routing.service_level import ServiceLevel

PLAN = """\
tenant: contoso.example
{top}
default_entry_point: main
entry_points:
  main: {{queue: support}}
queues:
  support:
    members: ada.agent@contoso.example
    {queue}
"""


def source(queue: str = "", top: str = "") -> bytes:
    return PLAN.format(queue=queue, top=top).encode()


def level(section: str) -> ServiceLevel:
    plan = read_plan(source(f"service_level: {section}"), "plan.yaml").plan
    assert plan is not None
    return plan.queues[0].service_level


def test_without_a_word_it_is_80_per_cent_within_20_seconds() -> None:
    plan = read_plan(source(), "plan.yaml").plan
    assert plan is not None
    assert plan.queues[0].service_level == ServiceLevel(within_ms=20_000, share=80, short_ms=5_000)
    assert plan.zone == ""


def test_each_key_reaches_the_plan() -> None:
    assert level("{within: 1m, share: 95%, short: 0s}") == ServiceLevel(
        within_ms=60_000, share=95, short_ms=0
    )
    assert level("{share: 70}").share == 70
    plan = read_plan(source(top="zone: Asia/Seoul"), "plan.yaml").plan
    assert plan is not None
    assert plan.zone == "Asia/Seoul"


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("yes", "a section is expected"),
        ("{within: 0s}", "write 1s to 1h"),
        ("{within: 20}", "not a duration"),
        ("{share: 0%}", "a share from 1% to 100% is expected"),
        ("{share: 101%}", "a share from 1% to 100% is expected"),
        ("{share: most}", "a share from 1% to 100% is expected"),
        ("{short: 2m}", "write 0s to 1m"),
        ("{withn: 20s}", "did you mean within?"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_line(section: str, said: str) -> None:
    reading = read_plan(source(f"service_level: {section}"), "plan.yaml")
    assert reading.plan is None
    (problem,) = reading.errors
    assert problem.key.startswith("queues.support.service_level")
    assert said in problem.message
    assert problem.line == 9


def test_a_zone_that_nobody_has_is_refused() -> None:
    reading = read_plan(source(top="zone: Berlin"), "plan.yaml")
    (problem,) = reading.errors
    assert (problem.key, problem.line) == ("zone", 2)
    assert "did you mean Europe/Berlin" in problem.message


@pytest.mark.parametrize("share", ["80%", 80])
def test_editors_take_both_ways_of_writing_a_share(share: object) -> None:
    plan = {
        "tenant": "contoso.example",
        "entry_points": {"main": {"queue": "support"}},
        "queues": {
            "support": {"members": "a@b.example", "service_level": {"share": share}},
        },
    }
    jsonschema.validate(plan, plan_schema())
