"""Every finding of the doctor is produced by an installation that has it, and by no healthy one."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from kit import ailments_place, ailments_tenant, ailments_wire
from kit.doctor_ward import CASES, Ward
from kit.postgres import empty_schema, postgres_server
from kit.source_tree import ROOT

from bot.doctor.finding import Weight, Well
from bot.doctor.kinds import KINDS, SUBJECTS
from emulator.config import default_config
from store.contract import Batch, RecordRow, Store

__all__ = ["ailments_place", "ailments_tenant", "ailments_wire", "postgres_server"]

HEALTHY = {
    "settings.not_microsoft",
    "database.sqlite",
    "permission.unused",
    "account.owner_not_visible",
    "agent.forwarding_not_visible",
    "webhook.registration_not_visible",
}
"""Of a laptop on which the service has run once: nothing that is wrong, some of it not visible."""
NEVER_RUN = {"database.behind", "prompts.unpublished", "agent.chat_not_visible"}


@pytest.fixture
async def ward(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> AsyncIterator[Ward]:
    async with AsyncExitStack() as stack:

        async def postgres() -> str:
            folder: str = request.getfixturevalue("postgres_server")
            return await stack.enter_async_context(empty_schema(folder))

        yield Ward(tmp_path, monkeypatch, stack, postgres)


async def test_a_healthy_installation_has_nothing_wrong(ward: Ward) -> None:
    ward.is_served = True
    report = await ward.examine()
    assert {each.code for each in report.findings} == HEALTHY
    assert not report.calls_fail


async def test_before_the_first_start_only_what_a_start_brings_is_missing(ward: Ward) -> None:
    report = await ward.examine()
    assert {each.code for each in report.findings} == HEALTHY | NEVER_RUN
    assert not report.calls_fail


async def test_a_replica_that_has_every_commit_is_seen(ward: Ward) -> None:
    await ailments_wire.with_replica(ward)
    report = await ward.examine()
    said = [each.text for each in report.lines if isinstance(each, Well)]
    assert "a synchronous replica has every commit" in said
    assert {each.code for each in report.findings} == HEALTHY - {"database.sqlite"} | NEVER_RUN


@pytest.mark.parametrize(
    ("told", "code"),
    [("without_number", "account.no_number"), ("unknown", "account.teams_not_visible")],
)
async def test_what_teams_may_not_tell_of_accounts_is_no_reason_to_fail(
    ward: Ward, told: str, code: str
) -> None:
    ward.switches["teams_accounts"] = told
    report = await ward.examine()
    assert {each.code for each in report.findings} == {*HEALTHY, *NEVER_RUN, code}
    assert not report.calls_fail


@pytest.mark.parametrize("code", sorted(CASES))
async def test_the_doctor_finds(code: str, ward: Ward) -> None:
    await CASES[code](ward)
    report = await ward.examine()
    found = [each for each in report.findings if each.code == code]
    assert found, sorted({each.code for each in report.findings})
    assert report.calls_fail or KINDS[code].weight is not Weight.FAILS
    unknown = {each.code for each in report.findings} - set(KINDS)
    assert unknown == set()
    assert "check.broken" not in {each.code for each in report.findings} - {code}


def test_every_kind_of_finding_is_produced() -> None:
    assert sorted(CASES) == sorted(KINDS)


def test_every_kind_says_what_it_breaks_and_how_to_mend_it() -> None:
    for kind in KINDS.values():
        assert kind.subject in SUBJECTS
        for text in (kind.means, kind.breaks, kind.mend):
            assert text.endswith((".", ")")), (kind.code, text)


async def test_the_hour_names_lines_that_the_doctor_says(ward: Ward) -> None:
    """Each line that docs/the-hour.md tells to look for, when all is well."""
    url = await ailments_place.on_postgres(ward)
    ward.is_served = True
    longer = "UPDATE owner SET lease_until = lease_until + 600000"  # nobody here renews it
    ward.prepared.append(ailments_place.then(url, longer))
    ward.plan_with("support", "sales")
    ward.prepared.append(came_in)
    report = await ward.examine()
    said = [f"{each.subject}: {each.text}" for each in report.lines if isinstance(each, Well)]
    page = (ROOT / "docs" / "the-hour.md").read_text()
    named = [
        line
        for told in re.findall(r"doctor: (.*?) \|", page)
        for line in re.findall("`(.+?)`", told)
    ]
    assert len(named) > 10
    assert [line for line in named if not any(map(pattern(line).match, said))] == []


def pattern(line: str) -> re.Pattern[str]:
    """Numbers are this installation's, and three dots stand for a name."""
    return re.compile(re.sub(r"\d+", r"\\d+", re.escape(line).replace(r"\.\.\.", ".*")))


async def came_in(store: Store) -> None:
    tenant = default_config().tenant_id
    record = RecordRow("1-1", "sales", "sales", None, 1, 2, "answered", b"{}")
    await store.commit(Batch(tenant=tenant, epoch=1, records=[record]))
