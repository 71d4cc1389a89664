"""A desk to try the engine at: it hands in events and keeps what came out, nothing more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from routing.commands import Answer, Command, CreateCall, Invite, ShowCard, Transfer
from routing.engine import Engine, Step
from routing.events import (
    Address,
    CallEnded,
    Caller,
    CallerKind,
    CallEstablished,
    CallIncoming,
    CommandDone,
    DirectoryRead,
    Event,
    Member,
    OwnerChanged,
    PresenceRead,
    Reading,
    Tick,
    ToneHeard,
)
from routing.facts import ContactRecord, Fact, FactKind
from routing.plan import EntryPoint, Plan, Queue
from routing.state import Agent, Contact, State
from routing.word_events import (
    ChatsRead,
)

C = TypeVar("C")
NUMBER = Caller(kind=CallerKind.NUMBER, id="+4930123456")


def plan(*queues: Queue, **fields: Any) -> Plan:
    """A plan with one entry point per queue; the first is the default."""
    entry = fields.pop("entry", {})
    return Plan(
        tenant="contoso",
        entry_points=tuple(
            EntryPoint(name=q.name, account=f"account-{q.name}", queue=q.name, **entry)
            for q in queues
        ),
        queues=queues,
        default_entry_point=queues[0].name,
        **fields,
    )


class Desk:
    """One engine with its clock. Every agent is in every queue unless `members` says otherwise."""

    def __init__(self, the_plan: Plan, agents: int = 2, members: tuple[Member, ...] = ()) -> None:
        self.now = 1_000_000
        self.engine = Engine(the_plan, State(epoch=1))
        self.commands: list[Command] = []
        self.facts: list[Fact] = []
        self.records: list[ContactRecord] = []
        self.calls = 0
        self.give(OwnerChanged(epoch=1))
        self.members = members or tuple(
            Member(
                queue=q.name, position=i, agent=f"a{i}", upn=f"agent{i}@contoso.example", name=""
            )
            for q in the_plan.queues
            for i in range(agents)
        )
        self.enlist()
        self.present(*{m.agent for m in self.members})

    def enlist(self, *addresses: Address) -> None:
        self.give(DirectoryRead(members=self.members, addresses=addresses))

    # -- time and events

    def give(self, event: Event, *, after: int = 0) -> Step:
        """Hand in one event, `after` ms from the last."""
        self.now += after
        step = self.engine.handle(event, self.now)
        self.commands += step.commands
        self.facts += step.facts
        self.records += step.records
        deadline = self.engine.next_deadline()
        assert deadline is None or deadline > self.now
        return step

    def wait(self, ms: int) -> None:
        """Let time pass, stopping at every deadline as the loop does."""
        end = self.now + ms
        while (due := self.engine.next_deadline()) is not None and due <= end:
            self.now = due
            self.give(Tick())
        self.now = end
        self.give(Tick())

    def present(self, *agents: str, as_: str = "Available", activity: str = "") -> None:
        """Read these agents' presence, as part of a full poll."""
        readings = tuple(
            Reading(agent=a, availability=as_, activity=activity or as_) for a in sorted(agents)
        )
        self.give(PresenceRead(read_at=self.now, readings=readings, complete=True))

    # -- finding

    def last(self, kind: type[C]) -> C:
        """The newest command of a kind."""
        found = [c for c in self.commands if isinstance(c, kind)]
        assert found, f"no {kind.__name__} in {[type(c).__name__ for c in self.commands]}"
        return found[-1]

    def count(self, kind: type) -> int:
        return sum(isinstance(c, kind) for c in self.commands)

    def kinds(self) -> list[FactKind]:
        return [f.kind for f in self.facts]

    def fact(self, kind: FactKind) -> Fact:
        """The newest fact of a kind."""
        return [f for f in self.facts if f.kind is kind][-1]

    def contact(self, number: int = 1) -> Contact:
        call = self.engine.call_of(f"caller{number}")
        return self.engine.state.contacts[self.engine.state.calls[call].contact]

    def agent(self, name: str = "a0") -> Agent:
        return self.engine.state.agents[name]

    # -- the chat

    def chats(self, *agents: str) -> None:
        """These agents have installed the bot, and nobody else."""
        self.give(ChatsRead(agents=agents))

    def card_taken(self, message: str = "", **fields: Any) -> str:
        """The chat took the newest card; returns its offer."""
        show = self.last(ShowCard)
        message = message or f"message-{show.id}"
        done = CommandDone(
            command=show.id, call="", offer=show.card.offer, message=message, **fields
        )
        self.give(done)
        return show.card.offer

    def offered_by_card(self) -> str:
        """A caller arrives, and the first agent has the card; returns the offer."""
        self.chats("a0", "a1")
        self.arrives()
        return self.card_taken()

    # -- the platform, doing as it is asked

    def ok(self, command: Command, **fields: Any) -> Step:
        return self.give(CommandDone(command=command.id, call=command.call, **fields))

    def rings(self, caller: Caller = NUMBER, account: str = "", app: str = "app") -> int:
        """A caller rings; returns their number."""
        self.calls += 1
        self.give(CallIncoming(call=f"caller{self.calls}", app=app, account=account, caller=caller))
        return self.calls

    def arrives(self, caller: Caller = NUMBER, account: str = "") -> int:
        """A caller rings and is answered; presence is fresh."""
        self.present()
        number = self.rings(caller, account)
        self.ok(self.last(Answer))
        self.give(CallEstablished(call=f"caller{number}"))
        return number

    def phone_rings(self) -> str:
        """The platform took the newest consult ring; returns the agent's leg."""
        create = self.last(CreateCall)
        leg = f"leg-{create.id}"
        self.ok(create, wire=leg)
        return leg

    def picks_up(self) -> str:
        leg = self.phone_rings()
        self.give(CallEstablished(call=leg), after=1_000)
        return leg

    def presses(self, leg: str, tone: str, sequence: int = 1) -> Step:
        return self.give(ToneHeard(call=leg, sequence=sequence, tone=tone), after=500)

    def linked(self, number: int = 1, leg: str = "") -> None:
        """The transfer under way succeeds."""
        self.ok(self.last(Transfer))
        if leg:
            self.give(CallEnded(call=leg, ending="completed"))
        self.give(CallEnded(call=f"caller{number}", code=0, subcode=7015, transferred=True))

    def connected(self, number: int = 0) -> str:
        """A caller arrives and is connected by consult; returns the agent's leg."""
        number = number or self.arrives()
        leg = self.picks_up()
        self.presses(leg, "1")
        self.linked(number, leg)
        return leg

    def talk_seen_over(self, agent: str = "a0") -> None:
        """Presence shows the agent in a call, and then twice out of it."""
        self.present(agent, as_="Busy", activity="InACall")
        self.now += 3_000
        self.present(agent)
        self.now += 5_000
        self.present()

    def invited(self) -> Invite:
        invite = self.last(Invite)
        self.ok(invite)
        return invite


def with_queue(the_plan: Plan, **fields: Any) -> Plan:
    """The plan with its first queue changed."""
    return replace(the_plan, queues=(replace(the_plan.queues[0], **fields), *the_plan.queues[1:]))
