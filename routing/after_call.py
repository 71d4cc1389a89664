"""What an agent says about a contact of theirs, while they talk and after: notes, how it ended,
that they need more time, that they are done.

The rules (`may_...`) return a reason's code, or nothing when it may be; the engine asks them here,
the API before anything is written. A note is saved as it is typed, and told in the facts once, when
the agent is done with it.
"""

from __future__ import annotations

from routing import agent as agents
from routing.facts import FactKind
from routing.floor import Floor
from routing.plan import Plan, Queue
from routing.record import write_record
from routing.refusing import refused
from routing.state import Agent, AgentState, Contact, ContactState, State
from routing.word_events import TAB, DispositionChosen, NoteWritten, WrapUpExtended
from routing.wrap_up_rules import DISPOSITION, may_extend

LONGEST_NOTE = 4_000
TALKING = (ContactState.CONNECTED, ContactState.LEAVING, ContactState.ENDED)
"""Leaving: an agent handed the caller over, and they talk with somebody else."""


def may_write(state: State, contact_id: str, agent: str) -> str:
    """About a contact that is, or was, theirs, as long as the service remembers it."""
    contact = state.contacts.get(contact_id)
    if contact is None:
        return "contact_gone"
    if not agent or contact.agent != agent:  # one that nobody took is nobody's
        return "not_your_contact"
    return "" if contact.state in TALKING else "not_connected"


def may_note(state: State, contact_id: str, agent: str, seen: int) -> str:
    """The writer must know what stands there: it may have been written elsewhere meanwhile."""
    if code := may_write(state, contact_id, agent):
        return code
    return "" if state.contacts[contact_id].note_revision == seen else "note_changed"


def may_dispose(state: State, plan: Plan, contact_id: str, agent: str, code: str) -> str:
    """In one of its queue's words."""
    if why := may_write(state, contact_id, agent):
        return why
    queue = state.contacts[contact_id].queue
    known = {each.code for q in plan.queues if q.name == queue for each in q.dispositions}
    return "" if code in known else "unknown_disposition"


def may_take_longer(state: State, plan: Plan, agent_id: str, seen: int) -> str:
    """A wrap-up that has a time, as often as its queue allows."""
    agent = state.agents.get(agent_id)
    if agent is None:
        return "not_an_agent"
    contact = state.contacts.get(agent.contact)
    name = contact.queue if contact is not None else ""
    queue = next((each for each in plan.queues if each.name == name), Queue(name=name))
    return may_extend(agent, queue, seen)


def note(floor: Floor, event: NoteWritten) -> None:
    """The note as it stands now. Copies, and the same words again, change nothing."""
    state = floor.state
    contact = state.contacts.get(event.contact)
    if contact is not None and contact.note == event.note and contact.agent == event.agent:
        return
    if code := may_note(state, event.contact, event.agent, event.seen):
        refused(floor, "note", code, by=_upn(floor, event.agent), contact=event.contact)
        return
    write(floor, state.contacts[event.contact], event.note, by=TAB)


def write(floor: Floor, contact: Contact, text: str, *, by: str) -> None:
    """Keep these words. They are history when the agent is done with them."""
    contact.note = text
    contact.note_by = by if not contact.note_by or by == TAB else contact.note_by
    contact.note_revision += 1
    contact.note_untold = True
    floor.touch(contact)
    if contact.state is ContactState.ENDED and _agent_at(floor, contact) is None:
        agents.tell_note(floor, contact)
        write_record(floor, contact)


def added(before: str, words: str) -> str:
    """What was written in two places: both, unless one holds the other."""
    if words in before:
        return before
    return words if before in words else f"{before}\n{words}"


def disposition(floor: Floor, event: DispositionChosen) -> None:
    """How it ended. A wrap-up that waited for nothing else is over."""
    state = floor.state
    if code := may_dispose(state, floor.plan, event.contact, event.agent, event.code):
        refused(floor, "disposition", code, by=_upn(floor, event.agent), contact=event.contact)
        return
    contact = state.contacts[event.contact]
    dispose(floor, contact, event.code)
    agent = _agent_at(floor, contact)
    if agent is not None and agent.needs == DISPOSITION:
        agents.wrap_up_over(floor, agent, "disposition chosen")
    elif contact.state is ContactState.ENDED and agent is None:
        write_record(floor, contact)


def dispose(floor: Floor, contact: Contact, code: str) -> None:
    """Keep it, and tell."""
    if contact.disposition == code:
        return
    contact.disposition = code
    floor.touch(contact)
    floor.fact(
        FactKind.CONTACT_DISPOSED,
        contact=contact.id,
        agent=contact.agent,
        queue=contact.queue,
        upn=_upn(floor, contact.agent),
        disposition=code,
    )


def take_longer(floor: Floor, event: WrapUpExtended) -> None:
    """So much longer, from when it would have ended."""
    agent = floor.state.agents.get(event.agent)
    code = may_take_longer(floor.state, floor.plan, event.agent, event.seen)
    if agent is None or code:
        refused(floor, "more time", code, by=_upn(floor, event.agent), agent=event.agent)
        return
    queue = floor.queue_of(floor.state.contacts[agent.contact])
    agent.extended += 1
    floor.arm(agent, "wrap_up", agent.timers["wrap_up"] + queue.extend_ms)
    agents.changed(floor, agent, "wrap-up made longer")


def plan_changed(floor: Floor) -> None:
    """Who waits to say how a contact ended need not any more, if the new plan does not ask."""
    for agent in sorted(floor.state.agents.values(), key=lambda each: each.id):
        if agent.needs:
            agents.end_wrap_up(floor, agent, "plan changed")


def _agent_at(floor: Floor, contact: Contact) -> Agent | None:
    """The agent who is still at it after the talk."""
    agent = floor.state.agents.get(contact.agent)
    at_it = agent is not None and agent.contact == contact.id
    return agent if at_it and agent is not None and agent.state is AgentState.WRAP_UP else None


def _upn(floor: Floor, agent_id: str) -> str:
    agent = floor.state.agents.get(agent_id)
    return agent.upn if agent is not None else ""
