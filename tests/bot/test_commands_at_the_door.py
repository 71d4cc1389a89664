"""Answer, redirect and reject while Graph is unwell: when each is tried, and when it gives way."""

import asyncio

import pytest
from kit.scripted_graph import Answer as Reply
from kit.scripted_graph import EffectsScene, state
from kit.virtual_time import START_MS, VirtualClock, run_virtual

from graph.errors import GraphError, NotSent, OutcomeUnknown, Throttled, Unavailable
from graph.transport import ATTEMPT_TIMEOUT_MS, GraphRequest, GraphResponse
from routing.arriving import ANSWER_WITHIN_MS, REDIRECT_WITHIN_MS, REJECT_WITHIN_MS
from routing.commands import Answer, Invite, Redirect, Reject, Target, TargetKind

BOSS = Target(kind=TargetKind.USER, id="boss")
ANSWER = Answer(id="1", call="leg", deadline=START_MS + ANSWER_WITHIN_MS)
REDIRECT = Redirect(id="1", call="leg", target=BOSS, deadline=START_MS + REDIRECT_WITHIN_MS)
REJECT = Reject(id="1", call="leg", deadline=START_MS + REJECT_WITHIN_MS)
AT_THE_DOOR = [ANSWER, REDIRECT, REJECT]
LOST = OutcomeUnknown("the connection broke")


def later(seconds: float | None) -> Throttled:
    wait_ms = None if seconds is None else int(seconds * 1000)
    return Throttled("later", status=429, retry_after_ms=wait_ms)


def tried(
    command: Answer | Redirect | Reject, *replies: Reply, after_ms: int = 0, **script: list[Reply]
) -> tuple[list[int], str, int]:
    """When it was sent, the problem that was told, and when: in ms since the caller rang."""
    name = type(command).__name__.lower()
    found: list[tuple[list[int], str, int]] = []

    async def story() -> None:
        async with EffectsScene() as scene:
            scene.graph.script = {name: list(replies), **script}
            await asyncio.sleep(after_ms / 1000)
            scene.effects.take([command])
            while not scene.outcomes:
                await asyncio.sleep(0.01)
            at = [at - START_MS for at, operation in scene.graph.asked if operation == name]
            told_at = (scene.clock.now() - START_MS) // 100 * 100
            found.append((at, scene.outcome("1").problem, told_at))

    run_virtual(story())
    return found[0]


def always(error: GraphError) -> list[Reply]:
    return [error] * 40


@pytest.mark.parametrize(
    ("command", "last"),
    [(ANSWER, [11_400]), (REDIRECT, [12_900]), (REJECT, [13_200, 13_900])],
    ids=["Answer", "Redirect", "Reject"],
)
def test_without_a_word_from_graph_it_is_tried_until_just_before_its_deadline(
    command: Answer | Redirect | Reject, last: list[int]
) -> None:
    for error in (NotSent("no connection"), later(None)):
        at, problem, _ = tried(command, *always(error))
        assert at == [0, 200, 1_200, 4_200, 7_200, 10_200, *last]
        assert problem == ("throttled" if isinstance(error, Throttled) else "unavailable")


@pytest.mark.parametrize("command", AT_THE_DOOR, ids=["Answer", "Redirect", "Reject"])
def test_it_waits_as_often_as_graph_says_while_there_is_time(
    command: Answer | Redirect | Reject,
) -> None:
    assert tried(command, later(5), later(5)) == ([0, 5_000, 10_000], "", 10_000)


@pytest.mark.parametrize("command", [ANSWER, REDIRECT], ids=["Answer", "Redirect"])
def test_told_to_wait_for_too_long_it_gives_way_at_once_to_what_may_still_work(
    command: Answer | Redirect,
) -> None:
    assert tried(command, *always(later(20))) == ([0, 200], "throttled", 200)


def test_an_answer_told_later_once_too_often_leaves_the_rest_to_the_fallback() -> None:
    assert tried(ANSWER, *always(later(5))) == ([0, 5_000, 10_000], "throttled", 10_000)


def test_a_reject_after_which_nothing_comes_goes_on_whatever_graph_says() -> None:
    at, problem, _ = tried(REJECT, *always(later(20)))
    assert at == [0, 200, 1_200, 4_200, 7_200, 10_200, 13_200, 13_900]
    assert problem == "throttled"


@pytest.mark.parametrize("command", AT_THE_DOOR, ids=["Answer", "Redirect", "Reject"])
def test_what_its_deadline_would_cut_off_is_not_begun(command: Answer | Redirect | Reject) -> None:
    left = command.deadline - START_MS
    assert tried(command, after_ms=left - 500) == ([left - 500], "", left - 500)
    at, problem, _ = tried(command, after_ms=left - 499)
    assert (at, problem) == ([], "too_late")


def test_a_time_that_ends_too_near_to_the_deadline_is_no_time_to_wait_for() -> None:
    assert tried(ANSWER, later(11.4)) == ([0, 11_400], "", 11_400)
    assert tried(ANSWER, later(11.5)) == ([0, 200], "", 200)


def test_a_graph_that_is_unwell_for_ten_seconds_costs_no_call() -> None:
    error = Unavailable("no service", status=503)
    ringing = [state("incoming") for _ in range(5)]
    assert tried(ANSWER, *[error] * 5, GET=list(ringing)) == (
        [0, 200, 1_200, 4_200, 7_200, 10_200],
        "",
        10_200,
    )


@pytest.mark.parametrize("error", [LOST, Unavailable("no service", status=503)])
def test_an_answer_that_surely_did_not_run_is_not_reported_as_a_doubt(error: GraphError) -> None:
    ringing = [state("incoming") for _ in range(40)]
    at, problem, _ = tried(ANSWER, *always(error), GET=ringing)
    assert at[-1] == 11_400
    assert problem == "unavailable"


def test_a_question_takes_none_of_the_time_of_what_comes_after() -> None:
    """Begun at the last moment, its outcome unknown, and Graph does not say."""
    at, problem, told_at = tried(REDIRECT, *always(LOST), after_ms=13_000, GET=always(LOST))
    assert (at, problem) == ([13_000], "unknown")
    assert told_at <= 13_500


def test_a_graph_that_does_not_answer_at_all_is_given_up_in_time() -> None:
    async def hangs(request: GraphRequest) -> GraphResponse:
        """As bot and Graph part: after the time-out of one attempt, or at the deadline."""
        assert request.deadline_ms is not None
        waits_ms = min(ATTEMPT_TIMEOUT_MS, request.deadline_ms - VirtualClock().now())
        await asyncio.sleep(waits_ms / 1000)
        raise LOST

    ringing = [state("incoming") for _ in range(9)]
    at, problem, told_at = tried(ANSWER, *[hangs] * 9, GET=ringing)
    assert at == [0, 4_200, 9_200]
    assert (problem, told_at) == ("unavailable", 12_000)


def test_an_answer_being_retried_is_not_sent_when_the_caller_was_refused_meanwhile() -> None:
    async def story() -> None:
        async with EffectsScene() as scene:
            scene.graph.script = {"answer": [later(5)]}
            scene.effects.take([ANSWER])
            await asyncio.sleep(2)
            scene.unwanted.add("1")
            refusal = Redirect(id="2", call="leg", target=BOSS, deadline=REDIRECT.deadline)
            scene.effects.take([refusal])
            await asyncio.sleep(20)
            assert scene.graph.operations == ["answer", "redirect"]
            assert scene.outcome("1").problem == "unwanted"

    run_virtual(story())


def test_while_an_answer_is_throttled_other_calls_keep_what_can_wait() -> None:
    """A fifth of every budget is for answers and hanging up; the rest is for nobody just now."""

    async def story() -> None:
        async with EffectsScene() as scene:
            scene.graph.script = {"answer": [later(3)]}
            scene.effects.take([ANSWER])
            await asyncio.sleep(0.1)
            ring = Invite(id="2", call="other", target=BOSS, deadline=START_MS + 5_000)
            scene.effects.take([ring])
            await asyncio.sleep(10)
            at = {operation: at - START_MS for at, operation in scene.graph.asked}
            assert at == {"answer": 3_000, "invite": 3_000}

    run_virtual(story())


def test_a_503_with_a_time_is_as_good_as_a_429_with_one() -> None:
    error = Unavailable("no service", status=503, retry_after_ms=3_000)
    assert tried(ANSWER, error, GET=[state("incoming")]) == ([0, 3_000], "", 3_000)
