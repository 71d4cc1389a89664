"""The npm packages: fetched once, left out in one line without npm, demanded where CI says so."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from kit.source_tree import ROOT

SCRIPT = ROOT / "scripts" / "setup_node.py"
FETCHES = "mkdir -p node_modules; echo fetched >> fetches"
DEMANDED = {"SWITCHBOARD_DEMAND_NODE": "1"}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone whose machine has nothing but what a test puts into `bin`."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(SCRIPT, tmp_path / "scripts")
    (tmp_path / "tests" / "node").mkdir(parents=True)
    (tmp_path / "tests" / "node" / "package.json").write_text("{}")
    (tmp_path / "tests" / "node" / "package-lock.json").write_text("{}")
    (tmp_path / "bin").mkdir()
    for needed in ("sh", "mkdir"):
        (tmp_path / "bin" / needed).symlink_to(shutil.which(needed) or "/nowhere")
    return tmp_path


def program(clone: Path, name: str, does: str) -> None:
    file = clone / "bin" / name
    file.write_text(f"#!{clone / 'bin' / 'sh'}\n{does}\n")
    file.chmod(0o755)


def run(clone: Path, **environment: str) -> tuple[int, str, str]:
    clean = {name: value for name, value in os.environ.items() if name not in DEMANDED}
    done = subprocess.run(
        [sys.executable, str(clone / "scripts" / "setup_node.py")],
        env=clean | {"PATH": str(clone / "bin")} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("version", [None, "v16.20.2", "node"], ids=["none", "too old", "broken"])
def test_without_node_one_line_says_how_to_get_it(clone: Path, version: str | None) -> None:
    if version is not None:
        program(clone, "npm", FETCHES)
        program(clone, "node", f"echo {version}")
    code, said, complaint = run(clone)
    assert (code, complaint) == (0, "")
    assert said.startswith("The tests that need Node.js are left out: install Node.js 18 or newer")
    assert len(said.splitlines()) == 1
    assert not (clone / "tests" / "node" / "fetches").exists()


@pytest.mark.parametrize("fails", [False, True], ids=["no npm", "npm fails"])
def test_where_it_is_demanded_that_is_a_failure(clone: Path, fails: bool) -> None:
    if fails:
        program(clone, "npm", "echo 'npm ERR! code EAI_AGAIN' >&2; exit 1")
        program(clone, "node", "echo v20.1.0")
    code, _, complaint = run(clone, **DEMANDED)
    assert code == 1
    assert complaint.startswith("SWITCHBOARD_DEMAND_NODE is set")
    assert len(complaint.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("printed", "remedy"),
    [
        ("npm ERR! code ENOTFOUND", "cannot be reached: connect, or set HTTPS_PROXY"),
        ("npm ERR! code SELF_SIGNED_CERT_IN_CHAIN", "NODE_EXTRA_CA_CERTS"),
        ("npm ERR! code EINTEGRITY", "npm cache clean"),
        ("npm ERR! code ENOSPC", "disk is full"),
        ("npm ERR! code EACCES", "cannot be written"),
        ("npm ERR! something new", "tests/node/node_modules.log"),
    ],
)
def test_a_fetch_that_fails_becomes_one_line_with_the_remedy(
    clone: Path, printed: str, remedy: str
) -> None:
    program(clone, "npm", f"echo '{printed}' >&2; exit 1")
    program(clone, "node", "echo v20.1.0")
    code, said, complaint = run(clone)
    assert (code, complaint) == (0, "")
    assert remedy in said.splitlines()[-1]
    assert "are left out: " in said.splitlines()[-1]


def test_the_packages_are_fetched_once_for_each_lock(clone: Path) -> None:
    folder = clone / "tests" / "node"
    program(clone, "npm", FETCHES)
    program(clone, "node", "echo v20.1.0")
    assert run(clone, **DEMANDED)[0] == 0
    assert run(clone, **DEMANDED) == (0, "", "")
    assert (folder / "fetches").read_text().splitlines() == ["fetched"]
    (folder / "package-lock.json").write_text('{"lockfileVersion": 3}')
    assert run(clone, **DEMANDED)[0] == 0
    assert (folder / "fetches").read_text().splitlines() == ["fetched"] * 2


def test_a_fetch_that_was_broken_off_is_begun_again(clone: Path) -> None:
    program(clone, "npm", f"{FETCHES}; exit 1")
    program(clone, "node", "echo v20.1.0")
    assert run(clone, **DEMANDED)[0] == 1
    program(clone, "npm", FETCHES)
    assert run(clone, **DEMANDED)[0] == 0
    assert (clone / "tests" / "node" / "fetches").read_text().splitlines() == ["fetched"] * 2
