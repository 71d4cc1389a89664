"""A desk whose agents have a chat: what their cards should show, and bringing them up to date."""

from __future__ import annotations

from typing import Any

from kit.floor_desk import Desk, plan

from routing.commands import Answer
from routing.events import (
    CallEstablished,
)
from routing.plan import Queue
from routing.word_events import (
    CardChanged,
)

SALES = Queue(name="sales", title="Sales desk", wrap_up_ms=10_000)


def desk_of(**queue: Any) -> Desk:
    return Desk(plan(Queue(name="sales", **queue)))


def face(desk: Desk, offer: str) -> str:
    """What the card in the chat should show and does not yet; empty: nothing."""
    return next((c.shows for c in desk.engine.stale_cards() if c.offer == offer), "")


def refreshed(desk: Desk, offer: str) -> str:
    """Bring the card up to date, and what it shows then."""
    shows = face(desk, offer)
    desk.give(CardChanged(offer=offer, shows=shows))
    assert not face(desk, offer)
    return shows


def shown(desk: Desk) -> str:
    """A caller arrives, and the first agent's card is being posted; returns the offer."""
    desk.chats("a0")
    desk.arrives()
    return desk.contact().offer


def with_old_presence(desk: Desk) -> str:
    """A caller comes to the queue 5 s after presence was read; returns the offer."""
    desk.chats("a0")
    desk.rings()
    desk.ok(desk.last(Answer))
    desk.give(CallEstablished(call="caller1"), after=5_000)
    return desk.contact().offer
