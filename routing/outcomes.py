"""What the outcome of our own command means. Most need no more than being ticked off."""

from __future__ import annotations

from routing import arriving, leaving, offering
from routing.contact import end
from routing.events import CommandDone, Problem
from routing.floor import Floor
from routing.state import Call, CallState, ContactState, Offer, OfferState, Outcome

_LATER = frozenset({Problem.THROTTLED, Problem.UNAVAILABLE, Problem.TOO_LATE})


def command_done(
    floor: Floor, leg: Call, offer: Offer | None, kind: str, event: CommandDone
) -> None:
    """A command on `leg` was accepted or not. `kind` is empty when it had become unwanted."""
    match kind:
        case "CreateCall":
            _created(floor, leg, offer, event)
        case "Answer" if event.problem:
            _not_answered(floor, leg, event.problem)
        case "Redirect" if event.problem:
            arriving.redirect_failed(floor, leg)
        case "Invite" | "Transfer":
            _linking(floor, leg, offer, kind, event)


def _created(floor: Floor, leg: Call, offer: Offer | None, event: CommandDone) -> None:
    if offer is None:
        return
    if not event.problem:
        offering.ringing(floor, offer)
    elif event.problem != Problem.UNKNOWN:
        # Not run, or refused: there is no leg. An unknown one may still introduce itself.
        floor.call_over(leg)
        offering.leg_over(floor, offer, "failed" if event.problem in _LATER else "unreachable")


def _not_answered(floor: Floor, leg: Call, problem: str) -> None:
    contact = floor.state.contacts[leg.contact]
    if contact.state is not ContactState.ARRIVING or leg.state is not CallState.INCOMING:
        return
    if problem == Problem.GONE:
        floor.call_over(leg)
        end(floor, contact, Outcome.ABANDONED, "caller hung up")
    else:
        arriving.refuse(floor, contact, f"answer: {problem}")


def _linking(floor: Floor, leg: Call, offer: Offer | None, kind: str, event: CommandDone) -> None:
    contact = floor.state.contacts[leg.contact]
    if not event.problem:
        if offer is not None and offer.state is OfferState.RINGING:
            offering.ringing(floor, offer)
        return
    if event.problem in (Problem.UNKNOWN, Problem.GONE):
        return  # the leg's own notifications, or the sweeper's question, will tell
    if offer is not None and offer.command == event.command:
        later = event.problem in _LATER
        offering.lost(floor, offer, "failed" if later or kind == "Transfer" else "unreachable")
    elif contact.state is ContactState.LEAVING:
        leaving.failed(floor, contact, f"{kind.lower()}: {event.problem}")
