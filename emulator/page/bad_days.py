"""Bad days for the page: faults as switches with a few strengths, and the unproven facts.

Each fault is one rule in force for ever, added and taken away as a whole; frozen presence is a
switch of the emulator's table and stands among the faults because operators know it as one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from emulator.callers import WorldError
from emulator.faults import Fault
from emulator.shapes import Json
from emulator.switch_rows import SWITCHES
from emulator.switches import TABLE
from emulator.world import World

OFF = "off"
FROZEN = "presence_frozen"


@dataclass(frozen=True, slots=True)
class BadDay:
    name: str
    title: str
    meaning: str
    """one sentence for whoever turns it on"""
    strengths: tuple[tuple[str, Fault], ...]
    """word on the page, and the rule"""


BAD_DAYS: tuple[BadDay, ...] = (
    BadDay(
        "slow",
        "Slow Graph",
        "Every request is carried out at once, and answered late.",
        (
            ("0.5 s", Fault(kind="slow", times=0, delay_ms=500)),
            ("3 s", Fault(kind="slow", times=0, delay_ms=3_000)),
        ),
    ),
    BadDay(
        "throttled",
        "429",
        "Requests are refused for a second: too many.",
        (
            ("1 in 5", Fault(kind="429", times=0, chance=0.2)),
            ("1 in 2", Fault(kind="429", times=0, chance=0.5)),
        ),
    ),
    BadDay(
        "failing",
        "503",
        "Requests are not carried out: service unavailable.",
        (
            ("1 in 5", Fault(kind="503", times=0, chance=0.2)),
            ("1 in 2", Fault(kind="503", times=0, chance=0.5)),
        ),
    ),
    BadDay(
        "reply_lost",
        "Lost replies",
        "Requests are carried out, and the connection breaks before the reply.",
        (("1 in 10", Fault(kind="reply_lost", times=0, chance=0.1)),),
    ),
    BadDay(
        "lost",
        "Lost notifications",
        "What Graph would have told is never told.",
        (
            ("1 in 10", Fault(kind="drop", times=0, chance=0.1)),
            ("1 in 3", Fault(kind="drop", times=0, chance=0.33)),
        ),
    ),
    BadDay(
        "late",
        "Late notifications",
        "Notifications of a call arrive a second late, all after it.",
        (("1 in 3", Fault(kind="delay", times=0, chance=0.33, delay_ms=1_000)),),
    ),
    BadDay(
        "doubled",
        "Doubled, in disorder",
        "A notification comes again half a second later, after newer ones.",
        (("1 in 3", Fault(kind="duplicate", times=0, chance=0.33, delay_ms=500)),),
    ),
    BadDay(
        "transfers",
        "Failing transfers",
        "Connecting the two by a consultative transfer fails (500/7700).",
        (("always", Fault(kind="transfer_fails", times=0)),),
    ),
)
BY_NAME = {each.name: each for each in BAD_DAYS}


class BadDays:
    def __init__(self, world: World) -> None:
        self._world = world
        self._rules: dict[str, tuple[str, Fault]] = {}
        """name -> strength and the rule in force"""

    def sections(self) -> dict[str, object]:
        """For the feed: every fault and every switch, with its value."""
        return {"faults": self._faults(), "switches": self._switches()}

    def set_fault(self, name: str, strength: str) -> None:
        """Raises WorldError when there is no such fault or strength."""
        if name == FROZEN:
            self.set_switch(FROZEN, "live" if strength == OFF else "frozen")
            return
        day = BY_NAME.get(name)
        if day is None:
            raise WorldError(f"a fault is one of {', '.join(BY_NAME)}, {FROZEN}, not {name!r}")
        rule = dict(day.strengths).get(strength)
        if rule is None and strength != OFF:
            words = ", ".join(word for word, _ in day.strengths)
            raise WorldError(f"{name} is {OFF}, {words}, not {strength!r}")
        old = self._rules.pop(name, None)
        rules = self._world.faults.rules
        # By identity: an equal rule may have been added by somebody else.
        rules[:] = [each for each in rules if old is None or each is not old[1]]
        if rule is not None:
            fresh = replace(rule)
            self._rules[name] = (strength, fresh)
            rules.append(fresh)

    def set_switch(self, name: str, value: str) -> None:
        """Raises SwitchError."""
        self._world.switches.set(name, value)
        if name == FROZEN and value == "live":
            self._world.presences.show_all()

    def _faults(self) -> list[Json]:
        in_force = {id(rule) for rule in self._world.faults.rules}
        rows: list[Json] = []
        for day in BAD_DAYS:
            strength, rule = self._rules.get(day.name, (OFF, None))
            here = rule is not None and id(rule) in in_force
            words = [OFF, *(word for word, _ in day.strengths)]
            rows.append(_row(day.name, day.title, day.meaning, words, strength if here else OFF))
        frozen = self._world.switches[FROZEN] == "frozen"
        meaning = "Whatever people do, Graph shows the presence of this moment."
        rows.append(
            _row(FROZEN, "Frozen presence", meaning, [OFF, "frozen"], "frozen" if frozen else OFF)
        )
        return rows

    def _switches(self) -> list[Json]:
        values = self._world.switches
        return [
            {
                "name": row.name,
                "question": row.question,
                "values": row.values,
                "usual": row.default,
                "value": values[row.name],
            }
            for row in SWITCHES
            if row.name != FROZEN
        ]


def _row(name: str, title: str, meaning: str, words: list[str], value: str) -> Json:
    return {"name": name, "title": title, "meaning": meaning, "values": words, "value": value}


assert FROZEN in TABLE  # noqa: S101 - a renamed switch is seen at once
