"""`switchboard close`, `open`, `announce`, `silence`, `closures`: what they take.

What they do is in bot/ordered.py, which is imported when it is needed: `--help` answers at once.
"""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - its only name

HELP = {
    "close": "close a queue or entry point now, with words for its callers",
    "open": "take a closure back",
    "announce": "have callers hear a message before all else",
    "silence": "take a message back",
}
WITH_TEXT = ("close", "announce")


def add_orders(commands: Commands) -> None:
    """Add the commands to the parser."""
    for verb, text in HELP.items():
        command = commands.add_parser(verb, help=text)
        command.set_defaults(command_function=_order, verb=verb)
        command.add_argument("name", help="a queue, else an entry point; or all")
        command.add_argument(
            "--entry-point", action="store_true", help="the entry point of that name"
        )
        if verb in WITH_TEXT:
            command.add_argument(
                "text", nargs="*" if verb == "close" else "+", help="what they hear, by language"
            )
            ends = command.add_mutually_exclusive_group()
            ends.add_argument("--for", dest="lasts", metavar="2h", help="until it ends by itself")
            ends.add_argument(
                "--until", metavar="14:30", help="the same, by this machine's clock: the next 14:30"
            )
        command.add_argument("--by", metavar="NAME", help="who says so; default: your user name")
        _places(command)
    listed = commands.add_parser("closures", help="list what is closed or announced now")
    listed.set_defaults(command_function=_closures)
    _places(listed)


def _places(command: argparse.ArgumentParser) -> None:
    command.add_argument("--database", metavar="URL", help="default: SWITCHBOARD_DATABASE_URL")
    command.add_argument("--tenant", metavar="ID", help="default: SWITCHBOARD_TENANT_ID")


def _order(given: argparse.Namespace) -> int:
    from bot.ordered import Given, carry_out

    asked = Given(
        verb=given.verb,
        name=given.name,
        entry_point=given.entry_point,
        texts=tuple(getattr(given, "text", ())),
        lasts=getattr(given, "lasts", None) or "",
        until=getattr(given, "until", None) or "",
        by=given.by or "",
    )
    return asyncio.run(carry_out(asked, given.database, given.tenant))


def _closures(given: argparse.Namespace) -> int:
    from bot.ordered import list_closures

    return asyncio.run(list_closures(given.database, given.tenant))
