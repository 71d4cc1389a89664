"""News on its way into a team's channel: slow, failing, and after a crash."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import pytest
from kit.scripted_graph import EffectsScene
from kit.virtual_time import VirtualClock, run_virtual

from bot.sending.team import PAUSES_S
from bot.teams.conversation import ChatFailed
from bot.teams.team_cards import News
from routing.commands import TellTeam
from routing.plan import Queue

TELL = TellTeam(
    id="1", queue="support", about="callback_expired", contact="1-1", detail={"tries": "3"}
)
TOLD = News(
    channel="19:team@thread.tacv2",
    queue="Support",
    language="en",
    about="callback_expired",
    contact="1-1",
    detail={"tries": "3"},
)


@dataclass
class Channels:
    """Takes every card, or fails first."""

    failures: list[Exception] = field(default_factory=list)
    posted: list[News] = field(default_factory=list)
    tried_at: list[int] = field(default_factory=list)
    latency_ms: int = 0
    clock: VirtualClock = field(default_factory=VirtualClock)

    async def post(self, news: News) -> str:
        self.tried_at.append(self.clock.now())
        await asyncio.sleep(self.latency_ms / 1000)
        if self.failures:
            raise self.failures.pop(0)
        self.posted.append(news)
        return f"m{len(self.posted)}"


def told(story: Callable[[EffectsScene, Channels], Awaitable[None]]) -> None:
    async def whole() -> None:
        teams = Channels()
        async with EffectsScene(teams=teams) as scene:
            await story(scene, teams)

    run_virtual(whole())


def test_news_is_posted_into_the_queues_channel_and_the_outcome_names_it() -> None:
    async def story(scene: EffectsScene, teams: Channels) -> None:
        scene.effects.take([TELL])
        await asyncio.sleep(1)
        assert teams.posted == [TOLD]
        done = scene.outcome("1")
        assert (done.problem, done.message) == ("", "m1")
        assert (done.queue, done.about, done.contact) == ("support", "callback_expired", "1-1")

    told(story)


@pytest.mark.parametrize(
    "failure",
    [
        ChatFailed("slow down", status=429),
        ChatFailed("nobody listens"),
        ChatFailed("no answer", may_have_run=True),
        ChatFailed("server error", status=502, may_have_run=True),
    ],
)
def test_what_may_have_failed_is_posted_again_after_a_pause(failure: Exception) -> None:
    async def story(scene: EffectsScene, teams: Channels) -> None:
        teams.failures = [failure, failure]
        scene.effects.take([TELL])
        await asyncio.sleep(30)
        assert teams.posted == [TOLD]
        assert len(scene.outcomes) == 1
        first, second, third = teams.tried_at
        assert (second - first, third - second) == (PAUSES_S[0] * 1000, PAUSES_S[1] * 1000)

    told(story)


@pytest.mark.parametrize(("status", "problem"), [(403, "gone"), (404, "gone"), (400, "refused")])
def test_a_channel_that_refuses_is_not_asked_again(status: int, problem: str) -> None:
    async def story(scene: EffectsScene, teams: Channels) -> None:
        teams.failures = [ChatFailed("no", status=status)]
        scene.effects.take([TELL])
        await asyncio.sleep(1000)
        assert scene.outcome("1").problem == problem
        assert len(teams.tried_at) == 1

    told(story)


def test_after_the_last_pause_it_is_given_up() -> None:
    async def story(scene: EffectsScene, teams: Channels) -> None:
        teams.failures = [ChatFailed("down") for _ in range(99)]
        scene.effects.take([TELL])
        await asyncio.sleep(sum(PAUSES_S) + 1)
        assert scene.outcome("1").problem == "unavailable"
        assert len(teams.tried_at) == len(PAUSES_S) + 1

    told(story)


def test_what_an_earlier_life_possibly_posted_is_posted_again() -> None:
    async def story(scene: EffectsScene, teams: Channels) -> None:
        scene.effects.hold()
        scene.effects.release([TELL])
        await asyncio.sleep(1)
        assert teams.posted == [TOLD]
        assert scene.outcome("1").problem == ""

    told(story)


def test_what_this_process_saw_posted_is_not_posted_again_when_it_decides_anew() -> None:
    async def story(scene: EffectsScene, teams: Channels) -> None:
        scene.effects.take([TELL])
        await asyncio.sleep(1)
        scene.effects.hold()
        scene.effects.release([TELL])  # the outcome was not written down
        await asyncio.sleep(1)
        assert len(teams.posted) == 1
        assert [done.message for done in scene.outcomes] == ["m1", "m1"]

    told(story)


def test_what_is_still_under_way_is_not_begun_a_second_time() -> None:
    async def story(scene: EffectsScene, teams: Channels) -> None:
        teams.latency_ms = 5_000
        scene.effects.take([TELL])
        await asyncio.sleep(1)
        scene.effects.hold()
        scene.effects.release([TELL])
        await asyncio.sleep(20)
        assert len(teams.posted) == len(scene.outcomes) == 1

    told(story)


def test_who_is_no_longer_the_owner_leaves_it_to_the_successor() -> None:
    async def story(scene: EffectsScene, teams: Channels) -> None:
        teams.failures = [ChatFailed("down")]
        scene.effects.take([TELL])
        await asyncio.sleep(1)
        scene.is_owner = False
        await asyncio.sleep(600)
        assert (scene.told, len(teams.tried_at)) == ([], 1)

    told(story)


def test_the_plan_of_the_moment_says_where_it_goes() -> None:
    async def story(scene: EffectsScene, teams: Channels) -> None:
        teams.failures = [ChatFailed("down")]
        scene.effects.take([TELL])
        await asyncio.sleep(1)
        corrected = Queue(name="support", title="Support", channel="19:other@thread.tacv2")
        scene.plan = replace(scene.plan, queues=(corrected,))
        await asyncio.sleep(30)
        assert [news.channel for news in teams.posted] == ["19:other@thread.tacv2"]

    told(story)


def test_without_a_channel_by_now_nothing_is_posted() -> None:
    async def story(scene: EffectsScene, teams: Channels) -> None:
        scene.plan = replace(scene.plan, queues=(Queue(name="support"),))
        scene.effects.take([TELL])
        await asyncio.sleep(1)
        assert (scene.outcome("1").problem, teams.tried_at) == ("unwanted", [])

    told(story)
