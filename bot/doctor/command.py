"""`switchboard doctor`: examine, print, and an exit code for whoever runs it by machine."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from bot.doctor.examination import Report, examine_installation
from bot.doctor.finding import Well
from bot.doctor.page import print_report, report_json
from bot.logs import HIDDEN, SHORTEST_SECRET
from bot.query_commands import consoles
from bot.settings import BadSettings, load_settings, secrets_of


async def see_doctor(*, as_json: bool) -> int:
    """Print what was found; 1 when calls would fail."""
    # What libraries warn of on their way is in the findings, in better words.
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        report = without(await examine_installation(), _secrets())
    finally:
        logging.disable(before)
    out, _ = consoles()
    if as_json:
        # As it stands: a program reads it, and no line may be broken.
        out.file.write(f"{report_json(report)}\n")
    else:
        print_report(report, out)
    return 1 if report.calls_fail else 0


def without(report: Report, secrets: Sequence[str]) -> Report:
    """The report without these, should somebody's words have quoted one. Numbers stay: they are
    what a finding about a number is about."""
    known = sorted((s for s in secrets if len(s) >= SHORTEST_SECRET), key=len, reverse=True)

    def clean(text: str) -> str:
        for secret in known:
            text = text.replace(secret, HIDDEN)
        return text

    return Report(
        [
            Well(line.subject, clean(line.text))
            if isinstance(line, Well)
            else replace(
                line, about=clean(line.about), seen=clean(line.seen), where=clean(line.where)
            )
            for line in report.lines
        ]
    )


def _secrets() -> list[str]:
    try:
        return secrets_of(load_settings())
    except BadSettings:
        return []
