"""`switchboard call-me`: through the running service, to a phone, and into no record."""

import json
import os
from pathlib import Path

import pytest
from kit.source_tree import ROOT
from kit.waiting import until
from kit.whole_service import WholeService, whole_service

from bot.call_me import Asked, call
from bot.metrics.telemetry import Telemetry
from bot.query_commands import asked_contacts
from emulator.audit import audit
from emulator.scripts import Behaviour

PLAN = (ROOT / "docs" / "examples" / "plan.yaml").read_text()
ADA, OTTO = "ada.agent@contoso.example", "otto.auditor@contoso.example"


def url(folder: Path) -> str:
    return f"sqlite:///{folder}/switchboard.db"


def heard(whole: WholeService, who: str) -> list[str]:
    """What this person heard of the service, and who rang them how."""
    lines = map(json.loads, whole.emulator.shell.world.log.jsonl().splitlines())
    return [
        str(each["what"]) if each["kind"] == "heard" else "rang"
        for each in lines
        if each.get("party") == who and each["kind"] in ("heard", "ring")
    ]


async def test_an_agent_is_rung_hears_the_sentence_and_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with whole_service(PLAN, tmp_path, monkeypatch) as whole:
        await whole.hired()
        world = whole.emulator.shell.world
        world.script_agent(ADA, (Behaviour(after_ms=300),))
        assert await call(Asked(user=ADA, by="olga"), url(tmp_path), None) == 0
        said = capsys.readouterr().out
        steps = [line.partition(" ms  ")[2] for line in said.splitlines()]
        assert steps == [
            "Graph is asked to ring",
            "Graph took the call, the phone rings",
            "Picked up, and there is sound",
            "The sentence was played",
            "The call is over",
        ]
        times = [int(line.partition(" ms")[0]) for line in said.splitlines()]
        assert times == sorted(times)
        assert times[0] == 0
        assert heard(whole, ADA)[0] == "rang"
        assert "prompt" in heard(whole, ADA)
        assert [each.name for each in audit(world.log, over=True).violations] == []
        state = whole.app.board.loop.state()
        assert state is not None
        assert state.contacts == {}
        telemetry = whole.app.outside.meter
        assert isinstance(telemetry, Telemetry)
        page = telemetry.page().decode()
        assert "switchboard_answered_total 0.0" in page
        assert "switchboard_offers_total{" not in page
        assert await asked_contacts(20, url(tmp_path), None) == 0
        assert capsys.readouterr().out == "No contact has ended yet.\n"


async def test_somebody_who_is_no_agent_is_looked_up_with_the_services_identity(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with whole_service(PLAN, tmp_path, monkeypatch) as whole:
        await whole.hired()
        assert await call(Asked(user=OTTO), url(tmp_path), None) == 2
        assert "is no agent that the service knows" in capsys.readouterr().err
        environment = whole.emulator.environment() | {"SWITCHBOARD_PUBLIC_URL": whole.url}
        for name in [each for each in os.environ if each.startswith("SWITCHBOARD_")]:
            monkeypatch.delenv(name)  # of whoever runs the tests: an unknown one is refused
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert await call(Asked(user="nobody@contoso.example"), url(tmp_path), None) == 2
        assert "nobody@contoso.example" in capsys.readouterr().err
        whole.emulator.shell.world.script_agent(OTTO, (Behaviour(do="decline", after_ms=100),))
        assert await call(Asked(user=OTTO), url(tmp_path), None) == 1
        assert capsys.readouterr().out.splitlines()[-1].endswith("The test call failed: declined")


async def test_an_order_that_nobody_takes_in_time_rings_nobody_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with whole_service(PLAN, tmp_path, monkeypatch) as whole:
        await whole.hired()
    monkeypatch.setattr("bot.call_me.TAKEN_WITHIN_MS", 100)
    assert await call(Asked(user=ADA), url(tmp_path), None) == 1
    assert "it is void now" in capsys.readouterr().out
    async with whole_service(PLAN, tmp_path, monkeypatch) as whole:
        await whole.hired()
        store, tenant = whole.app.outside.store, whole.app.board.loop.tenant

        async def settled() -> bool:
            facts = await store.history.facts_since(tenant)
            return any(b"too_late" in fact.body for fact in facts if fact.kind == "call.test")

        await until(settled)
        assert heard(whole, ADA) == []


async def test_without_a_published_plan_it_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await call(Asked(user=ADA), url(tmp_path), "t") == 1
    assert "is this the folder that the service runs in" in capsys.readouterr().err
