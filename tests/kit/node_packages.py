"""Microsoft's own JavaScript, from the npm packages that `tests/node` locks.

Whoever has no Node.js can work on everything else: a test that asks here for a package that is not
there is left out, and all of them together are one line of pytest's summary. CI sets
`SWITCHBOARD_DEMAND_NODE=1`, and there it is a failure.
"""

import json
import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest
from kit.source_tree import ROOT

FOLDER = ROOT / "tests" / "node"
DEMAND = "SWITCHBOARD_DEMAND_NODE"
LACKING = "needs Node.js and its packages: install Node.js with npm and run `make test`, once"


def package(name: str) -> Path:
    """The folder of that package, in the version that the lock names; else the test ends here."""
    folder = FOLDER / "node_modules" / name
    lock = json.loads((FOLDER / "package-lock.json").read_text())
    wanted = lock["packages"][f"node_modules/{name}"]["version"]
    try:
        found = json.loads((folder / "package.json").read_text())["version"]
    except FileNotFoundError:
        found = ""
    return folder if found == wanted else _without()


def node() -> str:
    """The program; else the test ends here."""
    return shutil.which("node") or _without()


def _without() -> NoReturn:
    if os.environ.get(DEMAND) == "1":
        pytest.fail(LACKING, pytrace=False)
    pytest.skip(LACKING)
