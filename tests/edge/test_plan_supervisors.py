"""What is wrong with `supervisors:`, on the plan and on a queue."""

import pytest

from bot.plan_file import Reading, Severity, read_plan

PLAN = """\
tenant: contoso.example
default_entry_point: main
{top}
entry_points:
  main: {{queue: support, fallback: {{number: "+14255550199"}}}}
queues:
  support:
    members: ada.agent@contoso.example
    {queue}
"""
TOP_LINE, QUEUE_LINE = 3, 9

BAD = {
    "a group": ('supervisors: ["group:leads@contoso.example"]', "[0]", "groups cannot supervise"),
    "a section group": ("supervisors: [{group: a@b.example}]", "[0]", "groups cannot supervise"),
    "a list": ("supervisors: [[sam@contoso.example]]", "[0]", "a person"),
    "no UPN": ("supervisors: sam", "[0]", "write it as name@domain"),
    "a number": ("supervisors: +14255550100", "[0]", "under `number:`"),
    "empty": ("supervisors: []", "", "name a person"),
    "a section": ("supervisors: {sam: true}", "", "a list is expected"),
}


def read(top: str = "", queue: str = "") -> Reading:
    return read_plan(PLAN.format(top=top, queue=queue).encode(), "plan.yaml")


@pytest.mark.parametrize("case", BAD)
def test_what_names_nobody_is_one_error_with_its_line(case: str) -> None:
    text, index, part = BAD[case]
    (top,) = read(top=text).problems
    (queue,) = read(queue=text).problems
    assert (top.key, top.line) == (f"supervisors{index}", TOP_LINE)
    assert (queue.key, queue.line) == (f"queues.support.supervisors{index}", QUEUE_LINE)
    assert part in top.message
    assert top.severity is queue.severity is Severity.ERROR


def test_one_who_stands_there_twice_is_a_warning() -> None:
    reading = read(queue="supervisors: [a@b.example, A@b.example]")
    (problem,) = reading.problems
    assert (problem.severity, problem.key) == (Severity.WARNING, "queues.support.supervisors[1]")
    assert reading.plan is not None
    assert reading.plan.queues[0].supervisors == ("a@b.example",)
