"""Reads the log as it grows: each caller's story so far, the last events in words, and the pace.

The terminal table and the page live on it. It looks at every record once, so that a page that asks
each second costs nothing; the audit (`audit.py`) reads the whole log instead, and judges.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field

from emulator.log import (
    Bridged,
    ButtonPressed,
    Connected,
    Heard,
    KeyPressed,
    LegEnded,
    Log,
    Notified,
    Placed,
    PresenceChanged,
    Record,
    Requested,
    Ringing,
    RingStopped,
)

STORIES_KEPT = 300
EVENTS_KEPT = 200
PACES_KEPT = 500
AT_ONCE = 5_000
STOPPED = {
    "answered": "picked up",
    "declined": "declined",
    "no_answer": "did not pick up",
    "busy": "is busy",
    "unreachable": "cannot be reached",
    "voicemail": "left it to voicemail",
    "cancelled": "no longer rings",
}
ENDED = {
    "hung_up": "hung up",
    "rejected": "was turned away",
    "deleted": "was let go",
    "other_left": "was left alone and hung up",
    "over_limit": "found every line taken",
    "lost": "was lost",
    "no_answer": "was not answered",
}


@dataclass(slots=True, kw_only=True)
class Story:
    """One caller, from the first ring on. Instants in ms; None: not yet."""

    leg: str
    call: str
    caller: str
    kind: str
    to: str
    label: str
    placed_at: int
    chain: str = ""
    """Graph's chain id, under which the service knows the contact too"""
    accepted_at: int | None = None
    audio_at: int | None = None
    talk_at: int | None = None
    talks_with: list[str] = field(default_factory=list[str])
    ended_at: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One line for people."""

    at: int
    words: str


@dataclass(slots=True)
class Pace:
    """How long one thing took, the newest values last."""

    values: deque[int] = field(default_factory=lambda: deque[int](maxlen=PACES_KEPT))

    def add(self, since: int | None, at: int) -> None:
        if since is not None:
            self.values.append(at - since)

    def summary(self) -> tuple[int, int, int, int] | None:
        """Last, median, 95th percentile and worst."""
        if not self.values:
            return None
        ordered = sorted(self.values)
        most = len(ordered) - 1
        return self.values[-1], ordered[most // 2], ordered[most * 95 // 100], ordered[-1]


class Tally:
    def __init__(self, log: Log) -> None:
        self._log = log
        self._next = 0
        self.stories: dict[str, Story] = {}
        """by leg, in the order of their calls"""
        self.events: deque[Event] = deque(maxlen=EVENTS_KEPT)
        self.said = 0
        """events so far, the forgotten ones too"""
        self.outcomes: dict[str, int] = defaultdict(int)
        self.ring_to_answer = Pace()
        self.answer_to_audio = Pace()
        self.key_to_talk = Pace()
        self.rings: dict[str, Ringing] = {}
        """phones that ring now, by leg"""
        self.of_call: dict[str, list[Record]] = defaultdict(list)
        self.of_leg: dict[str, list[Record]] = defaultdict(list)
        self.created: dict[str, list[tuple[int, str]]] = defaultdict(list)
        """the bot's own calls by whom they ring (object id): instant and call"""
        self._by_call: dict[str, Story] = {}
        self._names: dict[str, str] = {}
        self._since: dict[str, int] = {}

    def catch_up(self) -> None:
        """Read what is new."""
        while records := self._log.since(self._next, AT_ONCE):
            for record in records:
                self._read(record)
            self._next = records[-1].seq + 1

    def say(self, at: int, words: str) -> None:
        """Put an event of somebody else's among the others."""
        self.events.append(Event(at, words))
        self.said += 1

    # --- one record

    def _read(self, record: Record) -> None:
        match record:
            case Placed():
                self._on_placed(record)
            case Requested():
                self._on_requested(record)
            case Notified():
                self._on_notified(record)
            case Heard():
                self.of_leg[record.leg].append(record)
                if record.what == "prompt":
                    self.hears(record.leg, record.at)
            case PresenceChanged():
                self.say(record.at, f"{short(record.party)} is {record.availability}")
            case _:
                self._read_phone(record)

    def _read_phone(self, record: Record) -> None:
        match record:
            case Connected():
                self.of_leg[record.leg].append(record)
            case Ringing():
                self.rings[record.leg] = record
                self._names[record.leg] = record.party
                self.of_call[record.call].append(record)
                self.say(record.at, f"{short(record.party)}'s phone rings ({record.via})")
            case RingStopped():
                self.rings.pop(record.leg, None)
                self._since[record.leg] = record.at
                self.of_call[record.call].append(record)
                self.say(record.at, f"{short(record.party)} {STOPPED.get(record.why, record.why)}")
            case KeyPressed():
                self._since[record.leg] = record.at
                self.of_leg[record.leg].append(record)
                self.say(record.at, f"{short(record.party)} pressed {record.key}")
            case ButtonPressed():
                verb = record.verb.replace("_", " ")
                self.say(record.at, f"{short(record.party)} pressed {verb} on the card")
            case Bridged():
                self._on_bridged(record)
            case LegEnded():
                self._on_ended(record)

    def _on_placed(self, record: Placed) -> None:
        story = Story(
            leg=record.leg,
            call=record.call,
            caller=record.caller,
            kind=record.caller_kind,
            to=record.to,
            label=record.label,
            placed_at=record.at,
        )
        self.stories[record.leg] = self._by_call[record.call.lower()] = story
        self._names[record.leg] = record.caller
        self.say(record.at, f"{caller_of(story)} calls {short(record.to)}")
        if len(self.stories) > STORIES_KEPT:
            self._forget(next(iter(self.stories.values())))

    def _on_requested(self, record: Requested) -> None:
        call = record.call.lower()
        if record.op == "create" and isinstance(record.reply, dict):
            call = str(record.reply.get("id", "")).lower()
            for target in targets_of(record.body):
                self.created[target].append((record.at, call))
        if call:
            self.of_call[call].append(record)
        story = self._by_call.get(call)
        if story is not None and record.op == "answer" and record.status == 202:
            self.ring_to_answer.add(story.placed_at, record.at)
            story.accepted_at = record.at

    def _on_notified(self, record: Notified) -> None:
        call = record.call.lower()
        self.of_call[call].append(record)
        story = self._by_call.get(call)
        if story is not None and not story.chain and "incoming" in record.what:
            story.chain = _chain(record.body)

    def hears(self, leg: str, at: int) -> None:
        """A prompt is heard. The log tells only when it ends; who looks meanwhile may say so."""
        story = self.stories.get(leg)
        if story is not None and story.audio_at is None:
            story.audio_at = at
            self.answer_to_audio.add(story.accepted_at, at)

    def _on_bridged(self, record: Bridged) -> None:
        self.of_leg[record.leg].append(record)
        story = self.stories.get(record.leg)
        if story is None:
            return
        if story.talk_at is None:
            story.talk_at = record.at
            self.key_to_talk.add(self._since.get(record.other), record.at)
        story.talks_with.append(record.party)
        self.say(record.at, f"{caller_of(story)} talks with {short(record.party)}")

    def _on_ended(self, record: LegEnded) -> None:
        self.of_leg[record.leg].append(record)
        self.rings.pop(record.leg, None)
        self._since.pop(record.leg, None)
        self._names.pop(record.leg, None)
        story = self.stories.get(record.leg)
        if story is None:  # an agent's phone: kept as long as the call that rang it
            return
        story.ended_at, story.why = record.at, record.why
        self.outcomes[outcome(story)] += 1
        self.say(record.at, f"{caller_of(story)} {ENDED.get(record.why, record.why)}")

    def _forget(self, story: Story) -> None:
        del self.stories[story.leg]
        self._by_call.pop(story.call.lower(), None)
        self.of_leg.pop(story.leg, None)
        self._forget_call(story.call.lower())
        for target, made in list(self.created.items()):
            for _, call in [each for each in made if each[0] < story.placed_at]:
                self._forget_call(call)
            self.created[target] = [each for each in made if each[0] >= story.placed_at]

    def _forget_call(self, call: str) -> None:
        for record in self.of_call.pop(call, []):
            if isinstance(record, Ringing):
                self.of_leg.pop(record.leg, None)


def outcome(story: Story) -> str:
    """One word for how it went."""
    if story.talks_with:
        return "talked" if story.ended_at is not None else "talks"
    if story.ended_at is None:
        return "open"
    return {"hung_up": "gave up", "rejected": "turned away", "deleted": "let go"}.get(
        story.why, story.why
    )


def short(name: str) -> str:
    """A UPN without its domain; numbers as they are."""
    return name.partition("@")[0]


def caller_of(story: Story) -> str:
    """How people would call the caller."""
    match story.kind:
        case "withheld":
            return "number withheld"
        case "encrypted":
            return "identity hidden"
        case "guest" | "federated":
            return f"{short(story.caller)} ({story.kind})"
    return short(story.caller)


def targets_of(body: object) -> list[str]:
    """The object ids that a call is created to."""
    rows = body.get("targets") if isinstance(body, dict) else None
    found: list[str] = []
    for row in rows if isinstance(rows, list) else []:
        identity = row.get("identity") if isinstance(row, dict) else None
        named = identity.values() if isinstance(identity, dict) else ()
        found += [str(who["id"]).lower() for who in named if isinstance(who, dict) and "id" in who]
    return found


def _chain(body: object) -> str:
    rows = body.get("value") if isinstance(body, dict) else None
    for row in rows if isinstance(rows, list) else []:
        data = row.get("resourceData") if isinstance(row, dict) else None
        if isinstance(data, dict) and data.get("callChainId"):
            return str(data["callChainId"])
    return ""
