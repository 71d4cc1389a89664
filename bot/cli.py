"""The `switchboard` command: run the service, check a plan, ask why, close a queue.

Only what a command needs is imported: `--help` and `version` answer at once. Answers go to standard
output, what is wrong to standard error; the exit code is 0, 1 (the answer is no) or 2 (misused).
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.order_command import add_orders
from bot.report_command import add_reports
from bot.subscriber_command import add_subscribers
from bot.support_command import add_support

if TYPE_CHECKING:
    from bot.order_command import Commands

DISTRIBUTION: Final = "teams-switchboard"
MOST_PROBLEMS = 100
"""Printed; the first few say what to do, and the count says the rest."""


def main(arguments: list[str] | None = None) -> int:
    """The exit code of one command line."""
    given = parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = given.command_function
    try:
        return command(given)
    except BrokenPipeError:
        # Somebody closed the pipe (`| head`): nothing is left to say, also not at exit.
        sys.stderr.close()
        return 0


def parser() -> argparse.ArgumentParser:
    """Every command and what it takes; docs/commands.md is made of it."""
    top = argparse.ArgumentParser(
        prog="switchboard", description="A contact center inside Microsoft Teams."
    )
    top.set_defaults(command_function=_run)
    commands = top.add_subparsers(metavar="COMMAND")

    run = commands.add_parser("run", help="run the service (the default)")
    run.set_defaults(command_function=_run)

    plan = commands.add_parser("plan", help="check a plan, print its schema")
    plans = plan.add_subparsers(required=True, metavar="WHAT")
    check = plans.add_parser("check", help="say everything that is wrong with a plan file")
    check.add_argument("file", nargs="?", help="default: SWITCHBOARD_PLAN, else ./plan.yaml")
    check.set_defaults(command_function=_plan_check)
    schema = plans.add_parser("schema", help="print the plan's JSON Schema, for editors")
    schema.set_defaults(command_function=_plan_schema)

    _add_questions(commands)
    add_orders(commands)
    add_reports(commands)
    add_support(commands)
    add_subscribers(commands)

    told = commands.add_parser("version", help="print the version of this installation")
    told.set_defaults(command_function=_version)
    return top


def _add_questions(commands: Commands) -> None:
    """What is asked of the history."""
    why = commands.add_parser("why", help="say why an agent was chosen, or was not")
    why.add_argument("contact", help="the contact's id, or how it begins")
    why.add_argument("--agent", metavar="UPN", help="why this agent was not the one")
    why.set_defaults(command_function=_why)
    contacts = commands.add_parser("contacts", help="list the contacts that ended last")
    contacts.add_argument("--limit", type=int, default=20, metavar="N")
    contacts.set_defaults(command_function=_contacts)
    callbacks = commands.add_parser("callbacks", help="list the callbacks that are open")
    callbacks.set_defaults(command_function=_callbacks)
    voicemails = commands.add_parser("voicemails", help="list the messages that callers left")
    voicemails.add_argument("--queue", default="", help="of this queue's team only")
    voicemails.add_argument("--limit", type=int, default=20, metavar="N")
    voicemails.set_defaults(command_function=_voicemails)
    for each in (why, contacts, callbacks, voicemails):
        each.add_argument("--database", metavar="URL", help="default: SWITCHBOARD_DATABASE_URL")
        each.add_argument("--tenant", metavar="ID", help="default: SWITCHBOARD_TENANT_ID")


def installed_version() -> str:
    """The distribution's version; where the source lies when nothing was installed."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return f"from {Path(__file__).resolve().parent.parent}"


def _version(_given: argparse.Namespace) -> int:
    print(f"switchboard {installed_version()}")
    return 0


def _run(_given: argparse.Namespace) -> int:
    from bot.__main__ import main as serve

    return serve([])


def _plan_check(given: argparse.Namespace) -> int:
    from bot.plan_file import Severity, read_plan
    from bot.plan_file.document import read_file
    from bot.plan_file.voicemail_checks import not_allowed
    from bot.settings import keeps_voicemail, plan_file

    file = Path(given.file or plan_file())
    try:
        source = read_file(file)
    except OSError as error:
        print(f"{file}: {error.strerror}; name the plan file", file=sys.stderr)
        return 2
    reading = read_plan(source, str(file), file.parent)
    unkept = None if keeps_voicemail() else not_allowed(reading, Severity.WARNING)
    if unkept is not None:
        reading = replace(reading, problems=(*reading.problems, unkept))
    for problem in reading.problems[:MOST_PROBLEMS]:
        print(problem.text(reading.file))
    if len(reading.problems) > MOST_PROBLEMS:
        print(f"... and {len(reading.problems) - MOST_PROBLEMS} more")
    errors, warnings = len(reading.errors), len(reading.warnings)
    verdict = f"{_count(errors, 'error')}, {_count(warnings, 'warning')}"
    if reading.plan is not None:
        plan = reading.plan
        verdict += f"; {_count(len(plan.queues), 'queue')}, "
        verdict += _count(len(plan.entry_points), "entry point")
    print(f"{file}: {verdict}")
    return 1 if errors else 0


def _plan_schema(_given: argparse.Namespace) -> int:
    import json

    from bot.plan_file.json_schema import plan_schema

    print(json.dumps(plan_schema(), indent=2, ensure_ascii=False))
    return 0


def _why(given: argparse.Namespace) -> int:
    from bot.query_commands import asked_why

    return asyncio.run(asked_why(given.contact, given.agent or "", given.database, given.tenant))


def _contacts(given: argparse.Namespace) -> int:
    from bot.query_commands import asked_contacts

    return asyncio.run(asked_contacts(given.limit, given.database, given.tenant))


def _callbacks(given: argparse.Namespace) -> int:
    from bot.query_commands import asked_callbacks

    return asyncio.run(asked_callbacks(given.database, given.tenant))


def _voicemails(given: argparse.Namespace) -> int:
    from bot.query_commands import asked_voicemails

    return asyncio.run(asked_voicemails(given.queue, given.limit, given.database, given.tenant))


def _count(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"


if __name__ == "__main__":
    raise SystemExit(main())
