"""A platform small enough to be obviously right, for property tests of the engine alone.

It does what commands ask, or refuses, or does it and says nothing; and it holds the notifications
and late outcomes back until the test delivers them: in any order, once or more often. It knows legs
and phones, no media and no HTTP. The emulator is the real stand-in; this one lets hypothesis take
thousands of walks.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from enum import StrEnum

from kit.floor_desk import Desk

from routing.commands import (
    Answer,
    AskCall,
    AskContext,
    CloseMedia,
    Command,
    CreateCall,
    DropRecording,
    EndStray,
    FetchRecording,
    HangUp,
    Invite,
    ListVoicemail,
    Play,
    ReadPresence,
    Record,
    Redirect,
    Reject,
    RemoveParticipant,
    SayMissed,
    SayState,
    SetRecording,
    ShowCard,
    StartHoldMusic,
    StopHoldMusic,
    TellTeam,
    Transfer,
)
from routing.events import (
    CallEnded,
    CallEstablished,
    CallProgressed,
    CallSeen,
    CommandDone,
    Event,
    InviteEnded,
    Phase,
    PresenceRead,
    Problem,
    PromptEnded,
    Reading,
    RecordingEnded,
    RosterChanged,
    RosterEntry,
)

RINGS_MS = 60_000
"""How long a phone rings by invitation or blind transfer, whatever anybody wants."""


class Reply(StrEnum):
    """How the platform's answer to a command reaches us."""

    TOLD = "told"
    LATE = "late"
    """Held back with the notifications."""
    LOST = "lost"
    """Carried out, but all we know is that we do not know."""


@dataclass
class Leg:
    wire: str
    state: str
    agent: str = ""
    guests: list[str] = field(default_factory=list[str])
    """Who joined by invitation."""
    held: str = ""
    """The participant on hold."""
    since: int = 0
    wanted: bool = True
    """False: nobody could be told to end it, so it may ring beside another."""


@dataclass
class Ring:
    """A phone that rings by invitation or transfer."""

    wire: str
    """The caller's leg."""
    agent: str
    since: int
    replaced: str = ""
    """consult: the agent's own leg."""


def offer_of(command: Command) -> str:
    """Whose card it is, if it is one."""
    return command.card.offer if isinstance(command, ShowCard) else ""


class Platform:
    """Executes the desk's commands and collects what it would notify."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.done = 0
        self.legs: dict[str, Leg] = {}
        self.invites: dict[str, Ring] = {}
        """By command id."""
        self.transfers: dict[str, Ring] = {}
        self.news: list[Event] = []
        self.recordings: dict[str, str] = {}
        """Command id -> the leg that is being recorded."""
        self.listed: dict[str, str] = {}
        """Message -> its result, as the list shows it."""
        self.sound: set[str] = set()
        """Recordings whose sound is kept."""
        self.allows_recording = True
        self.deaf = False
        """Recordings hold no speech."""
        self.asked: list[AskContext] = []
        """What other places were asked about callers."""
        self.heard: set[str] = set()
        """Contexts of prompts whose end was delivered."""

    # -- the service's side

    def pending(self) -> list[Command]:
        return self.desk.commands[self.done :]

    def execute(self, *, fail: str = "", reply: Reply = Reply.TOLD, prompt_ok: bool = True) -> None:
        """Run the next command, or let it fail with a problem."""
        command = self.desk.commands[self.done]
        self.done += 1
        if isinstance(command, AskContext):
            self.asked.append(command)  # it is no request to the platform
            return
        late = getattr(command, "deadline", 0) or self.desk.now
        if not self.desk.engine.wants(command.call, command.id):
            fail = Problem.UNWANTED
        elif late < self.desk.now:
            fail = Problem.TOO_LATE
        if not fail:
            self._run(command, reply, prompt_ok=prompt_ok)
            return
        if isinstance(command, HangUp):
            self._unheeded(command)
        done = CommandDone(
            command=command.id,
            call=command.call,
            problem=fail,
            offer=offer_of(command),
            contact=getattr(command, "contact", ""),
            voicemail=command.voicemail if isinstance(command, FetchRecording) else "",
        )
        self._tell(done, reply)

    def _unheeded(self, command: HangUp) -> None:
        leg = self.legs.get(self.desk.engine.wire_of(command.call))
        if leg is not None:
            leg.wanted = False

    def _run(self, command: Command, reply: Reply, *, prompt_ok: bool) -> None:
        wire = self.desk.engine.wire_of(command.call)
        leg = self.legs.get(wire)
        done = CommandDone(command=command.id, call=command.call)
        match command:
            case CreateCall():
                wire = f"leg-{command.id}"
                named = reply is not Reply.LOST
                self.legs[wire] = Leg(
                    wire, "ringing", agent=command.target.id, since=self.desk.now, wanted=named
                )
                ringing = CallProgressed(call=wire, phase=Phase.RINGING, command=command.id)
                self.news.append(ringing)
                done = CommandDone(command=command.id, call=command.call, wire=wire)
            case ReadPresence():
                readings = tuple(
                    Reading(agent=a, availability="Available", activity="Available")
                    for a in command.agents
                )
                self._tell(PresenceRead(read_at=self.desk.now, readings=readings), reply)
                return
            case ShowCard() | SayMissed() | SayState() | TellTeam():
                done = self._in_chat(command, done)
            case FetchRecording() | ListVoicemail() | DropRecording() | CloseMedia():
                done = self._in_store(command, done)
            case AskCall():
                self._tell(self.seen(wire), reply)
            case EndStray():
                if command.wire in self.legs:
                    self._gone(self.legs[command.wire], "completed")
            case _ if leg is None or leg.state == "gone":
                done = CommandDone(command=command.id, call=command.call, problem=Problem.GONE)
            case _:
                done = self._on_leg(command, leg, done, prompt_ok=prompt_ok)
        self._tell(done, reply)

    def _in_chat(self, command: Command, done: CommandDone) -> CommandDone:
        match command:
            case ShowCard():
                # As the service does: the card goes out as it stands then.
                card = self.desk.engine.card(command.card.offer) or command.card
                told = {"message": f"message-{command.id}", "shows": card.shows}
                return replace(done, offer=card.offer, **told)
            case TellTeam():
                return replace(
                    done,
                    contact=command.contact,
                    queue=command.queue,
                    about=command.about,
                )
        return done

    def _in_store(self, command: Command, done: CommandDone) -> CommandDone:
        match command:
            case FetchRecording() if command.token == "opens":
                self.sound.add(command.voicemail)
                speech_ms = 0 if self.deaf else 9_000
                return replace(
                    done,
                    contact=command.contact,
                    voicemail=command.voicemail,
                    length_ms=10_000,
                    speech_ms=speech_ms,
                )
            case ListVoicemail():
                self.listed[command.voicemail.id] = command.voicemail.result
            case DropRecording():
                self.sound.discard(command.voicemail)
        return done

    def _on_leg(
        self, command: Command, leg: Leg, done: CommandDone, *, prompt_ok: bool
    ) -> CommandDone:
        match command:
            case Answer():
                leg.state = "established"
                self.news.append(CallEstablished(call=leg.wire))
            case Reject() | Redirect() | HangUp():
                self._gone(leg, "completed")
            case Play():
                over = PromptEnded(call=leg.wire, context=command.id, ok=prompt_ok)
                self.news.append(over)
            case SetRecording():
                allowed = "completed" if self.allows_recording else "failed"
                return CommandDone(command=done.command, call=done.call, finished=allowed)
            case Record():
                self.recordings[command.id] = leg.wire
            case Transfer() | Invite() if leg.state != "established":
                return CommandDone(command=done.command, call=done.call, problem=Problem.REFUSED)
            case Transfer():
                replaced = self.desk.engine.wire_of(command.replaces)
                ring = Ring(leg.wire, command.target.id, self.desk.now, replaced)
                self.transfers[command.id] = ring
                leg.state = "transferring"
                self.news.append(CallProgressed(call=leg.wire, phase=Phase.TRANSFERRING))
            case Invite():
                self.invites[command.id] = Ring(leg.wire, command.target.id, self.desk.now)
            case StartHoldMusic() | StopHoldMusic() | RemoveParticipant():
                return self._inside(command, leg, done)
        return done

    def _inside(
        self,
        command: StartHoldMusic | StopHoldMusic | RemoveParticipant,
        leg: Leg,
        done: CommandDone,
    ) -> CommandDone:
        if isinstance(command, RemoveParticipant):
            self._left(leg, command.participant.removeprefix("p-"))
            return done
        starts = isinstance(command, StartHoldMusic)
        if starts and leg.held:
            return replace(done, problem=Problem.REFUSED)
        leg.held = command.participant if starts else ""
        return done

    def end_recording(self, command: str, *, ok: bool = True) -> None:
        """The caller pressed #, fell silent, or said nothing."""
        wire = self.recordings.pop(command)
        over = RecordingEnded(
            call=wire,
            context=command,
            ok=ok,
            location="https://graph.example/r" if ok else "",
            token="opens" if ok else "",
        )
        self.news.append(over)

    def _left(self, leg: Leg, agent: str) -> None:
        if agent in leg.guests:
            leg.guests.remove(agent)
            self.news.append(RosterChanged(call=leg.wire, people=self.people(leg.wire)))

    def _gone(self, leg: Leg, ending: str, **fields: object) -> None:
        if leg.state == "gone":
            return
        leg.state = "gone"
        leg.guests.clear()
        self.news.append(CallEnded(call=leg.wire, ending=ending, **fields))  # type: ignore[arg-type]
        self.invites = {c: i for c, i in self.invites.items() if i.wire != leg.wire}
        self.transfers = {c: t for c, t in self.transfers.items() if t.wire != leg.wire}

    def _tell(self, event: Event, reply: Reply) -> None:
        """The answer to our own request; unlike it, notifications wait for delivery."""
        if reply is Reply.LATE:
            self.news.append(event)
        elif reply is Reply.LOST and isinstance(event, CommandDone):
            unknown = Problem.UNKNOWN
            self.desk.give(
                CommandDone(
                    command=event.command,
                    call=event.call,
                    problem=unknown,
                    offer=event.offer,
                    contact=event.contact,
                    voicemail=event.voicemail,
                )
            )
        else:
            self.desk.give(event)

    # -- notifications

    def deliver(self, index: int, *, again: bool = False) -> None:
        """Hand one piece of news over, and keep it to be handed over once more if `again`."""
        event = self.news[index] if again else self.news.pop(index)
        if isinstance(event, PromptEnded):
            self.heard.add(event.context)
        self.desk.give(event)

    def losable(self) -> list[int]:
        """Which news may never come: all but outcomes, which the service itself brings."""
        return [i for i, event in enumerate(self.news) if not isinstance(event, CommandDone)]

    def lose(self, index: int) -> None:
        del self.news[index]

    def sweep(self) -> None:
        """Live legs unheard of for long are asked for."""
        for call in self.desk.engine.silent_calls(self.desk.now - 30_000):
            self.desk.give(self.seen(self.desk.engine.wire_of(call)))

    def settle(self) -> None:
        """What is asked for is done and what happened is told, a few times over: music that ends
        at once would go on for ever."""
        for _ in range(6):
            for _ in self.pending():
                self.execute()
            for _ in range(len(self.news)):
                self.deliver(0)

    # -- people

    def caller_rings(self, account: str = "") -> None:
        self.adopt(self.desk.rings(account=account))

    def adopt(self, number: int) -> None:
        """A caller whom the desk has let ring."""
        self.legs[f"caller{number}"] = Leg(f"caller{number}", "incoming")

    def caller_hangs_up(self, wire: str) -> None:
        self._gone(self.legs[wire], "completed", code=200, subcode=4521)

    def pick_up(self, wire: str) -> None:
        self.legs[wire].state = "established"
        self.news.append(CallEstablished(call=wire))

    def decline(self, wire: str) -> None:
        self._gone(self.legs[wire], "declined")

    def agent_hangs_up(self, wire: str) -> None:
        self._gone(self.legs[wire], "completed")

    def guest_leaves(self, wire: str) -> None:
        self._left(self.legs[wire], self.legs[wire].guests[0])

    def join(self, command: str) -> None:
        ring = self.invites.pop(command)
        self.legs[ring.wire].guests.append(ring.agent)
        self.news.append(RosterChanged(call=ring.wire, people=self.people(ring.wire)))
        self.news.append(InviteEnded(call=ring.wire, context=command, ok=True))

    def refuse_invite(self, command: str, ending: str = "declined") -> None:
        ring = self.invites.pop(command)
        self.news.append(InviteEnded(call=ring.wire, context=command, ok=False, ending=ending))

    def complete_transfer(self, command: str) -> None:
        ring = self.transfers.pop(command)
        if ring.replaced and self.legs[ring.replaced].state == "gone":
            self._transfer_failed(ring.wire)
            return
        if ring.replaced:
            self._gone(self.legs[ring.replaced], "completed")
        self._gone(self.legs[ring.wire], "completed", code=0, subcode=7015)

    def fail_transfer(self, command: str) -> None:
        self._transfer_failed(self.transfers.pop(command).wire)

    def _transfer_failed(self, wire: str) -> None:
        self.legs[wire].state = "established"
        self.news.append(CallEstablished(call=wire, code=500, subcode=7700))

    def stop_ringing(self) -> None:
        """Phones that rang for a minute stop by themselves."""
        over = self.desk.now - RINGS_MS
        for command in [c for c, r in self.invites.items() if r.since <= over]:
            self.refuse_invite(command, "no_answer")
        for command in [c for c, r in self.transfers.items() if r.since <= over]:
            self.fail_transfer(command)
        for leg in [g for g in self.legs.values() if g.state == "ringing" and g.since <= over]:
            self._gone(leg, "no_answer")

    # -- looking

    def seen(self, wire: str) -> CallSeen:
        leg = self.legs.get(wire)
        state = "gone" if leg is None else leg.state
        return CallSeen(call=wire, state=state, people=self.people(wire), asked_at=self.desk.now)

    def people(self, wire: str) -> tuple[RosterEntry, ...]:
        leg = self.legs.get(wire)
        if leg is None or leg.state == "gone":
            return ()
        guests = (RosterEntry(participant=f"p-{a}", kind="user", id=a) for a in leg.guests)
        return (
            RosterEntry(participant="p-bot", kind="bot", id="app"),
            RosterEntry(participant="p-caller", kind="phone", id="+4930123456"),
            *guests,
        )

    def phones(self) -> Counter[str]:
        """How many phones of each agent ring, or are picked up and not yet in a talk."""
        legs = (g for g in self.legs.values() if g.agent and g.wanted and g.state != "gone")
        blind = (t for t in self.transfers.values() if not t.replaced)
        agents = [g.agent for g in legs] + [r.agent for r in (*self.invites.values(), *blind)]
        return Counter(a for a in agents if a.startswith("a"))

    def callers(self) -> list[str]:
        """Callers who are still on the line."""
        return [w for w, g in self.legs.items() if not g.agent and g.state != "gone"]
