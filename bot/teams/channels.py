"""The channels of teams: where the bot may post, and news on its way there.

To post into a channel takes its id, which the plan names, and the connector that serves it, which
only Teams tells: with the first word that somebody writes there, or when the bot is added to the
team. One region's connector serves a whole tenant, so any conversation's will do until then.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.teams.conversation import ChatFailed, ChatGateway, ConversationRef, ConversationStore
from bot.teams.team_cards import News, news_card
from store.errors import StoreError

log = logging.getLogger(__name__)

CHANNEL = "channel"
"""The conversation type of a team's channel."""
THREAD = ";messageid="


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of a channel."""

    seen: bool
    """Teams has told of it: the bot is, or was, in its team."""
    refused: int = 0
    """The status with which the connector refused the last post; 0: it took it, or was not
    asked."""


class Channels:
    """One tenant's channels: who of them can be posted to, and the posting."""

    def __init__(
        self,
        tenant: str,
        store: ConversationStore,
        gateway: ChatGateway,
        now: Callable[[], int],
        public_url: str = "",
    ) -> None:
        """`public_url`: where the links of the cards lead."""
        self._tenant = tenant
        self._store = store
        self._gateway = gateway
        self._now = now
        self._url = public_url.rstrip("/")
        self._saved: dict[str, str] = {}
        self._refused: dict[str, int] = {}

    async def keep(self, ref: ConversationRef) -> None:
        """Remember how to reach the channel that the conversation is of, if it is one's."""
        if ref.kind != CHANNEL:
            return
        channel = channel_of(ref)
        plain = replace(ref, conversation=channel, person="", person_name="")
        saved = plain.to_json()
        self._refused.pop(channel, None)
        if self._saved.get(channel) == saved:
            return
        try:
            await self._store.save(self._tenant, channel, saved, self._now())
        except StoreError as error:
            log.warning("a channel was not kept", extra={"why": str(error)})
            return
        self._saved[channel] = saved

    async def forget(self, ref: ConversationRef) -> None:
        """The bot was taken out of the channel's team."""
        if ref.kind != CHANNEL:
            return
        channel = channel_of(ref)
        self._saved.pop(channel, None)
        try:
            await self._store.forget(self._tenant, channel)
        except StoreError as error:
            log.warning("a channel was not forgotten", extra={"why": str(error)})

    async def standing(self, channel: str) -> Standing:
        """What is known of a channel that the plan names. Raises StoreError."""
        found = await self._store.find(self._tenant, channel)
        return Standing(seen=found is not None, refused=self._refused.get(channel, 0))

    async def post(self, news: News) -> str:
        """Post it as a new message of the channel; its id. Raises ChatFailed."""
        ref = await self._ref(news.channel)
        card = news_card(news, link=self._url)
        try:
            message = await self._gateway.send_card(ref, card, once=True)
        except ChatFailed as failure:
            if failure.gone:
                self._refused[news.channel] = failure.status or 0
            raise
        self._refused.pop(news.channel, None)
        return message

    async def _ref(self, channel: str) -> ConversationRef:
        try:
            saved = await self._store.find(self._tenant, channel)
            if saved is None:
                # Anybody's: the address of the region's connector is the same.
                page = await self._store.page(self._tenant)
                saved = page[0][1] if page else None
        except StoreError as error:
            msg = "the channel could not be looked up"
            raise ChatFailed(msg) from error
        if saved is None:
            msg = "the bot has heard of no conversation yet, so no connector is known"
            raise ChatFailed(msg, status=404)
        try:
            ref = ConversationRef.from_json(saved)
        except ValueError as error:
            msg = "a saved conversation cannot be read"
            raise ChatFailed(msg) from error
        return replace(ref, conversation=channel, kind=CHANNEL, person="", person_name="")


def channel_of(ref: ConversationRef) -> str:
    """The id of the channel that a conversation is of, without the thread in it."""
    return ref.conversation.partition(THREAD)[0]
