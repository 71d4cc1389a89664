"""A desk with opening hours, at which supervisors close things and say things."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from kit.floor_desk import Desk, plan
from kit.twin_engine import TwinEngine

from routing.action import Action, ActionKind
from routing.bulletin import Scope
from routing.commands import Play
from routing.events import Address, OwnerChanged, PromptEnded
from routing.hours import Hours, Span
from routing.plan import Plan, Queue
from routing.state import State
from routing.word_events import BulletinLifted, BulletinSet
from routing.zones import zone

WEEKDAYS = ((Span(opens=9 * 60, closes=17 * 60),),) * 5 + ((), ())
OFFICE = Hours(name="office", zone="Europe/Berlin", week=WEEKDAYS)
NUMBER = Action(kind=ActionKind.NUMBER, ref="+14255550100")
SHA, OTHER = "a" * 64, "b" * 64


def at(text: str) -> int:
    return (
        round(datetime.fromisoformat(text).replace(tzinfo=zone("Europe/Berlin")).timestamp()) * 1000
    )


CLOSES = at("2026-06-01T17:00")


class Office(Desk):
    """A desk whose clock shows `when`, with everything saved and loaded after every event."""

    def __init__(self, the_plan: Plan, when: int, agents: int = 2) -> None:
        super().__init__(the_plan, agents)
        self.engine = TwinEngine(the_plan, State(epoch=1))
        self.now = when
        self.give(OwnerChanged(epoch=1))
        self.enlist(Address(ref="sales@contoso.example", id="sales-id", name="Sales"))
        self.present(*{member.agent for member in self.members})
        self.commands.clear()
        self.facts.clear()

    def played(self) -> list[str]:
        """What the newest words are."""
        return [say.prompt for say in self.last(Play).say]

    def spoken(self) -> list[str]:
        """Everything that was asked to be played, without music."""
        prompts = [
            say.prompt for each in self.commands if isinstance(each, Play) for say in each.say
        ]
        return [prompt for prompt in prompts if not prompt.startswith("music:")]

    def words_end(self, number: int = 1) -> None:
        """The prompt that counts is over."""
        context = self.contact(number).playing
        assert context
        self.give(PromptEnded(call=f"caller{number}", context=context, ok=True))

    def close(self, **fields: Any) -> None:
        given: dict[str, Any] = {
            "closes": True,
            "scope": Scope.QUEUE,
            "name": "support",
            "texts": {"en": "flood"},
            "clips": {"en": SHA},
            "lasts_ms": 900,
            "by": "sam",
            "by_name": "sam.supervisor@contoso.example",
        }
        self.give(BulletinSet(**(given | fields)))

    def reopen(self, **fields: Any) -> None:
        given: dict[str, Any] = {"closes": True, "scope": Scope.QUEUE, "name": "support"}
        self.give(BulletinLifted(**(given | fields)))


def office(
    queue: dict[str, Any] | None = None,
    entry: dict[str, Any] | None = None,
    when: int = CLOSES - 3_600_000,
    **fields: Any,
) -> Office:
    known = {"name": "support"} | (queue or {})
    the_plan = plan(Queue(**known), entry={"greeting": "plan:hello"} | (entry or {}), **fields)
    the_plan = replace(the_plan, hours=(OFFICE,), durations={"plan:hello": 2_000})
    return Office(the_plan, when)


def announced(desk: Office, **fields: Any) -> None:
    desk.close(closes=False, **fields)
