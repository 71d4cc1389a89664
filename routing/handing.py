"""A call in other hands: who was brought in comes, does not come or leaves, and so does the agent.

What they asked for is in `controlling.py`. Nobody rings twice: one party at a time, and one who is
not wanted any more blocks the next until the platform has said that their phone is silent. Who
joins after all is taken out again.

The caller is never left alone by a plan that failed: until somebody is there the agent keeps them,
and when the agent goes first, whoever rings may still take over. The agent's part ends when they
are out of the call, not when that was asked for; a tenant may forbid a bot to remove anybody, and
then their own hanging up does it.
"""

from __future__ import annotations

from routing import agent as agents
from routing import offer as offers
from routing.commands import RemoveParticipant
from routing.contact import talk_over
from routing.control_rules import same_party
from routing.control_state import Mode, Party, Stage
from routing.events import CommandDone, Problem, RosterEntry
from routing.facts import FactKind
from routing.floor import Floor
from routing.offer import OfferInput
from routing.on_hold import resume, use, use_party
from routing.parted import agent_out
from routing.state import Contact, ContactState, Offer, OfferState

LOOK_MS = 2_000
"""So often the roster is asked for while somebody has joined, or left, whom it does not show so."""
REMOVAL_REFUSED = "removal_refused"


def _party(contact: Contact, *stages: Stage) -> Party | None:
    """Who is brought in, while caller and agent talk, in one of these stages."""
    party = contact.control.party
    if contact.state is not ContactState.CONNECTED or party is None:
        return None
    return party if not stages or party.stage in stages else None


# -- they come -------------------------------------------------------------------------------------


def joins(floor: Floor, offer: Offer) -> bool:
    """An agent who was asked into the call is there; False: it was not this they were asked for."""
    contact = floor.state.contacts[offer.contact]
    party = _party(contact, Stage.RINGS)
    if party is None or party.offer != offer.id or offer.state is not OfferState.RINGING:
        return False
    offers.move(floor, offer, OfferInput.LINKED)
    offer.timers.clear()
    offer.outcome = "accepted"
    offer.accepted_at = floor.now
    agents.connect(floor, floor.state.agents[offer.agent], contact, presumed=False)
    _here(floor, contact, offer.participant, offer.agent)
    return True


def _here(floor: Floor, contact: Contact, participant: str, shown_as: str) -> None:
    floor.disarm(contact, "party", "party_look")
    use_party(floor, contact, stage=Stage.HERE, participant=participant, shown_as=shown_as)
    party = contact.control.party
    if party is None:
        return
    _tell(floor, contact, FactKind.PARTY_JOINED, party)
    if party.mode is Mode.TRANSFER:
        take_agent_out(floor, contact)


def seen(floor: Floor, contact: Contact, people: tuple[RosterEntry, ...]) -> None:
    """The roster: the party may have come or gone. An agent's coming is told by their offer."""
    party = _party(contact)
    if party is None:
        return
    entry = next((each for each in people if is_party(contact, each)), None)
    if entry is None:
        if party.stage is Stage.GOING and party.removed_by:
            over(floor, contact, "removed")
        return
    if party.stage is Stage.RINGS and not party.offer:
        _here(floor, contact, entry.participant, entry.id)
    elif party.stage is Stage.HERE and entry.participant != party.participant:
        use_party(floor, contact, participant=entry.participant)
    elif party.stage is Stage.GOING and entry.participant != party.participant:
        _take_out(floor, contact, entry.participant)


def is_party(contact: Contact, entry: RosterEntry) -> bool:
    """Whether the roster's entry is who was asked into the call."""
    party = contact.control.party
    return party is not None and same_party(party.shown_as or party.aim.rung, entry.id)


def know_caller(floor: Floor, contact: Contact, callers: list[RosterEntry]) -> None:
    """Which entry of the roster is the caller."""
    named = [each for each in callers if same_party(each.id, contact.caller.id)]
    found = (named or callers)[0] if named or len(callers) == 1 else None
    if found is not None and found.participant not in ("", contact.control.caller):
        use(floor, contact, caller=found.participant)


# -- they do not come, or leave --------------------------------------------------------------------


def invite_over(floor: Floor, contact: Contact, command: str, *, ok: bool, ending: str) -> bool:
    """An invitation that was no offer's ended; False: it was not to this party."""
    party = _party(contact, Stage.RINGS, Stage.GOING)
    if party is None or not command or party.command != command:
        return False
    if ok:
        look(floor, contact)  # the roster will name them
    else:
        over(floor, contact, ending)
    return True


def not_rung(floor: Floor, contact: Contact, command: str, problem: str) -> bool:
    """The invitation was refused, or never sent."""
    party = _party(contact, Stage.RINGS, Stage.GOING)
    if party is None or not command or party.command != command:
        return False
    over(floor, contact, "unreachable" if problem == Problem.REFUSED else "failed")
    return True


def not_taken(floor: Floor, offer: Offer, outcome: str) -> None:
    """An agent's offer is over. If it was made to bring them in, they do not come."""
    contact = floor.state.contacts[offer.contact]
    party = _party(contact, Stage.RINGS)
    if party is not None and party.offer == offer.id:
        over(floor, contact, outcome)


def overdue(floor: Floor, contact: Contact) -> None:
    """Timer `party`: the platform never said how the ring ended."""
    if _party(contact, Stage.RINGS, Stage.GOING) is not None:
        over(floor, contact, "no_answer")


def look(floor: Floor, contact: Contact) -> None:
    """Timer `party_look`: ask who is in the call."""
    if _party(contact, Stage.RINGS, Stage.GOING) is not None:
        floor.arm(contact, "party_look", floor.now + LOOK_MS)
        floor.ask(floor.caller_leg(contact))


def cancel(floor: Floor, contact: Contact) -> None:
    """They are not wanted any more: their ring is over for us, or they are taken out."""
    party = contact.control.party
    if party is None:
        return
    if party.stage is Stage.WAITS:
        over(floor, contact, "canceled")
        return
    was = party.stage
    use_party(floor, contact, stage=Stage.GOING)
    if was is Stage.HERE:
        _take_out(floor, contact, party.participant)  # and then the caller is back: see `over`
        return
    _resume_after_consult(floor, contact, party)
    if party.offer:
        # The agent stays reserved until their phone is silent; who joins late is taken out.
        use(floor, contact, party=None)
        offers.withdraw(floor, floor.state.offers[party.offer], "rescinded")
        _tell(floor, contact, FactKind.PARTY_OVER, party, why="canceled")
    else:
        floor.void(floor.caller_leg(contact), party.command)


def _take_out(floor: Floor, contact: Contact, participant: str) -> None:
    command = _remove(floor, contact, participant)
    use_party(floor, contact, participant=participant, removed_by=command)


def _remove(floor: Floor, contact: Contact, participant: str) -> str:
    call = floor.caller_leg(contact)
    remove = RemoveParticipant(id=floor.new_id(), call=call.id, participant=participant)
    return floor.send(call, remove)


def over(floor: Floor, contact: Contact, why: str) -> None:
    """The party is out of it, one way or the other; caller and agent talk on."""
    party = contact.control.party
    if party is None:
        return
    floor.disarm(contact, "party", "party_look")
    told = why if party.stage is not Stage.GOING else "canceled"
    use(floor, contact, party=None, problem="" if told == "canceled" else told)
    _tell(floor, contact, FactKind.PARTY_OVER, party, why=told)
    _resume_after_consult(floor, contact, party)
    offer = floor.state.offers.get(party.offer)
    if offer is not None and offer.state is OfferState.LINKED:
        offers.close(floor, offer, "accepted")
        agent = floor.state.agents[offer.agent]
        agents.start_wrap_up(floor, agent, floor.queue_of(contact))


def _resume_after_consult(floor: Floor, contact: Contact, party: Party) -> None:
    if party.mode is Mode.CONSULT:
        resume(floor, contact)


# -- the agent's part is over ----------------------------------------------------------------------


def cut(floor: Floor, contact: Contact, reason: str) -> None:
    """End the call for all. When the bot alone leaves, those who talk may stay (`unproven.md`):
    so the caller is taken out first."""
    if not contact.control.caller:
        talk_over(floor, contact, at=floor.now, reason=reason)
        return
    use(floor, contact, ending=reason, ending_by=_remove(floor, contact, contact.control.caller))


def take_agent_out(floor: Floor, contact: Contact) -> None:
    """Whoever takes over is there, or the caller goes on to a queue: the agent need not stay."""
    offer = floor.current_offer(contact)
    if offer is not None and offer.participant:
        use(floor, contact, out_by=_remove(floor, contact, offer.participant))


def removed(floor: Floor, contact: Contact, event: CommandDone) -> None:
    """What came of taking somebody out. In doubt they are still there: the roster would tell."""
    control = contact.control
    gone = event.problem in ("", Problem.GONE)
    if contact.state is not ContactState.CONNECTED or not event.command:
        return
    if event.problem == Problem.GONE:
        floor.ask(floor.caller_leg(contact))
    if event.command == control.ending_by:
        talk_over(floor, contact, at=floor.now, reason=control.ending)
    elif event.command == control.out_by:
        if gone:
            agent_out(floor, contact, floor.now)
        else:
            _not_removed(floor, contact)
    elif control.party is not None and event.command == control.party.removed_by:
        if gone:
            over(floor, contact, "removed")
        else:
            use_party(floor, contact, stage=Stage.HERE, mode=Mode.ADD, removed_by="")
            resume(floor, contact)
            _failed(floor, contact, "remove", REMOVAL_REFUSED)


def _not_removed(floor: Floor, contact: Contact) -> None:
    """Nobody can take the agent out: when they hang up themselves, the caller goes on."""
    use(floor, contact, out_by="")
    use_party(floor, contact, mode=Mode.ADD)
    _failed(floor, contact, "transfer", REMOVAL_REFUSED)


def _failed(floor: Floor, contact: Contact, what: str, why: str) -> None:
    use(floor, contact, problem=why)
    floor.fact(
        FactKind.CONTROL_FAILED,
        contact=contact.id,
        agent=contact.agent,
        queue=contact.queue,
        act=what,
        why=why,
    )


def _tell(floor: Floor, contact: Contact, kind: FactKind, party: Party, why: str = "") -> None:
    floor.fact(
        kind,
        contact=contact.id,
        agent=contact.agent,
        queue=contact.queue,
        mode=party.mode.value,
        to=party.aim.kind.value,
        name=party.aim.name or party.aim.rung,
        by=party.by,
        **({"why": why} if why else {}),
    )
