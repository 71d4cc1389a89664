"""A desk whose callers go through flows: it keys in, lets prompts end, and says what was heard."""

from __future__ import annotations

from typing import Any

from kit.floor_desk import Desk

from routing.action import Action, ActionKind
from routing.commands import Play
from routing.events import PromptEnded, ToneHeard
from routing.flow_steps import Flow, Goto, Menu, Speak, Turn
from routing.plan import EntryPoint, Plan, Queue
from routing.state import Contact

MUSIC = "music:default"
MENU_MS = 4_000
SALES = Goto(turn=Turn.ACTION, action=Action(kind=ActionKind.QUEUE, ref="sales"), choice="sales")
BYE = Goto(turn=Turn.ACTION, action=Action(prompt="plan:bye"), choice="bye")


def to(step: str, **fields: Any) -> Goto:
    return Goto(step=step, **fields)


def menu(name: str, keys: dict[str, Goto], **fields: Any) -> Menu:
    fields.setdefault("otherwise", BYE)
    return Menu(name=name, prompt=f"plan:{name}", keys=keys, **fields)


def speak(name: str, then: Goto) -> Speak:
    return Speak(name=name, prompt=f"plan:{name}", then=then)


def flow(name: str = "main", **fields: Any) -> Flow:
    """A flow that begins with the first step given."""
    steps = [each for parts in fields.values() if isinstance(parts, tuple) for each in parts]
    return Flow(name=name, start=fields.pop("start", "") or steps[0].name, **fields)


def flow_plan(*flows: Flow, queues: tuple[Queue, ...] = (), **fields: Any) -> Plan:
    """One entry point whose callers go through the first flow; the queue is `sales`."""
    entry: dict[str, Any] = fields.pop("entry", {})
    begins = flows[0].name if flows else ""
    queue = {} if flows else {"queue": "sales"}
    return Plan(
        tenant="contoso",
        entry_points=(EntryPoint(name="front", flow=begins, **queue, **entry),),
        queues=queues or (Queue(name="sales"),),
        flows=flows,
        default_entry_point="front",
        durations={"plan:main": MENU_MS, MUSIC: 600_000, **fields.pop("durations", {})},
        **fields,
    )


class FlowDesk(Desk):
    """One caller at a time, on an engine without agents unless they are asked for."""

    tones = 0

    def __init__(self, *flows: Flow, agents: int = 0, **fields: Any) -> None:
        super().__init__(flow_plan(*flows, **fields), agents=agents)

    def presses_keys(self, tones: str, *, after: int = 1_200, number: int = 1) -> None:
        """The caller presses these keys, one after the other."""
        for tone in tones:
            self.tones += 1
            heard = ToneHeard(call=f"caller{number}", sequence=self.tones, tone=tone)
            self.give(heard, after=after)

    def prompt_ends(self, *, ok: bool = True, after: int = 3_000, number: int = 1) -> None:
        """What the caller hears is over."""
        context = self.contact(number).playing
        assert context, "nothing is being said"
        self.give(PromptEnded(call=f"caller{number}", context=context, ok=ok), after=after)

    def said(self) -> list[str]:
        """Everything that was said to callers so far, without the music."""
        plays = [c for c in self.commands if isinstance(c, Play)]
        return [say.prompt for play in plays for say in play.say if say.prompt != MUSIC]

    def says(self) -> list[str]:
        """The prompts of what is being said."""
        playing = self.contact().playing
        play = next(c for c in self.commands if c.id == playing)
        assert isinstance(play, Play)
        return [say.prompt for say in play.say]

    def facts_of(self, contact: Contact) -> list[str]:
        return [fact.kind.value for fact in self.facts if fact.contact == contact.id]
