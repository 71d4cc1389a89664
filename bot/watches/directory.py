"""Who the plan's people are: asked of the directory at start, every 5 minutes and for a new plan.

The engine hears of it only when something changed. Who cannot be used is a finding with the plan's
line and key, and stops nobody else. A directory that cannot be read takes nobody away: whoever was
known by a name stays known by it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot.clock import Clock
from bot.metrics.meter import Meter
from bot.owner.loop import NotWritten, Overloaded
from bot.plan_file import Reading, Reference, ReferenceKind
from console.findings import Finding, Findings, Source
from graph.directory import Problem, Purpose, Resolution
from graph.directory import Reference as Asked
from graph.models import User
from routing.events import Address, DirectoryRead, Member
from routing.state import State

log = logging.getLogger(__name__)

EVERY_MS = 5 * 60_000
AGAIN_MS = 15_000
"""After a reading that left somebody out."""
LOOK_EVERY_S = 0.5
MOST_NEW = 100
"""People new to the engine in one event: more would hold the loop up for longer than 20 ms."""
SHOWN = 20
"""Log lines for one reading; the console lists them all."""

MEMBERS = (ReferenceKind.MEMBER, ReferenceKind.GROUP)


class Directory(Protocol):
    """Looks names up (graph/directory.py)."""

    async def resolve(self, references: Sequence[Asked]) -> Resolution: ...


class Owner(Protocol):
    """The tenant's loop, as far as it is needed here."""

    @property
    def desk(self) -> object | None:
        """The owner's memory: another object after every takeover, None on a standby."""
        ...

    def state(self) -> State | None: ...


@dataclass(frozen=True, slots=True)
class _Read:
    """One answer of the directory, by reference."""

    users: dict[Asked, tuple[User, ...]]
    complete: bool


class DirectoryWatch:
    """Keeps the engine's people what the directory says."""

    def __init__(
        self,
        *,
        directory: Directory,
        owner: Owner,
        submit: Callable[[DirectoryRead], Awaitable[object]],
        findings: Findings,
        clock: Clock,
        meter: Meter,
    ) -> None:
        """Ask nothing yet. `submit` hands an event to the tenant's loop and waits until it is
        written down."""
        self._directory = directory
        self._owner = owner
        self._submit = submit
        self._findings = findings
        self._clock = clock
        self._meter = meter
        self._reading: Reading | None = None
        self._known: dict[Asked, tuple[User, ...]] = {}
        """Who each name was when it could last be read."""
        self._told: DirectoryRead | None = None
        self._told_to: object | None = None
        self._due_at = 0
        self.complete = False
        """Whether the last reading left nobody out."""
        self.has_looked = False
        """Whether the directory was asked at all, with or without an answer."""

    def use(self, reading: Reading) -> None:
        """Another plan is in force: its people are read next, whenever the last reading was."""
        self._reading = reading
        self._due_at = 0

    async def run(self) -> None:
        """Read when it is time, until cancelled."""
        while True:
            if self._is_due():
                await self.read()
                self.has_looked = True
            await asyncio.sleep(LOOK_EVERY_S)

    def _is_due(self) -> bool:
        desk = self._owner.desk
        if desk is None or self._reading is None:
            return False
        return desk is not self._told_to or self._clock.now() >= self._due_at

    async def read(self) -> bool:
        """Ask the directory once; whether the engine was told."""
        reading, desk = self._reading, self._owner.desk
        if reading is None or desk is None:
            return False
        self._due_at = self._clock.now() + EVERY_MS
        asked = list(dict.fromkeys(_asked(one) for one in reading.references))
        resolution = await self._directory.resolve(asked)
        if reading is not self._reading or desk is not self._owner.desk:
            self._due_at = 0  # what was asked belongs to another plan, or another memory
            return False
        read = self._fill_gaps(reading, resolution)
        self.complete = read.complete
        if not read.complete:
            self._due_at = self._clock.now() + AGAIN_MS
        self._report(reading, resolution)
        told = DirectoryRead(
            members=tuple(_members(reading, read.users)),
            addresses=tuple(_addresses(reading, read.users)),
        )
        changed = told != self._told or desk is not self._told_to
        self._count(changed=changed, complete=read.complete)
        return changed and await self._tell(told, desk)

    async def _tell(self, told: DirectoryRead, desk: object) -> bool:
        state = self._owner.state()
        for part in _in_steps(told, set(state.agents) if state else set()):
            if desk is not self._owner.desk:
                return False  # the new memory is told all of it
            try:
                await self._submit(part)
            except (NotWritten, Overloaded):
                self._due_at = self._clock.now() + AGAIN_MS
                self._told, self._told_to = None, desk  # later: it has enough to write
                return False
        self._told, self._told_to = told, desk
        return True

    def _count(self, *, changed: bool, complete: bool) -> None:
        outcome = "changed" if changed else "same"
        self._meter.count("directory_reads", outcome if complete else "incomplete")

    def _fill_gaps(self, reading: Reading, resolution: Resolution) -> _Read:
        """Names that could not be read stay who they were."""
        unreadable = {
            finding.ref.lower()
            for finding in resolution.findings
            if finding.problem is Problem.UNREADABLE
        }
        users: dict[Asked, tuple[User, ...]] = {}
        for reference, found in resolution.users.items():
            if reference.ref.lower() not in unreadable:
                self._known[reference] = users[reference] = found
            else:
                before = self._known.get(reference) or _held(
                    reference, reading, self._owner.state()
                )
                users[reference] = before or found
        self._known = {ref: who for ref, who in self._known.items() if ref in resolution.users}
        return _Read(users, complete=not unreadable)

    def _report(self, reading: Reading, resolution: Resolution) -> None:
        found = [
            _finding(reading.file, reference, told.problem, told.sentence)
            for told in resolution.findings
            for reference in reading.references
            if reference.ref.lower() == told.ref.lower()
        ]
        fresh = self._findings.replace(Source.DIRECTORY, found, self._clock.now())
        for each in fresh[:SHOWN]:
            log.warning("directory: %s", each.text())
        if len(fresh) > SHOWN:
            log.warning("directory: more findings", extra={"count": len(fresh) - SHOWN})


def _in_steps(told: DirectoryRead, known: set[str]) -> Iterator[DirectoryRead]:
    """What was read, and before it the same with but a few of those who are new at a time."""
    new = list(dict.fromkeys(m.agent for m in told.members if m.agent not in known))
    for until in range(MOST_NEW, len(new), MOST_NEW):
        later = set(new[until:])
        yield replace(told, members=tuple(m for m in told.members if m.agent not in later))
    yield told


def _asked(reference: Reference) -> Asked:
    account = reference.kind is ReferenceKind.ACCOUNT
    return Asked(reference.ref, Purpose.RESOURCE_ACCOUNT if account else Purpose.AGENT)


def _members(reading: Reading, users: dict[Asked, tuple[User, ...]]) -> Iterator[Member]:
    """Each queue's people in the plan's order: those named, then the groups'."""
    queues = dict.fromkeys(one.queue for one in reading.references if one.kind in MEMBERS)
    for queue in queues:
        listed = [one for one in reading.references if one.queue == queue and one.kind in MEMBERS]
        listed.sort(key=lambda one: one.kind is ReferenceKind.GROUP)
        seen: set[str] = set()
        for reference in listed:
            for user in _in_order(users.get(_asked(reference), ())):
                if user.id in seen:
                    continue
                yield Member(
                    queue=queue, position=len(seen), agent=user.id, upn=user.upn, name=user.name
                )
                seen.add(user.id)


def _in_order(users: tuple[User, ...]) -> list[User]:
    # Graph promises no order of a group's members, and round robin needs one.
    return sorted(users, key=lambda user: (user.name.lower(), user.upn.lower(), user.id))


def _addresses(reading: Reading, users: dict[Asked, tuple[User, ...]]) -> Iterator[Address]:
    seen: dict[str, Address] = {}
    for reference in reading.references:
        found = users.get(_asked(reference), ())
        if reference.kind in MEMBERS or len(found) != 1:
            continue
        key = reference.ref.lower()
        number = reference.number or (seen[key].number if key in seen else "")
        user = found[0]
        seen[key] = Address(
            ref=reference.ref, id=user.id, name=user.name, number=number, phones=user.phones
        )
    yield from seen.values()


def _held(asked: Asked, reading: Reading, state: State | None) -> tuple[User, ...]:
    """Who the name was before a restart, as far as the live state still tells."""
    if state is None:
        return ()
    ref = asked.ref.lower()
    if place := state.tenant.addresses.get(ref):
        return (User(id=place.id, upn=asked.ref, name=place.name),)
    agents = [
        User(id=agent.id, upn=agent.upn, name=agent.name)
        for agent in state.agents.values()
        if ref in (agent.upn.lower(), agent.id.lower())
    ]
    return tuple(agents) or _held_group(ref, reading, state)


def _held_group(ref: str, reading: Reading, state: State) -> tuple[User, ...]:
    """Those in the group's queues whom nobody else brought there."""
    groups = [one for one in reading.references if one.kind is ReferenceKind.GROUP]
    queues = {one.queue for one in groups if one.ref.lower() == ref}
    named = {one.ref.lower() for one in reading.references if one.kind is ReferenceKind.MEMBER}
    return tuple(
        User(id=agent.id, upn=agent.upn, name=agent.name)
        for agent in state.agents.values()
        if any(membership.queue in queues for membership in agent.memberships)
        and not named & {agent.upn.lower(), agent.id.lower()}
    )


def _finding(file: str, reference: Reference, problem: Problem, sentence: str) -> Finding:
    return Finding(
        source=Source.DIRECTORY,
        severity="warning" if problem is Problem.UNREADABLE else "error",
        problem=problem.value,
        sentence=sentence,
        file=file,
        line=reference.line,
        key=reference.key,
    )
