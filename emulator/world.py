"""The world: Graph's calls, presence and directory, and the people. No clock, no I/O.

Whoever drives it says what time it is. Under a real clock that is the HTTP server; under a virtual
one it is a test, which calls `request` where the product would use HTTP. After every step there may
be notifications to post (`take_deliveries`) and something due later (`next_deadline`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from urllib.parse import parse_qsl, unquote

from emulator.call_records import CallRecords
from emulator.callers import Callers, WorldError
from emulator.calls import Calls, Incoming
from emulator.chat import Chat
from emulator.config import Config
from emulator.directory import DirectoryReader
from emulator.exchange import Call, Exchange, Leg
from emulator.faults import Fault, Faults, failure
from emulator.log import Log, Requested
from emulator.media import Media, PromptDuration
from emulator.notices import Delivery
from emulator.outgoing import Outgoing
from emulator.participants import Participants
from emulator.people import People
from emulator.presence import Presences
from emulator.refusals import (
    Refused,
    Reply,
    Request,
    bad_request,
    check_permission,
    tenant_mismatch,
    unknown_call,
)
from emulator.ringing import Directory, Phones
from emulator.routes import Route, find_route
from emulator.scripts import Behaviour, CallerScript
from emulator.shapes import Json, error, iso
from emulator.switches import Switches
from emulator.tab import Tab
from emulator.transfers import Transfers

ONE_MINUTE_MS, BATCH_AT_MOST = 60_000, 20
CallAction = Callable[[Request, Call], Reply]
ParticipantAction = Callable[[Request, Call, str], Reply]


def one_minute(_uri: str) -> int | None:
    """The length of every prompt when nobody says better."""
    return ONE_MINUTE_MS


class World:
    def __init__(
        self,
        config: Config,
        seed: int = 0,
        *,
        switches: Mapping[str, str] | None = None,
        prompt_duration: PromptDuration = one_minute,
        log_limit: int | None = None,
    ) -> None:
        self.config = config
        self.switches = Switches(switches)
        self.log = Log(log_limit)
        self.exchange = Exchange(config, self.switches, seed, self.log)
        x = self.exchange
        self.directory = Directory(x)
        self.phones = Phones(x)
        self.media = Media(x, prompt_duration)
        self.presences = Presences(x, self.directory)
        self.calls = Calls(x, self.directory, self.phones, self.media)
        parts = (x, self.directory, self.phones, self.media, self.calls)
        self.transfers = Transfers(*parts)
        self.participants = Participants(*parts)
        self.outgoing = Outgoing(x, self.directory, self.phones, self.calls)
        self.reader = DirectoryReader(x, self.directory)
        self.chat = Chat(x, self.directory)
        self.tab = Tab(x, self.directory)
        self.people = People(x, self.phones, self.media, self.presences, self.chat, self.tab)
        self.call_records = records = CallRecords(x)
        x.observers += [self.people, self.participants, self.calls, self.presences, records]
        self._on_call, self._on_participant = self._actions()
        self.callers = Callers(x, self.directory)

    @property
    def now(self) -> int:
        return self.exchange.now

    @property
    def faults(self) -> Faults:
        return self.exchange.faults

    # --- time

    def advance(self, now: int) -> None:
        """Let everything happen that is due by `now`, each at its own instant."""
        x = self.exchange
        while (timer := x.timers.pop_due(now)) is not None:
            x.now = max(x.now, timer.due)
            action, timer.action = timer.action, None
            if action is not None:
                action()
        x.now = max(x.now, now)

    def next_deadline(self) -> int | None:
        """When `advance` is needed next; None: nothing is due, ever."""
        return self.exchange.timers.next_due()

    def take_deliveries(self) -> list[Delivery]:
        """Notifications to post now. Report each with `delivered`, or its call gets no more."""
        return self.exchange.notices.take()

    def delivered(self, delivery: Delivery, http_status: int, ms: int, now: int) -> None:
        """What a post got for an answer (0: nothing, refused or timed out) after `ms`."""
        self.advance(now)
        self.exchange.notices.delivered(delivery, http_status, ms)

    def prompt_known(self, uri: str, now: int) -> None:
        """A prompt whose length was PENDING has been fetched, or never will be."""
        self.advance(now)
        self.media.prompt_known(uri)

    # --- requests

    def request(
        self,
        app_id: str,
        tenant_id: str,
        roles: tuple[str, ...],
        method: str,
        path: str,
        body: object,
        now: int,
    ) -> Reply:
        """One Graph request of an application whose token was found good. Never raises."""
        self.advance(now)
        plain, _, query = path.partition("?")
        request = Request(
            app_id=app_id,
            tenant_id=tenant_id,
            roles=roles,
            method=method.upper(),
            path=unquote(plain),
            query=dict(parse_qsl(query)),
            body=body,
        )
        route = find_route(request.method, request.path)
        fault = self.faults.for_request(route.op, route.call)
        reply = failure(fault, self.exchange.new_id(), iso(self.now)) if fault else None
        if reply is None:
            reply = self._run(request, route)
            if fault is not None and fault.kind == "reply_lost":
                reply.fault = "reply_lost"
        reply.delay_ms += self.config.timings.graph_ms
        if fault is not None and fault.kind == "slow":
            reply.delay_ms += fault.delay_ms
        self._log(request, path, route, reply, fault)
        return reply

    def _run(self, request: Request, route: Route) -> Reply:
        try:
            check_permission(route.op, request.roles)
            return self._dispatch(request, route)
        except Refused as refused:
            body = error(refused.code, refused.message, self.exchange.new_id(), iso(self.now))
            return Reply(refused.status, body)

    def _dispatch(self, request: Request, route: Route) -> Reply:
        if route.op in self._on_call:
            return self._on_call[route.op](request, self._call(request, route.call))
        if route.op in self._on_participant:
            call = self._call(request, route.call)
            return self._on_participant[route.op](request, call, route.name)
        match route.op:
            case "create":
                return self.outgoing.create(request)
            case "getPresencesByUserId":
                return self.presences.by_ids(request)
            case "presence":
                return self.presences.one(request, route.name)
            case "$batch":
                return self._batch(request)
            case "callRecord":
                return self.call_records.get(request, route.name)
            case "callRecords":
                return self.call_records.all(request)
            case "subscription" | "subscriptions":
                return self.call_records.subscriptions(request, route.name)
        return self.reader.answer(request, route)

    def _call(self, request: Request, call_id: str) -> Call:
        call = self.exchange.calls.get(call_id.lower())
        if call is None or call.app_id.lower() != request.app_id.lower():
            raise unknown_call()
        if call.tenant_id.lower() != request.tenant_id.lower():
            raise tenant_mismatch()
        return call

    def _actions(self) -> tuple[dict[str, CallAction], dict[str, ParticipantAction]]:
        calls, media = self.calls, self.media
        on_call: dict[str, CallAction] = {
            "answer": calls.answer,
            "reject": calls.reject,
            "redirect": calls.redirect,
            "get": calls.get,
            "delete": calls.delete,
            "keepAlive": calls.keep_alive,
            "mute": calls.mute,
            "unmute": calls.unmute,
            "updateRecordingStatus": media.recordings.update_status,
            "playPrompt": media.play_prompt,
            "recordResponse": media.record_response,
            "subscribeToTone": media.subscribe_to_tone,
            "sendDtmfTones": media.send_dtmf_tones,
            "cancelMediaProcessing": media.cancel,
            "transfer": self.transfers.transfer,
            "invite": self.participants.invite,
            "participants": self.participants.list_all,
        }
        on_participant: dict[str, ParticipantAction] = {
            "participant": self.participants.get,
            "removeParticipant": self.participants.remove,
            "muteParticipant": self.participants.mute,
            "startHoldMusic": self.participants.start_hold_music,
            "stopHoldMusic": self.participants.stop_hold_music,
        }
        return on_call, on_participant

    def _batch(self, request: Request) -> Reply:
        rows = request.object_body().get("requests")
        if not isinstance(rows, list) or not 1 <= len(rows) <= BATCH_AT_MOST:
            raise bad_request(f"requests must hold 1 to {BATCH_AT_MOST} requests.")
        responses: list[Json] = []
        for row in rows:
            if not isinstance(row, dict) or not isinstance(row.get("url"), str):
                raise bad_request("Each request has id, method and url.")
            reply = self.request(
                request.app_id,
                request.tenant_id,
                request.roles,
                str(row.get("method", "GET")),
                row["url"],
                row.get("body"),
                self.now,
            )
            responses.append(
                {
                    "id": row.get("id"),
                    "status": reply.status,
                    "headers": reply.headers,
                    "body": reply.body,
                }
            )
        return Reply(200, {"responses": responses})

    def _log(
        self, request: Request, path: str, route: Route, reply: Reply, fault: Fault | None
    ) -> None:
        code = ""
        if reply.status >= 400 and isinstance(reply.body, dict):
            inner = reply.body.get("error")
            code = str(inner.get("code", "")) if isinstance(inner, dict) else ""
        self.log.add(
            Requested(
                at=self.now,
                app=request.app_id,
                method=request.method,
                path=path,
                op=route.op,
                call=route.call,
                body=request.body,
                status=reply.status,
                code=code,
                reply=reply.body,
                fault=fault.kind if fault is not None else "",
            )
        )

    # --- people

    def place_call(self, script: CallerScript, now: int) -> Leg:
        """Somebody calls. Raises WorldError when `to` or `who` is nobody."""
        self.advance(now)
        identity, party = self.callers.who_calls(script)
        incoming = Incoming(
            caller=identity,
            party=party,
            to=script.to.removeprefix("bot:"),
            label=script.label,
            forwarded_from=self.callers.named(script.forwarded_from),
            transferred_by=self.callers.named(script.transferred_by),
        )
        leg = self.calls.place(incoming)
        if leg.state != "ended":
            self.people.follow(leg, script)
        return leg

    def schedule_call(self, script: CallerScript, start: int) -> None:
        """Place the call at `start + script.at`."""
        self.at(start + script.at, partial(self._place, script))

    def _place(self, script: CallerScript) -> None:
        self.place_call(script, self.now)

    def at(self, due: int, action: Callable[[], None]) -> None:
        """Do something at an instant."""
        self.exchange.timers.at(due, action)

    def must_know(self, name: str) -> None:
        """Raises WorldError when nobody is called that."""
        self._party(name, known=True)

    def must_answer(self, to: str) -> None:
        """Raises WorldError when no resource account or application is called that."""
        self.calls.find_target(to.removeprefix("bot:"))

    def script_agent(self, name: str, behaviours: tuple[Behaviour, ...]) -> None:
        """The agent (UPN or id) or number takes these, one per ring; the last one stays."""
        self.people.script(self._party(name), behaviours)

    def default_behaviour(self, behaviour: Behaviour | None) -> None:
        """What agents without a script do; None: nothing, somebody plays them."""
        self.people.default = behaviour

    def press(self, party: str, key: str, now: int) -> None:
        self.advance(now)
        self.people.press(self._phone(party, "connected"), key)

    def speak(self, party: str, ms: int, now: int) -> None:
        self.advance(now)
        self.media.speak(self._phone(party, "connected"), ms)

    def hang_up(self, party: str, now: int) -> None:
        """A phone that rings is declined; any other hangs up."""
        self.advance(now)
        self.people.hang_up(self._phone(party))

    def agent_answer(self, party: str, now: int) -> Leg:
        self.advance(now)
        leg = self._phone(party, "ringing")
        self.phones.stop(leg, "answered")
        return leg

    def agent_decline(self, party: str, now: int) -> None:
        self.advance(now)
        self.phones.stop(self._phone(party, "ringing"), "declined")

    def set_presence(self, name: str, availability: str, activity: str, now: int) -> None:
        self.advance(now)
        self.presences.set(self._party(name, known=True), availability, activity)

    def set_other_call(self, name: str, *, busy: bool, now: int) -> None:
        """A call that has nothing to do with us keeps the agent busy, or ends."""
        self.advance(now)
        party = self._party(name, known=True)
        if busy != (party in self.phones.other_calls):
            change = self.phones.other_calls.add if busy else self.phones.other_calls.discard
            change(party)
            self.presences.outside_call(party, started=busy)

    def set_call_waiting(self, name: str, *, on: bool) -> None:
        """The agent's phone rings although the agent is in a call (default: it is busy)."""
        change = self.phones.ring_when_busy.add if on else self.phones.ring_when_busy.discard
        change(self._party(name, known=True))

    def _party(self, name: str, *, known: bool = False) -> str:
        person = self.directory.person(name)
        if person is None and known:
            raise WorldError(f"nobody is called {name!r}")
        return name if person is None else person.upn

    def _phone(self, name: str, state: str = "") -> Leg:
        """A live phone by its leg id, UPN, object id or number: the latest in that state."""
        legs = self.exchange.live_of.get(self._party(name), [])
        if name in self.exchange.legs:
            legs = [self.exchange.legs[name]]
        for leg in reversed(legs):
            if state in ("", leg.state):
                return leg
        raise WorldError(f"no phone of {name!r} is {state or 'in a call'}")
