"""One contact's whole life over the emulator under virtual time, with one notification dropped.

A `Story` says who does what; `told` plays it, drops what it is asked to drop, and recounts from the
emulator's log what the caller and the agents had to bear.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kit.switchboard_scene import Scene, plan
from kit.virtual_time import run_virtual

from emulator.audit import Violation, audit
from emulator.faults import Fault
from emulator.log import Bridged, Heard, Notified, Ringing
from emulator.scripts import Behaviour, Step
from routing.plan import Delivery, Plan, Queue
from routing.state import Agent, AgentState, ContactState

AGENTS = tuple(f"{name}.agent@contoso.example" for name in ("ada", "ben"))
NUMBER = "+14255550123"
SETTLED_MS = 12_000
"""Presence has been read, and what an earlier caller might have left is over."""
STEP_MS = 100
AT_MOST_MS = 300_000
BUSY = (AgentState.RESERVED, AgentState.ON_CONTACT, AgentState.PRESUMED, AgentState.WRAP_UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Who does what; everything not said is a talk of 12 s with Ada."""

    queue: Mapping[str, Any] = field(default_factory=dict[str, Any])
    agents: tuple[Behaviour, ...] = ()
    """Ada's, then Ben's, each for all rings; none: both are away."""
    number: Behaviour | None = None
    steps: tuple[Step, ...] = ()
    faults: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Borne:
    """What became of the story."""

    sent: Counter[str]
    """Notifications by kind."""
    silent_ms: int
    """The longest silence that the caller heard, from the answer to the end."""
    talked_after_ms: int | None
    kept_ms: dict[str, int]
    """The longest that each agent was kept from other callers with no phone of theirs in use."""
    rings: list[str]
    """Whose phone began to ring, in turn."""
    violations: list[Violation]
    at_rest: bool
    """Everybody is gone, the service knows it, and the agents could be offered the next caller."""
    outcome: str


def told(
    story: Story,
    delivery: Delivery,
    *,
    drop: Mapping[str, Any] | None = None,
    faults: tuple[Mapping[str, Any], ...] = (),
    switches: Mapping[str, str] | None = None,
) -> Borne:
    """Play it. `drop`: a fault that loses news; `faults`: whatever else goes wrong meanwhile."""
    lost = () if drop is None else ({"kind": "drop", **drop},)
    wrong = (*story.faults, *lost, *faults)

    async def whole() -> Borne:
        async with Scene(plan=_plan(story, delivery), switches=dict(switches or {})) as scene:
            return await _played(scene, story, wrong)

    return run_virtual(whole())


def _plan(story: Story, delivery: Delivery) -> Plan:
    made = plan(Queue(name="support", members=AGENTS, delivery=delivery, **story.queue))
    last_words = ("nobody_available", "technical_problem", "queue_full")
    lengths = {f"system:{name}": 2_000 for name in last_words}
    return replace(made, durations={**made.durations, **lengths})


async def _played(scene: Scene, story: Story, wrong: tuple[Mapping[str, Any], ...]) -> Borne:
    world = scene.world
    for upn in AGENTS:
        object.__setattr__(world.directory.people[upn], "voicemail", False)
        if not story.agents:
            world.set_presence(upn, "Away", "Away", scene.now)
    for upn, behaviour in zip(AGENTS, story.agents, strict=False):
        world.script_agent(upn, (behaviour,))
    if story.number is not None:
        world.script_agent(NUMBER, (story.number,))
    await scene.run_for(SETTLED_MS)
    for rule in wrong:
        world.faults.add(Fault.from_json(rule))
    began = scene.now
    caller = scene.call(steps=story.steps)
    kept, now_kept = Counter[str](), Counter[str]()
    while scene.now - began < AT_MOST_MS:
        await scene.run_for(STEP_MS)
        for agent in _agents(scene):
            in_use = agent.upn in world.exchange.live_of
            now_kept[agent.upn] = 0 if in_use or not _kept(agent) else now_kept[agent.upn] + STEP_MS
            kept[agent.upn] = max(kept[agent.upn], now_kept[agent.upn])
        if _at_rest(scene):
            break
    told = audit(world.log, over=False)
    talks = [r.at - began for r in world.log if isinstance(r, Bridged) and r.leg == caller.id]
    return Borne(
        sent=Counter(each for r in world.log if isinstance(r, Notified) for each in r.what),
        silent_ms=_longest_silence(scene, caller.id),
        talked_after_ms=talks[0] if talks else None,
        kept_ms=dict(kept),
        rings=[r.party for r in world.log if isinstance(r, Ringing)],
        violations=[each for each in told.violations if each.kind != "silence"],
        at_rest=_at_rest(scene),
        outcome=told.contacts[0].outcome,
    )


def _agents(scene: Scene) -> list[Agent]:
    state = scene.board.loop.state()
    assert state is not None
    return list(state.agents.values())


def _kept(agent: Agent) -> bool:
    """Kept from other callers by what the service believes, not by what they did themselves."""
    return agent.state in BUSY or agent.back_off == "unverified"


def _at_rest(scene: Scene) -> bool:
    world = scene.world
    if world.exchange.calls or world.exchange.legs:
        return False
    state = scene.board.loop.state()
    assert state is not None
    ended = all(each.state is ContactState.ENDED for each in state.contacts.values())
    return ended and not any(_kept(agent) for agent in state.agents.values())


def _longest_silence(scene: Scene, leg_id: str) -> int:
    heard = [r for r in scene.world.log if isinstance(r, Heard) and r.leg == leg_id]
    spans = [(r.at, r.until) for r in heard if r.what == "silence"]
    live = scene.world.exchange.legs.get(leg_id)
    if live is not None and live.hears[0] == "silence":
        spans.append((live.hears_since, scene.now))
    longest, began, ended = 0, 0, 0
    for since, until in sorted(spans):
        began = began if since == ended else since
        ended = until
        longest = max(longest, ended - began)
    return longest
