"""The way out to the agents' chats: built before the heart of the service, which posts cards."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.clock import Clock
from bot.identities import credentials
from bot.settings import Settings
from bot.teams.agent_cards import AgentCards
from bot.teams.botframework import BotFramework
from bot.teams.channels import Channels
from bot.teams.chats import Chats
from bot.teams.connector_token import ConnectorToken
from bot.teams.service_urls import ServiceUrls
from store.contract import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatLine:
    """The connector's client, the conversations and channels, and the cards over both."""

    urls: ServiceUrls
    gateway: BotFramework
    chats: Chats
    cards: AgentCards
    channels: Channels


def open_chat_line(
    settings: Settings,
    *,
    http: aiohttp.ClientSession,
    store: Store,
    clock: Clock,
    spawn: Callable[[Coroutine[Any, Any, None]], object],
) -> ChatLine:
    """Nothing is sent and nothing is read yet."""
    urls = ServiceUrls(settings.bot_openid_url)
    token = ConnectorToken(credentials(settings), clock.now, spawn=spawn)
    gateway = BotFramework(http=http, token=token, urls=urls)
    chats = Chats(settings.tenant_id, store.conversations, clock.now)
    channels = Channels(
        settings.tenant_id, store.conversations, gateway, clock.now, settings.public_url
    )
    return ChatLine(
        urls=urls,
        gateway=gateway,
        chats=chats,
        cards=AgentCards(gateway, chats),
        channels=channels,
    )
