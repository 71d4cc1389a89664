"""What is packed for a container and for App Service runs, and holds no secret."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from kit.source_tree import ROOMS, ROOT
from ruamel.yaml import YAML

from bot.settings import BadSettings, load_settings, setting_names

CONTAINER = ROOT / "deploy" / "container"
DOCKERFILE = (CONTAINER / "Dockerfile").read_text()
WORKFLOWS = ROOT / ".github" / "workflows"
DEPLOY = (WORKFLOWS / "deploy.yaml").read_text()
RUNS = {"bot", "console", "graph", "routing", "store"}
"""The rooms that a running service imports: not the emulator."""


def yaml(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text())


def packed_by_docker() -> set[str]:
    last_stage = DOCKERFILE.split("\nFROM ")[-1]
    return set(re.findall(r"^COPY (?!--)(\S+) \./", last_stage, re.MULTILINE))


def packed_by_the_workflow() -> set[str]:
    (line,) = re.findall(r"git archive --format=zip --output=app\.zip HEAD (.+)", DEPLOY)
    return set(line.split())


def packed_by_azd() -> set[str]:
    lines = (ROOT / ".webappignore").read_text().split()
    left_out = {line.removeprefix("/") for line in lines if line.startswith("/")}
    return {each.name for each in ROOT.iterdir()} - left_out


@pytest.mark.parametrize("packed", [packed_by_docker(), packed_by_the_workflow()])
def test_what_is_packed_starts_and_says_what_it_lacks(packed: set[str], tmp_path: Path) -> None:
    for name in packed:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)
    run = subprocess.run(
        [sys.executable, "-m", "bot"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 1
    assert "SWITCHBOARD_APP_ID: missing" in run.stderr
    assert "Traceback" not in run.stderr


def test_each_package_holds_what_runs_and_nothing_that_is_for_laptops() -> None:
    needed = {*RUNS, "requirements.txt"}
    assert packed_by_the_workflow() == {*needed, "LICENSE"}
    assert packed_by_docker() == {*RUNS, "LICENSE"}
    assert needed <= packed_by_azd()
    assert packed_by_azd() & {"emulator", "tests", "docs", "bench", ".git", ".venv"} == set()
    allowed = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    assert allowed == {*needed, "LICENSE"}
    assert set(ROOMS) > RUNS


def test_the_container_runs_as_nobody_special_and_is_asked_for_its_health() -> None:
    assert re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE) == ["10001:10001"]
    assert DOCKERFILE.index("USER 10001") < DOCKERFILE.index("ENTRYPOINT")
    assert "127.0.0.1:3978/healthz" in DOCKERFILE
    assert "SWITCHBOARD_PORT=3978" in DOCKERFILE
    assert 'ENTRYPOINT ["python", "-m", "bot"]' in DOCKERFILE, "no shell between SIGTERM and us"
    assert "--require-hashes -r /tmp/requirements.txt" in DOCKERFILE
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert set(bases) == {"python:3.11-slim-bookworm"}


def test_no_secret_is_baked_into_the_container() -> None:
    set_there = set(re.findall(r"(SWITCHBOARD_\w+)=", DOCKERFILE))
    assert set_there <= set(setting_names())
    assert set_there == {"SWITCHBOARD_HOST", "SWITCHBOARD_PORT", "SWITCHBOARD_PLAN"}
    assert not re.search(r"^(ARG|ADD)\b", DOCKERFILE, re.MULTILINE)


def example_settings() -> dict[str, str]:
    lines = (CONTAINER / "switchboard.env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_the_example_of_settings_lacks_nothing_but_what_is_yours() -> None:
    composed = yaml(CONTAINER / "compose.yaml")["services"]["switchboard"]["environment"]
    settings = load_settings(
        example_settings()
        | {
            "SWITCHBOARD_PUBLIC_URL": "https://calls.contoso.example",
            "SWITCHBOARD_DATABASE_URL": re.sub(
                r"\$\{\w+:\?[^}]*\}", "x", composed["SWITCHBOARD_DATABASE_URL"]
            ),
        }
    )
    assert settings.database_url.get_secret_value().endswith("@database:5432/switchboard")
    with pytest.raises(BadSettings):
        load_settings(example_settings())


def test_the_compose_file_keeps_the_database_inside_and_two_instances_running() -> None:
    services = yaml(CONTAINER / "compose.yaml")["services"]
    service, database, front = services["switchboard"], services["database"], services["front"]
    assert "ports" not in database
    assert "ports" not in service
    assert front["command"][-1] == "switchboard:3978"
    assert service["deploy"]["replicas"] == 2
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["depends_on"]["database"]["condition"] == "service_healthy"
    assert (CONTAINER / service["build"]["context"]).resolve() == ROOT
    assert (ROOT / service["build"]["dockerfile"]).exists()
    assert "healthcheck" in database


def steps(workflow: str, job: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml(WORKFLOWS / workflow)["jobs"][job]["steps"]
    return found


def test_a_new_version_is_ready_in_the_slot_before_it_is_swapped_in() -> None:
    named = [step.get("name", step.get("uses", "")) for step in steps("deploy.yaml", "swap")]
    order = [
        "wake the slot",
        "into the slot",
        "wait until it may have work",
        "swap",
        "look at it",
        "stop the version before",
    ]
    assert [name for name in named if name in order] == order
    runs = {step.get("name"): step.get("run", "") for step in steps("deploy.yaml", "swap")}
    assert "/readyz" in runs["wait until it may have work"]
    assert "exit 1" in runs["wait until it may have work"]
    assert "slot swap" in runs["swap"]
    assert "webapp stop $WEB --slot staging" in runs["stop the version before"]


def test_only_what_was_checked_is_deployed_one_at_a_time_and_without_a_secret() -> None:
    workflow = yaml(WORKFLOWS / "deploy.yaml")
    assert workflow["jobs"]["swap"]["needs"] == "check"
    assert "needs.check.result == 'success'" in workflow["jobs"]["swap"]["if"]
    assert workflow["concurrency"]["cancel-in-progress"] is False
    assert workflow["permissions"] == {"contents": "read", "id-token": "write"}
    assert "secrets." not in DEPLOY
    assert "secrets." not in (WORKFLOWS / "check.yaml").read_text()


def test_what_cannot_be_tried_on_a_laptop_is_tried_by_the_workflow() -> None:
    said = (WORKFLOWS / "check.yaml").read_text()
    for command in (
        "bash .ci/run",
        "az bicep build --file deploy/bicep/main.bicep",
        "checkov --directory deploy/bicep",
        "Invoke-ScriptAnalyzer -Path deploy/scripts",
        "docker build -f deploy/container/Dockerfile",
        "docker compose config",
    ):
        assert command in said


def test_every_path_in_a_workflow_exists() -> None:
    for file in WORKFLOWS.glob("*.yaml"):
        named = re.findall(
            r"(?<![\w/.-])(deploy/[\w./-]+|\.ci/run|\./\.github/\S+)", file.read_text()
        )
        assert named or file.name != "check.yaml"
        assert [each for each in named if not (ROOT / each).exists()] == []
