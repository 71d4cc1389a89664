"""Where the loop's commands go: the door between deciding and doing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from routing.commands import AskContext, Command, ShowCard
from routing.engine import Engine


class Outward(Protocol):
    """Where commands go (bot/sending/effects.py)."""

    def take(self, commands: Iterable[Command]) -> None:
        """Send these, in order, when their turn comes."""
        ...

    def drop(self) -> None:
        """Another owner decides: forget what was not sent."""
        ...


def is_wanted(engine: Engine, command: Command) -> bool:
    """Whether a command that was not sent yet should still be."""
    match command:
        case ShowCard():
            return engine.wants_card(command.card.offer)
        case AskContext():
            return engine.wants_context(command.contact, command.provider.name, command.id)
        case _:
            return engine.wants(command.call, command.id)


class Nowhere:
    """Where commands go before there is anywhere to go."""

    def take(self, commands: Iterable[Command]) -> None:
        """Refuse them."""
        raise RuntimeError(commands)

    def drop(self) -> None:
        """There is nothing to forget."""
