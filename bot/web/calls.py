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

from aiohttp import web

from bot.clock import Clock
from bot.inbound import command_id, events_from
from bot.loop import Overloaded, TenantLoop
from bot.meter import Meter
from bot.outage_notes import OutageNotes
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
WRITTEN_WITHIN_S = 5.0

Waiting = set[asyncio.Future[None]]


def validator_config(
    app_ids: tuple[str, ...], tenants: tuple[str, ...], openid_url: str
) -> ValidatorConfig:
    """Who may tell us about calls."""
    return ValidatorConfig(
        openid_url=openid_url, issuers=ISSUERS, audiences=app_ids, tenants=tenants
    )


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
    ) -> None:
        """`look` has our leg asked for, with its roster."""
        self._loop = loop
        self._validator = validator
        self._rescue = rescue
        self._notes = notes
        self._clock = clock
        self._meter = meter
        self._look = look

    def routes(self) -> list[web.RouteDef]:
        return [web.post(PATH, self.receive), web.post(PATH + "/{command}", self.receive)]

    async def receive(self, request: web.Request) -> web.Response:
        """The answer to one delivery."""
        received_at = self._clock.now()
        token = request.headers.get("Authorization")
        try:
            claims = self._validator.cached(token) or await self._validator.validate(token)
            body = await request.read()
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
        written: Waiting = set()
        ringing: dict[asyncio.Future[None], tuple[CallIncoming, str]] = {}
        for item in batch.items:
            if isinstance(item, RosterUpdated) and not item.is_whole:
                self._look(item.wire_id)
            for event in events_from(
                item,
                app=claims.audience,
                tenant=claims.tenant_id or "",
                command=command,
            ):
                if reason := self._not_ours(claims):
                    await self._send_away(event, reason)
                    continue
                try:
                    done = self._loop.submit(event, identity=item.identity, received_at=received_at)
                except Overloaded:
                    if not isinstance(event, CallIncoming):
                        return False
                    await self._send_away(event, "overloaded")
                    continue
                if not done.done():
                    written.add(done)
                    if isinstance(event, CallIncoming):
                        ringing[done] = (event, item.identity or "")
        return await self._written(written, ringing)

    def _not_ours(self, claims: Claims) -> str:
        """Why a genuine call cannot be served here; empty when it can."""
        if (claims.tenant_id or "").lower() != self._loop.tenant.lower():
            return "other_tenant"
        return ""

    async def _written(
        self,
        written: Waiting,
        ringing: dict[asyncio.Future[None], tuple[CallIncoming, str]],
    ) -> bool:
        """Wait until everything is written down; callers who cannot wait are sent on."""
        if not written:
            return True
        if ringing:
            patience_ms = max(0, OUTAGE_MS - self._loop.outage_ms())
            _, late = await asyncio.wait(written, timeout=patience_ms / 1000)
            for done in late & ringing.keys():
                event, identity = ringing[done]
                self._loop.withdraw(identity)
                await self._send_away(event, "outage")
                written.discard(done)
            if not late:
                return True
        _, late = await asyncio.wait(written, timeout=WRITTEN_WITHIN_S) if written else (0, set())
        return not late

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
