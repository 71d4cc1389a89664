"""A contact's facts as lines to read: when, what, in one sentence without ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from console import control_lines, waiting_lines
from console.instants import day_and_time, lasting
from console.past import PastFact
from console.why import UNNAMED, rule_name
from routing.facts import FactKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a timeline."""

    at: int
    kind: str
    text: str


def timeline(facts: Sequence[PastFact]) -> list[Line]:
    """A line for each fact, in the order in which they were decided."""
    names: dict[str, str] = {}
    lines: list[Line] = []
    for fact in facts:
        if fact.agent and (upn := fact.text("upn")):
            names[fact.agent] = upn
        said = _SAYS.get(fact.kind, _other)
        who = names.get(fact.agent, UNNAMED if fact.agent else "")
        lines.append(Line(at=fact.at, kind=fact.kind, text=said(fact, who)))
    return lines


def _arrived(fact: PastFact, _who: str) -> str:
    caller = {
        "number": "a phone number",
        "withheld": "a caller who withholds the number",
        "internal": "a colleague",
        "guest": "a guest",
        "federated": "somebody of another organization",
        "encrypted": "a caller whose identity is encrypted",
        "bot": "another bot",
    }.get(fact.text("caller"), "somebody")
    entry = fact.text("entry_point")
    return f"{caller} rings{f' at {entry}' if entry else ''}".capitalize()


def _left_queue(fact: PastFact, _who: str) -> str:
    outcome = fact.text("outcome").replace("_", " ")
    return f"Leaves queue {fact.queue} after {lasting(fact.number('waited_ms'))}: {outcome}"


def _offered(fact: PastFact, who: str) -> str:
    return f"Offered to {who} (queue {fact.queue}, {rule_name(fact.text('rule'))})"


def _refusal_failed(fact: PastFact, _who: str) -> str:
    return f"Sending the caller on failed ({fact.text('reason')})"


def _handled(fact: PastFact, _who: str) -> str:
    talk, wrap_up = lasting(fact.number("talk_ms")), fact.number("wrap_up_ms")
    return f"Handled: talked for {talk}{f', wrap-up {lasting(wrap_up)}' if wrap_up else ''}"


def _corrected(fact: PastFact, who: str) -> str:
    before = fact.number("talk_ended_at_before")
    if not before:
        return f"The call record shows when the talk with {who} ended"
    later_ms = fact.number("talk_ended_at") - before
    differs = f"{lasting(abs(later_ms))} {'later' if later_ms > 0 else 'earlier'}"
    return f"The call record shows that the talk with {who} ended {differs} than presence showed"


def _card(fact: PastFact, who: str) -> str:
    if problem := fact.text("problem"):
        return f"{who} was shown no card ({problem.replace('_', ' ')})"
    when = "before the phone rang" if fact.flag("before_ring") else "while the phone rang already"
    return f"{who} was shown the card {when}"


def _offer_ended(fact: PastFact, who: str) -> str:
    reason = fact.text("reason")
    outcome = fact.text("outcome").replace("_", " ") or "unknown"
    return f"The offer to {who} ended: {outcome}{f' ({reason})' if reason else ''}"


def _connected(fact: PastFact, who: str) -> str:
    return f"Connected with {who} after {lasting(fact.number('waited_ms'))} in the queue"


def _step(fact: PastFact) -> str:
    return f"{fact.text('step')} of flow {fact.text('flow')}"


def _chose(fact: PastFact, _who: str) -> str:
    return f"Chose {fact.text('choice').replace('_', ' ')} at {_step(fact)}"


def _otherwise(fact: PastFact, _who: str) -> str:
    why = {
        "silence": "nothing was keyed in",
        "invalid": "nothing usable was keyed in",
        "corrected": "it was never right",
    }.get(fact.text("why"), "no more tries")
    return f"Led on at {_step(fact)}: {why}"


def _flow_noted(fact: PastFact, _who: str) -> str:
    told = list(fact.texts("attributes"))
    if language := fact.text("language"):
        told.append(f"language {language}")
    if priority := fact.number("priority"):
        told.append(f"priority {priority}")
    return f"Noted: {', '.join(told)}"


def _answered(fact: PastFact, _who: str) -> str:
    webhook = fact.text("webhook")
    if problem := fact.text("problem"):
        return f"No use came of webhook {webhook} ({problem.replace('_', ' ')})"
    told = ", ".join(fact.texts("attributes")) or "nothing that is wanted"
    return f"Webhook {webhook} told {told}"


def _context(fact: PastFact, _who: str) -> str:
    place, ms = fact.text("title") or fact.text("provider"), fact.number("ms")
    if problem := fact.text("problem"):
        return f"{place} told nothing of the caller ({problem})"
    knows = "knows nothing of the caller" if fact.flag("empty") else "told what it knows"
    return f"{place} {knows}, in {ms} ms"


def _noticed(fact: PastFact, _who: str) -> str:
    return "Heard the notice" if fact.flag("heard") else "The notice could not be played"


def _leaving(fact: PastFact, _who: str) -> str:
    to = {
        "disconnect": "good-bye",
        "user": "a person",
        "number": "a phone number",
        "account": "a resource account",
    }.get(fact.text("to"), "elsewhere")
    return f"Leaves the queue ({fact.text('outcome').replace('_', ' ')}): {to}"


def _closed(what: str) -> Callable[[PastFact, str], str]:
    def said(fact: PastFact, _who: str) -> str:
        name = fact.queue or fact.text("entry_point")
        why = " by a supervisor" if fact.text("why") == "closure" else ""
        return f"{what} {name} is closed{why}"

    return said


def _bulletin_set(fact: PastFact, _who: str) -> str:
    what = "closes" if fact.flag("closes") else "has told the callers of"
    text = f": {fact.text('text')}" if fact.text("text") else ""
    return f"{fact.text('by') or UNNAMED} {what} {fact.text('about') or 'everything'}{text}"


def _bulletin_ended(fact: PastFact, _who: str) -> str:
    what = "The closure" if fact.flag("closes") else "The message"
    by = f" by {fact.text('by')}" if fact.text("by") else ""
    return f"{what} of {fact.text('about') or 'everything'} has ended: {fact.text('why')}{by}"


def _ended(fact: PastFact, _who: str) -> str:
    outcome, reason = fact.text("outcome").replace("_", " "), fact.text("reason")
    return f"Ended: {outcome}{f' ({reason})' if reason else ''}"


def _agent(fact: PastFact, who: str) -> str:
    state = fact.text("state").replace("_", " ")
    return f"{who} is {state} ({fact.text('why')})"


def _late(fact: PastFact, who: str) -> str:
    ending = "and takes the call" if fact.flag("wins") else "too late"
    return f"{who} joined late, {ending}"


def _team(fact: PastFact, _who: str) -> str:
    about = fact.text("about").replace("_", " ")
    if problem := fact.text("problem"):
        return f"The team of {fact.queue} was not told ({about}): {problem.replace('_', ' ')}"
    return f"The team of {fact.queue} was told in its channel: {about}"


def _left_message(fact: PastFact, _who: str) -> str:
    said = {
        "message": f"A message of {lasting(fact.number('length_ms'))}",
        "wish": "No message, but the wish to be called",
    }.get(fact.text("result"), f"A message without sound ({fact.text('reason') or 'unknown'})")
    return f"{said} for the team of {fact.queue}"


def _fetched(fact: PastFact, _who: str) -> str:
    if problem := fact.text("problem"):
        return f"The recording could not be fetched ({problem.replace('_', ' ')})"
    return f"The recording was fetched: {lasting(fact.number('length_ms'))}"


def _marked(what: str, undone: str = "") -> Callable[[PastFact, str], str]:
    def says(fact: PastFact, _who: str) -> str:
        by = fact.text("by")
        done = what if fact.flag("on") or not undone else undone
        return f"{done} {by}" if by else done.removesuffix(" by")

    return says


def _ignored(fact: PastFact, _who: str) -> str:
    return f"Nothing changed by {fact.text('event')} ({fact.text('reason')})"


def _refused(fact: PastFact, _who: str) -> str:
    act, why = fact.text("act").replace("_", " "), fact.text("code").replace("_", " ")
    return f"{fact.text('by') or UNNAMED} asked for {act}, which could not be done ({why})"


def _steered(fact: PastFact, _who: str) -> str:
    by = fact.text("by") or UNNAMED
    match fact.kind:
        case FactKind.CONTACT_PULLED:
            return f"{by} has it offered to {fact.text('upn') or UNNAMED} next"
        case FactKind.CONTACT_MOVED:
            return f"{by} moves it from queue {fact.queue} to {fact.text('to')}"
        case FactKind.CONTACT_PRIORITIZED:
            before, after = fact.number("before"), fact.number("priority")
            return f"{by} gives it priority {after} (before: {before})"
        case _:
            words = fact.text("text") or fact.text("way").replace("_", " ")
            return f"{by} takes it out of queue {fact.queue}{f': {words}' if words else ''}"


def _confirmed(fact: PastFact, _who: str) -> str:
    later = fact.number("not_before")
    when = f", not before {day_and_time(later)}" if later else ""
    return f"A callback is promised, at the same place in line{when}"


def _dialing(fact: PastFact, who: str) -> str:
    return f"{who} waits while the customer is called (attempt {fact.number('dials')})"


def _not_reached(fact: PastFact, _who: str) -> str:
    if fact.text("why") == "agent_left":
        return "The agent hung up while the customer was called"
    return f"The customer was not reached: {fact.text('why').replace('_', ' ')}"


def _called_back(fact: PastFact, who: str) -> str:
    return f"Called back: connected with {who} after {lasting(fact.number('waited_ms'))}"


def _no_callback(fact: PastFact, _who: str) -> str:
    over = "came to nothing" if fact.kind == FactKind.CALLBACK_EXPIRED else "is not wanted any more"
    by = f", by {fact.text('by')}" if fact.text("by") else ""
    return f"The callback {over} ({fact.text('why').replace('_', ' ')}{by})"


def _callback_offered(fact: PastFact, _who: str) -> str:
    return f"Told that a callback is possible ({fact.text('why').replace('_', ' ')})"


def _other(fact: PastFact, _who: str) -> str:
    return fact.kind.rpartition(".")[2].replace("_", " ").capitalize()


def _test_call(fact: PastFact, _who: str) -> str:
    return said_of_test(fact.text("step"), fact.text("why"))


TEST_STEPS = {
    "asked": "Graph is asked to ring",
    "created": "Graph took the call, the phone rings",
    "answered": "Picked up, and there is sound",
    "spoken": "The sentence was played",
    "not_spoken": "The sentence was not heard",
    "ended": "The call is over",
    "failed": "The test call failed",
    "refused": "The test call was not made",
}
"""What each step of a test call is called."""


def said_of_test(step: str, why: str) -> str:
    """One step of a test call, in words."""
    return f"{TEST_STEPS.get(step, step)}{f': {why}' if why else ''}"


_SAYS: dict[str, Callable[[PastFact, str], str]] = {
    FactKind.CONTACT_ARRIVED: _arrived,
    FactKind.CONTACT_ANSWERED: lambda _fact, _who: "Answered",
    FactKind.CONTACT_QUEUED: lambda fact, _who: f"Waits in queue {fact.queue}",
    FactKind.CONTACT_LEFT_QUEUE: _left_queue,
    FactKind.CONTACT_REQUEUED: lambda fact, _who: f"Back in queue {fact.queue}, at the same place",
    FactKind.CONTACT_RETURNED: waiting_lines.returned,
    FactKind.CONTACT_ANNOUNCED: waiting_lines.announced,
    FactKind.CONTACT_PULLED: _steered,
    FactKind.CONTACT_MOVED: _steered,
    FactKind.CONTACT_PRIORITIZED: _steered,
    FactKind.CONTACT_WITHDRAWN: _steered,
    FactKind.CONTACT_EXITED: waiting_lines.exited,
    FactKind.WAIT_JUDGED: waiting_lines.judged,
    FactKind.QUEUE_WITHOUT_AGENT: waiting_lines.without_agent,
    FactKind.CONTACT_CONNECTED: _connected,
    FactKind.CONTACT_HELD: lambda _fact, _who: "The caller is on hold, with music",
    FactKind.CONTACT_RESUMED: lambda fact, _who: (
        f"The caller is back after {lasting(fact.number('held_ms'))} on hold"
    ),
    FactKind.PARTY_RUNG: control_lines.rung_in,
    FactKind.PARTY_JOINED: lambda fact, _who: f"{fact.text('name')} is in the call",
    FactKind.PARTY_OVER: control_lines.party_over,
    FactKind.CONTACT_TRANSFERRED: control_lines.transferred,
    FactKind.CONTROL_FAILED: control_lines.control_failed,
    FactKind.CONTACT_CUT: lambda fact, _who: (
        f"{fact.text('by') or UNNAMED} ends the call for everybody"
    ),
    FactKind.CONTACT_LEAVING: _leaving,
    FactKind.CONTACT_NOTICED: _noticed,
    FactKind.CONTACT_OBJECTED: lambda _fact, _who: "Objects to what the notice says",
    FactKind.FLOW_ENTERED: lambda fact, _who: f"In flow {fact.text('flow')}",
    FactKind.FLOW_CHOSE: _chose,
    FactKind.FLOW_OTHERWISE: _otherwise,
    FactKind.FLOW_COLLECTED: lambda fact, _who: f"Keyed in {fact.text('attribute')}",
    FactKind.FLOW_NOTED: _flow_noted,
    FactKind.FLOW_ASKED: lambda fact, _who: f"Webhook {fact.text('webhook')} is asked",
    FactKind.FLOW_ANSWERED: _answered,
    FactKind.FLOW_LEFT: lambda fact, _who: f"Leaves flow {fact.text('flow')}: {fact.text('to')}",
    FactKind.CONTEXT_ANSWERED: _context,
    FactKind.CONTACT_RECOVERED: lambda _fact, _who: "Taken up again after a restart",
    FactKind.CONTACT_ENDED: _ended,
    FactKind.CONTACT_WRAPPED: _handled,
    FactKind.CONTACT_CORRECTED: _corrected,
    FactKind.REFUSAL_FAILED: _refusal_failed,
    FactKind.OFFER_CREATED: _offered,
    FactKind.OFFER_RINGING: lambda _fact, who: f"{who} is being rung",
    FactKind.OFFER_PICKED_UP: lambda _fact, who: f"{who} picked up",
    FactKind.OFFER_CARD: _card,
    FactKind.OFFER_SAID_YES: lambda fact, who: f"{who} accepted on the {fact.text('by') or 'card'}",
    FactKind.OFFER_ACCEPTED: lambda _fact, who: f"{who} accepted",
    FactKind.OFFER_ENDED: _offer_ended,
    FactKind.CONTACT_DISPOSED: lambda fact, who: (
        f"{who} says how it ended: {fact.text('disposition')}"
    ),
    FactKind.CONTACT_NOTED: lambda fact, who: f"{who} noted: {fact.text('note')}",
    FactKind.LATE_JOIN: _late,
    FactKind.AGENT_CHANGED: _agent,
    FactKind.CONTACT_TOLD: lambda _fact, _who: "Hears what a supervisor said",
    FactKind.ENTRY_POINT_CLOSED: _closed("Entry point"),
    FactKind.QUEUE_CLOSED: _closed("Queue"),
    FactKind.BULLETIN_SET: _bulletin_set,
    FactKind.BULLETIN_ENDED: _bulletin_ended,
    FactKind.TEAM_TOLD: _team,
    FactKind.VOICEMAIL_LEFT: _left_message,
    FactKind.VOICEMAIL_FETCHED: _fetched,
    FactKind.VOICEMAIL_DISCARDED: lambda fact, _who: (
        f"A recording was thrown away: {fact.text('reason')}"
    ),
    FactKind.VOICEMAIL_HEARD: _marked("The message was heard by"),
    FactKind.VOICEMAIL_OWNED: _marked(
        "The message is taken care of by", "The message is no longer taken care of by"
    ),
    FactKind.VOICEMAIL_DONE: _marked(
        "The message was dealt with by", "The message is open again, says"
    ),
    FactKind.VOICEMAIL_DELETED: _marked("The message was deleted by"),
    FactKind.MISSED_OWNED: _marked(
        "The missed call is taken care of by", "The missed call is no longer taken care of by"
    ),
    FactKind.MISSED_DONE: _marked(
        "The missed call was dealt with by", "The missed call is open again, says"
    ),
    FactKind.QUEUE_OVERFLOWED: lambda fact, _who: f"Queue {fact.queue} is full",
    FactKind.CALLBACK_OFFERED: _callback_offered,
    FactKind.CALLBACK_REQUESTED: lambda _fact, _who: "Asks to be called back",
    FactKind.CALLBACK_CONFIRMED: _confirmed,
    FactKind.CALLBACK_DIALING: _dialing,
    FactKind.CALLBACK_FAILED: _not_reached,
    FactKind.CALLBACK_CONNECTED: _called_back,
    FactKind.CALLBACK_EXPIRED: _no_callback,
    FactKind.CALLBACK_CANCELED: _no_callback,
    FactKind.TEST_CALL: _test_call,
    FactKind.ACT_REFUSED: _refused,
    FactKind.IGNORED: _ignored,
}
