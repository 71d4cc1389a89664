"""Context: what is asked about a caller as soon as they are known, side by side with their call.

Nothing waits for it but the card of an offer, and that for `BEFORE_CARD_MS` at most. A question
changes nothing anywhere, so it is not written down: a new owner asks again. What was not answered
in its time is given up, and an answer that comes later changes nothing.
"""

from __future__ import annotations

from dataclasses import replace

from routing import card
from routing.callers import is_anonymous
from routing.commands import AskContext
from routing.context_rules import Provider, Source
from routing.context_state import LATE, Known, under_way
from routing.events import CallerKind, ContextAnswered
from routing.facts import FactKind
from routing.floor import Floor
from routing.state import Contact, ContactState, OfferState

GRACE_MS = 500
"""How long past its deadline the asker's own word of it is waited for."""
GONE = "dropped from the plan"
_PEOPLE = (CallerKind.INTERNAL, CallerKind.GUEST, CallerKind.FEDERATED)
_REMEMBERED = (CallerKind.NUMBER, *_PEOPLE)


def known_caller(floor: Floor, contact: Contact) -> None:
    """The call was taken: ask whoever needs to know no more than who calls."""
    _ask_all(floor, contact, queued=False)


def in_queue(floor: Floor, contact: Contact) -> None:
    """The caller came to a queue: ask the others, before anybody is offered the contact."""
    _ask_all(floor, contact, queued=True)


def _ask_all(floor: Floor, contact: Contact, *, queued: bool) -> None:
    for provider in floor.plan.context:
        later = (provider.waits_for_queue or provider.queues) and not queued
        if provider.name in contact.context or later:
            continue
        if provider.queues and contact.queue not in provider.queues:
            continue
        if provider.entry_points and contact.entry_point not in provider.entry_points:
            continue
        if _applies(contact, provider):
            _ask(floor, contact, provider)


def _applies(contact: Contact, provider: Provider) -> bool:
    """Whether there is anything to ask there about this caller."""
    caller = contact.caller
    match provider.source:
        case Source.HISTORY:
            # Nothing of an earlier call is ever taken for a withheld caller's.
            return caller.kind in _REMEMBERED and not is_anonymous(caller)
        case Source.PROFILE:
            return caller.kind is CallerKind.INTERNAL and bool(caller.id)
        case Source.HTTP:
            known = values_of(contact)
            return all(known.get(name) for name in provider.needs)


def values_of(contact: Contact) -> dict[str, str]:
    """What a question may tell of the contact, by name; what nobody knows is left out."""
    caller = contact.caller
    hidden = is_anonymous(caller)
    person = caller.kind in _PEOPLE
    named = {
        "number": caller.id if caller.kind is CallerKind.NUMBER else "",
        "user": caller.id if person and not hidden else "",
        "name": "" if hidden else caller.name,
        "caller_kind": caller.kind.value,
        "entry_point": contact.entry_point,
        "queue": contact.queue,
        "language": contact.language,
        "called": contact.on_behalf_of or contact.forwarded_from or contact.called,
        "contact": contact.id,
        **{f"attribute.{name}": value for name, value in contact.attributes.items()},
    }
    return {name: value for name, value in named.items() if value}


def _ask(floor: Floor, contact: Contact, provider: Provider) -> None:
    command, deadline = floor.new_id(), floor.now + provider.within_ms
    contact.context[provider.name] = Known(
        provider=provider.name,
        title=provider.title,
        source=provider.source,
        asked_at=floor.now,
        command=command,
        until=deadline + GRACE_MS,
    )
    floor.step.commands.append(
        AskContext(
            id=command,
            contact=contact.id,
            provider=provider,
            caller=contact.caller,
            values=values_of(contact),
            deadline=deadline,
        )
    )
    _watch(floor, contact)


def _watch(floor: Floor, contact: Contact) -> None:
    """Come back when the next question is to be given up."""
    floor.touch(contact)
    open_until = [each.until for each in contact.context.values() if each.command]
    if open_until:
        floor.arm(contact, "context", min(open_until))
    else:
        floor.disarm(contact, "context")


def answered(floor: Floor, event: ContextAnswered) -> None:
    """A place answered, or its asker says why there is no answer."""
    contact = floor.state.contacts.get(event.contact)
    known = contact.context.get(event.provider) if contact is not None else None
    if contact is None or known is None or known.command != event.command:
        floor.ignored("ContextAnswered", "not waited for any more", event.contact)
        return
    told = None if event.problem else event.told
    _settle(floor, contact, replace(known, problem=event.problem, told=told))
    _watch(floor, contact)
    _show(floor, contact)


def overdue(floor: Floor, contact: Contact) -> None:
    """Timer `context`: what is not there by now is not waited for any more."""
    for known in list(contact.context.values()):
        if known.command and known.until <= floor.now:
            _settle(floor, contact, replace(known, problem=LATE))
    _watch(floor, contact)
    _show(floor, contact)


def resume(floor: Floor, contact: Contact) -> None:
    """A new owner: whoever asked may be gone, so ask again. Asking changes nothing out there."""
    if contact.state is ContactState.ENDED:
        return
    providers = {each.name: each for each in floor.plan.context}
    for known in [each for each in contact.context.values() if each.command]:
        provider = providers.get(known.provider)
        if provider is not None and provider.source is known.source:
            _ask(floor, contact, provider)
        else:
            _settle(floor, contact, replace(known, problem=GONE))
            _watch(floor, contact)
    _show(floor, contact)


def _settle(floor: Floor, contact: Contact, known: Known) -> None:
    took_ms = floor.now - known.asked_at
    contact.context[known.provider] = replace(known, command="", took_ms=took_ms)
    floor.fact(
        FactKind.CONTEXT_ANSWERED,
        contact=contact.id,
        queue=contact.queue,
        provider=known.provider,
        source=known.source.value,
        title=known.title,
        ms=took_ms,
        problem=known.problem,
        empty=known.told is not None and known.told.is_empty,
    )


def _show(floor: Floor, contact: Contact) -> None:
    """Nothing more is on its way: whose card waited for it gets it now."""
    if under_way(contact.context):
        return
    for offer in list(floor.offers(contact)):
        if offer.state is OfferState.CHECKING and card.TIMER in offer.timers:
            card.post(floor, offer)
