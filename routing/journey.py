"""A contact's way through the service: greeting, flows, queues, a message, a callback, and out.

Each place decides for itself what happens there and says where the contact goes on to (`Onward`);
here it is taken there. So no place knows any other, and a call's path runs one way.
"""

from __future__ import annotations

from collections.abc import Callable

from routing import (
    callback,
    callback_offer,
    callback_wait,
    flow,
    flow_exit,
    leaving,
    notice,
    opening,
    visit,
    voicemail,
    waiting,
)
from routing.action import WITHIN, Action, ActionKind
from routing.contact import play_music
from routing.events import CommandDone, RecordingEnded, WebhookAnswered
from routing.facts import FactKind
from routing.floor import Floor
from routing.onward import Onward
from routing.state import Contact, ContactState, Outcome

HOPS_AT_MOST = 16
"""A queue that is full names another one, and so on: `plan check` refuses rounds, and a plan that
slipped through ends in an apology."""


def greeted(floor: Floor, contact: Contact) -> None:
    """The greeting is over: into the flow, or the queue."""
    floor.disarm(contact, "greeting")
    contact.playing = ""
    entry = floor.entries.get(contact.entry_point)
    if entry is not None and (closed := opening.entry_closed(floor, contact, entry)) is not None:
        go(floor, contact, closed)
        return
    if entry is not None and entry.flow:
        action = Action(kind=ActionKind.FLOW, ref=entry.flow)
    else:
        action = Action(kind=ActionKind.QUEUE, ref=contact.queue)
    go(floor, contact, Onward(action=action, outcome=Outcome.FAILED))


def go(floor: Floor, contact: Contact, onward: Onward | None) -> None:
    """Take the contact where it was decided that it goes; None: it stays where it is."""
    for _ in range(HOPS_AT_MOST):
        if onward is None:
            return
        onward = _one(floor, contact, onward)
    if onward is not None:
        _out(floor, contact, Onward(action=leaving.no_action(), outcome=Outcome.FAILED))


def _one(floor: Floor, contact: Contact, onward: Onward) -> Onward | None:
    """One stop; what is returned is where it sends the contact instead."""
    action = onward.action
    if action.kind is not ActionKind.FLOW:
        _leave_flow(floor, contact, action)
    if action.kind in WITHIN and _says_closed(floor, contact, onward):
        return None
    match action.kind:
        case ActionKind.QUEUE if _keeps_its_place(contact, action):
            return waiting.back(floor, contact, action.prompt)
        case ActionKind.QUEUE if callback.rings_again(floor, contact, action.ref):
            _leave_queue(floor, contact, onward.outcome)
            callback.ask_to_keep(floor, contact, action.ref)
            return None
        case ActionKind.QUEUE:
            return _to_queue(floor, contact, onward)
        case ActionKind.FLOW:
            _leave_queue(floor, contact, onward.outcome)
            return flow.enter(floor, contact, action)
        case ActionKind.CALLBACK:
            return callback.enter(floor, contact, action)
        case ActionKind.VOICEMAIL:
            instead = voicemail.refused(floor, contact, action)
            if instead is None:
                _leave_queue(floor, contact, onward.outcome)
                voicemail.enter(floor, contact, action, onward.outcome)
            return instead
        case _:
            _out(floor, contact, onward)
            return None


def _says_closed(floor: Floor, contact: Contact, onward: Onward) -> bool:
    """Whether the contact hears first why it is closed, and goes on after that."""
    words = opening.words_before(floor, contact, onward)
    if words is None:
        return False
    _leave_queue(floor, contact, onward.outcome)
    notice.say_closed(floor, contact, onward, *words)
    return True


def _keeps_its_place(contact: Contact, action: Action) -> bool:
    """Whether the contact only stepped out of the line that it is to go to."""
    return (
        contact.state is ContactState.ARRANGING and contact.visiting and action.ref == contact.queue
    )


def _to_queue(floor: Floor, contact: Contact, onward: Onward) -> Onward | None:
    action = onward.action
    queue = floor.queues.get(action.ref)
    takes = queue is None or opening.queue_open(floor, queue)
    if takes and not contact.visiting and notice.enter(floor, contact, action):
        return None
    _leave_queue(floor, contact, onward.outcome)
    heard, before = contact.music, floor.queue_of(contact).music
    elsewhere = waiting.enter(floor, contact, action)
    if elsewhere is None:
        if contact.flow is not None:
            contact.flow.unasked = 0
        if contact.music == heard and (contact.playing or floor.queue_of(contact).music != before):
            # What a flow was saying, or another queue's music, has no place here.
            contact.playing = ""
            play_music(floor, contact, fresh=True)
    return elsewhere


def _leave_queue(floor: Floor, contact: Contact, outcome: Outcome) -> None:
    """Whatever it was waiting for, it waits no more. A customer who was called back waits without
    a visit, and may have an agent's phone ringing like anybody."""
    if contact.visiting or contact.state in (ContactState.QUEUED, ContactState.ARRANGING):
        waiting.step_out(floor, contact)
        visit.finish(floor, contact, outcome)


def _leave_flow(floor: Floor, contact: Contact, action: Action) -> None:
    if contact.state is ContactState.IN_FLOW:
        flow_exit.left(floor, contact, action.ref or action.kind.value)


def _out(floor: Floor, contact: Contact, onward: Onward) -> None:
    _leave_flow(floor, contact, onward.action)
    contact.playing = ""
    action = opening.last_words(floor, contact, onward)
    leaving.leave(floor, contact, action, onward.outcome)


def plan_changed(floor: Floor) -> None:
    """The plan is another one: whoever stood where it has nothing any more goes elsewhere."""
    callback_wait.plan_changed(floor)
    leaving.let_go_of_dropped_queues(floor)
    for contact in sorted(floor.state.contacts.values(), key=lambda each: each.id):
        if contact.state is ContactState.IN_FLOW and not _in_notice(contact):
            go(floor, contact, flow.mended(floor, contact))


def resume(floor: Floor, contact: Contact) -> None:
    """The caller's leg lives on after a change of owner."""
    if contact.state is ContactState.RECORDING:
        voicemail.resume(floor, contact)
    elif contact.state is not ContactState.IN_FLOW:
        waiting.resume(floor, contact)
    elif not contact.music.startswith(f"{floor.state.epoch}-"):
        floor.fact(FactKind.CONTACT_RECOVERED, contact=contact.id, queue=contact.queue)
        (notice if _in_notice(contact) else flow).resume(floor, contact)


def _in_notice(contact: Contact) -> bool:
    return contact.flow is not None and contact.flow.waits_for is not None


# -- what the caller does and hears ----------------------------------------------------------------


def key(floor: Floor, contact: Contact, tone: str) -> None:
    """The caller pressed a key: whoever has the contact now knows what it means."""
    decide = _KEYS.get(contact.state)
    if decide is None:
        floor.ignored("ToneHeard", "no menu", contact.id)
    else:
        go(floor, contact, decide(floor, contact, tone))


def prompt_over(
    floor: Floor, contact: Contact, context: str, *, ok: bool, at_once: bool = False
) -> None:
    """A prompt on the caller's leg ended, or could not be played. `at_once`: so the reply to our
    own request says."""
    if context == contact.playing and contact.state is ContactState.GREETING:
        greeted(floor, contact)
    elif context == contact.playing and contact.state is ContactState.ARRANGING:
        go(floor, contact, callback.prompt_over(floor, contact))
    elif context == contact.playing and contact.state is ContactState.IN_FLOW:
        go(floor, contact, _flow_prompt_over(floor, contact, ok=ok))
    elif context == contact.playing and contact.state is ContactState.LEAVING:
        leaving.spoken(floor, contact)
    elif context == contact.playing and contact.state is ContactState.RECORDING:
        go(floor, contact, voicemail.said(floor, contact, ok=ok))
    elif context == contact.music:
        waiting.music_over(floor, contact, ok=ok, at_once=at_once)


def _flow_prompt_over(floor: Floor, contact: Contact, *, ok: bool) -> Onward | None:
    if _in_notice(contact):
        return notice.prompt_over(floor, contact, ok=ok)
    return flow.prompt_over(floor, contact)


def flow_timed(floor: Floor, contact: Contact) -> None:
    """Timer `flow`."""
    go(floor, contact, (notice if _in_notice(contact) else flow).timed(floor, contact))


def flow_over_limit(floor: Floor, contact: Contact) -> None:
    """Timer `flow_limit`."""
    go(floor, contact, flow.over_limit(floor, contact))


def webhook_answered(floor: Floor, contact: Contact, event: WebhookAnswered) -> None:
    """A webhook answered, or did not."""
    if contact.state is ContactState.IN_FLOW:
        go(floor, contact, flow.answered(floor, contact, event))
    else:
        floor.ignored("WebhookAnswered", "the flow is over", contact.id)


def waited_out(floor: Floor, contact: Contact) -> None:
    """Timer `max_wait`."""
    go(floor, contact, waiting.waited_out(floor, contact))


def not_arranged(floor: Floor, contact: Contact) -> None:
    """Timer `arranging`."""
    go(floor, contact, callback.silent(floor, contact))


def closing(floor: Floor, contact: Contact) -> None:
    """Timer `closing`."""
    go(floor, contact, waiting.closing(floor, contact))


def back_in_line(floor: Floor, contact: Contact) -> None:
    """An offer ended, and the contact waits on."""
    go(floor, contact, waiting.back_in_line(floor, contact))


def let_go(floor: Floor) -> None:
    """Queues may have lost their last agent: whoever should not wait for nobody goes elsewhere."""
    while floor.thinned:
        name = min(floor.thinned)
        del floor.thinned[name]
        for contact, onward in waiting.let_go(floor, name):
            go(floor, contact, onward)


def deaf(floor: Floor, contact: Contact) -> None:
    """The caller's keys could not be asked for. Whatever wants them next asks again, and goes on by
    its time-outs."""
    contact.listening = False
    floor.touch(contact)


def link_failed(floor: Floor, contact: Contact, *, tried: bool) -> None:
    """The link to an agent did not come about."""
    go(floor, contact, waiting.link_failed(floor, contact, tried=tried))


# -- a message -------------------------------------------------------------------------------------


def recording_allowed(floor: Floor, contact: Contact, command: str, *, ok: bool) -> None:
    """The platform's word on whether we may record."""
    go(floor, contact, voicemail.allowed(floor, contact, command, ok=ok))


def record_done(floor: Floor, contact: Contact, event: CommandDone) -> None:
    """The platform took a recording, or did not."""
    go(floor, contact, voicemail.record_done(floor, contact, event))


def recorded(floor: Floor, contact: Contact, event: RecordingEnded) -> None:
    """A recording is over."""
    go(floor, contact, voicemail.recorded(floor, contact, event))


def fetched(floor: Floor, contact: Contact, event: CommandDone) -> None:
    """A recording's sound is in our store, or will never be."""
    go(floor, contact, voicemail.fetched(floor, contact, event))


def message_overdue(floor: Floor, contact: Contact) -> None:
    """Timer `message`."""
    go(floor, contact, voicemail.overdue(floor, contact))


def _flow_key(floor: Floor, contact: Contact, tone: str) -> Onward | None:
    if _in_notice(contact):
        notice.key(floor, contact, tone)
        return None
    return flow.key(floor, contact, tone)


def _queue_key(floor: Floor, contact: Contact, tone: str) -> Onward | None:
    if callback_offer.is_asked_for(floor, contact, tone):
        return callback_offer.asked_for(contact)
    return waiting.key(floor, contact, tone)


_KEYS: dict[ContactState, Callable[[Floor, Contact, str], Onward | None]] = {
    ContactState.IN_FLOW: _flow_key,
    ContactState.QUEUED: _queue_key,
    ContactState.ARRANGING: callback.key,
    ContactState.RECORDING: voicemail.key,
}
"""What a key of the caller's means, by what the contact is doing."""
