"""The people: callers follow steps, agents take one behaviour per ring; or somebody plays them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from emulator.chat import Chat
from emulator.exchange import Exchange, Leg
from emulator.log import KeyPressed
from emulator.media import Media
from emulator.presence import Presences
from emulator.ringing import Phones
from emulator.scripts import Behaviour, CallerScript, Press, Step
from emulator.tab import Tab


@dataclass(slots=True)
class _Caller:
    leg: Leg
    steps: list[Step]
    prompts: int = 0
    talking: bool = False
    waiting: bool = False


@dataclass(slots=True)
class _Agent:
    behaviours: list[Behaviour]
    rings: int = 0


@dataclass(slots=True)
class _Call:
    """What an agent is about to do with one call."""

    behaviour: Behaviour
    done: set[str] = field(default_factory=set[str])


class People:
    """An observer of the exchange."""

    def __init__(
        self,
        exchange: Exchange,
        phones: Phones,
        media: Media,
        presences: Presences,
        chat: Chat,
        tab: Tab,
    ) -> None:
        self._x = exchange
        self._phones = phones
        self._media = media
        self._presences = presences
        self._chat = chat
        self._tab = tab
        self._callers: dict[str, _Caller] = {}
        self._agents: dict[str, _Agent] = {}
        self._calls: dict[str, _Call] = {}
        self.default: Behaviour | None = None
        """of agents without a script; None: somebody plays them"""
        self.played: set[str] = set()
        """parties whom a person plays: their scripts rest until they are given back"""

    # --- scripts

    def follow(self, leg: Leg, script: CallerScript) -> None:
        """This caller acts by the script from now on."""
        steps = list(script.all_steps())
        if steps:
            self._callers[leg.id] = _Caller(leg, steps)
            self._fire(self._callers[leg.id], "placed")

    def script(self, party: str, behaviours: Sequence[Behaviour]) -> None:
        """An agent (or a number) takes these, one per ring; the last one stays."""
        if behaviours:
            self._agents[party] = _Agent(list(behaviours))
        else:
            self._agents.pop(party, None)

    def take_over(self, party: str) -> None:
        """A person plays this party from now on; what its script was about to do is dropped."""
        self.played.add(party)
        for leg in self._x.live_of.get(party, []):
            self._calls.pop(leg.id, None)

    def give_back(self, party: str) -> None:
        """The script acts again."""
        self.played.discard(party)

    # --- acts

    def press(self, leg: Leg, key: str) -> None:
        if leg.state != "connected":
            return
        told = self._media.press(leg, key)
        x = self._x
        x.log.add(KeyPressed(at=x.now, leg=leg.id, party=leg.party, key=key, told=told))

    def hang_up(self, leg: Leg) -> None:
        if leg.state == "ringing" and leg.rung is not None:
            self._phones.stop(leg, "declined")
        else:
            self._x.end_leg(leg, "hung_up")

    # --- observer

    def on(self, event: str, leg: Leg, detail: str) -> None:
        match event:
            case "ring":
                self._on_ring(leg)
                if leg.role == "number" and detail == "create":
                    return  # a customer's phone, of whom no caller knows
                if detail == "create":
                    self._fire_waiting("ring", leg)
                else:
                    self._fire_call("ring", leg)
            case "connected":
                self._on_connected(leg)
            case "answered" | "connecting" | "recording":
                self._fire_leg(event, leg)
            case "prompt":
                self._on_prompt(leg, detail)
            case "talk":
                self._on_talk(leg)
            case "ended":
                self._callers.pop(leg.id, None)
                self._calls.pop(leg.id, None)

    # --- callers

    def _fire_leg(self, trigger: str, leg: Leg) -> None:
        caller = self._callers.get(leg.id)
        if caller is not None:
            self._fire(caller, trigger)

    def _fire_call(self, trigger: str, ring: Leg) -> None:
        for caller in list(self._callers.values()):
            if caller.leg.call == ring.call:
                self._fire(caller, trigger, party=ring.party)

    def _fire_waiting(self, trigger: str, ring: Leg) -> None:
        """A bot's own call to an agent names no caller: the first who waits for it takes it."""
        for caller in list(self._callers.values()):
            wants = any(s.on == trigger and s.agent in ("", ring.party) for s in caller.steps)
            if wants and not caller.talking and caller.leg.state == "connected":
                self._fire(caller, trigger, party=ring.party)
                return

    def _fire(self, caller: _Caller, trigger: str, uri: str = "", party: str = "") -> None:
        for step in list(caller.steps):
            if step.on != trigger or not _matches(step, caller, uri):
                continue
            if step.agent not in ("", party):
                continue
            caller.steps.remove(step)
            self._later(caller.leg, step.after_ms, step, caller)

    def _later(self, leg: Leg, ms: int, step: Step, caller: _Caller) -> None:
        leg.timers.append(self._x.later(ms, lambda: self._do(caller, step)))

    def _do(self, caller: _Caller, step: Step) -> None:
        leg = caller.leg
        if leg.state == "ended" or (step.unless_talking and caller.talking):
            return
        match step.do:
            case "key":
                self.press(leg, step.key)
            case "speak":
                self._media.speak(leg, step.ms)
            case _:
                self._x.end_leg(leg, "hung_up")

    def _on_prompt(self, leg: Leg, uri: str) -> None:
        caller = self._callers.get(leg.id)
        if caller is not None:
            caller.prompts += 1
            self._fire(caller, "prompt", uri)
            if caller.prompts == 2:
                self._fire(caller, "queue")
        call = self._calls.get(leg.id)
        if call is not None and call.behaviour.key_on_prompt:
            self._key_later(leg, call)

    def _on_talk(self, leg: Leg) -> None:
        caller = self._callers.get(leg.id)
        if caller is not None:
            caller.talking = True
            self._fire(caller, "talk")
        call = self._calls.get(leg.id)
        if call is not None and call.behaviour.talk_ms is not None and "talk" not in call.done:
            call.done.add("talk")
            self._end_later(leg, call.behaviour.talk_ms)
        if call is not None and "acts" not in call.done:
            call.done.add("acts")
            for act in call.behaviour.acts:
                self._act_later(leg, act.after_ms, partial(self._tab.act, leg.party, act))

    # --- agents

    def _on_ring(self, leg: Leg) -> None:
        behaviour = self._next_behaviour(leg)
        if behaviour is None:
            return
        self._calls[leg.id] = _Call(behaviour)
        for press in behaviour.presses:
            # Not the phone's business: it may be pressed when the ring is long over.
            self._x.later(press.after_ms, partial(self._press_card, leg.party, press))
        wait = behaviour.after_ms
        match behaviour.do:
            case "answer":
                self._stop_later(leg, wait, "answered")
            case "decline":
                self._stop_later(leg, wait, "declined")
            case "busy":
                self._stop_later(leg, min(wait, 200), "busy")
            case "unreachable":
                self._stop_later(leg, min(wait, 200), "unreachable")
            case "voicemail":
                self._stop_later(leg, self._x.config.timings.voicemail_ms, "voicemail")
            case "away":
                self._act_later(leg, wait, lambda: self._go_away(leg, behaviour))

    def _press_card(self, party: str, press: Press) -> None:
        """A scripted agent's press on a card, unless a person has taken the agent by then."""
        if party not in self.played:
            self._chat.press_by_script(party, press)

    def _next_behaviour(self, leg: Leg) -> Behaviour | None:
        agent = self._agents.get(leg.party)
        if agent is not None:
            index = min(agent.rings, len(agent.behaviours) - 1)
            agent.rings += 1
            return agent.behaviours[index]
        if leg.role == "number":
            timings = self._x.config.timings
            presses = timings.number_presses_ms
            return Behaviour(
                after_ms=timings.number_answers_ms,
                talk_ms=timings.number_talks_ms,
                key="1" if presses else "",
                key_after_ms=presses,
            )
        return self.default if leg.role == "agent" else None

    def _act_later(self, leg: Leg, ms: int, act: Callable[[], None]) -> None:
        """A scripted agent's act, unless a person has taken the phone by then."""

        def unless_played() -> None:
            if leg.party not in self.played:
                act()

        leg.timers.append(self._x.later(ms, unless_played))

    def _stop_later(self, leg: Leg, ms: int, why: str) -> None:
        self._act_later(leg, ms, lambda: self._phones.stop(leg, why))

    def _end_later(self, leg: Leg, ms: int) -> None:
        self._act_later(leg, ms, lambda: self._x.end_leg(leg, "hung_up"))

    def _go_away(self, leg: Leg, behaviour: Behaviour) -> None:
        self._presences.set(leg.party, behaviour.availability, behaviour.activity)

    def _on_connected(self, leg: Leg) -> None:
        if leg.via == "create" and leg.role != "number":
            self._fire_waiting("whisper", leg)
        call = self._calls.get(leg.id)
        if call is None or leg.role == "voicemail":
            return
        if call.behaviour.hang_up_after_ms is not None:
            self._end_later(leg, call.behaviour.hang_up_after_ms)
        if not call.behaviour.key_on_prompt:
            self._key_later(leg, call)

    def _key_later(self, leg: Leg, call: _Call) -> None:
        if leg.via != "create" or not call.behaviour.key or "key" in call.done:
            return
        call.done.add("key")
        key = call.behaviour.key
        self._act_later(leg, call.behaviour.key_after_ms, lambda: self.press(leg, key))


def _matches(step: Step, caller: _Caller, uri: str) -> bool:
    if step.on != "prompt":
        return True
    if step.contains:
        return step.contains in uri
    return caller.prompts == step.nth
