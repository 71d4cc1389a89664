"""The agents' chats as bot/sending and bot/watches want them: cards out, failures told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.teams import cards
from bot.teams.chats import Chats
from bot.teams.conversation import ChatFailed, ChatGateway, ConversationRef
from routing.card_face import MissedCard, OfferCard, StateCard
from store.errors import StoreError


class AgentCards:
    """Finds the agent's conversation, and writes in its language."""

    def __init__(self, gateway: ChatGateway, chats: Chats) -> None:
        self._gateway = gateway
        self._chats = chats

    async def show(self, card: OfferCard) -> str:
        """Post the card; the message that holds it. Raises ChatFailed."""

        async def post(ref: ConversationRef) -> str:
            return await self._gateway.send_card(ref, cards.offer(card, ref.language), once=True)

        return await self._to(card.agent, post)

    async def change(self, card: OfferCard) -> None:
        """Bring the posted card up to date. Raises ChatFailed."""

        async def change(ref: ConversationRef) -> str:
            await self._gateway.update_card(ref, card.message, cards.offer(card, ref.language))
            return ""

        await self._to(card.agent, change, is_new=False)

    async def say_missed(self, card: MissedCard) -> None:
        """Tell the agent that they missed an offer. Raises ChatFailed."""

        async def post(ref: ConversationRef) -> str:
            return await self._gateway.send_card(ref, cards.missed(card, ref.language), once=True)

        await self._to(card.agent, post)

    async def say_state(self, card: StateCard) -> None:
        """Tell the agent what a supervisor changed for them. Raises ChatFailed."""

        async def post(ref: ConversationRef) -> str:
            return await self._gateway.send_card(ref, cards.state(card, ref.language), once=True)

        await self._to(card.agent, post)

    async def _to(
        self, agent: str, do: Callable[[ConversationRef], Awaitable[str]], *, is_new: bool = True
    ) -> str:
        try:
            ref = await self._chats.find(agent)
        except StoreError as error:
            msg = "the conversation could not be looked up"
            raise ChatFailed(msg) from error
        if ref is None:
            msg = "no conversation with the agent is known"
            raise ChatFailed(msg, status=404)
        try:
            return await do(ref)
        except ChatFailed as failure:
            # Of a message that is gone it says nothing: people delete some.
            if failure.gone and is_new:
                await self._chats.forget(agent, ref)
            raise
