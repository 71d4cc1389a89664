"""The agent's side of the chat: hear a word, have it written down, then answer.

The order matters: whoever reads "you are not ready" must not be rung by what was decided before it.
So the answer is sent only when the word is in the tenant's history, and the sentence is made from
the agent's state after it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, timedelta, timezone, tzinfo
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.teams.conversation import (
    PERSONAL,
    ActionAnswer,
    BotAdded,
    BotRemoved,
    CardAction,
    ChatFailed,
    ChatGateway,
    ConversationRef,
    ConversationStore,
    IncomingMessage,
    Json,
)
from bot.teams.phrases import say
from bot.teams.status import Standing, describe, describe_word
from bot.teams.words import Said, Word, understand
from routing.events import AgentSet
from routing.state import Agent
from store.errors import StoreError

log = logging.getLogger(__name__)

KEPT = 10_000
"""People whose saved conversation is remembered, so that it is written only when it changes."""
LOOKS, LOOK_EVERY_S = 8, 0.25
"""How long an answer waits for the deciding instance to take an agent's word from the inbox."""
DAY_MIN = 1440


class NotWritten(Exception):
    """What was said could not be written down, or it is not known whether it was."""


class Submit(Protocol):
    """Writes an agent's word down."""

    async def __call__(self, event: AgentSet, *, identity: str | None) -> None:
        """Return when it took effect. A second event with the same identity is a copy.

        Raises NotWritten within a few seconds.
        """
        ...


class AgentChat:
    """Listens to the chat (`ChatListener`) on behalf of the agents."""

    def __init__(
        self,
        *,
        tenant: str,
        gateway: ChatGateway,
        standing: Callable[[str], Awaitable[Standing | None]],
        submit: Submit,
        conversations: ConversationStore,
        now: Callable[[], int],
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        """`standing` looks a person up by object id (None: no agent); it may raise NotWritten."""
        self._tenant = tenant
        self._gateway = gateway
        self._standing = standing
        self._submit = submit
        self._conversations = conversations
        self._now = now
        self._look_every_s = look_every_s
        self._kept: dict[str, str] = {}

    async def on_message(self, message: IncomingMessage) -> None:
        """Do what the message says and answer it."""
        zone = _zone(message)
        said = understand(message.text, now=self._now(), zone=zone, language=message.language)
        try:
            text = await self._answer(message, said, zone)
        except NotWritten:
            log.warning("an agent's word was not written down", extra={"agent": message.sender})
            text = say(said.language, "not_written")
        await self._reply(message.ref, text, message.id)
        await self._keep(message.sender, message.ref)

    async def on_action(self, action: CardAction) -> ActionAnswer:
        """No card of ours has buttons yet: say so where the card's owner reads it."""
        text = say(action.language, "no_cards")
        if not action.name:
            await self._reply(action.ref, text, action.id)
            return ActionAnswer()
        body: dict[str, Json] = {}
        if action.name == "adaptiveCard/action":
            kind = "application/vnd.microsoft.activity.message"
            body = {"statusCode": 200, "type": kind, "value": text}
        elif action.name.startswith("task/"):
            body = {"task": {"type": "message", "value": text}}
        return ActionAnswer(body=body)

    async def on_added(self, added: BotAdded) -> None:
        """Introduce the bot, and remember how to reach the person."""
        text = f"{say(added.language, 'welcome')}\n{say(added.language, 'help')}"
        await self._reply(added.ref, text, "")
        await self._keep(added.sender, added.ref)

    async def on_removed(self, removed: BotRemoved) -> None:
        """Forget the conversation: it takes no more messages."""
        if removed.sender and removed.ref.kind == PERSONAL:
            self._kept.pop(removed.sender, None)
            try:
                await self._conversations.forget(self._tenant, removed.sender)
            except StoreError as error:
                log.warning("a conversation was not forgotten", extra={"why": str(error)})

    async def _answer(self, message: IncomingMessage, said: Said, zone: tzinfo) -> str:
        if said.word is Word.HELP:
            text = say(said.language, "help")
            return text if said.understood else f"{say(said.language, 'not_understood')}\n{text}"
        if not message.sender:
            return say(said.language, "no_identity")
        standing = await self._standing(message.sender)
        if standing is None:
            return say(said.language, "not_agent")
        if said.word is Word.STATUS:
            return describe(standing, now=self._now(), zone=zone, language=said.language)
        return await self._take_word(message, said, zone, standing.agent)

    async def _take_word(
        self, message: IncomingMessage, said: Said, zone: tzinfo, agent: Agent
    ) -> str:
        event = AgentSet(
            agent=agent.id,
            ready=said.word is Word.READY,
            reason=said.reason,
            until=said.until,
            by=agent.upn,
        )
        # An activity's id is unique in its conversation only.
        identity = f"chat:{message.ref.conversation}:{message.id}" if message.id else None
        await self._submit(event, identity=identity)
        after = await self._until_shown(event)
        if after is None:
            return say(said.language, "noted")
        text = describe_word(after, now=self._now(), zone=zone, language=said.language)
        return f"{text}\n{say(said.language, 'time_dropped')}" if said.time_dropped else text

    async def _until_shown(self, event: AgentSet) -> Standing | None:
        """The agent's standing with the word in it, or None when that does not show soon.

        Beside the deciding instance the word went to its inbox, which it reads several times a
        second; its own memory shows the word at once.
        """
        for _ in range(LOOKS):
            standing = await self._standing(event.agent)
            if standing is None or standing.live or standing.agent.ready == event.ready:
                return standing
            await asyncio.sleep(self._look_every_s)
        return None

    async def _keep(self, person: str, ref: ConversationRef) -> None:
        """Remember the newest way to reach a person: the connector's address may move."""
        if not person or ref.kind != PERSONAL:
            return
        saved = ref.to_json()
        if self._kept.get(person) == saved:
            return
        try:
            await self._conversations.save(self._tenant, person, saved, self._now())
        except StoreError as error:
            # Only a later message of ours needs it, and the person's next word brings it again.
            log.warning("a conversation was not kept", extra={"why": str(error)})
            return
        self._kept[person] = saved
        if len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]

    async def _reply(self, ref: ConversationRef, text: str, reply_to: str) -> None:
        """Send an answer. When that fails, what was said counts all the same."""
        try:
            await self._gateway.send_text(ref, text, reply_to=reply_to)
        except ChatFailed as failure:
            log.warning(
                "an answer was not delivered", extra={"why": str(failure), "status": failure.status}
            )


def _zone(message: IncomingMessage) -> tzinfo:
    """The sender's time zone, as far as the channel told."""
    if message.time_zone:
        try:
            return ZoneInfo(message.time_zone)
        except (KeyError, ValueError, OSError):
            pass
    offset = message.utc_offset_min
    if offset is None or not -DAY_MIN < offset < DAY_MIN:
        return UTC
    return timezone(timedelta(minutes=offset))
