"""The doctor's words, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from rich.console import Console
from rich.text import Text

from bot.doctor.examination import Report
from bot.doctor.finding import Finding, Kind, Weight, Well
from bot.doctor.kinds import KINDS, SUBJECTS

WORDS: Final = {
    Weight.FAILS: ("CALLS FAIL", "bold red"),
    Weight.WORSE: ("worse", "yellow"),
    Weight.NOTE: ("note", "cyan"),
    Weight.UNSEEN: ("not visible", "dim"),
}
ORDER: Final = tuple(WORDS)
COLUMN: Final = 13
SHOWN: Final = 10
"""People or places of one kind of finding; --json has them all."""


def print_report(report: Report, out: Console) -> None:
    """Subject by subject: what is well, then what is not, the worst first."""
    for subject, title in SUBJECTS.items():
        well = [line for line in report.lines if isinstance(line, Well) and line.subject == subject]
        found = [each for each in report.findings if KINDS[each.code].subject == subject]
        if not well and not found:
            continue
        out.print(Text(title, style="bold"))
        for line in well:
            out.print(_row("ok", "green", f"{line.subject}: {line.text}"))
        for kind, findings in _by_kind(found):
            _print_kind(kind, findings, out)
        out.print()
    out.print(_summary(report))


def report_json(report: Report) -> str:
    """The same as one JSON object."""
    return json.dumps(
        {
            "calls_fail": report.calls_fail,
            "findings": [_fields(each) for each in report.findings],
            "well": [
                {"subject": line.subject, "text": line.text}
                for line in report.lines
                if isinstance(line, Well)
            ],
        },
        indent=2,
        ensure_ascii=False,
    )


def _by_kind(findings: Iterable[Finding]) -> list[tuple[Kind, list[Finding]]]:
    grouped: dict[str, list[Finding]] = {}
    for each in findings:
        grouped.setdefault(each.code, []).append(each)
    kinds = sorted((KINDS[code] for code in grouped), key=lambda kind: ORDER.index(kind.weight))
    return [(kind, grouped[kind.code]) for kind in kinds]


def _print_kind(kind: Kind, findings: list[Finding], out: Console) -> None:
    word, style = WORDS[kind.weight]
    out.print(_row(word, style, f"{kind.means} ({kind.code})"))
    for each in findings[:SHOWN]:
        said = ": ".join(part for part in (each.about, each.seen) if part)
        at = f" (at {each.where})" if each.where and each.where != each.about else ""
        if said or at:
            out.print(_row("", "", f"  {said}{at}"))
        if each.breaks:
            out.print(_row("", "", f"  breaks: {each.breaks}"))
    if len(findings) > SHOWN:
        out.print(_row("", "", f"  and {len(findings) - SHOWN} more (--json lists them)"))
    if not findings[0].breaks:
        out.print(_row("", "", f"breaks: {kind.breaks}"))
    out.print(_row("", "", f"mend:   {kind.mend}"))


def _row(word: str, style: str, text: str) -> Text:
    return Text.assemble("  ", (f"{word:<{COLUMN}}", style), text)


def _summary(report: Report) -> Text:
    counts = dict.fromkeys(ORDER, 0)
    for each in report.findings:
        counts[KINDS[each.code].weight] += 1
    told = [
        f"{counts[Weight.FAILS]} by which calls fail",
        f"{counts[Weight.WORSE]} by which something is worse",
        f"{counts[Weight.NOTE]} to know",
        f"{counts[Weight.UNSEEN]} not visible from here",
    ]
    verdict = ("Calls would fail.", "bold red") if report.calls_fail else ("Calls work.", "green")
    return Text.assemble(verdict, f" Findings: {', '.join(told)}.")


def _fields(finding: Finding) -> dict[str, str]:
    kind = KINDS[finding.code]
    return {
        "code": finding.code,
        "severity": kind.weight.value,
        "means": kind.means,
        "about": finding.about,
        "seen": finding.seen,
        "where": finding.where,
        "breaks": finding.breaks or kind.breaks,
        "mend": kind.mend,
    }
