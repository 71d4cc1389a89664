"""The agent's side of the chat: hear a word or a press, have it written down, then answer.

The order matters: whoever reads "you are not ready" must not be rung by what was decided before it.
So the answer is sent only when the word is in the tenant's history, and the sentence is made from
the agent's state after it. Typed words and the buttons of the cards do the same.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, timedelta, timezone, tzinfo
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.teams import cards
from bot.teams.activities import TEAMS, pressed
from bot.teams.card_answers import shown, told
from bot.teams.card_presses import OFFER_VERBS, press_of
from bot.teams.channels import CHANNEL, Channels, channel_of
from bot.teams.chats import Chats
from bot.teams.conversation import (
    PERSONAL,
    ActionAnswer,
    BotAdded,
    BotRemoved,
    Card,
    CardAction,
    ChatFailed,
    ChatGateway,
    ConversationRef,
    IncomingMessage,
    WordLost,
)
from bot.teams.order_desk import OrderDesk, Ordered
from bot.teams.orders import Order
from bot.teams.phrases import say
from bot.teams.status import Standing, describe, describe_word
from bot.teams.words import Said, Word, understand
from routing.card_face import OfferCard
from routing.choices import Choice
from routing.events import (
    Event,
)
from routing.state import Agent
from routing.word_events import (
    AgentSet,
)

log = logging.getLogger(__name__)

LOOKS, LOOK_EVERY_S = 8, 0.25
"""How long an answer waits for the deciding instance to take an agent's word from the inbox."""
DAY_MIN = 1440
EXECUTE = "adaptiveCard/action"
GREETED = 4_096
"""Conversations remembered: Teams tells of one installation in two activities."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenCard:
    """What an offer's card has to show."""

    card: OfferCard
    live: bool
    """From the deciding instance's memory; otherwise from what it last wrote down."""


class Floor(Protocol):
    """The agents and their offers (bot/teams/agents.py). Every method may raise WordLost."""

    async def standing(self, person: str) -> Standing | None:
        """The person's standing now, None if they are no agent."""
        ...

    async def card(self, offer: str) -> SeenCard | None:
        """What an offer's card has to show, None when nobody knows the offer any more."""
        ...

    async def submit(self, event: Event, *, identity: str | None) -> None:
        """Return when it took effect. A second event with the same identity is a copy."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A word, typed or pressed, and whose it is."""

    said: Said
    sender: str
    zone: tzinfo
    identity: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reply:
    text: str
    language: str
    ready: bool | None = None
    """Which button makes sense next; None: the person is no agent."""
    reasons: tuple[Choice, ...] = ()
    """Why an agent may not be ready, as the plan has it."""


class AgentChat:
    """Listens to the chat (`ChatListener`) on behalf of the agents."""

    def __init__(
        self,
        *,
        gateway: ChatGateway,
        floor: Floor,
        chats: Chats,
        channels: Channels,
        now: Callable[[], int],
        orders: OrderDesk,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._gateway = gateway
        self._floor = floor
        self._chats = chats
        self._channels = channels
        self._now = now
        self._orders = orders
        self._look_every_s = look_every_s
        self._greeted: dict[str, None] = {}

    # -- what comes in ----------------------------------------------------------------------------

    async def on_message(self, message: IncomingMessage) -> None:
        """Do what the message says and answer it."""
        zone = _zone(message.time_zone, message.utc_offset_min)
        said = understand(message.text, now=self._now(), zone=zone, language=message.language)
        asked = _Asked(
            said=said, sender=message.sender, zone=zone, identity=_identity(message.ref, message.id)
        )
        here = said.word is Word.HERE
        reply = _here(message.ref, said.language) if here else await self._answer(asked)
        await self._send(message.ref, reply, message.id)
        await self._chats.keep(message.sender, message.ref)
        await self._channels.keep(message.ref)

    async def on_action(self, action: CardAction) -> ActionAnswer:
        """Do what the button says, and answer with the card as it stands then."""
        verb, data = pressed(action)
        if action.name not in ("", EXECUTE):
            return _no_card(action)
        await self._chats.keep(action.sender, action.ref)
        if verb in OFFER_VERBS:
            return await self._on_offer(action, verb, data)
        asked = self._word_of(action, verb, data)
        if asked is None:
            text = say(action.language, "no_cards")
            if not action.name:
                await self._reply(action.ref, text, action.id)
            return told(text)
        reply = await self._answer(asked)
        if not action.name:
            await self._send(action.ref, reply, action.id)
        return shown(_card(reply))

    async def on_added(self, added: BotAdded) -> None:
        """Introduce the bot, and remember how to reach the person."""
        again = added.ref.conversation in self._greeted
        self._greeted[added.ref.conversation] = None
        if len(self._greeted) > GREETED:
            del self._greeted[next(iter(self._greeted))]
        if not await self._chats.keep(added.sender, added.ref) or again:
            return
        await self._channels.keep(added.ref)
        language = added.language
        text = f"{say(language, 'welcome')}\n{say(language, 'help')}"
        await self._send(added.ref, _Reply(text=text, language=language), "")

    async def on_removed(self, removed: BotRemoved) -> None:
        """Forget the conversation: it takes no more messages."""
        self._greeted.pop(removed.ref.conversation, None)
        if removed.sender and removed.ref.kind == PERSONAL:
            await self._chats.forget(removed.sender)
        await self._channels.forget(removed.ref)

    # -- words ------------------------------------------------------------------------------------

    def _word_of(self, action: CardAction, verb: str, data: dict[str, str]) -> _Asked | None:
        """The word behind a button, None when it is no button of ours."""
        text = {
            "ready": "ready",
            "not_ready": f"not ready {data.get('why', '')} {data.get('reason', '')}",
            "status": "status",
            "help": "help",
        }.get(verb)
        if text is None:
            return None
        zone = _zone(action.time_zone, action.utc_offset_min)
        said = understand(text, now=self._now(), zone=zone, language=action.language)
        identity = _identity(action.ref, action.id)
        return _Asked(said=said, sender=action.sender, zone=zone, identity=identity)

    async def _answer(self, asked: _Asked) -> _Reply:
        language = asked.said.language
        try:
            return await self._answered(asked)
        except WordLost:
            log.warning("an agent's word was not written down", extra={"agent": asked.sender})
            return _Reply(text=say(language, "not_written"), language=language)

    async def _answered(self, asked: _Asked) -> _Reply:
        said, language = asked.said, asked.said.language
        if said.word is Word.HELP:
            text = say(language, "help")
            if not said.understood:
                text = f"{say(language, 'not_understood')}\n{text}"
            return _Reply(text=text, language=language)
        if not asked.sender:
            return _Reply(text=say(language, "no_identity"), language=language)
        if said.order is not None:
            return _Reply(text=await self._ordered(asked, said.order), language=language)
        standing = await self._floor.standing(asked.sender)
        if standing is None:
            return _Reply(text=say(language, "not_agent"), language=language)
        if said.word is Word.STATUS:
            text = describe(standing, now=self._now(), zone=asked.zone, language=language)
            return _of(standing, text, language)
        return await self._take_word(asked, standing.agent)

    async def _ordered(self, asked: _Asked, order: Order) -> str:
        ordered = Ordered(
            order=order,
            sender=asked.sender,
            now=self._now(),
            zone=asked.zone,
            identity=asked.identity,
        )
        return await self._orders.answer(ordered)

    async def _take_word(self, asked: _Asked, agent: Agent) -> _Reply:
        said, language = asked.said, asked.said.language
        event = AgentSet(
            agent=agent.id,
            ready=said.word is Word.READY,
            reason=said.reason,
            until=said.until,
            by=agent.upn,
        )
        await self._floor.submit(event, identity=asked.identity)
        after = await self._until_shown(event)
        if after is None:
            return _Reply(text=say(language, "noted"), language=language, ready=event.ready)
        text = describe_word(after, now=self._now(), zone=asked.zone, language=language)
        if said.time_dropped:
            text = f"{text}\n{say(language, 'time_dropped')}"
        return _of(after, text, language)

    async def _until_shown(self, event: AgentSet) -> Standing | None:
        """The agent's standing with the word in it, or None when that does not show soon.

        Beside the deciding instance the word went to its inbox, which it reads several times a
        second; its own memory shows the word at once.
        """
        for _ in range(LOOKS):
            standing = await self._floor.standing(event.agent)
            if standing is None or standing.live or standing.agent.ready == event.ready:
                return standing
            await asyncio.sleep(self._look_every_s)
        return None

    # -- presses on an offer's card ---------------------------------------------------------------

    async def _on_offer(self, action: CardAction, verb: str, data: dict[str, str]) -> ActionAnswer:
        """Hand the press to the routing, and show what came of it: one sentence on the card."""
        language = action.language
        try:
            before = await self._floor.card(data.get("offer", ""))
            if before is None:
                return await self._shown(action, None)
            if before.card.agent != action.sender:
                return told(say(language, "not_yours"))
            event = press_of(verb, data, agent=action.sender, message=action.message)
            await self._floor.submit(event, identity=_identity(action.ref, action.id))
            return await self._shown(action, await self._until_changed(before))
        except WordLost:
            log.warning("a press was not written down", extra={"agent": action.sender})
            return told(say(language, "not_written"))

    async def _until_changed(self, before: SeenCard) -> SeenCard | None:
        """The card after the press. What came too late changes nothing, which takes as long to
        see, beside the deciding instance."""
        after: SeenCard | None = before
        for _ in range(LOOKS):
            after = await self._floor.card(before.card.offer)
            if after is None or after.live or after.card.shows != before.card.shows:
                break
            await asyncio.sleep(self._look_every_s)
        return after

    async def _shown(self, action: CardAction, seen: SeenCard | None) -> ActionAnswer:
        language = action.language
        card = cards.offer(seen.card, language) if seen else cards.over(language)
        if not action.name:
            text = cards.sentence(seen.card, language) if seen else card.summary
            await self._reply(action.ref, text, action.id)
        return shown(card)

    # -- what goes out ----------------------------------------------------------------------------

    async def _send(self, ref: ConversationRef, reply: _Reply, reply_to: str) -> None:
        """Answer with a card where cards are known, otherwise in words."""
        if ref.channel != TEAMS:
            await self._reply(ref, reply.text, reply_to)
            return
        card = _card(reply)
        await self._tried(self._gateway.send_card(ref, card, reply_to=reply_to))

    async def _reply(self, ref: ConversationRef, text: str, reply_to: str) -> None:
        await self._tried(self._gateway.send_text(ref, text, reply_to=reply_to))

    @staticmethod
    async def _tried(sending: Awaitable[str]) -> None:
        """When an answer is not delivered, what was said counts all the same."""
        try:
            await sending
        except ChatFailed as failure:
            log.warning(
                "an answer was not delivered", extra={"why": str(failure), "status": failure.status}
            )


def _of(standing: Standing, text: str, language: str) -> _Reply:
    return _Reply(
        text=text,
        language=language,
        ready=standing.agent.ready,
        reasons=standing.plan.not_ready_reasons,
    )


def _card(reply: _Reply) -> Card:
    return cards.answer(reply.text, reply.language, ready=reply.ready, reasons=reply.reasons)


def _here(ref: ConversationRef, language: str) -> _Reply:
    """Which channel this is, and the line for the plan."""
    if ref.kind != CHANNEL:
        return _Reply(text=say(language, "here_no_channel"), language=language)
    return _Reply(text=say(language, "here", channel=channel_of(ref)), language=language)


def _no_card(action: CardAction) -> ActionAnswer:
    """No card of ours opens a dialog or asks for anything else."""
    if not action.name.startswith("task/"):
        return ActionAnswer(body={})
    text = say(action.language, "no_cards")
    return ActionAnswer(body={"task": {"type": "message", "value": text}})


def _identity(ref: ConversationRef, activity: str) -> str | None:
    """What makes a second copy one. An activity's id is unique in its conversation only."""
    return f"chat:{ref.conversation}:{activity}" if activity else None


def _zone(name: str, offset_min: int | None) -> tzinfo:
    """The sender's time zone, as far as the channel told."""
    if name:
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            pass
    if offset_min is None or not -DAY_MIN < offset_min < DAY_MIN:
        return UTC
    return timezone(timedelta(minutes=offset_min))
