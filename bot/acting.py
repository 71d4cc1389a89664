"""What people do on the tab, on its way into the history: as their words in the chat go."""

from __future__ import annotations

from bot.teams.agents import Agents
from bot.teams.conversation import WordLost
from console.acts import Lost
from routing.events import Event


class Acting:
    """Submits for `console.acts.Desk`."""

    def __init__(self, agents: Agents) -> None:
        self._agents = agents

    async def __call__(self, event: Event, *, identity: str | None) -> None:
        try:
            await self._agents.submit(event, identity=identity)
        except WordLost as error:
            raise Lost from error
