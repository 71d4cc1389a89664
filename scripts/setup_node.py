"""Fetches the npm packages of `tests/node`: Microsoft's own JavaScript for the tests.

Node.js is not needed to run or to change Switchboard. Without it, or when a package cannot be
fetched, this says in one line which tests are left out and how to get them, and goes on. Where
`SWITCHBOARD_DEMAND_NODE=1` is set, as in CI, that is a failure: nothing is left out in silence.
Does nothing when the packages already are what the lock says. Standard library only.
"""

from __future__ import annotations

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys

NODE = pathlib.Path(__file__).resolve().parent.parent / "tests" / "node"
STAMP = NODE / "node_modules" / ".from-lock"
LOG = NODE / "node_modules.log"
OLDEST = 18
DEMAND = "SWITCHBOARD_DEMAND_NODE"
FETCH = ("npm", "ci", "--no-progress", "--loglevel=error")
WITHIN_S = 300

INSTALL = (
    f"install Node.js {OLDEST} or newer with npm (Debian, Ubuntu: sudo apt install nodejs npm)"
)
# The first pattern found in npm's output names the remedy.
REMEDIES = (
    (r"ENOSPC", "the disk is full: free 100 MB"),
    (r"EACCES|EROFS|EPERM", "tests/node cannot be written: clone into a folder of your own"),
    (
        r"CERT|SELF_SIGNED|UNABLE_TO",
        (
            "npm's registry showed a certificate that this machine does not trust: name your"
            " company's certificate file in NODE_EXTRA_CA_CERTS"
        ),
    ),
    (r"EINTEGRITY", "a package is not the one that the lock names: `npm cache clean --force`"),
    (
        r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network",
        "npm's registry cannot be reached: connect, or set HTTPS_PROXY (it is needed once only)",
    ),
)


class Lacking(Exception):
    """The packages cannot be had; the message says what to do, without a full stop."""


def main() -> int | str:
    try:
        fill()
    except KeyboardInterrupt:
        return "stopped; the same command goes on from here."
    except (Lacking, OSError) as lacking:
        left_out = f"{lacking}, and run the same command again."
        if os.environ.get(DEMAND) == "1":
            return f"{DEMAND} is set and the npm packages are not here: {left_out}"
        print(f"The tests that need Node.js are left out: {left_out}", flush=True)
    return 0


def fill() -> None:
    """Bring `node_modules` to what the lock says. Raises Lacking."""
    if shutil.which("npm") is None or major() < OLDEST:
        raise Lacking(INSTALL)
    wanted = fingerprint()
    if STAMP.is_file() and STAMP.read_text() == wanted:
        return
    print("fetching the npm packages of tests/node (once)", flush=True)
    with LOG.open("w") as log:
        try:
            code = subprocess.run(
                FETCH, cwd=NODE, stdout=log, stderr=log, timeout=WITHIN_S, check=False
            ).returncode
        except subprocess.TimeoutExpired:
            code = 1
            log.write("ETIMEDOUT")
    if code != 0:
        raise Lacking(remedy(LOG.read_text(errors="replace")))
    LOG.unlink()
    STAMP.write_text(wanted)


def major() -> int:
    """The number of this machine's Node.js, 0 without one."""
    node = shutil.which("node")
    if node is None:
        return 0
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.", told)
    return int(found.group(1)) if found else 0


def fingerprint() -> str:
    parts = [(NODE / name).read_bytes() for name in ("package.json", "package-lock.json")]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def remedy(text: str) -> str:
    for pattern, words in REMEDIES:
        if re.search(pattern, text):
            return words
    return f"see what npm said in {LOG.relative_to(NODE.parent.parent)}"


if __name__ == "__main__":
    sys.exit(main())
