"""The agent's machine.

`state` is set by the system and says what occupies the agent; `ready` is the agent's own word;
presence is a gate beside both (`matching.closed_by` puts the three together). An agent has at
most one offer or contact, whatever presence says:

- `reserved` from the moment they are chosen until the offer's end is confirmed by the platform;
  when it is over for us before that, `may_ring` says so;
- `on_contact` while a roster holds them, `presumed` when the bot left the call by a transfer.
  Then presence tells the end, once it was *seen* in a call and out of it in two readings 5 s
  apart. Never seen within 120 s: `unverified`, released with a back-off;
- `wrap_up` after the talk: for the queue's time, or until they are done. Where the queue asks how
  the contact ended, it does not end before that was said; `needs` says so when the time is over;
- `not_responding` after missed offers, until the agent's word, presence that went away and came
  back, or the queue's `return_after`.
"""

from __future__ import annotations

from enum import StrEnum

from routing.choices import chosen
from routing.facts import FactKind
from routing.floor import Floor
from routing.machine import Machine
from routing.matching import AVAILABLE, closed_by
from routing.plan import Queue
from routing.presence import Presence, in_call
from routing.record import write_record
from routing.state import Agent, AgentState, Contact, Offer
from routing.word_events import AgentSet
from routing.wrap_up_rules import DISPOSITION, has_wrap_up, needs_disposition

PRESUMED_FOR_MS = 120_000
"""How long a talk is presumed when presence never shows it (presence lags by minutes)."""
OUT_OF_CALL_FOR_MS = 5_000
"""Two readings this far apart must show the agent out of the call."""
TALK_AT_MOST_MS = 8 * 3_600_000
"""A presence that shows a call for longer is not believed: after silence everything ends."""
UNVERIFIED_BACK_OFF_MS = 60_000
FALLS_SILENT_MS = 150
"""How long a phone may ring on after the platform said that its call is over. Another ring within
that time would find the agent busy, or ring them twice at once."""
NOT_SIGNED_IN = "not signed in"
"""Why an agent is not ready before their first word, where the plan asks for one."""
NOT_THE_AGENTS_DOING = frozenset(
    {"canceled", "rescinded", "presence", "not_ready", "wrong_tenant", "not_reached"}
)
"""Ends of an offer after which the agent may be rung again as soon as the phone is silent."""


class AgentInput(StrEnum):
    RESERVE = "reserve"
    RELEASE = "release"
    MISSED = "missed"
    CONNECT = "connect"
    PRESUME = "presume"
    WRAP_UP = "wrap up"
    FREE = "free"
    RETURN = "return"


_S, _I = AgentState, AgentInput
AGENT = Machine(
    "agent",
    {
        (_S.IDLE, _I.RESERVE): _S.RESERVED,
        (_S.RESERVED, _I.RELEASE): _S.IDLE,
        (_S.RESERVED, _I.MISSED): _S.NOT_RESPONDING,
        (_S.RESERVED, _I.CONNECT): _S.ON_CONTACT,
        (_S.RESERVED, _I.PRESUME): _S.PRESUMED,
        (_S.ON_CONTACT, _I.WRAP_UP): _S.WRAP_UP,
        (_S.ON_CONTACT, _I.FREE): _S.IDLE,
        (_S.PRESUMED, _I.WRAP_UP): _S.WRAP_UP,
        (_S.PRESUMED, _I.FREE): _S.IDLE,
        (_S.WRAP_UP, _I.FREE): _S.IDLE,
        (_S.NOT_RESPONDING, _I.RETURN): _S.IDLE,
    },
)


def _move(floor: Floor, agent: Agent, given: AgentInput, why: str) -> bool:
    after = AGENT.next(agent.state, given)
    if after is None:
        floor.ignored(f"agent {given.value}", f"while {agent.state.value}")
        return False
    agent.state = after
    agent.since = floor.now
    changed(floor, agent, why)
    return True


def changed(floor: Floor, agent: Agent, why: str) -> None:
    """Save the agent, bring the pools in line, and leave the fact that `why --agent` reads."""
    floor.touch(agent)
    floor.follow(agent)
    floor.fact(
        FactKind.AGENT_CHANGED,
        agent=agent.id,
        contact=agent.contact,
        upn=agent.upn,
        why=why,
        state=agent.state.value,
        ready=agent.ready,
        not_ready_reason=agent.not_ready_reason,
        presence=agent.presence.value,
        back_off=agent.back_off,
        may_ring=agent.may_ring,
        opted_out=list(agent.opted_out),
        needs=agent.needs,
        idle_since=agent.idle_since,
        available=_available(floor, agent),
    )


def _available(floor: Floor, agent: Agent) -> bool:
    """Whether a contact of one of their queues could be offered to them now."""
    queues = (floor.queues.get(each.queue) for each in agent.memberships)
    return any(queue is not None and closed_by(agent, queue) == AVAILABLE for queue in queues)


def reserve(floor: Floor, agent: Agent, offer: Offer) -> None:
    """The agent is chosen: nobody else may choose them until the offer is over."""
    agent.offer = offer.id
    agent.contact = offer.contact
    _move(floor, agent, AgentInput.RESERVE, "offered")


def may_ring(floor: Floor, agent: Agent, outcome: str) -> None:
    """The offer is over for us, but their phone may still ring: so nobody else is offered."""
    agent.may_ring = outcome
    changed(floor, agent, f"{outcome.replace('_', ' ')}, phone may still ring")


def release(floor: Floor, agent: Agent, outcome: str, queue: Queue, *, rang: bool) -> None:
    """The offer is over without a talk; what the agent did decides when the next one may come.

    When it was taken back from a phone that rang, it is what the phone does.
    """
    agent.offer = agent.contact = agent.may_ring = ""
    if outcome == "no_answer":
        agent.missed += 1
        if agent.missed >= queue.not_responding_after:
            agent.went_away = False
            if queue.return_after_ms is not None:
                floor.arm(agent, "return", floor.now + queue.return_after_ms)
            _move(floor, agent, AgentInput.MISSED, outcome)
            return
    pause = {
        "declined": queue.decline_back_off_ms,
        "no_answer": queue.decline_back_off_ms,
        "unreachable": queue.unreachable_back_off_ms,
    }.get(outcome, queue.busy_back_off_ms)
    if outcome in NOT_THE_AGENTS_DOING:
        pause = FALLS_SILENT_MS if rang else 0
    if pause:
        _back_off(floor, agent, outcome.replace("_", " "), pause)
    _move(floor, agent, AgentInput.RELEASE, outcome)


def _back_off(floor: Floor, agent: Agent, why: str, pause_ms: int) -> None:
    agent.back_off = why
    floor.arm(agent, "back_off", floor.now + pause_ms)


def connect(floor: Floor, agent: Agent, contact: Contact, *, presumed: bool) -> None:
    """The two talk. `presumed`: the bot left, so only presence will tell the end."""
    agent.offer = agent.may_ring = ""
    agent.contact = contact.id
    agent.missed = 0
    agent.saw_in_call = False
    agent.left_call_at = None
    if presumed:
        floor.arm(agent, "presumed", floor.now + PRESUMED_FOR_MS)
    _move(floor, agent, AgentInput.PRESUME if presumed else AgentInput.CONNECT, "connected")


def start_wrap_up(floor: Floor, agent: Agent, queue: Queue, *, unverified: bool = False) -> None:
    """The talk ended: wrap-up starts here, or the agent is free at once. `contact.talk_over` ends
    the contact and calls this."""
    floor.disarm(agent, "presumed")
    contact = floor.state.contacts[agent.contact]
    why = "unverified" if unverified else "talk over"
    if unverified:
        _back_off(floor, agent, "unverified", UNVERIFIED_BACK_OFF_MS)
    if not has_wrap_up(queue, contact, agent.id):
        tell_note(floor, contact)
        _free(floor, agent, why)
        return
    if queue.wrap_up_ms > 0:
        floor.arm(agent, "wrap_up", floor.now + queue.wrap_up_ms)
    elif not queue.wrap_up_until_done:
        agent.needs = DISPOSITION
    _move(floor, agent, AgentInput.WRAP_UP, why)


def end_wrap_up(floor: Floor, agent: Agent, why: str) -> bool:
    """Its time is over, or the agent says so: it ends, unless something is still to be said."""
    contact = floor.state.contacts[agent.contact]
    if not needs_disposition(floor.queue_of(contact), contact, agent.id):
        wrap_up_over(floor, agent, why)
        return True
    agent.needs = DISPOSITION
    changed(floor, agent, f"{why}: needs a {DISPOSITION}")
    return False


def wrap_up_over(floor: Floor, agent: Agent, why: str) -> None:
    """Wrap-up ended; the contact's record is complete."""
    floor.disarm(agent, "wrap_up")
    contact = floor.state.contacts[agent.contact]
    if contact.agent == agent.id:  # it may be another's by now
        contact.wrap_up_ended_at = floor.now
        contact.wrap_up_ms = floor.now - agent.since
        floor.touch(contact)
        tell_note(floor, contact)
    _free(floor, agent, why)
    write_record(floor, contact)


def tell_note(floor: Floor, contact: Contact) -> None:
    """The note as history has it: once, when the agent is done with it."""
    if not contact.note_untold:
        return
    contact.note_untold = False
    floor.touch(contact)
    agent = floor.state.agents.get(contact.agent)
    floor.fact(
        FactKind.CONTACT_NOTED,
        contact=contact.id,
        agent=contact.agent,
        queue=contact.queue,
        upn=agent.upn if agent else "",
        note=contact.note,
    )


def _free(floor: Floor, agent: Agent, why: str) -> None:
    _handled(floor, agent)
    agent.contact = agent.needs = ""
    agent.extended = 0
    agent.idle_since = floor.now
    _move(floor, agent, AgentInput.FREE, why)


def _handled(floor: Floor, agent: Agent) -> None:
    """What the contact took of the agent, once and complete."""
    contact = floor.state.contacts[agent.contact]
    floor.fact(
        FactKind.CONTACT_WRAPPED,
        contact=contact.id,
        agent=agent.id,
        queue=contact.queue,
        queued_at=contact.queued_at,
        talk_ms=(contact.talk_ended_at or floor.now) - (contact.connected_at or floor.now),
        wrap_up_ms=contact.wrap_up_ms,
    )


def returned(floor: Floor, agent: Agent, why: str) -> None:
    """A not-responding agent is back."""
    agent.missed = 0
    agent.went_away = False
    floor.disarm(agent, "return")
    _move(floor, agent, AgentInput.RETURN, why)


def back_off_over(floor: Floor, agent: Agent) -> None:
    agent.back_off = ""
    changed(floor, agent, "back-off over")


def take_word(floor: Floor, agent: Agent, event: AgentSet) -> None:
    """The agent said ready or not ready. Their word also ends what only they can end."""
    if event.ready and not agent.ready:
        agent.watched_since = floor.now
        if agent.not_ready_reason == NOT_SIGNED_IN:
            agent.idle_since = floor.now  # nobody is idle before they are at work
    agent.ready, agent.ready_by = event.ready, event.by_name
    floor.disarm(agent, "not_ready")
    if not event.ready:
        _take_leave(floor, agent, event)
        return
    agent.not_ready_reason = ""
    why = f"said ready{by_whom(event.by_name)}"
    if agent.back_off:
        agent.back_off = ""
        floor.disarm(agent, "back_off")
    if agent.state is AgentState.NOT_RESPONDING:
        returned(floor, agent, why)
    elif agent.state is AgentState.WRAP_UP:
        end_wrap_up(floor, agent, why)
    else:
        changed(floor, agent, why)


def by_whom(by_name: str) -> str:
    """Behind what was done: who did it, where it was not the agent themselves."""
    return f", by {by_name}" if by_name else ""


def _take_leave(floor: Floor, agent: Agent, event: AgentSet) -> None:
    """Not ready: for one of the plan's reasons, which may say for how long, or another."""
    reason = chosen(floor.plan.not_ready_reasons, event.reason)
    until = event.until
    if reason is not None and until is None and reason.back_after_ms is not None:
        until = floor.now + reason.back_after_ms
    agent.not_ready_reason = reason.code if reason is not None else event.reason
    if until is not None:
        floor.arm(agent, "not_ready", until)
    why = agent.not_ready_reason
    said = f"not ready: {why}" if why else "not ready"
    changed(floor, agent, f"{said}{by_whom(event.by_name)}")


def lose_work(agent: Agent) -> None:
    """Loaded without what they were busy with: free. Nothing else would ever end it."""
    agent.state = AgentState.IDLE
    agent.offer = agent.contact = agent.may_ring = agent.needs = ""
    agent.extended = 0
    for kind in ("wrap_up", "presumed"):
        agent.timers.pop(kind, None)


def ready_again(floor: Floor, agent: Agent) -> None:
    """The time of a `not ready 15m` is up."""
    agent.ready, agent.ready_by = True, ""
    agent.watched_since = floor.now
    agent.not_ready_reason = ""
    changed(floor, agent, "time is up")


def see_presence(floor: Floor, agent: Agent, presence: Presence, read_at: int) -> None:
    """A reading that differs from the last, or one made for this agent alone."""
    agent.presence_at = read_at
    if presence is agent.presence:
        floor.touch(agent)
        return
    agent.presence = presence
    if agent.state is AgentState.NOT_RESPONDING:
        if presence is not Presence.AVAILABLE:
            agent.went_away = True
        elif agent.went_away:
            returned(floor, agent, "presence came back")
            return
    changed(floor, agent, "presence")


def talk_seen_over(floor: Floor, agent: Agent, read_at: int) -> bool:
    """Whether this reading proves that a presumed talk is over. `left_call_at` says since when."""
    if in_call(agent.presence):
        if not agent.saw_in_call or agent.left_call_at is not None:
            agent.saw_in_call = True
            agent.left_call_at = None
            floor.touch(agent)
        return False
    if not agent.saw_in_call:
        return False
    if agent.left_call_at is None:
        agent.left_call_at = read_at
        floor.touch(agent)
        return False
    return read_at - agent.left_call_at >= OUT_OF_CALL_FOR_MS
