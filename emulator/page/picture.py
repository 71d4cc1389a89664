"""What is so right now, in sections of plain data: phones, callers, agents, queues, the service.

Instants are told, never durations, so that a section changes only when something happened and the
page lets the seconds run by itself. What phones do comes from the emulator's world; the words of
the service (queue, stage, agent) from its board, as last read.
"""

from __future__ import annotations

from collections.abc import Iterable

from emulator.child import Child
from emulator.exchange import Leg
from emulator.live_table import rows
from emulator.log import Heard
from emulator.page.names import Names
from emulator.page.sounds import Sounds
from emulator.shapes import Json
from emulator.shell import Shell
from emulator.tally import Pace, Story, Tally, outcome

ENDED_SHOWN = 40
NEWS_SHOWN = 7
STAGES = {
    "arriving": "greeting",
    "greeting": "greeting",
    "in_flow": "choosing",
    "arranging": "choosing",
    "recording": "recording",
    "queued": "waiting",
    "ringing": "offered",
    "deciding": "deciding",
    "connecting": "connecting",
    "connected": "talking",
    "leaving": "leaving",
}
"""the service's stages in the words of the page"""
PROMISE = "system:callback_promised"
"""the service's last words to whoever it calls back"""
TO_BE_CALLED_BACK = "to be called back"
WAITING = ("waiting", "offered", "deciding")


class Picture:
    def __init__(self, shell: Shell, tally: Tally, sounds: Sounds) -> None:
        self._shell = shell
        self._world = shell.world
        self._tally = tally
        self._sounds = sounds
        self.names = Names(shell.world.config)
        self.child: Child | None = None
        """set by whoever started the service"""
        self.board: Json | None = None
        """the service's own board, as last read; None while it cannot be asked"""
        self.mine: set[str] = set()
        """phones of callers whom a person plays"""
        self.mine_as: set[str] = set()
        """who these callers are, by number or UPN"""
        self._contacts: dict[str, Json] = {}
        """by chain: what the board last said, also of contacts that have left it"""
        self._agents: dict[str, Json] = {}
        self._queues: list[Json] = []
        self._started_at = 0
        self._starts = 0

    def take_board(self, board: Json | None) -> None:
        """The board, read a moment ago."""
        self.board = board
        if board is None:
            return
        for contact in rows(board, "contacts"):
            self._contacts[str(contact.get("chain"))] = contact
        while len(self._contacts) > 500:
            del self._contacts[next(iter(self._contacts))]
        self._agents = {str(row.get("upn")): row for row in rows(board, "agents")}
        self._queues = rows(board, "queues")

    def contact_of(self, story: Story) -> Json:
        """What the service last said of this caller; empty: nothing yet."""
        return self._contacts.get(story.chain, {}) if story.chain else {}

    def outcome_of(self, story: Story) -> str:
        """One word for how it went. Who was promised a callback has neither given up nor been let
        go, whoever hung up then."""
        word = outcome(story)
        promised = story.ended_at is not None and not story.talks_with and self._promised(story)
        return TO_BE_CALLED_BACK if promised else word

    def _promised(self, story: Story) -> bool:
        """Whether this caller heard the service's promise: prompts have names."""
        heard = (r for r in self._tally.of_leg.get(story.leg, ()) if isinstance(r, Heard))
        clips = (self._sounds.of_prompt(r.detail) for r in heard if r.what == "prompt")
        return any(clip is not None and clip.name == PROMISE for clip in clips)

    def members(self, queue: str) -> list[str]:
        """UPNs of the agents who serve this queue, as the service last said."""
        served = {upn: row.get("closed_by") for upn, row in self._agents.items()}
        return [upn for upn, each in served.items() if isinstance(each, dict) and queue in each]

    def sections(self) -> dict[str, object]:
        """Everything there is to see."""
        self._tally.catch_up()
        legs = self._world.exchange.legs
        for leg in legs.values():
            if leg.hears[0] == "prompt":
                self._tally.hears(leg.id, leg.hears_since)
        found = [self._caller(leg) for leg in legs.values() if leg.role == "caller"]
        callers = [caller for caller in found if caller is not None]
        return {
            "service": self._service(),
            "legs": {leg.id: self._leg(leg) for leg in legs.values()},
            "callers": callers,
            "rung": [self._rung(leg) for leg in legs.values() if self._calls_me_back(leg)],
            "agents": [self._agent(upn) for upn in self._members()],
            "queues": [_queue(row, callers) for row in self._queues],
            "ended": self._ended(),
            "paces": self._paces(),
            "news": [
                {"at": event.at, "text": self.names.news(event.words)}
                for event in list(self._tally.events)[-NEWS_SHOWN:]
            ],
        }

    # --- the service

    def _service(self) -> Json:
        child = self.child
        if child is None:
            return {"owned": False, "up": self.board is not None}
        if child.starts != self._starts:
            self._starts, self._started_at = child.starts, self._shell.now()
        return {
            "owned": True,
            "up": self.board is not None and child.pid is not None,
            "pid": child.pid,
            "starts": child.starts,
            "started_at": self._started_at,
            "said": child.last_error if child.pid is None else "",
        }

    # --- phones

    def _leg(self, leg: Leg) -> Json:
        what, detail = leg.hears
        if leg.state == "ringing" and leg.role != "caller":
            what = "phone"
        clip = self._sounds.of_prompt(detail) if what == "prompt" else self._sounds.of_tone(what)
        return {
            "who": self._who(leg),
            "role": leg.role,
            "state": leg.state,
            "via": leg.via,
            "what": what,
            "since": leg.hears_since,
            "sound": clip.key if clip is not None else None,
            "ms": clip.ms if clip is not None else None,
            "like": clip.like if clip is not None else "",
            "with": [self._who(other) for other in _others(leg)],
        }

    def _who(self, leg: Leg) -> str:
        story = self._tally.stories.get(leg.id)
        return self.names.caller(story) if story is not None else self.names.person(leg.party)

    def _caller(self, leg: Leg) -> Json | None:
        story = self._tally.stories.get(leg.id)
        if story is None:
            return None
        contact = self.contact_of(story)
        agent = self._agent_leg(leg, contact)
        return {
            "leg": leg.id,
            "name": self.names.caller(story),
            "kind": story.kind,
            "to": self.names.person(story.to),
            "mine": leg.id in self.mine,
            "placed_at": story.placed_at,
            "stage": self._stage(leg, contact),
            "queue": str(contact.get("queue", "")),
            "queued_at": contact.get("queued_at"),
            "talk_at": story.talk_at,
            "delivery": str(contact.get("delivery", "")),
            "agent": self._agent_name(leg, contact),
            "agent_leg": agent.id if agent is not None else None,
        }

    def _stage(self, leg: Leg, contact: Json) -> str:
        if leg.state == "ringing":
            return "ringing"
        if leg.hears[0] == "talk":
            return "talking"
        return STAGES.get(str(contact.get("stage", "")), "greeting")

    def _agent_name(self, leg: Leg, contact: Json) -> str:
        met = [self._who(other) for other in _others(leg)]
        upn = str(contact.get("agent_upn") or "")
        return ", ".join(met) or (self.names.person(upn) if upn else "")

    def _agent_leg(self, caller: Leg, contact: Json) -> Leg | None:
        """The phone of whoever is rung for, briefed about or talks with this caller."""
        calls = {str(call.get("call")).lower() for call in rows(contact, "calls")}
        calls.add(caller.call.lower())
        found = None
        for leg in self._world.exchange.legs.values():
            meets = leg.room is not None and leg.room is caller.room
            if leg is not caller and (meets or leg.call.lower() in calls):
                found = leg
        return found

    # --- a person who is called back

    def _calls_me_back(self, leg: Leg) -> bool:
        """Whether this phone is rung for somebody as whom a person called."""
        return (
            leg.via == "create"
            and leg.role in ("number", "agent")
            and leg.party in self.mine_as
            and leg.party not in self._agents
        )

    def _rung(self, leg: Leg) -> Json:
        call = self._world.exchange.calls.get(leg.call)
        return {
            "leg": leg.id,
            "name": self.names.person(leg.party),
            "by": _shown_as(call.source) if call is not None else "",
            "state": leg.state,
        }

    # --- agents

    def _members(self) -> list[str]:
        """The agents as the service knows them; before it has said so, those of the groups."""
        directory = self._world.directory
        if self._agents:
            return [upn for upn in self._agents if directory.person(upn) is not None]
        config = self._world.config
        grouped = {member for group in config.groups for member in group.members}
        return [p.upn for p in config.people if p.id in grouped or not config.groups]

    def _agent(self, upn: str) -> Json:
        availability, activity = self._world.presences.shown(upn)
        known = self._agents.get(upn, {})
        served = known.get("closed_by")
        phones = self._world.exchange.live_of.get(upn, [])
        return {
            "upn": upn,
            "name": self.names.person(upn),
            "availability": availability,
            "activity": activity,
            "state": str(known.get("state", "")),
            "since": known.get("since"),
            "ready": known.get("ready") is not False,
            "why_not": str(known.get("not_ready_reason") or known.get("back_off") or ""),
            "queues": list(served) if isinstance(served, dict) else [],
            "played": upn in self._world.people.played,
            "leg": phones[-1].id if phones else None,
            "caller": self._served_by(phones[-1]) if phones else None,
        }

    def _served_by(self, phone: Leg) -> str | None:
        """The caller for whom this agent's phone rings or talks."""
        for other in _others(phone):
            if other.role == "caller":
                return other.id
        for story in self._tally.stories.values():
            if story.ended_at is None and self._is_call_of(phone, story):
                return story.leg
        return None

    def _is_call_of(self, phone: Leg, story: Story) -> bool:
        if phone.call.lower() == story.call.lower():
            return True
        calls = rows(self.contact_of(story), "calls")
        return any(str(call.get("call")).lower() == phone.call.lower() for call in calls)

    # --- queues, and what is over

    def _ended(self) -> list[Json]:
        over = [s for s in self._tally.stories.values() if s.ended_at is not None]
        over.sort(key=lambda story: -(story.ended_at or 0))
        return [self._ended_row(story) for story in over[:ENDED_SHOWN]]

    def _ended_row(self, story: Story) -> Json:
        contact = self.contact_of(story)
        return {
            "leg": story.leg,
            "name": self.names.caller(story),
            "kind": story.kind,
            "to": self.names.person(story.to),
            "label": story.label,
            "mine": story.leg in self.mine,
            "placed_at": story.placed_at,
            "ended_at": story.ended_at,
            "talk_at": story.talk_at,
            "queue": str(contact.get("queue", "")),
            "agent": ", ".join(self.names.person(each) for each in story.talks_with),
            "outcome": self.outcome_of(story),
        }

    def _paces(self) -> list[Json]:
        tally = self._tally
        named = (
            ("ring to answer", tally.ring_to_answer),
            ("answer to first sound", tally.answer_to_audio),
            ("accept to talk", tally.key_to_talk),
        )
        return [_pace(name, pace) for name, pace in named if pace.values]


def _pace(name: str, pace: Pace) -> Json:
    summary = pace.summary()
    assert summary is not None  # noqa: S101 - asked only of those with values
    last, median, _, worst = summary
    return {"name": name, "last": last, "median": median, "worst": worst}


def _queue(row: Json, callers: Iterable[Json]) -> Json:
    """A queue as the service last told of it, with those who wait in it on the line now."""
    name = str(row.get("queue"))
    here = [c for c in callers if c["queue"] == name and c["stage"] in WAITING]
    since = [at for caller in here if isinstance(at := caller["queued_at"], int)]
    return {
        "queue": name,
        "title": str(row.get("title") or name),
        "waiting": len(here),
        "oldest": min(since, default=None),
        "agents": row.get("agents"),
        "available": row.get("available"),
    }


def _shown_as(participant: Json) -> str:
    """The name that a phone shows when this participant rings it."""
    identity = participant.get("identity")
    shown = identity.values() if isinstance(identity, dict) else ()
    return next((str(each["displayName"]) for each in shown if _has_name(each)), "")


def _has_name(identity: object) -> bool:
    return isinstance(identity, dict) and bool(identity.get("displayName"))


def _others(leg: Leg) -> list[Leg]:
    return [other for other in leg.room.legs if other is not leg] if leg.room is not None else []
