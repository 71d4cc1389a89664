"""The floor: the live state with its indexes, and the step that is being built.

The machines (`contact.py`, `offer.py`, `agent.py`) change entities; everything they share is here:
counted ids, commands, facts, timers, saving, and the indexes derived from the saved entities. The
indexes are made by `Floor.__init__` alone, so a loaded floor equals one that lived on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from routing.bulletin import Bulletin
from routing.callback_state import away, promised
from routing.caller_list import Listed
from routing.commands import AskCall, Command, HangUp
from routing.facts import Fact, FactKind, Plain
from routing.line import Line
from routing.matching import Pool
from routing.plan import Plan, Queue
from routing.state import (
    Agent,
    AgentState,
    Call,
    CallRole,
    CallState,
    Contact,
    ContactState,
    Entity,
    Offer,
    OfferState,
    QueueMemory,
    State,
)
from routing.step import Step
from routing.timers import Timed, Timers
from routing.wait_memory import WaitMemory
from routing.waiting_rules import AppliesTo

if TYPE_CHECKING:
    from collections.abc import Iterator


UNKNOWN_PROMPT_MS = 30_000
_KIND: dict[type, str] = {
    Contact: "contact",
    Call: "call",
    Offer: "offer",
    Agent: "agent",
    QueueMemory: "queue",
    Bulletin: "bulletin",
    WaitMemory: "waits",
}


class Floor:
    """A tenant's live contacts, calls, offers and agents, and what one event does to them."""

    def __init__(self, plan: Plan, state: State) -> None:
        self.state = state
        self.now = 0
        self.step = Step()
        self.timers = Timers(
            self.find,
            [
                *state.contacts.values(),
                *state.calls.values(),
                *state.offers.values(),
                *state.agents.values(),
                *state.bulletins.values(),
            ],
        )
        self.by_wire: dict[str, str] = {}
        self.by_command: dict[str, str] = {}
        self.legs: dict[str, int] = {}
        self.calls_of: dict[str, list[str]] = {}
        self.offers_of: dict[str, list[str]] = {}
        self.presumed: dict[str, None] = {}
        self.held: dict[str, None] = {}
        """Agents whom a roster shows talking."""
        self.checking: dict[str, str] = {}
        """Agent -> offer that does not ring yet: presence is read once more, the card posted."""
        self.cards: dict[str, None] = {}
        """Offers with a card in the chat that may have to show something else."""
        self.dirty: dict[str, None] = {}
        """Queues in which somebody may have to be offered."""
        self.starved: dict[str, None] = {}
        """Queues that could not ring for want of a leg."""
        self.thinned: dict[str, None] = {}
        """Queues whose callers go elsewhere once nobody serves them, and who may have lost the last
        agent."""
        self.left_waiting: dict[tuple[str, str, str], str] = {}
        """Queue, kind and identity of callers who hung up or were cut off -> their contact."""
        self.callbacks: dict[tuple[str, str], str] = {}
        """Open callbacks: (queue, number) -> contact."""
        self._index(state)
        self.use_plan(plan)

    def _index(self, state: State) -> None:
        """Derive from the saved entities whatever does not hang on the plan."""
        for contact in state.contacts.values():
            if promised(contact.callback):
                self.open_callback(contact)
        for call in state.calls.values():
            self.index_call(call)
        # In the order in which they were made, whatever order they were loaded in: 1-9 before 1-10.
        for offer in sorted(state.offers.values(), key=lambda o: (o.created_at, len(o.id), o.id)):
            self.offers_of.setdefault(offer.contact, []).append(offer.id)
            if offer.state is OfferState.CHECKING:
                self.checking[offer.agent] = offer.id
            if offer.card_message:
                self.cards[offer.id] = None
        for contact in state.contacts.values():
            if contact.left_waiting:
                self.left_waiting[self.identity(contact)] = contact.id

    # -- the plan ---------------------------------------------------------------------------------

    def use_plan(self, plan: Plan) -> None:
        """Follow this plan from now on."""
        self.plan = plan
        self.queues = {queue.name: queue for queue in plan.queues}
        self.entries = {entry.name: entry for entry in plan.entry_points}
        self.hours = {hours.name: hours for hours in plan.hours}
        self.flows = {flow.name: flow for flow in plan.flows}
        self.steps = {(f.name, step.name): step for f in plan.flows for step in f.steps()}
        self.caller_lists = {each.name: Listed.of(each.entries) for each in plan.caller_lists}
        self.lines: dict[str, Line] = {q.name: Line(q.aging_ms) for q in plan.queues}
        self.lengths: dict[str, int] = dict.fromkeys(self.queues, 0)
        self.pools: dict[str, Pool] = {q.name: Pool(q) for q in plan.queues}
        for contact in self.state.contacts.values():
            if contact.state is ContactState.QUEUED and contact.queue in self.queues:
                self.lengths[contact.queue] += not away(contact.callback)
                resting = contact.callback is not None and contact.callback.resting
                if not contact.offer and not resting:
                    self.lines[contact.queue].add(contact)
        self.letting_go = frozenset(
            q.name for q in plan.queues if q.no_agent and q.no_agent.apply is AppliesTo.ALL
        )
        for agent in self.state.agents.values():
            self.follow(agent)
        self.dirty = dict.fromkeys(self.queues)
        self.thinned = dict.fromkeys(sorted(self.letting_go))

    def memory(self, queue: str) -> QueueMemory:
        """What the queue remembers; it is kept from its first offer on."""
        return self.state.queues.get(queue) or QueueMemory(id=queue)

    # -- the step ---------------------------------------------------------------------------------

    def begin(self, now: int) -> None:
        """Start a new step at `now`."""
        self.now = now
        self.step = Step()

    def new_id(self) -> str:
        self.state.counted += 1
        return f"{self.state.epoch}-{self.state.counted}"

    def touch(self, entity: Entity) -> None:
        """Save the entity with this step."""
        self.step.touched[_KIND.get(type(entity), "tenant"), entity.id] = entity

    def fact(
        self,
        kind: FactKind,
        *,
        contact: str = "",
        agent: str = "",
        queue: str = "",
        **detail: Plain,
    ) -> None:
        self.step.facts.append(
            Fact(kind=kind, at=self.now, contact=contact, agent=agent, queue=queue, detail=detail)
        )

    def ignored(self, what: str, reason: str, contact: str = "") -> None:
        """Something that changes nothing here: counted, never raised."""
        self.fact(FactKind.IGNORED, contact=contact, event=what, reason=reason)

    def send(self, call: Call, command: Command) -> str:
        """Ask for a command on a leg; returns its id."""
        call.pending[command.id] = type(command).__name__
        self.touch(call)
        self.step.commands.append(command)
        return command.id

    def arm(self, entity: Timed, kind: str, due: int) -> None:
        # A timer is never due at the instant that arms it: after handle(.., now) none is left.
        self.timers.arm(entity, kind, max(due, self.now + 1))
        self.touch(entity)

    def disarm(self, entity: Timed, *kinds: str) -> None:
        for kind in kinds:
            if entity.timers.pop(kind, None) is not None:
                self.touch(entity)

    def find(self, kind: str, entity_id: str) -> Timed | None:
        match kind:
            case "contact":
                return self.state.contacts.get(entity_id)
            case "call":
                return self.state.calls.get(entity_id)
            case "offer":
                return self.state.offers.get(entity_id)
            case "bulletin":
                return self.state.bulletins.get(entity_id)
            case _:
                return self.state.agents.get(entity_id)

    # -- legs -------------------------------------------------------------------------------------

    def add_call(self, call: Call) -> None:
        self.state.calls[call.id] = call
        self.index_call(call)
        self.touch(call)

    def index_call(self, call: Call) -> None:
        self.calls_of.setdefault(call.contact, []).append(call.id)
        if call.wire:
            self.by_wire[call.wire] = call.id
        if call.made_by:
            self.by_command[call.made_by] = call.id
        if call.state is not CallState.ENDED:
            self.legs[call.app] = self.legs.get(call.app, 0) + 1

    def name_call(self, call: Call, wire: str) -> None:
        """The platform told the id of a leg that we created."""
        if wire and not call.wire:
            call.wire = wire
            self.by_wire[wire] = call.id
            self.touch(call)

    def call_over(self, call: Call) -> bool:
        """The leg is gone; False when that was known."""
        if call.state is CallState.ENDED:
            return False
        call.state = CallState.ENDED
        call.ended_at = self.now
        call.pending.clear()
        call.timers.clear()
        self.legs[call.app] -= 1
        self.touch(call)
        if self.starved:
            self.dirty.update(self.starved)
            self.starved.clear()
        return True

    def hang_up(self, call: Call) -> None:
        """End the leg; whatever still waits on it is void."""
        call.pending.clear()
        call.hanging_up = True
        self.send(call, HangUp(id=self.new_id(), call=call.id))

    def void(self, call: Call, command: str) -> None:
        """The command has lost its reason; if it was not sent yet, it never will be."""
        if call.pending.pop(command, None) is not None:
            self.touch(call)

    def ask(self, call: Call) -> None:
        """Have a live leg's state read, and its roster where the call is a meeting."""
        if call.state is not CallState.ENDED and call.wire:
            meeting = call.role is CallRole.CALLER and self.state.contacts[call.contact].meeting
            self.send(call, AskCall(id=self.new_id(), call=call.id, roster=meeting))

    # -- people -----------------------------------------------------------------------------------

    def follow(self, agent: Agent) -> None:
        """Bring the pools in line with the agent; queues they became free for are dirty."""
        for state, index in (
            (AgentState.PRESUMED, self.presumed),
            (AgentState.ON_CONTACT, self.held),
        ):
            if agent.state is state:
                index[agent.id] = None
            else:
                index.pop(agent.id, None)
        for membership in agent.memberships:
            pool = self.pools.get(membership.queue)
            if pool is not None:
                if pool.follow(agent, membership.position):
                    self.dirty[membership.queue] = None
                if membership.queue in self.letting_go:
                    self.thinned[membership.queue] = None

    def unfollow(self, queue: str, agent: str) -> None:
        """The agent is no member of this queue any more."""
        if queue in self.pools:
            self.pools[queue].drop(agent)
            self.may_be_empty(queue)

    def may_be_empty(self, queue: str) -> None:
        """Look at the end of the step whether anybody still serves the queue, where that matters to
        those who wait."""
        if queue in self.letting_go:
            self.thinned[queue] = None

    # -- contacts ---------------------------------------------------------------------------------

    def caller_leg(self, contact: Contact) -> Call:
        return self.state.calls[contact.call]

    def offers(self, contact: Contact) -> Iterator[Offer]:
        """The contact's offers that are not over."""
        for offer_id in self.offers_of.get(contact.id, ()):
            offer = self.state.offers[offer_id]
            if offer.state is not OfferState.ENDED:
                yield offer

    def offer_of(self, leg: Call) -> Offer:
        """The offer that an agent's own leg was made for."""
        mine = (self.state.offers[offer_id] for offer_id in self.offers_of[leg.contact])
        return next(offer for offer in mine if offer.call == leg.id)

    def current_offer(self, contact: Contact) -> Offer | None:
        return self.state.offers.get(contact.offer) if contact.offer else None

    def taken(self, contact: Contact) -> bool:
        """Whether an agent has said yes: the two are linked as soon as the phone is picked up."""
        offer = self.current_offer(contact)
        return offer is not None and offer.said_yes_at is not None

    @staticmethod
    def identity(contact: Contact) -> tuple[str, str, str]:
        """By whom, and in which queue, a kept place is found."""
        return contact.queue, contact.caller.kind.value, contact.caller.id

    def queue_of(self, contact: Contact) -> Queue:
        """The contact's queue; one that the plan dropped meanwhile is an empty one."""
        return self.queues.get(contact.queue) or Queue(name=contact.queue)

    def open_callback(self, contact: Contact) -> None:
        """A callback was promised, and the customer is not on the line."""
        callback = contact.callback
        if callback is not None and callback.here_at is None:
            self.callbacks[callback.queue, callback.number] = contact.id

    def close_callback(self, contact: Contact) -> None:
        """It is not open any more."""
        callback = contact.callback
        place = (callback.queue, callback.number) if callback is not None else ("", "")
        if self.callbacks.get(place) == contact.id:
            del self.callbacks[place]

    def lasts(self, prompt: str) -> int:
        """Milliseconds that a prompt of the plan plays; a guess when nobody measured it."""
        return self.plan.durations.get(prompt, UNKNOWN_PROMPT_MS)

    def drop(self, bulletin: Bulletin) -> None:
        """It is in force no longer."""
        self.state.bulletins.pop(bulletin.id, None)
        self.step.touched.pop(("bulletin", bulletin.id), None)
        self.step.removed.append(("bulletin", bulletin.id))

    def forget(self, contact: Contact) -> None:
        """Remove an ended contact with its legs and offers."""
        if contact.left_waiting:
            del self.left_waiting[self.identity(contact)]
        for call_id in self.calls_of.pop(contact.id, ()):
            # One that nobody saw end holds no place any longer; should it live, it is a stray.
            self.call_over(self.state.calls[call_id])
            call = self.state.calls.pop(call_id)
            self.by_wire.pop(call.wire, None)
            self.by_command.pop(call.made_by, None)
            self.step.touched.pop(("call", call_id), None)
            self.step.removed.append(("call", call_id))
        for offer_id in self.offers_of.pop(contact.id, ()):
            del self.state.offers[offer_id]
            self.cards.pop(offer_id, None)
            self.step.touched.pop(("offer", offer_id), None)
            self.step.removed.append(("offer", offer_id))
        del self.state.contacts[contact.id]
        self.step.touched.pop(("contact", contact.id), None)
        self.step.removed.append(("contact", contact.id))
