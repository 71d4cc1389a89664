"""The telephone exchange: calls, phones, the rooms in which they meet, and the moves between.

A *call* is what Graph shows a bot. A *leg* is one person's phone. A *room* holds legs, and the
bot's call while the bot is there: a two-party call is a room with a bot and one leg; after a
transfer the caller and the agent stand in a room without a bot.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from emulator.config import Config, Person
from emulator.customers_web import CustomersWeb
from emulator.faults import Faults
from emulator.log import Bridged, CallState, Connected, Heard, LegEnded, Log, Unbridged
from emulator.notices import Notices
from emulator.shapes import GRAPH, Identity, Json, Result, result_info
from emulator.switches import Switches
from emulator.timers import Timer, Timers

BOT_ENDED = Result(200, 7000, "The conversation has ended by bot.")
ONLY_ONE_LEFT = Result(200, 5010, "Only one participant is left.")


@dataclass(slots=True, eq=False)
class Room:
    """Who can hear whom."""

    legs: list[Leg] = field(default_factory=list["Leg"])
    bot: Call | None = None
    bridges: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])


@dataclass(slots=True, eq=False, kw_only=True)
class Leg:
    """One person's phone in one call."""

    id: str
    number: int
    party: str
    """UPN or number: how the log names them"""
    role: str
    """caller, agent, number, application or voicemail"""
    identity: Identity
    participant_id: str
    via: str
    call: str = ""
    person: Person | None = None
    state: str = "ringing"
    """ringing, connected or ended"""
    room: Room | None = None
    override: str = ""
    """what this phone hears whatever the room says: ringback, hold_music"""
    hears: tuple[str, str] = ("", "")
    hears_since: int = 0
    muted: bool = False
    rung: Callable[[Leg, str], None] | None = None
    """told once how the ringing ended"""
    timers: list[Timer] = field(default_factory=list[Timer])


@dataclass(slots=True, eq=False, kw_only=True)
class Call:
    """A bot's leg, as Graph shows it."""

    id: str
    app_id: str
    tenant_id: str
    direction: str
    state: str
    callback: str
    chain_id: str
    my_participant_id: str
    source: Json
    targets: list[Json]
    entry: str = ""
    """how the bot was reached: applicationInstance, application, or created"""
    has_number: bool = False
    """whether the resource account behind it has a number: transfers to numbers need that"""
    room: Room = field(default_factory=Room)
    group: bool = False
    """meeting mode: created with several targets, or after an invite"""
    escalated: bool = False
    muted: bool = False
    tones: bool = False
    tone_seq: int = 0
    playing: tuple[str, str] | None = None
    """what the bot plays into the room: (prompt, beep or recording, uri)"""
    recording_status: str = "notRecording"
    """what updateRecordingStatus said last"""
    extras: Json = field(default_factory=dict[str, object])
    result: Result | None = None
    shown_until: int = 0
    """being transferred, it is shown as established until then (switch transfer_begins)"""
    timers: dict[str, Timer] = field(default_factory=dict[str, Timer])
    on_end: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])


class Observer(Protocol):
    """People and presence watch what happens to phones."""

    def on(self, event: str, leg: Leg, detail: str) -> None:
        """`event`: placed, answered, prompt, recording, ring, ring_stopped, connected, connecting,
        talk, joined, left or ended."""


class Exchange:
    """Everything that is going on, and the primitive moves."""

    def __init__(
        self,
        config: Config,
        switches: Switches,
        seed: int,
        log: Log,
    ) -> None:
        self.config = config
        self.switches = switches
        self.rng = random.Random(seed)
        self.log = log
        self.now = 0
        self.timers = Timers()
        self.faults = Faults(random.Random(seed + 1))
        self.notices = Notices(self)
        self.calls: dict[str, Call] = {}
        self.legs: dict[str, Leg] = {}
        self.live_of: dict[str, list[Leg]] = {}
        """live legs by party"""
        self.observers: list[Observer] = []
        self.base_url = "http://127.0.0.1"
        self.web = CustomersWeb()
        """where the shell serves recordings"""
        self.in_use: dict[str, int] = {}
        """live calls by application"""
        self._leg_count = 0
        self._mixed = 0

    # --- names

    def new_id(self) -> str:
        """A random UUID, written out by hand: the uuid module costs four times as much."""
        text = f"{self.rng.getrandbits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"

    def spelled(self, call: Call) -> str:
        """The call's id as this notification spells it."""
        form = self.switches["call_id_case"]
        if form == "mixed":
            self._mixed += 1
            form = "upper" if self._mixed % 3 == 1 else "same"
        return call.id.upper() if form == "upper" else call.id

    def tell(self, event: str, leg: Leg, detail: str = "") -> None:
        for observer in self.observers:
            observer.on(event, leg, detail)

    def later(self, ms: int, action: Callable[[], None]) -> Timer:
        return self.timers.at(self.now + ms, action)

    # --- notifications

    def notify(
        self, call: Call, what: str, data: object, *, change: str = "updated", part: str = ""
    ) -> None:
        """Queue one notification about the call or a part of it (participants, operations/ID)."""
        path = f"/communications/calls/{self.spelled(call)}{part}"
        item: Json = {"@odata.type": GRAPH + "commsNotification", "changeType": change}
        match self.switches["resource_url"]:
            case "both":
                item["resource"] = path.replace("/communications", "/app", 1)
                item["resourceUrl"] = path
            case "resource_only":
                item["resource"] = path.replace("/communications", "/app", 1)
            case "no_slash":
                item["resourceUrl"] = path[1:]
            case _:
                item["resourceUrl"] = path
        item["callbackUri"] = call.callback
        item["resourceData"] = data
        self.notices.send(call, what, item)

    def notify_state(self, call: Call, state: str, extra: Json | None = None) -> None:
        data: Json = {"@odata.type": GRAPH + "call", "state": state, "id": self.spelled(call)}
        if extra:
            data.update(extra)
        self.notify(call, state, data)

    def notify_media(self, call: Call, audio: str) -> None:
        if self.switches["media_state"] == "sent":
            data = {
                "@odata.type": GRAPH + "call",
                "id": self.spelled(call),
                "mediaState": {"@odata.type": GRAPH + "callMediaState", "audio": audio},
            }
            self.notify(call, "media_state", data)

    # --- legs

    def new_leg(
        self,
        *,
        party: str,
        role: str,
        identity: Identity,
        via: str,
        call: str,
        person: Person | None,
    ) -> Leg:
        self._leg_count += 1
        leg = Leg(
            id=f"leg-{self._leg_count}",
            number=self._leg_count,
            party=party,
            role=role,
            identity=identity,
            participant_id=self.new_id(),
            via=via,
            call=call,
            person=person,
        )
        leg.hears_since = self.now
        self.legs[leg.id] = leg
        self.live_of.setdefault(party, []).append(leg)
        return leg

    def connect(self, leg: Leg, room: Room) -> None:
        """The leg can talk in this room from now on."""
        old = leg.room
        fresh = leg.state == "ringing"
        leg.state = "connected"
        leg.override = ""
        if old is not None and old is not room:
            old.legs.remove(leg)
            self.settle(old)
        leg.room = room
        if leg not in room.legs:
            room.legs.append(leg)
        if fresh:
            self.log.add(Connected(at=self.now, leg=leg.id, call=leg.call, party=leg.party))
        self.settle(room)
        if fresh:
            self.tell("connected", leg)

    def end_leg(self, leg: Leg, why: str) -> None:
        """The phone falls silent; whoever is left alone in the room is let go."""
        if leg.state == "ended":
            return
        leg.state = "ended"
        for timer in leg.timers:
            timer.cancel()
        self._hear(leg, "", "")
        self.log.add(LegEnded(at=self.now, leg=leg.id, party=leg.party, why=why))
        del self.legs[leg.id]
        live = self.live_of[leg.party]
        live.remove(leg)
        if not live:
            del self.live_of[leg.party]
        room, leg.room = leg.room, None
        if room is not None:
            room.legs.remove(leg)
            self.settle(room)
            if room.bot is not None:
                self.tell("left", leg, room.bot.id)
        self.tell("ended", leg, why)
        if room is not None and room.bot is None and len(room.legs) == 1:
            self.end_leg(room.legs[0], "other_left")

    # --- rooms

    def settle(self, room: Room) -> None:
        """Work out anew what everybody in the room hears, and who is bridged with whom."""
        bot = room.bot
        playing = bot.playing if bot is not None and not bot.muted else None
        for leg in list(room.legs):
            if leg.override:
                self._hear(leg, leg.override, "")
            elif playing is not None:
                self._hear(leg, *playing)
            elif len(room.legs) > 1:
                others = ",".join(other.party for other in room.legs if other is not leg)
                self._hear(leg, "talk", others)
            else:
                self._hear(leg, "silence", "")
        self._settle_bridges(room)

    def _settle_bridges(self, room: Room) -> None:
        legs = {leg.id: leg for leg in room.legs}
        callers = [leg for leg in room.legs if _is_served(leg)]
        wanted = {
            (caller.id, other.id)
            for caller in callers
            for other in room.legs
            if not _is_served(other) and not caller.override and not other.override
        }
        if wanted == room.bridges:
            return
        gone, fresh = room.bridges - wanted, wanted - room.bridges
        room.bridges = wanted
        for caller, other in sorted(gone):
            self.log.add(Unbridged(at=self.now, leg=caller, other=other))
        for caller, other in sorted(fresh):
            agent = legs[other]
            self.log.add(
                Bridged(
                    at=self.now,
                    leg=caller,
                    other=other,
                    party=agent.party,
                    other_role=agent.role,
                    via=agent.via,
                )
            )
            self.tell("talk", legs[caller], other)
            self.tell("talk", agent, caller)

    def hear(self, leg: Leg, what: str) -> None:
        """The leg hears this whatever its room says; empty: the room again."""
        leg.override = what
        if leg.room is not None:
            self.settle(leg.room)
        else:
            self._hear(leg, what, "")

    def _hear(self, leg: Leg, what: str, detail: str) -> None:
        if leg.hears == (what, detail):
            return
        old, leg.hears = leg.hears, (what, detail)
        if old[0] and self.now > leg.hears_since:
            self.log.add(
                Heard(
                    at=leg.hears_since,
                    leg=leg.id,
                    party=leg.party,
                    what=old[0],
                    detail=old[1],
                    until=self.now,
                )
            )
        leg.hears_since = self.now
        if what in ("prompt", "recording"):
            self.tell(what, leg, detail)

    # --- calls

    def add_call(self, call: Call) -> None:
        call.room.bot = call
        self.calls[call.id] = call
        self.in_use[call.app_id] = self.in_use.get(call.app_id, 0) + 1

    def set_state(self, call: Call, state: str, result: Result | None = None) -> None:
        call.state = state
        text = str(result) if result is not None else ""
        self.log.add(
            CallState(at=self.now, call=call.id, app=call.app_id, state=state, result=text)
        )

    def end_call(
        self, call: Call, result: Result | None, *, notice: Json | None = None, quiet: bool = False
    ) -> None:
        """The bot's leg is over: told with `deleted`. Legs stay as they are."""
        if call.state == "terminated":
            return
        for timer in call.timers.values():
            timer.cancel()
        call.result = result
        call.playing = None
        self.set_state(call, "terminated", result)
        endings, call.on_end = call.on_end, []
        for ending in endings:
            ending()
        if call.room.bot is call:
            call.room.bot = None
            self.settle(call.room)
        del self.calls[call.id]
        self.in_use[call.app_id] -= 1
        if not quiet:
            self._notify_end(call, result, notice)

    def _notify_end(self, call: Call, result: Result | None, notice: Json | None) -> None:
        data = notice
        if data is None:
            data = {"@odata.type": GRAPH + "call", "state": "terminated", "id": self.spelled(call)}
            if result is not None and result.reason:
                data["terminationReason"] = result.reason
            elif result is not None:
                data["resultInfo"] = result_info(result, self.switches)
        self.notify(call, "terminated", data, change="deleted")


def _is_served(leg: Leg) -> bool:
    """Whether somebody is served on this leg: a caller, or a number that a bot itself called."""
    return leg.role == "caller" or (leg.role == "number" and leg.via == "create")
