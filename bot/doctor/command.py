"""`switchboard doctor`: examine, print, and an exit code for whoever runs it by machine."""

from __future__ import annotations

import logging

from bot.asked import consoles
from bot.doctor.examination import examine_installation
from bot.doctor.page import print_report, report_json
from bot.logs import Redactor
from bot.settings import BadSettings, load_settings, secrets_of


async def see_doctor(*, as_json: bool) -> int:
    """Print what was found; 1 when calls would fail."""
    # What libraries warn of on their way is in the findings, in better words.
    logging.disable(logging.CRITICAL)
    report = await examine_installation()
    out, _ = consoles()
    if as_json:
        # As it stands: a program reads it, and no line may be broken.
        out.file.write(f"{_redactor().text(report_json(report))}\n")
    else:
        print_report(report, out)
    return 1 if report.calls_fail else 0


def _redactor() -> Redactor:
    """Hides secrets, should a library's words have quoted one."""
    try:
        return Redactor(secrets_of(load_settings()))
    except BadSettings:
        return Redactor()
