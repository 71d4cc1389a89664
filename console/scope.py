"""What of the floor somebody may see: the role from the token, the queues from the plan.

An Admin and an Auditor see everything. A Supervisor sees the queues for which the plan names them,
an Agent the queues they serve, and of those no caller. Who asks for something else is told that it
does not exist: even that is not theirs to know.
"""

from __future__ import annotations

from dataclasses import dataclass

from console.auth import Person, Role
from console.board import Json
from routing.plan import Plan
from routing.state import State
from routing.supervisors import supervised

EVERYTHING = frozenset({Role.ADMIN, Role.AUDITOR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Queues by name, as one person may see them."""

    serves: frozenset[str] = frozenset()
    """Theirs as an agent."""
    supervises: frozenset[str] = frozenset()
    everything: bool = False

    def sees_queue(self, queue: str) -> bool:
        """Whether the queue and its agents are shown."""
        return self.everything or queue in self.serves or queue in self.supervises

    def sees_callers(self, queue: str) -> bool:
        """Whether the queue's contacts are shown with their callers, calls and history."""
        return self.everything or queue in self.supervises


def scope_of(person: Person, state: State, plan: Plan) -> Scope:
    """What this person may see now."""
    roles = person.roles
    agent = state.agents.get(person.id) if Role.AGENT in roles else None
    supervises = (
        supervised(plan, state.tenant.addresses, person.id) if Role.SUPERVISOR in roles else ()
    )
    return Scope(
        serves=frozenset(each.queue for each in agent.memberships) if agent else frozenset(),
        supervises=frozenset(supervises),
        everything=bool(roles & EVERYTHING),
    )


def limited(board: Json, scope: Scope) -> Json:
    """The board as far as the scope reaches."""
    if scope.everything:
        return board
    contacts = [
        each if scope.sees_callers(_queue(each)) else _without_caller(each)
        for each in _rows(board, "contacts")
        if scope.sees_queue(_queue(each))
    ]
    shown = {each["contact"] for each in contacts}
    agents = [_agent(each, scope, shown) for each in _rows(board, "agents")]
    return board | {
        "queues": [each for each in _rows(board, "queues") if scope.sees_queue(_queue(each))],
        "agents": [each for each in agents if each["closed_by"]],
        "contacts": contacts,
    }


def _agent(agent: Json, scope: Scope, contacts: set[object]) -> Json:
    closed = agent["closed_by"]
    here = closed.items() if isinstance(closed, dict) else ()
    return agent | {
        "closed_by": {queue: why for queue, why in here if scope.sees_queue(queue)},
        "contact": agent["contact"] if agent["contact"] in contacts else "",
    }


def _without_caller(contact: Json) -> Json:
    return contact | {"caller": "", "attributes": {}, "chain": "", "calls": []}


def _rows(board: Json, key: str) -> list[Json]:
    rows = board[key]
    return rows if isinstance(rows, list) else []


def _queue(row: Json) -> str:
    return str(row["queue"])
