"""Cards on their way to the agents' chats, through the Bot Framework and never through Graph.

A card is posted once. Whether it was, when the answer was lost or a process died in between,
nobody can ask the chat; a second card beside the first would be worse than none, and the phone
rings all the same. No call waits for anything here: the engine counts its 300 ms by itself.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from bot.clock import stopwatch_ms
from bot.metrics.meter import Meter
from bot.tasks import TaskSet
from bot.teams.conversation import ChatFailed
from routing.card_face import MissedCard, OfferCard, StateCard
from routing.commands import Command, SayMissed, SayState, ShowCard
from routing.events import CommandDone, Event, Problem

log = logging.getLogger(__name__)

TOO_MANY = 429
NOBODY = "there is no chat with {}"
AT_ONCE = 16
"""Cards under way: a chat that hangs must not fill the connections that the calls use too."""


class Chat(Protocol):
    """The agents' chats (bot/teams/agent_cards.py). Every method raises ChatFailed."""

    async def show(self, card: OfferCard) -> str:
        """Post the card; the message that holds it."""
        ...

    async def change(self, card: OfferCard) -> None:
        """Bring the posted card up to date."""
        ...

    async def say_missed(self, card: MissedCard) -> None:
        """Tell the agent that they missed an offer."""
        ...

    async def say_state(self, card: StateCard) -> None:
        """Tell the agent what a supervisor changed for them."""
        ...


class NoChat:
    """For a service without a chat: nobody can be written to."""

    async def show(self, card: OfferCard) -> str:
        """Refuse it."""
        raise ChatFailed(NOBODY.format(card.agent), status=404)

    async def change(self, card: OfferCard) -> None:
        """Refuse it."""
        raise ChatFailed(NOBODY.format(card.agent), status=404)

    async def say_missed(self, card: MissedCard) -> None:
        """Refuse it."""
        raise ChatFailed(NOBODY.format(card.agent), status=404)

    async def say_state(self, card: StateCard) -> None:
        """Refuse it."""
        raise ChatFailed(NOBODY.format(card.agent), status=404)


class Decider(Protocol):
    """The loop, as far as cards need it."""

    def submit(self, event: Event) -> asyncio.Future[None]:
        """Take an event in."""
        ...

    def may_act(self) -> bool:
        """Whether this instance is the owner and its lease holds."""
        ...

    def wants(self, command: Command) -> bool:
        """Whether a command that was not sent yet should still be."""
        ...

    def card(self, offer: str) -> OfferCard | None:
        """The offer's card as it stands now; None: nobody knows of it any more."""
        ...


class CardSender:
    """Posts each card once, and tells what came of it."""

    def __init__(self, *, chat: Chat, decider: Decider, tasks: TaskSet, meter: Meter) -> None:
        self._chat = chat
        self._decider = decider
        self._tasks = tasks
        self._meter = meter
        self._room = asyncio.Semaphore(AT_ONCE)

    def take(self, command: ShowCard | SayMissed | SayState) -> None:
        """Post it beside whatever else is under way."""
        self._tasks.run("card", self._post(command))

    def in_doubt(self, command: ShowCard | SayMissed | SayState) -> None:
        """An earlier life posted it, or did not: that stays open."""
        self._tell(command, Problem.UNKNOWN.value)

    async def _post(self, command: ShowCard | SayMissed | SayState) -> None:
        began = stopwatch_ms()
        message = problem = shows = ""
        async with self._room:
            if not self._decider.may_act():
                return  # no longer ours: the row stays open for the successor
            if not self._decider.wants(command):
                problem = Problem.UNWANTED.value
            else:
                card = self._now(command)
                shows = card.shows if isinstance(card, OfferCard) else ""
                message, problem = await self._once(card)
        self._meter.observe("card", stopwatch_ms() - began)
        self._tell(command, problem, message, shows)

    def _now(self, command: ShowCard | SayMissed | SayState) -> OfferCard | MissedCard | StateCard:
        """With what is known of the caller by now, which is not written down with the command."""
        if isinstance(command, ShowCard):
            return self._decider.card(command.card.offer) or command.card
        return command.card

    async def _once(self, card: OfferCard | MissedCard | StateCard) -> tuple[str, str]:
        """The message and the problem, one of them empty."""
        try:
            if isinstance(card, OfferCard):
                return await self._chat.show(card), ""
            if isinstance(card, MissedCard):
                await self._chat.say_missed(card)
            else:
                await self._chat.say_state(card)
        except ChatFailed as failure:
            log.warning(
                "a card was not posted", extra={"why": str(failure), "status": failure.status}
            )
            return "", problem_of(failure)
        except Exception:
            # One card that cannot even be made must not keep the phone from ringing.
            log.exception("a card was not posted")
            return "", Problem.UNKNOWN.value
        return "", ""

    def _tell(
        self,
        command: ShowCard | SayMissed | SayState,
        problem: str,
        message: str = "",
        shows: str = "",
    ) -> None:
        self._meter.count("cards", problem or "posted")
        offer = command.card.offer if isinstance(command, ShowCard) else ""
        self._decider.submit(
            CommandDone(
                command=command.id,
                call="",
                problem=problem,
                offer=offer,
                message=message,
                shows=shows if message else "",
            )
        )


def problem_of(failure: ChatFailed) -> str:
    """What the failure means for the card."""
    if failure.gone:
        return Problem.GONE.value
    if failure.may_have_run:
        return Problem.UNKNOWN.value
    if failure.status is None:
        return Problem.UNAVAILABLE.value
    return (Problem.THROTTLED if failure.status == TOO_MANY else Problem.REFUSED).value
