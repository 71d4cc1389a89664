"""The plan's people: who they are, who cannot be used, and what stays when nobody answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from bot.metrics.meter import Silent
from bot.owner.loop import NotWritten
from bot.plan_file import Reading, read_plan
from bot.watches.directory import AGAIN_MS, EVERY_MS, MOST_NEW, DirectoryWatch
from console.findings import Findings
from graph.directory import Finding, Problem, Reference, Resolution
from graph.models import User
from routing.events import DirectoryRead
from routing.state import Agent, Membership, Place, State

PLAN = """\
tenant: contoso.example
entry_points:
  support:
    account: support@contoso.example
    queue: support
    fallback: {account: night@contoso.example, number: "+14255550199"}
queues:
  support:
    members:
      - group: team@contoso.example
      - Zoe@contoso.example
      - 00000000-0000-0000-0000-00000000000a
    max_wait: 1m
    on_max_wait: {user: boss@contoso.example}
"""


def user(name: str) -> User:
    return User(id=f"id-{name}", upn=f"{name}@contoso.example", name=name.capitalize())


ANSWERS: dict[str, tuple[User, ...]] = {
    "team@contoso.example": (user("yan"), user("adam"), user("zoe")),
    "zoe@contoso.example": (user("zoe"),),
    "00000000-0000-0000-0000-00000000000a": (user("kim"),),
    "support@contoso.example": (user("support"),),
    "night@contoso.example": (user("night"),),
    "boss@contoso.example": (user("boss"),),
}


@dataclass
class Book:
    """A directory that answers from a table, and fails where it is told to."""

    answers: dict[str, tuple[User, ...]] = field(default_factory=lambda: dict(ANSWERS))
    problems: dict[str, Problem] = field(default_factory=dict[str, Problem])
    asked: int = 0

    async def resolve(self, references: Sequence[Reference]) -> Resolution:
        self.asked += 1
        resolution = Resolution()
        for reference in references:
            ref = reference.ref.lower()
            problem = self.problems.get(ref)
            used = problem is None or problem is Problem.GUEST
            resolution.users[reference] = self.answers[ref] if used else ()
            if problem is not None:
                sentence = f"{reference.ref} is {problem.value}."
                resolution.findings.append(
                    Finding(ref=reference.ref, problem=problem, sentence=sentence)
                )
        return resolution


@dataclass
class Owner:
    """The loop, as far as the watch sees it."""

    desk: object | None = field(default_factory=object)
    held: State = field(default_factory=State)

    def state(self) -> State | None:
        return self.held


class Hands:
    """A clock turned by hand."""

    def __init__(self) -> None:
        self.ms = 1_000_000

    def now(self) -> int:
        return self.ms


@dataclass
class Scene:
    book: Book = field(default_factory=Book)
    owner: Owner = field(default_factory=Owner)
    clock: Hands = field(default_factory=Hands)
    findings: Findings = field(default_factory=Findings)
    told: list[DirectoryRead] = field(default_factory=list[DirectoryRead])

    not_written: int = 0
    """so many events cannot be written down"""

    async def submit(self, read: DirectoryRead) -> None:
        if self.not_written:
            self.not_written -= 1
            raise NotWritten
        self.told.append(read)

    def __post_init__(self) -> None:
        self.watch = DirectoryWatch(
            directory=self.book,
            owner=self.owner,
            submit=self.submit,
            findings=self.findings,
            clock=self.clock,
            meter=Silent(),
        )
        self.watch.use(reading())

    def members(self) -> list[str]:
        return [member.agent for member in self.told[-1].members]


def reading(source: str = PLAN) -> Reading:
    read = read_plan(source.encode(), "plan.yaml")
    assert read.plan is not None, read.problems
    return read


@pytest.fixture
def scene() -> Scene:
    return Scene()


async def test_people_stand_in_the_plans_order_and_groups_follow_by_name(scene: Scene) -> None:
    await scene.watch.read()
    (told,) = scene.told
    assert [(m.position, m.agent) for m in told.members] == [
        (0, "id-zoe"),
        (1, "id-kim"),
        (2, "id-adam"),
        (3, "id-yan"),
    ]
    assert {m.queue for m in told.members} == {"support"}
    assert sorted((a.ref, a.id, a.number) for a in told.addresses) == [
        ("boss@contoso.example", "id-boss", ""),
        ("night@contoso.example", "id-night", "+14255550199"),
        ("support@contoso.example", "id-support", ""),
    ]


async def test_supervisors_are_known_by_id_and_are_no_members(scene: Scene) -> None:
    scene.watch.use(reading(PLAN + "    supervisors: Kim.Lead@contoso.example\n"))
    scene.book.answers["kim.lead@contoso.example"] = (user("kim.lead"),)
    await scene.watch.read()
    (told,) = scene.told
    assert ("Kim.Lead@contoso.example", "id-kim.lead") in {(a.ref, a.id) for a in told.addresses}
    assert "id-kim.lead" not in scene.members()


async def test_a_groups_order_does_not_depend_on_the_answers(scene: Scene) -> None:
    await scene.watch.read()
    scene.book.answers["team@contoso.example"] = ANSWERS["team@contoso.example"][::-1]
    assert not await scene.watch.read()
    assert len(scene.told) == 1


async def test_only_changes_are_told(scene: Scene) -> None:
    assert await scene.watch.read()
    assert not await scene.watch.read()
    scene.book.answers["team@contoso.example"] = (user("adam"),)
    assert await scene.watch.read()
    assert scene.members() == ["id-zoe", "id-kim", "id-adam"]


@pytest.mark.parametrize(
    "problem", [Problem.UNKNOWN, Problem.DISABLED, Problem.GUEST, Problem.WRONG_TENANT]
)
async def test_who_cannot_be_used_is_a_finding_and_stops_nobody(
    scene: Scene, problem: Problem
) -> None:
    scene.book.answers["zoe@contoso.example"] = ()
    scene.book.answers["team@contoso.example"] = (user("adam"),)
    scene.book.problems["zoe@contoso.example"] = problem
    await scene.watch.read()
    assert scene.members() == ["id-kim", "id-adam"]
    (finding,) = scene.findings.all()
    assert finding.text() == (
        f"plan.yaml:11: error: queues.support.members[1]: Zoe@contoso.example is {problem.value}."
    )
    scene.book.problems.clear()
    scene.book.answers["zoe@contoso.example"] = (user("zoe"),)
    await scene.watch.read()
    assert scene.findings.all() == []
    assert scene.members()[0] == "id-zoe"


async def test_who_was_known_stays_while_nothing_can_be_read(scene: Scene) -> None:
    await scene.watch.read()
    scene.book.problems = dict.fromkeys(ANSWERS, Problem.UNREADABLE)
    assert not await scene.watch.read()
    assert not scene.watch.complete
    assert {finding.severity for finding in scene.findings.all()} == {"warning"}


async def test_after_a_restart_the_live_state_tells_who_they_were(scene: Scene) -> None:
    scene.owner.held = State(
        agents={
            name: Agent(
                id=f"id-{name}",
                upn=f"{name}@contoso.example",
                memberships=(Membership(queue="support", position=0),),
            )
            for name in ("zoe", "adam")
        }
    )
    scene.owner.held.tenant.addresses = {"support@contoso.example": Place(id="id-support")}
    scene.book.problems = dict.fromkeys(ANSWERS, Problem.UNREADABLE)
    await scene.watch.read()
    assert scene.members() == ["id-zoe", "id-adam"]
    assert [address.id for address in scene.told[-1].addresses] == ["id-support"]


async def test_another_owner_is_told_anew(scene: Scene) -> None:
    await scene.watch.read()
    scene.owner.desk = object()
    assert await scene.watch.read()
    assert len(scene.told) == 2


async def test_many_who_are_new_come_a_few_at_a_time_and_nobody_known_is_left_out(
    scene: Scene,
) -> None:
    crowd = tuple(user(f"x{number:04d}") for number in range(3 * MOST_NEW))
    scene.book.answers["team@contoso.example"] = crowd
    known = {crowd[-1].id, "id-zoe", "id-gone"}
    scene.owner.held.agents |= {agent: Agent(id=agent, upn=agent) for agent in known}
    assert await scene.watch.read()
    sizes = [len(told.members) for told in scene.told]
    assert sizes == [MOST_NEW + 2, 2 * MOST_NEW + 2, 3 * MOST_NEW + 2]
    for told in scene.told:
        assert {crowd[-1].id, "id-zoe"} <= {m.agent for m in told.members}
    whole = {m.agent: m.position for m in scene.told[-1].members}
    assert {m.agent: m.position for m in scene.told[0].members}.items() <= whole.items()


async def test_what_could_not_be_written_down_is_told_again(scene: Scene) -> None:
    await scene.watch.read()
    scene.owner.desk = object()
    scene.not_written = 1
    assert not await scene.watch.read()
    assert not scene.watch._is_due(), "the database has enough to do"
    scene.clock.ms += AGAIN_MS
    assert scene.watch._is_due()
    assert await scene.watch.read()
    assert len(scene.told) == 2


async def test_a_memory_that_is_gone_is_told_nothing_more(scene: Scene) -> None:
    crowd = tuple(user(f"x{number:04d}") for number in range(3 * MOST_NEW))
    scene.book.answers["team@contoso.example"] = crowd
    submit = scene.submit

    async def loses(read: DirectoryRead) -> None:
        await submit(read)
        scene.owner.desk = object()

    scene.watch._submit = loses
    assert not await scene.watch.read()
    assert len(scene.told) == 1
    assert scene.watch._is_due()


async def test_a_standby_asks_nobody(scene: Scene) -> None:
    scene.owner.desk = None
    assert not await scene.watch.read()
    assert scene.book.asked == 0


async def test_an_answer_for_a_plan_that_is_gone_is_not_used(scene: Scene) -> None:
    other = reading(PLAN.replace("Zoe@contoso.example", "boss@contoso.example"))
    resolve = scene.book.resolve

    async def meanwhile(references: Sequence[Reference]) -> Resolution:
        scene.watch.use(other)
        return await resolve(references)

    scene.book.resolve = meanwhile  # type: ignore[method-assign]
    assert not await scene.watch.read()
    assert scene.told == []
    scene.book.resolve = resolve  # type: ignore[method-assign]
    assert await scene.watch.read()
    assert "id-boss" in scene.members()


async def test_when_it_is_read_again(scene: Scene) -> None:
    assert scene.watch._is_due()
    await scene.watch.read()
    assert not scene.watch._is_due()
    scene.clock.ms += EVERY_MS
    assert scene.watch._is_due()
    scene.book.problems["zoe@contoso.example"] = Problem.UNREADABLE
    await scene.watch.read()
    scene.clock.ms += AGAIN_MS
    assert scene.watch._is_due()
    scene.book.problems.clear()
    await scene.watch.read()
    assert not scene.watch._is_due()
    scene.watch.use(reading())
    assert scene.watch._is_due()
