"""Making phones ring: who a target is, how long it rings, and the ways in which that ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from emulator.config import Account, Application, Person
from emulator.exchange import Call, Exchange, Leg
from emulator.log import Ringing, RingStopped
from emulator.refusals import bad_request, tenant_mismatch
from emulator.shapes import Identity, Json, Result

Outcome = Callable[[Leg, str], None]
BUSY_TONE_MS = 200
APPLICATION_ANSWERS_MS = 300
RINGS_ON_MS = {"none": 0, "second": 1_000}
UNREACHABLE = Result(480, 10037, "No callee endpoints were found.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Somebody who can be called, as a request names them."""

    identity: Identity
    role: str
    party: str
    person: Person | None = None
    replaces: str | None = None


class Directory:
    """Who is who, by every name they have."""

    def __init__(self, exchange: Exchange) -> None:
        config = exchange.config
        self.people: dict[str, Person] = {}
        self.accounts: dict[str, Account] = {}
        self.applications: dict[str, Application] = {}
        for person in config.people:
            self.people[person.id.lower()] = self.people[person.upn.lower()] = person
        for account in config.accounts:
            self.accounts[account.id.lower()] = self.accounts[account.upn.lower()] = account
            if account.number:
                self.accounts[account.number] = account
        for application in config.applications:
            self.applications[application.id.lower()] = application

    def person(self, name: str) -> Person | None:
        return self.people.get(name.lower())

    def account(self, name: str) -> Account | None:
        return self.accounts.get(name.lower())


def parse_target(
    value: object, directory: Directory, *, tenant_id: str, account_rule: str
) -> Target:
    """Who an invitationParticipantInfo means. Raises Refused."""
    if not isinstance(value, dict) or not isinstance(value.get("identity"), dict):
        raise bad_request("A target is an object with an identity.")
    identity: Json = value["identity"]
    replaces = value.get("replacesCallId")
    if replaces is not None and not isinstance(replaces, str):
        raise bad_request("replacesCallId is a string.")
    for key in ("user", "phone", "application", "applicationInstance"):
        inner = identity.get(key)
        if inner is None:
            continue
        if not isinstance(inner, dict) or not isinstance(inner.get("id"), str) or not inner["id"]:
            raise bad_request(f"identity.{key} needs an id.")
        return _target(key, inner["id"], directory, tenant_id, account_rule, replaces)
    raise bad_request(
        "The identity of a target has user, phone, application or applicationInstance."
    )


def _target(
    key: str,
    name: str,
    directory: Directory,
    tenant_id: str,
    account_rule: str,
    replaces: str | None,
) -> Target:
    if key == "phone":
        if not name.startswith("+") or not name[1:].isdigit():
            raise bad_request(f"A phone identity is a number in E.164 form, not {name!r}.")
        identity = Identity(kind="phone", id=name)
        return Target(identity=identity, role="number", party=name, replaces=replaces)
    account = directory.account(name)
    if account is not None:
        _check_account(key, account_rule)
        identity = Identity(kind="application", id=account.id, name=account.name)
        return Target(identity=identity, role="application", party=account.upn, replaces=replaces)
    if key != "user":
        identity = Identity(kind="application", id=name)
        return Target(identity=identity, role="application", party=name, replaces=replaces)
    person = directory.person(name)
    if person is not None and person.tenant_id != tenant_id:
        raise tenant_mismatch()
    if person is None:
        identity = Identity(kind="user", id=name)
        return Target(identity=identity, role="agent", party=name, replaces=replaces)
    kind = "guest" if person.kind == "guest" else "user"
    identity = Identity(kind=kind, id=person.id, name=person.name, tenant_id=person.tenant_id)
    return Target(
        identity=identity, role="agent", party=person.upn, person=person, replaces=replaces
    )


def _check_account(key: str, rule: str) -> None:
    """Another resource account as target: application identity, else 7505 (comms-samples#260)."""
    if rule == "refused" or (rule == "application" and key != "application"):
        raise tenant_mismatch()


class Phones:
    """Starts and stops ringing, and tells whoever asked how it ended."""

    def __init__(self, exchange: Exchange) -> None:
        self._x = exchange
        self.other_calls: set[str] = set()
        """parties who are in a call that has nothing to do with us"""
        self.ring_when_busy: set[str] = set()
        """parties whose phone rings although they are in a call (call waiting)"""

    def ring(self, target: Target, *, via: str, call: Call, limit_ms: int, rung: Outcome) -> Leg:
        """Ring the target's phone; `rung` is told once: answered, declined, busy, no_answer ..."""
        x = self._x
        busy = target.party in x.live_of or target.party in self.other_calls
        leg = x.new_leg(
            party=target.party,
            role=target.role,
            identity=target.identity,
            via=via,
            call=call.id,
            person=target.person,
        )
        leg.rung = rung
        unreachable = target.role == "agent" and (
            target.person is None or not target.person.enabled
        )
        if unreachable:
            leg.timers.append(x.later(BUSY_TONE_MS, lambda: self.stop(leg, "unreachable")))
            return leg
        x.log.add(Ringing(at=x.now, leg=leg.id, call=call.id, party=leg.party, via=via))
        if busy and target.party not in self.ring_when_busy and target.role == "agent":
            leg.timers.append(x.later(BUSY_TONE_MS, lambda: self.stop(leg, "busy")))
            return leg
        leg.timers.append(x.later(limit_ms, lambda: self.stop(leg, "no_answer")))
        if self._has_voicemail(target.person, via):
            wait = x.config.timings.voicemail_ms
            leg.timers.append(x.later(wait, lambda: self.stop(leg, "voicemail")))
        if leg.role == "application":
            leg.timers.append(x.later(APPLICATION_ANSWERS_MS, lambda: self.stop(leg, "answered")))
        x.tell("ring", leg, via)
        return leg

    def stop(self, leg: Leg, why: str) -> None:
        """The ringing is over; an answered leg lives on, others end."""
        if leg.state != "ringing" or leg.rung is None:
            return
        rung, leg.rung = leg.rung, None
        for timer in leg.timers:
            timer.cancel()
        leg.timers.clear()
        x = self._x
        if why != "unreachable":
            x.log.add(RingStopped(at=x.now, leg=leg.id, call=leg.call, party=leg.party, why=why))
        x.tell("ring_stopped", leg, why)
        if why == "voicemail":
            leg.role = "voicemail"
            length = x.config.timings.voicemail_length_ms
            leg.timers.append(x.later(length, lambda: x.end_leg(leg, "hung_up")))
        if why in ("answered", "voicemail"):
            rung(leg, why)
        else:
            x.end_leg(leg, why)
            rung(leg, why)

    def cancel(self, leg: Leg) -> None:
        """The caller's side gives up: the phone falls silent a moment later, or as switched."""
        if leg.state != "ringing":
            return
        if leg.rung is None:  # picked up, but not connected yet
            self._x.end_leg(leg, "cancelled")
        elif leg.rung != self._let_go:
            leg.rung = self._let_go
            wait = RINGS_ON_MS.get(self._x.switches["ring_after_end"])
            wait = self._x.config.timings.cancel_ms if wait is None else wait
            self._x.later(wait, lambda: self.stop(leg, "cancelled"))

    def _let_go(self, leg: Leg, why: str) -> None:
        """Picked up in the moment in which the other side gave up."""
        if why in ("answered", "voicemail"):
            self._x.end_leg(leg, "cancelled")

    def _has_voicemail(self, person: Person | None, via: str) -> bool:
        if person is None or not person.voicemail:
            return False
        return via != "invite" or self._x.switches["voicemail_invite"] == "joins"


def ended_with(switches_value: str, message: str) -> Result:
    """A result written as code/subcode in a switch."""
    code, _, subcode = switches_value.partition("/")
    return Result(int(code), int(subcode), message)
