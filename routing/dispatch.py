"""Whose event it is: which leg, contact or offer, and which file knows what it means.

What it means is in `verdict.py` (sound and ends of legs), `outcomes.py` (our own commands),
`roster.py`, `watching.py` (presence), and in the machines: `arriving.py`, `journey.py`,
`waiting.py`, `offering.py`, `leaving.py`, `contact.py`, `agent.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from routing import (
    after_call,
    arriving,
    bulletins,
    callback_request,
    calling_back,
    card,
    card_presses,
    consult,
    context,
    controlling,
    journey,
    offer_end,
    opting,
    outcomes,
    owner,
    ringing,
    roster,
    steering,
    strays,
    talk_time,
    team,
    trial,
    verdict,
    watching,
)
from routing import agent as agents
from routing.card_face import Told
from routing.directory import use_directory
from routing.events import (
    CallEnded,
    CallEstablished,
    CallIncoming,
    CallProgressed,
    CallSeen,
    CommandDone,
    ContextAnswered,
    DirectoryRead,
    InviteEnded,
    OwnerChanged,
    Phase,
    PlanChanged,
    PresenceRead,
    PromptEnded,
    RecordingAllowed,
    RecordingEnded,
    RosterChanged,
    TalkMeasured,
    Tick,
    ToneHeard,
    WebhookAnswered,
)
from routing.facts import FactKind
from routing.floor import Floor
from routing.state import Call, CallRole, CallState, ContactState
from routing.word_events import (
    AcceptedByCard,
    AgentOpted,
    AgentSet,
    BulletinLifted,
    BulletinSet,
    CallControlled,
    CardChanged,
    ChatsRead,
    ContactSteered,
    DeclinedByCard,
    DispositionChosen,
    DoneByCard,
    DropCallback,
    Mark,
    MissedMarked,
    NoteWritten,
    RequestCallback,
    TestCallAsked,
    VoicemailMarked,
    WrapUpExtended,
)

FAILURE = 300
"""A result of this or more, told with a leg's sound, is why it is still ours."""

MARKED = {
    Mark.HEARD: FactKind.VOICEMAIL_HEARD,
    Mark.OWNED: FactKind.VOICEMAIL_OWNED,
    Mark.DONE: FactKind.VOICEMAIL_DONE,
    Mark.DELETED: FactKind.VOICEMAIL_DELETED,
}

MISSED = {Mark.OWNED: FactKind.MISSED_OWNED, Mark.DONE: FactKind.MISSED_DONE}

# -- whose event ------------------------------------------------------------------------------


def _leg(floor: Floor, wire: str, command: str = "") -> Call | None:
    """Our leg that an event is about; a created one introduces itself by its command."""
    leg_id = floor.by_wire.get(wire) or floor.by_command.get(command)
    leg = floor.state.calls.get(leg_id) if leg_id else None
    if leg is not None:
        leg.heard_at = floor.now
        floor.name_call(leg, wire)
        if leg.wire != wire:
            return None
    return leg


def _on_incoming(floor: Floor, event: CallIncoming) -> None:
    if event.call in floor.by_wire:
        floor.ignored("CallIncoming", "known call")
    else:
        arriving.arrive(floor, event)


def _on_established(floor: Floor, event: CallEstablished) -> None:
    leg = _leg(floor, event.call, event.command)
    if leg is None:
        strays.look(floor, event.call, "CallEstablished")
    else:
        verdict.leg_alive(floor, leg, failed=(event.code or 0) >= FAILURE)


def _on_progressed(floor: Floor, event: CallProgressed) -> None:
    leg = _leg(floor, event.call, event.command)
    if event.phase is Phase.TERMINATING:
        return  # its end will be told
    if leg is None:
        strays.look(floor, event.call, "CallProgressed")
    elif leg.state is CallState.ENDED or leg.hanging_up:
        strays.end_leg(floor, leg)
    elif leg.role is CallRole.AGENT:
        ringing.started(floor, floor.offer_of(leg))
    elif leg.role is CallRole.CALLBACK:
        calling_back.rings(floor, leg)
    elif event.phase is Phase.TRANSFER_ACCEPTED:
        contact = floor.state.contacts[leg.contact]
        if contact.state in (ContactState.CONNECTING, ContactState.LEAVING):
            contact.linking_heard = True
            floor.touch(contact)


def _on_ended(floor: Floor, event: CallEnded) -> None:
    leg = _leg(floor, event.call, event.command)
    if leg is None:
        floor.ignored("CallEnded", "unknown call")
    else:
        verdict.leg_over(floor, leg, event)


def _on_tone(floor: Floor, event: ToneHeard) -> None:
    leg = _leg(floor, event.call)
    if leg is None:
        strays.look(floor, event.call, "ToneHeard")
    elif leg.role is CallRole.AGENT:
        consult.key(floor, floor.offer_of(leg), event.tone)
    elif leg.role is CallRole.CALLBACK:
        calling_back.key(floor, leg, event.tone)
    elif leg.role is CallRole.FORMER:
        floor.ignored("ToneHeard", "hung up", leg.contact)
    else:
        journey.key(floor, floor.state.contacts[leg.contact], event.tone)


def _on_prompt_ended(floor: Floor, event: PromptEnded) -> None:
    leg = _leg(floor, event.call)
    if leg is None or not event.context:
        floor.ignored("PromptEnded", "unknown call or prompt")
    else:
        outcomes.prompt_over(floor, leg, event.context, ok=event.ok)


def _on_invite_ended(floor: Floor, event: InviteEnded) -> None:
    leg = _leg(floor, event.call)
    if leg is None:
        strays.look(floor, event.call, "InviteEnded")
    elif not event.context:
        floor.ignored("InviteEnded", "unknown invitation", leg.contact)
    else:
        contact = floor.state.contacts[leg.contact]
        roster.invite_over(floor, contact, event.context, ok=event.ok, ending=event.ending)


def _on_recording_allowed(floor: Floor, event: RecordingAllowed) -> None:
    leg = _leg(floor, event.call)
    if leg is not None:
        contact = floor.state.contacts[leg.contact]
        journey.recording_allowed(floor, contact, event.context, ok=event.ok)


def _on_recording_ended(floor: Floor, event: RecordingEnded) -> None:
    leg = _leg(floor, event.call)
    if leg is None:
        floor.ignored("RecordingEnded", "unknown call")
    else:
        journey.recorded(floor, floor.state.contacts[leg.contact], event)


def _on_voicemail_marked(floor: Floor, event: VoicemailMarked) -> None:
    floor.fact(
        MARKED[event.mark],
        contact=event.contact,
        queue=event.queue,
        voicemail=event.voicemail,
        by=event.by,
        on=event.on,
    )


def _on_roster(floor: Floor, event: RosterChanged) -> None:
    leg = _leg(floor, event.call)
    if leg is None:
        strays.look(floor, event.call, "RosterChanged")
    elif leg.role is CallRole.CALLER and event.people:
        roster.read(floor, floor.state.contacts[leg.contact], event.people)


def _on_seen(floor: Floor, event: CallSeen) -> None:
    leg = _leg(floor, event.call)
    if leg is not None:
        verdict.seen(floor, leg, event)


def _on_command_done(floor: Floor, event: CommandDone) -> None:
    leg = floor.state.calls.get(event.call)
    offer = floor.state.offers.get(event.offer)
    if leg is not None:
        outcomes.command_done(floor, leg, event)
    elif offer is not None and offer.card == event.command:
        card.posted(floor, offer, event)
        ringing.card_over(floor, offer)
    elif event.about:
        team.told(floor, event)
    elif event.voicemail:
        contact = floor.state.contacts.get(event.contact)
        if contact is not None:
            journey.fetched(floor, contact, event)


# -- the agents' chat -------------------------------------------------------------------------


def _on_chats(floor: Floor, event: ChatsRead) -> None:
    card.use_chats(floor, event)


def _on_accepted_by_card(floor: Floor, event: AcceptedByCard) -> None:
    card_presses.accepted(floor, event)


def _on_declined_by_card(floor: Floor, event: DeclinedByCard) -> None:
    card_presses.declined(floor, event)


def _on_done_by_card(floor: Floor, event: DoneByCard) -> None:
    card_presses.done(floor, event)


def _on_card_changed(floor: Floor, event: CardChanged) -> None:
    card.changed(floor, event)


# -- people and plans -------------------------------------------------------------------------


def _on_presence(floor: Floor, event: PresenceRead) -> None:
    watching.read(floor, event)


def _on_directory(floor: Floor, event: DirectoryRead) -> None:
    use_directory(floor, event)


def _on_agent_set(floor: Floor, event: AgentSet) -> None:
    agent = floor.state.agents.get(event.agent)
    if agent is None:
        floor.ignored("AgentSet", "not an agent")
        return
    agents.take_word(floor, agent, event)
    if event.by_name:
        what = Told.READY if event.ready else Told.NOT_READY
        card.told(floor, agent, what, by=event.by_name, reason=agent.not_ready_reason)
    offer = floor.state.offers.get(agent.offer)
    if offer is None:
        return
    if not event.ready:
        offer_end.left(floor, offer, by=event.by_name)
    elif not event.by_name:  # nobody else is beside their phone
        offer_end.silent_by_word(floor, offer)


def _on_talk_measured(floor: Floor, event: TalkMeasured) -> None:
    talk_time.correct(floor, event)


def _on_missed_marked(floor: Floor, event: MissedMarked) -> None:
    floor.fact(
        MISSED[event.mark], contact=event.contact, queue=event.queue, by=event.by, on=event.on
    )


def _on_webhook(floor: Floor, event: WebhookAnswered) -> None:
    contact = floor.state.contacts.get(event.contact)
    if contact is None:
        floor.ignored("WebhookAnswered", "unknown contact")
    else:
        floor.void(floor.caller_leg(contact), event.command)
        journey.webhook_answered(floor, contact, event)


def _on_plan(floor: Floor, event: PlanChanged) -> None:
    floor.use_plan(event.plan)
    floor.fact(FactKind.PLAN_CHANGED, version=event.plan.version)
    bulletins.plan_changed(floor)
    journey.plan_changed(floor)
    after_call.plan_changed(floor)


def _on_bulletin(floor: Floor, event: BulletinSet) -> None:
    bulletins.publish(floor, event)


def _on_lifted(floor: Floor, event: BulletinLifted) -> None:
    bulletins.lift(floor, event)


def _on_owner(floor: Floor, event: OwnerChanged) -> None:
    owner.changed(floor, event.epoch)


def _on_tick(floor: Floor, event: Tick) -> None:
    """Time passed; the timers have fired."""


ON: dict[type, Callable[[Floor, Any], None]] = {
    CallIncoming: _on_incoming,
    CallEstablished: _on_established,
    CallProgressed: _on_progressed,
    CallEnded: _on_ended,
    ToneHeard: _on_tone,
    PromptEnded: _on_prompt_ended,
    InviteEnded: _on_invite_ended,
    RecordingAllowed: _on_recording_allowed,
    RecordingEnded: _on_recording_ended,
    VoicemailMarked: _on_voicemail_marked,
    RosterChanged: _on_roster,
    CallSeen: _on_seen,
    CommandDone: _on_command_done,
    PresenceRead: _on_presence,
    DirectoryRead: _on_directory,
    AgentSet: _on_agent_set,
    AgentOpted: opting.opt,
    ContactSteered: steering.steer,
    NoteWritten: after_call.note,
    DispositionChosen: after_call.disposition,
    WrapUpExtended: after_call.take_longer,
    ChatsRead: _on_chats,
    AcceptedByCard: _on_accepted_by_card,
    DeclinedByCard: _on_declined_by_card,
    DoneByCard: _on_done_by_card,
    CardChanged: _on_card_changed,
    TalkMeasured: _on_talk_measured,
    CallControlled: controlling.act,
    RequestCallback: callback_request.request,
    DropCallback: callback_request.drop,
    TestCallAsked: trial.ask,
    MissedMarked: _on_missed_marked,
    BulletinSet: _on_bulletin,
    BulletinLifted: _on_lifted,
    WebhookAnswered: _on_webhook,
    ContextAnswered: context.answered,
    PlanChanged: _on_plan,
    OwnerChanged: _on_owner,
    Tick: _on_tick,
}
