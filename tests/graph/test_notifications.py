"""Calls that ring, change and end, in every spelling Graph has been seen to use."""

import json
from typing import Any

import pytest
from kit import graph_samples as sample
from kit.graph_samples import BOT, CALL, CALLER, LINE, entry, identity, party
from kit.reading import call, deleted, only, read, updated

from graph.models import CallState, IdentityKind
from graph.notifications import (
    CallCreated,
    CallDeleted,
    CallUpdated,
    Tone,
)

# --- a call rings


def test_an_incoming_call_says_who_calls_and_which_line() -> None:
    ringing = call()
    assert ringing.call_id == CALL
    assert ringing.tenant_id == sample.TENANT
    assert ringing.source is not None
    assert ringing.source.identity.kind is IdentityKind.USER
    assert ringing.source.identity.id == CALLER
    assert ringing.source.identity.name == "Ann Caller"
    assert ringing.called is not None
    assert (ringing.called.kind, ringing.called.id) == (IdentityKind.APPLICATION_INSTANCE, LINE)
    assert ringing.language == "ko-kr"
    assert ringing.callback_uri == sample.CALLBACK
    assert ringing.source_participant_id == "07f0c6de-52a4-4f0f-8a3b-6f1f2a9f7007"
    assert ringing.modalities == ("audio",)


def test_a_call_to_the_bot_itself_is_told_from_one_to_a_resource_account() -> None:
    called = call(target=party(application=identity(BOT))).called
    assert called is not None
    assert (called.kind, called.id) == (IdentityKind.APPLICATION, BOT)


def test_the_resource_account_is_found_behind_other_targets() -> None:
    targets = [
        {"identity": party(application=identity(BOT))},
        {"identity": party(applicationInstance=identity(LINE))},
    ]
    called = call(targets=targets).called
    assert called is not None
    assert called.id == LINE


@pytest.mark.parametrize(
    ("members", "kind", "shown"),
    [
        ({"phone": identity("+4930123456")}, IdentityKind.PHONE, "+4930123456"),
        ({"user": None, "phone": identity("+4930123456")}, IdentityKind.PHONE, "+4930123456"),
        ({"phone": identity(None)}, IdentityKind.PHONE, ""),
        ({"guest": identity("G-1", "Gus")}, IdentityKind.GUEST, "G-1"),
        ({"encrypted": identity("X/y+Z==")}, IdentityKind.ENCRYPTED, "X/y+Z=="),
        ({"azureCommunicationServicesUser": identity("8:acs:1")}, IdentityKind.ACS_USER, "8:acs:1"),
        ({"onPremises": identity("o")}, IdentityKind.ON_PREMISES, "o"),
        ({"endpointType": "default", "user": identity(CALLER)}, IdentityKind.USER, CALLER),
        ({"user": identity(None), "phone": identity("+1")}, IdentityKind.PHONE, "+1"),
        ({"somethingNew": identity("n")}, IdentityKind.UNKNOWN, "n"),
        ({}, IdentityKind.UNKNOWN, ""),
    ],
)
def test_a_party_is_found_by_its_key(members: Any, kind: IdentityKind, shown: str) -> None:
    source = call(source=party(**members)).source
    assert source is not None
    assert (source.identity.kind, source.identity.id) == (kind, shown)


def test_a_forwarded_call_tells_its_route() -> None:
    """resources/callroute, resources/incomingcontext"""
    ringing = call(
        callRoutes=[
            {
                "original": party(phone=identity("+4930123456")),
                "final": party(user=identity(CALLER)),
                "routingType": "forwarded",
            }
        ],
        incomingContext={
            "onBehalfOf": party(user=identity(CALLER)),
            "transferor": party(user=identity(BOT)),
            "observedParticipantId": "o-1",
        },
    )
    (route,) = ringing.routes
    assert (route.original.id, route.final.id, route.kind) == ("+4930123456", CALLER, "forwarded")
    assert ringing.on_behalf_of is not None
    assert ringing.on_behalf_of.id == CALLER
    assert ringing.transferor is not None
    assert ringing.transferor.id == BOT
    assert ringing.observed_participant_id == "o-1"


def test_an_invitation_to_a_group_call_keeps_what_is_needed_to_rejoin() -> None:
    """resources/call: chatInfo and meetingInfo"""
    chat = {"threadId": "19:meeting@thread.v2", "messageId": "0"}
    ringing = call(chatInfo=chat, meetingInfo={"token": "eyJ"})
    assert json.loads(ringing.chat_info or "") == chat
    assert json.loads(ringing.meeting_info or "") == {"token": "eyJ"}


def test_a_call_without_identity_types_is_read_all_the_same() -> None:
    """api/call-answer, second example: only bare objects, ids in capitals without dashes"""
    data = {
        "@odata.type": "#microsoft.graph.call",
        "@odata.id": f"/communications/calls/{sample.CALL_IN_CAPITALS}",
        "state": "incoming",
        "source": {"identity": {"user": {"displayName": "T", "id": CALLER.upper()}}},
        "targets": [{"identity": {"application": {"id": BOT}}}],
    }
    item = only("created", data, f"/communications/calls/{sample.CALL_IN_CAPITALS}")
    assert isinstance(item, CallCreated)
    assert item.call.call_id == CALL
    assert item.call.wire_id == sample.CALL_IN_CAPITALS
    assert item.identity == f"created:{CALL}"


# --- finding the call


@pytest.mark.parametrize(
    "url",
    [
        f"/communications/calls/{CALL}",
        f"communications/calls/{CALL}",
        f"/app/calls/{CALL}",
        f"/communications/calls/{CALL}/",
        f"https://graph.microsoft.com/v1.0/communications/calls/{CALL}?x=1",
        f"/communications/calls('{CALL}')",
        f"/Communications/Calls/{CALL.upper()}",
        f"/communications/calls/{sample.CALL_IN_CAPITALS}",
        f"/communications/calls/{CALL.replace('-', '%2D')}",
    ],
)
def test_the_call_is_found_in_every_spelling_of_its_url(url: str) -> None:
    item = only("updated", sample.state("established"), url)
    assert item.call_id == CALL


@pytest.mark.parametrize("useless", [None, "", "/communications/calls", 7, ["x"]])
def test_the_older_resource_stands_in_for_the_url(useless: Any) -> None:
    item = only("updated", sample.state("hold"), useless, resource=f"/app/calls/{CALL}")
    assert item.call_id == CALL


def test_an_id_that_only_the_entity_tells_is_enough() -> None:
    assert only("updated", sample.state("hold", id=CALL), "").call_id == CALL


def test_without_any_call_id_the_entry_is_counted() -> None:
    batch = read(entry("updated", sample.state("hold"), "/communications"))
    assert batch.items == []
    assert batch.problems == {"no call id": 1}


def test_the_spelling_that_graph_used_is_kept_for_requests() -> None:
    item = only("updated", sample.state("hold"), f"/communications/calls/{CALL.upper()}")
    assert isinstance(item, CallUpdated)
    assert (item.call_id, item.wire_id) == (CALL, CALL.upper())


# --- a call changes


@pytest.mark.parametrize("spelled", [s.value for s in CallState if s is not CallState.TERMINATED])
def test_every_state_is_read_in_any_case(spelled: str) -> None:
    for written in (spelled, spelled.upper(), spelled.capitalize()):
        assert updated(sample.state(written)).state == spelled


def test_a_state_from_the_future_is_counted_and_leaves_the_rest_readable() -> None:
    batch = read(entry("updated", sample.state("levitating", mediaState={"audio": "active"})))
    (item,) = batch.items
    assert isinstance(item, CallUpdated)
    assert (item.state, item.media_audio) == (None, True)
    assert batch.problems == {"unknown call state": 1}


@pytest.mark.parametrize(
    ("told", "flows"), [("active", True), ("inactive", False), ("Active", True), (None, None)]
)
def test_audio_is_told_apart_from_state(told: Any, flows: bool | None) -> None:
    assert updated(sample.state("established", mediaState={"audio": told})).media_audio is flows


@pytest.mark.parametrize("spelled", ["subcode", "subCode"])
@pytest.mark.parametrize("number", [7000, "7000", 7000.0])
def test_a_failed_transfer_is_established_again_with_its_codes(spelled: str, number: Any) -> None:
    """api/call-transfer, failure of the first example; api/call-delete writes strings"""
    item = updated(
        sample.state("established", resultInfo=sample.result("500", number, "", spelled))
    )
    assert (item.state, item.code, item.subcode) == (CallState.ESTABLISHED, 500, 7000)
    assert item.identity is None


@pytest.mark.parametrize(
    ("name", "key"),
    [
        *((f"tone{n}", str(n)) for n in range(10)),
        ("star", "*"),
        ("pound", "#"),
        ("a", "a"),
        ("D", "d"),
        ("flash", "flash"),
        ("Tone1", "1"),
    ],
)
def test_every_key_of_a_phone_is_heard(name: str, key: str) -> None:
    assert updated(sample.tone(3, name)).tone == Tone(sequence=3, key=key)


def test_a_tone_is_known_by_its_sequence() -> None:
    assert updated(sample.tone("12", "star")).identity == f"tone:{CALL}:12"
    assert updated(sample.tone(None, "star")).identity is None


def test_an_unknown_tone_is_counted() -> None:
    batch = read(entry("updated", sample.tone(1, "gong")))
    (item,) = batch.items
    assert isinstance(item, CallUpdated)
    assert item.tone is None
    assert batch.problems == {"unknown tone": 1}


# --- a call ends


def test_a_transferred_call_ends_with_its_subcode() -> None:
    """api/call-transfer, end of the first example"""
    item = deleted(sample.state("terminated", resultInfo=sample.result(0, 7015, "Graceful")))
    assert (item.code, item.subcode, item.identity) == (0, 7015, f"deleted:{CALL}")


@pytest.mark.parametrize(
    "data",
    [
        {"@odata.id": f"/communications/calls/{CALL}"},
        {},
        None,
        {"@odata.type": "#microsoft.graph.call"},
        {"state": "established"},
    ],
)
def test_a_deletion_needs_no_state(data: Any) -> None:
    """api/call-reject, second example"""
    assert deleted(data).call_id == CALL


@pytest.mark.parametrize("change", ["updated", "created", "Deleted"])
def test_terminated_is_the_end_under_any_change(change: str) -> None:
    item = only(change, sample.state("Terminated", terminationReason="AppTransferred"))
    assert isinstance(item, CallDeleted)
    assert item.reason == "AppTransferred"


@pytest.mark.parametrize("wrapped", [True, False])
def test_who_answered_a_redirected_call_is_told(wrapped: bool) -> None:
    """api/call-redirect, termination of the third example"""
    who = party(encrypted=identity("opaque"))
    item = deleted(sample.state("terminated", answeredBy={"identity": who} if wrapped else who))
    assert item.answered_by is not None
    assert (item.answered_by.kind, item.answered_by.id) == (IdentityKind.ENCRYPTED, "opaque")
