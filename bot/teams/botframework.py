"""The Bot Framework's protocol: the only module that imports botbuilder.

botbuilder-core 4.17.1 is the last of its line and past its end of support (31 December 2025). It is
used for the typed activities, the turn, and the connector's paths and bodies. What was measured to
be wrong is kept from it: deciding whether a request is believed (500 for a forged token, a new key
refused for a day, keys fetched on the event loop without a limit), answering an invoke (500
whenever there is a body) and sending (a thread and a blocking token request each time). So the
token is checked before a turn begins, the turn gets a finished authentication result, and a sender
of our own carries the connector's requests over aiohttp.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, NoReturn, Protocol

import aiohttp
import yarl
from botbuilder.core import InvokeResponse, TurnContext
from botbuilder.integration.aiohttp import CloudAdapter
from botbuilder.schema import (
    Activity,
    ActivityTypes,
    Attachment,
    ChannelAccount,
    ConversationAccount,
)
from botframework.connector import AsyncBfPipeline, BotFrameworkConnectorConfiguration
from botframework.connector.aio import ConnectorClient
from botframework.connector.auth import (
    AuthenticateRequestResult,
    BotFrameworkAuthentication,
    ClaimsIdentity,
    ConnectorFactory,
)
from msrest.exceptions import ClientException
from msrest.pipeline import Response, SansIOHTTPPolicy
from msrest.pipeline.async_abc import AsyncHTTPSender
from msrest.universal_http.async_abc import AsyncClientResponse
from multidict import CIMultiDict

from bot.teams.conversation import ActionAnswer, Card, ChatFailed, ConversationRef
from bot.teams.service_urls import ServiceUrls

log = logging.getLogger(__name__)

SCOPE = "https://api.botframework.com/.default"
"""What the connector's token must be asked for."""
CARD = "application/vnd.microsoft.card.adaptive"
SEND_WITHIN_S = 8.0
"""For one message, its token and its second attempt. Teams waits about 15 s for a turn to end."""
RETRIED = frozenset({412, 429, 502, 503, 504})
"""What Teams calls transient (learn.microsoft.com/microsoftteams/platform/bots, rate limits)."""
NOT_TAKEN = frozenset({412, 429, 503})
"""Those of them after which the message is surely not there."""
SERVER_ERROR = 500
RETRY_AFTER_S, RETRY_AFTER_MOST_S = 0.5, 3.0
CONNECTORS = 16
"""Clients kept, one per application and address. Making one costs milliseconds."""

Heard = Callable[[], Awaitable[ActionAnswer | None]]


class ChatToken(Protocol):
    """Gives the bearer token for `SCOPE` without blocking the loop."""

    async def __call__(self, app: str, *, refused: str = "") -> str:
        """The application's token; another one than `refused`, which the connector did not take.

        Raises ChatFailed when none can be had.
        """
        ...


class BotFramework:
    """The chat over the Bot Framework: runs inbound turns, and is the `ChatGateway`."""

    def __init__(
        self,
        *,
        http: aiohttp.ClientSession,
        token: ChatToken,
        urls: ServiceUrls,
        send_within_s: float = SEND_WITHIN_S,
    ) -> None:
        """`http` is the caller's to close; `urls` guards every address that a message goes to."""
        self._connectors = _Connectors(http, token, send_within_s, urls)
        self._adapter = _Adapter(_Believed())

    async def turn(
        self, ref: ConversationRef, kind: str, claims: Mapping[str, Any], heard: Heard
    ) -> ActionAnswer | None:
        """Run `heard` as one turn; `claims` are those of a token that was checked already.

        `kind` is the activity's type; an `invoke` returns what `heard` returned. Whatever `heard`
        raises comes out. Raises ChatFailed when the activity's service address is not allowed.
        """

        async def logic(context: TurnContext) -> None:
            answer = await heard()
            if kind == ActivityTypes.invoke and answer is not None:
                done = InvokeResponse(status=answer.status, body=answer.body)
                await context.send_activity(
                    Activity(type=ActivityTypes.invoke_response, value=done)
                )

        believed = AuthenticateRequestResult()
        believed.audience = SCOPE
        believed.claims_identity = ClaimsIdentity(dict(claims), True)
        believed.connector_factory = _Factory(self._connectors, ref.app)
        done = await self._adapter.process_activity(believed, _inbound(ref, kind), logic)
        return None if done is None else ActionAnswer(status=int(done.status), body=done.body)

    async def send_text(self, ref: ConversationRef, text: str, *, reply_to: str = "") -> str:
        """The new message's id. Raises ChatFailed."""
        return await self._send(ref, _text(ref, text), reply_to)

    async def update_text(self, ref: ConversationRef, message: str, text: str) -> None:
        """Put `text` in place of what the message said. Raises ChatFailed."""
        await self._update(ref, message, _text(ref, text))

    async def send_card(
        self, ref: ConversationRef, card: Card, *, reply_to: str = "", once: bool = False
    ) -> str:
        """The new message's id. `once`: rather not at all than twice. Raises ChatFailed."""
        return await self._send(ref, _card(ref, card), reply_to, once=once)

    async def update_card(self, ref: ConversationRef, message: str, card: Card) -> None:
        """Put `card` in place of what the message showed. Raises ChatFailed."""
        await self._update(ref, message, _card(ref, card))

    async def _send(
        self, ref: ConversationRef, activity: Activity, reply_to: str, *, once: bool = False
    ) -> str:
        conversations = self._connectors.of(ref.app, ref.service_url).conversations
        try:
            if reply_to:
                activity.reply_to_id = reply_to
                sent = await conversations.reply_to_activity(
                    ref.conversation, reply_to, activity, once=once
                )
            else:
                sent = await conversations.send_to_conversation(
                    ref.conversation, activity, once=once
                )
        except (ClientException, ValueError) as error:
            _fail(error)
        return sent.id if sent is not None and isinstance(sent.id, str) else ""

    async def _update(self, ref: ConversationRef, message: str, activity: Activity) -> None:
        activity.id = message
        conversations = self._connectors.of(ref.app, ref.service_url).conversations
        try:
            await conversations.update_activity(ref.conversation, message, activity)
        except (ClientException, ValueError) as error:
            _fail(error)


def _fail(error: Exception) -> NoReturn:
    msg = f"the connector's answer could not be read: {type(error).__name__}"
    raise ChatFailed(msg, may_have_run=True) from error


def _inbound(ref: ConversationRef, kind: str) -> Activity:
    return Activity(
        type=kind,
        channel_id=ref.channel,
        service_url=ref.service_url,
        conversation=ConversationAccount(id=ref.conversation),
        from_property=ChannelAccount(id=ref.person, name=ref.person_name),
        recipient=ChannelAccount(id=ref.bot, name=ref.bot_name),
    )


def _outbound(ref: ConversationRef) -> Activity:
    return Activity(
        type=ActivityTypes.message,
        channel_id=ref.channel,
        service_url=ref.service_url,
        conversation=ConversationAccount(id=ref.conversation),
        from_property=ChannelAccount(id=ref.bot, name=ref.bot_name),
        recipient=ChannelAccount(id=ref.person, name=ref.person_name),
        input_hint="acceptingInput",
    )


def _text(ref: ConversationRef, text: str) -> Activity:
    activity = _outbound(ref)
    activity.text = text
    activity.text_format = "plain"  # a reason may hold signs that Markdown would eat
    return activity


def _card(ref: ConversationRef, card: Card) -> Activity:
    activity = _outbound(ref)
    activity.summary = card.summary or None
    activity.attachments = [Attachment(content_type=CARD, content=dict(card.content))]
    return activity


class _Adapter(CloudAdapter):  # type: ignore[misc]  # the library is untyped
    """CloudAdapter without its way in over HTTP."""

    async def process(self, request: Any, bot: Any, ws_response: Any = None) -> NoReturn:
        """Closed: 4.17.1 serializes an invoke's body twice there and answers 500."""
        msg = "turns begin in BotFramework.turn"
        raise NotImplementedError(msg)


class _Believed(BotFrameworkAuthentication):  # type: ignore[misc]  # the library is untyped
    """Stands where the library would check tokens: it has no way to say yes."""

    async def authenticate_request(self, activity: Any, auth_header: str) -> NoReturn:  # noqa: ARG002
        msg = "tokens are checked before the turn"
        raise PermissionError(msg)

    async def authenticate_streaming_request(
        self,
        auth_header: str,  # noqa: ARG002
        channel_id_header: str,  # noqa: ARG002
    ) -> NoReturn:
        msg = "streaming is not served"
        raise PermissionError(msg)

    def create_connector_factory(self, claims_identity: Any) -> NoReturn:
        msg = "messages out of the blue go through BotFramework.send_*"
        raise NotImplementedError(msg)

    async def create_user_token_client(self, claims_identity: Any) -> None:
        """No user tokens: the tab signs people in, not the bot."""


class _Factory(ConnectorFactory):  # type: ignore[misc]  # the library is untyped
    """What a turn makes its connector with."""

    def __init__(self, connectors: _Connectors, app: str) -> None:
        self._connectors = connectors
        self._app = app

    async def create(self, service_url: str, audience: str | None = None) -> Any:  # noqa: ARG002
        return self._connectors.of(self._app, service_url)


class _Connectors:
    """One connector client per application and service address, the allowed ones only."""

    def __init__(
        self, http: aiohttp.ClientSession, token: ChatToken, within_s: float, urls: ServiceUrls
    ) -> None:
        self._http = http
        self._token = token
        self._within_s = within_s
        self._urls = urls
        self._made: dict[tuple[str, str], Any] = {}

    def of(self, app: str, service_url: str) -> Any:
        """The client for that address. Raises ChatFailed for an address not allowed."""
        key = (app, service_url)
        found = self._made.pop(key, None)
        if found is None:
            if not self._urls.allow(service_url):
                msg = "the service address is none of Microsoft's"
                raise ChatFailed(msg)
            sender = _Sender(self._http, partial(self._token, app), self._within_s)
            settings = BotFrameworkConnectorConfiguration(
                _NoCredentials(), service_url, pipeline_type=_pipeline(sender)
            )
            found = ConnectorClient(None, custom_configuration=settings)
        self._made[key] = found
        while len(self._made) > CONNECTORS:
            del self._made[next(iter(self._made))]
        return found


def _pipeline(sender: _Sender) -> Callable[[Any], Any]:
    def build(settings: Any) -> Any:
        settings.sender = sender
        return AsyncBfPipeline(settings)

    return build


class _NoCredentials(SansIOHTTPPolicy[Any, Any]):
    """Where the library would ask for a token, without await: the sender does that instead."""


class _Sender(AsyncHTTPSender[Any, Any]):
    """Carries the connector's requests: bearer token, time limit, one more try where it is safe."""

    def __init__(
        self, http: aiohttp.ClientSession, token: Callable[..., Awaitable[str]], within_s: float
    ) -> None:
        self._http = http
        self._token = token
        self._within_s = within_s

    async def __aexit__(self, *exc_details: object) -> None:
        """Nothing to close: the session belongs to whoever gave it."""

    async def send(self, request: Any, *, once: bool = False, **config: Any) -> Any:  # noqa: ARG002
        """The connector's answer, below 400. Raises ChatFailed."""
        try:
            async with asyncio.timeout(self._within_s):
                answer = await self._tried_twice(
                    request.http_request, NOT_TAKEN if once else RETRIED
                )
        except TimeoutError:
            msg = f"the connector did not answer within {self._within_s:g} s"
            raise ChatFailed(msg, may_have_run=True) from None
        except aiohttp.ClientError as error:
            msg = f"the connector cannot be reached: {type(error).__name__}"
            unsent = isinstance(error, aiohttp.ClientConnectorError)
            raise ChatFailed(msg, may_have_run=not unsent) from error
        if answer.status_code >= 400:  # noqa: PLR2004
            msg = f"the connector answered {answer.status_code}"
            in_doubt = answer.status_code >= SERVER_ERROR and answer.status_code not in NOT_TAKEN
            raise ChatFailed(msg, status=answer.status_code, may_have_run=in_doubt)
        return Response(request, answer)

    async def _tried_twice(self, wire: Any, retried: frozenset[int]) -> _Answer:
        token = await self._token()
        answer = await self._once(wire, token)
        if answer.status_code == 401:  # noqa: PLR2004
            return await self._once(wire, await self._token(refused=token))
        if answer.status_code in retried:
            await asyncio.sleep(answer.retry_after_s)
            return await self._once(wire, token)
        return answer

    async def _once(self, wire: Any, token: str) -> _Answer:
        async with self._http.request(
            wire.method,
            yarl.URL(wire.url, encoded=True),
            data=wire.data,
            headers={**wire.headers, "Authorization": f"Bearer {token}"},
            allow_redirects=False,  # the token is for this address alone
        ) as answer:
            return _Answer(wire, answer, await answer.read())


class _Answer(AsyncClientResponse):
    """An answer as the library's pipeline wants it, read to the end."""

    def __init__(self, wire: Any, answer: aiohttp.ClientResponse, body: bytes) -> None:
        super().__init__(wire, answer)
        self.status_code: int = answer.status
        self.headers = CIMultiDict(answer.headers)
        self.reason = answer.reason
        self._body = body

    @property
    def retry_after_s(self) -> float:
        told = self.headers.get("Retry-After", "")
        return min(float(told), RETRY_AFTER_MOST_S) if told.isdigit() else RETRY_AFTER_S

    def body(self) -> bytes:
        return self._body
