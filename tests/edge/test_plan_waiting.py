"""How callers wait, as plan.yaml says it: what it becomes, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.plan_file import read_plan
from routing.action import Action, ActionKind
from routing.plan import Queue
from routing.waiting_rules import NOBODY, Absence, Announcements, AppliesTo, NoAgent

EXAMPLE = Path(__file__).parents[2] / "docs/examples/waiting.yaml"
PLAN = """\
tenant: contoso.example
entry_points:
  main: {account: main@contoso.example, queue: a, fallback: {number: "+14255550199"}}
queues:
  a:
    members: ada.agent@contoso.example
%s
  b:
    members: ben.agent@contoso.example
%s
prompts:
  ways: {say: Press 1.}
  hold: {say: Please hold.}
"""


def problems(a: str, b: str = "") -> list[tuple[str, str, str]]:
    reading = read_plan((PLAN % (a, b)).encode(), "plan.yaml")
    return [(p.severity.value, p.key, p.message) for p in reading.problems]


def queue(a: str, b: str = "") -> Queue:
    reading = read_plan((PLAN % (a, b)).encode(), "plan.yaml")
    assert reading.plan is not None, reading.problems
    return reading.plan.queues[0]


def test_everything_about_waiting_reaches_the_plan() -> None:
    told = queue("""\
    aging: 0s
    weight: 10
    announce:
      first_after: 5s
      every: 2m
      prompts: [ways, system:still_holding, hold]
      position: true
      expected_wait: yes
    keys:
      1: {queue: b, priority: 1}
      "*": disconnect
      "#": {number: "+14255550100", prompt: hold}
    no_agent: {when: [off, on_contact], apply: new, action: {queue: b}}
    return_window: 0s
""")
    assert (told.aging_ms, told.weight, told.return_window_ms) == (0, 10, 0)
    assert told.announce == Announcements(
        first_after_ms=5_000,
        every_ms=120_000,
        prompts=("plan:ways", "system:still_holding", "plan:hold"),
        position=True,
        expected_wait=True,
    )
    assert told.keys == {
        "1": Action(kind=ActionKind.QUEUE, ref="b", priority=1),
        "*": Action(),
        "#": Action(kind=ActionKind.NUMBER, ref="+14255550100", prompt="plan:hold"),
    }
    assert told.no_agent == NoAgent(
        when=(Absence.OFF, Absence.ON_CONTACT),
        apply=AppliesTo.NEW,
        action=Action(kind=ActionKind.QUEUE, ref="b"),
    )


def test_one_prompt_needs_no_list_and_the_rest_has_defaults() -> None:
    told = queue("    announce: {prompts: ways}\n    no_agent: {action: {queue: b}}\n" + WORDS)
    assert told.announce == Announcements(prompts=("plan:ways",))
    assert told.no_agent == NoAgent(
        when=NOBODY, apply=AppliesTo.ALL, action=Action(kind=ActionKind.QUEUE, ref="b")
    )


WORDS = "    on_max_wait: {disconnect: true, prompt: hold}\n    max_wait: 5m\n"


@pytest.mark.parametrize(
    ("lines", "key", "message"),
    [
        ("aging: 2d", "aging", "is not a duration"),
        ("aging: 25h", "aging", "out of range"),
        ("weight: 0", "weight", "out of range: write 1 to 10"),
        ("return_window: 16m", "return_window", "out of range"),
        ("announce: yes", "announce", "keys are expected, indented below"),
        ("announce: {every: 5s, position: true}", "announce.every", "out of range"),
        ("announce: {first_after: 10s}", "announce", "says nothing: add `prompts`"),
        ("announce: {prompts: [wyas]}", "announce.prompts", "did you mean ways?"),
        ("announce: {prompts: []}", "announce.prompts", "empty"),
        ("announce: {places: true}", "announce.places", "not a key of this section"),
        ("announce: {position: maybe}", "announce.position", "true or false is expected"),
        ("keys: {12: disconnect}", "keys.12", "is no key"),
        ("keys: {1: }", "keys.1", "leads nowhere"),
        ("keys: {1: {queue: c}}", "keys.1.queue", "no queue is called 'c'"),
        ("keys: {1: {queue: a}}", "keys.1", "leads back into this queue"),
        ("keys: []", "keys", "keys with actions are expected"),
        ("no_agent: disconnect", "no_agent", "keys are expected, indented below"),
        ("no_agent: {apply: all}", "no_agent.action", "missing"),
        ("no_agent: {when: [of], action: disconnect}", "no_agent.when", "did you mean off?"),
        ("no_agent: {apply: some, action: disconnect}", "no_agent.apply", "not known here"),
        ("no_agent: {action: {queue: a}}", "no_agent.action", "round without end"),
        (
            "delivery: group_call\n    keys: {1: {account: x@contoso.example}}",
            "keys.1",
            "an account cannot be invited",
        ),
    ],
)
def test_what_cannot_work_is_refused_by_its_key(lines: str, key: str, message: str) -> None:
    reading = read_plan((PLAN % (f"    {lines}\n", "")).encode(), "plan.yaml")
    assert {p.line for p in reading.errors} <= {7 + n for n in range(len(lines.splitlines()))}
    found = [p for p in problems(f"    {lines}\n") if p[0] == "error"]
    assert [(k, message in m) for _, k, m in found] == [(f"queues.a.{key}", True)], found


@pytest.mark.parametrize(
    ("lines", "key", "message"),
    [
        ("keys: {1: {queue: b}}", "keys", "nobody tells callers of these keys"),
        ("no_agent: {when: [wrap_up], action: {queue: b}}", "no_agent.when", "add `off`"),
        ("aging: 0s\n    priority: 2", "priority", "has no effect with `aging: 0s`"),
        (
            "max_wait: 20s\n    announce: {position: true}",
            "announce",
            "comes after `max_wait`",
        ),
    ],
)
def test_what_has_no_effect_is_warned_of(lines: str, key: str, message: str) -> None:
    found = problems(f"    {lines}\n")
    assert [m for s, k, m in found if (s, k) == ("warning", f"queues.a.{key}") and message in m]


def test_queues_that_send_callers_round_at_once_are_refused() -> None:
    found = problems(
        "    no_agent: {action: {queue: b}}\n", "    max_length: 3\n    on_overflow: {queue: a}\n"
    )
    assert [(s, "queue a -> queue b" in m) for s, _, m in found if s == "error"] == [
        ("error", True)
    ]


def test_a_round_that_takes_a_wait_in_each_queue_is_none() -> None:
    found = problems(
        "    max_wait: 5m\n    on_max_wait: {queue: b}\n",
        "    max_wait: 5m\n    on_max_wait: {queue: a}\n",
    )
    assert [p for p in found if p[0] == "error"] == []


def test_the_example_is_without_problems() -> None:
    reading = read_plan(EXAMPLE.read_bytes(), "waiting.yaml", EXAMPLE.parent)
    assert reading.problems == ()
