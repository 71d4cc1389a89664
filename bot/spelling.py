"""One spelling per call id.

Graph writes the id of one call now in capitals without dashes, now dashed in small letters, and
nobody documents whether its URLs care. So requests repeat an id as Graph first wrote it, and the
routing, which compares ids as they stand, is given that same spelling every time.
"""

from __future__ import annotations

from dataclasses import replace

from graph.wire import call_key
from routing.events import (
    CallEnded,
    CallEstablished,
    CallIncoming,
    CallProgressed,
    CallSeen,
    CommandDone,
    Event,
    InviteEnded,
    PromptEnded,
    RosterChanged,
    ToneHeard,
)
from routing.state import State

_ABOUT_A_CALL = (
    CallEnded,
    CallEstablished,
    CallIncoming,
    CallProgressed,
    CallSeen,
    InviteEnded,
    PromptEnded,
    RosterChanged,
    ToneHeard,
)
REMEMBERED = 20_000
"""Calls of strangers are remembered too, so there is a bound."""


class Spellings:
    """How the calls of one tenant were first written."""

    def __init__(self, state: State) -> None:
        self._first = {call_key(call.wire): call.wire for call in state.calls.values() if call.wire}

    def settle(self, event: Event) -> Event:
        """The event with the one spelling of its call."""
        if isinstance(event, _ABOUT_A_CALL):
            spelled = self.of(event.call)
            return event if spelled == event.call else replace(event, call=spelled)
        if isinstance(event, CommandDone) and event.wire:
            spelled = self.of(event.wire)
            return event if spelled == event.wire else replace(event, wire=spelled)
        return event

    def of(self, wire: str) -> str:
        """The first spelling of this id; `wire` itself when it was never seen."""
        key = call_key(wire)
        found = self._first.get(key)
        if found is None:
            while len(self._first) >= REMEMBERED:
                del self._first[next(iter(self._first))]
            found = self._first[key] = wire
        return found

    def forget(self, wire: str) -> None:
        """The call is over and nobody asks about it any more."""
        self._first.pop(call_key(wire), None)
