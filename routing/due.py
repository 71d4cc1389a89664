"""What each timer means when it falls due. One table a kind of entity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from routing import agent as agents
from routing import (
    announcing,
    arriving,
    bulletins,
    callback_offer,
    callback_wait,
    calling_back,
    card,
    context,
    handing,
    journey,
    leaving,
    linking,
    offer_end,
    offering,
    ringing,
    trial,
    voicemail_end,
)
from routing import offer as offers
from routing.bulletin import Bulletin
from routing.contact import end, play_music, talk_over
from routing.floor import Floor
from routing.state import Agent, Call, CallState, Contact, Offer, Outcome


def fire_due(floor: Floor, now: int) -> None:
    """Fire every timer due by `now`, each once, soonest first."""
    while (due := floor.timers.pop_due(now)) is not None:
        entity, kind, _ = due
        floor.touch(entity)
        TIMERS[type(entity)][kind](floor, entity)
        if floor.dirty or floor.thinned:
            # A queue served between two timers is served as if each had come alone.
            settle(floor)


def settle(floor: Floor) -> None:
    """After each thing that happened: who need not wait for nobody goes elsewhere, and whoever can
    be offered is."""
    while floor.dirty or floor.thinned:
        if floor.thinned:
            journey.let_go(floor)
        if floor.dirty:
            offering.offer_all(floor)


def _never_established(floor: Floor, contact: Contact) -> None:
    end(floor, contact, Outcome.FAILED, "never established")
    floor.hang_up(floor.caller_leg(contact))


def _missing(floor: Floor, contact: Contact) -> None:
    floor.ask(floor.caller_leg(contact))


def _unheard_target(floor: Floor, contact: Contact) -> None:
    linking.look(floor, contact, contact)


def _unreached(floor: Floor, contact: Contact) -> None:
    leaving.failed(floor, contact, "transfer failed")


def _no_key(floor: Floor, offer: Offer) -> None:
    offer_end.lost(floor, offer, "no_answer")


def _silent_join(floor: Floor, offer: Offer) -> None:
    # Without a roster only presence, or the end of the call, will tell when the talk is over.
    offer_end.linked(floor, offer, presumed=True)


def _unheard_link(floor: Floor, offer: Offer) -> None:
    linking.look(floor, floor.state.contacts[offer.contact], offer)


def _unlinked(floor: Floor, offer: Offer) -> None:
    offer_end.lost(floor, offer, "failed")


def _still_rescinding(floor: Floor, offer: Offer) -> None:
    offers.close(floor, offer, offer.outcome)


def _wrap_up(floor: Floor, agent: Agent) -> None:
    agents.end_wrap_up(floor, agent, "wrap-up over")


def _return(floor: Floor, agent: Agent) -> None:
    agents.returned(floor, agent, "return_after")


def _presumed(floor: Floor, agent: Agent) -> None:
    talk = floor.state.contacts[agent.contact]
    until = agent.since + agents.TALK_AT_MOST_MS
    if floor.caller_leg(talk).state is not CallState.ENDED:
        # A group call that no roster tells about: to end it on a guess would cut people off.
        floor.arm(agent, "presumed", floor.now + agents.PRESUMED_FOR_MS)
    elif agent.saw_in_call and floor.now < until:
        floor.arm(agent, "presumed", until)
    else:
        talk_over(floor, talk, at=floor.now, reason="unverified", unverified=True)


CONTACT_TIMERS: dict[str, Callable[[Floor, Contact], None]] = {
    "established": _never_established,
    "unanswered": arriving.in_doubt,
    "unheard": arriving.unheard,
    "greeting": journey.greeted,
    "max_wait": journey.waited_out,
    "closing": journey.closing,
    "music": play_music,
    "flow": journey.flow_timed,
    "flow_limit": journey.flow_over_limit,
    "announce": announcing.due,
    "leaving": leaving.timed_out,
    "link": _unheard_target,
    "unlinked": _unreached,
    "missing": _missing,
    "party": handing.overdue,
    "party_look": handing.look,
    "arranging": journey.not_arranged,
    "callback_offer": callback_offer.waited,
    "callback_due": callback_wait.due,
    "callback_expires": callback_wait.expired,
    "customer": calling_back.timed_out,
    "customer_look": calling_back.look,
    "context": context.overdue,
    "message": journey.message_overdue,
    "forget": voicemail_end.forget,
}
OFFER_TIMERS: dict[str, Callable[[Floor, Offer], None]] = {
    "check": ringing.checked,
    "card": ringing.card_over,
    card.TIMER: card.post,
    "ring": ringing.ring_over,
    "look": ringing.look,
    "accept": _no_key,
    "joined": _silent_join,
    "link": _unheard_link,
    "replaced": _unheard_link,
    "unlinked": _unlinked,
    "rescinding": _still_rescinding,
    "last_words": calling_back.words_over,
}
AGENT_TIMERS: dict[str, Callable[[Floor, Agent], None]] = {
    "wrap_up": _wrap_up,
    "back_off": agents.back_off_over,
    "return": _return,
    "not_ready": agents.ready_again,
    "presumed": _presumed,
}
TIMERS: dict[type, Mapping[str, Callable[[Floor, Any], None]]] = {
    Contact: CONTACT_TIMERS,
    Offer: OFFER_TIMERS,
    Agent: AGENT_TIMERS,
    Call: {
        "leftover": Floor.ask,
        "test_created": trial.not_created,
        "test_ringing": trial.unanswered,
        "test_speaking": trial.unheard,
        "test_forget": trial.forget,
    },
    Bulletin: {"over": bulletins.over},
}
