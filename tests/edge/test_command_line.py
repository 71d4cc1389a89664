"""The `switchboard` command as typed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import main
from bot.plan_file.document import LARGEST, read_file

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "plan.yaml"


def test_a_good_plan(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "check", str(EXAMPLE)]) == 0
    assert capsys.readouterr().out == (
        f"{EXAMPLE}: no errors, no warnings; 2 queues, 3 entry points\n"
    )


def test_a_bad_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(EXAMPLE.read_text().replace("queue: sales", "queue: sale"))
    assert main(["plan", "check", str(file)]) == 1
    said = capsys.readouterr().out
    assert "error: entry_points.sales.queue: no queue is called 'sale'; did you mean sales?" in said
    assert said.endswith(f"{file}: 1 error, no warnings\n")


VOICEMAIL = ROOT / "docs" / "examples" / "voicemail.yaml"


@pytest.mark.parametrize("setting", [None, "", "false", "perhaps"])
def test_a_plan_whose_messages_nobody_allows_is_warned_of(
    setting: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SWITCHBOARD_KEEP_VOICEMAIL", raising=False)
    if setting is not None:
        monkeypatch.setenv("SWITCHBOARD_KEEP_VOICEMAIL", setting)
    assert main(["plan", "check", str(VOICEMAIL)]) == 0
    warning, verdict = capsys.readouterr().out.splitlines()
    assert "SWITCHBOARD_KEEP_VOICEMAIL does not allow it: they hear an apology" in warning
    line = int(warning.removeprefix(f"{VOICEMAIL}:").split(":")[0])
    assert VOICEMAIL.read_text().splitlines()[line - 1].strip().endswith(":"), "a queue's name"
    assert "no errors, 1 warning" in verdict


def test_a_plan_whose_messages_are_allowed_is_not_warned_of(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SWITCHBOARD_KEEP_VOICEMAIL", "true")
    assert main(["plan", "check", str(VOICEMAIL)]) == 0
    assert "no errors, no warnings" in capsys.readouterr().out


def test_a_plan_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "check", str(tmp_path / "none.yaml")]) == 2
    assert "No such file" in capsys.readouterr().err


def test_a_plan_that_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    """A pipe that nobody writes to: also what SIGHUP reads again must not stop there."""
    pipe = tmp_path / "plan.yaml"
    os.mkfifo(pipe)
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "plan", "check", str(pipe)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{pipe}: not a regular file" in done.stderr


def test_a_folder_is_told_as_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "check", str(tmp_path)]) == 2
    assert f"{tmp_path}: " in capsys.readouterr().err


def test_the_plan_of_the_settings_is_checked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SWITCHBOARD_PLAN", str(EXAMPLE))
    assert main(["plan", "check"]) == 0
    assert str(EXAMPLE) in capsys.readouterr().out


def test_a_flood_of_mistakes_is_cut_short(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text("tenant: x\n" + "".join(f"key{n}: 1\n" for n in range(300)))
    assert main(["plan", "check", str(file)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 102
    assert lines[-2].startswith("... and 2")


def test_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "schema"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((ROOT / "docs" / "plan.schema.json").read_text())


def test_nothing_is_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("APP_ID", "TENANT_ID", "PUBLIC_URL"):
        monkeypatch.delenv(f"SWITCHBOARD_{name}", raising=False)
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "run"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "SWITCHBOARD_APP_ID: missing." in done.stderr
    assert "docs/settings.md" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_service_says_whose_arguments_those_are() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "plan", "check", str(EXAMPLE)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith(f"switchboard plan check {EXAMPLE}\n")
    assert "SWITCHBOARD_APP_ID" not in done.stderr


@pytest.mark.parametrize("arguments", [["plan"], ["why"], ["fly"], ["contacts", "--limit", "x"]])
def test_misuse_shows_how_to_use_it(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert "usage: switchboard" in capsys.readouterr().err


def test_version_answers_without_heavy_imports() -> None:
    code = (
        "import sys; from bot.cli import main; main(['version']);"
        "print([m for m in ('aiohttp', 'pydantic', 'rich', 'msgraph', 'sqlalchemy')"
        " if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_of_a_file_that_is_no_plan_no_more_is_read_than_a_plan_can_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A database, a log, a device: whatever was put in its place must not fill the memory."""
    file = tmp_path / "plan.yaml"
    with file.open("wb") as sparse:
        sparse.truncate(1 << 32)
    assert len(read_file(file)) == LARGEST + 1
    assert main(["plan", "check", str(file)]) == 1
    assert "larger than 1 MiB" in capsys.readouterr().out
