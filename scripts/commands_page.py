"""docs/commands.md: every command of `switchboard`, from the parser that reads them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from bot.cli import parser

HEAD = """\
<!-- Generated from bot/cli.py and what it imports. Change it there, then `make docs`. -->

# Commands

`switchboard COMMAND`; where the source lies, `.venv/bin/switchboard COMMAND`. Answers go to
standard output, what is wrong to standard error; the exit code is 0, 1 (the answer is no, or it
could not be done) or 2 (misused). Each takes `--help`.
"""


class Undescribed(Exception):
    """A command has no help."""


def commands_page() -> str:
    """The page's text. Raises Undescribed."""
    return HEAD + "".join(_section(name, text, each) for name, text, each in leaves(parser(), ""))


def leaves(
    of: argparse.ArgumentParser, above: str
) -> Iterator[tuple[str, str, argparse.ArgumentParser]]:
    """Commands that do something, with their names in full and what their help says."""
    for action in of._actions:  # noqa: SLF001 - argparse has no public way to walk a parser
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            said = {each.dest: each.help or "" for each in action._choices_actions}  # noqa: SLF001
            for name, child in action.choices.items():
                full = f"{above} {name}".strip()
                deeper = list(leaves(child, full))
                if not deeper and not said.get(name):
                    message = f"`switchboard {full}` has no help: say what it does"
                    raise Undescribed(message)
                yield from deeper or [(full, said[name], child)]


def _section(name: str, text: str, command: argparse.ArgumentParser) -> str:
    usage = " ".join(command.format_usage().removeprefix("usage: ").split())
    rows = "".join(_row(each) for each in command._actions if each.dest != "help")  # noqa: SLF001
    table = f"\n| | |\n|---|---|\n{rows}" if rows else ""
    return f"\n## {name}\n\n{text[:1].upper()}{text[1:]}.\n\n```\n{usage}\n```\n{table}"


def _row(action: argparse.Action) -> str:
    metavar = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    takes = action.nargs != 0 and bool(action.option_strings)
    shown = ", ".join(action.option_strings) or metavar
    told = action.help or ""
    if action.default not in (None, "", False, argparse.SUPPRESS) and "default" not in told:
        told = f"{told} (default {action.default})".strip()
    return f"| `{shown}{f' {metavar}' if takes else ''}` | {told} |\n"
