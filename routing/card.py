"""The agent's card: posted before the phone rings, and what the chat says of it.

Posting is a command with an outcome, because the ring waits for it: until the chat has taken the
card, but never longer than 300 ms. What a card shows later is no command. It follows from the
state (`card_face.py`), and whoever decides brings the cards up to date (`Engine.stale_cards`), as
often as it takes; `Offer.card_shows` remembers how far they have come. So a restart posts no card
twice and forgets none.
"""

from __future__ import annotations

from dataclasses import replace

from routing.card_face import (
    Face,
    MissedCard,
    OfferCard,
    StateCard,
    Told,
    offer_card,
    shows_now,
    shows_of,
    title_of,
)
from routing.choices import chosen
from routing.commands import SayMissed, SayState, ShowCard
from routing.context_state import under_way
from routing.events import (
    CommandDone,
)
from routing.facts import FactKind
from routing.floor import Floor
from routing.plan import Queue
from routing.state import Agent, AgentState, ContactState, Offer
from routing.word_events import (
    CardChanged,
    ChatsRead,
)

BEFORE_RING_MS = 300
"""How long a ring waits for the chat to take the card."""
BEFORE_CARD_MS = 700
"""How long the card waits for answers about the caller that are under way: with the chat's own time
that is a second in all, from the offer on."""
TIMER = "context"


def show(floor: Floor, offer: Offer) -> None:
    """Post the offer's card, if the agent has a chat: the ring waits for it."""
    if not floor.state.agents[offer.agent].chat:
        return
    if under_way(floor.state.contacts[offer.contact].context):
        floor.arm(offer, TIMER, offer.created_at + BEFORE_CARD_MS)
    else:
        post(floor, offer)


def post(floor: Floor, offer: Offer) -> None:
    """Post it now, whatever is known of the caller."""
    floor.disarm(offer, TIMER)
    offer.card = floor.new_id()
    card = offer_card(floor.state, floor.queues, offer)
    # What others told of the caller is looked up when it is sent: it is not written down there.
    floor.step.commands.append(ShowCard(id=offer.card, card=replace(card, context=())))
    floor.cards[offer.id] = None
    latest = offer.created_at + BEFORE_CARD_MS + BEFORE_RING_MS
    floor.arm(offer, "card", min(floor.now + BEFORE_RING_MS, latest))


def posted(floor: Floor, offer: Offer, event: CommandDone) -> None:
    """The chat took the card, or did not."""
    floor.disarm(offer, "card")
    floor.fact(
        FactKind.OFFER_CARD,
        contact=offer.contact,
        agent=offer.agent,
        queue=offer.queue,
        offer=offer.id,
        problem=event.problem,
        before_ring=not (event.problem or offer.command) and offer.ended_at is None,
        context=_is_complete(floor, offer, event),
    )
    if event.message:
        seen(floor, offer, event.message, event.shows)
    elif not offer.card_message:
        # It may hang there all the same, nobody knows where; a press would tell.
        floor.cards.pop(offer.id, None)


def _is_complete(floor: Floor, offer: Offer, event: CommandDone) -> bool | None:
    """Whether everything asked about the caller was on the card; None where nobody is asked."""
    asked = floor.state.contacts[offer.contact].context
    if not asked:
        return None
    return event.shows == shows_of(Face.OFFERED, came=len(asked))


def seen(floor: Floor, offer: Offer, message: str, shows: str = "") -> None:
    """The chat told which message holds the card, and we what it showed when it was posted."""
    if message and offer.card_message != message:
        offer.card_message = message
        offer.card_shows = shows or Face.OFFERED.value
        floor.cards[offer.id] = None
        floor.touch(offer)


def changed(floor: Floor, event: CardChanged) -> None:
    """The card was brought up to date, or is gone."""
    offer = floor.state.offers.get(event.offer)
    if offer is None:
        return
    offer.card_shows = event.shows
    if event.gone:
        offer.card_message = ""
        floor.cards.pop(offer.id, None)
    floor.touch(offer)


def stale(floor: Floor) -> list[OfferCard]:
    """The cards whose message shows something else than it should."""
    found: list[OfferCard] = []
    for offer_id in list(floor.cards):
        offer = floor.state.offers[offer_id]
        contact = floor.state.contacts[offer.contact]
        if not offer.card_message:
            continue  # nobody knows yet where it hangs
        if shows_now(offer, contact) != offer.card_shows:
            found.append(offer_card(floor.state, floor.queues, offer))
        elif contact.state is ContactState.ENDED:
            del floor.cards[offer_id]  # nothing changes any more, but by a press
    return found


def missed(floor: Floor, offer: Offer, agent: Agent, queue: Queue) -> None:
    """The agent let the offer pass: tell them, and how to come back."""
    if not agent.chat:
        return
    not_responding = agent.state is AgentState.NOT_RESPONDING
    pause_ms = queue.return_after_ms if not_responding else queue.decline_back_off_ms
    card = MissedCard(
        agent=agent.id,
        caller=floor.state.contacts[offer.contact].caller,
        queue=title_of(queue),
        picked_up=offer.picked_up_at is not None,
        not_responding=not_responding,
        pause_ms=pause_ms,
    )
    floor.step.commands.append(SayMissed(id=floor.new_id(), card=card))


def told(
    floor: Floor, agent: Agent, what: Told, *, by: str, queue: str = "", reason: str = ""
) -> None:
    """A supervisor changed something for the agent: tell them what, and who."""
    if agent.chat:
        known = chosen(floor.plan.not_ready_reasons, reason)
        card = StateCard(
            agent=agent.id,
            what=what,
            by=by,
            queue=queue,
            reason=reason,
            words=dict(known.words) if known is not None else {},
        )
        floor.step.commands.append(SayState(id=floor.new_id(), card=card))


def use_chats(floor: Floor, event: ChatsRead) -> None:
    """Who can be written to, from now on."""
    reached = set(event.agents)
    for agent in sorted(floor.state.agents.values(), key=lambda each: each.id):
        if agent.chat == (agent.id in reached):
            continue
        agent.chat = not agent.chat
        floor.touch(agent)
        floor.fact(FactKind.AGENT_CHAT, agent=agent.id, upn=agent.upn, open=agent.chat)
