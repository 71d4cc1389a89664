"""What only all flows together can show: rounds that go on by themselves, steps that nobody
reaches, prompts without words for somebody who hears them.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.plan_file.flow_exits import exits, queue_actions
from bot.plan_file.flow_graph import Graph, Place, Way
from bot.plan_file.prompts import PLAN
from bot.plan_file.whole import Whole
from routing.action import Action, ActionKind
from routing.flow_steps import Collect, Menu, Speak, Step
from routing.plan import Delivery, Plan

LISTED = 6
"""Steps of a round named in a message."""


def check_flows(plan: Plan, whole: Whole, lists_used: set[str]) -> None:
    """Report everything about flows in `plan` that cannot work, or has no effect."""
    _Checks(plan, whole).run(lists_used)


class _Checks:
    def __init__(self, plan: Plan, whole: Whole) -> None:
        self._plan = plan
        self._whole = whole
        self._graph = Graph(plan)
        self._roots = [place for entry in plan.entry_points for place in self._graph.entered(entry)]
        self._reached = self._graph.reached(self._roots)

    def run(self, lists_used: set[str]) -> None:
        """All checks. Who gets where is only asked of a plan whose names all meet."""
        self._unused(lists_used)
        if any(self._whole.problems.within(each) for each in ("flows", "queues", "entry_points")):
            return
        self._unreached()
        self._rounds()
        self._words()
        self._meetings()

    def _unused(self, lists_used: set[str]) -> None:
        asked = {ask.webhook for flow in self._plan.flows for ask in flow.asks}
        for webhook in self._plan.webhooks:
            if webhook.name not in asked:
                self._whole.warn(f"webhooks.{webhook.name}", "no flow asks it")
        for callers in self._plan.caller_lists:
            if callers.name not in lists_used:
                self._whole.warn(f"caller_lists.{callers.name}", "nobody looks into this list")

    def _unreached(self) -> None:
        """Steps that their own flow never comes to are mistakes; flows and queues may be spare."""
        for flow in self._plan.flows:
            begin = self._graph.start(flow.name)
            own = self._graph.reached([begin] if begin else [])
            for step in flow.steps():
                if Place(flow.name, step.name) not in own:
                    self._whole.error(
                        f"flows.{flow.name}.steps.{step.name}",
                        "callers never come here: let a step before it lead here, or remove it",
                    )
            if begin not in self._reached:
                self._whole.warn(f"flows.{flow.name}", "no entry point, step or action leads here")
        for queue in self._plan.queues:
            if Place(queue.name) not in self._reached:
                self._whole.warn(f"queues.{queue.name}", "no entry point leads here")

    def _rounds(self) -> None:
        """Rounds that a caller goes who does nothing: depth first, each closing way once."""
        done = set[Place]()
        for root in sorted(self._graph.of):
            if root not in done:
                self._walk(root, done)

    def _walk(self, root: Place, done: set[Place]) -> None:
        path: dict[Place, Iterator[Way]] = {root: iter(self._graph.by_themselves(root))}
        while path:
            place, ahead = next(reversed(path.items()))
            way = next(ahead, None)
            if way is None:
                done.add(place)
                del path[place]
            elif way.target in path:
                places = list(path)
                self._round(way, places[places.index(way.target) :])
            elif way.target not in done:
                path[way.target] = iter(self._graph.by_themselves(way.target))

    def _round(self, way: Way, places: list[Place]) -> None:
        names = [str(place) for place in places[:LISTED]]
        if len(places) > LISTED:
            names.append("...")
        self._whole.error(
            way.path,
            "callers who press nothing would go round without end "
            f"({' -> '.join([*names, str(places[0])])}): let it lead to a queue, to somebody, or "
            "to `disconnect`",
        )

    def _words(self) -> None:
        """Every prompt has words in every language that its hearers may have chosen."""
        spoken = self._graph.languages()
        for flow in self._plan.flows:
            for step in flow.steps():
                place = Place(flow.name, step.name)
                for path, prompt, language in _heard(self._graph, place, step):
                    for each in sorted({language} if language else spoken[place]):
                        self._needs(prompt, each, path)
        for queue in self._plan.queues:
            for name, action, _ in queue_actions(queue):
                for each in sorted(spoken[Place(queue.name)]):
                    path = f"queues.{queue.name}.{name}.prompt"
                    self._wants(action.prompt, each, path)
        self._notices(spoken)

    def _notices(self, spoken: dict[Place, set[str]]) -> None:
        for entry in self._plan.entry_points:
            begin = self._graph.begins(entry)
            if entry.notice is None or begin is None:
                continue
            queues = [p for p in self._graph.reached([begin]) if not p.step]
            heard = {entry.language}.union(*(spoken[queue] for queue in queues))
            path = f"entry_points.{entry.name}.notice"
            if f"{path}.prompt" in self._whole.lines:
                path = f"{path}.prompt"
            for each in sorted(heard):
                self._needs(entry.notice.prompt, each, path)

    def _lacks(self, prompt: str, language: str) -> str:
        name = prompt.removeprefix(PLAN)
        known = self._whole.prompts.languages(name)
        return name if prompt.startswith(PLAN) and known and language not in known else ""

    def _needs(self, prompt: str, language: str, path: str) -> None:
        if name := self._lacks(prompt, language):
            self._whole.error(
                path,
                f"prompt {name} has no words in {language}, which callers here may be spoken to "
                f"in: add them under `prompts`",
            )

    def _wants(self, prompt: str, language: str, path: str) -> None:
        if (name := self._lacks(prompt, language)) and not self._warned(path):
            self._whole.warn(
                path,
                f"prompt {name} has no words in {language}, which callers here may be spoken to "
                f"in: add them under `prompts`",
            )

    def _warned(self, path: str) -> bool:
        return any(each.key == path for each in self._whole.problems.all())

    def _meetings(self) -> None:
        """Who was once in an invitation's call is reached by invitation only, and no account is:
        that holds on for everything that comes after such a queue."""
        for queue in self._plan.queues:
            if queue.delivery is not Delivery.GROUP_CALL:
                continue
            # What comes at once comes before anybody was invited.
            begins = [way.target for way in self._graph.of[Place(queue.name)] if way.free]
            for place in sorted(self._graph.reached(begins) - {Place(queue.name)}):
                for path, action in self._out_of(place):
                    if action.kind is ActionKind.ACCOUNT and not action.number:
                        self._whole.error(
                            path,
                            f"callers come here from queue {queue.name} (`delivery: group_call`) "
                            "too: after an invitation Graph refuses every transfer (8523) and an "
                            "account cannot be invited; add its number",
                        )

        self._errors_in_meetings()

    def _errors_in_meetings(self) -> None:
        meeting = {Place(q.name) for q in self._plan.queues if q.delivery is Delivery.GROUP_CALL}
        for entry in self._plan.entry_points:
            begin, to = self._graph.begins(entry), entry.on_error
            if to.kind is ActionKind.ACCOUNT and not to.number and entry.flow and begin:
                for place in sorted(meeting & self._graph.reached([begin])):
                    self._whole.error(
                        f"entry_points.{entry.name}.on_error",
                        f"callers may be in {place} (`delivery: group_call`): after an invitation "
                        "an account cannot be reached; add its number",
                    )

    def _out_of(self, place: Place) -> Iterator[tuple[str, Action]]:
        if place.step:
            flow = self._graph.flows[place.of]
            step = self._graph.steps[place.of, place.step]
            for each in exits(flow, step):
                if each.goto.action is not None:
                    yield each.path, each.goto.action
            if flow.operator is not None:
                yield f"flows.{flow.name}.operator", flow.operator
            yield f"flows.{flow.name}.on_limit", flow.on_limit
            return
        for queue in self._plan.queues:
            if queue.name == place.of:
                for name, action, _ in queue_actions(queue):
                    yield f"queues.{queue.name}.{name}", action


def _heard(graph: Graph, place: Place, step: Step) -> Iterator[tuple[str, str, str]]:
    """What is spoken at a step: the key, the prompt, and its language where a way has set one."""
    path = f"flows.{place.of}.steps.{place.step}"
    match step:
        case Speak():
            yield f"{path}.say", step.prompt, ""
        case Menu():
            yield f"{path}.menu", step.prompt, ""
            yield f"{path}.on_silence", step.on_silence, ""
            yield f"{path}.on_invalid", step.on_invalid, ""
        case Collect():
            key = "extension" if step.extensions else "collect"
            yield f"{path}.{key}", step.prompt, ""
        case _:
            pass
    for each in exits(graph.flows[place.of], step):
        if each.goto.action is not None:
            yield f"{each.path}.prompt", each.goto.action.prompt, each.goto.language
