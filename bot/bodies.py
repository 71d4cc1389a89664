"""Which of the routing's words are written down, and under which names.

The names stand in databases: renaming a class here needs a migration there.
"""

from __future__ import annotations

from dataclasses import asdict

from routing import commands, events
from routing.facts import ContactRecord, Fact
from routing.state import KINDS, Entity, State
from store.codec import Codec
from store.contract import LiveRow

EVENTS: tuple[type, ...] = (
    events.CallIncoming,
    events.CallEstablished,
    events.CallProgressed,
    events.CallEnded,
    events.ToneHeard,
    events.PromptEnded,
    events.InviteEnded,
    events.RosterChanged,
    events.CallSeen,
    events.CommandDone,
    events.PresenceRead,
    events.DirectoryRead,
    events.AgentSet,
    events.PlanChanged,
    events.OwnerChanged,
    events.Tick,
)
COMMANDS: tuple[type, ...] = (
    commands.Answer,
    commands.Reject,
    commands.Redirect,
    commands.Play,
    commands.CancelMedia,
    commands.SubscribeTones,
    commands.CreateCall,
    commands.Transfer,
    commands.Invite,
    commands.RemoveParticipant,
    commands.HangUp,
    commands.AskCall,
    commands.ReadPresence,
    commands.EndStray,
)

CODEC = Codec(
    {
        **KINDS,
        "fact": Fact,
        "record": ContactRecord,
        **{cls.__name__: cls for cls in EVENTS},
        **{cls.__name__: cls for cls in COMMANDS},
    }
)


def state_from(rows: list[LiveRow], epoch: int) -> State:
    """The state as it was last committed, for the owner of `epoch`."""
    state = State(epoch=epoch)
    shelves: dict[str, dict[str, Entity]] = {
        "contact": state.contacts,  # type: ignore[dict-item]  # each shelf holds one kind
        "call": state.calls,  # type: ignore[dict-item]
        "offer": state.offers,  # type: ignore[dict-item]
        "agent": state.agents,  # type: ignore[dict-item]
        "queue": state.queues,  # type: ignore[dict-item]
    }
    for row in rows:
        entity = CODEC.decode(row.kind, row.body)
        if row.kind == "tenant":
            state.tenant = entity
        else:
            shelves[row.kind][row.id] = entity
    return state


def described(event: events.Event) -> dict[str, object]:
    """The event's fields, for the quarantine's reader."""
    return asdict(event)
