"""Checks the types of the emulator's page with TypeScript, where npm is.

The page's modules are JavaScript that the browser runs as it is; their types stand in comments. So
nothing is built, and nobody needs Node.js to run anything: only this check does.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "tests" / "page" / "types"
LEFT_OUT = "page types: not checked"


def main() -> int:
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        print(f"{LEFT_OUT}, npm is not here (it comes with Node.js 20 or newer)")
        return 0
    if not installed() and not install(npm):
        print(f"{LEFT_OUT}, npm could not fetch TypeScript: try again with a network")
        return 0
    tsc = PLACE / "node_modules" / "typescript" / "bin" / "tsc"
    if checked := subprocess.run([node, str(tsc), "-p", str(PLACE)], check=False).returncode:
        return checked
    print("page types: no issues found")
    return 0


def installed() -> bool:
    """Whether the TypeScript of the lock is there."""
    lock = json.loads((PLACE / "package-lock.json").read_text())
    wanted = lock["packages"]["node_modules/typescript"]["version"]
    found = PLACE / "node_modules" / "typescript" / "package.json"
    return found.exists() and json.loads(found.read_text())["version"] == wanted


def install(npm: str) -> bool:
    print("installing TypeScript, to check the page's types", flush=True)
    quiet = ("--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
    return subprocess.run([npm, "ci", *quiet], cwd=PLACE, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
