"""What may be done to a call now, and whom it may be handed to: one rule for engine, API and page.

Each answer is a code, empty for "may". Only where the bot is still in the call can it do anything
there: that is `group_call`, and callers whom nobody could transfer. After a link by `consult` or
`transfer` the call is Teams' own.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from routing.aim import Aim, AimKind
from routing.bulletin import Scope
from routing.callback_state import away
from routing.control_state import Control, Hold, Stage
from routing.matching import AVAILABLE, closed_by
from routing.numbering import is_ordinary
from routing.opening import closure_of, within
from routing.plan import Dial, Plan, Queue
from routing.state import CallState, Contact, ContactState, OfferState, State
from routing.supervisors import supervised
from routing.word_events import Act, CallControlled

CONSULT = "consult"
"""Of the map of controls: `transfer` with the agent talking first."""
_E164 = re.compile(r"\+[1-9][0-9]{2,14}")
_DIGITS = re.compile(r"[^0-9]")


def controls(state: State, plan: Plan, contact: Contact, person: str) -> dict[str, str]:
    """By control: why this person may not use it now; empty: they may."""
    closed = _closed(state, plan, contact, person)
    if closed:
        names = [act.value for act in Act]
        return dict.fromkeys((*names, CONSULT), closed)
    holds = contact.agent == person
    found = {act.value: rule(state, contact) for act, rule in _RULES.items()}
    found[CONSULT] = found[Act.TRANSFER.value] or _consult(contact.control)
    if not holds:
        for name in found:
            if name not in (Act.END.value, Act.TRANSFER.value):
                found[name] = "agents_own"
    return found


def refused(state: State, plan: Plan, contact: Contact, event: CallControlled, now: int) -> str:
    """Why what somebody asked for may not be done now; empty: it may."""
    name = CONSULT if event.act is Act.TRANSFER and event.consult else event.act.value
    if code := controls(state, plan, contact, event.by)[name]:
        return code
    if event.seen_agent and event.seen_agent != contact.agent:
        return "passed_on"
    if event.act not in (Act.ADD, Act.TRANSFER):
        return ""
    if event.aim is None:
        return "no_target"
    return aim_refused(state, plan, contact, event.aim, now, only_talk=name != Act.TRANSFER.value)


def _closed(state: State, plan: Plan, contact: Contact, person: str) -> str:
    """What closes every control to this person."""
    if contact.state is ContactState.ENDED:
        return "ended"
    holds = contact.agent == person and contact.state is ContactState.CONNECTED
    supervises = contact.queue in supervised(plan, state.tenant.addresses, person)
    if not holds and not supervises:
        return "not_yours"
    if contact.state is ContactState.LEAVING and contact.transferred_to:
        return "handed_over"
    if contact.state is not ContactState.CONNECTED:
        return "not_talking"
    leg = state.calls.get(contact.call)
    in_call = leg is not None and leg.state is CallState.ESTABLISHED and not leg.hanging_up
    if not in_call or not contact.meeting:
        return "bot_left"
    return "ending" if contact.control.ending else ""


# -- each control ----------------------------------------------------------------------------------


def _hold_possible(control: Control) -> str:
    """A caller whom no roster has shown cannot be named."""
    return "" if control.caller else "not_shown"


def _consult(control: Control) -> str:
    return "in_progress" if control.hold is Hold.STOPS else _hold_possible(control)


def _hold(_state: State, contact: Contact) -> str:
    control = contact.control
    if control.hold is Hold.ON:
        return "on_hold"
    if control.hold is not Hold.OFF:
        return "in_progress"
    return _hold_possible(control)


def _resume(_state: State, contact: Contact) -> str:
    control = contact.control
    if control.hold is Hold.OFF:
        return "not_on_hold"
    waits = control.party is not None and control.party.stage is Stage.WAITS
    return "" if control.hold is Hold.ON and not waits else "in_progress"


def _add(state: State, contact: Contact) -> str:
    control = contact.control
    if control.out_by or control.to_queue:
        return "handing_over"
    if control.party is not None and control.party.stage is not Stage.GOING:
        return "one_at_a_time"
    if control.party is not None or _rings_still(state, contact):
        return "still_going"
    return _hold_possible(control)  # the roster must tell who comes and goes


def _rings_still(state: State, contact: Contact) -> bool:
    """Whether an agent's phone may ring that is not wanted any more: no second one is rung."""
    return any(
        offer.contact == contact.id and offer.state is OfferState.RESCINDING
        for offer in state.offers.values()
    )


def _transfer(state: State, contact: Contact) -> str:
    return _add(state, contact) or _agent_shown(state, contact)


def _agent_shown(state: State, contact: Contact) -> str:
    """Whom no roster has shown, nobody can take out."""
    offer = state.offers.get(contact.offer)
    return "" if offer is not None and offer.participant else "not_shown"


def _complete(state: State, contact: Contact) -> str:
    control, party = contact.control, contact.control.party
    if control.out_by:
        return "handing_over"
    if party is None or party.stage is not Stage.HERE:
        return "nobody_else_here"
    return _agent_shown(state, contact)


def _cancel(_state: State, contact: Contact) -> str:
    control, party = contact.control, contact.control.party
    if control.out_by:
        return "handing_over"
    if control.to_queue:
        return ""
    if party is None or party.stage is Stage.GOING:
        return "nothing_to_cancel"
    if party.stage is Stage.HERE and not party.participant:
        return "not_shown"
    return ""


def _end(_state: State, _contact: Contact) -> str:
    return ""


_RULES: dict[Act, Callable[[State, Contact], str]] = {
    Act.HOLD: _hold,
    Act.RESUME: _resume,
    Act.ADD: _add,
    Act.TRANSFER: _transfer,
    Act.COMPLETE: _complete,
    Act.CANCEL: _cancel,
    Act.END: _end,
}


# -- whom ------------------------------------------------------------------------------------------


def aim_refused(
    state: State, plan: Plan, contact: Contact, aim: Aim, now: int, *, only_talk: bool = False
) -> str:
    """Why the call may not go to this target now. `only_talk`: somebody must pick up."""
    if same_party(aim.rung, contact.caller.id):
        return "is_the_caller"
    match aim.kind:
        case AimKind.QUEUE:
            return "queue_cannot_talk" if only_talk else _queue_refused(state, plan, aim.id, now)
        case AimKind.AGENT:
            return agent_refused(state, plan, contact, aim.id)
        case AimKind.USER:
            return "no_such_person" if not aim.id else ""
        case AimKind.ACCOUNT:
            return _account_refused(state, plan, aim)
        case AimKind.NUMBER:
            return number_refused(_queue_of(plan, contact).dial, aim.id)


def agent_refused(state: State, plan: Plan, contact: Contact, agent_id: str) -> str:
    """Why this agent cannot be rung for the contact now."""
    agent = state.agents.get(agent_id)
    if agent is None:
        return "no_such_person"
    if agent_id == contact.agent:
        return "has_the_call"
    if not agent.ready:
        return "agent_not_ready"
    closed = closed_by(agent, _queue_of(plan, contact))
    if closed == AVAILABLE:
        return ""
    return "agent_away" if closed.startswith(("presence", "back-off")) else "agent_busy"


def _queue_refused(state: State, plan: Plan, name: str, now: int) -> str:
    queue = next((each for each in plan.queues if each.name == name), None)
    return "no_such_queue" if queue is None else queue_refused(state, plan, queue, now)


def queue_refused(state: State, plan: Plan, queue: Queue, now: int) -> str:
    """Why nobody can be sent to wait in this queue now."""
    hours = {each.name: each for each in plan.hours}
    closure = closure_of(state.bulletins, Scope.QUEUE, queue.name)
    if closure is not None or not within(hours, queue.hours, now):
        return "queue_closed"
    if queue.max_length is None:
        return ""
    waiting = sum(
        each.state is ContactState.QUEUED and each.queue == queue.name and not away(each.callback)
        for each in state.contacts.values()
    )
    return "queue_full" if waiting >= queue.max_length else ""


def _account_refused(state: State, plan: Plan, aim: Aim) -> str:
    """The plan's own accounts only, at the number that the directory told: whatever an act says."""
    known = {ref.lower() for entry in plan.entry_points for ref in entry.accounts}
    place = state.tenant.addresses.get(aim.id.lower())
    if aim.id.lower() not in known or place is None:
        return "no_such_account"
    return "" if place.number and place.number == aim.number else "account_without_number"


def number_refused(dial: Dial, number: str) -> str:
    """Why this number may not be rung: it may cost, so the plan must have allowed its beginning."""
    if not dial.prefixes:
        return "numbers_not_allowed"
    if not _E164.fullmatch(number):
        return "not_a_number"
    begins = any(number.startswith(prefix) for prefix in dial.prefixes)
    ordinary = any(is_ordinary(number, country) for country in dial.numbering)
    return "" if begins and ordinary else "number_not_allowed"


def _queue_of(plan: Plan, contact: Contact) -> Queue:
    found = next((each for each in plan.queues if each.name == contact.queue), None)
    return found or Queue(name=contact.queue)


def same_party(one: str, other: str) -> bool:
    """Whether two identities mean the same party: a number may be spelled with or without its
    plus, or as a `tel:` address."""
    if not one or not other:
        return False
    if one.lower() == other.lower():
        return True
    numbers = all(each.removeprefix("tel:").lstrip("+").isdigit() for each in (one, other))
    return numbers and _DIGITS.sub("", one) == _DIGITS.sub("", other)
