"""`switchboard reports`: what it takes. What it does is in bot/query_reports.py."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.order_command import Commands

PERIODS = ("today", "yesterday", "7d", "30d")
INTERVALS = ("total", "day", "hour", "15m")


def add_reports(commands: Commands) -> None:
    """Add the command to the parser."""
    reports = commands.add_parser("reports", help="say in figures what happened")
    reports.set_defaults(command_function=_reports)
    reports.add_argument("--period", choices=PERIODS, default="today", help="default: today")
    reports.add_argument("--day", metavar="DAY", help="this day instead, such as 2026-11-25")
    reports.add_argument("--to", metavar="DAY", help="from --day until this one")
    reports.add_argument("--by", choices=("queue", "agent"), default="queue", help="default: queue")
    reports.add_argument("--interval", choices=INTERVALS, default="total", help="default: total")
    reports.add_argument("--queue", default="", help="this queue only")
    reports.add_argument("--csv", action="store_true", help="every figure, for a spreadsheet")
    reports.add_argument("--database", metavar="URL", help="default: SWITCHBOARD_DATABASE_URL")
    reports.add_argument("--tenant", metavar="ID", help="default: SWITCHBOARD_TENANT_ID")


def _reports(given: argparse.Namespace) -> int:
    from bot.query_reports import Asked, asked_reports

    asked = Asked(
        period=given.period,
        day=given.day or "",
        to=given.to or "",
        by=given.by,
        interval=given.interval,
        queue=given.queue,
        csv=given.csv,
    )
    return asyncio.run(asked_reports(asked, given.database, given.tenant))
