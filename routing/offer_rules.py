"""Whether an agent may take or decline an offer, and be done with its contact: pure rules, asked by
the engine, which decides, by the API before anything is written, and for a button that is grey.

Each returns a reason's code; empty: it may be.
"""

from __future__ import annotations

from collections.abc import Mapping

from routing.card_face import UNDER_WAY, offer_card
from routing.plan import Delivery, Queue
from routing.state import ContactState, Offer, OfferState, State
from routing.wrap_up_rules import needs_disposition

Queues = Mapping[str, Queue]


def _own(state: State, offer_id: str, agent: str) -> tuple[Offer | None, str]:
    offer = state.offers.get(offer_id)
    if offer is None or offer.contact not in state.contacts:
        return None, "offer_gone"
    if offer.agent != agent:
        return None, "not_your_offer"
    return offer, ""


def may_accept(state: State, queues: Queues, offer_id: str, agent: str) -> str:
    """Yes, other than on the phone."""
    offer, code = _own(state, offer_id, agent)
    if offer is None:
        return code
    if offer.state not in UNDER_WAY:
        return "offer_over"
    if not offer_card(state, queues, offer).may_accept:
        return "only_by_phone"
    if offer.said_yes_at is not None and offer.state is not OfferState.DECIDING:
        return "accepted_already"
    return ""


def may_decline(state: State, offer_id: str, agent: str) -> str:
    """No, also after a yes, as long as the two are not being linked."""
    offer, code = _own(state, offer_id, agent)
    if offer is None:
        return code
    if offer.state not in UNDER_WAY:
        return "offer_over"
    if offer.state is OfferState.RINGING and offer.delivery is Delivery.TRANSFER:
        return "rings_on"
    return ""


def may_be_done(
    state: State, queues: Queues, offer_id: str, agent: str, disposition: str = ""
) -> str:
    """The talk is over and so is what comes after it; `disposition` comes with the word."""
    offer, code = _own(state, offer_id, agent)
    if offer is None:
        return code
    contact = state.contacts[offer.contact]
    over = contact.state is ContactState.ENDED or offer.state is OfferState.ENDED
    if offer.outcome != "accepted" or not over:
        return "talk_not_over"
    queue = queues.get(contact.queue) or Queue(name=contact.queue)
    if disposition and disposition not in {each.code for each in queue.dispositions}:
        return "unknown_disposition"
    if not disposition and needs_disposition(queue, contact, agent):
        return "needs_disposition"
    return ""
