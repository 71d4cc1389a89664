"""A group call that is talked on, with people who act on it from the tab."""

from __future__ import annotations

from typing import Any

from kit.floor_desk import Desk, plan

from routing.aim import Aim, AimKind
from routing.commands import Invite, RemoveParticipant, StartHoldMusic, StopHoldMusic
from routing.control_rules import controls
from routing.events import Address, CallSeen, InviteEnded, RosterChanged, RosterEntry
from routing.facts import FactKind
from routing.numbering import Numbering
from routing.plan import Delivery, Dial, Plan, Queue
from routing.word_events import Act, CallControlled

BOT = RosterEntry(participant="p-bot", kind="bot", id="app")
CALLER = RosterEntry(participant="p-caller", kind="phone", id="+4930123456")
GERMANY = Numbering(country="DE", code="+49", trunk="0", abroad="00", ordinary=r"[1-9]\d{4,12}")
DIAL = Dial(prefixes=("+49",), numbering=(GERMANY,))
NUMBER = Aim(kind=AimKind.NUMBER, id="+49301000000")
COLLEAGUE = Aim(kind=AimKind.USER, id="colleague", name="Cora")
BEN = Aim(kind=AimKind.AGENT, id="a1", name="Ben")
OTHER = Aim(kind=AimKind.QUEUE, id="other")


def entry(who: str, device: str = "") -> RosterEntry:
    kind = "phone" if who.startswith("+") else "user"
    return RosterEntry(participant=f"p-{who}{device}", kind=kind, id=who)


def group_plan(**queue: Any) -> Plan:
    fields = {"delivery": Delivery.GROUP_CALL, "wrap_up_ms": 5_000, "dial": DIAL, **queue}
    sales = Queue(name="sales", supervisors=("boss",), **fields)
    return plan(sales, Queue(name="other", **fields))


class ControlDesk(Desk):
    """The first caller talks with the first agent, in a group call."""

    def __init__(self, the_plan: Plan | None = None, agents: int = 2) -> None:
        super().__init__(the_plan or group_plan(), agents=agents)
        self.enlist(Address(ref="account-sales", id="acc", name="Sales", number="+493055555"))

    def talk(self) -> None:
        self.arrives()
        self.invited()
        self.roster("a0")

    # -- the platform

    def roster(self, *others: str, caller: bool = True) -> None:
        here = (BOT, *((CALLER,) if caller else ()), *(entry(each) for each in others))
        self.give(RosterChanged(call="caller1", people=here))

    def looked(self, *others: str, caller: bool = True) -> None:
        """Who was missing is asked about, and this is who is there."""
        self.roster(*others, caller=caller)
        self.wait(2_000)
        here = (BOT, *((CALLER,) if caller else ()), *(entry(each) for each in others))
        self.give(CallSeen(call="caller1", state="established", people=here))

    def joined(self, who: str, *others: str) -> None:
        """Whoever was invited last is there."""
        self.roster(*others, who)
        invite = self.last(Invite)
        self.give(InviteEnded(call="caller1", context=invite.id, ok=True))

    def not_joined(self, ending: str) -> None:
        invite = self.last(Invite)
        self.give(InviteEnded(call="caller1", context=invite.id, ok=False, ending=ending))

    def on_hold(self) -> None:
        self.ok(self.last(StartHoldMusic))

    def off_hold(self) -> None:
        self.ok(self.last(StopHoldMusic))

    def taken_out(self) -> str:
        """The newest removal is done; returns whom it was."""
        remove = self.last(RemoveParticipant)
        self.ok(remove)
        return remove.participant

    # -- people

    def acts(self, act: Act, aim: Aim | None = None, by: str = "a0", **fields: Any) -> str:
        """Somebody acts; returns the code of the refusal, if it was one."""
        before = len(self.facts)
        contact = self.contact().id
        event = CallControlled(contact=contact, act=act, by=by, by_name=by, aim=aim, **fields)
        self.give(event)
        refusals = [f for f in self.facts[before:] if f.kind is FactKind.ACT_REFUSED]
        return str(refusals[-1].detail["code"]) if refusals else ""

    def controls(self, person: str = "a0") -> dict[str, str]:
        engine = self.engine
        return controls(engine.state, engine.plan, self.contact(), person)
