"""POST /api/messages: what people write to the bot, and the buttons of its cards.

Whether the token is believed is decided before the body is read, by the validator that also guards
the calls. Then the activity has to fit the token: the connector that it names, and the channel for
which the signing key may speak. No input answers 5xx: the channel would show the person an error
and send the activity again.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable

from aiohttp import web

from bot.teams.activities import Arrived, BadActivity, Unheard, read
from bot.teams.botframework import BotFramework
from bot.teams.conversation import (
    ActionAnswer,
    BotAdded,
    BotRemoved,
    CardAction,
    ChatListener,
    IncomingMessage,
)
from bot.teams.service_urls import ServiceUrls
from graph.errors import Forbidden, Unauthorized
from graph.inbound_auth import Claims, TokenValidator, ValidatorConfig

log = logging.getLogger(__name__)

PATH = "/api/messages"
ISSUER = "https://api.botframework.com"
OPENID_URL = "https://login.botframework.com/v1/.well-known/openidconfiguration"
LARGEST = 1_048_576
REMEMBERED = 4096
"""Activities answered lately: the channel repeats one that it believes lost within seconds."""


def validator_config(app_ids: tuple[str, ...], openid_url: str = OPENID_URL) -> ValidatorConfig:
    """Who may send us activities. Their tokens name no tenant, so none is asked for."""
    return ValidatorConfig(
        openid_url=openid_url, issuers=(ISSUER,), audiences=app_ids, require_tenant=False
    )


class Messages:
    """The endpoint of the chat."""

    def __init__(
        self,
        *,
        validator: TokenValidator,
        urls: ServiceUrls,
        chat: BotFramework,
        listener: ChatListener,
        body_within_s: float,
        counted: Callable[[str], None] = lambda _outcome: None,
    ) -> None:
        """`counted` is told the outcome of each request: `message`, `unauthorized`, `copy` ..."""
        self._validator = validator
        self._urls = urls
        self._chat = chat
        self._listener = listener
        self._counted = counted
        self._body_within_s = body_within_s
        self._under_way: set[tuple[str, str]] = set()
        self._answered: dict[tuple[str, str], None] = {}

    def routes(self) -> list[web.RouteDef]:
        return [web.post(PATH, self.receive)]

    async def receive(self, request: web.Request) -> web.Response:
        """The answer to one activity."""
        try:
            claims = await self._validator.validate(request.headers.get("Authorization"))
            body = await _json_body(request, self._body_within_s)
            arrived = read(body, claims.audience)
            self._match(claims, arrived)
        except Unauthorized as refusal:
            return self._refuse(401, str(refusal))
        except Forbidden as refusal:
            return self._refuse(403, str(refusal))
        except _Refused as refusal:
            return self._refuse(refusal.status, str(refusal))
        except BadActivity as refusal:
            return self._refuse(400, str(refusal))
        return await self._once(arrived, claims)

    def _match(self, claims: Claims, arrived: Arrived) -> None:
        """Raise unless the token speaks for this activity."""
        ref = arrived.ref
        # A key without endorsements speaks for every channel, as in Microsoft's own check.
        if claims.endorsements and ref.channel not in claims.endorsements:
            msg = "the signing key may not speak for this channel"
            raise Unauthorized(msg)
        if claims.raw.get("serviceurl") != ref.service_url:
            msg = "the token is for another service address"
            raise Unauthorized(msg)
        if not self._urls.allow(ref.service_url):
            msg = "the service address is none of Microsoft's"
            raise Forbidden(msg)

    async def _once(self, arrived: Arrived, claims: Claims) -> web.Response:
        """Do what the activity asks for, unless it is a copy. An invoke wants its answer again."""
        if isinstance(arrived, CardAction) or not arrived.id:
            return await self._turn(arrived, claims)
        key = (arrived.ref.conversation, arrived.id)
        if key in self._under_way or key in self._answered:
            self._counted("copy")
            return web.Response(status=200)
        self._under_way.add(key)
        try:
            response = await self._turn(arrived, claims)
            self._answered[key] = None
            if len(self._answered) > REMEMBERED:
                del self._answered[next(iter(self._answered))]
            return response
        finally:
            self._under_way.discard(key)

    async def _turn(self, arrived: Arrived, claims: Claims) -> web.Response:
        kind = "invoke" if isinstance(arrived, CardAction) and arrived.name else "message"
        try:
            answer = await self._chat.turn(
                arrived.ref, kind, claims.raw, lambda: self._heard(arrived)
            )
        except Exception:
            # One activity that trips us must not be sent again and again.
            log.exception("activity not handled", extra={"kind": type(arrived).__name__})
            self._counted("failed")
            return web.Response(status=202)
        self._counted(_OUTCOMES[type(arrived)])
        if answer is None:
            return web.Response(status=201)
        return web.json_response(answer.body, status=answer.status)

    async def _heard(self, arrived: Arrived) -> ActionAnswer | None:
        match arrived:
            case IncomingMessage():
                await self._listener.on_message(arrived)
            case CardAction():
                return await self._listener.on_action(arrived)
            case BotAdded():
                await self._listener.on_added(arrived)
            case BotRemoved():
                await self._listener.on_removed(arrived)
            case _:
                pass
        return None

    def _refuse(self, status: int, why: str) -> web.Response:
        self._counted(f"refused {status}")
        log.info("activity refused", extra={"status": status, "why": why})
        headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}  # noqa: PLR2004
        return web.json_response({"error": why}, status=status, headers=headers)


_OUTCOMES = {
    IncomingMessage: "message",
    CardAction: "action",
    BotAdded: "added",
    BotRemoved: "removed",
    Unheard: "unheard",
}


class _Refused(Exception):
    """The request is no activity at all."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


async def _json_body(request: web.Request, within_s: float) -> object:
    """The parsed body. Raises _Refused."""
    kind = request.content_type
    if kind != "application/json" and not kind.endswith("+json"):
        raise _Refused(415, "an activity is sent as application/json")
    raw = await _bytes(request, within_s)
    if not raw.strip():
        raise _Refused(400, "the body is empty")
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise _Refused(400, "the body is not JSON") from None


async def _bytes(request: web.Request, within_s: float) -> bytes:
    too_large = _Refused(413, f"an activity is at most {LARGEST} bytes")
    if (request.content_length or 0) > LARGEST:
        raise too_large
    read_so_far = bytearray()
    try:
        async with asyncio.timeout(within_s):
            while chunk := await request.content.readany():
                read_so_far += chunk
                if len(read_so_far) > LARGEST:
                    raise too_large
    except TimeoutError:
        raise _Refused(408, "the body did not come in time") from None
    except web.RequestPayloadError:
        raise _Refused(400, "the body cannot be read") from None
    return bytes(read_so_far)
