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


def _doctor(given: argparse.Namespace) -> int:
    from bot.doctor.command import see_doctor

    return asyncio.run(see_doctor(as_json=given.json))
