"""The contact's machine: one caller's journey, from the ring to the end.

Rule 1: only this file assigns a contact's `state`, and only by the table below. Rule 2: whatever
is not in the table is ignored with a fact. In words:

A caller *arrives*; the service answers or, when it cannot, refuses (elsewhere or busy). Once
there is sound the contact is *greeted*; then it goes through a *flow* or is *queued* at once, with
music. From a flow or a queue it may go on to another, or leave a message (*recording*). Who wants
to be called back is out of the line while that is *arranged*, and waits on at the same place,
without a call (`callback_wait.py`): accepting means that they are dialed first. The
matching may put an offer on a queued contact, any number of times; it keeps its place through every
failed one. When an agent says yes the contact is *connecting* (consult and transfer) until the
platform says that the two are linked, or not: then it is queued again. In a group call the agent's
joining connects at once.
*Connected* lasts as long as the roster, or presence, says; out of a group call the agent may send
the caller on (`handing.py`): to a queue, by way of where callers are before any, or to somebody
outside, as a contact that leaves. A contact that the queue cannot serve is *leaving* (see
`leaving.py`). *Ended* is final; it stays 15 minutes so that late events find their answer.

Music: one request fills ten minutes; the next follows when it ends, or should have. Linking by
`consult` leaves it playing until the platform joins the two; joining a group call stops it.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from routing import agent as agents
from routing import estimate, returning, visit
from routing import offer as offers
from routing.callback_end import conclude
from routing.callback_state import away, promised
from routing.commands import CancelMedia, Play, Say, SubscribeTones
from routing.context_state import forgotten
from routing.control_state import held
from routing.facts import FactKind
from routing.floor import Floor
from routing.flow_exit import left
from routing.machine import Machine
from routing.record import write_record
from routing.state import (
    CallRole,
    CallState,
    Contact,
    ContactState,
    Offer,
    OfferState,
    Outcome,
)

PROMPT_GRACE_MS = 3_000
"""How long after its own length a prompt's end is believed without word."""
TOMBSTONE_MS = 15 * 60_000


class ContactInput(StrEnum):
    ESTABLISHED = "established"
    JOINS = "joins"
    """A queue: after the greeting, or from wherever it was led there."""
    FLOW = "flow"
    ARRANGE = "arrange"
    ARRANGED = "arranged"
    """Back in the line: to be called back, or after all not."""
    REQUESTED = "requested"
    """Somebody is to be called who did not call."""
    RECORD = "record"
    ACCEPTED = "accepted"
    JOINED = "joined"
    LINK_FAILED = "link failed"
    LEAVE = "leave"
    TRANSFERRED = "transferred"
    """An agent sends the caller on to a queue."""
    END = "end"


_S, _I = ContactState, ContactInput
CONTACT = Machine(
    "contact",
    {
        (_S.ARRIVING, _I.ESTABLISHED): _S.GREETING,
        (_S.ARRIVING, _I.REQUESTED): _S.QUEUED,
        (_S.ARRIVING, _I.END): _S.ENDED,
        (_S.GREETING, _I.JOINS): _S.QUEUED,
        (_S.GREETING, _I.FLOW): _S.IN_FLOW,
        (_S.GREETING, _I.ARRANGE): _S.ARRANGING,
        (_S.GREETING, _I.RECORD): _S.RECORDING,
        (_S.GREETING, _I.LEAVE): _S.LEAVING,
        (_S.GREETING, _I.END): _S.ENDED,
        (_S.IN_FLOW, _I.JOINS): _S.QUEUED,
        (_S.IN_FLOW, _I.FLOW): _S.IN_FLOW,
        (_S.IN_FLOW, _I.ARRANGE): _S.ARRANGING,
        (_S.IN_FLOW, _I.RECORD): _S.RECORDING,
        (_S.IN_FLOW, _I.LEAVE): _S.LEAVING,
        (_S.IN_FLOW, _I.END): _S.ENDED,
        (_S.QUEUED, _I.ACCEPTED): _S.CONNECTING,
        (_S.QUEUED, _I.JOINED): _S.CONNECTED,
        (_S.QUEUED, _I.JOINS): _S.QUEUED,
        (_S.QUEUED, _I.FLOW): _S.IN_FLOW,
        (_S.QUEUED, _I.ARRANGE): _S.ARRANGING,
        (_S.QUEUED, _I.RECORD): _S.RECORDING,
        (_S.QUEUED, _I.LEAVE): _S.LEAVING,
        (_S.QUEUED, _I.END): _S.ENDED,
        (_S.ARRANGING, _I.ARRANGED): _S.QUEUED,
        (_S.ARRANGING, _I.JOINS): _S.QUEUED,
        (_S.ARRANGING, _I.FLOW): _S.IN_FLOW,
        (_S.ARRANGING, _I.RECORD): _S.RECORDING,
        (_S.ARRANGING, _I.LEAVE): _S.LEAVING,
        (_S.ARRANGING, _I.END): _S.ENDED,
        (_S.RECORDING, _I.LEAVE): _S.LEAVING,
        (_S.RECORDING, _I.END): _S.ENDED,
        (_S.CONNECTING, _I.JOINED): _S.CONNECTED,
        (_S.CONNECTING, _I.LINK_FAILED): _S.QUEUED,
        (_S.CONNECTING, _I.END): _S.ENDED,
        (_S.CONNECTED, _I.TRANSFERRED): _S.GREETING,
        (_S.CONNECTED, _I.LEAVE): _S.LEAVING,
        (_S.CONNECTED, _I.END): _S.ENDED,
        (_S.LEAVING, _I.JOINED): _S.CONNECTED,
        (_S.LEAVING, _I.END): _S.ENDED,
    },
)


def move(floor: Floor, contact: Contact, given: ContactInput) -> bool:
    """Take the table's step; False (and a fact) when there is none. Keeps the line in step."""
    after = CONTACT.next(contact.state, given)
    if after is None:
        floor.ignored(f"contact {given.value}", f"while {contact.state.value}", contact.id)
        return False
    was, contact.state = contact.state, after
    floor.touch(contact)
    if was is not after and ContactState.QUEUED in (was, after):
        _count(floor, contact, -1 if was is ContactState.QUEUED else 1)
    return True


def join(floor: Floor, contact: Contact, queue: str) -> None:
    """The contact belongs to this queue from now on, and waits there."""
    if contact.state is ContactState.QUEUED:
        _count(floor, contact, -1)
        contact.queue = queue
        _count(floor, contact, 1)
    else:
        contact.queue = queue
    move(floor, contact, ContactInput.JOINS)


def _count(floor: Floor, contact: Contact, by: int) -> None:
    """One more waits in the contact's queue, or one fewer, who is in its line no longer."""
    line = floor.lines.get(contact.queue)
    if line is not None:
        if not away(contact.callback):  # who is not on the line takes no room there
            floor.lengths[contact.queue] += by
        if by < 0:
            line.remove(contact)


# -- what the caller hears -------------------------------------------------------------------------


def prompt_guard_ms(floor: Floor, prompt: str) -> int:
    return floor.lasts(prompt) + PROMPT_GRACE_MS


def speak(floor: Floor, contact: Contact, prompt: str, *, fresh: bool = False) -> str:
    """Play one prompt to the caller; returns the command's id, which its end will name."""
    return speak_all(floor, contact, (prompt,), fresh=fresh)


def speak_all(
    floor: Floor, contact: Contact, prompts: Iterable[str], *, fresh: bool = False
) -> str:
    """Play these prompts without a gap; their end is told once, by the command's id."""
    call = floor.caller_leg(contact)
    say = tuple(Say(prompt=p, language=contact.language, queue=contact.queue) for p in prompts)
    return floor.send(call, Play(id=floor.new_id(), call=call.id, say=say, fresh=fresh))


def listen(floor: Floor, contact: Contact) -> None:
    """Have the caller's keys told from now on."""
    if not contact.listening:
        contact.listening = True
        call = floor.caller_leg(contact)
        floor.send(call, SubscribeTones(id=floor.new_id(), call=call.id))


def play_music(floor: Floor, contact: Contact, *, fresh: bool = False) -> None:
    music = floor.queue_of(contact).music
    floor.disarm(contact, "music")
    contact.music = speak(floor, contact, music, fresh=fresh)
    if music in floor.plan.durations:
        # Should its end be told to nobody, the next begins all the same.
        floor.arm(contact, "music", floor.now + prompt_guard_ms(floor, music))
    floor.touch(contact)


def hush(floor: Floor, contact: Contact) -> None:
    """Stop the prompt: the caller has begun to answer it, to quiet music."""
    leg = floor.caller_leg(contact)
    floor.void(leg, contact.playing)
    floor.void(leg, contact.music)
    contact.playing = ""
    play_music(floor, contact, fresh=True)


# -- talking ---------------------------------------------------------------------------------------


def connected(floor: Floor, contact: Contact, offer: Offer, *, presumed: bool) -> None:
    """Caller and agent are linked. `presumed`: by a transfer, or in a group call that no roster
    tells about."""
    move(floor, contact, ContactInput.JOINED)
    estimate.answered(floor, contact)
    visit.finish(floor, contact, Outcome.ANSWERED)
    contact.agent = offer.agent
    conclude(floor, contact, FactKind.CALLBACK_CONNECTED)
    floor.disarm(contact, "max_wait", "closing", "announce", "music", "missing", "leaving")
    contact.connected_at = floor.now
    contact.playing = ""
    contact.leaving_to = contact.outcome = None
    contact.missing_since = None
    contact.talk_time_source = "presence" if presumed else "roster"
    call = floor.caller_leg(contact)
    if call.state is not CallState.ENDED:
        floor.send(call, CancelMedia(id=floor.new_id(), call=call.id))
    agent = floor.state.agents[offer.agent]
    agents.connect(floor, agent, contact, presumed=presumed)
    floor.fact(
        FactKind.CONTACT_CONNECTED,
        contact=contact.id,
        agent=offer.agent,
        queue=contact.queue,
        upn=agent.upn,
        delivery=offer.delivery.value,
        offered_at=offer.created_at,
        waited_ms=floor.now - (contact.queued_at or floor.now),
    )


def talk_over(
    floor: Floor, contact: Contact, *, at: int, reason: str, unverified: bool = False
) -> None:
    """The talk ended: the agent's wrap-up starts and the contact ends. So does that of a second
    agent in the call."""
    contact.talk_ended_at = at
    contact.held_ms += held(contact.control, at)
    others = [
        offer.agent
        for offer in floor.offers(contact)
        if offer.state is OfferState.LINKED and offer.agent != contact.agent
    ]
    end(floor, contact, Outcome.ANSWERED, reason)
    agent = floor.state.agents[contact.agent]
    agents.start_wrap_up(floor, agent, floor.queue_of(contact), unverified=unverified)
    for other in others:
        agents.start_wrap_up(floor, floor.state.agents[other], floor.queue_of(contact))


def end(floor: Floor, contact: Contact, outcome: Outcome, reason: str) -> None:
    """Final. Offers are withdrawn, the bot leaves the caller's leg unless it was never answered."""
    if contact.state is ContactState.IN_FLOW:
        left(floor, contact, reason)
    move(floor, contact, ContactInput.END)
    returning.left(floor, contact, outcome)
    visit.finish(floor, contact, outcome)
    if promised(contact.callback) and outcome is not Outcome.ANSWERED:
        outcome = Outcome.CALLBACK  # who was promised a callback has abandoned nothing
    conclude(floor, contact, FactKind.CALLBACK_CANCELED, reason)
    contact.timers.clear()
    contact.context = forgotten(contact.context)
    contact.ended_at = floor.now
    contact.outcome = outcome
    contact.end_reason = reason
    offers.withdraw_all(floor, contact, "canceled")
    call = floor.caller_leg(contact)
    rings = call.role is CallRole.CALLBACK and call.state is not CallState.ENDED
    if call.state is CallState.ESTABLISHED or rings:
        floor.hang_up(call)
    wrap_up = floor.queue_of(contact).wrap_up_ms
    floor.arm(contact, "forget", floor.now + TOMBSTONE_MS + wrap_up)
    floor.fact(
        FactKind.CONTACT_ENDED,
        contact=contact.id,
        agent=contact.agent,
        queue=contact.queue,
        outcome=outcome.value,
        reason=reason,
    )
    write_record(floor, contact)
