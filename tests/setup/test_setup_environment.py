"""Set-up on a bad day: one sentence with the remedy, never a traceback."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from kit.source_tree import ROOT

SCRIPT = ROOT / "scripts" / "setup_environment.py"


@pytest.fixture(scope="module")
def setup() -> ModuleType:
    spec = importlib.util.spec_from_file_location("setup_environment", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with a lock of one package, so that nothing big is ever fetched."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(SCRIPT, tmp_path / "scripts")
    lock = f"iniconfig==2.3.1 \\\n    --hash=sha256:{'0' * 64}\n"
    (tmp_path / "requirements.txt").write_text(lock)
    (tmp_path / "requirements-dev.txt").write_text(lock)
    return tmp_path


def run(clone: Path, python: str = sys.executable, **environment: str) -> tuple[int, str, str]:
    script = str(clone / "scripts" / "setup_environment.py")
    own = {k: v for k, v in os.environ.items() if not k.startswith("PIP_")}
    done = subprocess.run(
        [python, script, "run"],
        env=own | {"PIP_CONFIG_FILE": os.devnull} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("log", "remedy"),
    [
        ("not created successfully because ensurepip is not available", "python3-venv"),
        ("/usr/bin/python3: No module named venv", "python3-venv"),
        ("ERROR: an OSError: [Errno 28] No space left on device", "disk is full"),
        ("Failed to establish a new connection: [Errno -3] name resolution", "no network"),
        ("[Errno 101] Network is unreachable", "no network"),
        ("Read timed out.", "no network"),
        ("ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED]", "PIP_CERT"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE FILE", "cache purge"),
        ("ERROR: No matching distribution found for numpy==2.4.6", "Linux and macOS"),
        ("PermissionError: [Errno 13] Permission denied: '.venv'", "cannot be written"),
    ],
)
def test_a_failure_becomes_one_sentence(setup: ModuleType, log: str, remedy: str) -> None:
    assert remedy in setup.remedy(log)


def test_an_unknown_failure_shows_its_last_error_and_where_the_rest_is(setup: ModuleType) -> None:
    words = setup.last_error("Collecting x\nERROR: something new\nnote: bye\n")
    assert "ERROR: something new" in words
    assert "setup.log" in words


def test_a_life_of_an_environment_without_a_network(clone: Path) -> None:
    """One story, because making an environment takes seconds."""
    lock, stamp = clone / "requirements.txt", clone / ".venv" / "run.stamp"
    unreachable = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple"}

    # Something is needed and cannot be had: one sentence, and nothing claims to be done.
    code, _, complaint = run(clone, **unreachable)
    assert code == 1
    assert "no network" in complaint
    assert len(complaint.strip().splitlines()) == 1
    assert not stamp.exists()

    # All there: it goes on from where it was, then says nothing and asks nobody.
    lock.write_text("")
    code, said, complaint = run(clone, **unreachable)
    assert (code, complaint) == (0, "")
    assert "making .venv" not in said
    assert run(clone, **unreachable) == (0, "", "")

    # Another lock is installed over the old one.
    lock.write_text("# changed\n")
    code, said, _ = run(clone, **unreachable)
    assert code == 0
    assert "installing 0 packages" in said
    assert "making .venv" not in said

    # The folder moved, or the system's Python did: made anew.
    python = clone / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3")
    code, said, _ = run(clone, **unreachable)
    assert code == 0
    assert "making .venv" in said
    assert python.exists()
