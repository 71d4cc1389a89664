"""The chat, put together from the service's parts. Not on a call's path: it can fail alone."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from bot.app import App
from bot.identities import credentials
from bot.teams.agent_chat import AgentChat
from bot.teams.agents import Agents
from bot.teams.botframework import BotFramework
from bot.teams.connector_token import ConnectorToken
from bot.teams.service_urls import ServiceUrls
from bot.web.messages import Messages, validator_config


def chat_routes(app: App, counted: Callable[[str], None]) -> list[web.RouteDef]:
    """What answers `POST /api/messages`. `counted` is told the outcome of each request."""
    outside = app.outside
    settings, clock = outside.settings, outside.clock
    urls = ServiceUrls(settings.bot_openid_url)
    chat = BotFramework(
        http=outside.http,
        token=ConnectorToken(credentials(settings), clock.now, spawn=outside.spawn),
        urls=urls,
    )
    agents = Agents(app.board.loop, outside.store)
    listener = AgentChat(
        tenant=settings.tenant_id,
        gateway=chat,
        standing=agents.standing,
        submit=agents.submit,
        conversations=outside.store.conversations,
        now=clock.now,
    )
    app_ids = tuple(each.app_id for each in settings.identities)
    messages = Messages(
        validator=outside.validator(validator_config(app_ids, settings.bot_openid_url)),
        urls=urls,
        chat=chat,
        listener=listener,
        body_within_s=app.connections.limits.body_s,
        counted=counted,
    )
    return messages.routes()
