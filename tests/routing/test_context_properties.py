"""Whatever other places say or do not say, in any order: no ring is later, no contact is kept, and
nothing about a caller outlives their contact."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import ClassVar

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test
from kit.context_plans import CRM, GOLD, HISTORY, MONDAY, PROFILE
from kit.floor_walk import FloorWalk

from routing.context_state import Told
from routing.events import Caller, CallerKind, ContextAnswered
from routing.facts import FactKind
from routing.plan import Delivery, Plan, Rule
from routing.state import ContactState

AT_QUEUE = replace(CRM, name="orders", needs=(), waits_for_queue=True)
CALLERS = (
    Caller(kind=CallerKind.NUMBER, id="+4930123456"),
    Caller(kind=CallerKind.WITHHELD),
    Caller(kind=CallerKind.INTERNAL, id="una", name="Una"),
)


class ContextWalk(FloorWalk):
    """A floor whose callers are asked about at four places."""

    outcomes: ClassVar[Counter[str]] = Counter()
    counted = 0

    def _plan(self, *, wait: bool, sent_on: bool, rule: Rule = Rule.LONGEST_IDLE) -> Plan:
        found = super()._plan(wait=wait, sent_on=sent_on, rule=rule)
        return replace(found, context=(CRM, HISTORY, PROFILE, AT_QUEUE))

    @precondition(lambda self: self.platform.asked)
    @rule(
        data=st.data(),
        told=st.sampled_from([GOLD, MONDAY, Told()]),
        problem=st.sampled_from(["", "", "late", "too large"]),
        again=st.booleans(),
    )
    def a_place_answers(self, data: st.DataObject, told: Told, problem: str, again: bool) -> None:
        index = data.draw(st.integers(0, len(self.platform.asked) - 1))
        question = self.platform.asked[index] if again else self.platform.asked.pop(index)
        self.desk.give(
            ContextAnswered(
                command=question.id,
                contact=question.contact,
                provider=question.provider.name,
                problem=problem,
                told=told,
            )
        )

    @precondition(lambda self: self.platform.asked)
    @rule()
    def all_places_answer(self) -> None:
        while self.platform.asked:
            question = self.platform.asked.pop()
            self.desk.give(
                ContextAnswered(
                    command=question.id,
                    contact=question.contact,
                    provider=question.provider.name,
                    told=GOLD,
                )
            )

    @precondition(lambda self: self.desk.calls < 10)
    @rule(answered=st.booleans(), ms=st.sampled_from([0, 650, 700, 1_000]), posts=st.booleans())
    def a_card_is_due(self, answered: bool, ms: int, posts: bool) -> None:
        """Somebody with a chat is offered a caller; the places have said all, or nothing."""
        self.chats_are_read(who="a0a1a2")
        self.caller_is_heard(account="account-sales")
        if answered:
            self.all_places_answer()
        self.desk.wait(ms)
        if posts:
            self.execute_all()

    @rule(ms=st.sampled_from([100, 400, 700, 2_500]))
    def a_little_time_passes(self, ms: int) -> None:
        self.desk.wait(ms)

    @invariant()
    def nothing_waits_for_ever_and_nothing_is_kept(self) -> None:
        for contact in self.desk.engine.state.contacts.values():
            open_until = [each.until for each in contact.context.values() if each.command]
            if contact.state is ContactState.ENDED:
                assert open_until == []
                assert all(each.told is None for each in contact.context.values())
            if open_until:
                assert contact.timers["context"] == min(open_until) > self.desk.now

    @invariant()
    def a_withheld_caller_is_nobodys_past(self) -> None:
        for question in self.platform.asked:
            assert question.caller.kind is not CallerKind.WITHHELD or not question.provider.needs

    @invariant()
    def count(self) -> None:
        new, self.counted = self.desk.facts[self.counted :], len(self.desk.facts)
        for fact in new:
            if fact.kind is FactKind.CONTEXT_ANSWERED:
                self.outcomes[str(fact.detail["problem"])] += 1
            if fact.kind is FactKind.OFFER_CARD and fact.detail["context"] is not None:
                self.outcomes[f"card {fact.detail['context']}"] += 1


@pytest.mark.parametrize("delivery", Delivery)
def test_walk(delivery: Delivery) -> None:
    class Walk(ContextWalk):
        pass

    Walk.delivery = delivery
    ContextWalk.outcomes.clear()
    examples = settings.default.max_examples * 6 // 10
    run_state_machine_as_test(
        Walk, settings=settings(max_examples=examples, stateful_step_count=50)
    )
    # Walks that get nowhere prove nothing.
    wanted = ("", "late", "card True", "card False")
    assert [what for what in wanted if not ContextWalk.outcomes[what]] == []
