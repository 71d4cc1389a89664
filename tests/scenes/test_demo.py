"""`python -m emulator demo` from outside, and the judgement behind its exit code."""

import asyncio
import io
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from kit.played_acts import played
from rich.console import Console

from emulator.__main__ import main
from emulator.audit import Violation
from emulator.card_audit import CardAudit
from emulator.demo_report import Line, Report
from emulator.scene_book import Expected, chosen_acts
from emulator.scene_verdicts import verdicts

ROOT = Path(__file__).resolve().parents[2]
SCENES = (
    "pstn-consult",
    "guest-group_call",
    "declined-transfer",
    "gone_in_whisper-consult",
    "waits_too_long-group_call",
    "two_agents_two_callers-consult",
    "accepted_by_card-consult",
    "accepted_too_late-consult",
    "never_installed-consult",
)


async def demo(*arguments: object) -> tuple[int | None, str]:
    """The exit code, and what was printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "emulator",
        "demo",
        *map(str, arguments),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(120):
        printed = (await process.communicate())[0].decode()
    return process.returncode, printed


async def test_who_went_home_to_be_called_back_is_waited_for(tmp_path: Path) -> None:
    code, printed = await demo("--folder", tmp_path / "demo", "--only", "called_back-consult")
    assert code == 0, printed
    assert "Recounted from the emulator's log: 1 called_back." in printed


async def test_nine_scenes_with_the_real_service(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    arguments = ["--json", results, "--folder", tmp_path / "demo", "--only", *SCENES]
    code, printed = await demo(*arguments)
    assert code == 0, printed
    assert "All 10 contacts came out as they should" in printed
    assert "The card was there before the phone rang in 9 of 9 offers (100.0 %)." in printed
    document = json.loads(results.read_text())
    assert document["violations"] == []
    assert [row["wrong"] for row in document["contacts"]] == [""] * 10
    assert document["outcomes"] == {"connected": 7, "abandoned": 2, "forwarded": 1}
    assert document["summary"]["ring_to_answer_ms"]["count"] == 10
    assert (document["cards"]["offers"], document["cards"]["first"]) == (9, 9)
    assert (tmp_path / "demo" / "requests.jsonl").read_text().count("\n") > 30


@pytest.fixture(scope="module")
def well() -> Report:
    acts = chosen_acts(["pstn-consult", "gone_at_once-consult"])
    result = played(acts, {})
    lines = [Line(verdict=verdict, offer_ms=3) for verdict in result.verdicts]
    return Report(
        lines=lines, audit=result.audit, ready_s=1.0, played_s=2.0, died=0, folder=Path("var")
    )


def shown(report: Report) -> str:
    text = io.StringIO()
    report.show(Console(file=text, width=200))
    return text.getvalue()


def test_a_report_in_which_all_is_well(well: Report) -> None:
    assert well.is_well
    assert "All 2 contacts came out as they should" in shown(well)
    assert "abandoned in ringing" in shown(well)


def test_a_card_that_shows_something_else_at_the_end_is_a_failure(well: Report) -> None:
    act = well.lines[0].verdict.act
    expected = Expected(outcomes=("connected",), cards={act.agents[0]: "missed"})
    surprise = verdicts([replace(act, expected=(expected,))], well.audit, {})
    assert surprise[0].wrong == "ada's card shows wrap_up, not missed"


def test_cards_that_come_after_the_ring_are_a_failure(well: Report) -> None:
    cards = CardAudit(leads=[5] * 98, late=[("ada", 1), ("ada", 2)])
    late = [Violation(kind="card_late", who="ada", at=at, detail="late") for _, at in cards.late]
    bad = replace(well, audit=replace(well.audit, cards=cards, violations=late))
    assert not bad.is_well
    assert "before the phone rang in 98 of 100 offers (98.0 %)" in shown(bad)


def test_an_unexpected_outcome_a_violation_a_death_or_nothing_at_all_is_a_failure(
    well: Report,
) -> None:
    act = replace(well.lines[0].verdict.act, expected=(Expected(outcomes=("voicemail",)),))
    surprise = [Line(verdict=v, offer_ms=None) for v in verdicts([act], well.audit, {})]
    violation = Violation(kind="lost", who="+1", at=0, detail="lost")
    for bad, said in (
        (replace(well, lines=surprise), "WRONG: connected, not voicemail"),
        (replace(well, audit=replace(well.audit, violations=[violation])), "lost: +1"),
        (replace(well, died=1), "The service died 1 times"),
        (replace(well, lines=[]), "0 of 0 contacts"),
    ):
        assert not bad.is_well
        assert said in shown(bad)


def test_the_switch_decides_what_is_expected() -> None:
    (act,) = chosen_acts(["voicemail_swallows-transfer"])
    assert act.expectations({})[0].outcomes == ("voicemail",)
    assert act.expectations({"voicemail_transfer": "failure"})[0].outcomes == ("connected",)


def test_an_unknown_scene_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--only", "moonshine"]) == 2
    error = capsys.readouterr().err
    assert "no scene is called 'moonshine'" in error
    assert error.count("\n") == 1


def test_the_scenes_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--list", "--only", "pstn"]) == 0
    assert capsys.readouterr().out.count("A caller from the phone network") == 3
