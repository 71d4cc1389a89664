"""A flow as data: the steps that a caller can be led through before, or instead of, a queue.

`bot/plan_file/` makes these from YAML and reports what cannot work (steps nobody reaches, a round
without a caller's act); `routing/flow.py` walks them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from routing.action import Action


class Turn(StrEnum):
    """Which way a step goes on."""

    STEP = "step"
    ACTION = "action"
    REPEAT = "repeat"
    """The same step once more."""
    BACK = "back"
    """The menu before; at the first one: the same as repeat."""
    OPERATOR = "operator"
    """Where the flow's `operator` says."""
    RETURN = "return"
    """Back to the flow that called this one; without one: the end of the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goto:
    """What comes after a step, and what the contact takes along."""

    turn: Turn = Turn.STEP
    step: str = ""
    """For STEP: the name of a step of the same flow."""
    action: Action | None = None
    """For ACTION."""
    choice: str = ""
    """What the choice is called in facts and on the card, such as `billing`; never the key."""
    language: str = ""
    """The contact's language from here on; empty: as it was."""
    attributes: dict[str, str] = field(default_factory=dict[str, str])
    priority: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Speak:
    """Say something, then go on."""

    name: str
    prompt: str
    then: Goto


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """Wait for one key; the prompt can be interrupted by it."""

    name: str
    prompt: str
    keys: dict[str, Goto]
    """By key: 0-9, * or #."""
    wait_ms: int = 5_000
    """From the end of the prompt on."""
    tries: int = 3
    """How often the prompt is played before `otherwise`: with 3 it is asked again twice. Silence
    and wrong keys count together."""
    on_silence: str = ""
    """Said before the prompt comes again when no key was pressed; empty: nothing."""
    on_invalid: str = ""
    """The same when the key means nothing here; empty: the system's own words."""
    otherwise: Goto


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect:
    """Collect digits, read them back if wanted, and keep them as an attribute."""

    name: str
    prompt: str
    into: str
    """The attribute's name."""
    least: int = 1
    most: int = 20
    end_key: str = "#"
    confirm: bool = True
    """Read the digits back: 1 is right, 2 is wrong and starts again."""
    wait_ms: int = 8_000
    between_ms: int = 4_000
    """The longest pause between two digits."""
    tries: int = 3
    extensions: dict[str, Action] = field(default_factory=dict[str, Action])
    """Dial by extension: what is keyed in names who is reached, and anything else is invalid. Then
    nothing is kept, and `then` is not used."""
    then: Goto
    otherwise: Goto


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """All that is given must hold."""

    prefixes: tuple[str, ...] = ()
    """The caller's number begins with one of these, in E.164. Never true of who is anonymous."""
    kinds: tuple[str, ...] = ()
    """Kinds of callers, as `routing.events.CallerKind`; `anonymous`: withheld or encrypted."""
    caller_lists: tuple[str, ...] = ()
    """The caller stands in one of these lists. Never true of who is anonymous."""
    languages: tuple[str, ...] = ()
    attribute: str = ""
    values: tuple[str, ...] = ()
    """Of the attribute; empty: it has any value."""
    hours: str = ""
    """These hours are open, or closed when `closed`."""
    closed: bool = False
    queue: str = ""
    """What follows is about this queue."""
    queue_open: bool | None = None
    waiting_at_least: int | None = None
    longest_wait_ms: int | None = None
    """Somebody has waited at least this long."""
    expected_wait_ms: int | None = None
    """A new caller is expected to wait at least this long; false while nobody can say."""
    nobody_there: bool | None = None
    """Whether nobody serves the queue, by its own definition of `no_agent`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    when: Condition
    then: Goto


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """The first case that holds."""

    name: str
    cases: tuple[Case, ...]
    otherwise: Goto


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Ask a webhook; what it answers becomes attributes."""

    name: str
    webhook: str
    then: Goto
    otherwise: Goto
    """It did not answer in time, or nothing usable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Write something down on the contact, then go on."""

    name: str
    then: Goto


@dataclass(frozen=True, slots=True, kw_only=True)
class Enter:
    """Walk another flow, and go on here when it returns."""

    name: str
    flow: str
    then: Goto


Step = Speak | Menu | Collect | Branch | Ask | Note | Enter


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Steps, of one table a kind (a stored plan can then be read back), and where it begins."""

    name: str
    start: str
    speaks: tuple[Speak, ...] = ()
    menus: tuple[Menu, ...] = ()
    collects: tuple[Collect, ...] = ()
    branches: tuple[Branch, ...] = ()
    asks: tuple[Ask, ...] = ()
    notes: tuple[Note, ...] = ()
    enters: tuple[Enter, ...] = ()
    operator: Action | None = None
    """Where key 0 leads at every step that gives 0 no meaning of its own; None: nowhere."""
    limit_ms: int = 15 * 60_000
    """So long at most; then `on_limit`."""
    on_limit: Action = field(default_factory=Action)

    def steps(self) -> tuple[Step, ...]:
        """All of them, in no order that means anything."""
        return (
            *self.speaks,
            *self.menus,
            *self.collects,
            *self.branches,
            *self.asks,
            *self.notes,
            *self.enters,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A question to another system about a caller."""

    name: str
    url: str
    within_ms: int = 2_000
    send: tuple[str, ...] = ()
    """What is told: of caller, caller_kind, language, entry_point, called, attributes."""
    take: dict[str, str] = field(default_factory=dict[str, str])
    """Attribute -> where it stands in the answer, dotted: `customer.tier`."""
    secret: str = ""
    """The name of the setting that holds the key of the signature; empty: not signed."""
    private: bool = False
    """The address may be a private one (allowed by name)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerList:
    """Callers by number (E.164, or a prefix that ends in `*`), object id or UPN."""

    name: str
    entries: tuple[str, ...]
