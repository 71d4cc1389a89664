"""The `switchboard` command."""

import argparse
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

DISTRIBUTION: Final = "teams-switchboard"


def main(arguments: list[str] | None = None) -> int:
    """The exit code of one command line."""
    parser = argparse.ArgumentParser(
        prog="switchboard", description="A contact center inside Microsoft Teams."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("version", help="print the version of this installation")
    parser.parse_args(arguments)
    print(f"switchboard {installed_version()}")
    return 0


def installed_version() -> str:
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        # Run from a clone, where nothing was installed.
        return f"from {Path(__file__).resolve().parent.parent}"


if __name__ == "__main__":
    raise SystemExit(main())
