"""Whether an entry point or a queue is open, and what its callers hear first.

Open is what its hours say and no supervisor took back. A caller is in time who rang before an entry
point's closing instant; a queue looks at the clock when the caller gets to it. Nobody is cut off:
at a queue's closing only those go on who wait and whose agent's phone does not ring, and only where
the plan says `at_close: move`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from routing.action import Action
from routing.bulletin import Bulletin, Scope, find
from routing.facts import FactKind
from routing.floor import Floor
from routing.hours import Hours, is_open, next_change
from routing.onward import Onward
from routing.plan import AtClose, EntryPoint, Queue
from routing.state import Contact, ContactState, Outcome

# -- open or not -----------------------------------------------------------------------------------


def entry_open(floor: Floor, entry: EntryPoint, *, rang_at: int | None = None) -> bool:
    """Whether the entry point takes callers: now, or one who rang at `rang_at`."""
    at = floor.now if rang_at is None else rang_at
    closure = closure_of(floor.state.bulletins, Scope.ENTRY_POINT, entry.name)
    return closure is None and within(floor.hours, entry.hours, at)


def queue_open(floor: Floor, queue: Queue) -> bool:
    """Whether the queue takes callers now."""
    closure = closure_of(floor.state.bulletins, Scope.QUEUE, queue.name)
    return closure is None and within(floor.hours, queue.hours, floor.now)


def within(known: Mapping[str, Hours], name: str, at: int) -> bool:
    """Whether the named hours are open; without a name it always is."""
    hours = known.get(name)
    return hours is None or is_open(hours, at)


def closure_of(bulletins: Mapping[str, Bulletin], scope: Scope, name: str) -> Bulletin | None:
    """The supervisors' word that it is closed; what is about itself goes before what is about
    everything."""
    own = find(bulletins, scope, name, closes=True)
    return own or find(bulletins, Scope.ALL, "", closes=True)


# -- what callers hear first -----------------------------------------------------------------------


def first_words(floor: Floor, contact: Contact) -> list[tuple[str, int]]:
    """What an answered caller hears before all else: messages, then the greeting unless it is
    closed. Prompts with how long they last."""
    entry = floor.entries.get(contact.entry_point)
    if entry is None:
        return []
    scopes = [(Scope.ALL, ""), (Scope.ENTRY_POINT, entry.name)]
    # Where a flow leads to is not known yet.
    queue = None if entry.flow else floor.queues.get(contact.queue)
    if queue is not None:
        scopes.append((Scope.QUEUE, queue.name))
    words = _messages(floor, contact, scopes)
    greeted = entry_open(floor, entry, rang_at=contact.arrived_at) and (
        queue is None or queue_open(floor, queue)
    )
    if entry.greeting and greeted:
        words.append((entry.greeting, floor.lasts(entry.greeting)))
    return words


def queue_words(floor: Floor, contact: Contact, queue: Queue) -> list[tuple[str, int]]:
    """What a caller who gets to the queue has not heard yet."""
    return _messages(floor, contact, [(Scope.ALL, ""), (Scope.QUEUE, queue.name)])


def _messages(
    floor: Floor, contact: Contact, scopes: Iterable[tuple[Scope, str]]
) -> list[tuple[str, int]]:
    words: list[tuple[str, int]] = []
    for scope, name in scopes:
        message = find(floor.state.bulletins, scope, name, closes=False)
        if message is None or message.id in contact.heard:
            continue
        words.append((message.prompt(contact.language), message.lasts_ms))
        contact.heard = (*contact.heard, message.id)
        floor.touch(contact)
        _tell(floor, contact, message)
    return words


def _tell(floor: Floor, contact: Contact, bulletin: Bulletin) -> None:
    floor.fact(
        FactKind.CONTACT_TOLD,
        contact=contact.id,
        queue=contact.queue,
        bulletin=bulletin.id,
    )


# -- where who finds it closed goes ----------------------------------------------------------------


def entry_closed(floor: Floor, contact: Contact, entry: EntryPoint) -> Onward | None:
    """Where the caller of a closed entry point goes; None: it is open."""
    if entry_open(floor, entry, rang_at=contact.arrived_at):
        return None
    closure = closure_of(floor.state.bulletins, Scope.ENTRY_POINT, entry.name)
    floor.fact(
        FactKind.ENTRY_POINT_CLOSED,
        contact=contact.id,
        entry_point=entry.name,
        why="closure" if closure else "hours",
    )
    return _onward(contact, entry.on_closed, closure)


def queue_closed(
    floor: Floor, contact: Contact, queue: Queue, *, at_door: bool = True
) -> Onward | None:
    """Where who finds the queue closed goes; None: it is open. `at_door`: they come, and do not
    wait there already."""
    if queue_open(floor, queue):
        return None
    closure = closure_of(floor.state.bulletins, Scope.QUEUE, queue.name)
    floor.fact(
        FactKind.QUEUE_CLOSED,
        contact=contact.id,
        queue=queue.name,
        why="closure" if closure else "hours",
        at_door=at_door,
    )
    return _onward(contact, queue.on_closed, closure)


def _onward(contact: Contact, action: Action, closure: Bulletin | None) -> Onward:
    """The plan's action, after the supervisor's words if there are any."""
    words = closure if closure and closure.prompt(contact.language) else None
    return Onward(action=action, outcome=Outcome.CLOSED, closure=words)


def last_words(floor: Floor, contact: Contact, onward: Onward) -> Action:
    """The action that takes the contact out, with the supervisor's words in place of the plan's."""
    closure = onward.closure
    if closure is None:
        return onward.action
    _tell(floor, contact, closure)
    return replace(onward.action, prompt=closure.prompt(contact.language))


def words_before(floor: Floor, contact: Contact, onward: Onward) -> tuple[str, int] | None:
    """What is heard before a contact goes on within the service, and how long it lasts: once, so
    that places that are closed into each other do not say it forever."""
    closure = onward.closure
    if closure is None or closure.id in contact.heard:
        return None
    contact.heard = (*contact.heard, closure.id)
    _tell(floor, contact, closure)
    return closure.prompt(contact.language), closure.lasts_ms


# -- closing while somebody waits ------------------------------------------------------------------


def overdue(floor: Floor, contact: Contact) -> Onward | None:
    """Where a waiting caller goes whom the closed queue serves no longer; None: they wait on."""
    queue = floor.queue_of(contact)
    if queue.at_close is not AtClose.MOVE:
        return None
    return queue_closed(floor, contact, queue, at_door=False)


def watch(floor: Floor, contact: Contact) -> None:
    """Have the waiting contact's queue looked at when it closes."""
    _arm(floor, contact, _closes_at(floor, floor.queue_of(contact)))


def watch_all(floor: Floor, queues: Iterable[str]) -> None:
    """The hours, the plan or a supervisor's word changed: look at who waits there anew."""
    closing = {
        name: _closes_at(floor, floor.queues[name]) for name in queues if name in floor.queues
    }
    for contact in sorted(floor.state.contacts.values(), key=lambda each: each.id):
        if contact.state is ContactState.QUEUED and contact.queue in closing:
            _arm(floor, contact, closing[contact.queue])


def _arm(floor: Floor, contact: Contact, at: int | None) -> None:
    if at is None:
        floor.disarm(contact, "closing")
    else:
        floor.arm(contact, "closing", at)


def _closes_at(floor: Floor, queue: Queue) -> int | None:
    """When who waits there has to go; None: never, or nobody knows yet."""
    if queue.at_close is not AtClose.MOVE:
        return None
    if not queue_open(floor, queue):
        return floor.now
    hours = floor.hours.get(queue.hours)
    return next_change(hours, floor.now) if hours else None
