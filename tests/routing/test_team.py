"""News for a queue's team: a command with who the caller is, and a fact of what came of it."""

from __future__ import annotations

from kit.floor_desk import Desk, plan

from routing import team
from routing.commands import TellTeam
from routing.events import CommandDone, Tick
from routing.facts import FactKind
from routing.plan import Queue

CHANNEL = "19:team@thread.tacv2"


def desk() -> Desk:
    made = Desk(plan(Queue(name="sales", channel=CHANNEL), Queue(name="support")))
    made.arrives()
    made.engine.floor.begin(made.now)
    return made


def test_the_command_says_what_who_and_for_which_team() -> None:
    at = desk()
    contact = at.contact()
    assert team.tell(at.engine.floor, contact, "callback_expired", tries="3")
    [command] = at.engine.floor.step.commands
    assert isinstance(command, TellTeam)
    assert (command.call, command.queue, command.about) == ("", "sales", "callback_expired")
    assert command.contact == contact.id
    assert command.detail == {"caller_kind": "number", "caller": "+4930123456", "tries": "3"}


def test_a_team_without_a_channel_is_told_nothing() -> None:
    at = desk()
    assert not team.tell(at.engine.floor, at.contact(), "callback_expired", queue="support")
    assert not team.tell(at.engine.floor, at.contact(), "callback_expired", queue="dropped")
    assert at.engine.floor.step.commands == []


def test_what_came_of_it_is_a_fact() -> None:
    at = desk()
    at.give(Tick())
    at.give(
        CommandDone(
            command="1-99", call="", contact="1-1", queue="sales", about="x", problem="gone"
        )
    )
    [fact] = [each for each in at.facts if each.kind is FactKind.TEAM_TOLD]
    assert (fact.contact, fact.queue) == ("1-1", "sales")
    assert fact.detail == {"about": "x", "problem": "gone"}
