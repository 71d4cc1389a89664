"""What leaves for anywhere but Graph, where no call's lane waits for it: the agents' chats, the
teams' channels, other systems. Each has its sender.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from bot.sending.cards import CardSender
from bot.sending.team import TeamSender
from bot.sending.webhooks import WebhookSender
from routing.commands import AskWebhook, SayMissed, ShowCard, TellTeam

AsideCommand = ShowCard | SayMissed | TellTeam | AskWebhook


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """The senders, as one."""

    cards: CardSender
    team: TeamSender
    webhooks: WebhookSender

    def take(self, command: AsideCommand) -> None:
        """Send it, beside whatever else is under way."""
        match command:
            case TellTeam():
                self.team.take(command)
            case AskWebhook():
                self.webhooks.take(command)
            case ShowCard() | SayMissed():
                self.cards.take(command)
            case _:
                assert_never(command)

    def recover(self, command: AsideCommand) -> None:
        """An earlier life sent it, or did not."""
        if isinstance(command, ShowCard | SayMissed):
            self.cards.in_doubt(command)
        else:
            self.take(command)
