"""A desk whose first queue calls back: what callers, agents and customers do about it."""

from __future__ import annotations

from typing import Any

from kit.floor_desk import NUMBER, Desk, plan

from routing.callback_rules import CallbackOffer, CallbackRules
from routing.commands import CreateCall, Play, Transfer
from routing.events import Address, CallEnded, Caller, CallEstablished, PromptEnded, ToneHeard
from routing.numbering import Numbering
from routing.plan import Plan, Queue
from routing.state import Contact

GERMANY = Numbering(
    country="DE", code="+49", trunk="0", abroad="00", ordinary="(?:30|1[567])[0-9]{6,9}"
)
SPAIN = Numbering(country="ES", code="+34", abroad="00", ordinary="[5-9][0-9]{8}")
DEFAULT = CallbackOffer(key="1")


def callback_plan(
    *, offer: CallbackOffer | None = DEFAULT, queue: dict[str, Any] | None = None, **rules: Any
) -> Plan:
    """A plan whose queue `sales` calls back."""
    sales = Queue(name="sales", callback=CallbackRules(offer=offer, **rules), **(queue or {}))
    return plan(sales, entry={"numbering": GERMANY})


class CallbackDesk(Desk):
    """Callers who want to be called back."""

    def __init__(self, the_plan: Plan | None = None, agents: int = 1) -> None:
        super().__init__(the_plan or callback_plan(), agents=agents)
        self.tones = 0
        account = Address(ref="account-sales", id="account-id", name="Sales")
        self.enlist(account)
        self.nobody()

    def nobody(self) -> None:
        """No agent is available."""
        self.present(*{m.agent for m in self.members}, as_="Away")

    def somebody(self) -> None:
        """All agents are available."""
        self.present(*{m.agent for m in self.members})

    def keys(self, leg: str, keys: str) -> None:
        """These keys, one after the other."""
        for tone in keys:
            self.tones += 1
            self.give(ToneHeard(call=leg, sequence=self.tones, tone=tone), after=300)

    def waits(self, caller: Caller = NUMBER) -> Contact:
        """A caller rings and waits, nobody being available."""
        self.nobody()
        number = self.rings(caller)
        self.ok(self.commands[-1])
        self.give(CallEstablished(call=f"caller{number}"))
        return self.contact(number)

    def wants(self, caller: Caller = NUMBER, keys: str = "11") -> Contact:
        """A caller waits, asks to be called back, and is promised it: the last words play."""
        contact = self.waits(caller)
        self.keys(f"caller{self.number}", keys)
        return contact

    def rings(self, caller: Caller = NUMBER, account: str = "", app: str = "app") -> int:
        self.number = super().rings(caller, account, app)
        return self.number

    def promised(self, caller: Caller = NUMBER, keys: str = "11") -> Contact:
        """The same, and the caller's leg has ended."""
        contact = self.wants(caller, keys)
        self.give(PromptEnded(call=f"caller{self.number}", context=contact.playing, ok=True))
        self.give(CallEnded(call=f"caller{self.number}", code=0, ending="completed"), after=200)
        return contact

    def taken(self) -> str:
        """An agent picks up the offer and accepts; returns the agent's leg."""
        self.somebody()
        leg = self.picks_up()
        self.presses(leg, "1")
        return leg

    def dial(self) -> CreateCall:
        """The newest request to ring a customer."""
        return [c for c in self.commands if isinstance(c, CreateCall) and c.source][-1]

    def dials(self) -> int:
        """How often customers were dialed."""
        return sum(isinstance(c, CreateCall) and bool(c.source) for c in self.commands)

    def customer_rings(self) -> str:
        """The platform took the newest dial; returns the customer's leg."""
        create = self.dial()
        leg = f"customer-{create.id}"
        self.ok(create, wire=leg)
        return leg

    def customer_picks_up(self) -> str:
        leg = self.customer_rings()
        self.give(CallEstablished(call=leg), after=2_000)
        return leg

    def customer_linked(self, agent_leg: str, leg: str) -> None:
        """The customer presses 1, and the platform links the two."""
        self.keys(leg, "1")
        self.ok(self.last(Transfer))
        self.give(CallEnded(call=agent_leg, ending="completed"))
        self.give(CallEnded(call=leg, code=0, subcode=7015, transferred=True))

    def heard(self, leg: str) -> list[str]:
        """What was said on a leg, by the platform's id, in order."""
        call = self.engine.call_of(leg)
        plays = [c for c in self.commands if isinstance(c, Play) and c.call == call]
        return [say.prompt for play in plays for say in play.say]
