"""What people will do, as plain data: steps of a caller, behaviours of an agent.

A caller's step waits for something to happen (`on`), then for `after_ms`, then acts. An agent takes
one behaviour per ring; the last one is kept for all later rings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

from emulator.config import ConfigError

TRIGGERS = (
    "placed",
    "answered",
    "prompt",
    "queue",
    "ring",
    "whisper",
    "connecting",
    "talk",
    "recording",
)
CALLER_ACTS = ("hang_up", "key", "speak")
AGENT_ACTS = ("answer", "decline", "ignore", "busy", "voicemail", "unreachable", "away")
TAB_ACTS = ("hold", "resume", "add", "transfer", "complete", "cancel", "end")
CALLER_KINDS = (
    "pstn",
    "withheld",
    "user",
    "guest",
    "federated",
    "encrypted",
)
KEYS = frozenset("0123456789*#")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing a caller does."""

    do: str
    """hang_up, key or speak"""
    on: str = "answered"
    """placed; answered; prompt (the nth, or one whose uri contains a text); queue (second prompt);
    ring (an agent's phone rings); whisper (an agent picked up); connecting; talk; recording (the
    beep is over)"""
    after_ms: int = 0
    key: str = ""
    nth: int = 1
    contains: str = ""
    ms: int = 1_000
    """how long to speak"""
    agent: str = ""
    """with `ring` and `whisper`: only this agent's phone counts (a bot's own call names no caller,
    so that without this any phone does)"""
    unless_talking: bool = False
    """patience: dropped once the caller talks with somebody"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerScript:
    """One call and how its caller behaves."""

    to: str
    kind: str = "pstn"
    """pstn, withheld, user, guest, federated or encrypted"""
    who: str = ""
    """a number or a UPN; empty: one is made up"""
    at: int = 0
    """when the call is placed, in ms from the start of the scene"""
    label: str = ""
    forwarded_from: str = ""
    transferred_by: str = ""
    steps: tuple[Step, ...] = ()
    patience_ms: int | None = None
    """hangs up so long after the answer when nobody talks yet"""
    talk_ms: int | None = None
    """hangs up so long after the conversation began"""

    def all_steps(self) -> tuple[Step, ...]:
        steps = self.steps
        if self.patience_ms is not None:
            patience = Step(do="hang_up", after_ms=self.patience_ms, unless_talking=True)
            steps = (*steps, patience)
        if self.talk_ms is not None:
            steps = (*steps, Step(do="hang_up", on="talk", after_ms=self.talk_ms))
        return steps

    @classmethod
    def from_json(cls, row: Mapping[str, object]) -> CallerScript:
        """Raises ConfigError with the remedy."""
        steps = row.get("steps", ())
        if not isinstance(steps, (list, tuple)):
            raise ConfigError("caller: steps is a list")
        script = _built(cls, {k: v for k, v in row.items() if k != "steps"}, "caller")
        assert isinstance(script, CallerScript)  # noqa: S101 - narrows the type
        if script.kind not in CALLER_KINDS:
            raise ConfigError(f"caller: kind is one of {', '.join(CALLER_KINDS)}")
        return replace(script, steps=tuple(_step(each) for each in steps))


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A button on a card in the chat."""

    verb: str
    """what the button stands for: accept, decline, done, ready ..."""
    after_ms: int = 0
    """from the first ring"""
    inputs: Mapping[str, str] = field(default_factory=dict[str, str])
    """what was typed or chosen on the card, by the input's id"""
    stale: bool = False
    """on a device that still shows the card as it was posted"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TabAct:
    """Something done on the product's tab to the call that is talked on."""

    act: str
    """hold, resume, add, transfer, complete, cancel or end"""
    after_ms: int = 0
    """from when the conversation began"""
    body: Mapping[str, object] = field(default_factory=dict[str, object])
    """what the route wants: whom a transfer goes to, say"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What an agent does with one ring."""

    do: str = "answer"
    """answer, decline, ignore, busy, voicemail, unreachable or away (ignores, and shows Away)"""
    after_ms: int = 1_500
    """from the first ring"""
    key: str = ""
    """pressed after picking up a call of the bot's own (consult); empty: forgets"""
    key_after_ms: int = 1_500
    """from picking up, or from the first prompt heard when `key_on_prompt`"""
    key_on_prompt: bool = False
    hang_up_after_ms: int | None = None
    """from picking up, whatever happens"""
    talk_ms: int | None = None
    """hangs up so long after the conversation began"""
    availability: str = "Away"
    activity: str = "Away"
    presses: tuple[Press, ...] = ()
    """what they press on cards meanwhile, whatever the phone does"""
    acts: tuple[TabAct, ...] = ()
    """what they do to the call on the tab"""

    @classmethod
    def from_json(cls, row: Mapping[str, object]) -> Behaviour:
        """Raises ConfigError with the remedy."""
        presses = row.get("presses", ())
        if not isinstance(presses, (list, tuple)):
            raise ConfigError("behaviour: presses is a list")
        acts = row.get("acts", ())
        if not isinstance(acts, (list, tuple)):
            raise ConfigError("behaviour: acts is a list")
        plain = {key: value for key, value in row.items() if key not in ("presses", "acts")}
        behaviour = _built(cls, plain, "behaviour")
        assert isinstance(behaviour, Behaviour)  # noqa: S101 - narrows the type
        if behaviour.do not in AGENT_ACTS:
            raise ConfigError(f"behaviour: do is one of {', '.join(AGENT_ACTS)}")
        if behaviour.key and behaviour.key not in KEYS:
            raise ConfigError(f"behaviour: key is 0-9, * or #, not {behaviour.key!r}")
        return replace(
            behaviour,
            presses=tuple(press_of(each) for each in presses),
            acts=tuple(_tab_act(each) for each in acts),
        )


ACCEPTS = Behaviour(key="1", talk_ms=30_000)


def behaviours(rows: Sequence[Mapping[str, object]]) -> tuple[Behaviour, ...]:
    return tuple(Behaviour.from_json(row) for row in rows)


def _step(row: object) -> Step:
    if not isinstance(row, Mapping):
        raise ConfigError("caller: each step is an object")
    step = _built(Step, row, "step")
    assert isinstance(step, Step)  # noqa: S101 - narrows the type
    if step.do not in CALLER_ACTS:
        raise ConfigError(f"step: do is one of {', '.join(CALLER_ACTS)}, not {step.do!r}")
    if step.on not in TRIGGERS:
        raise ConfigError(f"step: on is one of {', '.join(TRIGGERS)}, not {step.on!r}")
    if step.do == "key" and step.key not in KEYS:
        raise ConfigError(f"step: key is 0-9, * or #, not {step.key!r}")
    return step


def press_of(row: object) -> Press:
    """Raises ConfigError with the remedy."""
    if not isinstance(row, Mapping):
        raise ConfigError("behaviour: each press is an object")
    press = _built(Press, row, "press")
    assert isinstance(press, Press)  # noqa: S101 - narrows the type
    return press


def _tab_act(row: object) -> TabAct:
    if not isinstance(row, Mapping):
        raise ConfigError("behaviour: each act is an object")
    act = _built(TabAct, row, "act")
    assert isinstance(act, TabAct)  # noqa: S101 - narrows the type
    if act.act not in TAB_ACTS:
        raise ConfigError(f"act: act is one of {', '.join(TAB_ACTS)}, not {act.act!r}")
    return act


def _built(cls: type, row: Mapping[str, object], where: str) -> object:
    known = {each.name for each in fields(cls)}
    for key in row:
        if key not in known:
            raise ConfigError(
                f"{where}: {key!r} is not known here; known are {', '.join(sorted(known))}"
            )
    try:
        return cls(**row)
    except TypeError as error:
        raise ConfigError(f"{where}: {error}") from error
