"""Waiting: into the line, back to the same place after a failed offer, and the music meanwhile."""

from __future__ import annotations

from routing import (
    announcing,
    callback_offer,
    context,
    estimate,
    leaving,
    opening,
    returning,
    staffing,
    visit,
)
from routing import offer as offers
from routing.action import Action
from routing.callback_state import away
from routing.contact import ContactInput, join, move, play_music, speak, speak_all
from routing.facts import FactKind
from routing.floor import Floor
from routing.onward import Onward
from routing.plan import Delivery
from routing.state import CallState, Contact, ContactState, Outcome

MUSIC_AGAIN_MS = 2_000
"""Pause before music that failed is tried again."""
FAILED_LINKS_AT_MOST = 2
"""So many failures of `replacesCallId`, which is proven for Teams users only, and the contact is
served in a group call: it was never in meeting mode, so nothing is mixed."""


def enter(floor: Floor, contact: Contact, action: Action) -> Onward | None:
    """Wait for an agent of the queue that the action names, at the place that the contact has from
    its first queue on. What is returned instead: the queue does not take it."""
    name = action.ref
    priority = action.priority or contact.priority_given
    queue = floor.queues.get(name)
    if queue is None:
        return Onward(action=leaving.no_action(), outcome=Outcome.FAILED)
    if (elsewhere := opening.queue_closed(floor, contact, queue)) is not None:
        return elsewhere
    if queue.max_length is not None and floor.lengths[name] >= queue.max_length:
        floor.fact(FactKind.QUEUE_OVERFLOWED, contact=contact.id, queue=name)
        return Onward(action=queue.on_overflow, outcome=Outcome.OVERFLOWED)
    if queue.no_agent is not None and staffing.nobody_there(floor, queue):
        floor.fact(FactKind.QUEUE_WITHOUT_AGENT, contact=contact.id, queue=name)
        visit.turned_away(floor, contact, name, Outcome.NO_AGENT)
        return Onward(action=queue.no_agent.action, outcome=Outcome.NO_AGENT)
    contact.queued_at, contact.left_queue_at = floor.now, None
    if contact.seniority_at is None:
        contact.seniority_at = floor.now
    join(floor, contact, name)
    # Only now, out of any other line: both decide the place in one.
    contact.priority = priority or queue.priority
    returning.back(floor, contact, queue)
    estimate.joined(floor, contact, queue)
    if queue.max_wait_ms is not None:
        floor.arm(contact, "max_wait", floor.now + queue.max_wait_ms)
    opening.watch(floor, contact)
    words = opening.queue_words(floor, contact, queue)
    if not words and not contact.music:
        play_music(floor, contact)
    visit.begin(floor, contact)
    announcing.start(floor, contact, queue)
    stand_in_line(floor, contact)
    message = [prompt for prompt, _ in words]
    if not callback_offer.joined(floor, contact, message) and message:
        contact.playing = ""
        speak_all(floor, contact, message, fresh=True)
        play_music(floor, contact)
    return None


def step_out(floor: Floor, contact: Contact) -> None:
    """The contact leaves the queue for something else, or for another queue: no agent is rung for
    it any more, and nothing of the queue's comes due."""
    offers.withdraw_all(floor, contact, "rescinded")
    contact.offer = ""
    floor.disarm(contact, "max_wait", "closing", announcing.TIMER, "greeting", "missing")
    floor.disarm(contact, "callback_offer")


def stand_in_line(floor: Floor, contact: Contact) -> None:
    """The contact waits without an offer: at the place of its seniority."""
    contact.offer = ""
    floor.touch(contact)
    if not _queue_dropped(floor, contact):
        context.in_queue(floor, contact)
        floor.lines[contact.queue].add(contact)
        floor.dirty[contact.queue] = None
        floor.may_be_empty(contact.queue)


def back_in_line(floor: Floor, contact: Contact) -> Onward | None:
    """The offer failed: back to the same place, unless the queue has closed meanwhile."""
    contact.offer = ""
    if (elsewhere := opening.overdue(floor, contact)) is not None:
        return elsewhere
    stand_in_line(floor, contact)
    return None


def closing(floor: Floor, contact: Contact) -> Onward | None:
    """The queue closes, or may have. Whoever's agent is rung for stays: see `back_in_line`."""
    waits = contact.state is ContactState.QUEUED and not contact.offer
    if not waits or away(contact.callback):
        return None
    elsewhere = opening.overdue(floor, contact)
    if elsewhere is None:
        opening.watch(floor, contact)
    return elsewhere


def _queue_dropped(floor: Floor, contact: Contact) -> bool:
    """Whether the plan has dropped the contact's queue: then the contact is on its way out."""
    if contact.queue in floor.queues:
        return False
    leaving.leave(floor, contact, leaving.no_action(), Outcome.FAILED)
    return True


def link_failed(floor: Floor, contact: Contact, *, tried: bool) -> Onward | None:
    """The transfer did not happen and the caller is still ours: back to the same place. Where the
    platform was not even asked (`tried`), that says nothing against such transfers."""
    move(floor, contact, ContactInput.LINK_FAILED)
    contact.failed_links += tried
    if contact.delivery is Delivery.CONSULT and contact.failed_links >= FAILED_LINKS_AT_MOST:
        contact.delivery = Delivery.GROUP_CALL
    floor.fact(FactKind.CONTACT_REQUEUED, contact=contact.id, queue=contact.queue)
    return _wait_on(floor, contact)


def back(floor: Floor, contact: Contact, prompt: str) -> Onward | None:
    """No callback after all: on with waiting, at the same place, after the prompt."""
    move(floor, contact, ContactInput.ARRANGED)
    opening.watch(floor, contact)
    return _wait_on(floor, contact, prompt)


def _wait_on(floor: Floor, contact: Contact, prompt: str = "") -> Onward | None:
    """At the same place, as long as the queue's longest wait allows."""
    if _queue_dropped(floor, contact):
        return None
    if (elsewhere := opening.overdue(floor, contact)) is not None:
        return elsewhere
    queue = floor.queue_of(contact)
    called_back = contact.callback.here_at if contact.callback else None
    since = called_back or contact.queued_at or floor.now
    if queue.max_wait_ms is not None:
        until = since + queue.max_wait_ms
        if until <= floor.now:
            return Onward(action=queue.on_max_wait, outcome=Outcome.TIMED_OUT)
        floor.arm(contact, "max_wait", until)
    if prompt:
        speak(floor, contact, prompt, fresh=True)
    play_music(floor, contact, fresh=not prompt)
    stand_in_line(floor, contact)
    return None


def waited_out(floor: Floor, contact: Contact) -> Onward | None:
    """The maximum wait is over, also in the middle of a ring. A link under way may still succeed;
    should it fail, `link_failed` looks at the clock again."""
    if contact.state is not ContactState.QUEUED:
        return None
    return Onward(action=floor.queue_of(contact).on_max_wait, outcome=Outcome.TIMED_OUT)


def key(floor: Floor, contact: Contact, tone: str) -> Onward | None:
    """A waiting caller pressed a key: one of the queue's ways out, or it means nothing here. Once
    an agent has said yes, nobody listens to keys any more (`journey.key`)."""
    action = floor.queue_of(contact).keys.get(tone)
    if action is None or floor.taken(contact):
        floor.ignored("ToneHeard", "no menu" if action is None else "agent said yes", contact.id)
        return None
    floor.fact(
        FactKind.CONTACT_EXITED, contact=contact.id, queue=contact.queue, to=action.kind.value
    )
    return Onward(action=action, outcome=Outcome.EXIT)


def let_go(floor: Floor, name: str) -> list[tuple[Contact, Onward]]:
    """Who has to leave the queue because nobody serves it any more, first in line first. Whose
    phone is just being rung for, and who waits without a call, stays."""
    queue = floor.queues.get(name)
    if queue is None or queue.no_agent is None or not staffing.nobody_there(floor, queue):
        return []
    onward = Onward(action=queue.no_agent.action, outcome=Outcome.NO_AGENT)
    waiting = [floor.state.contacts[place[-1]] for place in floor.lines[name].places]
    held = [c for c in waiting if _on_the_line(floor, c)]
    for contact in held:
        floor.fact(FactKind.QUEUE_WITHOUT_AGENT, contact=contact.id, queue=name)
    return [(contact, onward) for contact in held]


def _on_the_line(floor: Floor, contact: Contact) -> bool:
    """Whether a caller hears what we say. Who is to be called back does not, although their former
    leg counts as there until its end is confirmed."""
    here = floor.caller_leg(contact).state is CallState.ESTABLISHED
    return here and not away(contact.callback)


def music_over(floor: Floor, contact: Contact, *, ok: bool, at_once: bool = False) -> None:
    """The music on the caller's leg ended, or could not be played. `at_once`: so the reply to our
    own request says; music that is over before it began must not be asked for without pause."""
    if not _hears_music(contact):
        return
    if ok and not at_once:
        play_music(floor, contact)
    else:
        floor.arm(contact, "music", floor.now + MUSIC_AGAIN_MS)


def _hears_music(contact: Contact) -> bool:
    """Whether one piece of music follows the other: also while a target is invited."""
    if contact.state is ContactState.LEAVING:
        return contact.meeting and bool(contact.leaving_by)
    return contact.state in (
        ContactState.GREETING,
        ContactState.IN_FLOW,
        ContactState.QUEUED,
        ContactState.ARRANGING,
        ContactState.CONNECTING,
        ContactState.RECORDING,  # before the beep, and in the menu: there is none in between
    )


def resume(floor: Floor, contact: Contact) -> None:
    """The leg lives on after a change of owner: whatever played may have run out unheard of.

    New music queues up behind what still plays, so that nothing is cut and no gap is heard.
    """
    if contact.state not in (ContactState.GREETING, ContactState.QUEUED):
        return
    if not contact.music.startswith(f"{floor.state.epoch}-"):
        floor.fact(FactKind.CONTACT_RECOVERED, contact=contact.id, queue=contact.queue)
        play_music(floor, contact)
