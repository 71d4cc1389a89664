"""A supervisor's order in the chat: may they, is the text spoken, written down; then the answer.

The order of things matters. The recording is kept before the order is written down, so no instance
ever has an order whose words it cannot play; and the answer is made from the state that has the
order in it, so it is true whoever else said something meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Protocol

from bot.announcing import Announcer, CannotSpeak, Spoken
from bot.steering import Subject, kept_by_name, may_steer, near_names, shut_by_hours, subject_of
from bot.teams.conversation import WordLost
from bot.teams.order_phrases import clock, say
from bot.teams.orders import Order, Verb
from routing.bulletin import Bulletin, Scope, find
from routing.events import (
    Event,
)
from routing.plan import Plan
from routing.state import State
from routing.supervisors import supervised
from routing.word_events import (
    BulletinLifted,
    BulletinSet,
)
from store.errors import StoreError

log = logging.getLogger(__name__)

LOOKS, LOOK_EVERY_S = 8, 0.25
"""How long an answer waits for the deciding instance to take the order from its inbox."""
CLOSES = (Verb.CLOSE, Verb.OPEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The tenant as an order finds it."""

    state: State
    plan: Plan
    live: bool
    """From the deciding instance's memory; otherwise as it was last written down."""


class Desk(Protocol):
    """Where orders go (bot/teams/agents.py). Every method may raise WordLost."""

    async def seen(self) -> Seen:
        """The state and the plan."""
        ...

    async def submit(self, event: Event, *, identity: str | None) -> None:
        """Return when it took effect. A second event with the same identity is a copy."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """An order, and whose it is."""

    order: Order
    sender: str
    now: int
    zone: tzinfo
    identity: str | None


class _Shown(Protocol):
    def __call__(self, found: Bulletin | None, /) -> bool: ...


class OrderDesk:
    """Carries out supervisors' orders."""

    def __init__(
        self, desk: Desk, announcer: Announcer, *, look_every_s: float = LOOK_EVERY_S
    ) -> None:
        self._desk = desk
        self._announcer = announcer
        self._look_every_s = look_every_s

    async def answer(self, ordered: Ordered) -> str:
        """Do what was ordered; the sentence to answer with. Raises WordLost."""
        order, language = ordered.order, ordered.order.language
        seen = await self._desk.seen()
        queues = supervised(seen.plan, seen.state.tenant.addresses, ordered.sender)
        if not queues:
            return say(language, "not_supervisor")
        if order.problem:
            return say(language, order.problem)
        if order.verb is Verb.LIST:
            return _listed(ordered, seen, queues)
        subject = subject_of(seen.plan, order.scope, order.name)
        if subject is None:
            near = ", ".join(near_names(seen.plan, order.name, order.scope))
            return say(language, "no_such_place", name=order.name[:48], near=near)
        if not may_steer(seen.plan, queues, subject):
            return say(language, "not_yours", queues=", ".join(queues))
        if order.verb in (Verb.OPEN, Verb.SILENCE):
            return await self._lift(ordered, subject, seen)
        return await self._publish(ordered, subject, seen)

    async def _publish(self, ordered: Ordered, subject: Subject, seen: Seen) -> str:
        order, language = ordered.order, ordered.order.language
        closes = order.verb in CLOSES
        before = find(seen.state.bulletins, subject.scope, subject.name, closes=closes)
        try:
            spoken = await self._announcer.speak(order.texts)
        except CannotSpeak as error:
            return say(language, "not_spoken", why=str(error))
        except StoreError as error:
            raise WordLost from error
        event = BulletinSet(
            closes=closes,
            scope=subject.scope,
            name=subject.name,
            texts=spoken.texts,
            clips=spoken.clips,
            lasts_ms=spoken.lasts_ms,
            until=order.until,
            by=ordered.sender,
            by_name=_name_of(seen, ordered.sender),
        )
        await self._desk.submit(event, identity=ordered.identity)
        after = await self._until(subject, closes, lambda found: _is(found, event))
        return self._published(ordered, subject, after, spoken, before)

    def _published(
        self,
        ordered: Ordered,
        subject: Subject,
        after: tuple[Seen, Bulletin | None] | None,
        spoken: Spoken,
        before: Bulletin | None,
    ) -> str:
        order, language = ordered.order, ordered.order.language
        closes = order.verb in CLOSES
        lines: list[str] = []
        if after is None:
            return say(language, "noted")
        found = after[1]
        if found is None or found.by != ordered.sender:
            return say(language, "overtaken", by=found.by_name if found else "")
        until = clock(order.until, ordered.now, ordered.zone, language) if order.until else ""
        phrase = ("closed" if closes else "announced") + ("_until" if until else "")
        lines.append(say(language, phrase, about=_about(subject, language), until=until))
        if spoken.texts:
            texts = " / ".join(spoken.texts[each] for each in sorted(spoken.texts))
            lines.append(say(language, "callers_hear", text=texts))
        if before is not None and before.by != ordered.sender:
            since = clock(before.at, ordered.now, ordered.zone, language)
            lines.append(say(language, "instead_of", by=before.by_name, since=since))
        return "\n".join(lines)

    async def _lift(self, ordered: Ordered, subject: Subject, seen: Seen) -> str:
        order, language = ordered.order, ordered.order.language
        closes = order.verb is Verb.OPEN
        about = _about(subject, language)
        if find(seen.state.bulletins, subject.scope, subject.name, closes=closes) is None:
            text = say(language, "not_closed" if closes else "not_announced", about=about)
        else:
            event = BulletinLifted(
                closes=closes,
                scope=subject.scope,
                name=subject.name,
                by=ordered.sender,
                by_name=_name_of(seen, ordered.sender),
            )
            await self._desk.submit(event, identity=ordered.identity)
            if await self._until(subject, closes, lambda found: found is None) is None:
                return say(language, "noted")
            text = say(language, "opened" if closes else "silenced", about=about)
        if kept := kept_by_name(seen.state.bulletins, subject, closes=closes):
            phrase = "closed_by_name" if closes else "announced_by_name"
            names = ", ".join(_about(each, language) for each in kept)
            text += "\n" + say(language, phrase, names=names)
        return f"{text}{self._still_closed(ordered, subject, seen) if closes else ''}"

    def _still_closed(self, ordered: Ordered, subject: Subject, seen: Seen) -> str:
        """The plan's own hours, which no order opens; and what is closed with everything else."""
        language = ordered.order.language
        if subject.scope is not Scope.ALL:
            everything = find(seen.state.bulletins, Scope.ALL, "", closes=True)
            if everything is not None:
                return "\n" + say(language, "all_closed", by=everything.by_name)
        shut, opens = shut_by_hours(seen.plan, subject, ordered.now)
        if not shut:
            return ""
        if opens is None:
            return "\n" + say(language, "hours_closed")
        time = clock(opens, ordered.now, ordered.zone, language)
        return "\n" + say(language, "hours_closed_until", until=time)

    async def _until(
        self, subject: Subject, closes: bool, shown: _Shown
    ) -> tuple[Seen, Bulletin | None] | None:
        """The tenant with the order in it, or None when that does not show soon."""
        for _ in range(LOOKS):
            seen = await self._desk.seen()
            found = find(seen.state.bulletins, subject.scope, subject.name, closes=closes)
            if seen.live or shown(found):
                return seen, found
            await asyncio.sleep(self._look_every_s)
        return None


def _listed(ordered: Ordered, seen: Seen, queues: Iterable[str]) -> str:
    """What is closed or announced of the supervisor's, and of everybody's."""
    language = ordered.order.language
    lines: list[str] = []
    for each in sorted(seen.state.bulletins.values(), key=lambda b: (b.at, b.id)):
        subject = Subject(scope=each.scope, name=each.name)
        if each.scope is not Scope.ALL and not may_steer(seen.plan, queues, subject):
            continue
        times = {"since": each.at} | ({"until": each.until} if each.until else {})
        shown = {name: clock(at, ordered.now, ordered.zone, language) for name, at in times.items()}
        phrase = "lists_closed" if each.closes else "lists_announced"
        phrase += "_until" if each.until else ""
        lines.append(
            say(language, phrase, about=_about(subject, language), by=each.by_name, **shown)
        )
        if each.texts:
            text = " / ".join(each.texts[word] for word in sorted(each.texts))
            lines.append(say(language, "callers_hear", text=text))
    return "\n".join(lines) or say(language, "nothing_in_force")


def _is(found: Bulletin | None, event: BulletinSet) -> bool:
    return (
        found is not None
        and (found.by, found.until) == (event.by, event.until)
        and found.clips == event.clips
    )


def _name_of(seen: Seen, person: str) -> str:
    """The readable name of a supervisor, as the plan or the directory has it."""
    agent = seen.state.agents.get(person)
    if agent is not None:
        return agent.upn
    for ref, place in seen.state.tenant.addresses.items():
        if place.id.lower() == person.lower():
            return ref
    return person


def _about(subject: Subject, language: str) -> str:
    return subject.name or say(language, "everything")
