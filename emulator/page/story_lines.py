"""What the log says of one contact, as lines: what phones did and heard, and the wire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from emulator.exchange import Leg
from emulator.log import (
    Bridged,
    Connected,
    Heard,
    KeyPressed,
    LegEnded,
    Notified,
    Record,
    Requested,
    Ringing,
    RingStopped,
)
from emulator.page.names import HIDDEN, Names
from emulator.page.sounds import Clip, Sounds
from emulator.shapes import Json
from emulator.tally import ENDED, STOPPED, Story, Tally

SILENCE_SHOWN_MS = 300
HEARS = {
    "ringback": "hears it ring",
    "silence": "hears nothing",
    "hold_music": "hears Teams' hold music",
    "beep": "hears a beep",
    "recording": "is being recorded",
}


@dataclass(slots=True)
class StoryLines:
    """`of` gives one story's lines, unordered; ids become names."""

    tally: Tally
    names: Names
    sounds: Sounds
    live: Mapping[str, Leg]

    def of(self, story: Story, calls: Mapping[str, str]) -> list[Json]:
        """`calls`: the calls that belong to the story, and whose they are."""
        who = self._who(story)
        lines: list[Json] = [
            {"at": story.placed_at, "lane": "phones", "text": f"{who} calls {self._to(story)}"}
        ]
        for record in self.records(story, calls):
            line = self._line(record, story, calls)
            if line is not None:
                lines.append(line | {"seq": record.seq})
        lines += [self._hears(story, span) for span in self.heard(story, calls) if _told(span)]
        return lines

    def records(self, story: Story, calls: Mapping[str, str]) -> list[Record]:
        """Everything in the log about the caller's phone, the calls and the phones they rang."""
        found: list[Record] = list(self.tally.of_leg.get(story.leg, []))
        for call in calls:
            found += self.tally.of_call.get(call, [])
        for phone in self._phones(calls):
            own = self.tally.of_leg.get(phone, [])
            found += [r for r in own if isinstance(r, (KeyPressed, LegEnded, Connected))]
        return sorted({record.seq: record for record in found}.values(), key=lambda r: r.seq)

    def heard(self, story: Story, calls: Mapping[str, str]) -> list[Json]:
        """What each phone of the story heard, from when to when (None: still)."""
        spans: list[Json] = []
        for leg_id in (story.leg, *self._phones(calls)):
            for record in self.tally.of_leg.get(leg_id, []):
                if isinstance(record, Heard):
                    heard = (record.what, record.detail)
                    spans.append(self._span(leg_id, record.party, heard, record.at, record.until))
            leg = self.live.get(leg_id)
            if leg is not None and leg.hears[0]:
                spans.append(self._span(leg_id, leg.party, leg.hears, leg.hears_since, None))
        return spans

    # --- parts

    def _phones(self, calls: Mapping[str, str]) -> list[str]:
        """The phones that these calls rang."""
        rings = (r for call in calls for r in self.tally.of_call.get(call, []))
        return list(dict.fromkeys(r.leg for r in rings if isinstance(r, Ringing)))

    def _span(
        self, leg: str, party: str, heard: tuple[str, str], since: int, until: int | None
    ) -> Json:
        what, detail = heard
        clip: Clip | None = self.sounds.of_prompt(detail) if what == "prompt" else None
        return {
            "leg": leg,
            "party": party,
            "what": what,
            "like": clip.like if clip is not None else "",
            "name": _called(clip.name) if clip is not None else "",
            "sound": clip.key if clip is not None else None,
            "ms": clip.ms if clip is not None else None,
            "from": since,
            "until": until,
        }

    def _hears(self, story: Story, span: Json) -> Json:
        who = (
            self._who(story) if span["leg"] == story.leg else self.names.person(str(span["party"]))
        )
        what = str(span["what"])
        heard = "music" if span["like"] == "music" else "a prompt"
        heard += f" ({span['name']})" if span["name"] else ""
        words = HEARS.get(what, f"hears {heard}")
        return {
            "at": span["from"],
            "lane": "phones",
            "text": f"{who} {words}",
            "heard": {key: span[key] for key in ("what", "sound", "ms", "until")},
        }

    def _line(self, record: Record, story: Story, calls: Mapping[str, str]) -> Json | None:
        match record:
            case Requested():
                whose = calls.get(record.call.lower() or created_call(record), "")
                return _request(record, whose)
            case Notified():
                return _notification(record, calls.get(record.call.lower(), ""))
        words = self._phone_words(record, story)
        return {"at": record.at, "lane": "phones", "text": words} if words else None

    def _phone_words(self, record: Record, story: Story) -> str:
        name = self.names.person
        match record:
            case Ringing():
                return f"{name(record.party)}'s phone rings"
            case RingStopped():
                return f"{name(record.party)} {STOPPED.get(record.why, record.why)}"
            case Connected():
                same = record.leg == story.leg
                return f"{self._who(story) if same else name(record.party)} is connected"
            case KeyPressed():
                who = self._who(story) if record.leg == story.leg else name(record.party)
                return f"{who} presses {record.key}"
            case Bridged():
                return f"{self._who(story)} and {name(record.party)} talk"
            case LegEnded():
                who = self._who(story) if record.leg == story.leg else name(record.party)
                return f"{who} {ENDED.get(record.why, record.why.replace('_', ' '))}"
        return ""

    def _who(self, story: Story) -> str:
        return "The caller" if story.kind in HIDDEN else self.names.caller(story)

    def _to(self, story: Story) -> str:
        return self.names.person(story.to)


def _called(name: str) -> str:
    """A prompt's name for people: `welcome` of `plan:welcome`, `digit 5` of `system:digit.5`."""
    return (name.partition(":")[2] or name).replace("_", " ").replace(".", " ")


def _told(span: Json) -> bool:
    """Whether it is worth a line: talk has one of its own, and nobody notices short silence."""
    since, until = span["from"], span["until"]
    if span["what"] == "silence" and isinstance(since, int) and isinstance(until, int):
        return until - since >= SILENCE_SHOWN_MS
    return span["what"] not in ("talk", "silence")


def created_call(record: Requested) -> str:
    """The call that this request made."""
    reply = record.reply
    return str(reply.get("id", "")).lower() if isinstance(reply, dict) else ""


def _request(record: Requested, whose: str) -> Json:
    return {
        "at": record.at,
        "lane": "requests",
        "text": record.op,
        "whose": whose,
        "status": record.status,
        "note": " ".join(each for each in (record.code, record.fault) if each),
    }


def _notification(record: Notified, whose: str) -> Json:
    return {
        "at": record.at - record.ms,
        "lane": "notifications",
        "text": ", ".join(record.what),
        "whose": whose,
        "status": record.status,
        "note": f"attempt {record.attempt}" if record.attempt > 1 else "",
        "ms": record.ms,
    }


def wire(records: Iterable[Record], seq: int) -> Json | None:
    """One request or notification in full."""
    for record in records:
        if record.seq != seq:
            continue
        if isinstance(record, Requested):
            return {
                "line": f"{record.method} {record.path}",
                "body": record.body,
                "status": record.status,
                "reply": record.reply,
            }
        if isinstance(record, Notified):
            line = f"POST {urlsplit(record.url).path}"
            return {"line": line, "body": record.body, "status": record.status, "reply": None}
    return None
