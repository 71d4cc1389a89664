"""What the log says of a plan that was read anew: parts by name, and nobody's number."""

from dataclasses import replace

from kit.floor_desk import plan

from bot.plan_changes import changes
from bot.plan_file import PromptText, Reading
from bot.publication import Published
from routing.flow_steps import CallerList, Flow
from routing.plan import Plan, Queue

NUMBER = "+4930123456"


def the_plan(**fields: object) -> Plan:
    """A plan with two queues and a flow, and these fields."""
    made = plan(Queue(name="sales"), Queue(name="support"), flows=(Flow(name="menu", start="one"),))
    return replace(made, **fields)  # type: ignore[arg-type]


def told(before: Plan, after: Plan, *words: str) -> dict[str, str]:
    """The changes; `words`: what the prompt `hello` said before and says after."""
    both = [
        Published(
            plan=each,
            reading=Reading(
                file="plan.yaml",
                plan=each,
                prompts=tuple(
                    PromptText(name="hello", language="en", say=x) for x in words[n:][:1]
                ),
            ),
        )
        for n, each in enumerate((before, after))
    ]
    return changes(*both)


def test_the_same_plan_has_no_changes_whatever_its_version() -> None:
    assert told(the_plan(), the_plan(version=7), "Hello.", "Hello.") == {}


def test_parts_are_named_by_what_became_of_them() -> None:
    after = the_plan(
        queues=(Queue(name="sales", title="Sales"), Queue(name="night"), Queue(name="day")),
        flows=(),
        supervisors=("eva.private@contoso.example",),
    )
    assert told(the_plan(), after, "Hello.", "Good day.") == {
        "queues": "added day, night; changed sales; removed support",
        "flows": "removed menu",
        "prompts": "changed hello",
        "others": "changed supervisors",
    }


def test_an_entry_point_that_greets_otherwise_is_named() -> None:
    before = the_plan()
    entry, *others = before.entry_points
    after = replace(before, entry_points=(replace(entry, greeting="plan:hello"), *others))
    assert told(before, after) == {"entry_points": f"changed {entry.name}"}


def test_who_stands_in_a_list_is_not_told() -> None:
    before = the_plan(caller_lists=(CallerList(name="vip", entries=()),))
    after = the_plan(caller_lists=(CallerList(name="vip", entries=(NUMBER,)),))
    assert told(before, after) == {"caller_lists": "changed vip"}


def test_a_recording_that_is_another_one_is_a_change() -> None:
    longer = the_plan(durations={"plan:hello": 2_000})
    assert told(the_plan(), longer, "Hello.", "Hello.") == {"prompts": "changed hello"}
