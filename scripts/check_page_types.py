"""Checks the types of the emulator's page and of the tab with TypeScript, where Node.js is.

Their modules are JavaScript that the browser runs as it is; their types stand in comments. So
nothing is built, and nobody needs Node.js to run anything: only this check does. TypeScript comes
with the other npm packages of `tests/node` (scripts/setup_node.py).
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TSC = ROOT / "tests" / "node" / "node_modules" / "typescript" / "bin" / "tsc"
PROJECTS = tuple(ROOT / "tests" / page / "tsconfig.json" for page in ("page", "console"))


def main() -> int:
    node = shutil.which("node")
    if node is None or not TSC.is_file():
        print("page types: not checked, TypeScript is not here (it needs Node.js with npm)")
        return int(os.environ.get("SWITCHBOARD_DEMAND_NODE") == "1")
    for project in PROJECTS:
        checked = subprocess.run([node, str(TSC), "-p", str(project)], check=False).returncode
        if checked:
            return checked
    print("page types: no issues found")
    return 0


if __name__ == "__main__":
    sys.exit(main())
