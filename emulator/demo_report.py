"""What came out of a demo: a table, the audit's word, and the same as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from emulator.audit import Audit
from emulator.card_audit import FIRST_AT_LEAST
from emulator.scene_verdicts import Verdict
from emulator.shapes import Json
from emulator.tally import short

SPANS = (
    ("ring_to_answer_ms", "ring to answer"),
    ("answer_to_audio_ms", "answer to audio"),
    ("offer_ms", "queue to offer"),
    ("accept_ms", "accept to talk"),
)
CARD_TO_RING = "card to ring"
NAMED = ("count", "p50", "p95", "worst")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One caller."""

    verdict: Verdict
    offer_ms: int | None
    """from the queue to the first agent's phone, where somebody was free"""

    def spans(self) -> dict[str, int | None]:
        contact = self.verdict.contact
        return {
            "ring_to_answer_ms": contact.ring_to_answer_ms if contact else None,
            "answer_to_audio_ms": contact.answer_to_audio_ms if contact else None,
            "offer_ms": self.offer_ms,
            "accept_ms": contact.accept_ms if contact else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    lines: Sequence[Line]
    audit: Audit
    ready_s: float
    """from the start to the service's readiness"""
    played_s: float
    context: tuple[int, int] = (0, 0)
    """offers whose card said all that is known of the caller before the ring, and of how many"""
    died: int
    """how often the service died meanwhile"""
    folder: Path

    @property
    def is_well(self) -> bool:
        wrong = any(line.verdict.wrong for line in self.lines)
        first, offers = self.context
        told = first >= FIRST_AT_LEAST * offers
        sound = bool(self.lines) and not self.audit.violations and not self.died
        return sound and told and not wrong

    def show(self, console: Console) -> None:
        console.print(self._contacts())
        console.print(self._summary())
        console.print(self._cards())
        if self.context[1]:
            console.print(self._context())
        counts = ", ".join(f"{n} {word}" for word, n in sorted(self.audit.outcomes().items()))
        console.print(f"Recounted from the emulator's log: {counts}.")
        for violation in self.audit.violations:
            console.print(f"{violation.kind}: {violation.who} {violation.detail}", style="bold red")
        if self.died:
            console.print(f"The service died {self.died} times.", style="bold red")
        console.print(self._last_word(), style="bold green" if self.is_well else "bold red")

    def as_json(self) -> Json:
        return {
            "well": self.is_well,
            "ready_s": round(self.ready_s, 2),
            "played_s": round(self.played_s, 2),
            "contacts": [
                {
                    "scene": line.verdict.act.scene,
                    "delivery": line.verdict.act.delivery,
                    "label": line.verdict.label,
                    "outcome": contact.outcome if contact else "never called",
                    "stage": contact.stage if contact else "",
                    "agent": contact.connected_to if contact else "",
                    "wrong": line.verdict.wrong,
                    **line.spans(),
                }
                for line in self.lines
                for contact in (line.verdict.contact,)
            ],
            "summary": {key: self._figures(key) for key, _ in SPANS},
            "cards": {
                "offers": self.audit.cards.offers,
                "first": len(self.audit.cards.leads),
                "card_to_ring_ms": figures_of(self.audit.cards.leads),
            },
            "context": {"offers": self.context[1], "before_ring": self.context[0]},
            "outcomes": self.audit.outcomes(),
            "violations": [asdict(violation) for violation in self.audit.violations],
            "service_died": self.died,
        }

    # --- parts

    def _contacts(self) -> Table:
        table = Table(box=SIMPLE_HEAD, title="Contacts (times in ms)", title_justify="left")
        for name in ("scene", "delivery", "caller"):
            table.add_column(name, no_wrap=True)
        for _, title in SPANS:
            table.add_column(title, justify="right")
        table.add_column("outcome", no_wrap=True)
        for line in self.lines:
            contact = line.verdict.contact
            table.add_row(
                line.verdict.act.scene,
                line.verdict.act.delivery,
                contact.kind if contact else "",
                *(_figure(line.spans()[key]) for key, _ in SPANS),
                _outcome(line.verdict),
            )
        return table

    def _summary(self) -> Table:
        table = Table(box=SIMPLE_HEAD, title="All of them (ms)", title_justify="left")
        table.add_column("from ... to")
        for name in ("contacts", "median", "p95", "worst"):
            table.add_column(name, justify="right")
        for key, title in SPANS:
            figures = self._figures(key)
            table.add_row(title, *(_figure(figures[n]) for n in NAMED))
        cards = figures_of(self.audit.cards.leads)
        table.add_row(CARD_TO_RING, *(_figure(cards[n]) for n in NAMED))
        return table

    def _cards(self) -> Text:
        """How often the card was there before the phone rang."""
        cards = self.audit.cards
        first, offers = len(cards.leads), cards.offers
        share = f" ({100 * first / offers:.1f} %)" if offers else ""
        words = f"The card was there before the phone rang in {first} of {offers} offers{share}."
        return Text(words, "" if cards.is_well else "bold red")

    def _context(self) -> Text:
        """How often what is known of the caller was on the card before the phone rang."""
        first, offers = self.context
        share = f"{100 * first / offers:.1f} %"
        words = f"What is known of the caller was there before the ring in {first} of {offers}"
        return Text(f"{words} ({share}).", "" if first >= FIRST_AT_LEAST * offers else "bold red")

    def _figures(self, key: str) -> dict[str, int | None]:
        return figures_of(v for line in self.lines if (v := line.spans()[key]) is not None)

    def _last_word(self) -> str:
        wrong = sum(1 for line in self.lines if line.verdict.wrong)
        count, violations = len(self.lines), len(self.audit.violations)
        if self.is_well:
            return (
                f"All {count} contacts came out as they should, in {self.played_s:.0f} s: none "
                "lost, none connected twice, none unaccounted for, no agent rung twice at once."
            )
        return (
            f"{wrong} of {count} contacts came out wrong; {violations} violations. "
            f"The logs are in {self.folder}/."
        )


def figures_of(spans: Iterable[int]) -> dict[str, int | None]:
    """How many, and the median, the 95th percentile and the worst."""
    values = sorted(spans)
    most = len(values) - 1
    return {
        "count": len(values),
        "p50": values[most // 2] if values else None,
        "p95": values[most * 95 // 100] if values else None,
        "worst": values[-1] if values else None,
    }


def _figure(value: int | None) -> str:
    return "" if value is None else str(value)


def _outcome(verdict: Verdict) -> Text:
    contact = verdict.contact
    if verdict.wrong or contact is None:
        return Text(f"WRONG: {verdict.wrong}", "bold red")
    to = f" ({short(contact.connected_to).partition('.')[0]})" if contact.connected_to else ""
    stage = f" in {contact.stage}" if contact.outcome == "abandoned" else ""
    return Text(f"{contact.outcome}{to}{stage}", "green")
