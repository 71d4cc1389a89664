"""The ways out of steps and queues, as the plan writes them: before it is known where they lead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from routing.action import Action, ActionKind
from routing.flow_steps import (
    Ask,
    Branch,
    Collect,
    Enter,
    Flow,
    Goto,
    Menu,
    Note,
    Speak,
    Step,
    Turn,
)
from routing.plan import Plan, Queue
from routing.waiting_rules import NoAgent

AT_ONCE = ("on_overflow", "on_closed")
"""A queue's actions that come without any wait in it."""
WHEN_WE_FAIL = ("fallback",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """One way out of a step, before it is known where it leads."""

    goto: Goto
    path: str
    free: bool


def chosen_languages(plan: Plan) -> list[str]:
    """The languages that a flow can change to: the service's own words are needed in them."""
    ways = (each for flow in plan.flows for step in flow.steps() for each in exits(flow, step))
    return list(dict.fromkeys(each.goto.language for each in ways if each.goto.language))


def exits(flow: Flow, step: Step) -> Iterator[Exit]:
    """Every way out of a step, as the plan writes it."""
    path = f"flows.{flow.name}.steps.{step.name}"
    match step:
        case Menu():
            yield from _menu_exits(step, path)
        case Collect():
            yield from _collect_exits(step, path)
        case Branch():
            for index, case in enumerate(step.cases):
                yield Exit(goto=case.then, path=f"{path}.branch[{index}]", free=False)
            yield Exit(goto=step.otherwise, path=f"{path}.otherwise", free=False)
        case Ask():
            yield Exit(goto=step.then, path=f"{path}.then", free=False)
            yield Exit(goto=step.otherwise, path=f"{path}.otherwise", free=False)
        case Enter():
            into = Goto(turn=Turn.ACTION, action=Action(kind=ActionKind.FLOW, ref=step.flow))
            yield Exit(goto=into, path=f"{path}.enter", free=False)
            yield Exit(goto=step.then, path=f"{path}.then", free=False)
        case Speak() | Note():
            yield Exit(goto=step.then, path=f"{path}.then", free=False)
    # Key 0, also where the operator is that of a flow that entered this one.
    goto = Goto(turn=Turn.OPERATOR)
    yield Exit(goto=goto, path=f"flows.{flow.name}.operator", free=True)


def _menu_exits(step: Menu, path: str) -> Iterator[Exit]:
    for key, goto in step.keys.items():
        yield Exit(goto=goto, path=f"{path}.keys.{key}", free=True)
    yield Exit(goto=step.otherwise, path=f"{path}.otherwise", free=False)


def _collect_exits(step: Collect, path: str) -> Iterator[Exit]:
    for number, action in step.extensions.items():
        goto = Goto(turn=Turn.ACTION, action=action)
        yield Exit(goto=goto, path=f"{path}.extensions.{number}", free=True)
    if not step.extensions:
        yield Exit(goto=step.then, path=f"{path}.then", free=True)
    yield Exit(goto=step.otherwise, path=f"{path}.otherwise", free=False)


def queue_actions(queue: Queue) -> Iterator[tuple[str, Action, bool]]:
    """The actions of a queue by key, and whether they come at once."""
    for each in fields(queue):
        value: object = getattr(queue, each.name)
        if isinstance(value, Action) and each.name not in WHEN_WE_FAIL:
            yield each.name, value, each.name in AT_ONCE
        elif isinstance(value, NoAgent):
            yield f"{each.name}.action", value.action, True
        elif isinstance(value, Mapping):
            for key, inner in value.items():
                if isinstance(inner, Action):
                    yield f"{each.name}.{key}", inner, False


def operators(plan: Plan) -> dict[str, set[str]]:
    """For each flow whose `operator` counts there: its own, else those of flows that enter it."""
    found = {flow.name: {flow.name} if flow.operator else set[str]() for flow in plan.flows}
    inherit = {flow.name for flow in plan.flows if not flow.operator}
    while True:
        more = {
            (enter.flow, name)
            for flow in plan.flows
            for enter in flow.enters
            if enter.flow in inherit
            for name in found[flow.name] - found[enter.flow]
        }
        if not more:
            return found
        for flow_name, name in more:
            found[flow_name].add(name)
