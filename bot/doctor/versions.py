"""Python and the libraries, against what Switchboard was made for."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from bot.doctor.finding import Finding, Line, Well
from bot.doctor.patient import Patient

DISTRIBUTION = "teams-switchboard"
PROJECT = Path(__file__).parents[2] / "pyproject.toml"
TESTED = (3, 11)
NEED = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(\[[^]]*\])?\s*(?P<rule>~=|==)\s*(?P<version>[0-9.]+)")


async def check_versions(patient: Patient) -> list[Line]:
    """Each library that Switchboard names, as it is installed."""
    lines: list[Line] = []
    if patient.python != TESTED:
        found = ".".join(map(str, patient.python))
        lines.append(Finding(code="version.python", seen=f"Python {found}"))
    needs = _needs()
    lines += [
        Finding(code="version.library", about=need, seen=wrong)
        for need in needs
        if (wrong := _wrong(need)) is not None
    ]
    if not lines:
        lines.append(Well("version", f"Python 3.11, {len(needs)} libraries as they should be"))
    return lines


def _needs() -> list[str]:
    """What the installed package asks for; in the source tree, what the project does."""
    try:
        named = requires(DISTRIBUTION) or []
    except PackageNotFoundError:
        if not PROJECT.is_file():
            return []  # a container has the sources alone; its build checked the hashes
        named = tomllib.loads(PROJECT.read_text())["project"]["dependencies"]
    return [each for each in named if "extra ==" not in each]


def needed_libraries() -> list[str]:
    """The names of the libraries that Switchboard asks for."""
    found = (NEED.match(each) for each in _needs())
    return [rule["name"] for rule in found if rule is not None]


def _wrong(need: str) -> str | None:
    """What is wrong with the installed one; None: nothing."""
    rule = NEED.match(need)
    if rule is None:
        return None
    try:
        found = version(rule["name"])
    except PackageNotFoundError:
        return "it is missing"
    return None if _fits(found, rule["rule"], rule["version"]) else f"{found} is installed"


def _fits(found: str, rule: str, wanted: str) -> bool:
    """PEP 440, as far as this project uses it: `~= 1.2` is 1.2 or newer, below 2."""
    have, want = _numbers(found), _numbers(wanted)
    if rule == "==":
        return have == want
    return have >= want and have[: len(want) - 1] == want[:-1]


def _numbers(text: str) -> list[int]:
    return [int(each) for each in re.findall(r"\d+", re.split(r"[^0-9.]", text)[0])]
