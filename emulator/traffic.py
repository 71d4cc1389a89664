"""Callers who ring now and then, and agents who live a little: what `run` shows.

All chance comes from one seed. Agents come and go so that somebody usually waits; whoever let the
phone ring goes away and comes back, because the service leaves such an agent alone until then.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from emulator.callers import WorldError
from emulator.scripts import Behaviour, CallerScript, Press, Step
from emulator.world import World

CALL_EVERY_S = (5.0, 15.0)
BURST = 0.18
"""how often a call brings two more in the next seconds"""
CALLERS_AT_MOST = 14
AWAY_S = (15.0, 40.0)
CHANGE_EVERY_S = (8.0, 20.0)
AT_WORK = 0.6
"""the share of the agents who are there"""
RINGS_SCRIPTED = 400
KINDS = (
    ("pstn", 50),
    ("withheld", 8),
    ("user", 14),
    ("guest", 8),
    ("federated", 12),
    ("encrypted", 8),
)
ABSENCES = (
    ("Away", "Away"),
    ("BeRightBack", "BeRightBack"),
    ("Busy", "InAMeeting"),
    ("DoNotDisturb", "Presenting"),
    ("Busy", "Busy"),
)
HERE = ("Available", "Available")


@dataclass(slots=True)
class Traffic:
    """`step(now)` every second or so: it does what is due."""

    world: World
    seed: int
    accounts: Sequence[str]
    """whom callers ring: UPNs of resource accounts, the likeliest first"""
    agents: Sequence[str]
    """UPNs of the queues' members"""
    paused: bool = False
    """no new callers; agents live on"""
    _dice: random.Random = field(init=False)
    _next_call: int = 0
    _next_change: int = 0
    _queued: list[int] = field(default_factory=list[int])
    """when the callers of a burst ring"""
    _back_at: dict[str, int] = field(default_factory=dict[str, int])

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)
        for upn in self.agents:
            rings = tuple(self._behaviour() for _ in range(RINGS_SCRIPTED))
            self.world.script_agent(upn, rings)

    def begin(self, now: int) -> None:
        """The service is there: the first caller rings at once, some agents are elsewhere."""
        self._next_call = now
        self._next_change = now + self._ms(CHANGE_EVERY_S)
        staff = list(self.agents)
        self._dice.shuffle(staff)
        for upn in staff[round(len(staff) * AT_WORK) :]:
            self._leave(upn, now)

    def step(self, now: int) -> None:
        if self.paused:
            self._queued.clear()
            self._next_call = now
        elif now >= self._next_call:
            self._next_call = now + self._ms(CALL_EVERY_S)
            self._call(now)
            if self._dice.random() < BURST:
                self._queued += [now + self._dice.randrange(500, 3_000) for _ in range(2)]
        for due in [each for each in self._queued if each <= now]:
            self._queued.remove(due)
            self._call(now)
        self._change_agents(now)

    # --- callers

    def _call(self, now: int) -> None:
        live = sum(1 for leg in self.world.exchange.legs.values() if leg.role == "caller")
        if live >= CALLERS_AT_MOST:
            return
        script = self._caller()
        try:
            self.world.place_call(script, now)
        except WorldError:  # nobody of this kind is in the directory
            self.world.place_call(CallerScript(to=script.to, talk_ms=10_000), now)

    def _caller(self) -> CallerScript:
        dice = self._dice
        kinds, weights = zip(*KINDS, strict=True)
        # The first account is rung twice as often as the second, that twice as often as the third.
        likely = [2 ** (len(self.accounts) - place) for place in range(len(self.accounts))]
        kind = dice.choices(kinds, weights)[0]
        steps: tuple[Step, ...] = ()
        chance = dice.random()
        if chance < 0.04:
            steps = (Step(do="hang_up", on="placed", after_ms=dice.randrange(5, 80)),)
        elif chance < 0.10:
            steps = (Step(do="hang_up", on="ring", after_ms=dice.randrange(300, 3_000)),)
        number = f"+1425555{dice.randrange(10_000):04d}" if kind == "pstn" else ""
        return CallerScript(
            to=dice.choices(list(self.accounts), likely)[0],
            kind=kind,
            who=number,
            steps=steps,
            patience_ms=dice.randrange(40_000, 120_000),
            talk_ms=dice.randrange(12_000, 45_000),
            forwarded_from=self._somebody() if dice.random() < 0.08 else "",
            transferred_by=self._somebody() if dice.random() < 0.08 else "",
        )

    def _somebody(self) -> str:
        members = [p.upn for p in self.world.config.people if p.kind == "member" and p.enabled]
        return self._dice.choice([upn for upn in members if upn not in self.agents] or members)

    # --- agents

    def _behaviour(self) -> Behaviour:
        """What an agent does with one ring."""
        dice, chance = self._dice, self._dice.random()
        wait = dice.randrange(1_000, 6_000)
        if chance < 0.04:
            return Behaviour(do="decline", after_ms=wait)
        if chance < 0.07:
            reason = {"why": "busy"}
            return Behaviour(
                do="ignore", presses=(Press(verb="decline", after_ms=wait, inputs=reason),)
            )
        if chance < 0.13:
            return Behaviour(do="away", after_ms=wait)
        if chance < 0.17:
            return Behaviour(do="busy")
        if chance < 0.22:
            return Behaviour(after_ms=wait, key="2", key_after_ms=dice.randrange(2_000, 5_000))
        by_card = (Press(verb="accept", after_ms=wait // 2),) if chance < 0.5 else ()
        key_after = dice.randrange(1_000, 5_000)
        return Behaviour(after_ms=wait, key="1", key_after_ms=key_after, presses=by_card)

    def _change_agents(self, now: int) -> None:
        played = self.world.people.played
        for upn, due in list(self._back_at.items()):
            if upn in played:  # a person says where this agent is
                del self._back_at[upn]
            elif now >= due:
                del self._back_at[upn]
                self.world.set_presence(upn, *HERE, now)
        for upn in self.agents:
            if upn not in self._back_at and self.world.presences.shown(upn)[0] == "Away":
                self._back_at[upn] = now + self._ms(AWAY_S)
        if now < self._next_change:
            return
        self._next_change = now + self._ms(CHANGE_EVERY_S)
        taken = played | self._back_at.keys()
        free = [u for u in self.agents if u not in taken and not self._on_phone(u)]
        if len(self._back_at) < len(self.agents) * (1 - AT_WORK) and free:
            self._leave(self._dice.choice(free), now)

    def _leave(self, upn: str, now: int) -> None:
        self.world.set_presence(upn, *self._dice.choice(ABSENCES), now)
        self._back_at[upn] = now + self._ms(AWAY_S)

    def _on_phone(self, upn: str) -> bool:
        return upn in self.world.exchange.live_of

    def _ms(self, between: tuple[float, float]) -> int:
        return round(self._dice.uniform(*between) * 1000)
