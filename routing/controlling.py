"""What somebody does to a call while caller and agent talk: hold, add, transfer, end.

May they? `control_rules.py`. What becomes of it: `handing.py`. A colleague is rung by an offer
like any other, so that nobody else rings them; everybody else by an invitation of the contact's
own. Who is to be asked first is rung when the caller is on hold, and not before: a caller must not
hear what is said about them.
"""

from __future__ import annotations

from collections.abc import Callable

from routing import control_rules, handing, offering
from routing.aim import Aim, AimKind
from routing.commands import Invite, Say, StartHoldMusic, Target, TargetKind
from routing.control_state import Hold, Mode, Party, Stage
from routing.events import CommandDone, Problem
from routing.facts import FactKind
from routing.floor import Floor
from routing.offer import RING_AT_MOST_MS
from routing.on_hold import hold_over, resume, use, use_party
from routing.refusing import refused
from routing.ringing import RING_WITHIN_MS
from routing.state import CallState, Contact, ContactState
from routing.word_events import Act, CallControlled


def act(floor: Floor, event: CallControlled) -> None:
    """Do it, if it may be done now; else that it was asked for is history."""
    contact = floor.state.contacts.get(event.contact)
    if contact is None:
        refused(floor, event.act.value, "unknown_contact", by=event.by_name, contact=event.contact)
        return
    code = control_rules.refused(floor.state, floor.plan, contact, event, floor.now)
    if code:
        refused(
            floor,
            event.act.value,
            code,
            by=event.by_name,
            contact=contact.id,
            agent=contact.agent,
            queue=contact.queue,
        )
        return
    use(floor, contact, problem="")
    _DO[event.act](floor, contact, event)


def _hold(floor: Floor, contact: Contact, event: CallControlled) -> None:
    del event
    _start_hold(floor, contact)


def _resume(floor: Floor, contact: Contact, event: CallControlled) -> None:
    del event
    resume(floor, contact)


def _add(floor: Floor, contact: Contact, event: CallControlled) -> None:
    _bring_in(floor, contact, event, Mode.ADD)


def _transfer(floor: Floor, contact: Contact, event: CallControlled) -> None:
    aim = event.aim
    if aim is not None and aim.kind is AimKind.QUEUE:
        use(floor, contact, to_queue=aim.id, asked_by=event.by_name)
        handing.take_agent_out(floor, contact)
    else:
        _bring_in(floor, contact, event, Mode.CONSULT if event.consult else Mode.TRANSFER)


def _complete(floor: Floor, contact: Contact, event: CallControlled) -> None:
    del event
    use_party(floor, contact, mode=Mode.TRANSFER)
    resume(floor, contact)
    handing.take_agent_out(floor, contact)


def _cancel(floor: Floor, contact: Contact, event: CallControlled) -> None:
    del event
    if contact.control.to_queue:
        use(floor, contact, to_queue="")
    else:
        handing.cancel(floor, contact)


def _end(floor: Floor, contact: Contact, event: CallControlled) -> None:
    floor.fact(
        FactKind.CONTACT_CUT,
        contact=contact.id,
        agent=contact.agent,
        queue=contact.queue,
        by=event.by_name,
    )
    mine = event.by == contact.agent
    reason = "ended by the agent" if mine else "ended by a supervisor"
    handing.cut(floor, contact, reason)


_DO: dict[Act, Callable[[Floor, Contact, CallControlled], None]] = {
    Act.HOLD: _hold,
    Act.RESUME: _resume,
    Act.ADD: _add,
    Act.TRANSFER: _transfer,
    Act.COMPLETE: _complete,
    Act.CANCEL: _cancel,
    Act.END: _end,
}


# -- somebody else ---------------------------------------------------------------------------------


def _bring_in(floor: Floor, contact: Contact, event: CallControlled, mode: Mode) -> None:
    aim = event.aim
    if aim is None:
        return
    party = Party(aim=aim, mode=mode, stage=Stage.WAITS, by=event.by_name)
    use(floor, contact, party=party)
    if mode is not Mode.CONSULT or contact.control.hold is Hold.ON:
        _ring(floor, contact, party)
    elif contact.control.hold is Hold.OFF:
        _start_hold(floor, contact)


def _ring(floor: Floor, contact: Contact, party: Party) -> None:
    aim = party.aim
    if aim.kind is AimKind.AGENT:
        if control_rules.agent_refused(floor.state, floor.plan, contact, aim.id):
            handing.over(floor, contact, "busy")  # somebody was faster while the hold began
            return
        offer = offering.offer_beside(floor, contact, floor.state.agents[aim.id])
        use_party(floor, contact, stage=Stage.RINGS, offer=offer.id)
    else:
        use_party(floor, contact, stage=Stage.RINGS, command=_invite(floor, contact, aim))
        floor.arm(contact, "party", floor.now + RING_AT_MOST_MS)
    floor.fact(
        FactKind.PARTY_RUNG,
        contact=contact.id,
        agent=contact.agent,
        queue=contact.queue,
        mode=party.mode.value,
        to=aim.kind.value,
        name=aim.name or aim.rung,
        by=party.by,
    )


def _invite(floor: Floor, contact: Contact, aim: Aim) -> str:
    kind = TargetKind.USER if aim.kind is AimKind.USER else TargetKind.NUMBER
    call = floor.caller_leg(contact)
    invite = Invite(
        id=floor.new_id(),
        call=call.id,
        target=Target(kind=kind, id=aim.rung, name=aim.name),
        deadline=floor.now + RING_WITHIN_MS,
    )
    return floor.send(call, invite)


# -- hold ------------------------------------------------------------------------------------------


def _start_hold(floor: Floor, contact: Contact) -> None:
    call, control = floor.caller_leg(contact), contact.control
    music = floor.queue_of(contact).music
    say = Say(prompt=music, language=contact.language, queue=contact.queue)
    start = StartHoldMusic(id=floor.new_id(), call=call.id, participant=control.caller, say=say)
    use(floor, contact, hold=Hold.STARTS, hold_command=floor.send(call, start))


def hold_done(floor: Floor, contact: Contact, kind: str, event: CommandDone) -> None:
    """The platform took the request to hold or to resume, or it did not. In doubt the caller is
    taken to be on hold: then somebody can still bring them back."""
    control = contact.control
    live = floor.caller_leg(contact).state is not CallState.ENDED
    talks = contact.state is ContactState.CONNECTED
    if not live or not talks or event.command != control.hold_command:
        return
    if event.problem == Problem.GONE:
        floor.ask(floor.caller_leg(contact))
    refused_it = event.problem not in ("", Problem.UNKNOWN) or event.finished == "failed"
    if kind == "StopHoldMusic":
        _stopped(floor, contact, ok=not event.problem)
    elif refused_it:
        use(floor, contact, hold=Hold.OFF, hold_command="")
        _failed(floor, contact, "hold")
        _hold_failed(floor, contact)
    else:
        use(floor, contact, hold=Hold.ON, hold_command="", held_since=floor.now)
        _tell_held(floor, contact)
        _ask_first(floor, contact)


def _stopped(floor: Floor, contact: Contact, *, ok: bool) -> None:
    if ok:
        hold_over(floor, contact, at=floor.now)
    elif contact.control.held_since is None:
        # The hold was taken back before it was known to have begun.
        use(floor, contact, hold=Hold.ON, hold_command="", held_since=floor.now)
        _failed(floor, contact, "resume")
    else:
        use(floor, contact, hold=Hold.ON, hold_command="")
        _failed(floor, contact, "resume")


def _ask_first(floor: Floor, contact: Contact) -> None:
    """The caller hears music: now whoever is to be asked is rung."""
    party = contact.control.party
    if party is not None and party.stage is Stage.WAITS:
        _ring(floor, contact, party)


def _hold_failed(floor: Floor, contact: Contact) -> None:
    party = contact.control.party
    if party is not None and party.stage is Stage.WAITS:
        handing.over(floor, contact, "hold_failed")


def _tell_held(floor: Floor, contact: Contact) -> None:
    floor.fact(FactKind.CONTACT_HELD, contact=contact.id, agent=contact.agent, queue=contact.queue)


def _failed(floor: Floor, contact: Contact, what: str) -> None:
    use(floor, contact, problem=f"{what}_failed")
    floor.fact(
        FactKind.CONTROL_FAILED,
        contact=contact.id,
        agent=contact.agent,
        queue=contact.queue,
        act=what,
        why="refused",
    )
