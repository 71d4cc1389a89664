"""Makes `.venv` from a hashed lock and shows progress, so that one make target does everything.

`python3 scripts/setup_environment.py run|dev`. Does nothing, in a few milliseconds and without a
network, when the environment already holds what the lock says. Standard library only, and written
so that an old Python can still read it far enough to be told that it is too old.
"""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOG = VENV / "setup.log"
LOCKS = {"run": "requirements.txt", "dev": "requirements-dev.txt"}
OLDEST = (3, 11)
TOO_NEW = (3, 14)
PROGRESS_EVERY_S = 3.0

# The first pattern found in the log of a failed step names the remedy: one sentence for the reader.
REMEDIES = (
    (
        r"ensurepip is not available|No module named '?(venv|ensurepip)",
        (
            "this Python cannot make environments: install its venv module (Debian, Ubuntu:"
            " sudo apt install python3-venv) and run the same command again."
        ),
    ),
    (
        r"No space left on device|Errno 28",
        (
            "the disk is full: the environment needs about 1 GB; free some space and run the same"
            " command again."
        ),
    ),
    (
        r"Permission denied|Read-only file system",
        "this folder cannot be written: clone into a folder of your own.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED",
        (
            "the package index showed a certificate that this machine does not trust: name your"
            " company's certificate file in PIP_CERT and run the same command again."
        ),
    ),
    (
        r"DO NOT MATCH THE HASHES",
        (
            "a downloaded package is not the one that the lock names: clear the cache with"
            " `python3 -m pip cache purge` and run the same command again; if it stays, tell us."
        ),
    ),
    (
        (
            r"name resolution|Name or service not known|Failed to establish|Connection refused"
            r"|unreachable|timed out|ProxyError|ConnectionResetError|nodename nor servname"
        ),
        (
            "no network: the package index cannot be reached; connect (or set HTTPS_PROXY) and run"
            " the same command again. It is needed once only."
        ),
    ),
    (
        r"No matching distribution|Could not find a version",
        (
            "the package index does not have every package that the lock names for this Python and"
            " this system; Linux and macOS with Python 3.11 are known to work."
        ),
    ),
)


class SetupFailed(Exception):
    """The environment could not be made; the message is one sentence with the remedy."""


def main(arguments):
    if len(arguments) != 1 or arguments[0] not in LOCKS:
        return "usage: setup_environment.py run|dev"
    if not OLDEST <= sys.version_info[:2] < TOO_NEW:
        return sentence(
            f"Python {sys.version_info[0]}.{sys.version_info[1]} is here, 3.11, 3.12 or 3.13 is"
            " needed: install one, or name it with `make PYTHON=/path/to/python3.11 ...`."
        )
    wanted = arguments[0]
    stamps = {name: fingerprint(name) for name in LOCKS}
    if up_to_date(wanted, stamps):
        return None
    try:
        make_environment()
        install(wanted)
        write_launcher()
        # The development set holds the running set at the same versions.
        for name in ("run", "dev") if wanted == "dev" else ("run",):
            stamp(name).write_text(stamps[name])
    except SetupFailed as failure:
        return sentence(str(failure))
    except OSError as failure:
        return sentence(remedy(str(failure)) or str(failure))
    except KeyboardInterrupt:
        return sentence("stopped; the same command goes on from here.")
    return None


def sentence(text):
    return "Switchboard was not set up: " + text


def fingerprint(name):
    """What the environment must have been filled from: the lock's content and this script's."""
    content = (ROOT / LOCKS[name]).read_bytes() + pathlib.Path(__file__).read_bytes()
    return hashlib.sha256(content).hexdigest()


def stamp(name):
    return VENV / (name + ".stamp")


def venv_python():
    return VENV / "bin" / "python"


def up_to_date(name, stamps):
    # Content, not file times: switching branches back and forth installs nothing.
    try:
        return stamp(name).read_text() == stamps[name] and works(venv_python())
    except OSError:
        return False


def works(python):
    """Whether that Python starts at all; not so after the folder or the system's Python moved."""
    try:
        return subprocess.call([str(python), "-c", "import pip"], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def make_environment():
    if works(venv_python()):
        return
    if VENV.exists():
        shutil.rmtree(str(VENV))
    VENV.mkdir()
    say("making .venv with Python " + sys.version.split()[0])
    run_showing([sys.executable, "-m", "venv", str(VENV)], "making .venv", lambda: "working")


def install(name):
    lock = ROOT / LOCKS[name]
    total = len(re.findall(r"^[A-Za-z0-9].*==", lock.read_text(), re.MULTILINE))
    say(f"installing {total} packages from {lock.name} (once; a minute or two)")
    command = [
        str(venv_python()),
        "-m",
        "pip",
        "install",
        "--require-hashes",
        "--requirement",
        str(lock),
    ]
    # Most of pip's time would go into compiling 17,000 files of which a few hundred are imported.
    command += ["--no-compile", "--progress-bar", "off", "--no-input", "--retries", "2"]
    command += ["--disable-pip-version-check", "--no-color"]
    started = time.monotonic()
    run_showing(command, "installing", lambda: how_far(total))
    say(f"ready after {time.monotonic() - started:.0f} s")


def how_far(total):
    """Words for how far pip has come, from its log and from the folder that it fills."""
    text = LOG.read_text(errors="replace")
    if "Installing collected packages" in text:
        present = sum(1 for _ in VENV.glob("lib/python*/site-packages/*.dist-info"))
        return f"{min(present, total)} of {total} packages in place"
    fetched = len(re.findall(r"^Collecting |^Requirement already", text, re.MULTILINE))
    return f"{min(fetched, total)} of {total} packages fetched"


def run_showing(command, doing, progress):
    """Run `command` quietly, print a line every few seconds, raise SetupFailed with a remedy."""
    environment = dict(os.environ, PYTHONUNBUFFERED="1")
    started = time.monotonic()
    with LOG.open("w") as log:
        child = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            while True:
                try:
                    code = child.wait(PROGRESS_EVERY_S)
                    break
                except subprocess.TimeoutExpired:
                    elapsed = time.monotonic() - started
                    say(f"  {doing}: {progress()} ({elapsed:.0f} s)")
        except BaseException:
            child.kill()
            child.wait()
            raise
    if code != 0:
        text = LOG.read_text(errors="replace")
        raise SetupFailed(remedy(text) or last_error(text))


def remedy(text):
    for pattern, words in REMEDIES:
        if re.search(pattern, text, re.IGNORECASE):
            return words
    return None


def last_error(text):
    errors = [line for line in text.splitlines() if "error" in line.lower()]
    found = errors[-1].strip() if errors else "pip failed without a reason"
    return f"{found} (all of it is in .venv/{LOG.name})"


def write_launcher():
    """`.venv/bin/switchboard`: the command as the wheel installs it, run from this source."""
    lines = [
        f"#!{venv_python()}",
        "import sys",
        f"sys.path.insert(0, {str(ROOT)!r})",
        "from bot.cli import main",
        "sys.exit(main())",
    ]
    launcher = VENV / "bin" / "switchboard"
    launcher.write_text("\n".join(lines) + "\n")
    launcher.chmod(0o755)


def say(words):
    print(words, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
