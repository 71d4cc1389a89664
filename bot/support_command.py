"""`switchboard doctor` and its sisters: what they take.

What they do is imported when it is needed: `--help` answers at once.
"""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.order_command import Commands


def add_support(commands: Commands) -> None:
    """Add the commands to the parser."""
    doctor = commands.add_parser("doctor", help="say what would keep calls from working")
    doctor.add_argument("--json", action="store_true", help="for programs: one JSON object")
    doctor.set_defaults(command_function=_doctor)
    call_me = commands.add_parser(
        "call-me", help="have the service ring somebody, say one sentence and hang up"
    )
    call_me.add_argument("user", metavar="UPN", help="whom: a user principal name or object id")
    call_me.add_argument("--database", metavar="URL", help="default: SWITCHBOARD_DATABASE_URL")
    call_me.add_argument("--tenant", metavar="ID", help="default: SWITCHBOARD_TENANT_ID")
    call_me.add_argument("--by", metavar="NAME", help="who asks; default: your user name")
    call_me.set_defaults(command_function=_call_me)
    report = commands.add_parser(
        "report", help="write what support needs of one contact, without names and numbers"
    )
    report.add_argument("contact", help="the contact's id, or how it begins")
    report.add_argument("--out", default="", metavar="FILE", help="default: switchboard-ID.zip")
    report.add_argument("--database", metavar="URL", help="default: SWITCHBOARD_DATABASE_URL")
    report.add_argument("--tenant", metavar="ID", help="default: SWITCHBOARD_TENANT_ID")
    report.set_defaults(command_function=_report)


def _doctor(given: argparse.Namespace) -> int:
    from bot.doctor.command import see_doctor

    return asyncio.run(see_doctor(as_json=given.json))


def _call_me(given: argparse.Namespace) -> int:
    from bot.call_me import Asked, call

    asked = Asked(user=given.user, by=given.by or "")
    return asyncio.run(call(asked, given.database, given.tenant))


def _report(given: argparse.Namespace) -> int:
    from bot.bundle.command import write_report

    return asyncio.run(write_report(given.contact, given.out, given.database, given.tenant))
