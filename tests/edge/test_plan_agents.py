"""What a plan says about agents: reasons, wrap-up, dispositions; and what it may not say."""

from pathlib import Path

import pytest

from bot.plan_file import read_plan
from routing.choices import Choice, NotReadyReason
from routing.plan import Plan

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "agents.yaml"
HEAD = """\
tenant: contoso.example
default_entry_point: main
entry_points:
  main: {queue: support, fallback: {number: "+14255550199"}}
"""


def source(queue: str = "", top: str = "") -> bytes:
    lines = "".join(f"    {line}\n" for line in queue.splitlines())
    members = "    members: ada.agent@contoso.example\n"
    return f"{HEAD}{top}queues:\n  support:\n{members}{lines}".encode()


def read(queue: str = "", top: str = "") -> Plan:
    reading = read_plan(source(queue, top), "plan.yaml")
    assert reading.plan is not None, reading.problems
    return reading.plan


def errors(queue: str = "", top: str = "") -> list[str]:
    reading = read_plan(source(queue, top), "plan.yaml")
    assert reading.plan is None
    return [str(each) for each in reading.problems]


def test_the_example_is_without_problems() -> None:
    reading = read_plan(EXAMPLE.read_bytes(), "plan.yaml", EXAMPLE.parent)
    assert reading.problems == ()
    plan = reading.plan
    assert plan is not None
    assert plan.not_ready_reasons[0] == NotReadyReason(
        code="break", words={"en": "Short break", "ko": "휴식"}, back_after_ms=15 * 60_000
    )
    assert plan.not_ready_reasons[2].back_after_ms is None
    support, sales = plan.queues
    assert (support.wrap_up_ms, support.extend_ms, support.extend_most) == (60_000, 30_000, 2)
    assert (support.disposition_required, support.opt_out) == (True, False)
    assert (sales.wrap_up_ms, sales.wrap_up_until_done) == (0, True)
    assert (sales.disposition_required, sales.opt_out) == (False, True)
    assert sales.dispositions[0] == Choice(code="sold", words={"en": "Sold", "ko": "판매"})


@pytest.mark.parametrize(
    ("wrap_up", "expected"),
    [("none", (0, False)), ("until_done", (0, True)), ("0s", (0, False)), ("90s", (90_000, False))],
)
def test_each_kind_of_wrap_up(wrap_up: str, expected: tuple[int, bool]) -> None:
    queue = read(f"wrap_up: {wrap_up}").queues[0]
    assert (queue.wrap_up_ms, queue.wrap_up_until_done) == expected


def test_words_without_a_language_are_in_the_plans() -> None:
    plan = read("dispositions:\n  solved: {words: 해결}", "language: ko\n")
    assert plan.queues[0].dispositions == (Choice(code="solved", words={"ko": "해결"}),)


def test_extend_has_its_defaults() -> None:
    queue = read("wrap_up: 1m\nextend: {by: 30s}").queues[0]
    assert (queue.extend_ms, queue.extend_most) == (30_000, 1)


@pytest.mark.parametrize(
    ("queue", "says"),
    [
        ("wrap_up: soon", "not a duration"),
        ("wrap_up: 2h", "out of range"),
        ("wrap_up: [1m]", "not a list"),
        ("extend: {by: 30s}", "give `wrap_up` a duration"),
        ("wrap_up: until_done\nextend: {by: 30s}", "give `wrap_up` a duration"),
        ("wrap_up: 1m\nextend: 30s", "a section is expected"),
        ("wrap_up: 1m\nextend: {by: 1s}", "out of range"),
        ("wrap_up: 1m\nextend: {most: 0}", "out of range"),
        ("disposition: required", "add `dispositions`"),
        ("disposition: always", "'always' is not known here"),
        ("dispositions: solved", "a section is expected"),
        ("dispositions:\n  solved: Solved", "keys are expected"),
        ("dispositions:\n  solved: {}", "missing"),
        ("dispositions:\n  solved: {words: {fr: Résolu}}", "'fr' is not a language here"),
        (f"dispositions:\n  solved: {{words: {'x' * 61}}}", "1 to 60 characters"),
        ("dispositions:\n  a: {words: Same}\n  b: {words: same}", "a and b read the same"),
        ("dispositions:\n  solved: {words: x, back_after: 5m}", "not a key of this section"),
        ("opt_out: perhaps", "true or false is expected"),
    ],
)
def test_what_cannot_be_is_said(queue: str, says: str) -> None:
    assert says in " ".join(errors(queue))


def test_more_choices_than_a_card_has_room_for_are_too_many() -> None:
    many = "".join(f"\n  c{n}: {{words: Choice {n}}}" for n in range(41))
    assert "at most 40" in " ".join(errors(f"dispositions:{many}"))


@pytest.mark.parametrize(
    ("top", "says"),
    [
        ("not_ready_reasons:\n  lunch: {words: Lunch, back_after: 5s}\n", "out of range"),
        ("not_ready_reasons:\n  1st: {words: First}\n", "a letter first"),
        ("not_ready_reasons: lunch\n", "a section is expected"),
        ("not_ready_reasons:\n  a: {words: B}\n  b: {words: C}\n", "a and b read the same"),
    ],
)
def test_reasons_that_cannot_be_are_said(top: str, says: str) -> None:
    assert says in " ".join(errors(top=top))
