"""One placed call as the audit recounts it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    at: int
    until: int | None
    party: str
    role: str
    via: str
    leg: str


@dataclass(slots=True, kw_only=True)
class Contact:
    """One placed call, recounted. Instants in ms; None: it never happened."""

    leg: str
    call: str
    caller: str
    kind: str
    label: str
    to: str
    placed_at: int
    answer_accepted_at: int | None = None
    connected_at: int | None = None
    first_audio_at: int | None = None
    ended_at: int | None = None
    why: str = ""
    outcome: str = "open"
    """connected, voicemail, forwarded, abandoned, rejected, disconnected, redirect_failed,
    over_limit, lost or open; called_back or not_reached when a bot rang the caller's number
    later"""
    stage: str = ""
    """where the caller was at the end: ringing, greeting, queue, offered, connecting or talk"""
    last_prompt: str = ""
    prompts: list[str] = field(default_factory=list[str])
    conversations: list[Conversation] = field(default_factory=list[Conversation])
    silences: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    accept_ms: int | None = None
    """from the agent's key, card or pick-up, the last of them, to both hearing each other"""
    handed_on: bool = False
    """somebody who talked with the caller brought in another, on the tab"""
    dials: list[str] = field(default_factory=list[str])
    """how each call to the caller's number ended: busy, no_answer, declined, talk, hung_up ..."""
    hang_up_ms: int | None = None
    """from the caller's hang-up to the agent's phone falling silent"""

    @property
    def ring_to_answer_ms(self) -> int | None:
        return span(self.placed_at, self.answer_accepted_at)

    @property
    def answer_to_audio_ms(self) -> int | None:
        return span(self.answer_accepted_at, self.first_audio_at)

    @property
    def connected_to(self) -> str:
        return self.conversations[0].party if self.conversations else ""

    @property
    def last_connected_to(self) -> str:
        return self.conversations[-1].party if self.conversations else ""


def span(start: int | None, end: int | None) -> int | None:
    return None if start is None or end is None else end - start
