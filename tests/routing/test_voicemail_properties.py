"""Whatever callers and the platform do, in any order: every message ends exactly once, and the
sound is kept if and only if it is a message."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from kit.floor_desk import Desk, plan
from kit.toy_platform import Platform, Reply
from kit.twin_engine import TwinEngine, saved

from routing.action import Action, ActionKind
from routing.commands import DropRecording, FetchRecording, ListVoicemail, Record, TellTeam
from routing.events import OwnerChanged, Tick, ToneHeard
from routing.facts import Fact, FactKind
from routing.plan import Delivery, Queue
from routing.state import ContactState

PROBLEMS = ["refused", "throttled", "unavailable", "too_late", "unknown", "gone"]
ENDS = (FactKind.VOICEMAIL_LEFT, FactKind.VOICEMAIL_DISCARDED)


class MessageWalk(RuleBasedStateMachine):
    """Callers nobody serves, who leave messages."""

    reached: ClassVar[Counter[str]] = Counter()

    @initialize(allows=st.sampled_from([True, True, True, False]), deaf=st.booleans())
    def start(self, allows: bool, deaf: bool) -> None:
        sales = Queue(
            name="sales",
            delivery=Delivery.CONSULT,
            max_wait_ms=1_000,
            on_max_wait=Action(kind=ActionKind.VOICEMAIL),
            channel="19:team@thread.tacv2",
        )
        the_plan = plan(sales, keeps_messages=True, durations={"system:voicemail_greeting": 4_000})
        self.desk = Desk(the_plan, agents=1)
        self.desk.present("a0", as_="Away")
        self.desk.engine = TwinEngine(the_plan, self.desk.engine.state)
        self.platform = Platform(self.desk)
        self.platform.done = len(self.desk.commands)
        self.platform.allows_recording, self.platform.deaf = allows, deaf
        self.epoch = 1

    # -- callers

    @precondition(lambda self: self.desk.calls < 6)
    @rule(heard=st.sampled_from([True, True, False]))
    def caller_waits(self, heard: bool) -> None:
        self.platform.caller_rings()
        if heard:
            self.everything_goes_well()
            self.desk.wait(1_000)
            self.execute_all()

    @precondition(lambda self: self.platform.callers())
    @rule(data=st.data())
    def caller_hangs_up(self, data: st.DataObject) -> None:
        self.platform.caller_hangs_up(data.draw(st.sampled_from(self.platform.callers())))

    @precondition(lambda self: self.platform.callers())
    @rule(data=st.data(), tone=st.sampled_from("112233#9"))
    def caller_presses(self, data: st.DataObject, tone: str) -> None:
        wire = data.draw(st.sampled_from(self.platform.callers()))
        self.desk.give(ToneHeard(call=wire, sequence=1, tone=tone))

    @precondition(lambda self: self.platform.recordings)
    @rule(data=st.data(), ok=st.sampled_from([True, True, True, False]), told=st.booleans())
    def caller_has_spoken(self, data: st.DataObject, ok: bool, told: bool) -> None:
        command = data.draw(st.sampled_from(sorted(self.platform.recordings)))
        self.platform.end_recording(command, ok=ok)
        if told:
            self.platform.deliver(len(self.platform.news) - 1)

    @precondition(lambda self: self.platform.recordings)
    @rule()
    def callers_have_spoken_and_all_goes_well(self) -> None:
        for command in list(self.platform.recordings):
            self.platform.end_recording(command)
        self.platform.settle()

    # -- the platform

    @precondition(lambda self: self.platform.pending())
    @rule(reply=st.sampled_from(Reply), prompt_ok=st.booleans())
    def execute(self, reply: Reply, prompt_ok: bool) -> None:
        fetches = isinstance(self.platform.pending()[0], FetchRecording)
        # Its sender goes on until it knows.
        self.platform.execute(reply=Reply.TOLD if fetches else reply, prompt_ok=prompt_ok)

    @precondition(lambda self: self.platform.pending())
    @rule()
    def execute_all(self) -> None:
        for _ in self.platform.pending():
            self.platform.execute()

    @precondition(lambda self: self.platform.pending())
    @rule(problem=st.sampled_from(PROBLEMS), late=st.booleans())
    def fail(self, problem: str, late: bool) -> None:
        if isinstance(self.platform.pending()[0], (ListVoicemail, DropRecording, TellTeam)):
            problem = ""  # their senders go on until it is done
        self.platform.execute(fail=problem, reply=Reply.LATE if late else Reply.TOLD)

    @precondition(lambda self: self.platform.news)
    @rule(data=st.data(), again=st.booleans())
    def notify(self, data: st.DataObject, again: bool) -> None:
        index = data.draw(st.integers(0, len(self.platform.news) - 1))
        self.platform.deliver(index, again=again)

    @precondition(lambda self: self.platform.losable())
    @rule(data=st.data())
    def lose_news(self, data: st.DataObject) -> None:
        self.platform.lose(data.draw(st.sampled_from(self.platform.losable())))

    @rule()
    def everything_goes_well(self) -> None:
        self.platform.settle()

    @rule(ms=st.sampled_from([1, 1_000, 4_000, 5_000, 15_000, 60_000]))
    def time_passes(self, ms: int) -> None:
        self.desk.wait(ms)

    @rule(ms=st.sampled_from([0, 1_000, 20_000]))
    def owner_changes(self, ms: int) -> None:
        state = saved(self.desk.engine.state)
        state.epoch, state.counted = state.epoch + 1, 0
        self.desk.engine = TwinEngine(self.desk.engine.plan, state)
        self.desk.give(OwnerChanged(epoch=state.epoch), after=ms)

    # -- what always holds

    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "desk"):
            return
        assert max(self._ends().values(), default=0) <= 1
        for contact in self.desk.engine.state.contacts.values():
            message = contact.message
            if contact.state is ContactState.RECORDING:
                assert message is not None
                assert not message.settled
                assert "message" in contact.timers  # something will come of it
            if message is not None and message.settled and message.id:
                assert self._ends()[message.id] <= 1

    def _ends(self) -> Counter[str]:
        facts = (fact for fact in self.desk.facts if fact.kind in ENDS)
        return Counter(str(fact.detail["voicemail"]) for fact in facts)

    def _left(self) -> list[Fact]:
        return [fact for fact in self.desk.facts if fact.kind is FactKind.VOICEMAIL_LEFT]

    def teardown(self) -> None:
        """After silence every message has ended, once, and the list and the store say the same."""
        if not hasattr(self, "desk"):
            return
        for wire in self.platform.callers():
            self.platform.caller_hangs_up(wire)
        for _ in range(6):
            self.platform.settle()
            self.desk.wait(60_000)
            self.platform.sweep()
        self.desk.wait(60 * 60_000)
        self.desk.give(Tick())
        self.platform.settle()
        assert not self.desk.engine.state.contacts
        begun = {c.id for c in self.desk.commands if isinstance(c, Record)}
        ends = self._ends()
        assert begun <= ends.keys()
        assert set(ends.values()) <= {1}
        left = {str(f.detail["voicemail"]): str(f.detail["result"]) for f in self._left()}
        assert self.platform.listed == left
        assert self.platform.sound == {i for i, result in left.items() if result == "message"}
        told = Counter(c.about for c in self.desk.commands if isinstance(c, TellTeam))
        assert told == Counter(f"voicemail_{result}" for result in left.values())
        self.reached.update(left.values())
        self.reached.update(f.kind.value for f in self.desk.facts)


def test_every_message_ends_exactly_once() -> None:
    examples = settings.default.max_examples
    run_state_machine_as_test(
        MessageWalk, settings=settings(max_examples=examples, stateful_step_count=40)
    )
    seen = MessageWalk.reached
    wanted = ("message", "wish", "failed", "voicemail.discarded")
    assert [what for what in wanted if not seen[what]] == []  # a walk that gets nowhere
