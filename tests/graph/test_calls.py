"""What the service does to a call, and what Graph's answers mean."""

import json
from typing import Any

import pytest
from kit import graph_samples as sample
from kit.fake_transport import NOT_FOUND, FakeTransport
from kit.graph_samples import BOT, CALLER, identity, party

from graph.calls import Calls, Prompt, Recording, Target, TargetKind
from graph.errors import OutcomeUnknown, Refused
from graph.models import CallState, OperationStatus

AGENT = Target(kind=TargetKind.USER, id=CALLER)


def calls(answer: Any = None) -> tuple[Calls, FakeTransport]:
    transport = FakeTransport(lambda _: answer)
    return Calls(transport=transport, tenant_id="t", app_id="a"), transport


async def test_each_request_names_its_tenant_application_and_deadline() -> None:
    bound, transport = calls()
    await bound.until(99).answer("c", callback_uri="https://x/1")
    (sent,) = transport.sent
    assert (sent.tenant_id, sent.app_id, sent.deadline_ms) == ("t", "a", 99)
    assert bound.deadline_ms is None


async def test_everything_that_has_no_answer_is_sent_where_it_belongs() -> None:
    bound, transport = calls()
    await bound.answer("C", callback_uri="u", prefetch=[Prompt("w", "r")])
    await bound.reject("C")
    await bound.redirect("C", [AGENT], timeout_s=20)
    await bound.transfer("C", AGENT)
    await bound.remove_participant("C", "P")
    await bound.keep_alive("C")
    await bound.hang_up("C")
    at = "/communications/calls/C"
    assert transport.lines == [
        f"POST {at}/answer",
        f"POST {at}/reject",
        f"POST {at}/redirect",
        f"POST {at}/transfer",
        f"DELETE {at}/participants/P",
        f"POST {at}/keepAlive",
        f"DELETE {at}",
    ]
    assert transport.bodies[1] == {"reason": "busy"}
    assert transport.bodies[2]["timeout"] == 20


async def test_operations_say_whether_a_notification_follows() -> None:
    """resources/commsoperation"""
    told = sample.operation("playPrompt", status="Running", resultInfo=None)
    bound, transport = calls(told)
    running = [
        await bound.play_prompt("C", [Prompt("u", "r")], client_context="x"),
        await bound.invite("C", AGENT, client_context="x"),
        await bound.record_response("C", None, Recording(), client_context="x"),
        await bound.subscribe_to_tone("C", client_context="x"),
        await bound.cancel_media("C", client_context="x"),
        await bound.mute("C", client_context="x"),
        await bound.unmute("C", client_context="x"),
    ]
    assert {op.status for op in running} == {OperationStatus.RUNNING}
    assert not any(op.is_over for op in running)
    assert {op.id for op in running} == {sample.OPERATION}
    assert [line.rpartition("/")[2] for line in transport.lines] == [
        "playPrompt",
        "invite",
        "recordResponse",
        "subscribeToTone",
        "cancelMediaProcessing",
        "mute",
        "unmute",
    ]


@pytest.mark.parametrize(
    ("told", "is_over"),
    [
        (sample.operation("mute"), True),
        (sample.operation("mute", status="FAILED", resultInfo=sample.result(400, 8508)), True),
        ({}, False),
        (None, False),
        ({"status": None, "id": None}, False),
    ],
)
async def test_an_operation_that_is_over_at_once_says_so(told: Any, is_over: bool) -> None:
    bound, _ = calls(told)
    assert (await bound.mute("C", client_context="x")).is_over is is_over


async def test_a_new_call_is_known_by_the_id_graph_gives() -> None:
    """api/application-post-calls, response of the first example"""
    bound, transport = calls(
        {
            "@odata.type": "#microsoft.graph.call",
            "id": sample.CALL_IN_CAPITALS,
            "state": "establishing",
            "direction": "outgoing",
            "callChainId": "chain",
            "source": {"identity": party(application=identity(BOT))},
            "targets": [{"identity": party(user=identity(CALLER))}],
            "resultInfo": None,
            "answeredBy": None,
            "chatInfo": None,
        }
    )
    created = await bound.create(AGENT, callback_uri="https://x/2")
    assert (created.call_id, created.wire_id) == (sample.CALL, sample.CALL_IN_CAPITALS)
    assert created.state is CallState.ESTABLISHING
    assert [target.id for target in created.targets] == [CALLER]
    assert transport.bodies[0]["tenantId"] == "t"


async def test_a_created_call_without_an_id_may_ring_somewhere() -> None:
    bound, _ = calls({"state": "establishing"})
    with pytest.raises(OutcomeUnknown):
        await bound.create(AGENT, callback_uri="u")


async def test_a_call_is_read_as_it_stands() -> None:
    bound, _ = calls(
        {
            "id": sample.CALL,
            "state": "Established",
            "mediaState": {"audio": "active"},
            "chatInfo": {"threadId": "19:x"},
            "resultInfo": {"code": "200", "subCode": "0"},
            "answeredBy": {"identity": party(user=identity(CALLER))},
        }
    )
    call = await bound.get("C")
    assert (call.call_id, call.state, call.media_audio) == (
        sample.CALL,
        CallState.ESTABLISHED,
        True,
    )
    assert (call.code, call.subcode) == (200, 0)
    assert json.loads(call.chat_info or "") == {"threadId": "19:x"}
    assert call.answered_by is not None
    assert call.answered_by.id == CALLER


async def test_a_call_that_is_over_is_refused_with_404() -> None:
    bound, _ = calls(NOT_FOUND)
    with pytest.raises(Refused) as caught:
        await bound.get("C")
    assert caught.value.status == 404


@pytest.mark.parametrize("value", [None, 7, {}, [None, 7]])
async def test_a_roster_that_cannot_be_read_is_empty(value: Any) -> None:
    bound, _ = calls({"value": value})
    assert await bound.participants("C") == []


async def test_the_roster_of_a_call_can_be_read() -> None:
    """api/call-list-participants"""
    bound, _ = calls({"value": [sample.roster_entry(party(user=identity(CALLER)), id="p")]})
    (one,) = await bound.participants("C")
    assert (one.id, one.identity.id) == ("p", CALLER)
