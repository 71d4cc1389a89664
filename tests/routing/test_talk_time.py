"""Which of the spells in a call record was the talk, and when it ended."""

import pytest
from kit.floor_desk import Desk, plan
from kit.stored_records import contact_record

from routing.events import TalkMeasured
from routing.facts import FactKind
from routing.plan import Queue
from routing.talk_time import LATE_MS, Spell, talk_end

LINK = 100_000


def spell(began: int, ended: int, *parties: str) -> Spell:
    one, other = parties or ("caller", "Ada")
    return Spell(parties=(one, other), began=began, ended=ended)


@pytest.mark.parametrize(
    ("spells", "ended"),
    [
        ([spell(99_000, 160_000)], 160_000),
        ([spell(99_000, 160_000, "ada", "caller")], 160_000),
        ([spell(99_000, 160_000, "", "ada")], 160_000),
        ([spell(99_000, 120_000), spell(99_000, 160_000)], 160_000),
        ([spell(LINK + LATE_MS, 160_000)], 160_000),
        ([spell(LINK + LATE_MS + 1, 160_000)], None),
        ([spell(50_000, LINK)], None),
        ([spell(99_000, 160_000, "caller", "ben")], None),
        ([spell(99_000, 160_000, "BOT", "ada")], None),
        ([spell(160_000, 99_000)], None),
        ([spell(LINK + 9, LINK + 5)], None),
        ([spell(99_000, 160_000), spell(99_000, 300_000, "caller", "ben")], 160_000),
        ([], None),
    ],
)
def test_the_talk_is_the_agents_spell_at_the_link_that_ends_last(
    spells: list[Spell], ended: int | None
) -> None:
    assert talk_end("ada", LINK, spells, ("bot",)) == ended


def test_two_contacts_of_one_chain_keep_their_own_ends() -> None:
    spells = [spell(100_000, 160_000), spell(400_000, 500_000)]
    assert [talk_end("ada", link, spells) for link in (99_000, 399_000)] == [160_000, 500_000]


def test_the_record_is_written_anew_with_the_measured_end() -> None:
    desk = Desk(plan(Queue(name="support")))
    step = desk.give(TalkMeasured(record=contact_record("gone"), talk_ended_at=99))
    (record,) = step.records
    assert (record.talk_ended_at, record.talk_time_source) == (99, "call_record")
    assert (record.ended_at, record.wrap_up_ended_at, record.outcome) == (6, 7, "answered")
    (fact,) = step.facts
    assert fact.kind is FactKind.CONTACT_CORRECTED
    assert fact.detail["talk_ended_at_before"] == 5
    assert (fact.detail["talk_ended_at"], fact.detail["source_before"]) == (99, "presence")


def test_a_contact_whose_record_may_be_written_again_is_left_alone() -> None:
    desk = Desk(plan(Queue(name="support")))
    desk.arrives()
    step = desk.give(TalkMeasured(record=contact_record(desk.contact().id), talk_ended_at=99))
    assert step.records == []
    assert [fact.kind for fact in step.facts] == [FactKind.IGNORED]
