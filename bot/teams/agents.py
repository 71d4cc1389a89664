"""The agents behind the chat: their standing, their cards, and their words on the way into the
history.

On the deciding instance these are a look into its memory and a submit to its loop. On any other,
what was last written down, and the decider's inbox.
"""

from __future__ import annotations

import asyncio

from bot.owner.bodies import state_from
from bot.owner.loop import NotWritten, Overloaded, TenantLoop
from bot.teams.agent_chat import SeenCard
from bot.teams.conversation import WordLost
from bot.teams.order_desk import Seen
from bot.teams.status import Standing, standing_in
from routing.card_face import offer_card
from routing.events import Event
from routing.state import State
from store.contract import Store
from store.errors import StoreError

WRITTEN_WITHIN_S = 5.0
"""As for everything that comes in: beyond this the database is gone."""


class Agents:
    """One tenant's agents, as the chat asks for them."""

    def __init__(
        self, loop: TenantLoop, store: Store, *, within_s: float = WRITTEN_WITHIN_S
    ) -> None:
        self._loop = loop
        self._store = store
        self._within_s = within_s

    async def standing(self, person: str) -> Standing | None:
        """The person's standing now, None if they are no agent. Raises WordLost."""
        state, live = await self._state()
        return standing_in(state, self._loop.plan, person, live=live)

    async def card(self, offer: str) -> SeenCard | None:
        """What an offer's card has to show, None when nobody knows the offer any more.

        Raises WordLost.
        """
        state, live = await self._state()
        held = state.offers.get(offer)
        if held is None or held.contact not in state.contacts:
            return None
        queues = {queue.name: queue for queue in self._loop.plan.queues}
        return SeenCard(card=offer_card(state, queues, held), live=live)

    async def seen(self) -> Seen:
        """The state and the plan. Raises WordLost."""
        state, live = await self._state()
        return Seen(state=state, plan=self._loop.plan, live=live)

    async def submit(self, event: Event, *, identity: str | None) -> None:
        """Write what was said or pressed down. Raises WordLost; it may then take effect all the
        same."""
        try:
            async with asyncio.timeout(self._within_s):
                # Shielded: a copy of the message may wait for the same future.
                await asyncio.shield(self._loop.submit(event, identity=identity))
        except (TimeoutError, Overloaded, NotWritten) as error:
            raise WordLost from error

    async def _state(self) -> tuple[State, bool]:
        """The state, and whether it is the deciding instance's own memory."""
        state = self._loop.state()
        if state is not None:
            return state, True
        try:
            return state_from(await self._store.live(self._loop.tenant), 0), False
        except StoreError as error:
            raise WordLost from error
