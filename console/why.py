"""Why this agent and not the others: an offer's explanation, and any other agent's state beside it.

Pure: facts in, values and sentences out. The command line and the API tell the same story. People
appear by their names in the directory, never by an id.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from console.instants import day_and_time, lasting, time_of_day
from console.past import PastFact
from routing.facts import FactKind
from routing.matching import MAY_RING, OPTED_OUT
from routing.plan import Preset, Rule
from routing.presence import Presence, lets_through

RULES = {
    Rule.LONGEST_IDLE: "longest idle",
    Rule.ROUND_ROBIN: "round robin",
    Rule.SERIAL: "serial",
}
ACCEPTED = "accepted"
LATER = "available, later in order"
UNNAMED = "an agent whom the directory does not name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """An agent who could have been offered the contact, with what the rule compared."""

    upn: str
    value: int
    """Longest idle: since when (UTC ms). Else: the place in the queue's list, from 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferWhy:
    """One offer of a contact, explained."""

    offer: str
    at: int
    place: tuple[int, int]
    """Where in the order of facts it was decided."""
    queue: str
    rule: str
    delivery: str
    agent: str
    """The directory's id: to look facts up by, never shown."""
    chosen: Runner
    following: tuple[Runner, ...]
    rest: dict[str, int]
    waiting: int
    also: tuple[str, ...]
    priority: int
    """The contact's; 0: told by a program that did not say."""
    seniority_ms: int
    """How long the contact had waited, in all queues and calls that count."""
    weight: int
    """The queue's, among the queues of the agent."""
    outcome: str
    """Empty while it is under way."""
    ended_at: int | None
    """None also while the agent's phone may still ring, although the outcome is known."""
    accepted_at: int | None = None
    """When the agent said yes. Accepted, an offer ends with its talk."""

    def sentences(self) -> list[str]:
        """The explanation, in words."""
        said = [
            (
                f"{time_of_day(self.at)}: offered to {self.chosen.upn or UNNAMED} from queue "
                f"{self.queue} by rule {rule_name(self.rule)}: {self._value(self.chosen)}."
            )
        ]
        if self.following:
            names = "; ".join(f"{one.upn} ({self._value(one)})" for one in self.following)
            said.append(f"Next in order: {names}.")
        elif not self.rest.get(LATER):
            said.append("Nobody else was available.")
        said += self._others()
        if self.also:
            said.append(
                f"The agent was free for {', '.join(self.also)} too; this contact went first"
                f"{self._first_by()}."
            )
        said.append(self._end())
        return said

    def _others(self) -> list[str]:
        said: list[str] = []
        if later := self.rest.get(LATER, 0):
            said.append(
                f"{later} more {'was' if later == 1 else 'were'} available, later in order."
            )
        closed = {reason: count for reason, count in self.rest.items() if reason != LATER and count}
        if closed:
            counts = ", ".join(
                f"{reason.replace(':', '')} ({count})" for reason, count in sorted(closed.items())
            )
            said.append(f"Not available: {counts}.")
        if self.waiting > 1:
            said.append(f"{self.waiting} contacts were waiting, this one first.")
        return said

    def _first_by(self) -> str:
        """What its place in line, and its queue's turn, were made of."""
        if not self.priority:
            return ""
        weight = f", weight {self.weight}" if self.weight > 1 else ""
        return f": waited {lasting(self.seniority_ms)}, priority {self.priority}{weight}"

    def _end(self) -> str:
        if not self.outcome:
            return "The offer is under way."
        if self.ended_at is None:
            return (
                f"It is over ({self.outcome.replace('_', ' ')}), but their phone may still ring: "
                "they get no other call until Graph says that it is silent."
            )
        outcome, lasted = self.outcome.replace("_", " "), lasting(self.ended_at - self.at)
        if self.accepted_at is None:
            return f"It ended after {lasted}: {outcome}."
        yes = f"It was accepted after {lasting(self.accepted_at - self.at)}"
        if self.ended_at == self.accepted_at:
            return f"{yes}."
        if self.outcome == ACCEPTED:
            return f"{yes}, and ended with the talk after {lasted}."
        return f"{yes}, and ended after {lasted}: {outcome}."

    def _value(self, runner: Runner) -> str:
        if self.rule == Rule.LONGEST_IDLE:
            return f"idle for {lasting(self.at - runner.value)}"
        return f"place {runner.value + 1} in the list"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactWhy:
    """A contact's offers, in order, or why there is none."""

    contact: str
    offers: tuple[OfferWhy, ...]
    note: str

    def sentences(self) -> list[str]:
        """The whole story, in words."""
        told = [sentence for offer in self.offers for sentence in offer.sentences()]
        return [*told, self.note] if self.note else told


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentWhy:
    """Why one agent was, or was not, offered the contact at one instant."""

    upn: str
    at: int
    verdict: str
    """One word for programs: chosen, following, later, closed, not_a_member, unknown."""
    reason: str
    """What closed the gate, as in an explanation's counts; empty when it stood open."""
    state: str
    presence: str
    since: int | None
    """When the state at that instant had begun."""
    sentence: str


def explain(contact: str, facts: Sequence[PastFact]) -> ContactWhy:
    """The offers among the contact's facts, oldest first."""
    ended = _by_offer(facts, FactKind.OFFER_ENDED)
    accepted = _by_offer(facts, FactKind.OFFER_ACCEPTED)
    offers = tuple(
        _offer(fact, accepted.get(fact.text("offer")), ended.get(fact.text("offer")), facts)
        for fact in facts
        if fact.kind == FactKind.OFFER_CREATED
    )
    return ContactWhy(contact=contact, offers=offers, note=_note(facts, offers))


def explain_agent(
    upn: str,
    offer: OfferWhy,
    state: PastFact | None,
    *,
    queues: Iterable[str] | None,
    preset: Preset,
) -> AgentWhy:
    """Why `upn` was not the one, from the last fact about them before the offer.

    `queues` are those the agent serves (None: not known), `preset` the queue's presence gate.
    """
    told = _Told(upn, offer.at, state)
    if upn.lower() == offer.chosen.upn.lower():
        return told.so("chosen", "", "was the one who was chosen")
    for number, runner in enumerate(offer.following, 1):
        if upn.lower() == runner.upn.lower():
            return told.so("following", "", _behind(offer, runner, number))
    if queues is not None and offer.queue not in queues:
        return told.so("not_a_member", "not a member", f"is no member of queue {offer.queue}")
    if state is None:
        return told.so("unknown", "", "was not known to the service yet")
    reason = closed_by(state, preset, offer.queue)
    if reason:
        return told.so("closed", reason, f"was not available: {_closed(state, reason, offer.at)}")
    return told.so("later", "", _open(offer, state))


def closed_by(state: PastFact, preset: Preset, queue: str) -> str:
    """What kept the agent from being offered this queue's contacts, or the empty string; as
    matching says it."""
    if queue in state.texts("opted_out"):
        return OPTED_OUT
    if state.text("may_ring"):
        return MAY_RING
    if needs := state.text("needs"):
        return f"wrap up: needs a {needs}"
    if state.text("state") != "idle":
        return state.text("state").replace("_", " ")
    if not state.flag("ready", default=True):
        return "not ready"
    if back_off := state.text("back_off"):
        return f"back-off: {back_off}"
    presence = state.text("presence")
    known = presence in {each.value for each in Presence}
    if not known or not lets_through(preset, Presence(presence)):
        return f"presence: {presence or Presence.UNKNOWN.value}"
    return ""


def rule_name(rule: str) -> str:
    """The rule as people call it."""
    return RULES.get(Rule(rule), rule) if rule in set(Rule) else rule


@dataclass(frozen=True, slots=True)
class _Told:
    upn: str
    at: int
    state: PastFact | None

    def so(self, verdict: str, reason: str, words: str) -> AgentWhy:
        state = self.state
        return AgentWhy(
            upn=self.upn,
            at=self.at,
            verdict=verdict,
            reason=reason,
            state=state.text("state") if state else "",
            presence=state.text("presence") if state else "",
            since=state.at if state else None,
            sentence=f"{time_of_day(self.at)}: {self.upn} {words}.",
        )


def _behind(offer: OfferWhy, runner: Runner, number: int) -> str:
    place = "next" if number == 1 else f"number {number + 1}"
    if offer.rule == Rule.LONGEST_IDLE:
        idle, longest = (lasting(offer.at - each.value) for each in (runner, offer.chosen))
        why = f"idle for {idle}, {offer.chosen.upn} for {longest}"
        if runner.value == offer.chosen.value:
            why = f"idle for {idle} like {offer.chosen.upn}, who comes first in a fixed order"
    else:
        why = f"place {runner.value + 1} in the list, after {offer.chosen.upn} by turn"
    return f"was available and {place} in order ({why})"


def _open(offer: OfferWhy, state: PastFact) -> str:
    if offer.rule == Rule.LONGEST_IDLE:
        idle = lasting(offer.at - state.number("idle_since"))
        longest = lasting(offer.at - offer.chosen.value)
        return (
            f"was available, but later in order: idle for {idle}, {offer.chosen.upn} for {longest}"
        )
    return f"was available, but later in the order of rule {rule_name(offer.rule)}"


def _closed(state: PastFact, reason: str, at: int) -> str:
    words = reason
    if reason == MAY_RING:
        words = "reserved: their phone may still ring from a call that is over"
    if reason == "not ready" and (why := state.text("not_ready_reason")):
        words = f"not ready ({why})"
    if reason == OPTED_OUT:
        words = "opted out of this queue"
    return f"{words}, for {lasting(at - state.at)} (presence {state.text('presence')})"


def _by_offer(facts: Sequence[PastFact], kind: FactKind) -> dict[str, PastFact]:
    return {fact.text("offer"): fact for fact in facts if fact.kind == kind}


def _offer(
    fact: PastFact,
    accepted: PastFact | None,
    ended: PastFact | None,
    facts: Sequence[PastFact],
) -> OfferWhy:
    later = [one for one in facts if one.agent == fact.agent and one.place > fact.place]
    # A blind transfer or an invitation has no word of acceptance: the connection says it.
    connected = _first(later, FactKind.CONTACT_CONNECTED)
    if accepted is None and (ended is None or ended.text("outcome") == ACCEPTED):
        accepted = connected
    ended = ended or accepted
    outcome = ""
    if ended is not None:
        outcome = ended.text("outcome") if ended.kind == FactKind.OFFER_ENDED else ACCEPTED
    else:
        rings_on = (one.text("may_ring") for one in later if one.kind == FactKind.AGENT_CHANGED)
        outcome = next(filter(None, rings_on), "")
    return OfferWhy(
        offer=fact.text("offer"),
        at=fact.at,
        place=fact.place,
        queue=fact.queue,
        rule=fact.text("rule"),
        delivery=fact.text("delivery"),
        agent=fact.agent,
        chosen=Runner(upn=fact.text("upn"), value=fact.number("value")),
        following=_runners(fact.detail.get("following")),
        rest=_counts(fact.detail.get("rest")),
        waiting=fact.number("waiting"),
        also=_words(fact.detail.get("also")),
        priority=fact.number("priority"),
        seniority_ms=fact.number("seniority_ms"),
        weight=fact.number("weight"),
        outcome=outcome,
        ended_at=ended.at if ended else None,
        accepted_at=accepted.at if accepted else None,
    )


def _first(facts: Sequence[PastFact], kind: FactKind) -> PastFact | None:
    return next((fact for fact in facts if fact.kind == kind), None)


def _note(facts: Sequence[PastFact], offers: tuple[OfferWhy, ...]) -> str:
    if not facts:
        return "Nothing is known of this contact."
    for fact in reversed(facts):
        if fact.kind == FactKind.CONTACT_ENDED:
            outcome, reason = fact.text("outcome").replace("_", " "), fact.text("reason")
            ending = f"The contact ended at {day_and_time(fact.at)}: {outcome}"
            ending += f" ({reason})." if reason else "."
            return ending if offers else f"Nobody was offered this contact. {ending}"
    if offers:
        return ""
    for fact in facts:
        if fact.kind == FactKind.CONTACT_QUEUED:
            return (
                f"Nobody was offered this contact yet. It waits in queue {fact.queue} since "
                f"{day_and_time(fact.at)}: no agent of the queue has been available."
            )
    return "The contact has not come to a queue yet."


def _runners(value: object) -> tuple[Runner, ...]:
    listed = value if isinstance(value, list) else []
    return tuple(
        Runner(upn=str(one.get("upn") or UNNAMED), value=one["value"])
        for one in listed
        if isinstance(one, dict) and isinstance(one.get("value"), int)
    )


def _counts(value: object) -> dict[str, int]:
    counts = value if isinstance(value, dict) else {}
    return {str(reason): count for reason, count in counts.items() if isinstance(count, int)}


def _words(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list) else ()
