"""An agent's status in sentences: what they do, for which queues, and why calls do or do not come.

The reasons follow `routing/matching.py`, in its order; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

from bot.teams.phrases import PHRASES, say
from routing.choices import said
from routing.offering import FROZEN_MS
from routing.plan import Frozen, Plan, Queue
from routing.presence import lets_through
from routing.state import Agent, AgentState, ContactState, State

NOT_SIGNED_IN = "not signed in"
"""The engine's own reason (routing/directory.py); every other one is the agent's."""
OCCUPIED = (AgentState.RESERVED, AgentState.ON_CONTACT, AgentState.PRESUMED, AgentState.WRAP_UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of an agent at one instant."""

    agent: Agent
    plan: Plan
    presence_read_at: int = 0
    """When everyone's presence was last read."""
    waiting: Mapping[str, int] = field(default_factory=dict[str, int])
    """How many callers wait, by queue name."""
    live: bool = True
    """From the deciding instance's memory; otherwise from what it last wrote down."""


def standing_in(state: State, plan: Plan, person: str, *, live: bool = True) -> Standing | None:
    """The standing of the person with this object id, or None if they are no agent."""
    agent = state.agents.get(person)
    if agent is None:
        return None
    mine = {membership.queue for membership in agent.memberships}
    waiting = dict.fromkeys(mine, 0)
    for contact in state.contacts.values():
        if contact.state is ContactState.QUEUED and contact.queue in mine:
            waiting[contact.queue] += 1
    return Standing(
        agent=agent,
        plan=plan,
        presence_read_at=state.tenant.presence_read_at,
        waiting=waiting,
        live=live,
    )


def describe(standing: Standing, *, now: int, zone: tzinfo = UTC, language: str = "en") -> str:
    """The status in a few lines. Clock times are those of `zone`."""
    told = _Telling(standing, now, zone, language)
    return "\n".join([told.word(), told.activity(), *told.queues(), told.presence(), *told.why()])


def describe_word(standing: Standing, *, now: int, zone: tzinfo = UTC, language: str = "en") -> str:
    """The answer to `ready` and `not ready`: the word as it counts now, and what follows."""
    told = _Telling(standing, now, zone, language)
    lines = [told.word()]
    if standing.agent.state in OCCUPIED:
        lines.append(told.activity())
    if standing.agent.ready or standing.agent.state not in OCCUPIED:
        lines += told.why()
    return "\n".join(lines)


class _Telling:
    """One agent's standing, put into words."""

    def __init__(self, standing: Standing, now: int, zone: tzinfo, language: str) -> None:
        self._agent = standing.agent
        self._standing = standing
        self._now = now
        self._zone = zone
        self._language = language
        named = {queue.name: queue for queue in standing.plan.queues}
        self._queues = [
            named[membership.queue]
            for membership in standing.agent.memberships
            if membership.queue in named
        ]

    def word(self) -> str:
        if self._agent.ready:
            return self._say("ready")
        reason = self._agent.not_ready_reason
        if reason == NOT_SIGNED_IN:
            reason = self._say(NOT_SIGNED_IN)
        reason = said(self._standing.plan.not_ready_reasons, reason, self._language)
        return self._say(
            "not_ready",
            reason=self._say("reason", reason=reason) if reason else "",
            until=self._until("not_ready"),
        )

    def activity(self) -> str:
        if self._agent.may_ring:
            return self._say("may_ring")
        if self._agent.needs:
            return self._say("wrap_up_needs", since=self._time(self._agent.since))
        return self._say(
            self._agent.state.value,
            since=self._time(self._agent.since),
            until=self._until("wrap_up"),
        )

    def queues(self) -> list[str]:
        if not self._queues:
            return []
        shown = []
        for queue in self._queues:
            count = self._standing.waiting.get(queue.name, 0)
            phrase = "queue_waiting" if count else "queue"
            shown.append(self._say(phrase, title=_title(queue), count=count))
        return [self._say("queues", queues=", ".join(shown))]

    def presence(self) -> str:
        if not self._agent.presence_at:
            return self._say("presence_never")
        return self._say(
            "presence",
            presence=self._presence_name(),
            since=self._time(self._agent.presence_at),
        )

    def why(self) -> list[str]:
        agent = self._agent
        if not self._queues:
            return [self._say("not_in_plan")]
        if not agent.ready:
            return [self._no_calls("not_ready", "not_ready")]
        if agent.state in OCCUPIED:
            return [self._say("no_calls_occupied")]
        if agent.state is AgentState.NOT_RESPONDING:
            return [self._no_calls("not_responding", "return")]
        if agent.back_off:
            known = f"back_off {agent.back_off}" in PHRASES["en"]
            why = self._say(f"back_off {agent.back_off}") if known else agent.back_off
            until = self._time(agent.timers.get("back_off", self._now))
            return [self._say("no_calls_back_off", time=until, why=why)]
        return self._by_queue()

    def _by_queue(self) -> list[str]:
        """Why each queue's calls do or do not come to an agent who is ready and free."""
        presence = self._agent.presence
        out = [q for q in self._queues if q.opt_out and q.name in self._agent.opted_out]
        served = [q for q in self._queues if q not in out]
        closed = [q for q in served if not lets_through(q.presence, presence)]
        age_ms = self._now - max(self._standing.presence_read_at, self._agent.presence_at)
        frozen = [
            q
            for q in served
            if q not in closed and q.frozen_presence is Frozen.HOLD and age_ms > FROZEN_MS
        ]
        come = [q for q in served if q not in closed and q not in frozen]
        lines = []
        if len(come) == len(self._queues):
            lines.append(self._say("calls_come"))
        elif come:
            lines.append(self._say("calls_come_from", queues=_titles(come)))
        if out:
            lines.append(self._say("no_calls_opted_out", queues=_titles(out)))
        if closed:
            name = self._presence_name()
            lines.append(self._say("no_calls_presence", queues=_titles(closed), presence=name))
        if frozen:
            minutes = age_ms // 60_000
            lines.append(self._say("no_calls_frozen", queues=_titles(frozen), minutes=minutes))
        return lines

    def _no_calls(self, why: str, timer: str) -> str:
        due = self._agent.timers.get(timer)
        if due is None:
            return self._say(f"no_calls_{why}")
        return self._say(f"no_calls_{why}_until", time=self._time(due))

    def _until(self, timer: str) -> str:
        due = self._agent.timers.get(timer)
        return "" if due is None else self._say("until", time=self._time(due))

    def _presence_name(self) -> str:
        return self._say(f"presence {self._agent.presence.value}")

    def _time(self, at: int) -> str:
        """The clock time, with the day when it is another one."""
        local = datetime.fromtimestamp(at / 1000, self._zone)
        today = datetime.fromtimestamp(self._now / 1000, self._zone).date()
        shown = local.strftime("%H:%M")
        if self._zone is UTC:
            shown += " UTC"
        if local.date() == today:
            return shown
        if abs(local.date() - today) == timedelta(days=1):
            return self._say("tomorrow" if local.date() > today else "yesterday", time=shown)
        return f"{local.date().isoformat()} {shown}"

    def _say(self, phrase: str, **values: object) -> str:
        return say(self._language, phrase, **values)


def _title(queue: Queue) -> str:
    return queue.title or queue.name


def _titles(queues: list[Queue]) -> str:
    return ", ".join(_title(queue) for queue in queues)
