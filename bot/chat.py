"""The chat, put together from the service's parts. Not on a call's path: it can fail alone."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from bot.announcing import Announcer
from bot.app import App
from bot.teams.agent_chat import AgentChat
from bot.teams.agents import Agents
from bot.teams.order_desk import OrderDesk
from bot.web.messages import Messages, validator_config


def chat_routes(app: App, counted: Callable[[str], None]) -> list[web.RouteDef]:
    """What answers `POST /api/messages`. `counted` is told the outcome of each request."""
    outside, line = app.outside, app.chat
    settings = outside.settings
    agents = Agents(app.board.loop, outside.store)
    listener = AgentChat(
        gateway=line.gateway,
        floor=agents,
        orders=OrderDesk(agents, Announcer(app.publication.publisher)),
        chats=line.chats,
        channels=line.channels,
        now=outside.clock.now,
    )
    app_ids = tuple(each.app_id for each in settings.identities)
    messages = Messages(
        validator=outside.validator(validator_config(app_ids, settings.bot_openid_url)),
        urls=line.urls,
        chat=line.gateway,
        listener=listener,
        body_within_s=app.connections.limits.body_s,
        counted=counted,
    )
    return messages.routes()
