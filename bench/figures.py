"""What was measured, as a table for people and as JSON for machines."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table."""

    row: str
    what: str
    measured: float
    unit: str = "ms"
    most: float | None = None
    """The target, when less is better."""
    least: float | None = None
    """The target, when more is better."""
    detail: dict[str, object] = field(default_factory=dict[str, object])
    """What else belongs to it: samples, percentiles, the other side of a ratio."""

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without one."""
        if self.most is not None:
            return self.measured <= self.most
        return self.measured >= self.least if self.least is not None else None

    @property
    def target(self) -> str:
        if self.most is not None:
            return f"<= {_number(self.most)}"
        return f">= {_number(self.least)}" if self.least is not None else ""


def percentile(values: Sequence[float], part: float) -> float:
    """The smallest value that `part` of all are not above."""
    ranked = sorted(values)
    return ranked[max(0, min(len(ranked) - 1, round(part * len(ranked) + 0.5) - 1))]


def spread(values: Sequence[float]) -> dict[str, object]:
    """Samples in short."""
    return {
        "samples": len(values),
        "p50": round(statistics.median(values), 3),
        "p95": round(percentile(values, 0.95), 3),
        "max": round(max(values), 3),
    }


def show(figures: Sequence[Figure], conditions: dict[str, object]) -> None:
    """Print the table."""
    table = Table(title="Figures", title_justify="left")
    table.add_column("row")
    table.add_column("what", overflow="fold")
    table.add_column("measured", justify="right")
    table.add_column("target", justify="right")
    table.add_column("met")
    table.add_column("detail", overflow="fold")
    for each in figures:
        met = {True: "[green]yes", False: "[red]NO", None: ""}[each.met]
        detail = ", ".join(f"{key} {value}" for key, value in each.detail.items())
        measured = f"{_number(each.measured)} {each.unit}".strip()
        table.add_row(each.row, each.what, measured, each.target, met, detail)
    console = Console(width=max(150, Console().width))
    console.print(table)
    console.print(", ".join(f"{key} {value}" for key, value in conditions.items()))


def write(path: Path, figures: Sequence[Figure], conditions: dict[str, object]) -> None:
    """Write everything as JSON."""
    rows = [asdict(each) | {"target": each.target, "met": each.met} for each in figures]
    path.write_text(json.dumps({"conditions": conditions, "figures": rows}, indent=2) + "\n")


def _number(value: float | None) -> str:
    if value is None:
        return ""
    if abs(value) >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.3g}"
