"""News for a queue's team, posted into its channel: who has to be called back, who left a message.

A team without a channel is told nothing: what happened stands in lists and history all the same.
Whether a card was posted shows in a fact; nothing waits for it.
"""

from __future__ import annotations

from routing.commands import TellTeam
from routing.events import CommandDone
from routing.facts import FactKind
from routing.floor import Floor
from routing.state import Contact


def tell(floor: Floor, contact: Contact, about: str, *, queue: str = "", **detail: str) -> bool:
    """Tell the team of the queue (the contact's own unless named) what became of the contact;
    False when it has no channel. Beside `detail` the card shows who the caller is.

    Known in `detail`, and shown in the reader's words: `number` (to call back), `length_ms`,
    `waited_ms`, `tries`, `reason`, `voicemail` (its id: a link). Anything else as it stands.
    """
    name = queue or contact.queue
    place = floor.queues.get(name)
    if place is None or not place.channel:
        return False
    caller = contact.caller
    told = {"caller_kind": caller.kind.value, "caller": caller.id, "caller_name": caller.name}
    command = TellTeam(
        id=floor.new_id(),
        queue=name,
        about=about,
        contact=contact.id,
        detail={**{key: value for key, value in told.items() if value}, **detail},
    )
    floor.step.commands.append(command)
    return True


def told(floor: Floor, event: CommandDone) -> None:
    """The channel took the card, or did not."""
    floor.fact(
        FactKind.TEAM_TOLD,
        contact=event.contact,
        queue=event.queue,
        about=event.about,
        problem=event.problem,
    )
