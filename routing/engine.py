"""The engine: events + now -> decisions. Same inputs, same outputs.

`handle` is the whole core: timers due first, then the event, then whoever can be offered is. Here
it is only decided *whose* event it is; what it means is in the machines: `arriving.py`,
`waiting.py`, `offering.py`, `leaving.py`, `contact.py`, `agent.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from routing import agent as agents
from routing import arriving, consult, contact, leaving, offering, roster, waiting
from routing import offer as offers
from routing.commands import EndStray
from routing.directory import use_directory
from routing.due import ask, fire_due
from routing.events import (
    AgentSet,
    CallEnded,
    CallEstablished,
    CallIncoming,
    CallProgressed,
    CallSeen,
    CommandDone,
    DirectoryRead,
    Event,
    InviteEnded,
    OwnerChanged,
    Phase,
    PlanChanged,
    PresenceRead,
    Problem,
    PromptEnded,
    RosterChanged,
    Tick,
    ToneHeard,
)
from routing.facts import FactKind
from routing.floor import Floor
from routing.outcomes import command_done
from routing.plan import Plan
from routing.presence import classify
from routing.state import (
    Agent,
    Call,
    CallRole,
    CallState,
    Contact,
    ContactState,
    Offer,
    OfferState,
    Outcome,
    State,
)
from routing.step import Step
from routing.verdict import caller_leg_over, leg_alive

RING_AGAIN_MS = 3_000
"""After a change of owner a phone rings at least this much longer."""

__all__ = ["Engine", "Step"]


class Engine:
    """Turns events into decisions for one tenant. Not thread-safe; never awaits; never raises on
    anything that came off the wire."""

    def __init__(self, plan: Plan, state: State) -> None:
        self.floor = Floor(plan, state)
        self._on: dict[type, Callable[[Any], None]] = {
            CallIncoming: self._on_incoming,
            CallEstablished: self._on_established,
            CallProgressed: self._on_progressed,
            CallEnded: self._on_ended,
            ToneHeard: self._on_tone,
            PromptEnded: self._on_prompt_ended,
            InviteEnded: self._on_invite_ended,
            RosterChanged: self._on_roster,
            CallSeen: self._on_seen,
            CommandDone: self._on_command_done,
            PresenceRead: self._on_presence,
            DirectoryRead: self._on_directory,
            AgentSet: self._on_agent_set,
            PlanChanged: self._on_plan,
            OwnerChanged: self._on_owner,
            Tick: self._on_tick,
        }

    @property
    def state(self) -> State:
        return self.floor.state

    @property
    def plan(self) -> Plan:
        return self.floor.plan

    def handle(self, event: Event, now: int) -> Step:
        """Timers due by `now` (UTC ms) first, then the event."""
        floor = self.floor
        floor.begin(now)
        if isinstance(event, OwnerChanged):
            # A timer that fell due while nobody was the owner must not fire before it is re-armed.
            self._on_owner(event)
            fire_due(self.floor, now)
        else:
            fire_due(self.floor, now)
            self._on[type(event)](event)
        if floor.dirty:
            offering.offer_all(floor)
        return floor.step

    def next_deadline(self) -> int | None:
        """When to come back with a `Tick` at the latest; always later than the last `now`."""
        return self.floor.timers.next_due()

    # -- what the service asks --------------------------------------------------------------------

    def wants(self, call: str, command: str) -> bool:
        """Whether a command that was not sent yet should still be."""
        if not call:
            return True
        leg = self.state.calls.get(call)
        return leg is not None and command in leg.pending

    def watched(self) -> list[str]:
        """The agents whose presence matters, in a stable order."""
        return sorted(a.id for a in self.state.agents.values() if a.ready and a.memberships)

    def urgent(self) -> bool:
        """Whether presence is needed every 3 s: someone waits, or it must tell a talk's end."""
        return bool(self.floor.presumed) or any(self.floor.lengths.values())

    def silent_calls(self, before: int) -> list[str]:
        """Live legs unheard of since `before` (sweeper): news may have been lost."""
        return sorted(
            leg.id
            for leg in self.state.calls.values()
            if leg.state is not CallState.ENDED and leg.wire and leg.heard_at <= before
        )

    def live_calls(self) -> list[str]:
        """Established legs, for keepAlive."""
        return sorted(
            leg.id for leg in self.state.calls.values() if leg.state is CallState.ESTABLISHED
        )

    def wire_of(self, call: str) -> str:
        """The platform's id of our leg; empty while it has none."""
        leg = self.state.calls.get(call)
        return leg.wire if leg else ""

    def call_of(self, wire: str) -> str:
        """Our leg with this platform id; empty when none is ours."""
        return self.floor.by_wire.get(wire, "")

    # -- whose event ------------------------------------------------------------------------------

    def _leg(self, wire: str, command: str = "") -> Call | None:
        """Our leg that an event is about; a created one introduces itself by its command."""
        floor = self.floor
        leg_id = floor.by_wire.get(wire) or floor.by_command.get(command)
        leg = floor.state.calls.get(leg_id) if leg_id else None
        if leg is not None:
            leg.heard_at = floor.now
            if not leg.wire:
                floor.name_call(leg, wire)
            elif leg.wire != wire:
                return None
        return leg

    def _unowned(self, wire: str, what: str) -> None:
        """A live leg that no contact owns: look, and end it if it lives."""
        self.floor.fact(FactKind.STRAY_CALL, event=what)
        self.floor.step.commands.append(EndStray(id=self.floor.new_id(), wire=wire))

    def _offer_of(self, leg: Call) -> Offer | None:
        for offer_id in self.floor.offers_of.get(leg.contact, ()):
            offer = self.state.offers[offer_id]
            if offer.call == leg.id:
                return offer
        return None

    def _on_incoming(self, event: CallIncoming) -> None:
        if event.call in self.floor.by_wire:
            self.floor.ignored("CallIncoming", "known call")
        else:
            arriving.arrive(self.floor, event)

    def _on_established(self, event: CallEstablished) -> None:
        leg = self._leg(event.call, event.command)
        if leg is None:
            self._unowned(event.call, "CallEstablished")
        else:
            leg_alive(self.floor, leg, self._offer_of(leg), failed=bool(event.code))

    def _on_progressed(self, event: CallProgressed) -> None:
        leg = self._leg(event.call, event.command)
        if leg is None:
            if event.phase is not Phase.TERMINATING:
                self._unowned(event.call, "CallProgressed")
            return
        if leg.state is CallState.ENDED or leg.hanging_up:
            if event.phase is not Phase.TERMINATING:
                offering.stray_leg(self.floor, leg)
            return
        owner = self.state.contacts[leg.contact]
        if leg.role is CallRole.AGENT:
            offer = self._offer_of(leg)
            if offer is not None and offer.ringing_at is None:
                offering.ringing(self.floor, offer)
        elif event.phase is Phase.TRANSFER_ACCEPTED and not owner.linking_heard:
            owner.linking_heard = True
            self.floor.touch(owner)

    def _on_ended(self, event: CallEnded) -> None:
        leg = self._leg(event.call, event.command)
        if leg is None:
            self.floor.ignored("CallEnded", "unknown call")
        elif self.floor.call_over(leg):
            if leg.role is CallRole.CALLER:
                caller_leg_over(self.floor, self.state.contacts[leg.contact], event)
            else:
                offer = self._offer_of(leg)
                if offer is not None:
                    offering.leg_over(self.floor, offer, event.ending)

    def _on_tone(self, event: ToneHeard) -> None:
        leg = self._leg(event.call)
        if leg is None:
            self._unowned(event.call, "ToneHeard")
            return
        offer = self._offer_of(leg) if leg.role is CallRole.AGENT else None
        if offer is None:
            self.floor.ignored("ToneHeard", "no menu", leg.contact)
        else:
            consult.key(self.floor, offer, event.tone)

    def _on_prompt_ended(self, event: PromptEnded) -> None:
        leg = self._leg(event.call)
        if leg is not None:
            self._prompt_over(leg, event.context, ok=event.ok)

    def _prompt_over(self, leg: Call, context: str, *, ok: bool) -> None:
        if leg.role is CallRole.CALLER:
            waiting.prompt_over(self.floor, self.state.contacts[leg.contact], context, ok=ok)
        else:
            offer = self._offer_of(leg)
            if offer is not None:
                consult.whispered(self.floor, offer, context)

    def _on_invite_ended(self, event: InviteEnded) -> None:
        leg = self._leg(event.call)
        if leg is None:
            self._unowned(event.call, "InviteEnded")
            return
        owner = self.state.contacts[leg.contact]
        roster.invite_over(self.floor, owner, event.context, ok=event.ok, ending=event.ending)

    def _on_roster(self, event: RosterChanged) -> None:
        leg = self._leg(event.call)
        if leg is None:
            self._unowned(event.call, "RosterChanged")
        elif leg.role is CallRole.CALLER and event.people:
            roster.read(self.floor, self.state.contacts[leg.contact], event.people)

    def _on_seen(self, event: CallSeen) -> None:
        leg = self._leg(event.call)
        if leg is None or leg.state is CallState.ENDED:
            return
        if event.state == "gone":
            self._on_ended(CallEnded(call=event.call, ending="unknown"))
            return
        if event.state != "established":
            self._still_linking(leg)
            return
        offer = self._offer_of(leg)
        owner = self.state.contacts[leg.contact]
        asked_about_link = leg.role is CallRole.CALLER and self._unlinked(owner)
        leg_alive(self.floor, leg, offer, failed=asked_about_link, asked=True)
        if event.people and leg.role is CallRole.CALLER:
            roster.read(self.floor, owner, event.people, confirmed=True)
        elif leg.role is CallRole.CALLER:
            waiting.resume(self.floor, owner)

    def _still_linking(self, leg: Call) -> None:
        """Asked about a late link, the platform says that it is still at it."""
        offer = self.floor.current_offer(self.state.contacts[leg.contact])
        if leg.role is CallRole.CALLER and offer is not None and "unlinked" in offer.timers:
            self.floor.disarm(offer, "unlinked")
            self.floor.arm(offer, "link", self.floor.now + consult.LINK_WITHIN_MS)

    def _unlinked(self, owner: Contact) -> bool:
        offer = self.floor.current_offer(owner)
        return offer is not None and "unlinked" in offer.timers

    def _on_command_done(self, event: CommandDone) -> None:
        leg = self.state.calls.get(event.call)
        if leg is None:
            return
        kind = leg.pending.pop(event.command, "")
        self.floor.touch(leg)
        if event.wire:
            self.floor.name_call(leg, event.wire)
        offer = self._offer_of(leg) or self._offer_made_by(leg, event.command)
        command_done(self.floor, leg, offer, kind, event)
        if kind == "HangUp" and event.problem in ("", Problem.GONE):
            self._on_ended(CallEnded(call=leg.wire, command=leg.made_by, ending="completed"))
        elif kind == "Invite" and event.finished:
            owner = self.state.contacts[leg.contact]
            done = event.finished == "completed"
            roster.invite_over(self.floor, owner, event.command, ok=done, ending="failed")
        elif kind == "Play" and (event.finished or event.problem):
            ok = event.finished == "completed" and not event.problem
            self._prompt_over(leg, event.command, ok=ok)

    def _offer_made_by(self, leg: Call, command: str) -> Offer | None:
        owner = self.state.contacts.get(leg.contact)
        if owner is None:
            return None
        for offer in self.floor.offers(owner):
            if offer.command == command:
                return offer
        return None

    # -- people and plans -------------------------------------------------------------------------

    def _on_presence(self, event: PresenceRead) -> None:
        floor = self.floor
        if event.complete:
            tenant = self.state.tenant
            tenant.presence_read_at = max(tenant.presence_read_at, event.read_at)
            floor.touch(tenant)
        for reading in event.readings:
            agent = self.state.agents.get(reading.agent)
            if agent is None or agent.presence_at > event.read_at:
                continue
            presence = classify(reading.availability, reading.activity)
            agents.see_presence(floor, agent, presence, event.read_at)
        listed = {reading.agent for reading in event.readings}
        for agent_id, offer_id in list(floor.checking.items()):
            if event.complete or agent_id in listed:
                offering.checked(floor, self.state.offers[offer_id])
        for agent_id in list(floor.presumed):
            agent = self.state.agents[agent_id]
            if (event.complete or agent_id in listed) and agents.talk_seen_over(
                floor, agent, event.read_at
            ):
                self._talk_seen_over(agent)
        if event.complete:
            floor.dirty.update(dict.fromkeys(floor.queues))

    def _talk_seen_over(self, agent: Agent) -> None:
        talk = self.state.contacts.get(agent.contact)
        if talk is not None:
            at = agent.left_call_at or self.floor.now
            contact.talk_over(self.floor, talk, at=at, reason="presence left the call")
        else:
            agents.talk_over(self.floor, agent, offers.no_queue())

    def _on_directory(self, event: DirectoryRead) -> None:
        use_directory(self.floor, event)

    def _on_agent_set(self, event: AgentSet) -> None:
        agent = self.state.agents.get(event.agent)
        if agent is None:
            self.floor.ignored("AgentSet", "not an agent")
        else:
            agents.take_word(self.floor, agent, event)
            offer = self.state.offers.get(agent.offer)
            if offer is not None and not event.ready:
                offering.left(self.floor, offer)

    def _on_plan(self, event: PlanChanged) -> None:
        floor = self.floor
        floor.use_plan(event.plan)
        floor.fact(FactKind.PLAN_CHANGED, version=event.plan.version)
        for waiter in sorted(self.state.contacts.values(), key=lambda c: c.id):
            if waiter.state is ContactState.QUEUED and waiter.queue not in floor.queues:
                leaving.leave(floor, waiter, leaving.no_action(), Outcome.FAILED)

    def _on_owner(self, event: OwnerChanged) -> None:
        """The state was just loaded: give phones time, and ask how every leg fared meanwhile."""
        floor = self.floor
        self.state.epoch = event.epoch
        floor.fact(FactKind.OWNER_CHANGED, epoch=event.epoch)
        for offer in sorted(self.state.offers.values(), key=lambda o: o.id):
            for kind in ("ring", "accept"):
                if kind in offer.timers:
                    floor.arm(offer, kind, max(offer.timers[kind], floor.now + RING_AGAIN_MS))
            if offer.state is OfferState.CHECKING:
                floor.arm(offer, "check", floor.now + offering.CHECK_WITHIN_MS)
        for leg in sorted(self.state.calls.values(), key=lambda c: c.id):
            ask(self.floor, leg)
        floor.dirty.update(dict.fromkeys(floor.queues))

    def _on_tick(self, event: Tick) -> None:
        """Time passed; the timers have fired."""
