"""A call's controls for a screen: what may be done, what goes on, and whom the call may go to."""

from __future__ import annotations

from console.board import Json
from console.floor_rows import queues_of
from console.scope import Scope
from routing.agent_activity import activity
from routing.aim import AimKind
from routing.control_rules import agent_refused, controls, queue_refused
from routing.control_state import Party, held
from routing.plan import Plan
from routing.state import Contact, State


def control_view(
    state: State, plan: Plan, contact: Contact, person: str, now: int, scope: Scope
) -> Json:
    """Everything that the buttons and the dialog behind them show."""
    return {
        "contact": contact.id,
        "controls": controls(state, plan, contact, person),
        "now": going_on(contact, now),
        "targets": {
            "agents": _agents(state, plan, contact, scope),
            "queues": _queues(state, plan, contact, scope, now),
            "accounts": _accounts(state, plan),
            "numbers": _prefixes(plan, contact),
        },
    }


def going_on(contact: Contact, now: int) -> Json:
    """What is being done to the call."""
    control = contact.control
    return {
        "hold": control.hold.value,
        "held_since": control.held_since,
        "held_ms": contact.held_ms + held(control, now),
        "party": None if control.party is None else _party(control.party),
        "to_queue": control.to_queue,
        "handing_over": bool(control.out_by),
        "problem": control.problem,
    }


def _party(party: Party) -> Json:
    return {
        "kind": party.aim.kind.value,
        "name": party.aim.name or _readable(party),
        "mode": party.mode.value,
        "stage": party.stage.value,
        "by": party.by,
    }


def _readable(party: Party) -> str:
    """A number, an account or a queue; never an id of the directory."""
    return "" if party.aim.kind in (AimKind.AGENT, AimKind.USER) else party.aim.rung


def _agents(state: State, plan: Plan, contact: Contact, scope: Scope) -> list[Json]:
    """The agents of the asker's queues, and why each cannot be rung now."""
    queues = {queue.name: queue for queue in plan.queues if scope.sees_queue(queue.name)}
    found: list[Json] = []
    for agent in sorted(state.agents.values(), key=lambda each: (each.name, each.id)):
        here = [each.queue for each in agent.memberships if each.queue in queues]
        if not here or agent.id == contact.agent:
            continue
        found.append(
            {
                "upn": agent.upn,
                "name": agent.name or agent.upn,
                "does": activity(agent, queues[here[0]]).value,
                "refused": agent_refused(state, plan, contact, agent.id),
            }
        )
    return found


def _queues(state: State, plan: Plan, contact: Contact, scope: Scope, now: int) -> list[Json]:
    """Every queue; how many wait there only where the asker sees it."""
    rows = queues_of(state, plan).rows
    return [
        {
            "queue": queue.name,
            "title": queue.title or queue.name,
            "waiting": rows[queue.name]["waiting"] if scope.sees_queue(queue.name) else None,
            "own": queue.name == contact.queue,
            "refused": queue_refused(state, plan, queue, now),
        }
        for queue in plan.queues
    ]


def _accounts(state: State, plan: Plan) -> list[Json]:
    """The plan's resource accounts that have a number."""
    refs = dict.fromkeys(ref for entry in plan.entry_points for ref in entry.accounts)
    places = ((ref, state.tenant.addresses.get(ref.lower())) for ref in refs)
    return [
        {"account": ref, "name": place.name or ref}
        for ref, place in places
        if place is not None and place.number
    ]


def _prefixes(plan: Plan, contact: Contact) -> list[str]:
    """How numbers begin that may be rung; empty: none may."""
    queue = next((each for each in plan.queues if each.name == contact.queue), None)
    return list(queue.dial.prefixes) if queue is not None else []
