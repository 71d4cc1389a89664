"""The agent's part of a talk is over, and the caller's is not: who has them, or where they wait.

The agent wraps up as after any talk. The caller is with a colleague, and stays connected; with
somebody outside, as a contact that leaves; in the line of a queue, on a new visit; or waits with
music for whoever still rings.
"""

from __future__ import annotations

from dataclasses import dataclass

from routing import agent as agents
from routing import journey, leaving
from routing import offer as offers
from routing.action import Action, ActionKind
from routing.aim import AimKind
from routing.contact import ContactInput, move, play_music
from routing.control_state import Control, Party, Stage, held
from routing.facts import FactKind
from routing.floor import Floor
from routing.offer import RING_AT_MOST_MS
from routing.on_hold import resume
from routing.onward import Onward
from routing.state import Contact, ContactState, OfferState, Outcome

_KINDS = {
    AimKind.AGENT: ActionKind.USER,
    AimKind.USER: ActionKind.USER,
    AimKind.NUMBER: ActionKind.NUMBER,
    AimKind.ACCOUNT: ActionKind.ACCOUNT,
}


def agent_out(floor: Floor, contact: Contact, at: int) -> bool:
    """The agent is not in the call any more; False: the talk is over with that."""
    control, party = contact.control, contact.control.party
    if control.to_queue:
        _to_queue(floor, contact, at, control.to_queue)
    elif party is None or party.stage in (Stage.WAITS, Stage.GOING):
        return False
    elif party.stage is Stage.HERE and party.offer:
        _to_agent(floor, contact, at, party)
    elif party.stage is Stage.HERE:
        _to_outsider(floor, contact, at, party)
    elif party.offer:
        _rings_on(floor, contact, at, party)
    else:
        _waits_for_outsider(floor, contact, at, party)
    return True


@dataclass(frozen=True, slots=True)
class _To:
    """Where the caller goes when the agent's part is over."""

    kind: AimKind
    name: str
    by: str
    agent: str = ""
    """Who has the caller now; empty: no agent."""


def _part_over(floor: Floor, contact: Contact, at: int, to: _To) -> None:
    """The agent's part: their wrap-up starts, and what they did to the call is over."""
    resume(floor, contact)
    agent = floor.state.agents[contact.agent]
    held_ms = held(contact.control, floor.now)
    contact.held_ms += held_ms
    contact.transferred_to = to.kind.value
    floor.disarm(contact, "missing", "party", "party_look")
    contact.missing_since = None
    floor.fact(
        FactKind.CONTACT_TRANSFERRED,
        contact=contact.id,
        agent=agent.id,
        queue=contact.queue,
        upn=agent.upn,
        to=to.kind.value,
        name=to.name,
        by=to.by,
        talk_ms=max(0, at - agent.since),
        held_ms=held_ms,
    )
    offer = floor.current_offer(contact)
    if offer is not None:
        offers.close(floor, offer, "accepted")
    contact.offer = ""
    control = contact.control
    contact.control = Control(
        caller=control.caller, hold=control.hold, hold_command=control.hold_command
    )
    if to.kind in (AimKind.AGENT, AimKind.QUEUE):
        contact.agent = to.agent
    floor.touch(contact)
    agents.start_wrap_up(floor, agent, floor.queue_of(contact))


def _outside(party: Party) -> _To:
    return _To(party.aim.kind, party.aim.name or party.aim.rung, party.by)


def _to_agent(floor: Floor, contact: Contact, at: int, party: Party) -> None:
    offer = floor.state.offers[party.offer]
    _part_over(floor, contact, at, _To(AimKind.AGENT, party.aim.name, party.by, offer.agent))
    contact.offer = offer.id


def _to_outsider(floor: Floor, contact: Contact, at: int, party: Party) -> None:
    _part_over(floor, contact, at, _outside(party))
    _leave(floor, contact, at, party)
    contact.leaving_target = party.shown_as
    contact.target_here = True


def _waits_for_outsider(floor: Floor, contact: Contact, at: int, party: Party) -> None:
    """The agent left before the target picked up: the caller waits for them with music, and goes
    where the plan says if they do not."""
    ring_ends = contact.timers.get("party", floor.now + RING_AT_MOST_MS)
    _part_over(floor, contact, at, _outside(party))
    _leave(floor, contact, at, party)
    contact.leaving_tried = leaving.NUMBER_TRIED
    contact.leaving_by = party.command
    contact.leaving_target = party.aim.rung
    contact.target_here = False
    floor.arm(contact, "leaving", ring_ends)
    play_music(floor, contact, fresh=True)


def _leave(floor: Floor, contact: Contact, at: int, party: Party) -> None:
    move(floor, contact, ContactInput.LEAVE)
    contact.talk_ended_at = at
    contact.outcome = Outcome.ANSWERED
    contact.leaving_to = Action(kind=_KINDS[party.aim.kind], ref=party.aim.id)
    contact.leaving_by = ""


def _to_queue(floor: Floor, contact: Contact, at: int, name: str) -> None:
    _part_over(floor, contact, at, _To(AimKind.QUEUE, name, contact.control.asked_by))
    _wait_again(floor, contact, name)


def _rings_on(floor: Floor, contact: Contact, at: int, party: Party) -> None:
    """The agent left while a colleague's phone rings: that is now the queue's offer."""
    _part_over(floor, contact, at, _To(AimKind.AGENT, party.aim.name, party.by))
    _wait_again(floor, contact, contact.queue)
    offer = floor.state.offers[party.offer]
    in_line = contact.state is ContactState.QUEUED and not contact.offer
    if in_line and offer.state in (OfferState.CHECKING, OfferState.RINGING):
        contact.offer = offer.id
        floor.lines[contact.queue].remove(contact)


def _wait_again(floor: Floor, contact: Contact, queue: str) -> None:
    """A new visit to a queue, at the place that the caller has had since they first waited."""
    move(floor, contact, ContactInput.TRANSFERRED)
    contact.offer = contact.music = contact.playing = ""
    contact.control = Control(caller=contact.control.caller)
    contact.connected_at = contact.talk_ended_at = None
    contact.talk_time_source = ""
    action = Action(kind=ActionKind.QUEUE, ref=queue)
    journey.go(floor, contact, Onward(action=action, outcome=Outcome.MOVED))
