"""Which of the routing's words are written down, and under which names.

The names stand in databases: renaming a class here needs a migration there.
"""

from __future__ import annotations

import logging
from typing import Any

from routing import commands, events, word_events
from routing.commands import Command
from routing.facts import ContactRecord
from routing.state import KINDS, State
from store.codec import Codec, Unreadable
from store.contract import LiveRow, OutboxRow

log = logging.getLogger(__name__)

EVENTS: tuple[type, ...] = (
    events.CallIncoming,
    events.CallEstablished,
    events.CallProgressed,
    events.CallEnded,
    events.ToneHeard,
    events.PromptEnded,
    events.InviteEnded,
    events.RecordingAllowed,
    events.RecordingEnded,
    word_events.VoicemailMarked,
    events.RosterChanged,
    events.CallSeen,
    events.CommandDone,
    events.WebhookAnswered,
    events.ContextAnswered,
    events.PresenceRead,
    events.DirectoryRead,
    word_events.AgentSet,
    word_events.AgentOpted,
    word_events.ContactSteered,
    word_events.NoteWritten,
    word_events.DispositionChosen,
    word_events.WrapUpExtended,
    word_events.ChatsRead,
    word_events.AcceptedByCard,
    word_events.DeclinedByCard,
    word_events.DoneByCard,
    word_events.CardChanged,
    events.TalkMeasured,
    word_events.CallControlled,
    word_events.RequestCallback,
    word_events.MissedMarked,
    word_events.DropCallback,
    word_events.TestCallAsked,
    word_events.BulletinSet,
    word_events.BulletinLifted,
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
    commands.StartHoldMusic,
    commands.StopHoldMusic,
    commands.HangUp,
    commands.AskCall,
    commands.ReadPresence,
    commands.EndStray,
    commands.ShowCard,
    commands.SayMissed,
    commands.SayState,
    commands.TellTeam,
    commands.AskWebhook,
    commands.AskContext,
    commands.SetRecording,
    commands.Record,
    commands.FetchRecording,
    commands.ListVoicemail,
    commands.DropRecording,
    commands.CloseMedia,
)

CODEC = Codec(
    {
        **KINDS,
        "record": ContactRecord,
        **{cls.__name__: cls for cls in EVENTS},
        **{cls.__name__: cls for cls in COMMANDS},
    }
)


def state_from(rows: list[LiveRow], epoch: int) -> State:
    """The state as it was last committed, for the owner of `epoch`.

    A row that this program cannot read is left out: one contact lost is better than all of them.
    """
    state = State(epoch=epoch)
    shelves: dict[str, dict[str, Any]] = {
        "contact": state.contacts,
        "call": state.calls,
        "offer": state.offers,
        "agent": state.agents,
        "queue": state.queues,
        "bulletin": state.bulletins,
        "waits": state.waits,
    }
    for row in rows:
        try:
            entity = CODEC.decode(row.kind, row.body)
        except Unreadable as error:
            log.exception(
                "live row cannot be read", extra={"kind": row.kind, "reason": error.reason}
            )
            continue
        if row.kind == "tenant":
            state.tenant = entity
        else:
            shelves[row.kind][row.id] = entity
    return state


def commands_from(rows: list[OutboxRow]) -> list[Command]:
    """Commands of an earlier life, without those that this program cannot read."""
    commands: list[Command] = []
    for row in rows:
        try:
            commands.append(CODEC.decode(row.kind, row.body))
        except Unreadable as error:
            log.exception(
                "command cannot be read", extra={"kind": row.kind, "reason": error.reason}
            )
    return commands
