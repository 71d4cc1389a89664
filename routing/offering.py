"""Offering: which agent rings for which contact, and what becomes of it for both.

`offer_all` chooses the contact that is served next, `_next` its agent. The three ways of connecting
differ in three places only: how the phone is rung (`_ring`), what picking up means (`consult.py`),
and which word of the platform says that the two are linked (`verdict.py`, `roster.py`).
"""

from __future__ import annotations

from routing import agent as agents
from routing import card, linking
from routing import offer as offers
from routing.commands import (
    CreateCall,
    Invite,
    ReadPresence,
    RemoveParticipant,
    Target,
    TargetKind,
    Transfer,
)
from routing.contact import ContactInput, connected, move
from routing.events import CallerKind
from routing.facts import FactKind, Plain
from routing.floor import Floor
from routing.line import Place
from routing.matching import AVAILABLE, explain, gate
from routing.offer import RING_AT_MOST_MS, OfferInput
from routing.plan import Delivery, Frozen, Queue
from routing.state import (
    Agent,
    Call,
    CallRole,
    CallState,
    Contact,
    ContactState,
    Explanation,
    Offer,
    OfferState,
)
from routing.waiting import link_failed, stand_in_line

FRESH_MS = 3_000
"""Presence read longer ago than this is read once more before an offer."""
CHECK_WITHIN_MS = 300
FROZEN_MS = 60_000
"""Under `frozen_presence: hold` an older reading offers nobody."""
RING_WITHIN_MS = 5_000
"""How long after it was decided the ring may still be sent."""
CREATED_WITHIN_MS = 20_000
LOOK_EVERY_MS = 5_000
"""How often the caller, and the agent's phone, are looked at while it rings or hears the whisper.
News may be lost, and then one of the two waits for nobody."""
REPLACED_WAIT_MS = 5_000
"""A replaced leg may be deleted before success is told (facts 3.5): not yet a hang-up."""
LEFT_OVER_MS = 10_000
"""How long after the link the agent's replaced leg may live on."""
SILENT_JOIN_MS = 3_000
"""An invitation completed but the roster says nothing: joined, as far as anybody can know."""
BLIND = frozenset({CallerKind.GUEST, CallerKind.FEDERATED})
"""Callers whom Graph cannot transfer (same tenant only): they always get a group call."""


# -- the decision ---------------------------------------------------------------------------------


def offer_all(floor: Floor) -> None:
    """Offer until nobody waits whom an available agent could take.

    Of all queues that changed, the contact of highest priority, then the longest waiting, comes
    first; so an agent of several queues serves the right one.
    """
    while floor.dirty:
        best: Place | None = None
        for name in sorted(floor.dirty):
            head = floor.lines[name].head() if name in floor.lines else None
            if head is None or not floor.pools[name].order:
                del floor.dirty[name]
            elif best is None or head < best:
                best = head
        if best is None:
            return
        contact = floor.state.contacts[best[-1]]
        if not _offer(floor, contact, floor.queues[contact.queue]):
            floor.dirty.pop(contact.queue, None)


def _offer(floor: Floor, contact: Contact, queue: Queue) -> bool:
    """Offer the contact to the agent whom the rule chooses; False: not possible for now."""
    delivery = contact.delivery or (
        Delivery.GROUP_CALL if contact.caller.kind in BLIND else queue.delivery
    )
    if delivery is Delivery.CONSULT and floor.legs_free(contact.app) <= 0:
        floor.starved[queue.name] = None
        return False
    agent = _next(floor, queue)
    if floor.presence_age(agent) > FROZEN_MS and queue.frozen_presence is Frozen.HOLD:
        return False  # the next reading makes every queue dirty again
    explanation = _explain(floor, queue, agent)
    contact.delivery = delivery
    contact.offers += 1
    offer = Offer(
        id=floor.new_id(),
        contact=contact.id,
        queue=queue.name,
        agent=agent.id,
        delivery=delivery,
        created_at=floor.now,
        explanation=explanation,
    )
    floor.state.offers[offer.id] = offer
    floor.offers_of.setdefault(contact.id, []).append(offer.id)
    contact.offer = offer.id
    floor.lines[queue.name].remove(contact)
    floor.touch(contact)
    floor.touch(offer)
    _tell(floor, offer)
    agents.reserve(floor, agent, offer)
    floor.checking[agent.id] = offer.id
    card.show(floor, offer)
    if not floor.presence_is_fresh(agent, FRESH_MS):
        floor.arm(offer, "check", floor.now + CHECK_WITHIN_MS)
        floor.step.commands.append(ReadPresence(id=floor.new_id(), agents=(agent.id,)))
    _ring_when_ready(floor, offer)
    return True


def _next(floor: Floor, queue: Queue) -> Agent:
    """Whom the queue's rule names now. **This decides the agent.**"""
    first = floor.pools[queue.name].first(floor.memory(queue.name), 1)
    return floor.state.agents[first[0][1]]


def _explain(floor: Floor, queue: Queue, agent: Agent) -> Explanation:
    """Why it is this agent; the queue remembers whom it offered last."""
    memory = floor.memory(queue.name)
    pool = floor.pools[queue.name]
    also = tuple(
        m.queue
        for m in agent.memberships
        if m.queue != queue.name and m.queue in floor.lines and floor.lines[m.queue].places
    )
    explanation = explain(
        pool,
        memory,
        floor.state.agents,
        now=floor.now,
        waiting=len(floor.lines[queue.name].places),
        also=also,
    )
    memory.last_position, memory.last_agent = pool.place_of(agent)
    floor.state.queues[queue.name] = memory
    floor.touch(memory)
    return explanation


def _tell(floor: Floor, offer: Offer) -> None:
    why = offer.explanation
    following: list[dict[str, str | int]] = [
        {"upn": c.upn, "value": c.value} for c in why.following
    ]
    rest: Plain = dict(why.rest)
    floor.fact(
        FactKind.OFFER_CREATED,
        contact=offer.contact,
        agent=offer.agent,
        queue=offer.queue,
        offer=offer.id,
        delivery=offer.delivery.value,
        rule=why.rule,
        upn=why.chosen.upn,
        value=why.chosen.value,
        following=following,
        rest=rest,
        waiting=why.waiting,
        also=list(why.also),
    )


# -- ringing --------------------------------------------------------------------------------------


def checked(floor: Floor, offer: Offer) -> None:
    """Presence was read once more, or did not come in time: ring, unless the gate closed."""
    agent = floor.state.agents[offer.agent]
    queue = offers.queue_of(floor, offer)
    if gate(agent, queue) == AVAILABLE:
        floor.disarm(offer, "check")
        _ring_when_ready(floor, offer)
    else:
        lost(floor, offer, "presence")


def card_over(floor: Floor, offer: Offer) -> None:
    """The card is there, or was waited for long enough: that keeps no ring back any more."""
    if offer.state is OfferState.CHECKING:
        floor.disarm(offer, "card")
        _ring_when_ready(floor, offer)


def _ring_when_ready(floor: Floor, offer: Offer) -> None:
    """Ring, unless presence is still being read or the card posted; the two go on side by side."""
    if not offer.timers:
        del floor.checking[offer.agent]
        _ring(floor, offer)


def _ring(floor: Floor, offer: Offer) -> None:
    offers.move(floor, offer, OfferInput.RING)
    contact = floor.state.contacts[offer.contact]
    agent = floor.state.agents[offer.agent]
    caller = floor.caller_leg(contact)
    target = Target(kind=TargetKind.USER, id=agent.id, name=agent.name)
    command, deadline = floor.new_id(), floor.now + RING_WITHIN_MS
    offer.command = command
    if offer.delivery is Delivery.CONSULT:
        leg = Call(
            id=floor.new_id(),
            contact=contact.id,
            role=CallRole.AGENT,
            app=contact.app,
            made_by=command,
            state=CallState.CREATING,
            heard_at=floor.now,
        )
        floor.add_call(leg)
        offer.call = leg.id
        create = CreateCall(
            id=command, call=leg.id, target=target, app=contact.app, deadline=deadline
        )
        floor.send(leg, create)
        floor.arm(offer, "ring", floor.now + CREATED_WITHIN_MS)
    elif offer.delivery is Delivery.GROUP_CALL:
        contact.meeting = True
        floor.touch(contact)
        floor.send(caller, Invite(id=command, call=caller.id, target=target, deadline=deadline))
        floor.arm(offer, "ring", floor.now + RING_AT_MOST_MS)
    else:
        linking.wanted(floor, contact)
        move(floor, contact, ContactInput.ACCEPTED)
        floor.send(caller, Transfer(id=command, call=caller.id, target=target, deadline=deadline))
        floor.arm(offer, "ring", floor.now + RING_AT_MOST_MS)


def ringing(floor: Floor, offer: Offer) -> None:
    """The platform took the ring: its time starts now."""
    if offer.state is not OfferState.RINGING or offer.ringing_at is not None:
        return
    offer.ringing_at = floor.now
    floor.touch(offer)
    if offer.delivery is Delivery.CONSULT:
        floor.arm(offer, "ring", floor.now + offers.queue_of(floor, offer).ring_ms)
    if offer.delivery is not Delivery.TRANSFER:
        floor.arm(offer, "look", floor.now + LOOK_EVERY_MS)
    leg = floor.state.calls.get(offer.call)
    floor.fact(
        FactKind.OFFER_RINGING,
        contact=offer.contact,
        agent=offer.agent,
        queue=offer.queue,
        offer=offer.id,
        app=leg.app if leg else "",
    )


def look(floor: Floor, offer: Offer) -> None:
    """Ask how the caller and, where it is a call of our own, the agent's phone are."""
    floor.arm(offer, "look", floor.now + LOOK_EVERY_MS)
    leg = floor.state.calls.get(offer.call)
    if leg is not None:
        floor.ask(leg)
    floor.ask(floor.caller_leg(floor.state.contacts[offer.contact]))


def rings_nobody(floor: Floor, offer: Offer) -> None:
    """The platform knew no such call, so it invited nobody: soon the call's end will be known."""
    offer.command = ""
    floor.arm(offer, "ring", floor.now + REPLACED_WAIT_MS)


def ring_over(floor: Floor, offer: Offer) -> None:
    """Nobody picked up in time (consult), or the platform never said how the ring ended."""
    lost(floor, offer, "no_answer" if offer.ringing_at is not None else "failed")


# -- how it ends ----------------------------------------------------------------------------------


def lost(floor: Floor, offer: Offer, outcome: str, *, tried: bool = True) -> None:
    """This agent will not take the contact (declined, missed, busy, failed): back to the line, at
    the same place. How long the agent is left alone is `agent.release`. `tried`: a link that was
    under way was asked of the platform."""
    contact = floor.state.contacts[offer.contact]
    current = contact.offer == offer.id
    leg = floor.state.calls.get(offer.call)
    platform_said = offer.state in (OfferState.CHECKING, OfferState.RESCINDING) or (
        leg is None or leg.state is CallState.ENDED
    )
    if platform_said:
        offers.close(floor, offer, outcome)
    else:
        offers.withdraw(floor, offer, outcome)
    if current:
        _back_in_line(floor, contact, tried=tried)


def given_up(floor: Floor, offer: Offer, outcome: str) -> None:
    """The agent said no to an invitation, which nobody can stop: their phone may ring on, and they
    stay reserved until it is silent, but the caller need not wait for that."""
    contact = floor.state.contacts[offer.contact]
    offers.withdraw(floor, offer, outcome)
    _back_in_line(floor, contact)


def _back_in_line(floor: Floor, contact: Contact, *, tried: bool = True) -> None:
    if contact.state is ContactState.CONNECTING:
        contact.offer = ""
        link_failed(floor, contact, tried=tried)
    elif contact.state is ContactState.QUEUED:
        stand_in_line(floor, contact)


def left(floor: Floor, offer: Offer) -> None:
    """The agent said not ready while an offer was out: that is a no, unless they had said yes."""
    if offer.state in (OfferState.CHECKING, OfferState.DECIDING) or (
        offer.state is OfferState.RINGING
        and offer.delivery is Delivery.CONSULT
        and offer.said_yes_at is None
    ):
        lost(floor, offer, "not_ready" if offer.state is OfferState.CHECKING else "declined")


def silent_by_word(floor: Floor, offer: Offer) -> None:
    """The agent says that they are ready. When the caller's call is over, nothing but their phone
    can tell whether it still rings, and they are beside it."""
    caller = floor.caller_leg(floor.state.contacts[offer.contact])
    if offer.state is OfferState.RESCINDING and not offer.call and caller.state is CallState.ENDED:
        offers.close(floor, offer, offer.outcome)


def leg_over(floor: Floor, offer: Offer, ending: str) -> None:
    """The agent's own leg (consult) is gone."""
    if offer.state is OfferState.RINGING:
        lost(floor, offer, ending if ending != "completed" else "no_answer")
    elif offer.state is OfferState.DECIDING:
        lost(floor, offer, "declined")
    elif offer.state is OfferState.RESCINDING:
        offers.close(floor, offer, offer.outcome)
    elif offer.state is OfferState.LINKING:
        floor.arm(offer, "replaced", floor.now + REPLACED_WAIT_MS)


def linked(floor: Floor, offer: Offer, *, presumed: bool) -> None:
    """The two are together."""
    contact = floor.state.contacts[offer.contact]
    offers.move(floor, offer, OfferInput.LINKED)
    offer.timers.clear()
    offer.outcome = "accepted"
    offer.accepted_at = offer.accepted_at or floor.now
    contact.offer = offer.id
    connected(floor, contact, offer, presumed=presumed)
    leg = floor.state.calls.get(offer.call)
    if leg is not None and leg.state is not CallState.ENDED:
        # The platform deletes a replaced leg itself; one that stays would ring on for nobody.
        floor.arm(leg, "leftover", floor.now + left_over_ms(contact))


def left_over_ms(contact: Contact) -> int:
    """How long after the link the agent's own leg may live on."""
    return LEFT_OVER_MS if contact.link_proven else REPLACED_WAIT_MS


def joined(floor: Floor, offer: Offer, *, caller_here: bool) -> None:
    """The agent is in the caller's group call: in time, or late.

    Who joins late wins while the caller still hears only us; otherwise they are removed again.
    """
    contact = floor.state.contacts[offer.contact]
    if offer.state is OfferState.RINGING and contact.state is ContactState.QUEUED:
        linked(floor, offer, presumed=False)
        return
    alone = contact.state is ContactState.LEAVING and bool(contact.playing)
    wins = offer.state is OfferState.RESCINDING and caller_here and alone
    floor.fact(
        FactKind.LATE_JOIN,
        contact=contact.id,
        agent=offer.agent,
        queue=offer.queue,
        offer=offer.id,
        wins=wins,
    )
    caller = floor.caller_leg(contact)
    if wins:
        linked(floor, offer, presumed=False)
    elif offer.participant and caller.state is not CallState.ENDED:
        remove = RemoveParticipant(id=floor.new_id(), call=caller.id, participant=offer.participant)
        floor.send(caller, remove)
