"""The engine: events + now -> decisions. Same inputs, same outputs.

`handle` is the whole core: timers due first, then the event, then whoever can be offered is. Here
it is only decided *whose* event it is; what it means is in `verdict.py` (sound and ends of legs),
`outcomes.py` (our own commands), `roster.py`, `watching.py` (presence), and in the machines:
`arriving.py`, `waiting.py`, `offering.py`, `leaving.py`, `contact.py`, `agent.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from routing import agent as agents
from routing import (
    arriving,
    callback_request,
    calling_back,
    card,
    card_presses,
    closing,
    consult,
    journey,
    offer_end,
    outcomes,
    owner,
    ringing,
    roster,
    strays,
    talk_time,
    team,
    verdict,
    watching,
)
from routing.card_face import UNDER_WAY, OfferCard
from routing.directory import use_directory
from routing.due import fire_due, settle
from routing.events import (
    CallEnded,
    CallEstablished,
    CallIncoming,
    CallProgressed,
    CallSeen,
    CommandDone,
    DirectoryRead,
    Event,
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
from routing.plan import Plan
from routing.state import Call, CallRole, CallState, ContactState, State
from routing.step import Step
from routing.torn import drop_torn
from routing.word_events import (
    AcceptedByCard,
    AgentSet,
    BulletinLifted,
    BulletinSet,
    CardChanged,
    ChatsRead,
    DeclinedByCard,
    DoneByCard,
    DropCallback,
    RequestCallback,
    VoicemailMarked,
)

FAILURE = 300
"""A result of this or more, told with a leg's sound, is why it is still ours."""

__all__ = ["Engine", "Step"]


class Engine:
    """Turns events into decisions for one tenant. Not thread-safe; never awaits; never raises on
    anything that came off the wire."""

    def __init__(self, plan: Plan, state: State) -> None:
        drop_torn(state)
        self.floor = Floor(plan, state)
        self._on: dict[type, Callable[[Any], None]] = {
            CallIncoming: self._on_incoming,
            CallEstablished: self._on_established,
            CallProgressed: self._on_progressed,
            CallEnded: self._on_ended,
            ToneHeard: self._on_tone,
            PromptEnded: self._on_prompt_ended,
            InviteEnded: self._on_invite_ended,
            RecordingAllowed: self._on_recording_allowed,
            RecordingEnded: self._on_recording_ended,
            VoicemailMarked: self._on_voicemail_marked,
            RosterChanged: self._on_roster,
            CallSeen: self._on_seen,
            CommandDone: self._on_command_done,
            PresenceRead: self._on_presence,
            DirectoryRead: self._on_directory,
            AgentSet: self._on_agent_set,
            ChatsRead: self._on_chats,
            AcceptedByCard: self._on_accepted_by_card,
            DeclinedByCard: self._on_declined_by_card,
            DoneByCard: self._on_done_by_card,
            CardChanged: self._on_card_changed,
            TalkMeasured: self._on_talk_measured,
            RequestCallback: partial(callback_request.request, self.floor),
            DropCallback: partial(callback_request.drop, self.floor),
            BulletinSet: self._on_bulletin,
            BulletinLifted: self._on_lifted,
            WebhookAnswered: self._on_webhook,
            PlanChanged: self._on_plan,
            OwnerChanged: self._on_owner,
            Tick: self._on_tick,
        }

    @property
    def state(self) -> State:
        return self.floor.state

    @property
    def plan(self) -> Plan:
        return self.floor.plan

    def handle(self, event: Event, now: int) -> Step:
        """Timers due by `now` (UTC ms) first, then the event."""
        floor = self.floor
        floor.begin(now)
        if isinstance(event, OwnerChanged):
            # A timer that fell due while nobody was the owner must not fire before it is re-armed.
            self._on_owner(event)
            fire_due(self.floor, now)
        else:
            fire_due(self.floor, now)
            self._on[type(event)](event)
        if floor.dirty or floor.thinned:
            settle(floor)
        return floor.step

    def next_deadline(self) -> int | None:
        """When to come back with a `Tick` at the latest; always later than the last `now`."""
        return self.floor.timers.next_due()

    # -- what the service asks --------------------------------------------------------------------

    def wants(self, call: str, command: str) -> bool:
        """Whether a command that was not sent yet should still be."""
        if not call:
            return True
        leg = self.state.calls.get(call)
        return leg is not None and command in leg.pending

    def wants_card(self, offer: str) -> bool:
        """Whether an offer's card that was not posted yet still has something to ask."""
        held = self.state.offers.get(offer)
        return held is not None and held.state in UNDER_WAY

    def stale_cards(self) -> list[OfferCard]:
        """The cards in the chat that should show something else by now."""
        return card.stale(self.floor)

    def watched(self) -> list[str]:
        """The agents whose presence matters, in a stable order."""
        return watching.watched(self.floor)

    def urgent(self) -> bool:
        """Whether presence is needed every 3 s: someone waits, or it must tell a talk's end. In a
        group call it must if the last roster was lost."""
        floor = self.floor
        waits = any(floor.lengths.values()) or any(line.places for line in floor.lines.values())
        return bool(floor.presumed or floor.held) or waits

    def silent_calls(self, before: int) -> list[str]:
        """Live legs unheard of since `before` (sweeper): news may have been lost."""
        return sorted(
            leg.id
            for leg in self.state.calls.values()
            if leg.state is not CallState.ENDED and leg.wire and leg.heard_at <= before
        )

    def live_calls(self) -> list[str]:
        """Established legs, for keepAlive."""
        return sorted(
            leg.id for leg in self.state.calls.values() if leg.state is CallState.ESTABLISHED
        )

    def wire_of(self, call: str) -> str:
        """The platform's id of our leg; empty while it has none."""
        leg = self.state.calls.get(call)
        return leg.wire if leg else ""

    def call_of(self, wire: str) -> str:
        """Our leg with this platform id; empty when none is ours."""
        return self.floor.by_wire.get(wire, "")

    # -- whose event ------------------------------------------------------------------------------

    def _leg(self, wire: str, command: str = "") -> Call | None:
        """Our leg that an event is about; a created one introduces itself by its command."""
        floor = self.floor
        leg_id = floor.by_wire.get(wire) or floor.by_command.get(command)
        leg = floor.state.calls.get(leg_id) if leg_id else None
        if leg is not None:
            leg.heard_at = floor.now
            floor.name_call(leg, wire)
            if leg.wire != wire:
                return None
        return leg

    def _on_incoming(self, event: CallIncoming) -> None:
        if event.call in self.floor.by_wire:
            self.floor.ignored("CallIncoming", "known call")
        else:
            arriving.arrive(self.floor, event)

    def _on_established(self, event: CallEstablished) -> None:
        leg = self._leg(event.call, event.command)
        if leg is None:
            strays.look(self.floor, event.call, "CallEstablished")
        else:
            verdict.leg_alive(self.floor, leg, failed=(event.code or 0) >= FAILURE)

    def _on_progressed(self, event: CallProgressed) -> None:
        leg = self._leg(event.call, event.command)
        if event.phase is Phase.TERMINATING:
            return  # its end will be told
        if leg is None:
            strays.look(self.floor, event.call, "CallProgressed")
        elif leg.state is CallState.ENDED or leg.hanging_up:
            strays.end_leg(self.floor, leg)
        elif leg.role is CallRole.AGENT:
            ringing.started(self.floor, self.floor.offer_of(leg))
        elif leg.role is CallRole.CALLBACK:
            calling_back.rings(self.floor, leg)
        elif event.phase is Phase.TRANSFER_ACCEPTED:
            contact = self.state.contacts[leg.contact]
            if contact.state in (ContactState.CONNECTING, ContactState.LEAVING):
                contact.linking_heard = True
                self.floor.touch(contact)

    def _on_ended(self, event: CallEnded) -> None:
        leg = self._leg(event.call, event.command)
        if leg is None:
            self.floor.ignored("CallEnded", "unknown call")
        else:
            verdict.leg_over(self.floor, leg, event)

    def _on_tone(self, event: ToneHeard) -> None:
        leg = self._leg(event.call)
        if leg is None:
            strays.look(self.floor, event.call, "ToneHeard")
        elif leg.role is CallRole.AGENT:
            consult.key(self.floor, self.floor.offer_of(leg), event.tone)
        elif leg.role is CallRole.CALLBACK:
            calling_back.key(self.floor, leg, event.tone)
        elif leg.role is CallRole.FORMER:
            self.floor.ignored("ToneHeard", "hung up", leg.contact)
        else:
            journey.key(self.floor, self.state.contacts[leg.contact], event.tone)

    def _on_prompt_ended(self, event: PromptEnded) -> None:
        leg = self._leg(event.call)
        if leg is None or not event.context:
            self.floor.ignored("PromptEnded", "unknown call or prompt")
        else:
            outcomes.prompt_over(self.floor, leg, event.context, ok=event.ok)

    def _on_invite_ended(self, event: InviteEnded) -> None:
        leg = self._leg(event.call)
        if leg is None:
            strays.look(self.floor, event.call, "InviteEnded")
        elif not event.context:
            self.floor.ignored("InviteEnded", "unknown invitation", leg.contact)
        else:
            contact = self.state.contacts[leg.contact]
            roster.invite_over(self.floor, contact, event.context, ok=event.ok, ending=event.ending)

    def _on_recording_allowed(self, event: RecordingAllowed) -> None:
        leg = self._leg(event.call)
        if leg is not None:
            contact = self.state.contacts[leg.contact]
            journey.recording_allowed(self.floor, contact, event.context, ok=event.ok)

    def _on_recording_ended(self, event: RecordingEnded) -> None:
        leg = self._leg(event.call)
        if leg is None:
            self.floor.ignored("RecordingEnded", "unknown call")
        else:
            journey.recorded(self.floor, self.state.contacts[leg.contact], event)

    def _on_voicemail_marked(self, event: VoicemailMarked) -> None:
        self.floor.fact(
            FactKind(f"voicemail.{event.mark.value}"),
            contact=event.contact,
            queue=event.queue,
            voicemail=event.voicemail,
            by=event.by,
            on=event.on,
        )

    def _on_roster(self, event: RosterChanged) -> None:
        leg = self._leg(event.call)
        if leg is None:
            strays.look(self.floor, event.call, "RosterChanged")
        elif leg.role is CallRole.CALLER and event.people:
            roster.read(self.floor, self.state.contacts[leg.contact], event.people)

    def _on_seen(self, event: CallSeen) -> None:
        leg = self._leg(event.call)
        if leg is not None:
            verdict.seen(self.floor, leg, event)

    def _on_command_done(self, event: CommandDone) -> None:
        leg = self.state.calls.get(event.call)
        offer = self.state.offers.get(event.offer)
        if leg is not None:
            outcomes.command_done(self.floor, leg, event)
        elif offer is not None and offer.card == event.command:
            card.posted(self.floor, offer, event)
            ringing.card_over(self.floor, offer)
        elif event.about:
            team.told(self.floor, event)
        elif event.voicemail:
            contact = self.state.contacts.get(event.contact)
            if contact is not None:
                journey.fetched(self.floor, contact, event)

    # -- the agents' chat -------------------------------------------------------------------------

    def _on_chats(self, event: ChatsRead) -> None:
        card.use_chats(self.floor, event)

    def _on_accepted_by_card(self, event: AcceptedByCard) -> None:
        card_presses.accepted(self.floor, event)

    def _on_declined_by_card(self, event: DeclinedByCard) -> None:
        card_presses.declined(self.floor, event)

    def _on_done_by_card(self, event: DoneByCard) -> None:
        card_presses.done(self.floor, event)

    def _on_card_changed(self, event: CardChanged) -> None:
        card.changed(self.floor, event)

    # -- people and plans -------------------------------------------------------------------------

    def _on_presence(self, event: PresenceRead) -> None:
        watching.read(self.floor, event)

    def _on_directory(self, event: DirectoryRead) -> None:
        use_directory(self.floor, event)

    def _on_agent_set(self, event: AgentSet) -> None:
        agent = self.state.agents.get(event.agent)
        if agent is None:
            self.floor.ignored("AgentSet", "not an agent")
            return
        agents.take_word(self.floor, agent, event)
        offer = self.state.offers.get(agent.offer)
        if offer is None:
            return
        if event.ready:
            offer_end.silent_by_word(self.floor, offer)
        else:
            offer_end.left(self.floor, offer)

    def _on_talk_measured(self, event: TalkMeasured) -> None:
        talk_time.correct(self.floor, event)

    def _on_webhook(self, event: WebhookAnswered) -> None:
        contact = self.state.contacts.get(event.contact)
        if contact is None:
            self.floor.ignored("WebhookAnswered", "unknown contact")
        else:
            self.floor.void(self.floor.caller_leg(contact), event.command)
            journey.webhook_answered(self.floor, contact, event)

    def _on_plan(self, event: PlanChanged) -> None:
        floor = self.floor
        floor.use_plan(event.plan)
        floor.fact(FactKind.PLAN_CHANGED, version=event.plan.version)
        closing.plan_changed(floor)
        journey.plan_changed(floor)

    def _on_bulletin(self, event: BulletinSet) -> None:
        closing.publish(self.floor, event)

    def _on_lifted(self, event: BulletinLifted) -> None:
        closing.lift(self.floor, event)

    def _on_owner(self, event: OwnerChanged) -> None:
        owner.changed(self.floor, event.epoch)

    def _on_tick(self, event: Tick) -> None:
        """Time passed; the timers have fired."""
