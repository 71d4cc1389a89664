"""A contact's way through the service: greeting, flows, queues, a message, a callback, and out.

Each place decides for itself what happens there and says where the contact goes on to (`Onward`);
here it is taken there. So no place knows any other, and a call's path runs one way.
"""

from __future__ import annotations

from collections.abc import Callable

from routing import leaving, visit, voicemail, waiting
from routing.action import Action, ActionKind
from routing.events import CommandDone, RecordingEnded
from routing.floor import Floor
from routing.onward import Onward
from routing.state import Contact, ContactState, Outcome

_KEYS: dict[ContactState, Callable[[Floor, Contact, str], Onward | None]] = {
    ContactState.RECORDING: voicemail.key,
}
"""What a key of the caller's means, by what the contact is doing."""
HOPS_AT_MOST = 16
"""A queue that is full names another one, and so on: `plan check` refuses rounds, and a plan that
slipped through ends in an apology."""


def greeted(floor: Floor, contact: Contact) -> None:
    """The greeting is over: into the flow, or the queue."""
    floor.disarm(contact, "greeting")
    contact.playing = ""
    entry = floor.entries.get(contact.entry_point)
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
    match action.kind:
        case ActionKind.QUEUE:
            _leave_queue(floor, contact, Outcome.MOVED)
            return waiting.enter(floor, contact, action)
        case ActionKind.VOICEMAIL:
            instead = voicemail.refused(floor, contact, action)
            if instead is None:
                _leave_queue(floor, contact, onward.outcome)
                voicemail.enter(floor, contact, action, onward.outcome)
            return instead
        case _:
            _out(floor, contact, onward)
            return None


def _leave_queue(floor: Floor, contact: Contact, outcome: Outcome) -> None:
    """Whatever it was waiting for, it waits no more."""
    if contact.visiting:
        waiting.step_out(floor, contact)
        visit.finish(floor, contact, outcome)


def _out(floor: Floor, contact: Contact, onward: Onward) -> None:
    leaving.leave(floor, contact, onward.action, onward.outcome)


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
    elif context == contact.playing and contact.state is ContactState.LEAVING:
        leaving.spoken(floor, contact)
    elif context == contact.playing and contact.state is ContactState.RECORDING:
        go(floor, contact, voicemail.said(floor, contact))
    elif context == contact.music:
        waiting.music_over(floor, contact, ok=ok, at_once=at_once)


def waited_out(floor: Floor, contact: Contact) -> None:
    """Timer `max_wait`."""
    go(floor, contact, waiting.waited_out(floor, contact))


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
