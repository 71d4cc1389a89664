"""POST /api/calls and /api/calls/{command}: what Graph tells about calls.

The answer is 202 when everything in the body is written down, and not before. A bad token is 401 or
403, a body that is none 400 or 413; whatever else is strange in it is counted. While nothing can be
written down, a call that rings is sent to its entry point's fallback from here, past engine and
store: a caller must not pay for our database.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from bot.clock import Clock
from bot.inbound import command_id, events_from, identity_of
from bot.metrics.meter import Meter
from bot.outage_notes import OutageNotes
from bot.owner.loop import NotWritten, Overloaded, TenantLoop
from bot.rescue import Rescue
from graph.errors import BadNotification, Forbidden, GraphError, Unauthorized
from graph.inbound_auth import Claims, TokenValidator, ValidatorConfig
from graph.notification_kinds import Batch, RosterUpdated, Unknown
from graph.notifications import parse
from routing.events import CallIncoming

log = logging.getLogger(__name__)

PATH = "/api/calls"
LARGEST = 1 << 20
ISSUERS = ("https://graph.microsoft.com", "https://api.botframework.com")
"""Both sign callbacks (microsoft-graph-comms-samples, AuthenticationProvider.cs)."""
OUTAGE_MS = 4_000
"""So long writing may fail before callers are sent elsewhere: it leaves most of their 15 s."""


@dataclass(slots=True)
class _Ringing:
    """A caller who cannot wait for long."""

    event: CallIncoming
    identity: str
    done: asyncio.Future[None]


def validator_config(
    app_ids: tuple[str, ...], tenants: tuple[str, ...], openid_url: str
) -> ValidatorConfig:
    """Who may tell us about calls."""
    return ValidatorConfig(
        openid_url=openid_url, issuers=ISSUERS, audiences=app_ids, tenants=tenants
    )


async def _body(request: web.Request, within_s: float) -> bytes:
    """The whole body. Raises TimeoutError, and what aiohttp raises for a body that went wrong."""
    if request.content.is_eof():  # it came with its headers, as nearly all do
        return await request.read()
    async with asyncio.timeout(within_s):
        return await request.read()


def _closing(response: web.Response) -> web.Response:
    """The rest of a body that went wrong is not waited for."""
    response.force_close()
    return response


class CallsWebhook:
    """The endpoint for Graph's notifications."""

    def __init__(
        self,
        *,
        loop: TenantLoop,
        validator: TokenValidator,
        rescue: Rescue,
        notes: OutageNotes,
        clock: Clock,
        meter: Meter,
        look: Callable[[str], None],
        body_within_s: float,
    ) -> None:
        """`look` has our leg asked for, with its roster."""
        self._loop = loop
        self._tenant = loop.tenant.lower()
        self._validator = validator
        self._rescue = rescue
        self._notes = notes
        self._clock = clock
        self._meter = meter
        self._look = look
        self._body_within_s = body_within_s

    def routes(self) -> list[web.RouteDef]:
        return [web.post(PATH, self.receive), web.post(PATH + "/{command}", self.receive)]

    async def receive(self, request: web.Request) -> web.Response:
        """The answer to one delivery."""
        received_at = self._clock.now()
        token = request.headers.get("Authorization")
        try:
            claims = self._validator.cached(token) or await self._validator.validate(token)
            body = await _body(request, self._body_within_s)
            command = request.match_info.get("command", "")
            written = await self.accept(body, claims, command, received_at)
        except Unauthorized as refusal:
            return self._refuse(401, str(refusal))
        except Forbidden as refusal:
            return self._refuse(403, str(refusal))
        except BadNotification as refusal:
            return self._refuse(400, str(refusal))
        except web.HTTPRequestEntityTooLarge:
            return self._refuse(413, f"the body is larger than {LARGEST} bytes")
        except TimeoutError:
            return _closing(self._refuse(408, "the body did not come in time"))
        except web.RequestPayloadError:
            return _closing(self._refuse(400, "the body cannot be read"))
        if not written:
            return self._refuse(503, "nothing can be written down at present")
        return web.Response(status=202)

    async def accept(self, body: bytes, claims: Claims, command: str, received_at: int) -> bool:
        """Whether everything in the body is taken care of. Raises BadNotification.

        The door behind the token's check: a simulation delivers here.
        """
        batch = parse(body)
        self._count(batch)
        command = command_id(command)
        written: list[asyncio.Future[None]] = []
        ringing: list[_Ringing] = []
        taken = True
        for item in batch.items:
            if isinstance(item, RosterUpdated) and not item.is_whole:
                self._look(item.wire_id)
            tenant = claims.tenant_id or ""
            for event in events_from(item, app=claims.audience, tenant=tenant, command=command):
                if tenant.lower() != self._tenant:
                    await self._send_away(event, "other_tenant")
                    continue
                identity = identity_of(item, event)
                try:
                    done = self._loop.submit(event, identity=identity, received_at=received_at)
                except Overloaded:
                    await self._send_away(event, "overloaded")
                    taken = taken and isinstance(event, CallIncoming)
                    continue
                if isinstance(event, CallIncoming):
                    ringing.append(_Ringing(event, identity or "", done))
                else:
                    written.append(done)
        return await self._written(ringing, written) and taken

    async def _written(self, ringing: list[_Ringing], written: list[asyncio.Future[None]]) -> bool:
        for each in ringing:
            await self._take_in(each)
        try:
            for done in written:
                await done
        except NotWritten:
            return False
        return True

    async def _take_in(self, ringing: _Ringing) -> None:
        """Wait until the call is written down; a caller who cannot wait for that is sent on."""
        if ringing.done.done():
            return
        patience_ms = max(0, OUTAGE_MS - self._loop.outage_ms())
        await asyncio.wait({ringing.done}, timeout=patience_ms / 1000)
        if not ringing.done.done():
            self._loop.withdraw(ringing.identity)
            await self._send_away(ringing.event, "outage")

    async def _send_away(self, event: object, reason: str) -> None:
        """Send a ringing call to its fallback; other news of it is not for us."""
        self._meter.count("not_served", reason)
        if not isinstance(event, CallIncoming):
            return
        try:
            done = await self._rescue.fall_back(event.call, event.app, event.account)
        except GraphError as error:
            log.exception("a caller was left ringing", extra={"reason": reason, "code": error.code})
            done = "failed"
        self._meter.count("fallback", reason)
        self._notes.note(self._clock.now(), event.call, event.chain, reason, done)

    def _count(self, batch: Batch) -> None:
        for problem, times in batch.problems.items():
            for _ in range(times):
                self._meter.count("notifications_odd", problem)
        for item in batch.items:
            self._meter.count("notifications", type(item).__name__)
            if isinstance(item, Unknown):
                log.info("unknown notification", extra={"kind": item.kind})

    def _refuse(self, status: int, reason: str) -> web.Response:
        self._meter.count("calls_refused", str(status))
        return web.json_response({"error": reason}, status=status)
