"""Teams chat between the service's own parts and the emulator's world, without a wire.

The connector's requests go straight into the world, and what people do goes straight to the
listener, past tokens and JSON over HTTP; everything between is the product's.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kit.speaking import InstantVoice

from bot.announcing import Announcer
from bot.owner.loop import TenantLoop
from bot.teams.activities import read
from bot.teams.agent_cards import AgentCards
from bot.teams.agent_chat import AgentChat
from bot.teams.agents import Agents
from bot.teams.channels import Channels
from bot.teams.chats import Chats
from bot.teams.conversation import (
    BotAdded,
    BotRemoved,
    Card,
    CardAction,
    ChatFailed,
    ConversationRef,
    IncomingMessage,
)
from bot.teams.order_desk import OrderDesk
from bot.watches.chats import ChatWatch
from console.findings import Findings
from emulator.chat import CARD, Letter
from emulator.world import World
from store.contract import Store

PUBLIC_URL = "https://bot.example"
CONNECTOR_MS = 40
"""how long the connector takes"""


@dataclass
class WorldGateway:
    """A `ChatGateway` into the world."""

    world: World
    now: Callable[[], int]

    async def send_text(self, ref: ConversationRef, text: str, *, reply_to: str = "") -> str:
        return await self._post(ref, {"type": "message", "text": text, "replyToId": reply_to})

    async def send_card(
        self, ref: ConversationRef, card: Card, *, reply_to: str = "", once: bool = False
    ) -> str:
        del once
        return await self._post(ref, _with(card) | {"replyToId": reply_to})

    async def update_text(self, ref: ConversationRef, message: str, text: str) -> None:
        raise NotImplementedError(ref, message, text)

    async def update_card(self, ref: ConversationRef, message: str, card: Card) -> None:
        await asyncio.sleep(CONNECTOR_MS / 1000)
        self.world.advance(self.now())
        if self.world.chat.update(message, _with(card)) is None:
            raise ChatFailed(ref.conversation, status=404)

    async def _post(self, ref: ConversationRef, activity: dict[str, Any]) -> str:
        await asyncio.sleep(CONNECTOR_MS / 1000)
        self.world.advance(self.now())
        chat = self.world.chat
        channel = chat.channel_in(ref.conversation)
        if channel is not None and chat.is_in_team(channel):
            return chat.post_in(channel, activity).id
        person = chat.person_in(ref.conversation)
        if person is None or not chat.is_installed(person):
            raise ChatFailed(ref.conversation, status=403)
        return chat.post(person, activity).id


def _with(card: Card) -> dict[str, Any]:
    content = json.loads(json.dumps(card.content))
    return {"type": "message", "attachments": [{"contentType": CARD, "content": content}]}


class WorldChat:
    """One life of the service's chat."""

    def __init__(self, world: World, store: Store, tenant: str, now: Callable[[], int]) -> None:
        self._world, self._store, self._now = world, store, now
        self._chats = Chats(tenant, store.conversations, now)
        self._gateway = WorldGateway(world, now)
        self.cards = AgentCards(self._gateway, self._chats)
        self.channels = Channels(tenant, store.conversations, self._gateway, now, PUBLIC_URL)
        self.findings = Findings()
        self._listener: AgentChat

    def listen(self, loop: TenantLoop, clock: Any) -> ChatWatch:
        """From now on the loop hears what people do; the watch is for the caller to run."""
        agents = Agents(loop, self._store)
        self._listener = AgentChat(
            gateway=self._gateway,
            floor=agents,
            orders=OrderDesk(agents, Announcer(InstantVoice())),
            chats=self._chats,
            channels=self.channels,
            now=self._now,
        )
        return ChatWatch(
            loop=loop,
            chats=self._chats,
            findings=self.findings,
            is_staffed=lambda: True,
            clock=clock,
        )

    async def bring(self, letter: Letter) -> None:
        """Deliver what somebody does, and the answer."""
        arrived = read(json.loads(json.dumps(letter.activity)), letter.application.id)
        body: Any = None
        match arrived:
            case IncomingMessage():
                await self._listener.on_message(arrived)
            case CardAction():
                answer = await self._listener.on_action(arrived)
                body = json.loads(json.dumps(answer.body))
            case BotAdded():
                await self._listener.on_added(arrived)
            case BotRemoved():
                await self._listener.on_removed(arrived)
            case _:
                pass
        self._world.advance(self._now())
        self._world.chat.answered(letter, 200, body, self._now())
