"""Commands on their way out: order, deadlines, repetition, and every row of the recovery table."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

import pytest
from kit.scripted_graph import Answer as Reply
from kit.scripted_graph import EffectsScene, ok, state
from kit.virtual_time import START_MS, run_virtual

from graph.calls import Prompt
from graph.errors import NotSent, OutcomeUnknown, Refused, Throttled, Unavailable
from routing.commands import (
    Answer,
    AskCall,
    CancelMedia,
    Command,
    CreateCall,
    EndStray,
    HangUp,
    Invite,
    Play,
    ReadPresence,
    Redirect,
    Reject,
    RemoveParticipant,
    Say,
    SubscribeTones,
    Target,
    TargetKind,
    Transfer,
)
from routing.events import CallSeen, PresenceRead

Story = Callable[[EffectsScene], Awaitable[None]]
ADA = Target(kind=TargetKind.USER, id="ada")
DEADLINE = START_MS + 12_000
GONE = Refused("no such call", status=404)
REJECT = Reject(id="1", call="leg", deadline=START_MS + 14_500)
REDIRECT = Redirect(id="1", call="leg", target=ADA, deadline=START_MS + 13_500)


def play(story: Story) -> None:
    async def whole() -> None:
        async with EffectsScene() as scene:
            await story(scene)

    run_virtual(whole())


def answer(name: str = "1", deadline: int = DEADLINE) -> Answer:
    return Answer(id=name, call="leg", deadline=deadline)


def music(name: str = "1", call: str = "leg", *, fresh: bool = False) -> Play:
    return Play(id=name, call=call, say=(Say(prompt="music:default"),), fresh=fresh)


def transfer(name: str = "1", replaces: str = "") -> Transfer:
    return Transfer(id=name, call="leg", target=ADA, replaces=replaces, deadline=START_MS + 5_000)


def invite(name: str = "1") -> Invite:
    return Invite(id=name, call="leg", target=ADA, deadline=START_MS + 5_000)


def create(name: str = "1", call: str = "new") -> CreateCall:
    return CreateCall(id=name, call=call, target=ADA, app="app", deadline=START_MS + 5_000)


def done(
    command: Command, *replies: Reply, seconds: float = 30, **script: list[Reply]
) -> tuple[list[str], str, bool]:
    """The operations asked for, the problem told and whether it is unproven."""
    found: list[tuple[list[str], str, bool]] = []

    async def story(scene: EffectsScene) -> None:
        scene.graph.script = dict(script)
        if replies:
            scene.graph.script[OPERATION[type(command)]] = list(replies)
        scene.effects.take([command])
        await asyncio.sleep(seconds)
        outcome = scene.outcome(command.id)
        found.append((scene.graph.operations, outcome.problem, outcome.unproven))

    play(story)
    return found[0]


OPERATION: dict[type, str] = {
    Answer: "answer",
    Reject: "reject",
    Redirect: "redirect",
    Transfer: "transfer",
    Invite: "invite",
    CreateCall: "create",
    Play: "playPrompt",
    CancelMedia: "cancelMediaProcessing",
    SubscribeTones: "subscribeToTone",
    HangUp: "DELETE",
    RemoveParticipant: "remove",
}
EVERY: list[Command] = [
    answer(),
    REJECT,
    REDIRECT,
    transfer(),
    transfer(replaces="other"),
    invite(),
    create(),
    music(),
    CancelMedia(id="1", call="leg"),
    SubscribeTones(id="1", call="leg"),
    HangUp(id="1", call="leg"),
    RemoveParticipant(id="1", call="leg", participant="p"),
]


def named(command: object) -> str:
    return type(command).__name__


@pytest.mark.parametrize("command", EVERY, ids=named)
def test_a_command_is_sent_once_and_its_success_is_told(command: Command) -> None:
    assert done(command) == ([OPERATION[type(command)]], "", False)


@pytest.mark.parametrize("command", EVERY, ids=named)
def test_a_refusal_is_told_with_its_code_and_not_repeated(command: Command) -> None:
    error = Refused("no", status=403, code="7504")
    assert done(command, error) == ([OPERATION[type(command)]], "refused", False)


@pytest.mark.parametrize("command", EVERY, ids=named)
def test_a_call_that_graph_does_not_know_is_gone(command: Command) -> None:
    ends = isinstance(command, HangUp | RemoveParticipant)
    assert done(command, GONE)[1] == ("" if ends else "gone")


@pytest.mark.parametrize("command", EVERY, ids=named)
def test_what_never_left_is_sent_again(command: Command) -> None:
    operation = OPERATION[type(command)]
    assert done(command, NotSent("no connection")) == ([operation] * 2, "", False)


@pytest.mark.parametrize("command", EVERY, ids=named)
def test_only_what_a_caller_is_lost_with_is_sent_a_fifth_time(command: Command) -> None:
    replies = [NotSent("no connection") for _ in range(9)]
    asked, problem, _ = done(command, *replies, seconds=60)
    assert (len(asked) > 4) == isinstance(command, Answer | Redirect | Reject)
    assert problem == "unavailable"


@pytest.mark.parametrize("command", EVERY, ids=named)
def test_throttled_it_waits_as_long_as_it_is_told(command: Command) -> None:
    async def story(scene: EffectsScene) -> None:
        operation = OPERATION[type(command)]
        scene.graph.script = {operation: [Throttled("later", status=429, retry_after_ms=2_000)]}
        scene.effects.take([command])
        await asyncio.sleep(10)
        assert [at - START_MS for at, _ in scene.graph.asked] == [0, 2_000]
        assert scene.outcome("1").problem == ""

    play(story)


@pytest.mark.parametrize("command", [c for c in EVERY if c is not REJECT], ids=named)
def test_told_to_wait_beyond_the_deadline_it_tries_once_more_and_reports(command: Command) -> None:
    later = [Throttled("later", status=429, retry_after_ms=120_000) for _ in range(5)]
    asked, problem, _ = done(command, *later, seconds=100)
    assert asked == [OPERATION[type(command)]] * 2
    assert problem == "throttled"


def test_the_wrong_tenant_has_a_word_of_its_own() -> None:
    error = Refused("mismatch", status=403, code="7505")
    assert done(transfer(), error)[1] == "wrong_tenant"


LOST = OutcomeUnknown("the connection broke")
BROKEN = Unavailable("gateway", status=502)


@pytest.mark.parametrize("doubt", [LOST, BROKEN], ids=named)
class TestUnknownOutcome:
    """The table at the head of bot/sending/recovery.py, row by row."""

    def test_an_answer_still_ringing_is_sent_again(self, doubt: Exception) -> None:
        asked = done(answer(), doubt, GET=[state("incoming")])
        assert asked == (["answer", "GET", "answer"], "", False)

    @pytest.mark.parametrize("seen", ["establishing", "established", "transferring"])
    def test_an_answer_that_took_effect_is_done(self, doubt: Exception, seen: str) -> None:
        assert done(answer(), doubt, GET=[state(seen)]) == (["answer", "GET"], "", True)

    @pytest.mark.parametrize("seen", [GONE, state("terminated")], ids=["404", "terminated"])
    def test_an_answer_to_a_call_that_ended_is_gone(self, doubt: Exception, seen: Reply) -> None:
        assert done(answer(), doubt, GET=[seen]) == (["answer", "GET"], "gone", False)

    @pytest.mark.parametrize("command", [answer(), REDIRECT, REJECT], ids=named)
    def test_as_long_as_there_is_time_graph_is_asked_what_became_of_it(
        self, doubt: Exception, command: Command
    ) -> None:
        told: list[Reply] = [LOST for _ in range(9)]
        asked = done(command, doubt, GET=[*told, state("incoming")])
        name = OPERATION[type(command)]
        assert asked == ([name, *["GET"] * 10, name], "", False)

    def test_an_answer_nobody_can_say_anything_of_in_time_is_unknown(
        self, doubt: Exception
    ) -> None:
        asked, problem, _ = done(answer(), doubt, GET=[LOST] * 40)
        assert problem == "unknown"
        assert asked.count("answer") == 1

    @pytest.mark.parametrize("command", [REJECT, REDIRECT], ids=named)
    def test_refusing_a_call_still_ringing_is_done_again(
        self, doubt: Exception, command: Command
    ) -> None:
        name = OPERATION[type(command)]
        assert done(command, doubt, GET=[state("incoming")]) == ([name, "GET", name], "", False)
        assert done(command, doubt, GET=[GONE]) == ([name, "GET"], "", False)

    @pytest.mark.parametrize("seen", ["transferring", "transferAccepted"])
    def test_a_transfer_under_way_is_done(self, doubt: Exception, seen: str) -> None:
        assert done(transfer(), doubt, GET=[state(seen)]) == (["transfer", "GET"], "", True)

    def test_a_transfer_whose_call_is_gone_waits_for_its_end(self, doubt: Exception) -> None:
        async def story(scene: EffectsScene) -> None:
            scene.graph.script = {"transfer": [doubt], "GET": [GONE]}
            scene.effects.take([transfer()])
            await asyncio.sleep(4.9)
            assert scene.outcomes == []
            await asyncio.sleep(0.2)
            assert scene.outcome("1").unproven
            assert scene.outcome("1").problem == ""

        play(story)

    def test_a_transfer_that_never_began_is_sent_again_once(self, doubt: Exception) -> None:
        seen = [state("established") for _ in range(9)]
        asked, problem, _ = done(transfer(), doubt, doubt, GET=list(seen))
        assert asked == ["transfer", "GET", "GET", "transfer", "GET"]
        assert problem == "unknown"

    def test_a_throttled_transfer_counts_for_nothing(self, doubt: Exception) -> None:
        throttled = Throttled("later", status=429, retry_after_ms=500)
        seen = [state("established") for _ in range(9)]
        asked, problem, _ = done(transfer(), throttled, doubt, GET=list(seen))
        assert asked == ["transfer", "transfer", "GET", "GET", "transfer"]
        assert problem == ""

    def test_a_transfer_that_never_began_and_has_no_time_left_failed(
        self, doubt: Exception
    ) -> None:
        throttled = Throttled("later", status=429, retry_after_ms=1_900)
        seen = [state("established") for _ in range(9)]
        asked, problem, _ = done(transfer(), throttled, doubt, GET=list(seen))
        assert asked == ["transfer", "transfer", "GET", "GET"]
        assert problem == "unavailable", "so that the next agent is rung at once"

    def test_a_transfer_whose_failure_was_heard_is_not_repeated(self, doubt: Exception) -> None:
        async def story(scene: EffectsScene) -> None:
            scene.graph.script = {"transfer": [doubt], "GET": [state("established")] * 5}
            scene.effects.take([transfer()])
            await asyncio.sleep(1)
            scene.unwanted.add("1")  # the engine heard `established 500/7000`
            await asyncio.sleep(5)
            assert scene.graph.operations == ["transfer", "GET"]
            assert scene.outcome("1").problem == "unwanted"

        play(story)

    @pytest.mark.parametrize("command", [invite(), create()], ids=named)
    def test_nobody_is_rung_twice(self, doubt: Exception, command: Command) -> None:
        name = OPERATION[type(command)]
        assert done(command, doubt) == ([name], "unknown", False)

    def test_a_prompt_is_stopped_and_played_again(self, doubt: Exception) -> None:
        asked = done(music(), doubt)
        assert asked == (["playPrompt", "cancelMediaProcessing", "playPrompt"], "", False)

    @pytest.mark.parametrize(
        "command",
        [
            SubscribeTones(id="1", call="leg"),
            CancelMedia(id="1", call="leg"),
            HangUp(id="1", call="leg"),
            RemoveParticipant(id="1", call="leg", participant="p"),
        ],
        ids=named,
    )
    def test_what_does_no_harm_twice_is_sent_again(
        self, doubt: Exception, command: Command
    ) -> None:
        name = OPERATION[type(command)]
        assert done(command, doubt) == ([name, name], "", False)


@pytest.mark.parametrize("command", [invite(), create()], ids=named)
def test_a_ring_of_an_earlier_life_is_not_repeated(command: Command) -> None:
    async def story(scene: EffectsScene) -> None:
        scene.effects.hold()
        scene.effects.release([command])
        await asyncio.sleep(10)
        assert scene.graph.operations == []
        assert scene.outcome("1").problem == "unknown"

    play(story)


def test_an_answer_of_an_earlier_life_is_asked_for_first() -> None:
    async def story(scene: EffectsScene) -> None:
        scene.graph.script = {"GET": [state("incoming")]}
        scene.effects.hold()
        scene.effects.take([music("2")])
        scene.effects.release([answer()])
        await asyncio.sleep(1)
        assert scene.graph.operations == ["GET", "answer", "playPrompt"]

    play(story)


def test_a_transfer_of_an_earlier_life_is_sent_once_more_at_most() -> None:
    async def story(scene: EffectsScene) -> None:
        scene.graph.script = {"transfer": [LOST, LOST], "GET": [state("established")] * 9}
        scene.effects.hold()
        scene.effects.release([transfer()])
        await asyncio.sleep(30)
        assert scene.graph.operations.count("transfer") == 1

    play(story)


def test_what_is_still_under_way_when_the_memory_is_made_anew_is_left_alone() -> None:
    async def story(scene: EffectsScene) -> None:
        scene.graph.latency_ms = 1_000
        scene.effects.take([answer()])
        await asyncio.sleep(0.5)
        scene.effects.drop()
        scene.effects.hold()
        scene.effects.release([answer()])  # its row has no outcome yet
        await asyncio.sleep(5)
        assert scene.graph.operations == ["answer"]
        assert scene.outcome("1").problem == ""

    play(story)


def test_while_held_only_questions_are_asked() -> None:
    async def story(scene: EffectsScene) -> None:
        scene.effects.hold()
        asked_at = scene.clock.now()
        scene.effects.take([AskCall(id="1", call="leg"), answer("2")])
        await scene.effects.answers(1.0)
        assert scene.graph.operations == ["GET"]
        seen = CallSeen(call="wire-leg", state="established", asked_at=asked_at)
        assert scene.told[0] == seen
        scene.effects.release([])
        await asyncio.sleep(0.1)
        assert scene.graph.operations == ["GET", "answer"]

    play(story)


def test_a_lane_sends_one_after_the_other_and_lanes_go_beside_each_other() -> None:
    async def story(scene: EffectsScene) -> None:
        scene.graph.latency_ms = 100
        scene.effects.take(
            [answer("1"), transfer("2"), music("3"), music("4"), music("5", call="other")]
        )
        await asyncio.sleep(1)
        began = {name: at - START_MS for at, name in reversed(scene.graph.asked)}
        assert began == {"answer": 0, "transfer": 100, "playPrompt": 0}
        played = [at - START_MS for at, name in scene.graph.asked if name == "playPrompt"]
        assert played == [0, 0, 100]

    play(story)


def test_hanging_up_overtakes_and_voids_what_waits() -> None:
    async def story(scene: EffectsScene) -> None:
        scene.graph.latency_ms = 500
        scene.effects.take([music("1"), music("2"), transfer("3"), invite("4")])
        await asyncio.sleep(0.1)
        scene.effects.take([HangUp(id="5", call="leg")])
        await asyncio.sleep(5)
        assert [(at - START_MS, name) for at, name in scene.graph.asked] == [
            (0, "playPrompt"),
            (0, "transfer"),
            (100, "DELETE"),
        ]
        assert scene.outcome("2").problem == scene.outcome("4").problem == "unwanted"
        assert scene.outcome("5").problem == ""

    play(story)


def test_hanging_up_a_leg_that_is_still_being_made_waits_for_its_name() -> None:
    async def story(scene: EffectsScene) -> None:
        async def slowly(_: object) -> object:
            await asyncio.sleep(1)
            scene.wires["new"] = "wire-new"
            return ok(201, id="wire-new", state="establishing")

        scene.graph.script = {"create": [slowly]}  # type: ignore[list-item]
        scene.effects.take([create()])
        await asyncio.sleep(0.1)
        scene.effects.take([HangUp(id="2", call="new")])
        await asyncio.sleep(5)
        assert scene.graph.operations == ["create", "DELETE"]
        assert scene.outcome("1").wire == "wire-new"

    play(story)


def test_hanging_up_a_leg_that_never_came_to_be_is_gone() -> None:
    assert done(HangUp(id="1", call="nowhere")) == ([], "gone", False)


def test_what_the_engine_no_longer_wants_is_not_sent() -> None:
    async def story(scene: EffectsScene) -> None:
        scene.graph.latency_ms = 500
        scene.effects.take([answer("1"), transfer("2")])
        scene.unwanted.add("2")
        await asyncio.sleep(5)
        assert scene.graph.operations == ["answer"]
        assert scene.outcome("2").problem == "unwanted"

    play(story)


def test_what_comes_too_late_is_not_sent() -> None:
    assert done(answer(deadline=START_MS)) == ([], "too_late", False)


def test_a_lost_lease_sends_nothing_and_leaves_the_row_to_the_successor() -> None:
    async def story(scene: EffectsScene) -> None:
        scene.graph.latency_ms = 500
        scene.effects.take([answer("1"), transfer("2")])
        await asyncio.sleep(0.1)
        scene.is_owner = False
        scene.effects.drop()
        await asyncio.sleep(20)
        assert scene.graph.operations == ["answer"]
        assert [each.command for each in scene.outcomes] == ["1"]

    play(story)


def test_a_lease_lost_between_two_tries_ends_them() -> None:
    async def story(scene: EffectsScene) -> None:
        scene.graph.script = {"answer": [NotSent("no connection")]}
        scene.effects.take([answer("1")])
        await asyncio.sleep(0.1)
        scene.is_owner = False
        await asyncio.sleep(20)
        assert scene.graph.operations == ["answer"]
        assert scene.outcomes == []

    play(story)


def test_an_operation_that_is_over_at_once_is_told_as_finished() -> None:
    async def story(scene: EffectsScene) -> None:
        scene.graph.script = {
            "playPrompt": [ok(id="o", status="completed")],
            "invite": [ok(id="o", status="Failed")],
        }
        scene.effects.take([music("1"), invite("2"), music("3", call="other")])
        await asyncio.sleep(1)
        assert scene.outcome("1").finished == "completed"
        assert scene.outcome("2").finished == "failed"
        assert scene.outcome("3").finished == ""

    play(story)


def test_a_prompt_without_a_sound_is_heard_at_once() -> None:
    async def story(scene: EffectsScene) -> None:
        scene.silence.clear()
        scene.effects.take([music("1")])
        await asyncio.sleep(1)
        assert scene.graph.operations == []
        assert scene.outcome("1").finished == "completed"

    play(story)


def test_a_fresh_prompt_stops_what_plays() -> None:
    assert done(music(fresh=True))[0] == ["cancelMediaProcessing", "playPrompt"]


def test_one_command_that_cannot_even_be_tried_does_not_take_its_lane_with_it() -> None:
    async def story(scene: EffectsScene) -> None:
        scene.silence[:] = [cast("Prompt", "no prompt at all")]
        scene.effects.take([music("1"), SubscribeTones(id="2", call="leg")])
        await asyncio.sleep(1)
        assert scene.outcome("1").problem == "unknown"
        assert scene.outcome("2").problem == ""

    play(story)


def test_throttled_the_ordinary_is_held_back_and_the_urgent_is_not() -> None:
    async def story(scene: EffectsScene) -> None:
        scene.graph.script = {"playPrompt": [Throttled("later", status=429, retry_after_ms=3_000)]}
        scene.effects.take([music("1")])
        await asyncio.sleep(0.1)
        scene.effects.take([music("2", call="other"), answer("3"), HangUp(id="4", call="other")])
        await asyncio.sleep(0.1)
        assert sorted(scene.graph.operations) == ["DELETE", "answer", "playPrompt"]

    play(story)


def test_throttled_no_caller_is_kept_in_silence_on_account_of_others() -> None:
    async def story(scene: EffectsScene) -> None:
        scene.graph.script = {"answer": [Throttled("later", status=429, retry_after_ms=9_000)]}
        scene.effects.take([answer("1")])
        await asyncio.sleep(0.1)
        scene.effects.take([music("2", call="other"), invite("3")])
        await asyncio.sleep(0.6)
        assert scene.graph.operations == ["answer", "playPrompt"]

    play(story)


def test_a_stray_leg_is_looked_at_and_ended_if_it_lives() -> None:
    async def story(scene: EffectsScene) -> None:
        scene.graph.script = {"GET": [state("established"), state("terminated"), GONE]}
        strays = [EndStray(id=str(n), wire=f"w{n}") for n in range(3)]
        for stray in strays:
            scene.effects.take([stray])
            await asyncio.sleep(1)
        assert scene.graph.operations == ["GET", "DELETE", "GET", "GET"]
        assert [each.problem for each in scene.outcomes] == ["", "", ""]

    play(story)


def test_a_question_about_a_leg_is_answered_with_its_roster() -> None:
    async def story(scene: EffectsScene) -> None:
        person = {"id": "p1", "info": {"identity": {"user": {"id": "ADA"}}}}
        scene.graph.script = {"GET": [state("established")], "participants": [ok(value=[person])]}
        scene.effects.take([AskCall(id="1", call="leg", roster=True)])
        await asyncio.sleep(1)
        seen = scene.told[0]
        assert isinstance(seen, CallSeen)
        assert [(one.participant, one.kind, one.id) for one in seen.people] == [
            ("p1", "user", "ada")
        ]
        assert scene.outcome("1").problem == ""

    play(story)


def test_a_question_graph_does_not_answer_says_nothing_about_the_leg() -> None:
    async def story(scene: EffectsScene) -> None:
        scene.graph.script = {"GET": [LOST]}
        scene.effects.take([AskCall(id="1", call="leg")])
        await asyncio.sleep(1)
        assert [type(event).__name__ for event in scene.told] == ["CommandDone"]
        assert scene.outcome("1").problem == "unavailable"

    play(story)


def test_presence_is_read_at_once_and_who_is_not_known_is_unknown() -> None:
    async def story(scene: EffectsScene) -> None:
        there = {"id": "ada", "availability": "Available", "activity": "Available"}
        scene.graph.script = {"getPresencesByUserId": [ok(value=[there])]}
        scene.effects.take([ReadPresence(id="1", agents=("ada", "ben"))])
        await asyncio.sleep(1)
        (read,) = scene.told
        assert isinstance(read, PresenceRead)
        assert [(r.agent, r.availability) for r in read.readings] == [
            ("ada", "Available"),
            ("ben", "PresenceUnknown"),
        ]

    play(story)


def test_presence_that_cannot_be_read_is_not_told() -> None:
    async def story(scene: EffectsScene) -> None:
        scene.graph.script = {"getPresencesByUserId": [LOST]}
        scene.effects.take([ReadPresence(id="1", agents=("ada",))])
        await asyncio.sleep(1)
        assert scene.told == []

    play(story)
