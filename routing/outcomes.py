"""What the outcome of our own command means. Most need no more than being ticked off.

The outcome may come after the news that the command brought about, and also for a command that had
lost its reason meanwhile: that one was either never sent, or did what it says all the same.
"""

from __future__ import annotations

from routing import (
    arriving,
    calling_back,
    consult,
    controlling,
    handing,
    journey,
    leaving,
    linking,
    offer_end,
    ringing,
    roster,
    strays,
    verdict,
)
from routing import offer as offers
from routing.contact import end
from routing.events import CallEnded, CommandDone, Problem
from routing.floor import Floor
from routing.plan import Delivery
from routing.state import (
    Call,
    CallRole,
    CallState,
    Contact,
    ContactState,
    Offer,
    OfferState,
    Outcome,
)

_LATER = frozenset({Problem.THROTTLED, Problem.UNAVAILABLE, Problem.TOO_LATE})
_UNDECIDED = frozenset({"", Problem.UNKNOWN, Problem.GONE})
"""Done, perhaps done, or the leg is gone: all others say that the command was not carried out."""


def command_done(floor: Floor, leg: Call, event: CommandDone) -> None:
    """A command on `leg` was accepted or not."""
    kind = leg.pending.pop(event.command, "")
    floor.touch(leg)
    if event.command == leg.made_by and leg.role is not CallRole.CALLER:
        _created(floor, leg, event)
        return
    match kind:
        case "":
            _voided(floor, leg, event)
        case "Answer":
            _answered(floor, leg, event.problem)
        case "Redirect" | "Reject" if event.problem == Problem.GONE:
            floor.call_over(leg)
        case "Redirect" | "Reject" if event.problem:
            arriving.refusal_failed(floor, leg, kind, event.problem)
        case "Invite" | "Transfer":
            _linking(floor, leg, kind, event)
        case "HangUp" if event.problem in ("", Problem.GONE):
            verdict.leg_over(floor, leg, CallEnded(call=leg.wire, ending="completed"))
        case "SubscribeTones" if event.problem not in _UNDECIDED:
            _deaf(floor, leg)
        case _:
            _inside(floor, leg, kind, event)


def _inside(floor: Floor, leg: Call, kind: str, event: CommandDone) -> None:
    """What goes on inside a call."""
    contact = floor.state.contacts[leg.contact]
    match kind:
        case "RemoveParticipant":
            handing.removed(floor, contact, event)
        case "StartHoldMusic" | "StopHoldMusic":
            controlling.hold_done(floor, contact, kind, event)
        case "Play" | "Record" | "SetRecording":
            _media(floor, leg, kind, event)


def prompt_over(floor: Floor, leg: Call, context: str, *, ok: bool, at_once: bool = False) -> None:
    """A prompt ended or failed; `at_once`: so the reply to the request says."""
    if leg.role is CallRole.CALLER:
        contact = floor.state.contacts[leg.contact]
        journey.prompt_over(floor, contact, context, ok=ok, at_once=at_once)
    elif leg.role is CallRole.CALLBACK:
        calling_back.prompt_over(floor, leg, context, ok=ok)
    elif leg.role is CallRole.AGENT:
        offer = floor.offer_of(leg)
        if offer.state is OfferState.RESCINDING and context == offer.whisper:
            calling_back.words_over(floor, offer)
        else:
            consult.whispered(floor, offer, context, ok=ok)


def _deaf(floor: Floor, leg: Call) -> None:
    """The keys on this leg are not told."""
    if leg.role is CallRole.AGENT:
        consult.deaf(floor, floor.offer_of(leg))
    elif leg.role is CallRole.CALLBACK:
        calling_back.deaf(floor, leg)
    else:
        journey.deaf(floor, floor.state.contacts[leg.contact])


def _created(floor: Floor, leg: Call, event: CommandDone) -> None:
    if leg.role is CallRole.AGENT:
        _rung(floor, leg, event)
    else:
        calling_back.created(floor, leg, event)


def _rung(floor: Floor, leg: Call, event: CommandDone) -> None:
    offer = floor.offer_of(leg)
    nameless = not leg.wire
    floor.name_call(leg, event.wire)
    if event.problem == Problem.UNKNOWN:
        return  # it may still introduce itself
    if event.problem:
        # Not run, or refused: there is no leg.
        floor.call_over(leg)
        offer_end.leg_over(floor, offer, "failed" if event.problem in _LATER else "unreachable")
    elif leg.state is CallState.ENDED and nameless:
        strays.end_leg(floor, leg)  # given up before it had a name, it was made all the same
    else:
        ringing.started(floor, offer)


def _offer_by(floor: Floor, leg: Call, command: str) -> Offer | None:
    """The contact's offer that this transfer or invitation is for."""
    contact = floor.state.contacts[leg.contact]
    return next((o for o in floor.offers(contact) if o.command == command), None)


def _voided(floor: Floor, leg: Call, event: CommandDone) -> None:
    """It had lost its reason. Never sent, it rings nobody: the agent need not be kept."""
    offer = _offer_by(floor, leg, event.command)
    if (
        offer is not None
        and offer.state is OfferState.RESCINDING
        and offer.delivery is not Delivery.CONSULT
        and event.problem not in _UNDECIDED
    ):
        offers.close(floor, offer, offer.outcome)
    elif offer is None and event.problem not in _UNDECIDED:
        contact = floor.state.contacts[leg.contact]
        handing.not_rung(floor, contact, event.command, event.problem)


def _answered(floor: Floor, leg: Call, problem: str) -> None:
    contact = floor.state.contacts[leg.contact]
    if contact.state is not ContactState.ARRIVING:
        return
    if not problem:
        arriving.accepted(floor, contact)
    elif problem == Problem.GONE:
        floor.call_over(leg)
        end(floor, contact, Outcome.ABANDONED, "caller hung up")
    elif problem == Problem.UNKNOWN:
        arriving.in_doubt(floor, contact)
    else:
        arriving.refuse(floor, contact, f"answer: {problem}")


def _linking(floor: Floor, leg: Call, kind: str, event: CommandDone) -> None:
    contact = floor.state.contacts[leg.contact]
    offer = _offer_by(floor, leg, event.command)
    if event.finished and kind == "Invite":
        done = event.finished == "completed"
        roster.invite_over(floor, contact, event.command, ok=done, ending="failed")
    elif not event.problem:
        if offer is not None:
            ringing.started(floor, offer)
        _watch(floor, contact, event.command, offer)
    elif event.problem == Problem.GONE:
        _nobody_there(floor, leg, kind, offer)
    elif event.problem == Problem.UNKNOWN:
        # The leg's own notifications will tell, or our question.
        _watch(floor, contact, event.command, offer)
    elif offer is not None and kind == "Transfer" and event.problem == Problem.WRONG_TENANT:
        # A stranger whose identity did not show it: only a group call takes them (7505). Nothing
        # is held against the agent, who may be invited at once.
        contact.delivery = Delivery.GROUP_CALL
        floor.touch(contact)
        offer_end.lost(floor, offer, "wrong_tenant")
    elif offer is not None:
        later = event.problem in _LATER
        outcome = "failed" if later or kind == "Transfer" else "unreachable"
        offer_end.lost(floor, offer, outcome, tried=not later)
    elif contact.leaving_by == event.command:
        leaving.failed(floor, contact, f"{kind.lower()}: {event.problem}")
    else:
        handing.not_rung(floor, contact, event.command, event.problem)


def _watch(floor: Floor, contact: Contact, command: str, offer: Offer | None) -> None:
    """Keep an eye on the transfer, if it is the one under way."""
    if command == contact.leaving_by or (offer is not None and contact.offer == offer.id):
        linking.taken(floor, contact)


def _nobody_there(floor: Floor, leg: Call, kind: str, offer: Offer | None) -> None:
    """The platform knew no such call: the caller hung up, or the agent whose leg was named. A
    transfer that it never took is no reason to read the leg's end as a success."""
    if kind == "Invite":
        if offer is not None:
            ringing.rings_nobody(floor, offer)
        floor.ask(leg)
    elif offer is not None:
        linking.never_taken(floor, floor.state.contacts[leg.contact], offer)


def _media(floor: Floor, leg: Call, kind: str, event: CommandDone) -> None:
    contact = floor.state.contacts[leg.contact]
    if kind == "Play":
        _played(floor, leg, event)
    elif kind == "Record":
        journey.record_done(floor, contact, event)
    elif event.problem or event.finished:  # otherwise a notification tells
        ok = event.finished == "completed" and not event.problem
        journey.recording_allowed(floor, contact, event.command, ok=ok)


def _played(floor: Floor, leg: Call, event: CommandDone) -> None:
    if event.problem == Problem.GONE:
        # Whoever should hear it may have hung up: nobody is rung for a caller who is not there.
        floor.ask(leg)
        contact = floor.state.contacts[leg.contact]
        if event.command == contact.music:
            prompt_over(floor, leg, event.command, ok=False)
    elif event.problem or event.finished:
        ok = event.finished == "completed" and not event.problem
        prompt_over(floor, leg, event.command, ok=ok, at_once=True)
