"""The last resort for a call that we cannot serve: straight through Graph, past engine and store.

Used when the engine could not handle a call's event (`on_error`), and by the web handler while
nothing can be written down (`fallback`). Nobody is left ringing, nobody in silence.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.clock import Clock
from bot.metrics.meter import Meter
from bot.sending.outbound import Outbound, is_gone
from bot.sending.patience import pause_ms, problem_of
from graph.calls import Calls
from graph.errors import GraphError, Refused
from graph.models import CallState
from routing.action import Action, ActionKind
from routing.commands import Target, TargetKind
from routing.plan import EntryPoint, Plan
from routing.state import Place, State

log = logging.getLogger(__name__)

# Of the 15 s that a call rings, up to 5 have passed before it comes to this: 4 of hope that
# something can be written down after all (bot/web/calls.py, OUTAGE_MS), and the way.
REDIRECT_WITHIN_MS = 8_500
REJECT_WITHIN_MS = 9_500
HAND_OVER_WITHIN_MS = 5_000
HANG_UP_WITHIN_MS = 15_000
"""Its caller hears nothing any more: no better end can be had, but an end there must be."""

_OBJECT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_KINDS = {
    ActionKind.USER: TargetKind.USER,
    ActionKind.NUMBER: TargetKind.NUMBER,
    ActionKind.ACCOUNT: TargetKind.ACCOUNT,
}


class Rescue:
    """Sends calls away."""

    def __init__(
        self,
        *,
        calls: Mapping[str, Calls],
        plan: Callable[[], Plan],
        state: Callable[[], State | None],
        clock: Clock,
        meter: Meter,
    ) -> None:
        """`calls` by application id; the first is used when the application is not known."""
        self._calls = calls
        self._plan = plan
        self._state = state
        self._clock = clock
        self._meter = meter
        self._places: dict[str, Place] = {}
        """Addresses of the plan as last resolved: kept here, past the loss of all memory."""

    async def on_error(self, wire: str, state: State) -> None:
        """Send a call whose event could not be handled to its entry point's `on_error` target."""
        self._places = state.tenant.addresses or self._places
        entry, app = self._entry_of(wire, state)
        calls = self._calls.get(app) or next(iter(self._calls.values()))
        action = entry.on_error if entry else Action()
        target = self.target(action)
        self._meter.count("rescued", action.kind.value)
        try:
            seen = await calls.get(wire)
            if seen.state is CallState.INCOMING:
                await self._send_on(calls, wire, target)
            elif seen.state not in (CallState.TERMINATED, CallState.TERMINATING):
                await self._hand_over(calls, wire, target)
        except GraphError as error:
            if not is_gone(error):
                log.exception("a caller could not be sent on", extra={"code": error.code})

    async def fall_back(self, wire: str, app: str, account: str) -> str:
        """Send a ringing call to its entry point's `fallback`; what was done, in one word.

        Raises GraphError when not even that was possible.
        """
        calls = self._calls.get(app) or next(iter(self._calls.values()))
        state = self._state()
        if state is not None:
            self._places = state.tenant.addresses or self._places
        entry = self._entry_for(account)
        target = self.target(entry.fallback) if entry and entry.fallback else None
        return await self._send_on(calls, wire, target)

    def target(self, action: Action) -> Target | None:
        """Whom the action names, if it can be resolved."""
        kind = _KINDS.get(action.kind)
        if kind is None:
            return None
        place = self._places.get(action.ref.lower())
        if kind is TargetKind.NUMBER:
            return Target(kind=kind, id=action.ref)
        if place is not None:
            return Target(kind=kind, id=place.id, name=place.name, number=place.number)
        if _OBJECT_ID.fullmatch(action.ref.lower()):
            return Target(kind=kind, id=action.ref)
        if action.number:
            return Target(kind=TargetKind.NUMBER, id=action.number)
        return None

    async def _send_on(self, calls: Calls, wire: str, target: Target | None) -> str:
        ringing = _Effort(calls, wire, CallState.INCOMING, self._clock)
        now = self._clock.now()
        if target is not None:
            to = [Outbound.target(calls, target)]
            try:
                await ringing.make(lambda c: c.redirect(wire, to), now + REDIRECT_WITHIN_MS)
            except GraphError as error:
                self._failed("redirect", error)
                if is_gone(error):
                    raise  # the caller hung up
            else:
                return "redirected"
        try:
            await ringing.make(lambda c: c.reject(wire), now + REJECT_WITHIN_MS, is_last=True)
        except GraphError as error:
            self._failed("reject", error)
            raise
        return "rejected"

    async def _hand_over(self, calls: Calls, wire: str, target: Target | None) -> None:
        heard = _Effort(calls, wire, CallState.ESTABLISHED, self._clock)
        now = self._clock.now()
        if target is not None:
            to = Outbound.target(calls, target)
            try:
                await heard.make(lambda c: c.transfer(wire, to), now + HAND_OVER_WITHIN_MS)
            except GraphError as error:
                self._failed("transfer", error)
            else:
                return
        await heard.make(lambda c: c.hang_up(wire), now + HANG_UP_WITHIN_MS, is_last=True)

    def _failed(self, what: str, error: GraphError) -> None:
        if not is_gone(error):
            self._meter.count("refusals_failed", f"{what}: {problem_of(error)}")
        log.warning("rescue failed", extra={"what": what, "code": error.code})

    def _entry_of(self, wire: str, state: State) -> tuple[EntryPoint | None, str]:
        for leg in state.calls.values():
            if leg.wire == wire and leg.contact in state.contacts:
                name = state.contacts[leg.contact].entry_point
                return self._named(name), leg.app
        return self._named(self._plan().default_entry_point), ""

    def _named(self, name: str) -> EntryPoint | None:
        return next((each for each in self._plan().entry_points if each.name == name), None)

    def _entry_for(self, account: str) -> EntryPoint | None:
        for entry in self._plan().entry_points:
            for each in entry.accounts:
                place = self._places.get(each.lower())
                if account and account in (each.lower(), place.id if place else ""):
                    return entry
        return self._named(self._plan().default_entry_point)


@dataclass(frozen=True, slots=True)
class _Effort:
    """What is done to one call, again and again until it is done."""

    calls: Calls
    wire: str
    undone: CallState
    """The call's state as long as nothing was done."""
    clock: Clock

    async def make(
        self, act: Callable[[Calls], Awaitable[None]], deadline: int, *, is_last: bool = False
    ) -> None:
        """Raises the GraphError of the last try. `is_last`: nothing else can be done instead."""
        calls, times = self.calls.until(deadline), 0
        while True:
            times += 1
            try:
                await act(calls)
            except Refused:
                raise
            except GraphError as error:
                if error.may_have_run and not await self._is_undone(calls):
                    return
                left_ms = deadline - self.clock.now()
                wait_ms = pause_ms(error, times, left_ms, is_last=is_last)
                if wait_ms is None:
                    raise
                await asyncio.sleep(wait_ms / 1000)
            else:
                return

    async def _is_undone(self, calls: Calls) -> bool:
        """Done twice, Graph refuses it: so when Graph does not say, it is not done."""
        try:
            return (await calls.get(self.wire)).state is self.undone
        except GraphError as error:
            return not is_gone(error)
