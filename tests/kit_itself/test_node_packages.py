"""A test that needs an npm package is left out without it, and fails where it is demanded."""

import json
from pathlib import Path

import pytest
from kit import node_packages

NAME = "@contoso/calls"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lock that names one package, and that package in another version."""
    monkeypatch.setattr(node_packages, "FOLDER", tmp_path)
    monkeypatch.delenv(node_packages.DEMAND, raising=False)
    lock = {"packages": {f"node_modules/{NAME}": {"version": "2.0.0"}}}
    (tmp_path / "package-lock.json").write_text(json.dumps(lock))
    installed = tmp_path / "node_modules" / NAME
    installed.mkdir(parents=True)
    (installed / "package.json").write_text('{"version": "1.0.0"}')
    return installed


def test_the_locked_version_is_found(folder: Path) -> None:
    (folder / "package.json").write_text('{"version": "2.0.0"}')
    assert node_packages.package(NAME) == folder


@pytest.mark.parametrize("gone", [True, False], ids=["not there", "another version"])
def test_without_it_a_test_is_left_out(folder: Path, gone: bool) -> None:
    if gone:
        (folder / "package.json").unlink()
    with pytest.raises(pytest.skip.Exception, match=r"install Node\.js with npm"):
        node_packages.package(NAME)


def test_without_it_a_test_fails_where_it_is_demanded(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(node_packages.DEMAND, "1")
    with pytest.raises((pytest.fail.Exception, pytest.skip.Exception)) as ended:
        node_packages.package(NAME)
    assert ended.type is pytest.fail.Exception, "a skip would pass for this test's own"
    assert ended.match(r"install Node\.js with npm")
