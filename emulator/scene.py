"""A scene: callers, agents, presence and bad days in one file, played from an instant on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from emulator.config import ConfigError
from emulator.customers_web import WebScript
from emulator.faults import Fault
from emulator.scripts import Behaviour, CallerScript, behaviours
from emulator.shapes import Json
from emulator.switches import Switches
from emulator.world import World

KNOWN = (
    "title",
    "callers",
    "agents",
    "default",
    "presence",
    "other_calls",
    "faults",
    "switches",
    "web",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceChange:
    at: int
    """ms from the start of the scene"""
    party: str
    availability: str
    activity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherCall:
    """A call that has nothing to do with us."""

    at: int
    party: str
    busy: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedFault:
    at: int
    fault: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    title: str = ""
    callers: tuple[CallerScript, ...] = ()
    agents: Mapping[str, tuple[Behaviour, ...]]
    """by UPN, object id or number"""
    default: Behaviour | None = None
    presence: tuple[PresenceChange, ...] = ()
    other_calls: tuple[OtherCall, ...] = ()
    faults: tuple[TimedFault, ...] = ()
    switches: Mapping[str, str]
    web: Mapping[str, WebScript] = field(default_factory=dict[str, WebScript])
    """how the customer's web service answers, by name"""

    @classmethod
    def from_json(cls, row: Mapping[str, object]) -> Scene:
        """Raises ConfigError, FaultError or SwitchError with the remedy."""
        for key in row:
            if key not in KNOWN:
                raise ConfigError(f"scene: {key!r} is not known here; known are {', '.join(KNOWN)}")
        default = row.get("default")
        switches = {name: str(v) for name, v in _object(row.get("switches", {})).items()}
        Switches(switches)
        return cls(
            title=str(row.get("title", "")),
            callers=tuple(CallerScript.from_json(each) for each in _objects(row, "callers")),
            agents={
                name: behaviours([_object(each) for each in _list(rows, name)])
                for name, rows in _object(row.get("agents", {})).items()
            },
            default=None if default is None else Behaviour.from_json(_object(default)),
            presence=tuple(_presence(each) for each in _objects(row, "presence")),
            other_calls=tuple(_other_call(each) for each in _objects(row, "other_calls")),
            faults=tuple(_fault(each) for each in _objects(row, "faults")),
            switches=switches,
            web={
                name: WebScript.from_json(_object(each))
                for name, each in _object(row.get("web", {})).items()
            },
        )


def play(world: World, scene: Scene, start: int) -> None:
    """Schedule everything. Names nobody has are refused before anything happens (WorldError)."""
    _check_names(world, scene)
    for name, value in scene.switches.items():
        world.switches.set(name, value)
    world.exchange.web.scripts.update(scene.web)
    for name, acts in scene.agents.items():
        world.script_agent(name, acts)
    if scene.default is not None:
        world.default_behaviour(scene.default)
    for script in scene.callers:
        world.schedule_call(script, start)
    for change in scene.presence:
        world.at(start + change.at, _shows(world, change))
    for other in scene.other_calls:
        world.at(start + other.at, _is_busy(world, other))
    for timed in scene.faults:
        world.at(start + timed.at, _goes_wrong(world, timed))


def _check_names(world: World, scene: Scene) -> None:
    for change in scene.presence:
        world.must_know(change.party)
    for other in scene.other_calls:
        world.must_know(other.party)
    for script in scene.callers:
        world.must_answer(script.to)


def _shows(world: World, change: PresenceChange) -> Callable[[], None]:
    return lambda: world.set_presence(change.party, change.availability, change.activity, world.now)


def _is_busy(world: World, other: OtherCall) -> Callable[[], None]:
    return lambda: world.set_other_call(other.party, busy=other.busy, now=world.now)


def _goes_wrong(world: World, timed: TimedFault) -> Callable[[], None]:
    return lambda: world.faults.add(Fault.from_json(timed.fault))


def _presence(row: Json) -> PresenceChange:
    availability = str(row.get("availability", "Available"))
    return PresenceChange(
        at=_at(row),
        party=_party(row),
        availability=availability,
        activity=str(row.get("activity", availability)),
    )


def _other_call(row: Json) -> OtherCall:
    return OtherCall(at=_at(row), party=_party(row), busy=row.get("busy", True) is True)


def _fault(row: Json) -> TimedFault:
    fault = {key: value for key, value in row.items() if key != "at"}
    Fault.from_json(fault)
    return TimedFault(at=_at(row), fault=fault)


def _at(row: Json) -> int:
    value = row.get("at", 0)
    if not isinstance(value, int) or value < 0:
        raise ConfigError(f"at is a whole number of milliseconds, not {value!r}")
    return value


def _party(row: Json) -> str:
    if not isinstance(row.get("party"), str):
        raise ConfigError("party is missing")
    return str(row["party"])


def _objects(row: Mapping[str, object], key: str) -> list[Json]:
    return [_object(each) for each in _list(row.get(key, []), key)]


def _list(value: object, where: str) -> list[object]:
    if not isinstance(value, list):
        raise ConfigError(f"{where}: a list is expected, not {type(value).__name__}")
    return value


def _object(value: object) -> Json:
    if not isinstance(value, dict):
        raise ConfigError(f"an object is expected, not {type(value).__name__}")
    return value
