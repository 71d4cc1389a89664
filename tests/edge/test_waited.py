"""How long somebody waited, as it is shown: until an agent, or until they waited no more."""

from pathlib import Path

import pytest
from kit.archived import TENANT, stored
from kit.floor_desk import Desk, plan

from bot.query_commands import asked_contacts
from console.board import live_contact
from console.floor_rows import contact_rows
from console.scope import Scope
from routing.action import Action, ActionKind
from routing.commands import Record, SetRecording
from routing.events import CallEnded
from routing.plan import Queue

EVERYTHING = Scope(everything=True)


def speaking() -> Desk:
    """A caller who waited for ten seconds, and has spoken for a minute since."""
    to_voicemail = Action(kind=ActionKind.VOICEMAIL)
    sales = Queue(name="sales", max_wait_ms=10_000, on_max_wait=to_voicemail)
    desk = Desk(plan(sales, keeps_messages=True), agents=1)
    desk.present("a0", as_="Away")
    desk.arrives()
    desk.wait(10_000)
    desk.ok(desk.last(SetRecording), finished="completed")
    desk.ok(desk.last(Record))
    desk.wait(60_000)
    return desk


def test_who_leaves_a_message_has_waited_until_they_left_the_queue() -> None:
    desk = speaking()
    contact, state = desk.contact(), desk.engine.state
    row = live_contact(contact, state, desk.now)
    assert (row["stage"], row["wait_ms"]) == ("recording", 10_000)
    assert contact_rows(state, EVERYTHING)[contact.id]["left_queue_at"] == row["left_queue_at"]


async def test_the_list_of_contacts_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = speaking()
    desk.give(CallEnded(call="caller1", ending="completed"))
    path = tmp_path / "switchboard.db"
    store = await stored(path, desk, ())
    await store.close()
    assert await asked_contacts(5, f"sqlite:///{path}", TENANT) == 0
    line = capsys.readouterr().out.splitlines()[-1]
    assert "timed out" in line
    assert " 10 s " in line
