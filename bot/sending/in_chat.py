"""What leaves for the chat: an agent's cards by one sender, news for a team by another."""

from __future__ import annotations

from dataclasses import dataclass

from bot.sending.cards import CardSender
from bot.sending.team import TeamSender
from routing.commands import SayMissed, ShowCard, TellTeam

ChatCommand = ShowCard | SayMissed | TellTeam


@dataclass(frozen=True, slots=True, kw_only=True)
class InChat:
    """The senders, as one."""

    cards: CardSender
    team: TeamSender

    def take(self, command: ChatCommand) -> None:
        """Post it, beside whatever else is under way."""
        if isinstance(command, TellTeam):
            self.team.take(command)
        else:
            self.cards.take(command)

    def recover(self, command: ChatCommand) -> None:
        """An earlier life posted it, or did not."""
        if isinstance(command, TellTeam):
            self.team.take(command)
        else:
            self.cards.in_doubt(command)
