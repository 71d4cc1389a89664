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
    RecordingAllowed,
    RecordingEnded,
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
    RecordingAllowed,
    RecordingEnded,
    RosterChanged,
    ToneHeard,
)
REMEMBERED = 20_000
"""Calls of strangers are remembered too, so there is a bound."""


class Spellings:
    """How the calls of one tenant were first written."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._most = REMEMBERED
        self._first: dict[str, str] = {}
        self._keep_ours()

    def _keep_ours(self) -> None:
        """Remember the calls of the state, and no strangers."""
        calls = self._state.calls.values()
        self._first = {call_key(call.wire): call.wire for call in calls if call.wire}
        self._most = max(REMEMBERED, 2 * len(self._first))

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
            if len(self._first) >= self._most:
                self._keep_ours()
            found = self._first[key] = wire
        return found
