"""Copies the tab's three libraries out of the npm packages that `tests/node` locks.

The tab needs no build and no Node.js to run (docs/adr/0022-the-tab-without-a-build.md), so what it
uses of others lies beside it, as published. A test compares byte by byte, so that nobody edits a
library here, and none is older than the lock says. After `npm install` in tests/node: run this.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "tests" / "node" / "node_modules"
FOLDER = ROOT / "console" / "web" / "vendor"
COPIES = {
    "preact.js": "preact/dist/preact.module.js",
    "hooks.js": "preact/hooks/dist/hooks.module.js",
    "htm.js": "htm/dist/htm.module.js",
    "teams.js": "@microsoft/teams-js/dist/umd/MicrosoftTeams.min.js",
}
LICENSES = {
    "preact.txt": "preact/LICENSE",
    "htm.txt": "htm/LICENSE",
    "teams.txt": "@microsoft/teams-js/LICENSE",
}
MAP = "\n//# sourceMappingURL="


def vendored() -> dict[str, bytes]:
    """What each file should hold, by name."""
    found = {name: as_served(PACKAGES / source) for name, source in COPIES.items()}
    return found | {name: (PACKAGES / source).read_bytes() for name, source in LICENSES.items()}


def as_served(source: Path) -> bytes:
    """The module as published, without its map, importing its neighbor by address."""
    text = source.read_text(encoding="utf-8").partition(MAP)[0]
    return (text.replace('from"preact"', 'from"./preact.js"').rstrip() + "\n").encode()


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in vendored().items():
        (FOLDER / name).write_bytes(content)
        print(f"{name}: {len(content)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
