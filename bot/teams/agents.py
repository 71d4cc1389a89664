"""The agents behind the chat: their standing, and their words on the way into the history.

On the deciding instance both are a look into its memory and a submit to its loop. On any other, the
standing is what was last written down, and the word goes to the decider's inbox.
"""

from __future__ import annotations

import asyncio

from bot.owner.bodies import state_from
from bot.owner.loop import Overloaded, TenantLoop
from bot.teams.agent_chat import NotWritten
from bot.teams.status import Standing, standing_in
from routing.events import AgentSet
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
        """The person's standing now, None if they are no agent. Raises NotWritten."""
        state = self._loop.state()
        if state is not None:
            return standing_in(state, self._loop.plan, person)
        try:
            rows = await self._store.live(self._loop.tenant)
        except StoreError as error:
            raise NotWritten from error
        return standing_in(state_from(rows, 0), self._loop.plan, person, live=False)

    async def submit(self, event: AgentSet, *, identity: str | None) -> None:
        """Write the word down. Raises NotWritten; it may then take effect all the same."""
        try:
            async with asyncio.timeout(self._within_s):
                # Shielded: a copy of the message may wait for the same future.
                await asyncio.shield(self._loop.submit(event, identity=identity))
        except (TimeoutError, Overloaded) as error:
            raise NotWritten from error
