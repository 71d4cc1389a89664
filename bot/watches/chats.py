"""Keeps known who of the agents can be written to in the chat.

The store knows who has installed the bot; the engine has to know it too, because a ring waits for
no card where there is nowhere to show one. An agent without the bot gets calls all the same, and is
a finding: somebody should tell them, or have an administrator install it for everybody.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from bot.clock import Clock
from bot.owner.desk import Desk
from bot.owner.loop import TenantLoop
from bot.teams.chats import Chats
from console.findings import Finding, Findings, Source
from routing.state import State
from routing.word_events import (
    ChatsRead,
)
from store.errors import StoreError

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
READ_EVERY_MS = 60_000
"""How soon an installation is known that another instance heard of."""
SHOWN = 20
"""Log lines at a time; the console lists them all."""


class ChatWatch:
    """Compares the chats with what the engine knows of them."""

    def __init__(
        self,
        *,
        loop: TenantLoop,
        chats: Chats,
        findings: Findings,
        is_staffed: Callable[[], bool],
        clock: Clock,
    ) -> None:
        """`is_staffed`: whether the directory was read, so that the agents are all known."""
        self._loop = loop
        self._chats = chats
        self._findings = findings
        self._is_staffed = is_staffed
        self._clock = clock
        self._read_for: tuple[Desk | None, frozenset[str]] = (None, frozenset())
        self._read_at = 0

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Tell the engine and the findings what differs."""
        state, desk = self._loop.state(), self._loop.desk
        if state is None or desk is None:
            return
        agents = frozenset(state.agents)
        due = self._clock.now() - self._read_at >= READ_EVERY_MS
        if due or self._read_for != (desk, agents):
            try:
                await self._chats.read(agents)
            except StoreError as error:
                log.warning("the conversations were not read", extra={"why": str(error)})
                return
            self._read_for, self._read_at = (desk, agents), self._clock.now()
        if self._loop.desk is desk:
            self._tell(state)

    def _tell(self, state: State) -> None:
        reached = {agent for agent in state.agents if self._chats.reaches(agent)}
        if reached != {agent.id for agent in state.agents.values() if agent.chat}:
            self._loop.submit(ChatsRead(agents=tuple(sorted(reached))))
        if self._is_staffed():
            self._report(state, reached)

    def _report(self, state: State, reached: set[str]) -> None:
        agents = [agent for agent in state.agents.values() if agent.memberships]
        missing = sorted(agent.upn for agent in agents if agent.id not in reached)
        if len(missing) == len(agents) > 1:
            found = [_finding("chat", f"none of the {len(agents)} agents has")]
        else:
            found = [_finding(upn, "has not") for upn in missing]
        fresh = self._findings.replace(Source.CHAT, found, self._clock.now())
        for each in fresh[:SHOWN]:
            log.warning("chat: %s", each.text())
        if len(fresh) > SHOWN:
            log.warning("chat: more findings", extra={"count": len(fresh) - SHOWN})


def _finding(key: str, who: str) -> Finding:
    return Finding(
        source=Source.CHAT,
        severity="warning",
        problem="no_chat",
        sentence=(
            f"{who} installed the bot in Teams: calls come, but no card says who calls, and ready "
            "or not ready cannot be said; add the app, or have it installed by a setup policy"
        ),
        key=key,
    )
