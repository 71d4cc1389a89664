"""Where callers can get to in a plan: steps and queues, and what leads from one to the next.

Ways that are decided while a caller waits in a queue, or by what a caller does, are `free` of the
danger that `flow_checks.py` looks for: a round that goes on by itself. A flow that others enter is
looked at by itself (`Summaries`): what comes after it depends on who entered it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bot.plan_file.flow_exits import Exit, exits, operators, queue_actions
from routing.action import Action, ActionKind
from routing.flow_steps import Enter, Flow, Goto, Menu, Step, Turn
from routing.plan import EntryPoint, Plan


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A step of a flow, or a queue (then `step` is empty)."""

    of: str
    step: str = ""

    def __str__(self) -> str:
        return f"{self.of}/{self.step}" if self.step else f"queue {self.of}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What leads from one place to another."""

    source: Place
    target: Place
    path: str
    """The key in the plan that says so."""
    free: bool
    """It takes an act of the caller's, or a wait in a queue."""
    language: str = ""
    """What the caller chose on it; empty: as before."""
    enters: bool = False
    """It leads into a flow that returns."""
    jumps: bool = False
    """It leads into a flow for good: nobody returns from there."""


@dataclass(frozen=True, slots=True)
class Returned:
    """How a flow may come to its `return`: in which language, and whether the caller did anything
    since it began."""

    language: str
    free: bool


Summaries = dict[tuple[str, str], set[Returned]]
"""By flow and the language in which it was entered."""


class Graph:
    """All ways of one plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.flows = {flow.name: flow for flow in plan.flows}
        self.steps = {(flow.name, step.name): step for flow in plan.flows for step in flow.steps()}
        self._operators = operators(plan)
        self.of: dict[Place, list[Way]] = defaultdict(list)
        """Without what comes after a flow that was entered."""
        self.after: dict[Place, list[Way]] = defaultdict(list)
        """That: by the step that entered it."""
        self._returning: dict[Place, list[Returned]] = defaultdict(list)
        for way in self._all():
            self._add(way)
        self._summaries = self._summarize()
        for way in list(self._back()):
            self._add(way)

    def _add(self, way: Way) -> None:
        is_after = way.path.endswith(".then") and self._enters(way.source)
        (self.after if is_after else self.of)[way.source].append(way)

    def begins(self, entry: EntryPoint) -> Place | None:
        """Where the callers of an entry point go first."""
        return self.start(entry.flow) if entry.flow else Place(entry.queue) if entry.queue else None

    def entered(self, entry: EntryPoint) -> tuple[Place, ...]:
        """Where the callers of an entry point go first: open, and closed."""
        begin = self.begins(entry)
        return (*([begin] if begin else []), *_within(entry.on_closed, self))

    def start(self, flow: str) -> Place | None:
        """A flow's first step."""
        found = self.flows.get(flow)
        return Place(flow, found.start) if found and found.start else None

    def reached(self, roots: Iterable[Place]) -> set[Place]:
        """Every place that callers can get to from there, these included."""
        seen, todo = set[Place](), list(roots)
        while todo:
            place = todo.pop()
            if place not in seen:
                seen.add(place)
                todo += [way.target for way in (*self.of[place], *self.after[place])]
        return seen

    def by_themselves(self, place: Place) -> list[Way]:
        """The ways that somebody may be taken who does nothing."""
        ways = [way for way in self.of[place] if not way.free]
        entered = {way.target.of for way in ways if way.enters}
        through = any(
            not each.free
            for (flow, _), found in self._summaries.items()
            if flow in entered
            for each in found
        )
        return ways + (self.after[place] if through else [])

    def languages(self) -> dict[Place, set[str]]:
        """What callers may be spoken to in, at each place that they can get to."""
        spoken: dict[Place, set[str]] = defaultdict(set)
        todo: list[tuple[Place, str]] = []
        for entry in self.plan.entry_points:
            todo += [(place, entry.language) for place in self.entered(entry)]
        while todo:
            place, language = todo.pop()
            if language not in spoken[place]:
                spoken[place].add(language)
                todo += [(way.target, way.language or language) for way in self.of[place]]
                for way in self.of[place]:
                    for back in self._summaries.get((way.target.of, language), ()):
                        if way.enters:
                            todo += [
                                (then.target, then.language or back.language)
                                for then in self.after[place]
                            ]
        return spoken

    def _summarize(self) -> Summaries:
        """How each flow returns, in whatever language it is entered: until nothing new is found."""
        languages = {entry.language for entry in self.plan.entry_points}
        languages |= {way.language for ways in self.of.values() for way in ways if way.language}
        languages |= {each.language for found in self._returning.values() for each in found}
        known: Summaries = {}
        while True:
            found = {
                (flow, language): self._returns(flow, language, known)
                for flow in self.flows
                for language in sorted(languages - {""})
            }
            if found == known:
                return known
            known = found

    def _returns(self, flow: str, language: str, known: Summaries) -> set[Returned]:
        """How one flow returns, given how others do as far as that is known."""
        begin = self.start(flow)
        seen = set[tuple[Place, str, bool]]()
        todo = [(begin, language, False)] if begin else []
        out = set[Returned]()
        while todo:
            place, spoken, free = todo.pop()
            if (place, spoken, free) in seen or not place.step:
                continue  # who goes into a queue does not return
            seen.add((place, spoken, free))
            if not self._enters(place):
                out |= self._leaving(place, spoken, free=free)
                todo += [
                    (w.target, w.language or spoken, free or w.free)
                    for w in self.of[place]
                    if not w.jumps
                ]
                continue
            entered = [way.target.of for way in self.of[place] if way.enters]
            for back in (b for name in entered for b in known.get((name, spoken), ())):
                went = free or back.free
                out |= self._leaving(place, back.language, free=went)
                todo += [
                    (w.target, w.language or back.language, went)
                    for w in self.after[place]
                    if not w.jumps
                ]
        return out

    def _leaving(self, place: Place, language: str, *, free: bool) -> set[Returned]:
        return {
            Returned(each.language or language, each.free or free)
            for each in self._returning[place]
        }

    def _enters(self, place: Place) -> bool:
        return isinstance(self.steps.get((place.of, place.step)), Enter)

    def _all(self) -> Iterator[Way]:
        for flow in self.plan.flows:
            for step in flow.steps():
                for each in exits(flow, step):
                    yield from self._ways(flow, step, each)
            if begin := self.start(flow.name):
                yield from self._to(begin, flow.on_limit, f"flows.{flow.name}.on_limit", free=False)
        for queue in self.plan.queues:
            for name, action, at_once in queue_actions(queue):
                path = f"queues.{queue.name}.{name}"
                yield from self._to(Place(queue.name), action, path, free=not at_once)

    def _ways(self, flow: Flow, step: Step, leaving: Exit) -> Iterator[Way]:
        goto, here = leaving.goto, Place(flow.name, step.name)
        if goto.action is not None and goto.turn is Turn.ACTION:
            for way in self._to(
                here, goto.action, leaving.path, free=leaving.free, language=goto.language
            ):
                enters = leaving.path.endswith(".enter")
                yield replace(way, enters=enters, jumps=bool(way.target.step) and not enters)
        if goto.turn is Turn.RETURN:
            self._returning[here].append(Returned(goto.language, leaving.free))
        for target in self._turns(flow, step, goto):
            yield Way(
                source=here,
                target=target,
                path=leaving.path,
                free=leaving.free,
                language=goto.language,
            )

    def _turns(self, flow: Flow, step: Step, goto: Goto) -> Iterator[Place]:
        match goto.turn:
            case Turn.STEP:
                yield Place(flow.name, goto.step)
            case Turn.REPEAT:
                yield Place(flow.name, step.name)
            case Turn.OPERATOR:
                for name in sorted(self._operators[flow.name]):
                    yield from _within(self.flows[name].operator, self)
            case Turn.BACK | Turn.ACTION | Turn.RETURN:
                pass

    def _back(self) -> Iterator[Way]:
        """The ways that lead `back`, once all others are known."""
        before = self._menus_before()
        for (flow, name), step in self.steps.items():
            here = Place(flow, name)
            turns = [e for e in exits(self.flows[flow], step) if e.goto.turn is Turn.BACK]
            for each in turns:
                for target in sorted(before[here] or {here}):
                    yield Way(
                        source=here,
                        target=target,
                        path=each.path,
                        free=each.free,
                        language=each.goto.language,
                    )

    def _menus_before(self) -> dict[Place, set[Place]]:
        """For each step the menus that `back` may lead to: those passed last on some way there, in
        whatever flow. At a step before any menu it is that step again."""
        begins = {place for each in self.plan.entry_points if (place := self.begins(each))}
        begins |= {w.target for queue in self.plan.queues for w in self.of[Place(queue.name)]}
        starts = {place for name in self.flows if (place := self.start(name))}
        begins |= starts - self.reached(begins)
        passed: dict[Place, set[Place]] = defaultdict(set)
        seen = set[tuple[Place, Place | None]]()
        todo: list[tuple[Place, Place | None]] = [(each, None) for each in sorted(begins)]
        while todo:
            place, last = todo.pop()
            if (place, last) in seen or not place.step:
                continue
            seen.add((place, last))
            passed[place].add(last or place)
            is_menu = isinstance(self.steps.get((place.of, place.step)), Menu)
            after = place if is_menu else last
            todo += [(way.target, after) for way in (*self.of[place], *self.after[place])]
        return passed

    def _to(
        self, source: Place, action: Action, path: str, *, free: bool, language: str = ""
    ) -> Iterator[Way]:
        for target in _within(action, self):
            yield Way(source=source, target=target, path=path, free=free, language=language)


def _within(action: Action | None, graph: Graph) -> Iterator[Place]:
    """Where an action leads within the service."""
    if action is None:
        return
    if action.kind is ActionKind.QUEUE:
        yield Place(action.ref)
    elif action.kind is ActionKind.FLOW and (begin := graph.start(action.ref)):
        yield begin
