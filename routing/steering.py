"""What supervisors do to contacts that wait: pull, move, prioritize, withdraw.

An offer that is under way is taken back first, so nobody is rung twice; whom an agent has accepted
is left to them. Who did it stands in a fact; so does what was refused, and why.
"""

from __future__ import annotations

from collections.abc import Callable

from routing import callback_wait, journey, offering, waiting
from routing import offer as offers
from routing.action import Action, ActionKind
from routing.bulletin import clip_for
from routing.callback_state import away
from routing.facts import FactKind, Plain
from routing.floor import Floor
from routing.onward import Onward
from routing.refusing import refused
from routing.state import Contact, Outcome
from routing.steering_rules import may_steer, queue_in, ways_out
from routing.word_events import ContactSteered, Steer


def steer(floor: Floor, event: ContactSteered) -> None:
    """Do it, or say why not."""
    code = may_steer(floor.state, floor.plan, event, floor.now)
    if code:
        refused(
            floor,
            event.act.value,
            code,
            by=event.by_name,
            contact=event.contact,
            queue=event.seen_queue,
        )
        return
    _DO[event.act](floor, floor.state.contacts[event.contact], event)


def _pull(floor: Floor, contact: Contact, event: ContactSteered) -> None:
    agent = floor.state.agents[event.to]
    _tell(floor, FactKind.CONTACT_PULLED, event, agent=agent.id, upn=agent.upn)
    offers.withdraw_all(floor, contact, "rescinded")
    _stand(floor, contact)
    offering.pull_to(floor, contact, agent)


def _stand(floor: Floor, contact: Contact) -> None:
    """Into the line, from which every offer takes it."""
    if floor.lines[contact.queue].has(contact):
        return
    if away(contact.callback):
        callback_wait.stand(floor, contact)
    else:
        waiting.stand_in_line(floor, contact)


def _move(floor: Floor, contact: Contact, event: ContactSteered) -> None:
    _tell(floor, FactKind.CONTACT_MOVED, event, to=event.to)
    action = Action(kind=ActionKind.QUEUE, ref=event.to)
    journey.go(floor, contact, Onward(action=action, outcome=Outcome.MOVED))


def _prioritize(floor: Floor, contact: Contact, event: ContactSteered) -> None:
    """It keeps this priority also in the queues that it gets to later."""
    if contact.priority == contact.priority_given == event.priority:
        return
    _tell(
        floor,
        FactKind.CONTACT_PRIORITIZED,
        event,
        priority=event.priority,
        before=contact.priority,
    )
    line = floor.lines[contact.queue]
    stands = line.has(contact)
    line.remove(contact)  # by the place that it had
    contact.priority = contact.priority_given = event.priority
    floor.touch(contact)
    if stands:
        line.add(contact)
        floor.dirty[contact.queue] = None


def _withdraw(floor: Floor, contact: Contact, event: ContactSteered) -> None:
    words = " / ".join(event.texts[language] for language in sorted(event.texts))
    _tell(floor, FactKind.CONTACT_WITHDRAWN, event, way=event.to, text=words)
    if away(contact.callback):
        callback_wait.drop(floor, contact, "withdrawn", by=event.by_name)
        return
    queue = queue_in(floor.plan, contact.queue)
    ways = ways_out(queue) if queue is not None else {}
    action = ways.get(event.to) or Action(prompt=clip_for(event.clips, contact.language))
    journey.go(floor, contact, Onward(action=action, outcome=Outcome.WITHDRAWN))


def _tell(
    floor: Floor, kind: FactKind, event: ContactSteered, *, agent: str = "", **more: Plain
) -> None:
    told: dict[str, Plain] = {"by": event.by_name, "by_id": event.by, **more}
    floor.fact(kind, contact=event.contact, agent=agent, queue=event.seen_queue, **told)


_DO: dict[Steer, Callable[[Floor, Contact, ContactSteered], None]] = {
    Steer.PULL: _pull,
    Steer.MOVE: _move,
    Steer.PRIORITIZE: _prioritize,
    Steer.WITHDRAW: _withdraw,
}
