"""Where the service dies: at the n-th request to Graph or to the chat's connector, before it is
sent, while it is carried out, or when its answer has come."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from kit.switchboard_scene import Scene, WorldTransport
from kit.world_chat import WorldGateway

from graph.transport import GraphRequest, GraphResponse

POINTS = ("before", "during", "after")


class Mine:
    """Kills the service when the n-th request passes a point."""

    def __init__(self, scene: Scene, at: int, point: str) -> None:
        self.scene, self.at, self.point = scene, at, point
        self.count = 0
        self.blown = asyncio.Event()

    def passes(self, point: str) -> bool:
        """Whether the service dies here."""
        if point == self.point and not self.blown.is_set():
            self.count += 1
            if self.count == self.at:
                self.blown.set()
                return True
        return False


def arm(mine: Mine, monkeypatch: pytest.MonkeyPatch) -> None:
    send = WorldTransport._send

    async def mined(self: WorldTransport, request: GraphRequest, *, again: bool) -> GraphResponse:
        if request.method == "POST" and request.path.endswith("getPresencesByUserId"):
            return await send(self, request, again=again)
        if mine.passes("before"):
            await asyncio.Event().wait()
        task = asyncio.get_running_loop().create_task(send(self, request, again=again))
        if mine.passes("during"):
            await asyncio.sleep(0)  # the request is carried out, its answer never read
            await asyncio.shield(task)
            await asyncio.Event().wait()
        response = await task
        if mine.passes("after"):
            await asyncio.Event().wait()
        return response

    monkeypatch.setattr(WorldTransport, "_send", mined)
    for name in ("_post", "update_card"):
        monkeypatch.setattr(WorldGateway, name, _mined(mine, getattr(WorldGateway, name)))


def _mined(mine: Mine, send: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """A request to the connector that the service may die of."""

    async def mined(*args: Any) -> Any:
        if mine.passes("before"):
            await asyncio.Event().wait()
        task = asyncio.ensure_future(send(*args))
        if mine.passes("during"):
            await asyncio.shield(task)
            await asyncio.Event().wait()
        answer = await task
        if mine.passes("after"):
            await asyncio.Event().wait()
        return answer

    return mined


def at_most_one_ring_at_once(scene: Scene) -> None:
    ringing: dict[str, int] = {}
    for record in scene.world.log:
        if record.kind == "ring":
            party = record.party  # type: ignore[attr-defined]
            ringing[party] = ringing.get(party, 0) + 1
            assert ringing[party] == 1, "an agent was rung twice at once"
            assert sum(ringing.values()) <= 1, "two agents were rung for one caller"
        elif record.kind == "ring_stopped":
            party = record.party  # type: ignore[attr-defined]
            ringing[party] -= 1
