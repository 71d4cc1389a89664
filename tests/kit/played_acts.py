"""The emulator's own scenes, played by the whole heart of the service under virtual time."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kit.switchboard_scene import MUSIC_MS, PROMPT_MS, WEBHOOK, Scene
from kit.virtual_time import run_virtual

from bot.plan_file import read_plan
from emulator.audit import Audit, audit
from emulator.audit_contact import Contact
from emulator.faults import Fault
from emulator.log import Notified, Placed
from emulator.scene import play
from emulator.scene_book import Act, plan_of, script_of, stage
from emulator.scene_verdicts import Verdict, verdicts
from emulator.shapes import Json
from routing.plan import Plan
from routing.state import State

APART_MS = 40
"""between the first callers of two acts"""
STEP_MS = 2_000
RECORDED = {
    "connected": ("answered",),
    "voicemail": ("answered",),
    "abandoned": ("abandoned",),
    "forwarded": ("timed_out", "overflowed", "served", "refused", "exit", "no_agent", "closed"),
    "disconnected": ("timed_out", "overflowed", "callback", "served", "no_agent", "closed"),
    "rejected": ("refused", "closed"),
    "called_back": ("answered",),
    "not_reached": ("callback",),
}
"""what the service's record may call each outcome of the audit"""
INSTALLED_MS = 1_500
"""so long after everybody added the app the service knows of it"""
AT_MOST_MS = 20 * 60_000
LEAVE_A_MESSAGE = ("hangs_up_in_the_message",)
"""Scenes whose callers hang up and have left a message: nobody was there, they gave up nothing."""
SETTLE_MS = 200_000
"""a silent invitation is waited for so long after everybody went"""


@dataclass(frozen=True, slots=True)
class Played:
    audit: Audit
    verdicts: list[Verdict]
    statuses: list[int]
    """what the webhook answered"""
    records: dict[str, tuple[str, str]]
    """what the service noted, by caller's label: outcome and the agent's UPN"""
    elsewhere: frozenset[str]
    """labels of callers who are called back at another number"""
    live_contacts: list[str]
    live_calls: list[str]
    sent: Counter[str]
    """notifications by kind"""

    def wrong(self) -> list[str]:
        """Everything that should not be, in words."""
        found = [f"{v.label}: {v.wrong}" for v in self.verdicts if v.wrong]
        found += [f"{v.kind}: {v.who} {v.detail}" for v in self.audit.violations]
        found += [f"webhook answered {status}" for status in self.statuses if status != 202]
        found += [f"contact {name} is still live" for name in self.live_contacts]
        found += [f"Graph call {name} is still live" for name in self.live_calls]
        return found + [line for contact in self.audit.contacts if (line := self._noted(contact))]

    def _noted(self, contact: Contact) -> str:
        """How the service's own record differs from what happened."""
        outcome, agent = self.records.get(contact.label, ("", ""))
        if contact.label in self.elsewhere:
            return "" if outcome == "answered" else f"{contact.label}: noted as {outcome}"
        left = contact.label.startswith(LEAVE_A_MESSAGE) and outcome == "timed_out"
        if not left and outcome not in RECORDED.get(contact.outcome, (outcome,)):
            return f"{contact.label}: {contact.outcome}, but noted as {outcome or 'nothing'}"
        talked = {contact.connected_to}
        if contact.handed_on:
            talked = {talk.party for talk in contact.conversations}
        if contact.outcome in ("connected", "called_back") and agent not in talked:
            return f"{contact.label}: with {contact.connected_to}, but noted with {agent}"
        return ""


def played(acts: Sequence[Act], switches: Mapping[str, str], faults: Sequence[Json] = ()) -> Played:
    """Play all these acts side by side, with whatever goes wrong, and recount."""
    return run_virtual(_play(acts, dict(switches), faults))


def plan_for(acts: Sequence[Act], tenant: str) -> Plan:
    source = json.dumps(plan_of(acts)).encode()
    reading = read_plan(source, "plan.yaml")
    assert reading.plan is not None, [str(each) for each in reading.problems][:5]
    durations = {f"plan:{each.name}": PROMPT_MS for each in reading.prompts}
    durations |= {"music:default": MUSIC_MS, "whisper": PROMPT_MS}
    return replace(reading.plan, tenant=tenant, durations=durations, keeps_messages=True)


async def _play(acts: Sequence[Act], switches: dict[str, str], faults: Sequence[Json]) -> Played:
    config = stage(acts, WEBHOOK)
    plan = plan_for(acts, config.tenant_id)
    plan = replace(plan, legs={config.applications[0].id: config.applications[0].legs})
    async with Scene(plan=plan, config=config, switches=switches) as scene:
        for upn in [upn for act in acts for upn in act.chatting]:
            scene.world.chat.install(upn)
        scene.kick.set()
        await scene.run_for(INSTALLED_MS)
        for fault in faults:
            scene.world.faults.add(Fault.from_json(fault))
        for place, act in enumerate(acts):
            script = script_of(act, place * APART_MS, scene.app)
            play(scene.world, script, scene.now)
        scene.kick.set()
        await _until_all_are_gone(scene, acts)
        await scene.run_for(SETTLE_MS)
        state = scene.board.loop.state()
        assert state is not None
        recounted = audit(scene.world.log)
        return Played(
            recounted,
            verdicts(acts, recounted, switches),
            scene.statuses,
            _records(scene, state),
            frozenset(
                label
                for act in acts
                for label, expected in zip(act.labels(), act.expectations(switches), strict=True)
                if any(expected.dialed.values())
            ),
            [c.id for c in state.contacts.values() if c.state.value != "ended"],
            [c.id for c in scene.world.exchange.calls.values() if c.state != "terminated"],
            Counter(each for r in scene.world.log if isinstance(r, Notified) for each in r.what),
        )


def _records(scene: Scene, state: State) -> dict[str, tuple[str, str]]:
    labels = {r.call: r.label for r in scene.world.log if isinstance(r, Placed)}
    of_contact = {
        call.contact: label
        for call in state.calls.values()
        if (label := labels.get(call.wire.lower()))
    }
    found: dict[str, tuple[str, str]] = {}
    for contact in state.contacts.values():
        agent = state.agents.get(contact.agent)
        outcome = contact.outcome.value if contact.outcome else ""
        label = of_contact.get(contact.id, "")
        found[label] = (outcome, agent.upn if agent is not None else "")
    return found


async def _until_all_are_gone(scene: Scene, acts: Sequence[Act]) -> None:
    callers = sum(len(act.labels()) for act in acts)
    began = scene.now
    while scene.now - began < AT_MOST_MS:
        await scene.run_for(STEP_MS)
        placed = sum(1 for record in scene.world.log if record.kind == "placed")
        if placed == callers and not scene.world.exchange.legs:
            return
