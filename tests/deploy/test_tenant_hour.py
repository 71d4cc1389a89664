"""`make hour`: every unproven question is asked, and kept at once, without names and numbers."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from kit.source_tree import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
import tenant_hour

from emulator.switch_rows import SWITCHES

ASKED = [name for step in tenant_hour.STEPS for name in step.asks]
ALL = [*ASKED, *tenant_hour.ON_THE_WIRE]


def said(file: Path, *lines: str, more: str = "") -> str:
    """What the script prints to somebody who types these lines and then leaves."""
    run = subprocess.run(
        [sys.executable, "scripts/tenant_hour.py", "--answers", str(file), *more.split()],
        cwd=ROOT,
        input="\n".join([*lines, ""]) if lines else "",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in run.stderr
    return run.stdout + run.stderr


def test_every_switch_is_asked_once_or_said_why_not() -> None:
    listed = [*ASKED, *tenant_hour.ON_THE_WIRE, *tenant_hour.NEVER_ASKED]
    assert sorted(listed) == sorted(switch.name for switch in SWITCHES)


def test_the_page_lists_the_same_calls_in_the_same_words() -> None:
    _, _, page = (ROOT / "docs" / "the-hour.md").read_text().partition("## What only a tenant")
    rows = re.findall(r"^\| (.+?) \| (`\w+`.*?) \| (.+?) \|$", page, re.MULTILINE)
    told = [(call, re.findall(r"`(\w+)`", asks), look) for call, asks, look in rows]
    assert told == [(step.call, list(step.asks), step.look) for step in tenant_hour.STEPS]


def test_an_answer_is_kept_at_once_and_the_rest_is_asked_another_time(tmp_path: Path) -> None:
    file = tmp_path / "hour.json"
    first = said(file, "2", "the second one came first", "")
    assert "Run this again to go on" in first
    kept = json.loads(file.read_text())
    assert kept[ASKED[0]]["note"] == "the second one came first"
    assert kept[ASKED[1]] == {"answer": "not seen", "note": ""}
    again = said(file, "q")
    assert tenant_hour.BY_NAME[ASKED[2]].question in again
    assert tenant_hour.BY_NAME[ASKED[0]].question not in again


def test_an_hour_of_answers_ends_in_a_report_that_says_where_we_were_wrong(tmp_path: Path) -> None:
    file = tmp_path / "hour.json"
    lines = [line for _ in ASKED for line in ("1", "")]
    lines[:2] = ["2", ""]
    printed = said(file, *lines)
    other = [
        n for n in ASKED[1:] if tenant_hour.BY_NAME[n].values[0] != tenant_hour.BY_NAME[n].default
    ]
    assert f"{len(ASKED)} of {len(ALL)} questions answered, {len(other) + 1} other" in printed
    first = tenant_hour.BY_NAME[ASKED[0]]
    assert f"| `{first.name}` | **{first.values[1]}** | {first.default} |" in printed
    assert said(file, more="--report").count("| `") == len(ALL)


def test_a_call_can_be_left_out(tmp_path: Path) -> None:
    printed = said(tmp_path / "hour.json", "s", "s", "q")
    for step in tenant_hour.STEPS[:3]:
        assert step.call in printed
    assert f"| `{ASKED[0]}` | not asked |" in said(tmp_path / "hour.json", more="--report")


@pytest.mark.parametrize("note", ["she has +49 30 123456", "ada@contoso.com", "(425) 555-0199"])
def test_numbers_and_addresses_do_not_get_into_the_report(note: str, tmp_path: Path) -> None:
    file = tmp_path / "hour.json"
    printed = said(file, "1", note, "half a second | late", "q")
    assert "No numbers and no addresses" in printed
    assert note not in file.read_text()
    assert "half a second / late" in file.read_text()


@pytest.mark.parametrize("line", ["0", "9", "-1", "yes", "1.5"])
def test_what_is_no_answer_is_asked_again(line: str, tmp_path: Path) -> None:
    file = tmp_path / "hour.json"
    assert f"'{line}' is none of them" in said(file, line, "q")
    assert not file.exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "is no file of answers"),
        ("[1]", "is no file of answers"),
        ('{"bundling": {}}', "is no file of answers"),
        ('{"no_such": {"answer": "single"}}', "is not known here"),
        ('{"bundling": {"answer": "sometimes"}}', "is not known here"),
    ],
)
def test_a_file_that_is_not_ours_is_refused_and_left_alone(
    content: str, why: str, tmp_path: Path
) -> None:
    file = tmp_path / "hour.json"
    file.write_text(content)
    assert why in said(file, "1", "")
    assert file.read_text() == content
