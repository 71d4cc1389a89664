"""Finds the channels that the plan names and the bot cannot post to.

A team that is told nothing does not know that it is told nothing; so it is found before somebody
waits for a call: the bot has never been seen there, or its last card was refused.
"""

from __future__ import annotations

import asyncio
import logging

from bot.clock import Clock
from bot.owner.loop import TenantLoop
from bot.teams.channels import Channels, Standing
from console.findings import Finding, Findings, Source
from store.errors import StoreError

log = logging.getLogger(__name__)

LOOK_EVERY_S = 30.0


class ChannelWatch:
    """Compares the plan's channels with what is known of them."""

    def __init__(
        self, *, loop: TenantLoop, channels: Channels, findings: Findings, clock: Clock
    ) -> None:
        self._loop = loop
        self._channels = channels
        self._findings = findings
        self._clock = clock

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Bring the findings up to date."""
        queues: dict[str, list[str]] = {}
        for queue in self._loop.plan.queues:
            if queue.channel:
                queues.setdefault(queue.channel, []).append(queue.name)
        found: list[Finding] = []
        try:
            for channel, names in queues.items():
                standing = await self._channels.standing(channel)
                if sentence := _sentence(standing):
                    found.append(_finding(channel, names, sentence, standing))
        except StoreError as error:
            log.warning("the channels were not read", extra={"why": str(error)})
            return
        for each in self._findings.replace(Source.CHANNEL, found, self._clock.now()):
            log.warning("channel: %s", each.text())


def _sentence(standing: Standing) -> str:
    if standing.refused:
        return (
            f"Teams refused the last card ({standing.refused}), so nobody reads it there; see that "
            "the app is in this team and the id is right: say `@Switchboard here` in the channel"
        )
    if not standing.seen:
        return (
            "the bot has not been seen in this channel, so what is told to the team may not "
            "arrive; add the app to the team and say `@Switchboard here` in the channel"
        )
    return ""


def _finding(channel: str, queues: list[str], sentence: str, standing: Standing) -> Finding:
    return Finding(
        source=Source.CHANNEL,
        severity="error" if standing.refused else "warning",
        problem="channel",
        sentence=f"{channel} (queue {', '.join(queues)}): {sentence}",
        key=f"queues.{queues[0]}.channel",
    )
