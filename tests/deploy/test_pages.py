"""The pages for administrators: complete, and their examples true."""

import re
import shlex
from pathlib import Path

import pytest
from kit.powershell import Script
from kit.source_tree import ROOT

from bot.cli import main
from emulator.switch_rows import SWITCHES

DOCS = ROOT / "docs"
PAGES = [
    DOCS / f"{name}.md"
    for name in (
        "deploy",
        "resource-accounts",
        "the-hour",
        "runbook",
        "capacity",
        "upkeep",
        "privacy",
    )
]
SCRIPTS = {file.name: Script(file) for file in (ROOT / "deploy" / "scripts").glob("*.ps1")}
COMMAND = re.compile(r"(?:\./|`)(?:deploy/scripts/)?([A-Z][\w-]+\.ps1)((?: [^`\n|]*(?:`\n)?)*)")


def test_the_smallest_plan_is_a_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (plan,) = re.findall(r"```yaml\n(.*?)```", (DOCS / "the-hour.md").read_text(), re.DOTALL)
    file = tmp_path / "plan.yaml"
    file.write_text(plan)
    assert main(["plan", "check", str(file)]) == 0, capsys.readouterr().err


def test_every_unproven_question_is_asked_of_the_tenant_or_said_not_to_matter() -> None:
    page = (DOCS / "the-hour.md").read_text()
    _, _, questions = page.partition("## What only a tenant can tell")
    named = re.findall(r"`([a-z_0-9]+)`", questions)
    switches = {switch.name for switch in SWITCHES}
    assert switches - set(named) == set()
    assert sorted(n for n in named if n in switches) == sorted(switches), "each once"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_of_ours_on_a_page_has_the_parameters_it_is_given(page: Path) -> None:
    wrong = []
    for name, rest in COMMAND.findall(page.read_text()):
        assert name in SCRIPTS, name
        known = SCRIPTS[name].parameters | {"WhatIf", "Full"}
        wrong += [
            f"{name} -{each}" for each in re.findall(r" -([A-Z]\w+)", rest) if each not in known
        ]
    assert wrong == []


def test_a_wrong_parameter_on_a_page_is_seen() -> None:
    found = COMMAND.findall("./Set-ResourceAccount.ps1 -Upn a `\n    -Wrong b\n`Get-X.ps1 -Y`")
    assert found == [("Set-ResourceAccount.ps1", " -Upn a `\n    -Wrong b"), ("Get-X.ps1", " -Y")]


def test_every_value_that_a_page_sets_with_azd_is_one_that_the_template_takes() -> None:
    file = (ROOT / "deploy" / "bicep" / "main.parameters.json").read_text()
    taken = set(re.findall(r"\$\{([A-Z_]+)", file))
    (service,) = re.findall(
        r"^services:\n  (\w+):", (ROOT / "azure.yaml").read_text(), re.MULTILINE
    )
    slot = f"AZD_DEPLOY_{service.upper()}_SLOT_NAME"
    for page in PAGES:
        for line in re.findall(r"azd env set (.+?)(?:`|$)", page.read_text(), re.MULTILINE):
            name = shlex.split(line.partition("#")[0])[0]
            assert name in taken | {"NAME", slot}, f"{page.name}: {name}"


def test_what_was_never_run_names_everything_that_is_shipped() -> None:
    _, _, never = (DOCS / "deploy.md").read_text().partition("## What was never run")
    for shipped in (
        "deploy/bicep",
        "deploy/scripts",
        "Dockerfile",
        "compose.yaml",
        "azure.yaml",
        "main.parameters.json",
        ".webappignore",
        ".github/workflows",
    ):
        assert f"`{shipped}`" in never
    count = re.search(r"(\d+) resources, no difference", never)
    assert count
    templates = [file.read_text() for file in (ROOT / "deploy" / "bicep").rglob("*.bicep")]
    there = sum(len(re.findall(r"^resource ", text, re.MULTILINE)) for text in templates)
    assert int(count[1]) == there, "compare the new ones, then say so"
