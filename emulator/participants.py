"""Everybody in a call: invite, list, remove, mute, hold music; and the roster that tells of it."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.calls import Calls
from emulator.exchange import Call, Exchange, Leg
from emulator.media import Media
from emulator.refusals import (
    Refused,
    Reply,
    Request,
    bad_request,
    check_words,
    items,
    not_possible,
    text,
)
from emulator.ringing import UNREACHABLE, Directory, Phones, Target, ended_with, parse_target
from emulator.shapes import (
    GRAPH,
    Json,
    Result,
    identity_set,
    operation,
    own_participant,
    participant,
    result_info,
)

INVITED_AT_ONCE = 5
DONE = Result(200, 0, "Participant added.")
REPLACE_FAILED = Result(412, 9999, "The call cannot be replaced.")
HOLD_MUSIC = "hold_music"


@dataclass(slots=True, eq=False)
class _Invite:
    call: Call
    op_id: str
    context: str | None
    people: list[Json]
    left: int
    joined: int = 0
    result: Result = DONE


class Participants:
    """An observer: rosters follow who comes and goes."""

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

    # --- invite

    def invite(self, request: Request, call: Call) -> Reply:
        x, body = self._x, request.object_body()
        check_words("invite", body)
        rows = items(body, "participants")
        if call.state != "established":
            raise not_possible(f"The call is {call.state}, not established.")
        if not rows or len(rows) > INVITED_AT_ONCE or (len(rows) > 1 and not call.group):
            raise bad_request(
                f"One participant on a two-party call, at most {INVITED_AT_ONCE} on a group call."
            )
        rule = x.switches["account_target"]
        targets = [
            parse_target(row, self._directory, tenant_id=call.tenant_id, account_rule=rule)
            for row in rows
        ]
        self._calls.check_numbers(call, targets)
        context = text(body, "clientContext")
        if not call.group:
            call.group = call.escalated = True
        replacing = next((t for t in targets if t.replaces is not None), None)
        if replacing is not None:
            targets = [replacing]
        people = [self._invited(target) for target in targets]
        invite = _Invite(call, x.new_id(), context, people, len(targets))
        if x.switches["prompt_at_invite"] == "repeated":
            self._media.restart(call)
        ids = [self._start(invite, target) for target in targets]
        return Reply(200, self._reply(invite, ids), {"Location": self._location(invite)})

    def _invited(self, target: Target) -> Json:
        return {
            "@odata.type": GRAPH + "invitationParticipantInfo",
            "identity": identity_set(target.identity, self._x.switches),
            "endpointType": None,
            "replacesCallId": target.replaces,
        }

    def _reply(self, invite: _Invite, ids: list[str | None]) -> Json:
        given = self._x.switches["invite_participant_id"] == "given"
        reply = operation("inviteParticipantsOperation", invite.op_id, "Running", invite.context)
        reply["resultInfo"] = None
        reply["participants"] = [
            row | {"id": pid if given else None}
            for row, pid in zip(invite.people, ids, strict=True)
        ]
        return reply

    def _location(self, invite: _Invite) -> str:
        return f"/communications/calls/{invite.call.id}/operations/{invite.op_id}"

    def _start(self, invite: _Invite, target: Target) -> str | None:
        x, call = self._x, invite.call
        if target.replaces is not None:
            x.later(x.config.timings.join_ms, lambda: self._replace(invite, target))
            return None

        def rung(leg: Leg, why: str) -> None:
            self._rung(invite, leg, why)

        limit = x.config.timings.ring_ms
        leg = self._phones.ring(target, via="invite", call=call, limit_ms=limit, rung=rung)
        call.on_end.append(lambda: self._call_over(invite, leg))
        return leg.participant_id

    def _call_over(self, invite: _Invite, leg: Leg) -> None:
        """The call ended while the invitee's phone was ringing, or being picked up."""
        if leg.state != "ringing" or self._x.switches["invite_after_call"] == "rings_on":
            return
        self._phones.cancel(leg)
        silent = self._x.config.timings.cancel_ms
        self._x.later(silent, lambda: self._settle(invite, self._result("cancelled")))

    def _replace(self, invite: _Invite, target: Target) -> None:
        """The agent of another call moves into this one."""
        x = self._x
        other = x.calls.get((target.replaces or "").lower())
        leg = other.room.legs[0] if other is not None and len(other.room.legs) == 1 else None
        works = x.switches["invite_replaces"] == "works"
        if other is None or leg is None or leg.state != "connected" or not works:
            self._settle(invite, REPLACE_FAILED)
            return
        if invite.call.state != "established":
            return
        x.end_call(other, Result(200, 7015, "The call was replaced."))
        leg.call = invite.call.id
        x.connect(leg, invite.call.room)
        invite.joined += 1
        self._settle(invite, DONE)
        self.tell_roster(invite.call)

    def _rung(self, invite: _Invite, leg: Leg, why: str) -> None:
        x = self._x
        if invite.call.state == "terminated":
            x.end_leg(leg, "too_late")
            self._settle(invite, self._result(why))
        elif why in ("answered", "voicemail"):
            wait = x.config.timings.establish_ms
            leg.timers.append(x.later(wait, lambda: self._joined(invite, leg)))
        else:
            self._settle(invite, self._result(why))

    def _joined(self, invite: _Invite, leg: Leg) -> None:
        if invite.call.state == "terminated":
            self._x.end_leg(leg, "too_late")
            self._settle(invite, self._result("too_late"))
            return
        self._x.connect(leg, invite.call.room)
        invite.joined += 1
        self._settle(invite, DONE)
        self.tell_roster(invite.call)

    def _result(self, why: str) -> Result:
        switches = self._x.switches
        match why:
            case "declined":
                return ended_with(switches["decline_code"], "The invitee declined.")
            case "busy":
                return ended_with(switches["busy_code"], "The invitee is busy.")
            case "unreachable":
                return UNREACHABLE
        return ended_with(switches["no_answer_code"], "The invitee did not answer.")

    def _settle(self, invite: _Invite, result: Result) -> None:
        """One invitee is decided; the operation ends with the last."""
        invite.left -= 1
        if result is not DONE:
            invite.result = result
        over = invite.call.state == "terminated"
        if invite.left > 0 or (over and self._x.switches["invite_end_after_call"] == "untold"):
            return
        done = invite.joined > 0
        status = "completed" if done else "failed"
        data = operation("inviteParticipantsOperation", invite.op_id, status, invite.context)
        match self._x.switches["operation_id"]:
            case "null":
                data["id"] = None
            case "absent":
                del data["id"]
        data["participants"] = invite.people
        data["resultInfo"] = result_info(DONE if done else invite.result, self._x.switches)
        part = f"/operations/{invite.op_id}"
        self._x.notify(invite.call, "operation", data, change="deleted", part=part)

    # --- roster

    def tell_roster(self, call: Call) -> None:
        if call.state != "established" or not call.group:
            return
        if call.escalated and self._x.switches["roster"] != "told":
            return
        self._x.notify(call, "roster", self._roster(call), part="/participants")

    def _roster(self, call: Call) -> list[Json]:
        name = self._directory.applications[call.app_id.lower()].name
        rows = [own_participant(call, name, self._x.switches)]
        rows += [participant(leg, self._x.switches) for leg in call.room.legs]
        return rows

    def on(self, event: str, leg: Leg, detail: str) -> None:
        if event in ("left", "joined"):
            call = self._x.calls.get(detail)
            if call is not None and call.group and call.room.legs:
                self.tell_roster(call)
        del leg

    # --- one by one

    def list_all(self, request: Request, call: Call) -> Reply:
        del request
        empty = call.escalated and self._x.switches["roster"] == "empty"
        return Reply(200, {"value": [] if empty else self._roster(call)})

    def get(self, request: Request, call: Call, participant_id: str) -> Reply:
        del request
        for row in self._roster(call):
            if str(row["id"]).lower() == participant_id.lower():
                return Reply(200, row)
        raise not_possible("Participant not found.")

    def remove(self, request: Request, call: Call, participant_id: str) -> Reply:
        """Also an invitee who still rings."""
        del request
        if self._x.switches["participant_removal"] == "forbidden":
            raise Refused(403, "9999", "The tenant does not allow this application to remove.")
        if not call.group:
            raise not_possible("Participants are removed from group calls only.")
        leg = self._leg(call, participant_id)
        if leg.state == "ringing":
            self._phones.stop(leg, "cancelled")
        else:
            self._x.end_leg(leg, "removed")
        return Reply(204)

    def mute(self, request: Request, call: Call, participant_id: str) -> Reply:
        body = request.object_body() if request.body is not None else {}
        check_words("muteParticipant", body)
        if not call.group:
            raise not_possible("Participants are muted in group calls only.")
        leg = self._leg(call, participant_id)
        leg.muted = True
        self.tell_roster(call)
        kind, context = "muteParticipantOperation", text(body, "clientContext")
        return Reply(200, operation(kind, self._x.new_id(), "completed", context))

    def start_hold_music(self, request: Request, call: Call, participant_id: str) -> Reply:
        body = request.object_body() if request.body is not None else {}
        check_words("startHoldMusic", body)
        if call.escalated and self._x.switches["hold_music"] == "refused":
            raise not_possible("Hold music is for meetings.")
        leg = self._leg(call, participant_id)
        if any(other.override == HOLD_MUSIC for other in call.room.legs):
            raise not_possible("Only one participant can be on hold at a time.")
        self._x.hear(leg, HOLD_MUSIC)
        return self._hold_reply("startHoldMusicOperation", call, body)

    def stop_hold_music(self, request: Request, call: Call, participant_id: str) -> Reply:
        body = request.object_body() if request.body is not None else {}
        check_words("stopHoldMusic", body)
        leg = self._leg(call, participant_id)
        if leg.override == HOLD_MUSIC:
            self._x.hear(leg, "")
        elif self._x.switches["hold_again"] == "refused":
            raise not_possible("The participant is not on hold.")
        return self._hold_reply("stopHoldMusicOperation", call, body)

    def _hold_reply(self, kind: str, call: Call, body: Json) -> Reply:
        op_id, context = self._x.new_id(), text(body, "clientContext")
        done = operation(kind, op_id, "completed", context)
        if self._x.switches["hold_operation"] == "told":
            self._x.notify(call, "operation", done, change="deleted", part=f"/operations/{op_id}")
        return Reply(202, operation(kind, op_id, "running", context))

    def _leg(self, call: Call, participant_id: str) -> Leg:
        wanted = participant_id.lower()
        for leg in self._x.legs.values():
            if leg.call == call.id and leg.participant_id.lower() == wanted:
                return leg
        raise not_possible("Participant not found.")
