"""What is left out of a loaded state because a part of it could not be read.

A row that this program cannot read is not loaded (an older program after a newer one, a damaged
disk). What refers to it would make every later step fail: better lose that one contact.
"""

from __future__ import annotations

from routing.agent import lose_work
from routing.state import AgentState, CallRole, Contact, OfferState, State


def drop_torn(state: State) -> None:
    """Leave out contacts that lack a part, and what belongs to them; free their agents."""
    whole = {contact.id for contact in state.contacts.values() if _has_its_parts(state, contact)}
    for offer in state.offers.values():
        # Of an offer that is over the agent may be gone by rights.
        agent_lost = offer.state is not OfferState.ENDED and offer.agent not in state.agents
        if agent_lost or (offer.call and offer.call not in state.calls):
            whole.discard(offer.contact)
    made = {offer.call for offer in state.offers.values()}
    for call in state.calls.values():
        if call.role is CallRole.AGENT and call.id not in made:
            whole.discard(call.contact)
    state.contacts = {key: each for key, each in state.contacts.items() if each.id in whole}
    state.calls = {
        key: each
        for key, each in state.calls.items()
        if each.contact in whole or each.role is CallRole.TEST
    }
    state.offers = {key: each for key, each in state.offers.items() if each.contact in whole}
    _free_agents(state)


def _has_its_parts(state: State, contact: Contact) -> bool:
    offer_lost = contact.offer and contact.offer not in state.offers
    return contact.call in state.calls and not offer_lost


def _free_agents(state: State) -> None:
    busy = (AgentState.RESERVED, AgentState.ON_CONTACT, AgentState.PRESUMED, AgentState.WRAP_UP)
    for agent in state.agents.values():
        lost = agent.contact not in state.contacts or (
            agent.state is AgentState.RESERVED and agent.offer not in state.offers
        )
        if agent.state in busy and lost:
            lose_work(agent)
