"""Resolves pyproject.toml into the two hashed locks, so that everybody installs the same files.

`python3.11 scripts/lock_dependencies.py [--upgrade]`. Without `--upgrade` what the locks already
name stays as it is. The oldest supported Python resolves, so that newer ones accept the result.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PIP_TOOLS = "pip-tools==7.6.2"  # another release may write the same lock another way
RUNNING = ["laptop", "telemetry", "azure"]
LOCKS = {"requirements.txt": RUNNING, "requirements-dev.txt": [*RUNNING, "dev"]}
FLAGS = [
    "--quiet",
    "--generate-hashes",
    "--strip-extras",
    "--allow-unsafe",
    # Whoever compiles may use a mirror or a folder of wheels: none of that belongs in the lock.
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-emit-trusted-host",
]
FOREIGN = re.compile(r"file:|://|^\s*-(?!-hash)|\s@\s|(?<![\w.-])/", re.MULTILINE)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="take the newest releases in range")
    upgrade = parser.parse_args().upgrade
    if sys.version_info[:2] != (3, 11):
        print("the locks are resolved with Python 3.11: make PYTHON=/path/to/python3.11 lock")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder) / "bin" / "python"
        print(f"installing {PIP_TOOLS}", flush=True)
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", PIP_TOOLS], check=True)
        for lock, extras in LOCKS.items():
            print(f"resolving {lock} (about a minute)", flush=True)
            resolve(python, lock, extras, upgrade=upgrade)
    return 0


def resolve(python: Path, lock: str, extras: list[str], *, upgrade: bool) -> None:
    command = [str(python), "-m", "piptools", "compile", *FLAGS, "--output-file", lock]
    command += [f"--extra={extra}" for extra in extras]
    command += ["--upgrade"] if upgrade else []
    # What runs must be what was tested: the second lock may not pick other versions.
    command += [] if lock == "requirements.txt" else ["--constraint", "requirements.txt"]
    command += ["pyproject.toml"]
    named = os.environ | {"CUSTOM_COMPILE_COMMAND": "make lock"}
    subprocess.run(command, cwd=ROOT, env=named, check=True)
    if foreign := foreign_lines((ROOT / lock).read_text()):
        sys.exit(f"{lock} names a place of this machine: {foreign[0]}")


def foreign_lines(lock: str) -> list[str]:
    """Lines that name a host, a folder or a file address; a lock holds names and hashes only."""
    lines = [line for line in lock.splitlines() if not line.lstrip().startswith("#")]
    return [line for line in lines if FOREIGN.search(line)]


if __name__ == "__main__":
    sys.exit(main())
