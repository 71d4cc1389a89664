"""Where an agent learns of a caller before the engagement, as the plan names it: other systems over
HTTP, our own history, the directory's profile of a colleague."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Source(StrEnum):
    """What kind of place is asked."""

    HTTP = "http"
    HISTORY = "history"
    PROFILE = "profile"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpQuestion:
    """A request with `{names}` in it, and what of the answer is shown."""

    method: str = "GET"
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: str = ""
    """JSON; its texts may hold `{names}`."""
    secret: str = ""
    """The name of the secret that stands for `{secret}` in a header, or else signs the request."""
    private: bool = False
    """The address may be a private one."""
    fields: dict[str, str] = field(default_factory=dict[str, str])
    """Label -> where it stands in the answer."""
    links: dict[str, str] = field(default_factory=dict[str, str])
    """Label -> address, with `{answer.PATH}` in it."""
    keep_ms: int = 0
    """For how long an answer serves the same question again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One of the plan's, asked once for each contact."""

    name: str
    source: Source
    title: str = ""
    """As agents see it."""
    within_ms: int = 2_000
    """The longest wait for its answer, beside everything else that goes on."""
    entry_points: tuple[str, ...] = ()
    """Asked about callers of these only; none named: of all."""
    queues: tuple[str, ...] = ()
    """The same, and then only when the caller has come to one."""
    http: HttpQuestion | None = None
    needs: tuple[str, ...] = ()
    """Values without which there is nobody to ask about: those in the address."""
    waits_for_queue: bool = False
    """It is told something that is known only when the caller comes to a queue."""
    most: int = 3
    """Of history: so many contacts."""
    manager: bool = True
    """Of a profile: the manager's name too."""
    photo: bool = True
