"""A question to a webhook: what it answers in time becomes attributes, anything else is a branch.

The caller hears music meanwhile. A question that an earlier life possibly asked is asked again by
`bot/sending` while its deadline allows; past it the timer here goes on without an answer, and an
answer that comes later changes nothing.
"""

from __future__ import annotations

from routing.callers import is_anonymous
from routing.commands import AskWebhook
from routing.contact import hush, play_music
from routing.events import WebhookAnswered
from routing.facts import FactKind
from routing.floor import Floor
from routing.flow_steps import Ask, Goto, Webhook
from routing.flow_tries import place_of
from routing.state import Contact

GRACE_MS = 500
"""How long past its deadline the sender's own word of it is waited for."""


def begin(floor: Floor, contact: Contact, step: Ask) -> Goto | None:
    """Ask; where to go at once when there is nobody to ask."""
    webhook = next((each for each in floor.plan.webhooks if each.name == step.webhook), None)
    if webhook is None:
        return _unanswered(floor, contact, step, "dropped from the plan")
    leg = floor.caller_leg(contact)
    deadline = floor.now + webhook.within_ms
    wants = webhook.send
    question = AskWebhook(
        id=floor.new_id(),
        call=leg.id,
        contact=contact.id,
        webhook=webhook,
        tell={name: value for name, value in _known(contact).items() if name in wants},
        attributes=dict(contact.attributes) if "attributes" in wants else {},
        deadline=deadline,
    )
    place_of(contact).asked = floor.send(leg, question)
    _fact(floor, contact, webhook)
    if contact.playing:
        hush(floor, contact)
    elif not contact.music:
        play_music(floor, contact)
    floor.arm(contact, "flow", deadline + GRACE_MS)
    return None


def answered(floor: Floor, contact: Contact, step: Ask, event: WebhookAnswered) -> Goto:
    """The webhook's word."""
    place_of(contact).asked = ""
    floor.disarm(contact, "flow")
    if event.problem:
        return _unanswered(floor, contact, step, event.problem)
    contact.attributes.update(event.values)
    floor.touch(contact)
    floor.fact(
        FactKind.FLOW_ANSWERED,
        contact=contact.id,
        queue=contact.queue,
        webhook=step.webhook,
        attributes=sorted(event.values),
    )
    return step.then


def too_late(floor: Floor, contact: Contact, step: Ask) -> Goto:
    """Nothing came, not even a word of the failure."""
    place = place_of(contact)
    floor.void(floor.caller_leg(contact), place.asked)
    place.asked = ""
    return _unanswered(floor, contact, step, "no word")


def _known(contact: Contact) -> dict[str, str]:
    caller = contact.caller
    return {
        "caller": "" if is_anonymous(caller) else caller.id,
        "caller_kind": caller.kind.value,
        "language": contact.language,
        "entry_point": contact.entry_point,
        "called": contact.on_behalf_of or contact.forwarded_from or contact.called,
    }


def _fact(floor: Floor, contact: Contact, webhook: Webhook) -> None:
    place = place_of(contact)
    floor.fact(
        FactKind.FLOW_ASKED,
        contact=contact.id,
        queue=contact.queue,
        flow=place.flow,
        step=place.step,
        webhook=webhook.name,
    )


def _unanswered(floor: Floor, contact: Contact, step: Ask, problem: str) -> Goto:
    floor.touch(contact)
    floor.fact(
        FactKind.FLOW_ANSWERED,
        contact=contact.id,
        queue=contact.queue,
        webhook=step.webhook,
        problem=problem,
    )
    return step.otherwise
