"""Recounts the cards from the log: was each there before the phone rang, and what did it end as?

A ring counts when whoever is rung has the bot. The card that belongs to it was posted since their
last ring and still offered something; one that comes while the phone rings already is late.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace

from emulator.chat import OFFER
from emulator.log import BotInstalled, ChatShown, Record, Ringing, RingStopped

FIRST_AT_LEAST = 0.99
"""the share of the offers in which the card has to be first"""
STILL_OFFERS = frozenset((OFFER, "accepted"))


@dataclass(slots=True)
class CardAudit:
    """`read` every record in order."""

    leads: list[int] = field(default_factory=list[int])
    """how many ms each card was before its ring"""
    late: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    """who was rung without a card, and when"""
    at_rings: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list[str]))
    """what the card said when its phone began to ring, by party; empty: there was none"""
    said: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list[str]))
    """every text that a party's offer cards had, in order"""
    _installed: set[str] = field(default_factory=set[str])
    _waiting: dict[str, ChatShown] = field(default_factory=dict[str, ChatShown])
    """the card that has been posted and not been followed by a ring, by party"""
    _bare: set[str] = field(default_factory=set[str])
    """whose phone rings without a card"""
    _faces: dict[str, dict[str, list[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list[str]))
    )

    def read(self, record: Record) -> None:
        match record:
            case BotInstalled():
                change = self._installed.add if record.on else self._installed.discard
                change(record.party)
            case ChatShown(first=first) if first == OFFER:
                self._on_card(record)
            case Ringing() if record.party in self._installed:
                self._on_ring(record)
            case RingStopped():
                self._bare.discard(record.party)

    @property
    def offers(self) -> int:
        """Rings of people who have the bot."""
        return len(self.leads) + len(self.late)

    @property
    def is_well(self) -> bool:
        return len(self.leads) >= FIRST_AT_LEAST * self.offers

    def last_face(self, party: str) -> str:
        """What the newest of the party's offer cards shows at the end; empty: they had none."""
        cards = list(self._faces.get(party, {}).values())
        return cards[-1][-1] if cards else ""

    def _on_card(self, shown: ChatShown) -> None:
        self._faces[shown.party][shown.message].append(shown.name)
        self.said[shown.party].append(shown.text)
        waiting = self._waiting.get(shown.party)
        if not shown.updated and shown.party not in self._bare:
            self._waiting[shown.party] = shown
        elif (
            waiting is not None
            and waiting.message == shown.message
            and shown.name not in STILL_OFFERS
        ):
            del self._waiting[shown.party]
        elif waiting is not None and waiting.message == shown.message:
            self._waiting[shown.party] = replace(waiting, text=shown.text)

    def _on_ring(self, ring: Ringing) -> None:
        card = self._waiting.pop(ring.party, None)
        self.at_rings[ring.party].append(card.text if card is not None else "")
        if card is not None:
            self.leads.append(ring.at - card.at)
        else:
            self.late.append((ring.party, ring.at))
            self._bare.add(ring.party)
