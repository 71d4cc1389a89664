"""`voicemail:` of the plan: its values, its findings, and the setting beside it."""

from __future__ import annotations

import pytest

from bot.plan_file import read_plan
from bot.plan_file.voicemail_checks import taking_messages
from routing.plan import Plan
from routing.voicemail_rules import DAY_MS, VoicemailRules

PLAN = """\
tenant: contoso.example
default_entry_point: main
entry_points:
  main: {{queue: support}}
queues:
  support:
    members: ada.agent@contoso.example
    max_wait: 1m
    on_max_wait: {action}
    channel: "19:a@thread.tacv2"
{more}
"""


def read(action: str = "voicemail", more: str = "") -> tuple[Plan, list[tuple[int, str, str]]]:
    reading = read_plan(PLAN.format(action=action, more=more).encode(), "plan.yaml")
    problems = [(p.line, p.key, p.message) for p in reading.problems if "queues" in p.key]
    assert reading.plan is not None, problems
    return reading.plan, problems


def test_without_a_section_everything_is_as_it_is_by_itself() -> None:
    plan, problems = read()
    assert plan.queues[0].voicemail == VoicemailRules()
    assert problems == []


def test_every_key_reaches_the_plan() -> None:
    section = (
        "    voicemail: {greeting: leave, most: 45s, retention_days: 7}\n"
        "prompts:\n  leave: {say: Please speak.}\n"
    )
    plan, problems = read(more=section)
    assert plan.queues[0].voicemail == VoicemailRules(
        greeting="plan:leave", most_ms=45_000, retention_ms=7 * DAY_MS
    )
    assert problems == []


@pytest.mark.parametrize(
    ("section", "key", "part"),
    [
        ("{most: 3m}", "queues.support.voicemail.most", "write 10s to 2m"),
        ("{retention_days: 0}", "queues.support.voicemail.retention_days", "write 1 to 365"),
        ("{greting: x}", "queues.support.voicemail.greting", "did you mean greeting?"),
        ("{greeting: nobody}", "queues.support.voicemail.greeting", "nobody"),
        ("yes", "queues.support.voicemail", "a section is expected"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(section: str, key: str, part: str) -> None:
    source = PLAN.format(action="voicemail", more=f"    voicemail: {section}")
    problems = read_plan(source.encode(), "plan.yaml").problems
    assert [(p.line, p.key) for p in problems if part in p.message] == [(11, key)]


def test_a_team_without_a_channel_is_warned_of() -> None:
    source = PLAN.format(action="voicemail", more="").replace("    channel:", "    title:")
    found = read_plan(source.encode(), "plan.yaml").problems
    [problem] = [p for p in found if "channel" in p.key]
    assert (problem.line, problem.key) == (6, "queues.support.channel")
    assert "nobody tells it" in problem.message


def test_rules_for_messages_that_nobody_leaves_are_warned_of() -> None:
    _, problems = read("disconnect", "    voicemail: {most: 1m}")
    [(line, key, message)] = problems
    assert (line, key) == (11, "queues.support.voicemail")
    assert "voicemail: support" in message


def test_messages_are_found_wherever_an_action_stands() -> None:
    assert taking_messages(read("disconnect")[0]) == set()
    assert taking_messages(read("{voicemail: true}")[0]) == {"support"}
