"""Calling back: an agent has taken it, now the customer is dialed and asked whether it is them.

Agent first, then customer: nobody picks up to hear that they must wait. While the customer's phone
rings the agent hears so, with music behind. Who picks up hears who calls, and presses 1; a machine
presses nothing. Then the two are linked like caller and agent in `consult`, and from there on the
customer is a caller like any other: should the link fail, they wait at the head of their place, on
the line.

Not reached (busy, no answer, refused, machine, hung up, failed): the agent hears why and is free at
once, and the contact rests. An agent who hangs up meanwhile has declined. One acceptance dials
once: a request that was possibly sent is never repeated; its leg introduces itself within 20 s, or
is taken for failed and ended should it come after all.
"""

from __future__ import annotations

from routing import callback_wait, linking, strays
from routing import offer as offers
from routing.callback_end import rules_of
from routing.callback_numbers import source_of
from routing.callback_state import Callback, CallbackStage, dialing
from routing.callback_words import greeting, lasts_ms, say_all
from routing.commands import CreateCall, Say, SubscribeTones, Target, TargetKind, Transfer
from routing.contact import ContactInput, move, play_music
from routing.events import CommandDone, Problem
from routing.facts import FactKind
from routing.floor import Floor
from routing.ringing import CREATED_WITHIN_MS, RING_WITHIN_MS
from routing.state import Call, CallRole, CallState, Contact, Offer, OfferState

YES = "1"
LOOK_EVERY_MS = 2_000
"""How often the customer's and the agent's legs are looked at: whoever picked up and whose sound
nobody told of hears nothing meanwhile."""
GREETINGS = 3
"""So often who picked up hears who calls, before music: some networks connect before the phone is
picked up, and a machine may still be talking."""
WORD_GRACE_MS = 1_000
LAST_WORDS: dict[str, str] = {
    "busy": "callback_busy",
    "no_answer": "callback_no_answer",
    "machine": "callback_machine",
    "refused": "callback_refused",
    "hung_up": "callback_refused",
}
"""What the agent hears, by how it failed; otherwise that the customer could not be reached."""
ENDINGS = {
    "busy": "busy",
    "declined": "refused",
    "no_answer": "no_answer",
    "unreachable": "unreachable",
    "completed": "hung_up",
}


def dial(floor: Floor, contact: Contact, offer: Offer) -> None:
    """The agent took it: ring the customer. The agent hears so, and music."""
    callback = contact.callback
    if callback is None:
        return
    callback.stage = CallbackStage.DIALING
    callback.dials += 1
    callback.ringing_at = None
    _ring_customer(floor, contact, callback)
    floor.arm(contact, "customer", floor.now + CREATED_WITHIN_MS)
    floor.arm(contact, "customer_look", floor.now + LOOK_EVERY_MS)
    _tell_agent(floor, offer)
    floor.fact(
        FactKind.CALLBACK_DIALING,
        contact=contact.id,
        agent=offer.agent,
        queue=contact.queue,
        offer=offer.id,
        dials=callback.dials,
    )


def _ring_customer(floor: Floor, contact: Contact, callback: Callback) -> None:
    kind = TargetKind.USER if callback.internal else TargetKind.NUMBER
    command = floor.new_id()
    leg = Call(
        id=floor.new_id(),
        contact=contact.id,
        role=CallRole.CALLBACK,
        app=contact.app,
        made_by=command,
        state=CallState.CREATING,
        heard_at=floor.now,
    )
    floor.add_call(leg)
    contact.call = leg.id
    create = CreateCall(
        id=command,
        call=leg.id,
        target=Target(kind=kind, id=callback.number),
        source=None if callback.internal else source_of(floor, contact.entry_point),
        app=contact.app,
        deadline=floor.now + RING_WITHIN_MS,
    )
    floor.send(leg, create)


def _tell_agent(floor: Floor, offer: Offer) -> None:
    queue = offers.queue_of(floor, offer)
    language = queue.language
    words = (
        Say(prompt="system:callback_dialing", language=language),
        Say(prompt=queue.music, language=language),
    )
    say_all(floor, floor.state.calls[offer.call], words)


# -- the customer's leg ----------------------------------------------------------------------------


def _current(floor: Floor, leg: Call) -> Contact | None:
    """The contact that waits for this leg's customer; None: nobody does any more."""
    contact = floor.state.contacts[leg.contact]
    return contact if contact.call == leg.id and dialing(contact.callback) else None


def created(floor: Floor, leg: Call, event: CommandDone) -> None:
    """The platform took the call, or not, or nobody knows."""
    nameless = not leg.wire
    floor.name_call(leg, event.wire)
    contact = _current(floor, leg)
    if event.problem == Problem.UNKNOWN:
        return  # it may still introduce itself
    if event.problem:
        floor.call_over(leg)
        if contact is not None:
            failed(floor, contact, "not_allowed" if event.problem == Problem.REFUSED else "failed")
    elif leg.state is CallState.ENDED and nameless:
        strays.end_leg(floor, leg)
    elif contact is not None:
        rings(floor, leg)


def rings(floor: Floor, leg: Call) -> None:
    """The customer's phone rings: its time starts now."""
    contact = _current(floor, leg)
    callback = contact.callback if contact else None
    if contact is None or callback is None or callback.stage is not CallbackStage.DIALING:
        return
    if callback.ringing_at is None:
        callback.ringing_at = floor.now
        floor.arm(contact, "customer", floor.now + rules_of(floor, contact).ring_ms)


def picked_up(floor: Floor, leg: Call) -> None:
    """Somebody or something picked up: say who calls, with music behind; 1 is yes."""
    contact = _current(floor, leg)
    callback = contact.callback if contact else None
    if contact is None or callback is None:
        strays.end_leg(floor, leg)
        return
    if callback.stage is not CallbackStage.DIALING:
        return  # told again
    rules = rules_of(floor, contact)
    callback.stage = CallbackStage.ASKING
    contact.listening = True
    floor.send(leg, SubscribeTones(id=floor.new_id(), call=leg.id))
    contact.playing = say_all(floor, leg, greeting(contact, rules), fresh=False)
    for _ in range(GREETINGS - 1):
        say_all(floor, leg, greeting(contact, rules), fresh=False)
    play_music(floor, contact)
    floor.arm(contact, "customer", floor.now + rules.confirm_ms)


def prompt_over(floor: Floor, leg: Call, context: str, *, ok: bool) -> None:
    """What the customer should hear could not be played: nobody can know what to press."""
    contact = _current(floor, leg)
    if contact is not None and not ok and context == contact.playing:
        failed(floor, contact, "failed")


def deaf(floor: Floor, leg: Call) -> None:
    """The customer's keys cannot be heard."""
    contact = _current(floor, leg)
    if contact is not None:
        failed(floor, contact, "failed")


def key(floor: Floor, leg: Call, tone: str) -> None:
    """1: it is them, and now is fine. Other keys mean nothing."""
    contact = _current(floor, leg)
    callback = contact.callback if contact else None
    offer = floor.current_offer(contact) if contact else None
    asked = callback is not None and callback.stage is CallbackStage.ASKING
    if contact is None or offer is None or not asked or tone != YES:
        floor.ignored("ToneHeard", "nothing asked", leg.contact)
        return
    _here(floor, contact, leg, offer)


def _here(floor: Floor, contact: Contact, leg: Call, offer: Offer) -> None:
    """The customer is there: hand them over to the agent's leg."""
    callback = contact.callback
    if callback is None:
        return
    callback.stage = CallbackStage.HERE
    callback.here_at = floor.now
    floor.close_callback(contact)
    leg.role = CallRole.CALLER
    floor.touch(leg)
    contact.playing = ""
    floor.disarm(contact, "customer", "customer_look", "callback_expires")
    play_music(floor, contact, fresh=True)
    linking.wanted(floor, contact)
    agent = floor.state.agents[offer.agent]
    offer.command = floor.send(
        leg,
        Transfer(
            id=floor.new_id(),
            call=leg.id,
            target=Target(kind=TargetKind.USER, id=agent.id, name=agent.name),
            replaces=offer.call,
            deadline=floor.now + RING_WITHIN_MS,
        ),
    )
    floor.arm(offer, "link", floor.now + linking.NOT_TAKEN_MS)
    floor.arm(offer, "unlinked", floor.now + linking.GIVE_UP_MS)


def leg_over(floor: Floor, leg: Call, ending: str) -> None:
    """The customer's leg is gone before anything was linked."""
    contact = _current(floor, leg)
    callback = contact.callback if contact else None
    if contact is None or callback is None:
        return
    asked = callback.stage is CallbackStage.ASKING
    failed(floor, contact, "hung_up" if asked else ENDINGS.get(ending, "failed"))


# -- how it ends without a talk --------------------------------------------------------------------


def timed_out(floor: Floor, contact: Contact) -> None:
    """Timer `customer`: nobody picked up, nobody pressed 1, or nobody knows of such a call."""
    callback = contact.callback
    if callback is None or not dialing(callback):
        return
    if callback.stage is CallbackStage.ASKING:
        failed(floor, contact, "machine")
    else:
        failed(floor, contact, "failed" if callback.ringing_at is None else "no_answer")


def look(floor: Floor, contact: Contact) -> None:
    """Timer `customer_look`: news of either leg may be lost, so both are asked for."""
    offer = floor.current_offer(contact)
    if not dialing(contact.callback):
        return
    floor.arm(contact, "customer_look", floor.now + LOOK_EVERY_MS)
    floor.ask(floor.caller_leg(contact))
    leg = floor.state.calls.get(offer.call) if offer else None
    if leg is not None:
        floor.ask(leg)


def failed(floor: Floor, contact: Contact, why: str) -> None:
    """The customer was not reached: the agent hears why and is free, the contact rests."""
    offer = floor.current_offer(contact)
    callback = _let_go(floor, contact, offer, why)
    if offer is not None:
        _last_words(floor, offer, LAST_WORDS.get(why, "callback_unreached"))
    if callback is not None:
        callback_wait.after_attempt(floor, contact, why)


def agent_left(floor: Floor, offer: Offer) -> bool:
    """The agent's leg is gone while the customer is being rung: back to the same place. False: it
    is not."""
    contact = floor.state.contacts[offer.contact]
    callback = contact.callback
    waits = offer.state is OfferState.LINKING and contact.offer == offer.id
    if callback is None or not waits or not dialing(callback):
        return False
    callback.dials -= 1  # it says nothing about the customer
    _let_go(floor, contact, offer, "agent_left")
    offers.close(floor, offer, "declined")
    callback_wait.not_taken(floor, contact)
    return True


def _let_go(floor: Floor, contact: Contact, offer: Offer | None, why: str) -> Callback | None:
    """The attempt is over: the customer's leg is ended, the contact waits without a call again."""
    callback = contact.callback
    if callback is None:
        return None
    callback_wait.leave_line(floor, contact)
    floor.disarm(contact, "customer", "customer_look", "music")
    contact.playing = contact.music = contact.offer = ""
    contact.listening = False
    callback.stage = CallbackStage.WAITING
    callback.ringing_at = None
    move(floor, contact, ContactInput.LINK_FAILED)
    floor.fact(
        FactKind.CALLBACK_FAILED,
        contact=contact.id,
        agent=offer.agent if offer else "",
        queue=contact.queue,
        why=why,
        dials=callback.dials,
    )
    return callback


def _last_words(floor: Floor, offer: Offer, words: str) -> None:
    """Tell the agent in a word, then let them go. Nothing is held against them."""
    leg = floor.state.calls[offer.call]
    if leg.state is not CallState.ESTABLISHED or leg.hanging_up:
        offers.withdraw(floor, offer, offers.NOT_REACHED)
        return
    offers.dismiss(floor, offer, offers.NOT_REACHED)
    language = offers.queue_of(floor, offer).language
    say = (Say(prompt=f"system:{words}", language=language),)
    offer.whisper = say_all(floor, leg, say)
    floor.arm(offer, "last_words", floor.now + lasts_ms(floor, say) + WORD_GRACE_MS)


def words_over(floor: Floor, offer: Offer) -> None:
    """The agent has heard why, or long enough: their phone is free."""
    floor.disarm(offer, "last_words")
    offer.whisper = ""
    floor.touch(offer)
    leg = floor.state.calls.get(offer.call)
    if offer.state is OfferState.RESCINDING and leg is not None and not leg.hanging_up:
        floor.hang_up(leg)
