"""Incoming calls, and what a bot does with one: answer, reject, redirect, keep alive, hang up."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.callers import WorldError
from emulator.config import Account, Application
from emulator.exchange import BOT_ENDED, ONLY_ONE_LEFT, Call, Exchange, Leg
from emulator.log import Placed
from emulator.media import Media
from emulator.refusals import (
    Refused,
    Reply,
    Request,
    bad_request,
    check_callback,
    check_media_config,
    check_words,
    items,
    not_possible,
    text,
    whole,
)
from emulator.ringing import Directory, Phones, Target, ended_with, parse_target
from emulator.shapes import (
    GRAPH,
    Identity,
    Json,
    Result,
    call_body,
    identity_set,
    operation,
    participant_info,
    target_info,
)

REDIRECT_TARGETS = 25
# Without one of these the caller's identity stays encrypted (call-answer).
SEES_CALLERS = (
    "Calls.AccessMedia.All",
    "Calls.Initiate.All",
    "Calls.InitiateGroupCall.All",
    "Calls.JoinGroupCall.All",
    "Calls.JoinGroupCallAsGuest.All",
)
PSTN_HUNG_UP = Result(200, 540000, "Call ended by the PSTN user.")
PEER_LEFT = Result(200, 4521, "The other party ended the call.")
NOT_ANSWERED = Result(408, 1106, "An acknowledgement was not received in the allotted time.")
NO_KEEP_ALIVE = Result(408, 8537, "Keep alive timeout.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A call somebody places."""

    caller: Identity
    party: str
    to: str
    """a resource account (UPN, id, number) or an application's id"""
    label: str = ""
    forwarded_from: Identity | None = None
    transferred_by: Identity | None = None


class Calls:
    """An observer: it ends calls whose people have gone."""

    def __init__(
        self, exchange: Exchange, directory: Directory, phones: Phones, media: Media
    ) -> None:
        self._x = exchange
        self._directory = directory
        self._phones = phones
        self._media = media

    # --- people call

    def place(self, incoming: Incoming) -> Leg:
        """Ring the bot. Raises WorldError when `to` is nobody."""
        x = self._x
        account, application = self.find_target(incoming.to)
        caller = incoming.caller
        if not set(SEES_CALLERS) & set(application.roles):
            caller = Identity(kind="encrypted", id=x.new_id())
        leg = x.new_leg(
            party=incoming.party,
            role="caller",
            identity=caller,
            via="placed",
            call="",
            person=self._directory.person(incoming.party),
        )
        target = Identity(kind="application", id=application.id, name=application.name)
        if account is not None:
            target = Identity(
                kind="applicationInstance",
                id=account.id,
                name=account.name,
                tenant_id=account.tenant_id,
            )
        call = self._incoming_call(incoming, leg, application, target)
        call.has_number = account is not None and account.number is not None
        self._note_placed(incoming, leg, call, account.upn if account else application.name)
        if x.in_use.get(application.id, 0) >= application.legs:
            x.end_leg(leg, "over_limit")
            return leg
        self._ring_bot(call, leg)
        return leg

    def _note_placed(self, incoming: Incoming, leg: Leg, call: Call, to: str) -> None:
        self._x.log.add(
            Placed(
                at=self._x.now,
                leg=leg.id,
                call=call.id,
                caller=leg.party,
                caller_kind=incoming.caller.kind,
                to=to,
                label=incoming.label,
            )
        )

    def find_target(self, to: str) -> tuple[Account | None, Application]:
        """Whose calls these are. Raises WorldError."""
        account = self._directory.account(to)
        name = to if account is None else account.app_id
        application = self._directory.applications.get(name.lower())
        if application is None:
            raise WorldError(f"no resource account or application is called {to!r}")
        return account, application

    def _ring_bot(self, call: Call, leg: Leg) -> None:
        x = self._x
        x.add_call(call)
        leg.call = call.id
        leg.room = call.room
        call.room.legs.append(leg)
        x.hear(leg, "ringback")
        wait = x.config.timings.answer_within_ms
        call.timers["answer"] = x.later(wait, lambda: self._not_answered(call, leg))
        x.set_state(call, "incoming")
        body = call_body(call, x.spelled(call), x.switches)
        x.notify(call, "incoming", body, change="created")
        x.tell("placed", leg)

    def _incoming_call(
        self, incoming: Incoming, leg: Leg, application: Application, target: Identity
    ) -> Call:
        x = self._x
        extras: Json = {}
        context: Json = {
            "@odata.type": GRAPH + "incomingContext",
            "sourceParticipantId": leg.participant_id,
        }
        if incoming.transferred_by is not None:
            context["transferor"] = identity_set(incoming.transferred_by, x.switches)
        extras["incomingContext"] = context
        if incoming.forwarded_from is not None:
            route = {
                "@odata.type": GRAPH + "callRoute",
                "routingType": "forwarded",
                "original": identity_set(incoming.forwarded_from, x.switches),
                "final": identity_set(target, x.switches),
            }
            extras["callRoutes"] = [route]
        return Call(
            id=x.new_id(),
            app_id=application.id,
            tenant_id=application.tenant_id,
            direction="incoming",
            state="incoming",
            callback=application.webhook,
            chain_id=x.new_id(),
            my_participant_id=x.new_id(),
            source=participant_info(leg.identity, leg.participant_id, x.switches),
            targets=[target_info(target, x.new_id(), x.switches)],
            entry=target.kind,
            extras=extras,
        )

    def _not_answered(self, call: Call, leg: Leg) -> None:
        self._x.end_call(call, NOT_ANSWERED)
        self._x.end_leg(leg, "lost")

    # --- answer, reject, redirect

    def answer(self, request: Request, call: Call) -> Reply:
        x, body = self._x, request.object_body()
        check_words("answer", body)
        self._must_ring(call)
        check_media_config(body.get("mediaConfig"))
        modalities = body.get("acceptedModalities")
        if not isinstance(modalities, list) or "audio" not in modalities:
            raise bad_request("acceptedModalities must hold audio.")
        if body.get("callbackUri") is not None:
            call.callback = check_callback(body["callbackUri"])
        call.timers.pop("answer").cancel()
        x.set_state(call, "establishing")
        if x.switches["established_order"] == "in_order":
            self.tell_establishing(call)
        leg = call.room.legs[0]
        wait = x.config.timings.establish_ms
        call.timers["establish"] = x.later(wait, lambda: self.established(call, leg))
        return Reply(202)

    def tell_establishing(self, call: Call) -> None:
        if self._x.switches["establishing"] == "sent":
            self._x.notify_state(call, "establishing")

    def established(self, call: Call, leg: Leg | None) -> None:
        """Media flows: the bot and the phone are connected."""
        x = self._x
        x.set_state(call, "established")
        self.keep_alive_timer(call)
        if leg is not None:
            x.connect(leg, call.room)
        x.notify_state(call, "established")
        if x.switches["established_order"] != "in_order":
            self.tell_establishing(call)
        x.notify_media(call, "active")
        if leg is not None and leg.role == "caller":
            x.tell("answered", leg)

    def reject(self, request: Request, call: Call) -> Reply:
        x = self._x
        body = request.object_body() if request.body is not None else {}
        check_words("reject", body)
        self._must_ring(call)
        reason = body.get("reason", "none")
        if not isinstance(reason, str) or reason.lower() not in ("none", "busy", "forbidden"):
            raise bad_request("reason is none, busy or forbidden.")
        if body.get("callbackUri") is not None:
            call.callback = check_callback(body["callbackUri"])
        leg = call.room.legs[0]
        notice: Json = {"@odata.id": f"/communications/calls/{x.spelled(call)}"}
        if x.switches["reject_notice"] == "terminated":
            notice = {"@odata.type": GRAPH + "call", "state": "terminated"}
        x.end_call(call, None, notice=notice)
        x.end_leg(leg, "rejected")
        return Reply(202)

    def redirect(self, request: Request, call: Call) -> Reply:
        x, body = self._x, request.object_body()
        check_words("redirect", body)
        self._must_ring(call)
        rows = items(body, "targets")
        if not 1 <= len(rows) <= REDIRECT_TARGETS:
            raise bad_request(f"redirect takes 1 to {REDIRECT_TARGETS} targets, not {len(rows)}.")
        rule = x.switches["account_target"]
        targets = [
            parse_target(row, self._directory, tenant_id=call.tenant_id, account_rule=rule)
            for row in rows
        ]
        timeout = whole(body, "timeout", 55 if len(rows) == 1 else 60, 15, 90)
        self.check_numbers(call, targets)
        if body.get("callbackUri") is not None:
            call.callback = check_callback(body["callbackUri"])
        call.timers.pop("answer").cancel()
        x.set_state(call, "redirecting")
        Redirection(self, x, self._phones, call).start(targets, timeout * 1000)
        return Reply(202)

    def check_numbers(self, call: Call, targets: list[Target]) -> None:
        """A number is reached only from a call that came through a numbered resource account."""
        numbers = any(target.role == "number" for target in targets)
        if numbers and not call.has_number:
            raise Refused(403, "10151", "The call has no PSTN metadata.")

    def _must_ring(self, call: Call) -> None:
        if call.state != "incoming":
            raise not_possible(f"The call is {call.state}, not incoming.")

    # --- the life of a call

    def get(self, request: Request, call: Call) -> Reply:
        del request
        shown: Json = {"state": "established"} if self._x.now < call.shown_until else {}
        return Reply(200, call_body(call, call.id, self._x.switches) | shown)

    def delete(self, request: Request, call: Call) -> Reply:
        """The bot hangs up. Two-party calls end for the other side too."""
        del request
        x = self._x
        legs = list(call.room.legs)
        group = call.group
        ends = x.switches["bot_leaves_group_call"] == "call_ends" or len(legs) < 2
        x.end_call(call, ONLY_ONE_LEFT if group and len(legs) > 1 and ends else BOT_ENDED)
        if not group or ends:
            for leg in legs:
                x.end_leg(leg, "deleted")
        return Reply(204)

    def keep_alive(self, request: Request, call: Call) -> Reply:
        del request
        self.keep_alive_timer(call)
        return Reply(200)

    def keep_alive_timer(self, call: Call) -> None:
        old = call.timers.get("keep_alive")
        if old is not None:
            old.cancel()
        wait = self._x.config.timings.keep_alive_ms
        call.timers["keep_alive"] = self._x.later(wait, lambda: self._inactive(call))

    def _inactive(self, call: Call) -> None:
        legs = list(call.room.legs)
        self._x.end_call(call, NO_KEEP_ALIVE)
        if not call.group or len(legs) < 2:
            for leg in legs:
                self._x.end_leg(leg, "cut_off")

    def mute(self, request: Request, call: Call) -> Reply:
        return self._mute(request, call, muted=True)

    def unmute(self, request: Request, call: Call) -> Reply:
        return self._mute(request, call, muted=False)

    def _mute(self, request: Request, call: Call, *, muted: bool) -> Reply:
        op = "mute" if muted else "unmute"
        body = request.object_body() if request.body is not None else {}
        check_words(op, body)
        call.muted = muted
        self._x.settle(call.room)
        kind = f"{op}ParticipantOperation"
        context = text(body, "clientContext")
        return Reply(200, operation(kind, self._x.new_id(), "completed", context))

    # --- observer

    def on(self, event: str, leg: Leg, detail: str) -> None:
        if event != "left":
            return
        call = self._x.calls.get(detail)
        if call is None or call.room.legs or call.state == "terminated":
            return
        if call.group:
            self._x.end_call(call, ONLY_ONE_LEFT)
        elif call.state in ("incoming", "redirecting"):
            value = self._x.switches["abandon_code"]
            result = None if value == "none" else ended_with(value, "Caller hung up.")
            self._x.end_call(call, result)
        else:
            pstn = leg.identity.kind in ("phone", "withheld")
            self._x.end_call(call, PSTN_HUNG_UP if pstn else PEER_LEFT)


class Redirection:
    """Several phones ring at once; the first to pick up has the caller."""

    def __init__(self, calls: Calls, exchange: Exchange, phones: Phones, call: Call) -> None:
        self._calls = calls
        self._x = exchange
        self._phones = phones
        self._call = call
        self._caller = call.room.legs[0]
        self._ringing: list[Leg] = []
        self._over = False

    def start(self, targets: list[Target], limit_ms: int) -> None:
        self._call.on_end.append(self._stop)
        for target in targets:
            leg = self._phones.ring(
                target, via="redirect", call=self._call, limit_ms=limit_ms, rung=self._rung
            )
            self._ringing.append(leg)

    def _rung(self, leg: Leg, why: str) -> None:
        if leg in self._ringing:
            self._ringing.remove(leg)
        if self._over:
            self._x.end_leg(leg, "too_late")
        elif why in ("answered", "voicemail"):
            self._won(leg)
        elif not self._ringing:
            self._over = True
            self._x.end_call(self._call, Result(408, 10057, "No target answered."))
            self._x.end_leg(self._caller, "redirect_failed")

    def _won(self, leg: Leg) -> None:
        self._over = True
        x, call = self._x, self._call
        room = type(call.room)()
        body = call_body(call, x.spelled(call), x.switches)
        body["state"] = "terminated"
        body["answeredBy"] = participant_info(leg.identity, leg.participant_id, x.switches)
        x.end_call(call, Result(0, 0), notice=body)
        x.connect(self._caller, room)
        x.connect(leg, room)

    def _stop(self) -> None:
        self._over = True
        for leg in list(self._ringing):
            self._phones.cancel(leg)
