"""Who is in a call, and what became of a prompt, a recording, an invitation."""

from typing import Any

import pytest
from kit import graph_samples as sample
from kit.graph_samples import BOT, CALL, CALLER, OPERATION, entry, identity, party
from kit.reading import ended, only, read, roster

from graph.notifications import (
    RosterUpdated,
    Unknown,
)

# --- who is in a call


def test_a_roster_lists_everyone_with_and_without_ids() -> None:
    """api/participant-invite: a participant's id may be null"""
    told = roster(
        [
            sample.roster_entry(party(user=identity(CALLER.upper(), "Ann")), isMuted=True, id="p1"),
            sample.roster_entry(party(application=identity(BOT))),
            sample.roster_entry(party(phone=identity("+4930123456")), isInLobby=True),
        ]
    )
    assert [p.id for p in told.participants] == ["p1", None, None]
    assert [p.identity.id for p in told.participants] == [CALLER, BOT, "+4930123456"]
    assert [p.is_muted for p in told.participants] == [True, False, False]
    assert [p.in_lobby for p in told.participants] == [False, False, True]
    assert told.is_whole
    assert told.identity is None


def test_a_roster_is_known_by_its_entities_not_its_url() -> None:
    """api/participant-invite, second example: the URL says operations/participants"""
    url = f"/communications/calls/{CALL}/operations/participants"
    assert len(roster([sample.roster_entry(party(user=identity(CALLER)))], url).participants) == 1


def test_one_participant_alone_is_no_whole_roster() -> None:
    one = sample.roster_entry(party(user=identity(CALLER)), id="p1")
    told = roster(one, f"{sample.ROSTER_URL}/p1")
    assert len(told.participants) == 1
    assert not told.is_whole


def test_an_empty_roster_is_one() -> None:
    told = roster([])
    assert (told.participants, told.is_whole) == ((), True)


@pytest.mark.parametrize("change", ["deleted", "updated"])
def test_whoever_is_removed_is_gone_not_there(change: str) -> None:
    """resources/participant: removedState"""
    told = roster(
        [
            sample.roster_entry(
                party(user=identity(CALLER)), removedState={"reason": "kicked"}, id="p1"
            )
        ],
        change=change,
    )
    assert told.participants == ()
    assert [p.identity.id for p in told.gone] == [CALLER]


def test_a_deleted_participant_is_gone_without_a_reason() -> None:
    told = roster([sample.roster_entry(party(user=identity(CALLER)), id="p1")], change="deleted")
    assert (told.participants, told.is_whole) == ((), False)
    assert [p.id for p in told.gone] == ["p1"]


def test_an_unreadable_roster_entry_leaves_the_others_but_proves_nobody_absent() -> None:
    batch = read(
        entry("updated", [sample.roster_entry(party(user=identity(CALLER))), 7], sample.ROSTER_URL)
    )
    (item,) = batch.items
    assert isinstance(item, RosterUpdated)
    assert len(item.participants) == 1
    assert not item.is_whole
    assert batch.problems == {"roster entry is no participant": 1}


def test_the_newest_sequence_number_of_a_roster_is_kept() -> None:
    told = roster(
        [
            sample.roster_entry(party(user=identity(CALLER)), rosterSequenceNumber="7"),
            sample.roster_entry(party(user=identity(BOT)), rosterSequenceNumber=5),
        ]
    )
    assert told.sequence == 7


# --- operations end


def test_a_prompt_that_played_is_known_by_its_operation() -> None:
    item = ended(sample.operation("playPrompt", resultInfo=sample.result(200, 0)))
    assert (item.kind, item.status, item.code) == ("playPrompt", "completed", 200)
    assert item.client_context == "prompt-7"
    assert item.identity == f"operation:{CALL}:{OPERATION}"


@pytest.mark.parametrize("missing", [{"id": None}, {}])
def test_the_operation_id_may_stand_in_the_url_alone(missing: Any) -> None:
    """api/call-playprompt, notification"""
    data = sample.operation("playPrompt")
    del data["id"]
    assert ended({**data, **missing}).operation_id == OPERATION


@pytest.mark.parametrize("tail", ["", "participants"])
def test_without_any_id_the_client_context_tells_copies_apart(tail: str) -> None:
    """api/participant-invite, second example: the URL ends in operations/participants"""
    url = f"/communications/calls/{CALL}/operations/{tail}"
    item = ended(sample.operation("inviteParticipants", id=None), url)
    assert item.operation_id is None
    assert item.identity == f"operation:{CALL}:context:prompt-7"
    nothing = ended(sample.operation("inviteParticipants", id=None, clientContext=None), url)
    assert nothing.identity is None


@pytest.mark.parametrize(
    ("status", "code", "change", "outcome"),
    [
        ("completed", 200, "deleted", "completed"),
        ("Completed", None, "updated", "completed"),
        ("FAILED", 400, "deleted", "failed"),
        ("completed", 500, "deleted", "completed"),
        (None, 200, "deleted", "completed"),
        (None, 412, "deleted", "failed"),
        ("running", None, "deleted", "completed"),
    ],
)
def test_the_status_of_an_operation_in_any_spelling(
    status: Any, code: Any, change: str, outcome: str
) -> None:
    data = sample.operation("playPrompt", status=status, resultInfo=sample.result(code, 0))
    assert ended(data, change=change).status == outcome


def test_an_operation_under_way_is_no_end() -> None:
    item = only("updated", sample.operation("playPrompt", status="running"), sample.OPERATION_URL)
    assert isinstance(item, Unknown)


def test_a_cancelled_operation_says_so() -> None:
    """api/call-cancelmediaprocessing"""
    item = ended(
        sample.operation(
            "record",
            status="failed",
            completionReason="operationCanceled",
            resultInfo=sample.result(400, 8508),
        )
    )
    assert (item.status, item.subcode) == ("failed", 8508)
    assert item.completion_reason == "operationCanceled"


def test_a_recording_says_where_it_is_and_hides_its_token_from_logs() -> None:
    """api/call-record"""
    item = ended(
        sample.operation(
            "record", recordingLocation="https://rec.example.test/1", recordingAccessToken="s3cret"
        )
    )
    assert item.recording_location == "https://rec.example.test/1"
    assert item.recording_token == "s3cret"
    assert "s3cret" not in repr(item)
