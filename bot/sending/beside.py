"""What leaves beside the lanes, because no leg waits for it: cards, news for teams, messages,
questions to other systems."""

from __future__ import annotations

from dataclasses import dataclass

from bot.context.sender import ContextSender
from bot.sending.cards import CardSender
from bot.sending.messages import MessageSender
from bot.sending.team import TeamSender
from bot.sending.webhooks import WebhookSender
from routing.commands import (
    CHAT,
    ELSEWHERE,
    SOUND,
    AskContext,
    AskWebhook,
    CloseMedia,
    Command,
    DropRecording,
    FetchRecording,
    ListVoicemail,
    SayMissed,
    SayState,
    ShowCard,
    TellTeam,
)

_BESIDE = (*CHAT, *SOUND, *ELSEWHERE)


def goes_beside(command: Command) -> bool:
    """Whether the command is carried out here."""
    return isinstance(command, _BESIDE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The senders, as one."""

    cards: CardSender
    team: TeamSender
    messages: MessageSender
    webhooks: WebhookSender
    context: ContextSender

    def take(self, command: Command) -> None:
        """Carry it out, beside whatever else is under way."""
        match command:
            case ShowCard() | SayMissed() | SayState():
                self.cards.take(command)
            case TellTeam():
                self.team.take(command)
            case FetchRecording() | ListVoicemail() | DropRecording() | CloseMedia():
                self.messages.take(command)
            case AskWebhook():
                self.webhooks.take(command)
            case AskContext():
                self.context.take(command)
            case _:
                raise TypeError(command)

    def recover(self, command: Command) -> None:
        """An earlier life carried it out, or did not."""
        if isinstance(command, ShowCard | SayMissed | SayState):
            self.cards.in_doubt(command)
        else:
            self.take(command)
