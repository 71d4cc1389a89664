"""The plan: the whole configuration, as the engine reads it.

`bot/plan_file/` makes it from YAML and reports errors with line and key; here everything is
already valid. People and resource accounts are still references as the plan wrote them (UPN, object
id or group); the directory's `DirectoryRead` resolves them. Durations are milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from routing.action import Action
from routing.callback_rules import CallbackRules
from routing.choices import Choice, NotReadyReason
from routing.context_rules import Provider
from routing.flow_steps import CallerList, Condition, Flow, Webhook
from routing.hours import Hours
from routing.numbering import Numbering
from routing.service_level import ServiceLevel
from routing.subscriber import Subscriber
from routing.voicemail_rules import VoicemailRules
from routing.waiting_rules import Announcements, NoAgent


class Rule(StrEnum):
    """How the agent is chosen among those who are available."""

    LONGEST_IDLE = "longest_idle"
    ROUND_ROBIN = "round_robin"
    SERIAL = "serial"


class Delivery(StrEnum):
    """How the two are connected."""

    CONSULT = "consult"
    GROUP_CALL = "group_call"
    TRANSFER = "transfer"


class Accept(StrEnum):
    """How an agent takes a consult offer: on the card or by key 1, by the key alone, or by
    answering the phone."""

    CARD_OR_KEY = "card_or_key"
    KEY = "key"
    ANSWER = "answer"


class Preset(StrEnum):
    """Which presence lets calls through. See `routing/presence.py`."""

    STRICT = "strict"
    BUSY_OK = "busy_ok"
    NEVER_IN_CALL = "never_in_call"


class Frozen(StrEnum):
    """What a presence reading is worth when it cannot be renewed for a minute."""

    HOLD = "hold"
    TRUST = "trust"


class AbandonedRing(StrEnum):
    """What an invitation's phone does when the call it rings for is over and nobody says more."""

    HOLD = "hold"
    """It may ring on."""
    TRUST = "trust"
    """It stops with the call."""


class SignIn(StrEnum):
    """Whether presence alone signs an agent in, or their word is needed."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"


class AtClose(StrEnum):
    """What becomes of those who wait when their queue closes."""

    SERVE_WAITING = "serve_waiting"
    MOVE = "move"
    """They go where `on_closed` says, unless an agent's phone rings for them."""


class WhenClosed(StrEnum):
    """What a closed entry point does with a call."""

    ANSWER = "answer"
    """Answers, then does what `on_closed` says."""
    REDIRECT = "redirect"
    """Sends it there without answering."""
    BUSY = "busy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """Numbers that may be rung on somebody's word."""

    prefixes: tuple[str, ...] = ()
    """They begin so; empty: none may."""
    numbering: tuple[Numbering, ...] = ()
    """Of the countries behind `prefixes`: what is ordinary there."""


NO_DIAL = Dial()


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorRule:
    """Who is not answered at all: the first rule that holds decides, while the call still rings."""

    when: Condition
    """Of an empty one every call."""
    to: Action | None = None
    """The call is sent there unanswered (a user, number or account); None: the busy tone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What callers hear once, before their first queue: that the call is recorded, say."""

    prompt: str
    object_key: str = ""
    """A caller who presses it objects, and goes on all the same; empty: nobody is asked."""
    attribute: str = "objected"
    """The contact's attribute that then says `yes`."""
    wait_ms: int = 0
    """How long the key is waited for when the prompt has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPoint:
    name: str
    account: str = ""
    """The resource account's UPN or object id; empty on the default entry point."""
    more_accounts: tuple[str, ...] = ()
    """Further accounts, each with its number, that lead here too."""
    country: str = ""
    """Two letters: whose national numbers callers are shown with; empty: only E.164 is read."""
    door: tuple[DoorRule, ...] = ()
    notice: Notice | None = None
    queue: str = ""
    """Empty when a flow decides."""
    flow: str = ""
    """The flow that callers go through after the greeting; empty: straight to the queue."""
    numbering: Numbering | None = None
    """How people key numbers in where its callers are, and which of them may be called back."""
    greeting: str = ""
    """`plan:NAME` or `system:NAME`; empty: none."""
    language: str = "en"
    fallback: Action | None = None
    """Where callers go when the service cannot take them; None: rejected as busy."""
    on_error: Action = field(default_factory=Action)
    hours: str = ""
    """The hours' name; empty: always open."""
    on_closed: Action = field(default_factory=Action)
    when_closed: WhenClosed = WhenClosed.ANSWER

    @property
    def accounts(self) -> tuple[str, ...]:
        """Every account that leads here."""
        return (self.account, *self.more_accounts) if self.account else self.more_accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    name: str
    title: str = ""
    """Shown and spoken; defaults to the name."""
    members: tuple[str, ...] = ()
    """People and groups, in the plan's order (serial and round robin follow it)."""
    rule: Rule = Rule.LONGEST_IDLE
    priority: int = 3
    """1 very high ... 5 very low, as in Teams."""
    aging_ms: int = 120_000
    """What one level of priority is worth in waiting; 0: priority changes nothing."""
    weight: int = 1
    """How much a wait here counts for an agent of several queues."""
    delivery: Delivery = Delivery.CONSULT
    accept: Accept = Accept.CARD_OR_KEY
    ring_ms: int = 18_000
    """How long an agent's phone rings (consult). Below Teams' own voicemail at 20 s."""
    accept_ms: int = 8_000
    """How long after the whisper an agent may take to press a key."""
    presence: Preset = Preset.STRICT
    frozen_presence: Frozen = Frozen.HOLD
    abandoned_ring: AbandonedRing = AbandonedRing.HOLD
    language: str = "en"
    music: str = "music:default"
    wrap_up_ms: int = 0
    """How long an agent is left alone after each contact; 0: not at all, or until they are done."""
    wrap_up_until_done: bool = False
    """Until the agent says that they are done; `wrap_up_ms` is 0."""
    extend_ms: int = 0
    """By how much an agent may make a timed wrap-up longer, `extend_most` times."""
    extend_most: int = 0
    dispositions: tuple[Choice, ...] = ()
    """How a contact may have ended, for the agent to choose from."""
    disposition_required: bool = False
    """Without one the wrap-up does not end."""
    opt_out: bool = True
    """Agents may take themselves out of this queue, and be ready for others."""
    max_wait_ms: int | None = None
    on_max_wait: Action = field(default_factory=Action)
    max_length: int | None = None
    on_overflow: Action = field(default_factory=Action)
    announce: Announcements | None = None
    keys: dict[str, Action] = field(default_factory=dict[str, Action])
    """Where a waiting caller's key leads: 0-9, * or #."""
    no_agent: NoAgent | None = None
    return_window_ms: int = 300_000
    """Who hung up or was cut off and rings again so soon has the old place; 0: nobody."""
    decline_back_off_ms: int = 30_000
    busy_back_off_ms: int = 10_000
    unreachable_back_off_ms: int = 60_000
    not_responding_after: int = 1
    """Missed offers in a row until the agent is not responding."""
    return_after_ms: int | None = None
    """When a not-responding agent comes back by themselves; None: only by word or presence."""
    callback: CallbackRules | None = None
    """None: nobody is called back."""
    dial: Dial = NO_DIAL
    """Which numbers its agents may bring into a call."""
    fallback: Action | None = None
    supervisors: tuple[str, ...] = ()
    """People who see and steer this queue, beside the plan's own. See `routing/supervisors.py`."""
    hours: str = ""
    """The hours' name; empty: always open."""
    on_closed: Action = field(default_factory=Action)
    at_close: AtClose = AtClose.SERVE_WAITING
    channel: str = ""
    """The Teams channel in which the team is told; empty: nowhere."""
    voicemail: VoicemailRules = field(default_factory=VoicemailRules)
    service_level: ServiceLevel = field(default_factory=ServiceLevel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    tenant: str
    version: int = 0
    entry_points: tuple[EntryPoint, ...]
    queues: tuple[Queue, ...]
    flows: tuple[Flow, ...] = ()
    webhooks: tuple[Webhook, ...] = ()
    context: tuple[Provider, ...] = ()
    """What is asked about each caller, for the agent to see before they talk."""
    subscribers: tuple[Subscriber, ...] = ()
    caller_lists: tuple[CallerList, ...] = ()
    hours: tuple[Hours, ...] = ()
    default_entry_point: str = ""
    """Takes calls to any account that no entry point names; empty: such calls are rejected."""
    sign_in: SignIn = SignIn.AUTOMATIC
    not_ready_reasons: tuple[NotReadyReason, ...] = ()
    """Why agents may not be ready; their own words go as well."""
    durations: dict[str, int] = field(default_factory=dict[str, int])
    """Milliseconds of each rendered prompt, by `kind:NAME`; guards against lost notifications."""
    legs: dict[str, int] = field(default_factory=dict[str, int])
    """Call legs allowed at once, by application; 100 where not named (Graph's own limit)."""
    supervisors: tuple[str, ...] = ()
    """People who see and steer every queue."""
    zone: str = ""
    """On whose clocks the days of queues without hours begin, in reports; empty: UTC."""
    keeps_messages: bool = False
    """An administrator lets callers leave messages that are kept (a setting, not the plan's)."""
