"""Checks the types of the emulator's page with TypeScript, where Node.js is.

The page's modules are JavaScript that the browser runs as it is; their types stand in comments. So
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
PROJECT = ROOT / "tests" / "page" / "tsconfig.json"


def main() -> int:
    node = shutil.which("node")
    if node is None or not TSC.is_file():
        print("page types: not checked, TypeScript is not here (it needs Node.js with npm)")
        return int(os.environ.get("SWITCHBOARD_DEMAND_NODE") == "1")
    if checked := subprocess.run([node, str(TSC), "-p", str(PROJECT)], check=False).returncode:
        return checked
    print("page types: no issues found")
    return 0


if __name__ == "__main__":
    sys.exit(main())
