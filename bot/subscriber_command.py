"""`switchboard subscribers` and `switchboard replay`: what they take.

What they do is in bot/replaying.py, which is imported when it is needed.
"""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.order_command import Commands


def add_subscribers(commands: Commands) -> None:
    """Add the commands to the parser."""
    listed = commands.add_parser(
        "subscribers", help="list how far other systems have been told, and what was set aside"
    )
    listed.set_defaults(command_function=_list)
    replay = commands.add_parser("replay", help="tell a subscriber again what was set aside")
    replay.set_defaults(command_function=_replay)
    replay.add_argument("name", help="the subscriber's name in the plan")
    replay.add_argument(
        "--since",
        metavar="INSTANT",
        help="tell it everything from then on again instead, such as 2026-11-25T08:00 (UTC)",
    )
    replay.add_argument("--by", metavar="NAME", help="who says so; default: your user name")
    for each in (listed, replay):
        each.add_argument("--database", metavar="URL", help="default: SWITCHBOARD_DATABASE_URL")
        each.add_argument("--tenant", metavar="ID", help="default: SWITCHBOARD_TENANT_ID")


def _list(given: argparse.Namespace) -> int:
    from bot.replaying import list_subscribers

    return asyncio.run(list_subscribers(given.database, given.tenant))


def _replay(given: argparse.Namespace) -> int:
    from bot.replaying import replay

    return asyncio.run(
        replay(given.name, given.since or "", given.by or "", given.database, given.tenant)
    )
