"""Who of the agents has a chat: told to the engine, and a finding about whoever has none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from kit.recorded_chat import RecordedChat
from kit.switchboard_scene import Scene, plan
from kit.virtual_time import run_virtual

from bot.teams.chats import Chats
from bot.teams.conversation import ConversationRef
from bot.watches.chats import READ_EVERY_MS, ChatWatch
from console.findings import Findings, Source
from routing.plan import Queue
from store.errors import Unavailable

REF = ConversationRef(app="app", channel="msteams", service_url="https://x/", conversation="a:1")
ADA, BEN = "ada.agent@contoso.example", "ben.agent@contoso.example"


@dataclass
class Shelf:
    """Conversations as the database has them, which other instances write to as well."""

    saved: dict[str, str] = field(default_factory=dict)
    is_broken: bool = False
    pages: int = 0

    async def page(self, tenant: str, after: str = "") -> list[tuple[str, str]]:
        self.pages += 1
        if self.is_broken:
            raise Unavailable(tenant)
        return [(who, self.saved[who]) for who in sorted(self.saved) if who > after]

    async def save(self, tenant: str, person: str, saved: str, at: int) -> None:
        assert tenant
        assert at
        self.saved[person] = saved


@dataclass
class Watched:
    scene: Scene
    shelf: Shelf
    chats: Chats
    findings: Findings
    watch: ChatWatch
    staffed: bool = True

    def chat_of(self, first_name: str) -> bool:
        state = self.scene.board.loop.state()
        assert state is not None
        return state.agents[self.scene.agent(first_name)].chat

    def without(self) -> list[str]:
        return [each.key for each in self.findings.all() if each.source is Source.CHAT]

    async def look(self) -> None:
        await self.watch.look()
        await self.scene.run_for(50)


def watched(story: Callable[[Watched], Awaitable[None]]) -> None:
    async def whole() -> None:
        shelf: Any = Shelf()
        queue = Queue(name="support", members=(ADA, BEN))
        async with Scene(plan=plan(queue), chat=RecordedChat()) as scene:
            await scene.run_for(100)
            chats, findings = Chats(scene.plan.tenant, shelf, lambda: scene.now), Findings()
            built = Watched(scene, shelf, chats, findings, None)  # type: ignore[arg-type]
            built.watch = ChatWatch(
                loop=scene.board.loop,
                chats=chats,
                findings=findings,
                is_staffed=lambda: built.staffed,
                clock=scene._clock,
            )
            await story(built)

    run_virtual(whole())


def test_who_installed_the_bot_before_is_known_at_the_first_look() -> None:
    async def story(it: Watched) -> None:
        it.shelf.saved[it.scene.agent("ada")] = REF.to_json()
        await it.look()
        assert (it.chat_of("ada"), it.chat_of("ben")) == (True, False)

    watched(story)


def test_who_never_installed_the_bot_is_a_finding_until_they_do() -> None:
    async def story(it: Watched) -> None:
        await it.chats.keep(it.scene.agent("ada"), REF)
        await it.look()
        assert it.without() == [BEN]
        [finding] = it.findings.all()
        assert f"{BEN}: has not installed the bot in Teams" in finding.text()
        await it.chats.keep(it.scene.agent("ben"), REF)
        await it.look()
        assert it.without() == []
        assert it.chat_of("ben")

    watched(story)


def test_where_nobody_has_installed_the_bot_one_finding_says_so() -> None:
    async def story(it: Watched) -> None:
        await it.look()
        [finding] = it.findings.all()
        assert "none of the 2 agents has installed the bot" in finding.text()

    watched(story)


def test_before_the_directory_was_read_nobody_is_found_missing() -> None:
    async def story(it: Watched) -> None:
        it.staffed = False
        await it.look()
        assert it.without() == []

    watched(story)


def test_what_this_instance_hears_is_told_at_once_and_what_another_hears_within_a_minute() -> None:
    async def story(it: Watched) -> None:
        await it.look()
        await it.chats.keep(it.scene.agent("ada"), REF)
        it.shelf.saved[it.scene.agent("ben")] = REF.to_json()
        await it.look()
        assert (it.chat_of("ada"), it.chat_of("ben")) == (True, False)
        await it.scene.run_for(READ_EVERY_MS)
        await it.look()
        assert (it.chat_of("ada"), it.chat_of("ben")) == (True, True)

    watched(story)


def test_the_database_is_asked_once_a_minute_and_again_by_a_new_owner() -> None:
    async def story(it: Watched) -> None:
        for _ in range(20):
            await it.look()
        assert it.shelf.pages == 1
        it.scene.board.loop.stand_up()
        await it.scene.run_for(2_000)
        await it.look()
        assert it.shelf.pages == 2

    watched(story)


def test_a_database_that_does_not_answer_takes_nobodys_chat_away() -> None:
    async def story(it: Watched) -> None:
        it.shelf.saved[it.scene.agent("ada")] = REF.to_json()
        await it.look()
        it.shelf.is_broken = True
        await it.scene.run_for(READ_EVERY_MS)
        await it.look()
        assert it.chat_of("ada")

    watched(story)


def test_who_does_not_decide_says_nothing() -> None:
    async def story(it: Watched) -> None:
        it.scene.board.loop.stand_up()
        await it.watch.look()
        assert it.shelf.pages == 0
        assert it.without() == []

    watched(story)
