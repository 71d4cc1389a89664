"""Recounts every placed call from the log alone, and says what nobody should have to hear.

It trusts nothing the product wrote. A bot's own call to an agent names no caller: one that a
transfer replaced belongs to the caller transferred, a cancelled one to who had just hung up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from emulator.audit_contact import Contact, Conversation, span
from emulator.card_audit import CardAudit
from emulator.dial_audit import TALK, DialAudit
from emulator.log import (
    Bridged,
    ButtonPressed,
    CallState,
    Connected,
    Heard,
    KeyPressed,
    LegEnded,
    Placed,
    Record,
    Requested,
    Ringing,
    RingStopped,
    TabActed,
    Unbridged,
)

SILENCE_MS = 1_000
TOGETHER_MS = 2_000
"""two agents with one caller for longer than that is no late joiner being sent away"""
BRINGS_IN = ("add", "transfer")
HANG_UP_WITHIN_MS = 5_000
"""a ring cancelled later than that after a hang-up has another reason"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """Something that must not happen."""

    kind: str
    """lost, unaccounted, connected_twice, rung_twice, rung_on_contact, silence or card_late"""
    who: str
    at: int
    detail: str


@dataclass(slots=True)
class Audit:
    contacts: list[Contact]
    violations: list[Violation]
    cards: CardAudit
    dials: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """how each call of a bot's own to a number ended"""
    acts: list[TabActed] = field(default_factory=list[TabActed])

    def outcomes(self) -> dict[str, int]:
        counts: dict[str, int] = defaultdict(int)
        for contact in self.contacts:
            counts[contact.outcome] += 1
        return dict(counts)


def audit(records: Iterable[Record], *, over: bool = True) -> Audit:
    """Recount. `over`: everybody has gone home, so that an open call is a violation."""
    dials, cards = DialAudit(), CardAudit()
    story = _Story(dials)
    for record in records:
        story.read(record)
        dials.read(record)
        cards.read(record)
    contacts = [story.contact(placed) for placed in story.placed]
    violations = [v for contact in contacts for v in _of_contact(contact, over=over)]
    violations += story.double_rings()
    violations += [
        Violation(kind="rung_twice", who=each.party, at=each.at, detail="on a call of the bot's")
        for each in dials.twice()
    ]
    if not cards.is_well:
        violations += [
            Violation(kind="card_late", who=who, at=at, detail="rung before the card was there")
            for who, at in cards.late
        ]
    ordered = sorted(violations, key=lambda v: v.at)
    return Audit(contacts, ordered, cards, dials.endings(), story.acts)


def _of_contact(contact: Contact, *, over: bool) -> list[Violation]:
    found = []
    if contact.outcome in ("lost", "over_limit", "redirect_failed"):
        found.append(("lost", contact.ended_at or contact.placed_at, contact.outcome))
    if over and contact.ended_at is None:
        found.append(("unaccounted", contact.placed_at, "the caller is still there"))
    found += [
        ("silence", start, f"{until - start} ms")
        for start, until in contact.silences
        if until - start > SILENCE_MS
    ]
    twice = _connected_twice(contact)
    if twice is not None:
        found.append(("connected_twice", twice.at, twice.party))
    return [Violation(kind=k, who=contact.caller, at=at, detail=d) for k, at, d in found]


def _connected_twice(contact: Contact) -> Conversation | None:
    """The second conversation of a caller with another agent, if there is one of any length, and
    nobody had asked for it."""
    if contact.handed_on:
        return None
    long = [
        talk
        for talk in contact.conversations
        if talk.role == "agent" and (talk.until is None or talk.until - talk.at > TOGETHER_MS)
    ]
    others = [talk for talk in long if talk.party != long[0].party]
    return others[0] if others else None


class _Story:
    """The log, sorted by leg and by party."""

    def __init__(self, dials: DialAudit) -> None:
        self._dials = dials
        self.placed: list[Placed] = []
        self._connected: dict[str, int] = {}
        self._ended: dict[str, LegEnded] = {}
        self._heard: dict[str, list[Heard]] = defaultdict(list)
        self._bridges: dict[str, list[Bridged]] = defaultdict(list)
        self._unbridged: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._keys: dict[str, list[KeyPressed]] = defaultdict(list)
        self._accepts: dict[str, list[int]] = defaultdict(list[int])
        """when Accept was pressed on a card, by party"""
        self.acts: list[TabActed] = []
        self._rings: dict[str, Ringing] = {}
        self._stopped: dict[str, RingStopped] = {}
        self._answers: dict[str, int] = {}
        self._states: dict[str, str] = {}
        self._before_end: dict[str, str] = {}

    def read(self, record: Record) -> None:
        match record:
            case Placed():
                self.placed.append(record)
            case Connected():
                self._connected.setdefault(record.leg, record.at)
            case LegEnded():
                self._ended[record.leg] = record
            case Heard():
                self._heard[record.leg].append(record)
            case Bridged():
                self._bridges[record.leg].append(record)
            case Unbridged():
                self._unbridged[record.leg, record.other].append(record.at)
            case KeyPressed():
                self._keys[record.leg].append(record)
            case Ringing():
                self._rings[record.leg] = record
            case _:
                self._read_more(record)

    def _read_more(self, record: Record) -> None:
        match record:
            case RingStopped():
                self._stopped[record.leg] = record
            case TabActed():
                self.acts.append(record)
            case ButtonPressed(verb="accept"):
                self._accepts[record.party].append(record.pressed_at)
            case CallState():
                if record.state == "terminated":
                    self._before_end[record.call] = self._states.get(record.call, "")
                self._states[record.call] = record.state
            case Requested(op="answer", status=202):
                self._answers.setdefault(record.call.lower(), record.at)

    # --- one caller

    def contact(self, placed: Placed) -> Contact:
        ended = self._ended.get(placed.leg)
        contact = Contact(
            leg=placed.leg,
            call=placed.call,
            caller=placed.caller,
            kind=placed.caller_kind,
            label=placed.label,
            to=placed.to,
            placed_at=placed.at,
            answer_accepted_at=self._answers.get(placed.call.lower()),
            connected_at=self._connected.get(placed.leg),
            ended_at=ended.at if ended is not None else None,
            why=ended.why if ended is not None else "",
        )
        contact.conversations = self._conversations(placed.leg)
        parties = {talk.party for talk in contact.conversations}
        contact.handed_on = any(
            each.party in parties and each.act in BRINGS_IN and each.said == "done"
            for each in self.acts
        )
        self._listen(contact)
        contact.stage = self._stage(contact)
        contact.outcome = _outcome(contact)
        self._follow_dials(contact)
        contact.accept_ms = self._accept_ms(contact)
        contact.hang_up_ms = self._hang_up_ms(contact)
        return contact

    def _conversations(self, leg: str) -> list[Conversation]:
        found = []
        for bridge in self._bridges[leg]:
            ends = [at for at in self._unbridged[leg, bridge.other] if at >= bridge.at]
            found.append(
                Conversation(
                    at=bridge.at,
                    until=ends[0] if ends else None,
                    party=bridge.party,
                    role=bridge.other_role,
                    via=bridge.via,
                    leg=bridge.other,
                )
            )
        return found

    def _listen(self, contact: Contact) -> None:
        """First audio, prompts, and silences between the answer and the first conversation."""
        joined = contact.conversations[0].at if contact.conversations else None
        for heard in sorted(self._heard[contact.leg], key=lambda h: h.at):
            if heard.what in ("prompt", "beep"):
                if contact.first_audio_at is None:
                    contact.first_audio_at = heard.at
                if heard.detail:
                    contact.last_prompt = heard.detail
                    contact.prompts.append(heard.detail)
            elif heard.what == "silence" and (joined is None or heard.at < joined):
                _add_silence(contact.silences, heard.at, heard.until)

    def _follow_dials(self, contact: Contact) -> None:
        """What became of it when a bot called the caller's number after they had gone."""
        mine = [each.at for each in self.placed if each.caller == contact.caller]
        until = min((at for at in mine if at > contact.placed_at), default=None)
        for dial in self._dials.of(contact.caller, contact.placed_at, until):
            talks = self._conversations(dial.leg)
            contact.dials.append(self._dials.ending(dial))
            contact.conversations += talks
            for heard in sorted(self._heard[dial.leg], key=lambda h: h.at):
                before = not talks or heard.at < talks[0].at
                connected = dial.leg in self._connected
                if connected and heard.what == "silence" and before:
                    _add_silence(contact.silences, heard.at, heard.until)
        if contact.dials:
            contact.outcome = "called_back" if TALK in contact.dials else "not_reached"

    def _stage(self, contact: Contact) -> str:
        if contact.conversations:
            return "talk"
        if contact.connected_at is None:
            return "ringing"
        if self._before_end.get(contact.call) == "transferring":
            return "connecting"
        if self._invited(contact):
            return "offered"
        return "queue" if len(contact.prompts) > 1 else "greeting"

    def _invited(self, contact: Contact) -> bool:
        """Whether an agent's phone rang on this very call when it ended."""
        end = contact.ended_at
        if end is None:
            return False
        for ring in self._rings.values():
            stopped = self._stopped.get(ring.leg)
            still = stopped is None or stopped.at >= end
            if ring.call == contact.call and ring.at <= end and still:
                return True
        return False

    def _accept_ms(self, contact: Contact) -> int | None:
        if not contact.conversations:
            return None
        talk = contact.conversations[0]
        said = [key.at for key in self._keys[talk.leg] if key.told]
        picked_up = self._stopped.get(talk.leg)
        if picked_up is not None:
            said += [picked_up.at, *self._accepts[talk.party]]
        return span(max((at for at in said if at <= talk.at), default=None), talk.at)

    def _hang_up_ms(self, contact: Contact) -> int | None:
        """How long a phone went on ringing for somebody who had left."""
        end = contact.ended_at
        if end is None or contact.why != "hung_up" or contact.conversations:
            return None
        spans = []
        for leg, stopped in self._stopped.items():
            ring = self._rings.get(leg)
            if ring is None or stopped.why != "cancelled" or not ring.at <= end <= stopped.at:
                continue
            own = ring.call == contact.call
            if own or (ring.via == "create" and stopped.at - end < HANG_UP_WITHIN_MS):
                spans.append(stopped.at - end)
        return min(spans) if spans else None

    # --- agents

    def double_rings(self) -> list[Violation]:
        by_party: dict[str, list[Ringing]] = defaultdict(list)
        for ring in self._rings.values():
            if not ring.party.startswith("+"):  # behind a number may be a whole switchboard
                by_party[ring.party].append(ring)
        found = []
        for party, rings in by_party.items():
            if party.startswith("+"):
                continue  # a number may have many lines
            for ring in rings:
                for other in rings:
                    if other is not ring:
                        found += self._clash(party, ring, other)
        return found

    def _clash(self, party: str, ring: Ringing, other: Ringing) -> list[Violation]:
        """Whether `ring` began while the party's other phone call rang or was connected."""
        stopped = self._stopped.get(other.leg)
        rang_until = stopped.at if stopped is not None else None
        first = other.at < ring.at or (other.at == ring.at and other.seq < ring.seq)
        if first and (rang_until is None or ring.at < rang_until):
            return [_violation("rung_twice", party, ring, other)]
        since = self._connected.get(other.leg)
        ended = self._ended.get(other.leg)
        if since is not None and since <= ring.at and (ended is None or ring.at < ended.at):
            return [_violation("rung_on_contact", party, ring, other)]
        return []


def _violation(kind: str, party: str, ring: Ringing, other: Ringing) -> Violation:
    return Violation(kind=kind, who=party, at=ring.at, detail=f"{ring.leg} during {other.leg}")


def _outcome(contact: Contact) -> str:
    roles = [talk.role for talk in contact.conversations]
    if "agent" in roles:
        return "connected"
    if roles:
        return "voicemail" if "voicemail" in roles else "forwarded"
    if contact.ended_at is None:
        return "open"
    if contact.why in ("rejected", "redirect_failed", "over_limit", "lost"):
        return contact.why
    return "abandoned" if contact.why == "hung_up" else "disconnected"


def _add_silence(silences: list[tuple[int, int]], start: int, until: int) -> None:
    if silences and silences[-1][1] == start:
        silences[-1] = (silences[-1][0], until)
    else:
        silences.append((start, until))
