"""Flows: what a caller is led through before, or instead of, a queue.

A contact stands in one step of one flow. Steps that say or ask something take time, and go on by a
key, an ended prompt, an answer or timer `flow`; all others are walked through at once. Each key
belongs to the step in which the contact is when it arrives, whatever of it was heard already.

Every flow ends: menus and digits have tries, a caller who does nothing is led on for a bounded
number of steps, and timer `flow_limit` ends what goes on for too long all the same.
"""

from __future__ import annotations

from dataclasses import replace

from routing import flow_asking, flow_digits, flow_menu, leaving
from routing.action import Action, ActionKind
from routing.contact import ContactInput, listen, move, play_music
from routing.events import WebhookAnswered
from routing.facts import FactKind
from routing.floor import Floor
from routing.flow_sound import hear
from routing.flow_steps import Ask, Branch, Collect, Enter, Goto, Menu, Note, Speak, Turn
from routing.flow_tries import operator_flow, place_of, to_operator
from routing.flow_when import holds
from routing.onward import Onward
from routing.state import Contact, ContactState, Outcome

UNASKED_AT_MOST = 50
"""Steps without the caller's doing anything; a plan that needs more goes round in circles."""
DEPTH_AT_MOST = 8
"""Flows that wait for the one they called."""
BACK_AT_MOST = 20
FAREWELL = "system:goodbye"


def enter(floor: Floor, contact: Contact, action: Action) -> Onward | None:
    """Begin the flow that the action names. From one flow to the next the time goes on running."""
    flow = floor.flows.get(action.ref)
    within = contact.state is ContactState.IN_FLOW
    if flow is None or not move(floor, contact, ContactInput.FLOW):
        return Onward(action=leaving.no_action(), outcome=Outcome.FAILED)
    place = place_of(contact)
    place.flow, place.step, place.returns = flow.name, flow.start, ()
    if not within:
        place.back = ()
    limit = floor.now + flow.limit_ms
    floor.arm(contact, "flow_limit", min(limit, contact.timers.get("flow_limit", limit)))
    floor.disarm(contact, "greeting")
    _entered(floor, contact)
    listen(floor, contact)
    return _walk(floor, contact)


# -- what happens to a contact in a flow -----------------------------------------------------------


def key(floor: Floor, contact: Contact, tone: str) -> Onward | None:
    """The caller pressed a key."""
    match _step(floor, contact):
        case Menu() as step:
            goto = flow_menu.key(floor, contact, step, tone)
        case Collect() as step:
            goto = flow_digits.key(floor, contact, step, tone)
        case _:
            goto = to_operator(floor, contact) if tone == "0" else None
            if goto is None:
                floor.ignored("ToneHeard", "no menu", contact.id)
    if goto is None:
        return None
    place_of(contact).unasked = 0
    return _follow(floor, contact, goto)


def prompt_over(floor: Floor, contact: Contact) -> Onward | None:
    """What was said is over, could not be said, or should long be over."""
    contact.playing = ""
    floor.disarm(contact, "flow")
    floor.touch(contact)
    match _step(floor, contact):
        case Speak() as step:
            return _follow(floor, contact, step.then)
        case Menu() as step:
            flow_menu.heard(floor, contact, step)
        case Collect() as step:
            flow_digits.heard(floor, contact, step)
        case _:
            pass
    return None


def timed(floor: Floor, contact: Contact) -> Onward | None:
    """Timer `flow`: no word of the prompt's end, no key, no answer."""
    if contact.playing:
        return prompt_over(floor, contact)
    match _step(floor, contact):
        case Menu() as step:
            goto = flow_menu.silent(floor, contact, step)
        case Collect() as step:
            goto = flow_digits.silent(floor, contact, step)
        case Ask() as step:
            goto = flow_asking.too_late(floor, contact, step)
        case _:
            return None
    return None if goto is None else _follow(floor, contact, goto)


def answered(floor: Floor, contact: Contact, event: WebhookAnswered) -> Onward | None:
    """A webhook answered. If it is not the one that is waited for, that is no news."""
    step = _step(floor, contact)
    if not isinstance(step, Ask) or event.command != place_of(contact).asked:
        floor.ignored("WebhookAnswered", "the step is over", contact.id)
        return None
    return _follow(floor, contact, flow_asking.answered(floor, contact, step, event))


def over_limit(floor: Floor, contact: Contact) -> Onward:
    """Timer `flow_limit`, or a plan that leads on and on."""
    flow = floor.flows.get(place_of(contact).flow)
    action = flow.on_limit if flow is not None else leaving.no_action()
    return _out(action, Outcome.TIMED_OUT)


def resume(floor: Floor, contact: Contact) -> None:
    """A new owner: what played may have run out unheard of."""
    match _step(floor, contact):
        case Speak() as step:
            hear(floor, contact, step.prompt)
        case Menu() as step:
            flow_menu.resume(floor, contact, step)
        case Collect() as step:
            flow_digits.resume(floor, contact, step)
        case _:
            play_music(floor, contact)


def mended(floor: Floor, contact: Contact) -> Onward | None:
    """The plan may have dropped the step in which the contact is: then the flow begins anew, and
    without the flow the contact goes where callers of its entry point go now. A step that is of
    another kind now begins anew."""
    place = place_of(contact)
    step = _step(floor, contact)
    if step is not None:
        return None if place.kind in ("", _kind(step)) else _anew(floor, contact)
    flow = floor.flows.get(place.flow)
    if flow is not None:
        place.step, place.returns, place.back = flow.start, (), ()
        return _walk(floor, contact)
    entry = floor.entries.get(contact.entry_point)
    if entry is not None and entry.flow:
        return _out(Action(kind=ActionKind.FLOW, ref=entry.flow))
    queue = entry.queue if entry is not None else ""
    if queue:
        return _out(Action(kind=ActionKind.QUEUE, ref=queue))
    return Onward(action=leaving.no_action(), outcome=Outcome.FAILED)


def _anew(floor: Floor, contact: Contact) -> Onward | None:
    """Begin the contact's step once more, without what was keyed or asked in it."""
    place = place_of(contact)
    if place.asked:
        floor.void(floor.caller_leg(contact), place.asked)
    place.asked = place.keyed = ""
    place.confirming, place.refused_at = False, None
    return _walk(floor, contact)


# -- walking ---------------------------------------------------------------------------------------


def _step(floor: Floor, contact: Contact) -> object:
    """The step in which the contact is; None: the plan has none of that name."""
    place = place_of(contact)
    return floor.steps.get((place.flow, place.step))


def _kind(step: object) -> str:
    return type(step).__name__.lower()


def _follow(floor: Floor, contact: Contact, goto: Goto) -> Onward | None:
    """Go on from a step that is over."""
    onward = _turn(floor, contact, goto)
    return _walk(floor, contact) if onward is None else onward


def _walk(floor: Floor, contact: Contact) -> Onward | None:
    """From the contact's step on, up to one that takes time, or out of the flow."""
    place = place_of(contact)
    while True:
        floor.disarm(contact, "flow")
        floor.touch(contact)
        place.unasked += 1
        if place.unasked > UNASKED_AT_MOST:
            return over_limit(floor, contact)
        goto = _begin(floor, contact)
        if goto is None:
            return None
        onward = _turn(floor, contact, goto)
        if onward is not None:
            return onward


def _begin(floor: Floor, contact: Contact) -> Goto | None:
    """Begin the contact's step; where it leads at once, or None: it takes time."""
    place_of(contact).kind = _kind(_step(floor, contact))
    match _step(floor, contact):
        case Speak() as step:
            hear(floor, contact, step.prompt)
        case Menu() as step:
            flow_menu.begin(floor, contact, step)
        case Collect() as step:
            flow_digits.begin(floor, contact, step)
        case Ask() as step:
            return flow_asking.begin(floor, contact, step)
        case Branch() as step:
            found = (case.then for case in step.cases if holds(floor, contact, case.when))
            return next(found, step.otherwise)
        case Note() as step:
            return step.then
        case Enter() as step:
            return _called(floor, contact, step)
        case _:
            return Goto(turn=Turn.ACTION, action=leaving.no_action())
    return None


def _called(floor: Floor, contact: Contact, step: Enter) -> Goto:
    """Into another flow, which comes back here."""
    place = place_of(contact)
    flow = floor.flows.get(step.flow)
    if flow is None:
        return step.then
    if len(place.returns) >= DEPTH_AT_MOST:
        place.unasked = UNASKED_AT_MOST
        return Goto(turn=Turn.REPEAT)
    place.returns = (*place.returns, f"{place.flow}/{place.step}")
    place.flow = flow.name
    _entered(floor, contact)
    return Goto(step=flow.start)


def _turn(floor: Floor, contact: Contact, goto: Goto) -> Onward | None:
    """Leave the contact's step by `goto`. None: `place.step` says where the flow goes on."""
    place = place_of(contact)
    _take_along(floor, contact, goto)
    here = f"{len(place.returns)}:{place.flow}/{place.step}"
    if isinstance(_step(floor, contact), Menu) and goto.turn in (Turn.STEP, Turn.ACTION):
        place.back = (*place.back, here)[-BACK_AT_MOST:]
    place.keyed, place.confirming, place.refused_at = "", False, None
    match goto.turn:
        case Turn.STEP:
            place.step = goto.step
        case Turn.REPEAT:
            pass
        case Turn.BACK:
            _back(floor, contact)
        case Turn.RETURN:
            return _return(floor, contact)
        case Turn.OPERATOR:
            name = operator_flow(floor, place)
            return _out(floor.flows[name].operator) if name else None
        case Turn.ACTION:
            return _out(goto.action)
    return None


def _take_along(floor: Floor, contact: Contact, goto: Goto) -> None:
    contact.attributes.update(goto.attributes)
    contact.language = goto.language or contact.language
    contact.priority_given = goto.priority or contact.priority_given
    if goto.attributes or goto.language or goto.priority:
        floor.fact(
            FactKind.FLOW_NOTED,
            contact=contact.id,
            queue=contact.queue,
            attributes=sorted(goto.attributes),
            language=goto.language,
            priority=goto.priority,
        )


def _back(floor: Floor, contact: Contact) -> None:
    """To the menu before; at the first one, and when the plan has dropped it: this one again."""
    place = place_of(contact)
    while place.back:
        depth, _, where = place.back[-1].partition(":")
        flow, _, step = where.partition("/")
        place.back = place.back[:-1]
        if (flow, step) in floor.steps and int(depth) <= len(place.returns):
            place.flow, place.step, place.returns = flow, step, place.returns[: int(depth)]
            return


def _return(floor: Floor, contact: Contact) -> Onward | None:
    """Back to the flow that called this one; without one the call is over."""
    place = place_of(contact)
    while place.returns:
        flow, _, step = place.returns[-1].partition("/")
        place.returns = place.returns[:-1]
        caller = floor.steps.get((flow, step))
        if isinstance(caller, Enter):
            place.flow, place.step = flow, step
            return _turn(floor, contact, caller.then)
    return _out(None)


def _out(action: Action | None, outcome: Outcome = Outcome.SERVED) -> Onward:
    action = action or Action()
    if action.kind is ActionKind.DISCONNECT and not action.prompt:
        action = replace(action, prompt=FAREWELL)
    return Onward(action=action, outcome=outcome)


def _entered(floor: Floor, contact: Contact) -> None:
    flow = place_of(contact).flow
    floor.fact(FactKind.FLOW_ENTERED, contact=contact.id, queue=contact.queue, flow=flow)
