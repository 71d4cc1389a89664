"""The locks agree with pyproject.toml and name nothing but packages and hashes."""

import json
import re
import tomllib

import pytest
from kit.source_tree import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
RUNNING = ["laptop", "telemetry", "azure"]
LOCKS = {"requirements.txt": RUNNING, "requirements-dev.txt": [*RUNNING, "dev"]}
PIN = re.compile(r"^([a-z0-9][a-z0-9.-]*)==(\S+?)( ; [^\\]+)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


def pins(lock: str) -> dict[str, str]:
    lines = (ROOT / lock).read_text().splitlines()
    return {m.group(1): m.group(2) for line in lines if (m := PIN.match(line))}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_pins_hashes_and_comments_only(lock: str) -> None:
    lines = (ROOT / lock).read_text().splitlines()
    meant = [line for line in lines if line and not re.match(r"\s*#", line)]
    assert [line for line in meant if not PIN.match(line) and not HASH.match(line)] == []
    assert pins(lock)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_satisfies_every_range(lock: str) -> None:
    """When this fails, a dependency was added or moved: run `make lock`."""
    named = list(PROJECT["dependencies"])
    for extra in LOCKS[lock]:
        named += PROJECT["optional-dependencies"][extra]
    locked = pins(lock)
    unmet = [
        requirement
        for requirement in map(Requirement, named)
        if not requirement.specifier.contains(locked.get(canonicalize_name(requirement.name), "0"))
    ]
    assert unmet == []


def test_what_is_tested_is_what_runs() -> None:
    assert pins("requirements.txt").items() <= pins("requirements-dev.txt").items()


def test_the_lock_of_the_npm_packages_pins_each_and_names_no_registry() -> None:
    node = ROOT / "tests" / "node"
    wanted = json.loads((node / "package.json").read_text())["devDependencies"]
    lock = json.loads((node / "package-lock.json").read_text())["packages"]
    root = lock.pop("")
    assert root["devDependencies"] == wanted
    assert {name: lock[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert [name for name, each in lock.items() if "integrity" not in each] == []
    assert [name for name, each in lock.items() if "resolved" in each] == []
