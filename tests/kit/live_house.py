"""A whole house over HTTP: the emulator of Graph, its people, and services in their own processes.

    async with live_house(folder, databases=[url]) as house:
        caller = house.call("support@contoso.example")
        await house.connected(caller)

Nothing is asked of the service but what anybody may ask over HTTP; what happened is read from the
emulator's log, which is the only witness who is not a party.
"""

import io
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.test_utils import unused_port
from kit.live_floor import (
    AGENTS,
    CONSULT,
    DELIVERIES,
    QUICK,
    SECRET,
    SUPERVISOR,
    floor_config,
    members,
    plan_text,
)
from kit.live_service import LiveService, ending
from kit.relay import Relay
from kit.waiting import until

from emulator.audit import Violation, audit
from emulator.audit_contact import Contact
from emulator.config import Application
from emulator.customers_web import PLACE
from emulator.exchange import Leg
from emulator.faults import Fault
from emulator.log import Record, Requested
from emulator.scripts import Behaviour, CallerScript
from emulator.server import Options, Server
from emulator.shapes import call_body
from emulator.world import World


@dataclass(slots=True, kw_only=True)
class LiveHouse:
    """Everything a test needs to act and to look."""

    emulator: Server
    services: list[LiveService]
    http: aiohttp.ClientSession
    folder: Path
    door: Relay | None = None
    witnesses: list[Relay] = field(default_factory=list[Relay])
    began: int = 0
    """Where the log of this day begins."""
    tolerated: set[str] = field(default_factory=set[str])
    """Kinds of violations that the day itself makes."""

    # --- who is there

    @property
    def service(self) -> LiveService:
        return self.services[0]

    @property
    def world(self) -> World:
        return self.emulator.shell.world

    @property
    def now(self) -> int:
        return self.emulator.shell.now()

    @property
    def url(self) -> str:
        """Where Graph reaches the service."""
        return self.door.url if self.door else self.service.url

    @property
    def app(self) -> Application:
        return self.world.config.applications[0]

    def supervisor(self) -> str:
        identity = self.emulator.shell.identity
        person = self.world.directory.person(SUPERVISOR)
        assert person is not None
        return identity.user_token(person, self.app, ("Supervisor",), self.now)

    async def owner(self) -> LiveService:
        """The instance that decides, once there is one."""
        found: list[LiveService] = []

        async def decided() -> bool:
            for each in self.services:
                if each.is_running and not each.is_frozen and await each.metric("owner"):
                    found[:] = [each]
            return bool(found)

        await until(decided)
        return found[0]

    async def staffed(self) -> None:
        """Until an owner knows the agents and their presence."""
        expected = AGENTS - 1

        async def known() -> bool:
            owner = await self.owner()
            board = await owner.get("/api/board", self.supervisor())
            return sum(queue["available"] for queue in board["queues"]) == expected

        await until(known, within_s=30, every_s=0.1)

    # --- people act

    def call(self, to: str = CONSULT, **script: Any) -> Leg:
        leg = self.world.place_call(CallerScript(to=to, **script), self.now)
        self.emulator.shell.pump()
        return leg

    def hang_up(self, *legs: Leg) -> None:
        for leg in legs:
            if leg.state != "ended":
                self.world.advance(self.now)
                self.world.people.hang_up(leg)
        self.emulator.shell.pump()

    def fault(self, **rule: Any) -> None:
        self.world.faults.add(Fault.from_json(rule))

    def agents_do(self, account: str, *behaviours: Behaviour) -> None:
        for upn in members(self.world.config)[account]:
            self.world.script_agent(upn, behaviours)

    # --- what happened

    def records(self, kind: str, **like: object) -> list[Any]:
        """The day's records of one kind whose fields are like these, oldest first."""
        return [
            record
            for record in self._day()
            if record.kind == kind
            and all(getattr(record, name) == value for name, value in like.items())
        ]

    def requests(self, op: str, **like: object) -> list[Requested]:
        return self.records("request", op=op, **like)

    def contact(self, leg: Leg) -> Contact:
        """The caller's story so far, recounted from the log."""
        told = audit(self._day(), over=False).contacts
        [found] = [each for each in told if each.leg == leg.id]
        return found

    def violations(self, *, over: bool = True) -> list[Violation]:
        """What nobody should have to live through. `over`: everybody has gone home."""
        return audit(self._day(), over=over).violations

    def _day(self) -> list[Record]:
        return self.world.log.since(self.began, 10_000_000)

    def is_talking(self, leg: Leg) -> bool:
        return bool(self.records("bridged", leg=leg.id))

    def hears(self, leg: Leg) -> str:
        return leg.hears[0]

    def live_calls(self) -> set[str]:
        """Graph's ids of every call that is not over."""
        calls = self.world.exchange.calls.values()
        return {call.id.lower() for call in calls if call.state != "terminated"}

    async def owned_calls(self) -> set[str]:
        """Graph's ids of every live call that the service gives a contact."""
        owner = await self.owner()
        told = await owner.get("/api/board", self.supervisor())
        return {
            call["call"].lower()
            for contact in told["contacts"]
            for call in contact["calls"]
            if call["live"]
        }

    # --- waiting for it

    async def connected(self, *legs: Leg, within_s: float = 20.0) -> None:
        async def all_talk() -> bool:
            return all(self.is_talking(leg) for leg in legs)

        await until(all_talk, within_s=within_s)

    async def answered(self, *legs: Leg, within_s: float = 20.0) -> None:
        """Until the service has answered all of them."""

        async def all_answered() -> bool:
            calls = {record.call.lower() for record in self.requests("answer", status=202)}
            return all(leg.call.lower() in calls for leg in legs)

        await until(all_answered, within_s=within_s)

    async def hearing(self, *legs: Leg, what: str = "prompt", within_s: float = 20.0) -> None:
        async def all_hear() -> bool:
            return all(leg.hears[0] == what for leg in legs)

        await until(all_hear, within_s=within_s)

    async def queued(self, *legs: Leg, within_s: float = 20.0) -> None:
        """Until all of them hear the queue's music."""

        async def all_wait() -> bool:
            return all(len(self.prompts(leg)) > 1 for leg in legs)

        await until(all_wait, within_s=within_s)

    def prompts(self, leg: Leg) -> list[str]:
        """Addresses of what the caller heard, the present one last."""
        heard = [r.detail for r in self.records("heard", leg=leg.id, what="prompt")]
        return [*heard, leg.hears[1]] if leg.hears[0] == "prompt" else heard

    async def ended(self, *legs: Leg, within_s: float = 20.0) -> None:
        async def all_gone() -> bool:
            return all(leg.state == "ended" for leg in legs)

        await until(all_gone, within_s=within_s)

    async def rest(self, within_s: float = 20.0) -> None:
        """Until every live Graph call belongs to a contact, and the other way round."""

        async def matches() -> bool:
            return self.world.exchange.notices.waiting() == 0 and (
                self.live_calls() == await self.owned_calls()
            )

        await until(matches, within_s=within_s, every_s=0.05)

    async def everybody_leaves(self) -> None:
        """Hang up every phone, and wait until nobody knows of any call."""
        self.world.faults.clear()
        self.hang_up(*[leg for leg in self.world.exchange.legs.values() if leg.role == "caller"])
        self.hang_up(*list(self.world.exchange.legs.values()))

        async def nothing() -> bool:
            return not self.live_calls() and not await self.owned_calls()

        await until(nothing, within_s=30, every_s=0.05)

    @asynccontextmanager
    async def day(self) -> AsyncIterator["LiveHouse"]:
        """One test's time: all services run at its start, and at its end nothing is amiss."""
        for service in self.services:
            if not service.is_running:
                await service.start()
        for person in self.world.config.people:
            self.world.script_agent(person.upn, ())
        self.began = self.world.log.count
        self.tolerated.clear()
        yield self
        await self.everybody_leaves()
        wrong = [v for v in self.violations() if v.kind not in self.tolerated]
        assert not wrong

    async def a_normal_call_connects(self, to: str = CONSULT) -> Leg:
        """The proof that the service goes on."""
        leg = self.call(to)
        await self.connected(leg)
        self.hang_up(leg)
        await self.ended(leg)
        return leg

    # --- posting by hand

    def unheard(self, to: str = CONSULT, **script: Any) -> Leg:
        """A caller whose call really rings, and of whom nobody has told the service."""
        self.fault(kind="drop", what="incoming")
        return self.call(to, **script)

    def incoming(self, leg: Leg, **changes: Any) -> Any:
        """What Graph says of a call that rings, as one notification."""
        x = self.world.exchange
        call = x.calls[leg.call]
        body = call_body(call, call.id, x.switches)
        return {
            "@odata.type": "#microsoft.graph.commsNotification",
            "changeType": "created",
            "resourceUrl": f"/communications/calls/{call.id}",
            "callbackUri": call.callback,
            "resourceData": body,
        } | changes

    def token(self, **changes: Any) -> str:
        """A token as Graph signs it, with changed claims; None takes a claim out."""
        now = self.now // 1000
        claims = {
            "aud": self.app.id,
            "iss": "https://api.botframework.com",
            "iat": now,
            "nbf": now,
            "exp": now + 3_900,
            "tid": self.app.tenant_id,
        }
        claims = {k: v for k, v in (claims | changes).items() if v is not None}
        return self.emulator.shell.identity.calling.sign(claims)

    async def post(
        self, body: bytes | object, *, authorization: str | None = None, **request: Any
    ) -> tuple[int, str]:
        """Deliver to the webhook: status and answer. An empty `authorization` is left out."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} | request.pop("headers", {})
        told = f"Bearer {self.token()}" if authorization is None else authorization
        if told:
            headers["Authorization"] = told
        url = self.url + request.pop("path", "/api/calls")
        method = request.pop("method", "POST")
        data = io.BytesIO(raw)  # aiohttp warns of a large body given as bytes
        async with self.http.request(method, url, data=data, headers=headers, **request) as answer:
            return answer.status, await answer.text()

    def notifications(self, what: str, leg: Leg | None = None) -> list[Any]:
        """Bodies of the notifications sent about something, oldest first."""
        return [
            record.body
            for record in self.records("notification")
            if what in record.what and (leg is None or record.call == leg.call)
        ]


@asynccontextmanager
async def live_house(
    folder: Path,
    databases: Sequence[str],
    *,
    legs: int = 100,
    witnessed: bool = False,
    switches: dict[str, str] | None = None,
    **settings: str,
) -> AsyncIterator[LiveHouse]:
    """As many services as databases are named; two or more stand behind one door."""
    ports = [unused_port() for _ in databases]
    targets = [f"http://127.0.0.1:{port}" for port in ports]
    async with AsyncExitStack() as stack:
        door = Relay(targets) if len(targets) > 1 else None
        if door is not None:
            await stack.enter_async_context(door.serving())
        public = door.url if door else targets[0]
        config = floor_config(f"{public}/api/calls", legs)
        options = Options(config=config, folder=folder, port=0, switches=switches or {})
        emulator = Server(options)
        await emulator.start()
        stack.push_async_callback(emulator.stop)
        emulator.shell.world.default_behaviour(QUICK)
        plan = folder / "plan.yaml"
        web = f"{emulator.tls_url}/web"
        plan.write_text(plan_text(config, DELIVERIES).replace(PLACE, web))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        house = LiveHouse(emulator=emulator, services=[], http=http, folder=folder, door=door)
        for number, (port, database) in enumerate(zip(ports, databases, strict=True)):
            environment = emulator.environment() | {
                "SWITCHBOARD_PUBLIC_URL": public,
                "SWITCHBOARD_DATABASE_URL": database,
                "SWITCHBOARD_PLAN": str(plan),
                "SWITCHBOARD_VOICE": "none",
                "SWITCHBOARD_LEGS": str(legs),
                "SWITCHBOARD_SECRETS": json.dumps({"crm": SECRET}),
            }
            if witnessed:
                witness = Relay([emulator.url], patience_s=30.0)
                await stack.enter_async_context(witness.serving())
                house.witnesses.append(witness)
                environment["SWITCHBOARD_GRAPH_URL"] = f"{witness.url}/v1.0"
            service = LiveService(
                folder=folder,
                environment=environment | settings,
                http=http,
                name=f"service-{number}",
                port=port,
            )
            house.services.append(await stack.enter_async_context(ending(service)))
        for service in house.services:
            service.spawn()
        for service in house.services:
            await service.ready()
        await house.staffed()
        yield house
