"""Calls a bot places: to a Teams user, to a number from a resource account, to a group."""

from __future__ import annotations

from emulator.calls import Calls
from emulator.exchange import Call, Exchange, Leg
from emulator.refusals import (
    Refused,
    Reply,
    Request,
    bad_request,
    check_callback,
    check_media_config,
    check_permission,
    check_words,
    items,
    not_possible,
    tenant_mismatch,
)
from emulator.ringing import UNREACHABLE, Directory, Phones, Target, ended_with, parse_target
from emulator.shapes import Identity, Json, Result, call_body, participant_info, target_info

GROUP_TARGETS = 5
NULLS = (
    "subject",
    "ringingTimeoutInSeconds",
    "mediaState",
    "resultInfo",
    "answeredBy",
    "chatInfo",
    "meetingInfo",
    "transcription",
    "toneInfo",
)


class Outgoing:
    def __init__(
        self, exchange: Exchange, directory: Directory, phones: Phones, calls: Calls
    ) -> None:
        self._x = exchange
        self._directory = directory
        self._phones = phones
        self._calls = calls
        self._made: dict[str, int] = {}

    def create(self, request: Request) -> Reply:
        x, body = self._x, request.object_body()
        if request.app_id.lower() not in self._directory.applications:
            raise Refused(403, "7504", "The application is not known in this tenant.")
        check_words("create", body)
        rows = items(body, "targets") if "targets" in body else []
        if body.get("meetingInfo") is not None or not rows:
            raise not_possible("Only calls to targets are known here, no meetings.")
        check_permission("create" if len(rows) == 1 else "create_group", request.roles)
        self._check(body, request, rows)
        rule = x.switches["account_target"]
        targets = [
            parse_target(row, self._directory, tenant_id=request.tenant_id, account_rule=rule)
            for row in rows
        ]
        source, numbered = self._source(body, request, targets)
        self._count(request.app_id)
        call = Call(
            id=x.new_id(),
            app_id=self._directory.applications[request.app_id.lower()].id,
            tenant_id=request.tenant_id,
            direction="outgoing",
            state="establishing",
            callback=check_callback(body.get("callbackUri")),
            chain_id=x.new_id(),
            my_participant_id=x.new_id(),
            source=participant_info(source, x.new_id(), x.switches),
            targets=[target_info(target.identity, x.new_id(), x.switches) for target in targets],
            entry="created",
            has_number=numbered,
            group=len(targets) > 1,
        )
        x.add_call(call)
        x.set_state(call, "establishing")
        if x.switches["established_order"] == "in_order":
            self._calls.tell_establishing(call)
        self._ring(call, targets)
        reply: Json = dict.fromkeys(NULLS)
        reply |= call_body(call, call.id, x.switches) | {"mediaConfig": body["mediaConfig"]}
        return Reply(201, reply, {"Location": f"/v1.0/communications/calls/{call.id}"})

    def _check(self, body: Json, request: Request, rows: list[Json]) -> None:
        if len(rows) > GROUP_TARGETS:
            raise bad_request(f"A group call takes at most {GROUP_TARGETS} targets.")
        if "audio" not in (body.get("requestedModalities") or ()):  # type: ignore[operator]
            raise bad_request("requestedModalities must hold audio.")
        check_media_config(body.get("mediaConfig"))
        check_callback(body.get("callbackUri"))
        tenant = body.get("tenantId")
        if tenant is not None and str(tenant).lower() != request.tenant_id.lower():
            raise tenant_mismatch()

    def _source(self, body: Json, request: Request, targets: list[Target]) -> tuple[Identity, bool]:
        """Who calls, and whether with a number. Only a bound resource account calls numbers."""
        source = body.get("source")
        identity = source.get("identity") if isinstance(source, dict) else None
        instance = identity.get("applicationInstance") if isinstance(identity, dict) else None
        if isinstance(instance, dict):
            account = self._directory.account(str(instance.get("id")))
            if account is None or account.app_id.lower() != request.app_id.lower():
                raise Refused(403, "7507", "Call source identity invalid.")
            who = Identity(kind="applicationInstance", id=account.id, name=account.name)
            numbered = account.number is not None
        else:
            app = self._directory.applications[request.app_id.lower()]
            who, numbered = Identity(kind="application", id=app.id, name=app.name), False
        numbers = any(target.role == "number" for target in targets)
        if numbers and (not numbered or self._x.switches["pstn_outgoing"] == "refused"):
            raise Refused(403, "7507", "Call source identity invalid.")
        return who, numbered

    def _count(self, app_id: str) -> None:
        """100 calls at once and 10,000 a month (concepts/throttling-limits)."""
        application = self._directory.applications[app_id.lower()]
        made = self._made.get(app_id, 0) + 1
        if made > application.monthly:
            raise Refused(429, "9999", "Application reached the monthly call creation limit.")
        if self._x.in_use.get(application.id, 0) >= application.legs:
            raise Refused(429, "9999", "Application reached the concurrent call limit.")
        self._made[app_id] = made

    # --- ringing

    def _ring(self, call: Call, targets: list[Target]) -> None:
        x = self._x
        ringing: list[Leg] = []

        def rung(leg: Leg, why: str) -> None:
            ringing.remove(leg)
            self._rung(call, leg, why, still_ringing=bool(ringing))

        limit = x.config.timings.ring_ms
        for target in targets:
            leg = self._phones.ring(target, via="create", call=call, limit_ms=limit, rung=rung)
            ringing.append(leg)
            call.on_end.append(lambda leg=leg: self._phones.cancel(leg))  # type: ignore[misc]
        if call.group:
            wait = x.config.timings.establish_ms
            call.timers["establish"] = x.later(wait, lambda: self._calls.established(call, None))

    def _rung(self, call: Call, leg: Leg, why: str, *, still_ringing: bool) -> None:
        x = self._x
        if call.state == "terminated":
            x.end_leg(leg, "too_late")
            return
        voicemail_ends = why == "voicemail" and x.switches["voicemail_create"] == "ends"
        if why in ("answered", "voicemail") and not voicemail_ends:
            wait = x.config.timings.establish_ms
            leg.timers.append(x.later(wait, lambda: self._connected(call, leg)))
            return
        x.end_leg(leg, why)
        if not still_ringing and not call.room.legs:
            x.end_call(call, self._result(why))

    def _connected(self, call: Call, leg: Leg) -> None:
        x = self._x
        if call.state == "terminated":
            x.end_leg(leg, "too_late")
        elif call.group:
            x.connect(leg, call.room)
            x.tell("joined", leg, call.id)
        else:
            self._calls.established(call, leg)

    def _result(self, why: str) -> Result:
        switches = self._x.switches
        match why:
            case "declined":
                return ended_with(switches["decline_code"], "The callee declined.")
            case "busy":
                return ended_with(switches["busy_code"], "The callee is busy.")
            case "unreachable":
                return UNREACHABLE
        return ended_with(switches["no_answer_code"], "The callee did not answer.")
