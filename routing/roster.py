"""Group calls: who is in the call, as invitations and rosters tell it.

People are counted per user id, so a second device or a rejoin is the same agent. A participant who
vanished is looked for by a request of our own before a contact ends: a second roster may be a copy
of one from before they joined. An empty roster says nothing, and one that never showed somebody
does not say that they left: Graph has been reported silent about calls that were escalated from
two parties.
"""

from __future__ import annotations

from routing import handing, leaving, offer_end, parted
from routing import offer as offers
from routing.contact import end, talk_over
from routing.events import RosterEntry
from routing.facts import FactKind
from routing.floor import Floor
from routing.state import CallState, Contact, ContactState, Offer, OfferState, Outcome

CONFIRM_MS = 2_000
"""After this long a vanished participant is looked for by a request of our own."""
ROSTER_WITHIN_MS = 1_000
"""A roster that has not shown who joined by then is asked for: it may have been lost, and without
it nobody would see them leave."""


def invite_over(floor: Floor, contact: Contact, context: str, *, ok: bool, ending: str) -> None:
    """An invitation completed or failed. Completed means joined, as soon as the roster agrees."""
    offer = next((o for o in floor.offers(contact) if o.command == context), None)
    if offer is None:
        # Not one that is over: its news may come again, and say nothing about the target.
        if context == contact.leaving_by and contact.state is ContactState.LEAVING:
            _target_answered(floor, contact, ok=ok)
        else:
            handing.invite_over(floor, contact, context, ok=ok, ending=ending)
        return
    if not ok:
        if offer.state is OfferState.RESCINDING:
            offers.close(floor, offer, offer.outcome)
        elif offer.state is OfferState.RINGING:
            offer_end.lost(floor, offer, ending)
    elif offer.state is OfferState.RINGING:
        floor.arm(offer, "look", floor.now + ROSTER_WITHIN_MS)
        floor.arm(offer, "joined", floor.now + offer_end.SILENT_JOIN_MS)
    elif offer.state is OfferState.RESCINDING:
        if floor.caller_leg(contact).state is CallState.ENDED:
            # They picked up when nobody was there any more: the phone is silent.
            offers.close(floor, offer, offer.outcome)
        else:
            offer_end.joined(floor, offer, caller_here=True)


def _target_answered(floor: Floor, contact: Contact, *, ok: bool) -> None:
    if ok:
        leaving.reached(floor, contact)
    else:
        leaving.failed(floor, contact, "target did not answer")


def read(
    floor: Floor, contact: Contact, people: tuple[RosterEntry, ...], *, confirmed: bool = False
) -> None:
    """Who is in the caller's call now. `confirmed`: we asked because somebody was missing."""
    attempts = _newest_by_agent(floor, contact)
    others = {offer.agent for offer in attempts} | {contact.leaving_target}
    here = {entry.id: entry for entry in people if entry.id}
    callers = [
        e
        for e in people
        if e.kind != "bot" and (not e.id or e.id not in others) and not handing.is_party(contact, e)
    ]
    caller_here = bool(callers)
    handing.know_caller(floor, contact, callers)
    for offer in attempts:
        entry = here.get(offer.agent)
        if entry is not None:
            _agent_here(floor, offer, entry, caller_here=caller_here)
    if contact.state is ContactState.LEAVING and contact.leaving_target in here:
        _target_here(floor, contact)
    handing.seen(floor, contact, people)
    _missing(floor, contact, set(here), caller_here=caller_here, confirmed=confirmed)


def _newest_by_agent(floor: Floor, contact: Contact) -> list[Offer]:
    """Each agent's last offer of this contact: an earlier one says nothing about them any more."""
    newest: dict[str, Offer] = {}
    for offer_id in floor.offers_of.get(contact.id, ()):
        offer = floor.state.offers[offer_id]
        newest[offer.agent] = offer
    return list(newest.values())


def _agent_here(floor: Floor, offer: Offer, entry: RosterEntry, *, caller_here: bool) -> None:
    known, offer.participant = offer.participant, entry.participant
    if known != entry.participant:
        floor.touch(offer)
    if offer.state in (OfferState.RINGING, OfferState.RESCINDING) or (
        offer.state is OfferState.ENDED and known != entry.participant
    ):
        offer_end.joined(floor, offer, caller_here=caller_here)


def _target_here(floor: Floor, contact: Contact) -> None:
    if not contact.target_here:
        contact.target_here = True
        floor.touch(contact)
        if contact.leaving_by:
            leaving.reached(floor, contact)


def _everybody_here(floor: Floor, contact: Contact, here: set[str], *, caller_here: bool) -> bool:
    """Whether nobody is missing. Whom no roster ever showed, none can miss."""
    if contact.state is ContactState.CONNECTED:
        offer = floor.current_offer(contact)
        shown = offer is not None and bool(offer.participant)
        return caller_here and (not shown or contact.agent in here) and _party_here(contact, here)
    if contact.state is ContactState.LEAVING:
        return caller_here and (not contact.target_here or contact.leaving_target in here)
    return caller_here


def _party_here(contact: Contact, here: set[str]) -> bool:
    """Whether whoever was brought into the call is still there, if anybody was."""
    party = contact.control.party
    return party is None or not party.shown_as or party.shown_as in here


def _missing(
    floor: Floor, contact: Contact, here: set[str], *, caller_here: bool, confirmed: bool
) -> None:
    """The caller, or whom they talk to, is not in the call: believed when we have looked."""
    if contact.state is ContactState.ENDED or not contact.meeting:
        return
    if _everybody_here(floor, contact, here, caller_here=caller_here):
        if contact.missing_since is not None:
            contact.missing_since = None
            floor.disarm(contact, "missing")
            floor.touch(contact)
    elif contact.missing_since is None:
        contact.missing_since = floor.now
        floor.arm(contact, "missing", floor.now + CONFIRM_MS)
    elif confirmed:
        _gone(floor, contact, here, caller_here=caller_here)
    elif "missing" not in contact.timers:
        floor.arm(contact, "missing", floor.now + CONFIRM_MS)  # the question was not answered


def _gone(floor: Floor, contact: Contact, here: set[str], *, caller_here: bool) -> None:
    since = contact.missing_since or floor.now
    if contact.state is ContactState.CONNECTED:
        _left_the_talk(floor, contact, here, since, caller_here=caller_here)
    elif contact.state is ContactState.LEAVING:
        reason = "target left" if caller_here else "caller left"
        end(floor, contact, contact.outcome or Outcome.FAILED, reason)
    else:
        floor.fact(FactKind.IGNORED, contact=contact.id, event="roster", reason="caller left")
        end(floor, contact, Outcome.ABANDONED, "caller left")


def _left_the_talk(
    floor: Floor, contact: Contact, here: set[str], since: int, *, caller_here: bool
) -> None:
    """Caller, agent or whoever was brought in has left, and perhaps not alone."""
    contact.missing_since = None
    floor.disarm(contact, "missing")
    floor.touch(contact)
    if not caller_here:
        talk_over(floor, contact, at=since, reason="caller left")
        return
    if not _party_here(contact, here):
        handing.over(floor, contact, "left")
    offer = floor.current_offer(contact)
    if offer is None or not offer.participant or contact.agent in here:
        return
    if not parted.agent_out(floor, contact, since):
        talk_over(floor, contact, at=since, reason="agent left")
