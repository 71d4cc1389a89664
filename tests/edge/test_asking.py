"""`switchboard why` and `contacts` read beside the running service, and say what is wrong."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from kit.archived import TENANT, open_with_story
from kit.floor_desk import Desk

from bot.query_commands import asked_callbacks, asked_contacts, asked_voicemails, asked_why
from console.inquiry import Ambiguous, Inquiry, NotFound
from store.archive import open_archive
from store.contract import Store
from store.errors import Refused, Unavailable
from store.voicemails import Line


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "switchboard.db"


@pytest.fixture
async def told(path: Path) -> AsyncIterator[tuple[Store, Desk]]:
    store, desk = await open_with_story(path)
    yield store, desk
    await store.close()


def url(path: Path) -> str:
    return f"sqlite:///{path}"


async def test_why_is_answered_while_the_service_runs(
    told: tuple[Store, Desk], path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contact = told[1].contact().id
    assert await asked_why(contact, "", url(path), None) == 0
    said = capsys.readouterr().out
    assert f"Contact {contact}" in said
    assert "offered to agent0@contoso.example from queue support by rule longest idle" in said
    assert "Not available: not ready (1)." in said
    assert said.count("offered to") == 2


async def test_why_for_another_agent(
    told: tuple[Store, Desk], path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contact = told[1].contact().id
    assert await asked_why(contact, "Agent2@contoso.example", url(path), TENANT) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2, "one for each offer"
    assert all("agent2@contoso.example was not available: not ready (lunch)" in x for x in lines)


async def test_the_service_may_be_gone(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store, desk = await open_with_story(path)
    await store.close()
    assert await asked_why(desk.contact().id, "", url(path), None) == 0
    assert "offered to" in capsys.readouterr().out


async def test_contacts_are_listed(
    told: tuple[Store, Desk], path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await asked_contacts(5, url(path), None) == 0
    assert "No contact has ended yet." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("contact", "agent", "part"),
    [
        ("9-9", "", "There is no contact '9-9'."),
        ("", "", "There is no contact ''."),
        ("first", "nobody@contoso.example", "No agent is called 'nobody@contoso.example'"),
    ],
)
async def test_what_is_not_there(
    told: tuple[Store, Desk],
    path: Path,
    capsys: pytest.CaptureFixture[str],
    contact: str,
    agent: str,
    part: str,
) -> None:
    contact = told[1].contact().id if contact == "first" else contact
    assert await asked_why(contact, agent, url(path), TENANT) == 1
    assert part in capsys.readouterr().err


async def test_a_wrong_database_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await asked_contacts(5, f"sqlite:///{tmp_path}/none.db", TENANT) == 1
    err = capsys.readouterr().err
    assert "there is no database" in err
    assert "--database names" in err
    assert await asked_contacts(5, "mysql://localhost/x", TENANT) == 1
    assert "neither sqlite nor postgresql" in capsys.readouterr().err


async def test_a_list_that_goes_to_a_file_is_whole(
    told: tuple[Store, Desk], path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told[1].contact().id
    assert await asked_contacts(5, url(path), TENANT) == 0
    said = capsys.readouterr().out
    assert "…" not in said


async def test_another_programs_file_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("no database" * 100)
    with pytest.raises((Refused, Unavailable)):
        await open_archive(f"sqlite:///{other}")
    empty = tmp_path / "empty.db"
    empty.touch()
    with pytest.raises(Refused):
        await open_archive(f"sqlite:///{empty}")
    with pytest.raises(Refused):
        await open_archive("sqlite://")


async def test_nothing_is_written(told: tuple[Store, Desk], path: Path) -> None:
    archive = await open_archive(url(path))
    try:
        with pytest.raises(Unavailable):
            await archive.plans.put(
                TENANT, text="x", compiled=b"", created_at=1, created_by="nobody"
            )
        assert await archive.history.tenants() == [TENANT]
    finally:
        await archive.close()


async def test_the_beginning_of_an_id_is_enough(told: tuple[Store, Desk]) -> None:
    store, desk = told
    inquiry = Inquiry(past=store, tenant=TENANT)
    whole = desk.contact().id
    assert await inquiry.contact_id(whole) == whole
    assert await inquiry.contact_id(whole[:2]) == whole
    desk.facts.clear()
    desk.arrives()
    second = desk.contact(2).id
    with pytest.raises(NotFound):
        await inquiry.contact_id(second)


async def test_an_id_that_fits_several_is_not_guessed(told: tuple[Store, Desk]) -> None:
    store, desk = told
    inquiry = Inquiry(past=store, tenant=TENANT)
    assert await inquiry.facts(desk.contact().id)
    answers = [["1-1", "1-12"], ["1-12", "1-13"]]

    class Several:
        plans = store.plans

        class history:  # noqa: N801
            @staticmethod
            async def find(_tenant: str, _prefix: str, *, limit: int) -> list[str]:
                assert limit
                await asyncio.sleep(0)
                return answers.pop(0)

    several = Inquiry(past=Several(), tenant=TENANT)  # type: ignore[arg-type]
    assert await several.contact_id("1-1") == "1-1"
    with pytest.raises(Ambiguous, match="1-12, 1-13"):
        await several.contact_id("1-")


async def test_messages_are_listed_of_one_queue_or_of_all(
    told: tuple[Store, Desk], path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await asked_voicemails("", 5, url(path), TENANT) == 0
    assert "Nobody has left a message." in capsys.readouterr().out
    for number, queue in enumerate(("support", "sales"), 1):
        line = Line(
            tenant=TENANT,
            id=f"1-{number}",
            contact="1-1",
            queue=queue,
            result="message",
            left_at=1_767_225_600_000 + number,
            delete_at=2**45,
            caller_kind="number",
            caller="+4930123456",
            caller_name="",
            language="en",
            length_ms=65_000,
            problem="",
        )
        await told[0].voicemails.list_message(line)
    assert await asked_voicemails("", 5, url(path), TENANT) == 0
    rows = capsys.readouterr().out.splitlines()[1:]
    assert [row.split()[0] for row in rows] == ["1-2", "1-1"]
    assert "+4930123456" in rows[0]
    assert await asked_voicemails("sales", 5, url(path), TENANT) == 0
    assert "1-1" not in capsys.readouterr().out
    assert await asked_voicemails("Sales", 5, url(path), TENANT) == 0
    assert "1-2" in capsys.readouterr().out
    assert await asked_voicemails("", 1, url(path), TENANT) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


async def test_a_queue_that_is_in_no_plan_is_said_to_be_unknown(
    told: tuple[Store, Desk], path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del told
    assert await asked_voicemails("suport", 5, url(path), TENANT) == 1
    problem = capsys.readouterr().err
    assert "There is no queue called suport; did you mean support?" in problem
    assert await asked_voicemails("support", 5, url(path), TENANT) == 0
    assert "Nobody has left a message." in capsys.readouterr().out


async def test_open_callbacks_are_listed(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store, desk = await open_with_story(path)
    await store.close()
    assert await asked_callbacks(url(path), None) == 0
    assert "No callback is open." in capsys.readouterr().out
    assert desk.engine.floor.callbacks == {}
