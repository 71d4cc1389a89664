"""Facts as the console reads them back: plain values, whatever version wrote them.

The store keeps a fact's body as JSON. It is checked here, once, so that what explains and draws
can rely on types; a field of a newer version is kept, a broken one is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from store.codec import Unreadable, plain
from store.history import StoredFact

Detail = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastFact:
    """One thing that happened."""

    place: tuple[int, int]
    """Epoch and number: the order in which facts were decided."""
    at: int
    kind: str
    contact: str = ""
    agent: str = ""
    queue: str = ""
    detail: Detail = field(default_factory=dict[str, object])

    def text(self, name: str) -> str:
        """A text of the detail; empty if it is none."""
        value = self.detail.get(name)
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> int:
        """A number of the detail; 0 if it is none."""
        value = self.detail.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else 0

    def texts(self, name: str) -> list[str]:
        """The texts of a list of the detail; none if it is none."""
        value = self.detail.get(name)
        return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A yes or no of the detail."""
        value = self.detail.get(name)
        return value if isinstance(value, bool) else default


def past_fact(stored: StoredFact) -> PastFact:
    """The fact behind a stored row. One that cannot be read keeps its columns."""
    try:
        body = plain(stored.body)
    except Unreadable:
        body = None
    detail = body.get("detail") if isinstance(body, dict) else None
    return PastFact(
        place=stored.place,
        at=stored.at,
        kind=stored.kind,
        contact=stored.contact or "",
        agent=stored.agent or "",
        queue=stored.queue or "",
        detail=detail if isinstance(detail, dict) else {},
    )
