"""`switchboard doctor` as typed: its words, its JSON, its exit code, its patience."""

import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from kit.doctor_ward import Ward
from kit.source_tree import ROOT
from rich.console import Console

from bot.doctor.command import see_doctor, without
from bot.doctor.examination import Limits, Report
from bot.doctor.finding import Finding, Well
from bot.doctor.kinds import KINDS
from bot.doctor.page import SHOWN, print_report, report_json
from bot.doctor.reference import findings_page
from emulator.faults import Fault

SECRET = "a-metrics-token-nobody-should-see"


@pytest.fixture
async def ward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ward]:
    async def none() -> str:
        raise AssertionError

    async with AsyncExitStack() as stack:
        yield Ward(tmp_path, monkeypatch, stack, none)


async def test_a_healthy_installation_is_told_so(
    ward: Ward, capsys: pytest.CaptureFixture[str]
) -> None:
    ward.is_served = True
    await ward.examine()
    assert await see_doctor(as_json=False) == 0
    said = capsys.readouterr().out
    assert "\x1b[" not in said, "color only on a terminal"
    assert "  ok           token: application" in said
    assert "Calls work." in said.splitlines()[-1]


async def test_the_exit_code_and_the_json_say_that_calls_fail(
    ward: Ward, capsys: pytest.CaptureFixture[str]
) -> None:
    ward.application(roles=())
    ward.environment["SWITCHBOARD_METRICS_TOKEN"] = SECRET
    await ward.examine()
    assert await see_doctor(as_json=True) == 1
    said = capsys.readouterr().out
    assert SECRET not in said
    told = json.loads(said)
    assert told["calls_fail"] is True
    [consent] = [each for each in told["findings"] if each["code"] == "consent.none"]
    assert consent["severity"] == "fails"
    assert "adminconsent?client_id=" in consent["seen"]
    assert all(consent[name] for name in ("means", "about", "breaks", "mend"))


async def test_a_missing_permission_names_the_line_of_the_plan_and_what_it_breaks(
    ward: Ward,
) -> None:
    ward.plan_with("    title: Support\n", "    title: Support\n    delivery: group_call\n")
    ward.without_role("Calls.InitiateGroupCall.All")
    report = await ward.examine()
    [found] = [each for each in report.findings if each.code == "permission.missing"]
    assert found.about == "Calls.InitiateGroupCall.All"
    line = ward.plan.splitlines().index("    delivery: group_call") + 1
    assert found.where == f"{ward.folder}/plan.yaml:{line} queues.support.delivery"
    assert found.breaks.startswith("Every invitation is refused")


async def test_the_same_permission_is_no_failure_where_the_plan_hardly_uses_it(ward: Ward) -> None:
    ward.without_role("Calls.InitiateGroupCall.All")
    report = await ward.examine()
    assert not report.calls_fail
    assert [each.about for each in report.findings if each.code == "permission.weaker"] == [
        "Calls.InitiateGroupCall.All"
    ]


async def test_a_hanging_graph_is_a_finding_and_not_a_hang(ward: Ward) -> None:
    ward.limits = Limits(check_s=1.0, question_s=0.2)
    for op in ("", "token"):
        ward.faults.append(Fault(kind="slow", op=op, delay_ms=600_000, times=0))
    report = await ward.examine()
    codes = {each.code for each in report.findings}
    assert {"graph.no_answer", "token.refused", "check.left_out"} <= codes
    assert "check.broken" not in codes


async def test_nothing_is_written_and_nobody_is_rung(ward: Ward) -> None:
    await ward.examine()
    assert not (ward.folder / "switchboard.db").exists()
    asked = [json.loads(line) for line in ward.server.shell.world.log.requests_jsonl().splitlines()]
    assert asked, "the log was read"
    posts = {each["path"] for each in asked if each["method"] != "GET"}
    assert posts == {"/v1.0/communications/getPresencesByUserId"}


async def test_settings_that_do_not_hold_together_are_findings_beside_the_plans(
    ward: Ward,
) -> None:
    ward.dropped.add("SWITCHBOARD_PUBLIC_URL")
    ward.plan_with("queue: support", "queue: suport")
    report = await ward.examine()
    assert [each.where for each in report.findings if each.code == "settings.invalid"] == [
        "SWITCHBOARD_PUBLIC_URL"
    ]
    assert "plan.error" in {each.code for each in report.findings}


def test_whatever_quotes_a_secret_is_told_without_it() -> None:
    finding = Finding(code="database.unreachable", seen=f"cannot sign in with {SECRET}")
    report = without(Report([finding, Well("database", SECRET)]), [SECRET, "x"])
    assert SECRET not in report_json(report)
    assert report.findings[0].seen == "cannot sign in with [hidden]"


def test_many_of_one_kind_are_told_once_and_counted() -> None:
    lines = [Finding(code="agent.no_chat", about=f"a{n}@b.example") for n in range(SHOWN + 5)]
    out = Console(file=io.StringIO(), width=200)
    print_report(Report([Well("agent", "fine"), *lines]), out)
    said = out.file.getvalue()  # type: ignore[attr-defined]
    assert said.count("(agent.no_chat)") == 1
    assert "and 5 more" in said
    assert "a14@b.example" not in said


def test_it_is_in_color_on_a_terminal_only(tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    own = {name: value for name, value in os.environ.items() if not name.startswith("SWITCHBOARD_")}
    environment = own | {"TERM": "xterm-256color", "SWITCHBOARD_APP_ID": "x"}
    command = [sys.executable, "-m", "bot.cli", "doctor"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=follower, stderr=follower, check=False
    )
    os.close(follower)
    said = os.read(leader, 65_536).decode()
    os.close(leader)
    assert done.returncode == 1
    assert "\x1b[1;31mCALLS FAIL" in said


def test_the_page_lists_every_kind() -> None:
    page = findings_page()
    assert [code for code in KINDS if f"| `{code}` |" not in page] == []
