"""A platform small enough to be obviously right, for property tests of the engine alone.

It does what commands ask, or refuses, and holds the notifications back until the test delivers
them: in any order, once or more often. It knows legs and phones, no media and no HTTP. The emulator
is the real stand-in; this one lets hypothesis take thousands of walks.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from kit.floor_desk import Desk

from routing.commands import (
    Answer,
    AskCall,
    Command,
    CreateCall,
    HangUp,
    Invite,
    Play,
    ReadPresence,
    Redirect,
    Reject,
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
    RosterChanged,
    RosterEntry,
)


@dataclass
class Leg:
    wire: str
    state: str
    agent: str = ""
    guests: list[str] = field(default_factory=list[str])
    """Agents joined by invitation."""


class Platform:
    """Executes the desk's commands and collects what it would notify."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.done = 0
        self.legs: dict[str, Leg] = {}
        self.invites: dict[str, tuple[str, str]] = {}
        """command id -> (caller's wire, agent): phones that ring by invitation."""
        self.transfers: dict[str, tuple[str, str, str]] = {}
        """command id -> (caller's wire, agent, replaced wire)."""
        self.news: list[Event] = []

    # -- the service's side

    def pending(self) -> list[Command]:
        return self.desk.commands[self.done :]

    def execute(self, *, fail: str = "") -> None:
        """Run the next command, or let it fail with a problem."""
        command = self.desk.commands[self.done]
        self.done += 1
        if not self.desk.engine.wants(command.call, command.id):
            self.tell(CommandDone(command=command.id, call=command.call, problem=Problem.UNWANTED))
            return
        if fail:
            self.tell(CommandDone(command=command.id, call=command.call, problem=fail))
            return
        self._run(command)

    def _run(self, command: Command) -> None:
        wire = self.desk.engine.wire_of(command.call)
        leg = self.legs.get(wire)
        done = CommandDone(command=command.id, call=command.call)
        match command:
            case CreateCall():
                wire = f"leg-{command.id}"
                self.legs[wire] = Leg(wire, "ringing", agent=command.target.id)
                done = CommandDone(command=command.id, call=command.call, wire=wire)
            case ReadPresence():
                readings = tuple(
                    Reading(agent=a, availability="Available", activity="Available")
                    for a in command.agents
                )
                self.tell(PresenceRead(read_at=self.desk.now, readings=readings))
                return
            case AskCall():
                state = "gone" if leg is None or leg.state == "gone" else leg.state
                self.tell(done)
                self.tell(CallSeen(call=wire, state=state, people=self.people(wire)))
                return
            case _ if leg is None or leg.state == "gone":
                done = CommandDone(command=command.id, call=command.call, problem=Problem.GONE)
            case _:
                self._on_leg(command, leg)
        self.tell(done)

    def _on_leg(self, command: Command, leg: Leg) -> None:
        match command:
            case Answer():
                leg.state = "established"
                self.news.append(CallEstablished(call=leg.wire))
            case Reject() | Redirect() | HangUp():
                self._gone(leg, "completed")
            case Play():
                self.news.append(PromptEnded(call=leg.wire, context=command.id, ok=True))
            case Transfer():
                replaced = self.desk.engine.wire_of(command.replaces)
                self.transfers[command.id] = (leg.wire, command.target.id, replaced)
                leg.state = "transferring"
                self.news.append(CallProgressed(call=leg.wire, phase=Phase.TRANSFERRING))
            case Invite():
                self.invites[command.id] = (leg.wire, command.target.id)

    def _gone(self, leg: Leg, ending: str, **fields: object) -> None:
        if leg.state == "gone":
            return
        leg.state = "gone"
        self.news.append(CallEnded(call=leg.wire, ending=ending, **fields))  # type: ignore[arg-type]
        self.invites = {c: i for c, i in self.invites.items() if i[0] != leg.wire}
        self.transfers = {c: t for c, t in self.transfers.items() if t[0] != leg.wire}

    def tell(self, event: Event) -> None:
        """An answer to our own request is heard at once; notifications wait for delivery."""
        self.desk.give(event)

    # -- people

    def caller_rings(self) -> None:
        number = self.desk.rings()
        self.legs[f"caller{number}"] = Leg(f"caller{number}", "incoming")

    def caller_hangs_up(self, wire: str) -> None:
        self._gone(self.legs[wire], "completed", code=200, subcode=4521)

    def pick_up(self, wire: str) -> None:
        self.legs[wire].state = "established"
        self.news.append(CallEstablished(call=wire))

    def decline(self, wire: str) -> None:
        self._gone(self.legs[wire], "declined")

    def join(self, command: str) -> None:
        wire, agent = self.invites.pop(command)
        self.legs[wire].guests.append(agent)
        self.news.append(RosterChanged(call=wire, people=self.people(wire)))
        self.news.append(InviteEnded(call=wire, context=command, ok=True))

    def refuse_invite(self, command: str) -> None:
        wire, _ = self.invites.pop(command)
        self.news.append(InviteEnded(call=wire, context=command, ok=False, ending="declined"))

    def complete_transfer(self, command: str) -> None:
        wire, agent, replaced = self.transfers.pop(command)
        if replaced and self.legs[replaced].state == "gone":
            self.fail_transfer_of(wire)
            return
        if replaced:
            self._gone(self.legs[replaced], "completed")
        self.legs[wire].agent = agent
        self._gone(self.legs[wire], "completed", code=0, subcode=7015)

    def fail_transfer(self, command: str) -> None:
        wire, _, _ = self.transfers.pop(command)
        self.fail_transfer_of(wire)

    def fail_transfer_of(self, wire: str) -> None:
        self.legs[wire].state = "established"
        self.news.append(CallEstablished(call=wire, code=500, subcode=7700))

    # -- looking

    def people(self, wire: str) -> tuple[RosterEntry, ...]:
        leg = self.legs.get(wire)
        if leg is None or leg.state == "gone" or not leg.guests:
            return ()
        guests = (RosterEntry(participant=f"p-{a}", kind="user", id=a) for a in leg.guests)
        return (
            RosterEntry(participant="p-bot", kind="bot", id="app"),
            RosterEntry(participant="p-caller", kind="phone", id="+4930123456"),
            *guests,
        )

    def phones(self) -> list[str]:
        """The agents whose phone rings or is picked up, once per phone."""
        own = [g.agent for g in self.legs.values() if g.agent and g.state != "gone"]
        return own + [agent for _, agent in self.invites.values()]
