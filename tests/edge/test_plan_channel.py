"""`channel:` of the plan: for one queue, for all of them, and what is no channel."""

import pytest

from bot.plan_file import read_plan

PLAN = """\
tenant: contoso.example
default_entry_point: main
{top}entry_points:
  main: {{queue: support}}
queues:
  support: {{members: ada.agent@contoso.example}}
  sales:
    members: ben.agent@contoso.example
    {own}
"""
ONE, OTHER = "19:one@thread.tacv2", "19:other@thread.skype"


def test_a_queues_own_channel_counts_and_the_plans_is_for_the_others() -> None:
    source = PLAN.format(top=f"channel: {ONE}\n", own=f"channel: {OTHER}")
    plan = read_plan(source.encode(), "plan.yaml").plan
    assert plan is not None
    assert {queue.name: queue.channel for queue in plan.queues} == {"support": ONE, "sales": OTHER}


@pytest.mark.parametrize(
    "text", ["19:chat@thread.v2", "General", "https://teams.microsoft.com/l/channel/19", "19:a"]
)
def test_what_is_no_channel_is_one_error_that_says_how_to_find_it(text: str) -> None:
    source = PLAN.format(top=f"channel: {text}\n", own="priority: 3")
    [problem] = [p for p in read_plan(source.encode(), "plan.yaml").problems if "channel" in p.key]
    assert (problem.line, problem.key) == (3, "channel")
    assert "`@Switchboard here`" in problem.message
