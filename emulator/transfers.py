"""Transfer: blind (a phone rings) and consultative (the agent is on a second call already)."""

from __future__ import annotations

from emulator.calls import Calls
from emulator.exchange import BOT_ENDED, Call, Exchange, Leg, Room
from emulator.log import Faulted
from emulator.media import Media
from emulator.refusals import (
    Reply,
    Request,
    check_words,
    meeting_mode,
    not_possible,
    tenant_mismatch,
)
from emulator.ringing import Directory, Phones, Target, parse_target
from emulator.shapes import Json, Result, result_info

BLIND_DONE = Result(0, 7015, "GracefulTransferCompleted")
CONSULT_DONE = Result(0, 0, "", "AppTransferred")
BLIND_FAILED = Result(500, 7000, "The transfer failed.")
CONSULT_FAILED = Result(500, 7700, "The transfer failed.")
BEGINS_AFTER_MS = {"at_once": 0, "after_2_s": 2_000}
"""how long a GET still shows a call as established whose transfer was accepted"""
STRANGERS = ("guest", "federated", "encrypted")


class Transfers:
    def __init__(
        self,
        exchange: Exchange,
        directory: Directory,
        phones: Phones,
        media: Media,
        calls: Calls,
    ) -> None:
        self._x = exchange
        self._directory = directory
        self._phones = phones
        self._media = media
        self._calls = calls

    def transfer(self, request: Request, call: Call) -> Reply:
        x, body = self._x, request.object_body()
        check_words("transfer", body)
        if call.group:
            raise meeting_mode()
        if call.state != "established":
            raise not_possible(f"The call is {call.state}, not established.")
        target = parse_target(
            body.get("transferTarget"),
            self._directory,
            tenant_id=call.tenant_id,
            account_rule=x.switches["account_target"],
        )
        self._calls.check_numbers(call, [target])
        caller = call.room.legs[0]
        if caller.identity.kind in STRANGERS:
            raise tenant_mismatch()
        x.set_state(call, "transferring")
        call.shown_until = x.now + BEGINS_AFTER_MS[x.switches["transfer_begins"]]
        x.notify_state(call, "transferring")
        self._media.stop(call, told=True)
        self._tell_accepted(call)
        x.tell("connecting", caller)
        if target.replaces is None:
            self._blind(call, caller, target)
        else:
            self._consult(call, caller, target, target.replaces)
        return Reply(202)

    def _tell_accepted(self, call: Call) -> None:
        x = self._x
        order = x.switches["transfer_accepted"]
        if order == "sent":
            x.notify_state(call, "transferAccepted")
        x.notify_media(call, "inactive")
        if order == "after_inactive":
            x.notify_state(call, "transferAccepted")

    # --- blind

    def _blind(self, call: Call, caller: Leg, target: Target) -> None:
        x = self._x
        x.hear(caller, "ringback")
        fault = x.faults.for_transfer(call.id)
        if fault is not None:
            x.log.add(Faulted(at=x.now, call=call.id, what="transfer", fault=fault.kind))
            wait = x.config.timings.join_ms
            call.timers["transfer"] = x.later(
                wait, lambda: self._failed(call, caller, BLIND_FAILED)
            )
            return

        def rung(leg: Leg, why: str) -> None:
            self._blind_rung(call, caller, leg, why)

        limit = x.config.timings.ring_ms
        ring = self._phones.ring(target, via="transfer", call=call, limit_ms=limit, rung=rung)
        call.on_end.append(lambda: self._phones.cancel(ring))

    def _blind_rung(self, call: Call, caller: Leg, leg: Leg, why: str) -> None:
        voicemail_fails = self._x.switches["voicemail_transfer"] == "failure"
        if call.state != "transferring":
            self._x.end_leg(leg, "too_late")
        elif why == "answered" or (why == "voicemail" and not voicemail_fails):
            wait = self._x.config.timings.establish_ms
            call.timers["transfer"] = self._x.later(
                wait, lambda: self._bridge(call, caller, leg, BLIND_DONE)
            )
        else:
            self._x.end_leg(leg, why)
            self._failed(call, caller, BLIND_FAILED)

    # --- consultative

    def _consult(self, call: Call, caller: Leg, target: Target, replaces: str) -> None:
        x = self._x
        other = x.calls.get(replaces.lower())
        wait = x.config.timings.join_ms
        agent = self._replaced_leg(call, other, target)
        fault = x.faults.for_transfer(call.id)
        if fault is not None:
            x.log.add(Faulted(at=x.now, call=call.id, what="transfer", fault=fault.kind))
        if other is None or agent is None or fault is not None or self._pstn_fails(caller):
            call.timers["transfer"] = x.later(
                wait, lambda: self._consult_failed(call, caller, other)
            )
            return
        call.timers["transfer"] = x.later(wait, lambda: self._join(call, caller, other, agent))

    def _replaced_leg(self, call: Call, other: Call | None, target: Target) -> Leg | None:
        """The agent's phone on the other call, if that call can be replaced at all."""
        if other is None or other is call or other.app_id != call.app_id:
            return None
        if other.group or other.state != "established" or len(other.room.legs) != 1:
            return None
        leg = other.room.legs[0]
        return leg if leg.identity.id.lower() == target.identity.id.lower() else None

    def _pstn_fails(self, caller: Leg) -> bool:
        if caller.identity.kind not in ("phone", "withheld"):
            return False
        match self._x.switches["replaces_pstn"]:
            case "refused":
                return True
            case "flaky":
                return self._x.rng.random() < 0.5
        return False

    def _join(self, call: Call, caller: Leg, other: Call, agent: Leg) -> None:
        if agent.state != "connected" or other.state != "established":
            self._consult_failed(call, caller, other)
            return
        after = self._x.switches["replaced_call_deleted"] == "after"
        if not after:
            self._x.end_call(other, Result(200, 7015, "The call was replaced."))
        self._bridge(call, caller, agent, CONSULT_DONE)
        if after:
            self._x.end_call(other, Result(200, 7015, "The call was replaced."))

    def _consult_failed(self, call: Call, caller: Leg, other: Call | None) -> None:
        self._failed(call, caller, CONSULT_FAILED)
        ends = self._x.switches["agent_leg_after_7700"] == "ends"
        if ends and other is not None and other.state == "established":
            legs = list(other.room.legs)
            self._x.end_call(other, BOT_ENDED)
            for leg in legs:
                self._x.end_leg(leg, "transfer_failed")

    # --- both

    def _bridge(self, call: Call, caller: Leg, agent: Leg, result: Result) -> None:
        """The caller and the agent in a room without a bot."""
        x = self._x
        if caller.state == "ended" or call.state != "transferring":
            x.end_leg(agent, "caller_gone")
            return
        if agent.state == "ended":
            self._failed(call, caller, BLIND_FAILED if result is BLIND_DONE else CONSULT_FAILED)
            return
        call.on_end.clear()
        room = Room()
        caller.override = ""
        x.end_call(call, result)
        x.connect(caller, room)
        x.connect(agent, room)

    def _failed(self, call: Call, caller: Leg, result: Result) -> None:
        """Back to established; the next agent can be tried."""
        x = self._x
        if call.state != "transferring":
            return
        x.set_state(call, "established", result)
        x.hear(caller, "")
        extra: Json = {"resultInfo": result_info(result, x.switches)}
        if result is CONSULT_FAILED:
            extra["replacesContext"] = ""
        x.notify_state(call, "established", extra)
        x.notify_media(call, "active")
