"""Writes the generated parts of docs/ anew: what the source knows is not written twice by hand.

`python scripts/write_docs.py`; a test fails when a page and its source have come apart.
"""

import sys
from enum import StrEnum
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from commands_page import commands_page  # noqa: E402
from deploy_pages import deploy_pages  # noqa: E402
from facts_page import facts_page  # noqa: E402
from reports_page import reports_files  # noqa: E402
from unproven_page import unproven_page  # noqa: E402

from bot import reference  # noqa: E402 - the source tree, not an installed wheel
from routing import agent, contact, offer  # noqa: E402
from routing.machine import Machine  # noqa: E402

MACHINES_HEAD = """\
<!-- Written by `make docs` from routing/contact.py, routing/offer.py and routing/agent.py. -->

# State machines

Each machine is a table in one file, and the table is what runs. Whatever is not in it changes
nothing: the event is ignored, with a fact that says so.
"""


def generated() -> dict[str, str]:
    """Every generated file, by path from the repository's root."""
    return (
        reference.pages()
        | deploy_pages()
        | reports_files()
        | {
            "docs/commands.md": commands_page(),
            "docs/facts.md": facts_page(),
            "docs/state-machines.md": machines_page(),
            "docs/unproven.md": unproven_page(),
        }
    )


def machines_page() -> str:
    return MACHINES_HEAD + "".join(
        [
            section("Contact", contact, contact.CONTACT),
            section("Offer", offer, offer.OFFER),
            section("Agent", agent, agent.AGENT),
        ]
    )


def section(title: str, module: ModuleType, machine: Machine) -> str:  # type: ignore[type-arg]
    """The module's own prose, then its table drawn."""
    prose = (module.__doc__ or "").partition("\n\n")[2].strip()
    path = module.__name__.replace(".", "/") + ".py"
    drawing = machine.diagram().rstrip().splitlines()
    states = type(next(iter(machine.table))[0])
    drawing[1:1] = [f"    [*] --> {first(states)}"]
    drawing += [f"    {name} --> [*]" for name in final(machine)]
    lines = ["", f"## {title}", "", f"[{path}](../{path})", "", prose, "", "```mermaid"]
    return "\n".join([*lines, *drawing, "```", ""])


def first(states: type[StrEnum]) -> str:
    return next(iter(states)).value


def final(machine: Machine) -> list[str]:  # type: ignore[type-arg]
    """States that no input leaves."""
    left = {state for state, _ in machine.table}
    return sorted({after.value for after in machine.table.values() if after not in left})


def main() -> int:
    for path, text in generated().items():
        file = ROOT / path
        if not file.exists() or file.read_text() != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
