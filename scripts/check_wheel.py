"""Builds the wheel, installs it in an empty environment and starts it there.

The source tree hides packaging mistakes: a page or a migration that the wheel forgot is still there
when the tests run. So what a user installs is looked at for itself, outside the tree, with the
locked dependencies and without the optional ones.
"""

import os
import re
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("bot", "console", "graph", "store", "routing", "emulator")
OPTIONAL = "espeakng-loader"
PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input")


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        wheel = build(Path(folder) / "wheel")
        if missing := forgotten(wheel):
            print("the wheel lacks files of the source tree:", *missing, sep="\n  ")
            return 1
        environment = Path(folder) / "environment"
        install(wheel, environment)
        start(environment, Path(folder))
    return 0


def build(folder: Path) -> Path:
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), ".")
    (wheel,) = folder.glob("*.whl")
    print(f"built {wheel.name}, {wheel.stat().st_size // 1024} KiB", flush=True)
    return wheel


def forgotten(wheel: Path) -> list[str]:
    """Tracked files of the six packages that are not in the wheel."""
    listed = run("git", "ls-files", "-z", "--", *ROOMS).split("\0")
    with zipfile.ZipFile(wheel) as archive:
        return sorted({file for file in listed if file} - set(archive.namelist()))


def install(wheel: Path, environment: Path) -> None:
    print("installing it in an empty environment with the locked dependencies", flush=True)
    venv.create(environment, with_pip=True)
    python = str(environment / "bin" / "python")
    locked = ("--require-hashes", "--no-compile", "-r", str(ROOT / "requirements.txt"))
    run(python, *PIP, "install", "--quiet", *locked)
    run(python, *PIP, "install", "--quiet", "--no-deps", "--no-compile", str(wheel))
    # The lock and the wheel's own requirements must agree.
    run(python, *PIP, "check")
    run(python, *PIP, "uninstall", "--yes", "--quiet", OPTIONAL)


def start(environment: Path, elsewhere: Path) -> None:
    rooms = ", ".join(ROOMS)
    places = f"import {rooms}; print(*(room.__file__ for room in ({rooms})), sep='\\n')"
    found = run(str(environment / "bin" / "python"), "-c", places, cwd=elsewhere).split()
    if strays := [place for place in found if not Path(place).is_relative_to(environment)]:
        sys.exit(f"imported from outside the environment: {strays}")
    command = str(environment / "bin" / "switchboard")
    said = run(command, "--help", cwd=elsewhere)
    if not re.search(r"\busage\b", said, re.IGNORECASE):
        sys.exit(f"switchboard --help does not say how to use it:\n{said}")
    print(f"started: {run(command, 'version', cwd=elsewhere).strip()}", flush=True)


def run(*command: str, cwd: Path = ROOT) -> str:
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
