"""The engine: events + now -> decisions. Same inputs, same outputs.

`handle` is the whole core: timers due first, then the event, then whoever can be offered is. Whose
event it is stands in `dispatch.py`; what it means there, in the files that it names.
"""

from __future__ import annotations

from routing import (
    addresses,
    card,
    trial,
    watching,
)
from routing.card_face import UNDER_WAY, OfferCard, offer_card
from routing.dispatch import ON
from routing.due import fire_due, settle
from routing.events import (
    Event,
    OwnerChanged,
)
from routing.floor import Floor
from routing.plan import Plan
from routing.state import CallState, State
from routing.step import Step
from routing.torn import drop_torn

__all__ = ["Engine", "Step"]


class Engine:
    """Turns events into decisions for one tenant. Not thread-safe; never awaits; never raises on
    anything that came off the wire."""

    def __init__(self, plan: Plan, state: State) -> None:
        drop_torn(state)
        self.floor = Floor(plan, state)

    @property
    def state(self) -> State:
        return self.floor.state

    @property
    def plan(self) -> Plan:
        return self.floor.plan

    def handle(self, event: Event, now: int) -> Step:
        """Timers due by `now` (UTC ms) first, then the event."""
        floor = self.floor
        floor.begin(now)
        if isinstance(event, OwnerChanged):
            # A timer that fell due while nobody was the owner must not fire before it is re-armed.
            ON[OwnerChanged](floor, event)
            fire_due(self.floor, now)
        else:
            fire_due(self.floor, now)
            if not trial.takes(floor, event):
                ON[type(event)](floor, event)
        if floor.dirty or floor.thinned:
            settle(floor)
        return floor.step

    def next_deadline(self) -> int | None:
        """When to come back with a `Tick` at the latest; always later than the last `now`."""
        return self.floor.timers.next_due()

    # -- what the service asks --------------------------------------------------------------------

    def wants(self, call: str, command: str) -> bool:
        """Whether a command that was not sent yet should still be."""
        if not call:
            return True
        leg = self.state.calls.get(call)
        return leg is not None and command in leg.pending

    def wants_card(self, offer: str) -> bool:
        """Whether an offer's card that was not posted yet still has something to ask."""
        held = self.state.offers.get(offer)
        return held is not None and held.state in UNDER_WAY

    def card(self, offer: str) -> OfferCard | None:
        """The offer's card as it stands now; None: nobody knows of the offer any more."""
        held = self.state.offers.get(offer)
        return offer_card(self.state, self.floor.queues, held) if held is not None else None

    def wants_context(self, contact: str, provider: str, command: str) -> bool:
        """Whether an answer about the contact's caller is still waited for."""
        held = self.state.contacts.get(contact)
        known = held.context.get(provider) if held is not None else None
        return known is not None and known.command == command

    def stale_cards(self) -> list[OfferCard]:
        """The cards in the chat that should show something else by now."""
        return card.stale(self.floor)

    def watched(self) -> list[str]:
        """The agents whose presence matters, in a stable order."""
        return watching.watched(self.floor)

    def urgent(self) -> bool:
        """Whether presence is needed every 3 s: someone waits, or it must tell a talk's end. In a
        group call it must if the last roster was lost."""
        floor = self.floor
        waits = any(floor.lengths.values()) or any(line.places for line in floor.lines.values())
        return bool(floor.presumed or floor.held) or waits

    def silent_calls(self, before: int) -> list[str]:
        """Live legs unheard of since `before` (sweeper): news may have been lost."""
        return sorted(
            leg.id
            for leg in self.state.calls.values()
            if leg.state is not CallState.ENDED and leg.wire and leg.heard_at <= before
        )

    def live_calls(self) -> list[str]:
        """Established legs, for keepAlive."""
        return sorted(
            leg.id for leg in self.state.calls.values() if leg.state is CallState.ESTABLISHED
        )

    def wire_of(self, call: str) -> str:
        """The platform's id of our leg; empty while it has none."""
        leg = self.state.calls.get(call)
        return leg.wire if leg else ""

    def call_of(self, wire: str) -> str:
        """Our leg with this platform id; empty when none is ours."""
        return self.floor.by_wire.get(wire, "")

    def country_of(self, account: str) -> str:
        """Whose national numbers the callers of this account are shown with; empty: unknown."""
        entry = addresses.entry_for(self.floor, account)
        return entry.country if entry is not None else ""
