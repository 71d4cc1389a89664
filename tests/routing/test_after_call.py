"""What an agent says about a contact, while they talk and after: notes, how it ended, more time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from kit.card_desk import face
from kit.floor_desk import Desk, plan
from kit.twin_engine import saved

from routing.choices import Choice
from routing.engine import Engine
from routing.events import OwnerChanged, PlanChanged
from routing.facts import FactKind
from routing.plan import Plan, Queue
from routing.state import AgentState, Contact
from routing.word_events import (
    TAB,
    AgentSet,
    DispositionChosen,
    DoneByCard,
    NoteWritten,
    WrapUpExtended,
)

ENDINGS = (
    Choice(code="solved", words={"en": "Solved", "ko": "해결"}),
    Choice(code="again", words={"en": "Calls again"}),
)
REQUIRED: dict[str, Any] = {"dispositions": ENDINGS, "disposition_required": True}


def the_plan(**queue: Any) -> Plan:
    return plan(Queue(name="sales", **({"wrap_up_ms": 10_000} | queue)))


def desk_of(**queue: Any) -> Desk:
    return Desk(the_plan(**queue))


def talking(desk: Desk) -> str:
    """Two talk; the offer."""
    offer = desk.offered_by_card()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.linked(leg=leg)
    return offer


def talked(desk: Desk) -> str:
    offer = talking(desk)
    desk.talk_seen_over()
    return offer


def mine(desk: Desk) -> Contact:
    return desk.contact()


def notes(desk: Desk, text: str, *, seen: int | None = None, agent: str = "a0") -> None:
    contact = mine(desk)
    seen = contact.note_revision if seen is None else seen
    desk.give(NoteWritten(contact=contact.id, agent=agent, note=text, seen=seen))


def says(desk: Desk, code: str, agent: str = "a0") -> None:
    desk.give(DispositionChosen(contact=mine(desk).id, agent=agent, code=code))


def refusal(desk: Desk) -> tuple[object, object]:
    fact = desk.fact(FactKind.ACT_REFUSED)
    return fact.detail["act"], fact.detail["code"]


# -- notes


def test_a_note_is_kept_as_it_is_typed_and_told_once_when_the_agent_is_done() -> None:
    desk = desk_of()
    offer = talking(desk)
    for text in ("W", "Wants", "Wants a refund"):
        notes(desk, text)
        assert mine(desk).note == text
    assert FactKind.CONTACT_NOTED not in desk.kinds()
    desk.talk_seen_over()
    notes(desk, "Wants a refund. Sent.")
    assert FactKind.CONTACT_NOTED not in desk.kinds()
    desk.give(DoneByCard(offer=offer, agent="a0", by=TAB))
    told = [f.detail["note"] for f in desk.facts if f.kind is FactKind.CONTACT_NOTED]
    assert told == ["Wants a refund. Sent."]
    assert desk.records[-1].note == "Wants a refund. Sent."


def test_a_note_is_told_when_wrap_up_ends_by_itself_or_there_is_none() -> None:
    for wrap_up_ms in (10_000, 0):
        desk = desk_of(wrap_up_ms=wrap_up_ms)
        talking(desk)
        notes(desk, "short")
        desk.talk_seen_over()
        desk.wait(wrap_up_ms)
        assert desk.fact(FactKind.CONTACT_NOTED).detail["note"] == "short"
        assert desk.records[-1].note == "short"


def test_a_note_after_everything_is_told_and_recorded_at_once() -> None:
    desk = desk_of()
    talked(desk)
    desk.wait(10_000)
    written = len(desk.records)
    notes(desk, "late")
    assert desk.fact(FactKind.CONTACT_NOTED).detail["note"] == "late"
    assert [r.note for r in desk.records[written:]] == ["late"]
    notes(desk, "late")
    assert len(desk.records) == written + 1


def test_nobodys_words_are_written_over_unseen() -> None:
    desk = desk_of()
    talking(desk)
    notes(desk, "on the laptop")
    notes(desk, "on the phone", seen=0)
    assert mine(desk).note == "on the laptop"
    assert refusal(desk) == ("note", "note_changed")
    notes(desk, "on both", seen=1)
    assert mine(desk).note == "on both"


def test_a_copy_of_a_note_is_no_refusal() -> None:
    desk = desk_of()
    talking(desk)
    notes(desk, "once", seen=0)
    notes(desk, "once", seen=0)
    assert FactKind.ACT_REFUSED not in desk.kinds()
    assert mine(desk).note_revision == 1


@pytest.mark.parametrize(
    ("agent", "code"), [("a1", "not_your_contact"), ("a9", "not_your_contact")]
)
def test_somebody_elses_contact_takes_neither_note_nor_ending(agent: str, code: str) -> None:
    desk = desk_of(dispositions=ENDINGS)
    talking(desk)
    notes(desk, "mine now", agent=agent)
    assert refusal(desk) == ("note", code)
    says(desk, "solved", agent=agent)
    assert refusal(desk) == ("disposition", code)
    assert (mine(desk).note, mine(desk).disposition) == ("", "")


def test_a_contact_that_is_not_connected_yet_takes_no_note() -> None:
    desk = desk_of()
    desk.offered_by_card()
    notes(desk, "too early")
    assert refusal(desk)[1] == "not_your_contact"
    desk.give(NoteWritten(contact="9-99", agent="a0", note="x", seen=0))
    assert refusal(desk)[1] == "contact_gone"


def test_a_note_of_the_card_is_added_to_what_the_tab_wrote() -> None:
    desk = desk_of()
    offer = talked(desk)
    notes(desk, "from the tab")
    desk.give(DoneByCard(offer=offer, agent="a0", note="from the card"))
    assert mine(desk).note == "from the tab\nfrom the card"
    desk.give(DoneByCard(offer=offer, agent="a0", note="from the card"))
    assert mine(desk).note == "from the tab\nfrom the card"


# -- how it ended


def test_a_disposition_is_a_fact_and_stands_in_the_record() -> None:
    desk = desk_of(dispositions=ENDINGS)
    talking(desk)
    says(desk, "again")
    says(desk, "solved")
    told = [f.detail["disposition"] for f in desk.facts if f.kind is FactKind.CONTACT_DISPOSED]
    assert told == ["again", "solved"]
    desk.talk_seen_over()
    desk.wait(10_000)
    assert desk.records[-1].disposition == "solved"
    says(desk, "again")
    assert desk.records[-1].disposition == "again"


def test_a_disposition_that_the_queue_does_not_have_is_refused() -> None:
    desk = desk_of(dispositions=ENDINGS)
    talking(desk)
    says(desk, "bought")
    assert refusal(desk) == ("disposition", "unknown_disposition")
    assert mine(desk).disposition == ""


def test_an_optional_disposition_keeps_nobody_in_wrap_up() -> None:
    desk = desk_of(dispositions=ENDINGS)
    talked(desk)
    desk.wait(10_000)
    assert desk.agent().state is AgentState.IDLE


@pytest.mark.parametrize("end", ["time", "done", "ready"])
def test_wrap_up_does_not_end_without_the_required_disposition(end: str) -> None:
    desk = desk_of(**REQUIRED)
    offer = talked(desk)
    if end == "time":
        desk.wait(3_600_000)
    elif end == "done":
        desk.give(DoneByCard(offer=offer, agent="a0", note="my words stay", by=TAB))
        assert refusal(desk) == ("done", "needs_disposition")
        assert mine(desk).note == "my words stay"
        desk.wait(10_000)
    else:
        desk.give(AgentSet(agent="a0", ready=True))
    agent = desk.agent()
    assert (agent.state, agent.needs) == (AgentState.WRAP_UP, "disposition")
    assert desk.engine.floor.pools["sales"].reasons == {"wrap up: needs a disposition": 1}
    says(desk, "solved")
    assert (desk.agent().state, desk.agent().needs) == (AgentState.IDLE, "")
    assert desk.records[-1].disposition == "solved"


def test_a_disposition_in_time_does_not_shorten_wrap_up() -> None:
    desk = desk_of(**REQUIRED)
    talked(desk)
    says(desk, "solved")
    assert desk.agent().state is AgentState.WRAP_UP
    desk.wait(10_000)
    assert desk.agent().state is AgentState.IDLE


def test_one_that_was_given_while_they_talked_is_enough() -> None:
    desk = desk_of(**REQUIRED, wrap_up_ms=0)
    talking(desk)
    says(desk, "solved")
    desk.talk_seen_over()
    assert desk.agent().state is AgentState.IDLE


def test_without_wrap_up_a_required_disposition_is_all_that_is_waited_for() -> None:
    desk = desk_of(**REQUIRED, wrap_up_ms=0)
    talked(desk)
    assert desk.agent().state is AgentState.WRAP_UP
    says(desk, "solved")
    assert desk.agent().state is AgentState.IDLE


def test_done_on_the_card_may_bring_the_disposition() -> None:
    desk = desk_of(**REQUIRED)
    offer = talked(desk)
    desk.give(DoneByCard(offer=offer, agent="a0", disposition="bought"))
    assert desk.fact(FactKind.IGNORED).detail["reason"] == "unknown disposition"
    assert desk.agent().state is AgentState.WRAP_UP
    desk.give(DoneByCard(offer=offer, agent="a0", disposition="solved"))
    assert desk.agent().state is AgentState.IDLE
    assert desk.records[-1].disposition == "solved"


def test_the_card_in_the_chat_follows_what_was_chosen_on_the_tab() -> None:
    desk = desk_of(dispositions=ENDINGS)
    offer = talked(desk)
    assert face(desk, offer) == "wrap_up"
    says(desk, "solved")
    assert face(desk, offer) == "wrap_up solved"


def test_a_plan_that_does_not_ask_any_more_lets_them_go() -> None:
    for after in (the_plan(), plan(Queue(name="other"))):
        desk = desk_of(**REQUIRED)
        talked(desk)
        desk.wait(10_000)
        desk.give(PlanChanged(plan=the_plan(**REQUIRED, title="Sales")))
        assert desk.agent().state is AgentState.WRAP_UP
        desk.give(PlanChanged(plan=after))
        assert desk.agent().state is AgentState.IDLE


def test_what_a_wrap_up_waits_for_outlives_a_restart_and_the_memory_of_the_contact() -> None:
    desk = desk_of(**REQUIRED)
    talked(desk)
    contact = mine(desk).id
    desk.wait(10_000)
    desk.engine = Engine(desk.engine.plan, saved(desk.engine.state))
    desk.give(OwnerChanged(epoch=2))
    desk.wait(3 * 3_600_000)
    assert desk.agent().needs == "disposition"
    desk.give(DispositionChosen(contact=contact, agent="a0", code="solved"))
    assert desk.agent().state is AgentState.IDLE
    desk.wait(3_600_000)
    assert contact not in desk.engine.state.contacts


# -- how long


def test_until_done_nothing_but_the_agents_word_ends_it() -> None:
    desk = desk_of(wrap_up_ms=0, wrap_up_until_done=True)
    offer = talked(desk)
    desk.wait(8 * 3_600_000)
    assert desk.agent().state is AgentState.WRAP_UP
    desk.give(DoneByCard(offer=offer, agent="a0", by=TAB))
    assert desk.agent().state is AgentState.IDLE


def test_more_time_as_often_as_the_queue_allows() -> None:
    desk = desk_of(extend_ms=30_000, extend_most=2)
    talked(desk)
    due = desk.agent().timers["wrap_up"]
    desk.give(WrapUpExtended(agent="a0", seen=0), after=9_000)
    desk.give(WrapUpExtended(agent="a0", seen=0))
    assert refusal(desk) == ("more time", "extended_already")
    desk.give(WrapUpExtended(agent="a0", seen=1))
    assert desk.agent().timers["wrap_up"] == due + 60_000
    desk.give(WrapUpExtended(agent="a0", seen=2))
    assert refusal(desk)[1] == "no_more_extensions"
    desk.wait(due + 60_000 - desk.now - 1)
    assert desk.agent().state is AgentState.WRAP_UP
    desk.wait(1)
    assert (desk.agent().state, desk.agent().extended) == (AgentState.IDLE, 0)


@pytest.mark.parametrize(
    ("queue", "code"),
    [
        ({}, "no_more_extensions"),
        ({"wrap_up_ms": 0, "wrap_up_until_done": True}, "wrap_up_without_time"),
        ({"wrap_up_ms": 0}, "not_in_wrap_up"),
    ],
)
def test_where_there_is_no_more_time_it_is_said(queue: dict[str, Any], code: str) -> None:
    desk = desk_of(**queue)
    talked(desk)
    desk.give(WrapUpExtended(agent="a0", seen=0))
    assert refusal(desk)[1] == code
    desk.give(WrapUpExtended(agent="a9", seen=0))
    assert refusal(desk)[1] == "not_an_agent"


def test_a_queue_that_the_plan_lost_is_no_trap() -> None:
    desk = desk_of(**REQUIRED, extend_ms=30_000, extend_most=2)
    talked(desk)
    desk.give(PlanChanged(plan=replace(plan(Queue(name="other")), version=2)))
    desk.wait(10_000)
    assert desk.agent().state is AgentState.IDLE
