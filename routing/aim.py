"""Whom a call is handed to, or who is added to it: as somebody chose them on the tab."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AimKind(StrEnum):
    AGENT = "agent"
    """One of the plan's, who is reserved for it and has wrap-up like after any contact."""
    USER = "user"
    """A colleague who is no agent."""
    NUMBER = "number"
    ACCOUNT = "account"
    """A resource account of the plan's, rung at its number."""
    QUEUE = "queue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    kind: AimKind
    id: str
    """An object id, a number in E.164, an account as the plan writes it, a queue's name."""
    name: str = ""
    number: str = ""
    """Of an account: where it is rung."""

    @property
    def rung(self) -> str:
        """Under what identity a phone is rung."""
        return self.number or self.id
