"""What Graph says, in the routing's words. Samples follow the shapes of Microsoft's pages."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from typing import Any, get_args

import pytest

from bot.inbound import command_id, command_of, events_from
from bot.owner.spelling import REMEMBERED, Spellings
from graph.notifications import parse
from routing.events import (
    CallEnded,
    Caller,
    CallerKind,
    CallEstablished,
    CallIncoming,
    CallProgressed,
    CommandDone,
    Event,
    InviteEnded,
    Phase,
    PromptEnded,
    RosterChanged,
    RosterEntry,
    ToneHeard,
)
from routing.state import Call, CallRole, State

HOME = "5d0c3f9e-1b7a-4e55-9c6c-0a1f4f6d2b10"
CALL = "481f0b00-ffff-4ca1-8bd4-1a9c5b7a0c00"
ACCOUNT = "8a1b1f9e-0000-4c6c-9d4f-3a4f1b2c3d4e"


def translated(
    data: object, change: str = "updated", url: str = f"/communications/calls/{CALL}", **more: Any
) -> tuple[Event, ...]:
    item = {"changeType": change, "resourceUrl": url, "resourceData": data, **more}
    batch = parse(json.dumps({"value": [item]}).encode())
    return tuple(
        event
        for each in batch.items
        for event in events_from(each, app="app", tenant=HOME, command="")
    )


def call(**fields: object) -> dict[str, object]:
    return {"@odata.type": "#microsoft.graph.call", **fields}


def incoming(identity: object, **fields: object) -> CallIncoming:
    target = {"identity": {"applicationInstance": {"id": ACCOUNT.upper()}}}
    data = call(
        state="incoming",
        direction="incoming",
        tenantId=HOME,
        callChainId="chain",
        **({"source": {"identity": identity}, "targets": [target]} | fields),
    )
    (event,) = translated(data, "created")
    assert isinstance(event, CallIncoming)
    return event


@pytest.mark.parametrize(
    ("identity", "kind", "who"),
    [
        ({"phone": {"id": "+14255550100"}}, CallerKind.NUMBER, "+14255550100"),
        ({"phone": {"id": "14255550100"}}, CallerKind.NUMBER, "14255550100"),
        ({"phone": {"id": "tel:+14255550100"}}, CallerKind.NUMBER, "+14255550100"),
        ({"phone": {"id": "TEL:+14255550100;ext=7"}}, CallerKind.NUMBER, "+14255550100"),
        ({"phone": {"id": "tel:anonymous"}}, CallerKind.WITHHELD, ""),
        ({"phone": {"id": "anonymous"}}, CallerKind.WITHHELD, ""),
        ({"phone": {}}, CallerKind.WITHHELD, ""),
        ({"user": {"id": "ADA", "tenantId": HOME.upper()}}, CallerKind.INTERNAL, "ada"),
        ({"user": {"id": "ada"}}, CallerKind.INTERNAL, "ada"),
        ({"user": {"id": "ada", "tenantId": "other"}}, CallerKind.FEDERATED, "ada"),
        ({"guest": {"id": "gil"}}, CallerKind.GUEST, "gil"),
        ({"encrypted": {"id": "xyz"}}, CallerKind.ENCRYPTED, ""),
        ({"azureCommunicationServicesUser": {"id": "acs"}}, CallerKind.FEDERATED, "acs"),
        ({"application": {"id": "bot"}}, CallerKind.BOT, "bot"),
        ({"applicationInstance": {"id": "auto"}}, CallerKind.BOT, "auto"),
        ({}, CallerKind.WITHHELD, ""),
        (None, CallerKind.WITHHELD, ""),
        ([], CallerKind.WITHHELD, ""),
    ],
)
def test_who_is_calling(identity: object, kind: CallerKind, who: str) -> None:
    caller = incoming(identity).caller
    assert (caller.kind, caller.id) == (kind, who)


def test_a_caller_keeps_name_and_tenant() -> None:
    user = {"user": {"id": "ada", "tenantId": "fabrikam", "displayName": "Ada\x00 Byron"}}
    assert incoming(user).caller == Caller(
        kind=CallerKind.FEDERATED, id="ada", name="Ada\ufffd Byron", tenant="fabrikam"
    )


def test_the_account_called_is_the_resource_account() -> None:
    event = incoming({"phone": {"id": "+1425"}})
    assert (event.account, event.app, event.tenant, event.chain) == (ACCOUNT, "app", HOME, "chain")


def test_a_call_to_the_bot_itself_names_no_account() -> None:
    target = {"identity": {"application": {"id": "app"}}}
    assert incoming({"phone": {"id": "+1425"}}, targets=[target]).account == ""


def test_a_call_to_nobody_names_no_account() -> None:
    assert incoming({"phone": {"id": "+1425"}}, targets=None).account == ""


def test_who_sent_the_call_on_is_told_by_name_or_number_and_never_by_guid() -> None:
    event = incoming(
        {"phone": {"id": "+1425"}},
        callRoutes=[
            {"routingType": "lookup", "original": {"phone": {"id": "+2"}}, "final": {}},
            {"routingType": "forwarded", "original": {"user": {"displayName": "Ben"}}, "final": {}},
        ],
        incomingContext={
            "transferor": {"phone": {"id": "+14255550123"}},
            "onBehalfOf": {"user": {"id": "c0ffee00-0000-0000-0000-000000000000"}},
        },
    )
    assert event.forwarded_from == "Ben"
    assert event.transferred_by == "+14255550123"
    assert event.on_behalf_of == ""


@pytest.mark.parametrize(
    ("state", "phase"),
    [
        ("establishing", Phase.ESTABLISHING),
        ("ringing", Phase.RINGING),
        ("transferring", Phase.TRANSFERRING),
        ("transferAccepted", Phase.TRANSFER_ACCEPTED),
        ("redirecting", Phase.REDIRECTING),
        ("terminating", Phase.TERMINATING),
        ("hold", Phase.HOLD),
        ("incoming", Phase.OTHER),
    ],
)
def test_progress(state: str, phase: Phase) -> None:
    assert translated(call(state=state)) == (CallProgressed(call=CALL, phase=phase),)


def test_established_with_a_code_is_a_transfer_that_failed() -> None:
    data = call(state="established", resultInfo={"code": "500", "subCode": 7000})
    assert translated(data) == (CallEstablished(call=CALL, code=500, subcode=7000),)


def test_the_command_comes_from_the_callback_address() -> None:
    uri = "https://bot.example/api/calls/3-17"
    assert translated(call(state="established", callbackUri=uri)) == (
        CallEstablished(call=CALL, command="3-17"),
    )


@pytest.mark.parametrize(
    ("uri", "command"),
    [
        ("https://bot/api/calls/3-17", "3-17"),
        ("https://bot/api/calls/3-17?x=1", "3-17"),
        ("https://bot/api/calls", ""),
        ("https://bot/other/3-17", ""),
        ("https://bot/api/calls/" + "x" * 129, ""),
        ("https://bot/api/calls/a b", ""),
        ("https://[bot/api/calls/1", ""),
        (None, ""),
    ],
)
def test_command_of_an_address(uri: str | None, command: str) -> None:
    assert command_of(uri) == command


def test_a_command_id_is_words_of_ours_only() -> None:
    assert command_id("3-17") == "3-17"
    assert command_id("3/17") == command_id("") == command_id("\ud800") == ""


def test_a_tone_is_no_news_of_the_call_itself() -> None:
    data = call(state="established", toneInfo={"sequenceId": 2, "tone": "pound"})
    assert translated(data) == (ToneHeard(call=CALL, sequence=2, tone="#"),)


def test_a_tone_that_nobody_can_press_is_nothing() -> None:
    assert translated(call(state="established", toneInfo={"sequenceId": 2, "tone": "flash"})) == ()


def test_only_sound_changed_is_nothing() -> None:
    assert translated(call(mediaState={"audio": "active"})) == ()


@pytest.mark.parametrize(
    ("result", "ending"),
    [
        ({"code": 486, "subcode": 1}, "busy"),
        ({"code": 603, "subcode": 1}, "declined"),
        ({"code": 408, "subcode": 1}, "no_answer"),
        ({"code": 480, "subcode": 10037}, "unreachable"),
        ({"code": 200, "subcode": 4521}, "completed"),
        ({"code": 999, "subcode": 1}, "failed"),
        (None, "failed"),
    ],
)
def test_endings(result: object, ending: str) -> None:
    (event,) = translated(call(state="terminated", resultInfo=result), "deleted")
    assert isinstance(event, CallEnded)
    assert (event.ending, event.transferred) == (ending, False)


def test_an_end_by_transfer_in_words() -> None:
    data = call(state="terminated", terminationReason="AppTransferred")
    (event,) = translated(data, "deleted")
    assert isinstance(event, CallEnded)
    assert event.transferred


def test_a_deletion_without_a_word_is_an_end() -> None:
    assert translated(None, "deleted") == (CallEnded(call=CALL),)


def operation(kind: str, status: str, **more: object) -> tuple[Event, ...]:
    data = {
        "@odata.type": f"#microsoft.graph.{kind}Operation",
        "clientContext": "3-17",
        "status": status,
        **more,
    }
    return translated(data, "deleted", f"/communications/calls/{CALL}/operations/o1")


def test_operations() -> None:
    assert operation("playPrompt", "completed") == (
        PromptEnded(call=CALL, context="3-17", ok=True),
    )
    assert operation("playPrompt", "failed") == (PromptEnded(call=CALL, context="3-17", ok=False),)
    assert operation("inviteParticipants", "completed") == (
        InviteEnded(call=CALL, context="3-17", ok=True, ending="completed"),
    )
    (declined,) = operation("inviteParticipants", "failed", resultInfo={"code": 603, "subcode": 0})
    assert isinstance(declined, InviteEnded)
    assert (declined.ok, declined.ending) == (False, "declined")
    (odd,) = operation("inviteParticipants", "failed", resultInfo={"code": 200, "subcode": 0})
    assert isinstance(odd, InviteEnded)
    assert (odd.ok, odd.ending) == (False, "failed")
    assert operation("subscribeToTone", "completed") == ()


def participant(identity: object, **more: object) -> dict[str, object]:
    return {
        "@odata.type": "#microsoft.graph.participant",
        "id": "p",
        "info": {"identity": identity},
        **more,
    }


def test_a_roster_names_who_is_in_the_call_now() -> None:
    roster = [
        participant({"user": {"id": "ADA"}}),
        participant({"guest": {"id": "gil"}}),
        participant({"phone": {"id": "+1425"}}),
        participant({"applicationInstance": {"id": "bot"}}),
        participant({}),
        participant({"user": {"id": "ben"}}, isInLobby=True),
        participant({"user": {"id": "eve"}}, removedState={"reason": "left"}),
    ]
    (event,) = translated(roster, url=f"/communications/calls/{CALL}/participants")
    assert isinstance(event, RosterChanged)
    assert [(one.kind, one.id) for one in event.people] == [
        ("user", "ada"),
        ("guest", "gil"),
        ("phone", "+1425"),
        ("bot", "bot"),
        ("other", ""),
    ]


def test_a_roster_that_is_not_whole_proves_nothing() -> None:
    url = f"/communications/calls/{CALL}/participants/p"
    assert translated([participant({"user": {"id": "ada"}})], url=url) == ()


def test_unknown_kinds_are_nothing() -> None:
    strange = {"@odata.type": "#microsoft.graph.somethingNew"}
    assert translated(strange, url=f"/communications/calls/{CALL}/strange/1") == ()


def test_a_calls_id_keeps_its_first_spelling() -> None:
    spellings = Spellings(State())
    upper = CALL.replace("-", "").upper()
    assert spellings.settle(CallEnded(call=upper)) == CallEnded(call=upper)
    assert spellings.settle(CallEnded(call=CALL)) == CallEnded(call=upper)
    done = CommandDone(command="1", call="leg", wire=CALL)
    assert spellings.settle(done) == CommandDone(command="1", call="leg", wire=upper)


OF_OUR_LEGS = {"CommandDone", "WebhookAnswered"}
"""Their `call` is a leg's id of ours, not Graph's."""
OF_A_CALL = [
    kind
    for kind in get_args(Event)
    if kind.__name__ not in OF_OUR_LEGS and "call" in {each.name for each in fields(kind)}
]


@pytest.mark.parametrize("kind", OF_A_CALL)
def test_every_event_of_a_call_comes_under_its_first_spelling(kind: Any) -> None:
    spellings = Spellings(State())
    upper = CALL.replace("-", "").upper()
    spellings.settle(CallEnded(call=upper))
    needed = {
        each.name: ""
        for each in fields(kind)
        if each.default is MISSING and each.default_factory is MISSING
    }
    assert spellings.settle(kind(**needed | {"call": CALL})).call == upper  # type: ignore[union-attr]


def test_strangers_are_forgotten_before_a_call_of_ours() -> None:
    state = State()
    spellings = Spellings(state)
    upper = CALL.replace("-", "").upper()
    spellings.settle(CallEnded(call=upper))
    state.calls["1"] = Call(id="1", contact="c", role=CallRole.CALLER, app="a", wire=upper)
    for stranger in range(2 * REMEMBERED):
        spellings.settle(CallEnded(call=f"stranger-{stranger}"))
    assert len(spellings._first) <= REMEMBERED
    assert spellings.of(CALL) == upper


def test_roster_entry_has_words_for_everybody() -> None:
    assert RosterEntry(participant="p", kind="other").id == ""
