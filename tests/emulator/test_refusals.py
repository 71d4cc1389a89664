from dataclasses import replace
from typing import Any

import pytest
from kit.emulated_bot import WEBHOOK, EmulatedBot, with_application

from emulator.config import default_config
from emulator.refusals import Reply
from emulator.scripts import Behaviour

ADA = "ada.agent@contoso.example"


def refused(reply: Reply, status: int, code: str) -> bool:
    assert isinstance(reply.body, dict), reply
    return (reply.status, reply.body["error"]["code"]) == (status, code)


def test_answer_after_fifteen_seconds_finds_no_call() -> None:
    bot = EmulatedBot()
    leg = bot.caller()
    bot.run(15_020)
    assert refused(bot.answer(leg.call), 404, "9999")
    assert [record.why for record in bot.records("ended")] == ["lost"]
    assert bot.end_of(leg.call)["resultInfo"]["code"] == 408


def test_answer_within_fifteen_seconds_is_taken() -> None:
    bot = EmulatedBot()
    leg = bot.caller()
    bot.run(14_900)
    assert bot.answer(leg.call).status == 202


def test_second_answer_is_refused_and_changes_nothing() -> None:
    bot = EmulatedBot()
    leg = bot.answered()
    assert refused(bot.answer(leg.call), 404, "9999")
    assert bot.send("GET", f"/v1.0/communications/calls/{leg.call}").body["state"] == "established"


@pytest.mark.parametrize("state", ["incoming", "established"])
def test_only_ringing_calls_are_rejected_or_redirected(state: str) -> None:
    bot = EmulatedBot()
    leg = bot.caller() if state == "incoming" else bot.answered()
    target = {"targets": [{"identity": bot.user(ADA)}], "timeout": 30}
    reply = bot.act(leg.call, "redirect", target)
    assert reply.status == (202 if state == "incoming" else 404)
    assert bot.act(leg.call, "reject", {"reason": "busy"}).status == 404


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"callbackUri": "http://bot.contoso.example/api/calls"}, 400),
        ({"callbackUri": "http://127.0.0.1:3978/api/calls"}, 202),
        ({"callbackUri": 7}, 400),
        ({"mediaConfig": None}, 400),
        ({"mediaConfig": {}}, 400),
        ({"acceptedModalities": []}, 400),
        ({"callback_uri": WEBHOOK}, 400),
        ({"answer": True}, 400),
    ],
)
def test_answer_body_is_checked(change: dict[str, Any], status: int) -> None:
    bot = EmulatedBot()
    leg = bot.caller()
    assert bot.answer(leg.call, **change).status == status


def test_misspelt_key_deep_in_a_body_is_named() -> None:
    bot = EmulatedBot()
    bot.answered()
    source = {"identity": {"application_instance": {"id": "x"}}}
    reply = bot.create(bot.user(ADA), source=source)
    assert refused(reply, 400, "BadRequest")
    assert "applicationInstance" in reply.body["error"]["message"]


@pytest.mark.parametrize("action", ["transfer", "playPrompt", "subscribeToTone", "keepAlive"])
def test_unknown_call_is_404(action: str) -> None:
    bot = EmulatedBot()
    assert refused(bot.act("3fa85f64-5717-4562-b3fc-2c963f66afa6", action, {}), 404, "9999")


def test_call_of_another_tenant_is_7505_and_of_another_application_unknown() -> None:
    bot = EmulatedBot()
    leg = bot.answered()
    assert refused(bot.act(leg.call, "keepAlive", tenant_id="other"), 403, "7505")
    assert refused(bot.act(leg.call, "keepAlive", app_id="other"), 404, "9999")


def test_call_id_is_compared_without_case() -> None:
    bot = EmulatedBot()
    leg = bot.answered()
    assert bot.act(leg.call.upper(), "keepAlive").status == 200


@pytest.mark.parametrize(
    ("action", "role"),
    [
        ("transfer", "Calls.Initiate.All"),
        ("subscribeToTone", "Calls.AccessMedia.All"),
        ("recordResponse", "Calls.AccessMedia.All"),
        ("participants/invite", "Calls.InitiateGroupCall.All"),
    ],
)
def test_missing_permission_is_7504(action: str, role: str) -> None:
    bot = EmulatedBot()
    leg = bot.answered()
    roles = tuple(each for each in bot.app.roles if each != role)
    assert refused(bot.act(leg.call, action, {}, roles=roles), 403, "7504")


def test_presence_needs_its_own_permission() -> None:
    bot = EmulatedBot()
    path, body = "/v1.0/communications/getPresencesByUserId", {"ids": ["a"]}
    reply = bot.send("POST", path, body, roles=("Calls.Initiate.All",))
    assert refused(reply, 403, "Authorization_RequestDenied")


def test_transfer_after_an_invite_is_8523_even_when_the_invitee_declined() -> None:
    bot = EmulatedBot()
    agent = bot.agent(ADA, Behaviour(do="decline", after_ms=100))
    leg = bot.answered()
    bot.invite(leg.call, agent)
    bot.run(1_000)
    assert bot.operations(leg.call)[-1]["status"] == "failed"
    assert refused(bot.transfer(leg.call, agent), 400, "8523")


@pytest.mark.parametrize("kind", ["guest", "federated", "encrypted"])
def test_strangers_cannot_be_transferred(kind: str) -> None:
    bot = EmulatedBot()
    leg = bot.answered(kind=kind)
    assert refused(bot.transfer(leg.call, bot.user(ADA)), 403, "7505")


def test_target_of_another_tenant_is_7505() -> None:
    bot = EmulatedBot()
    leg = bot.answered()
    target = bot.user("pat.partner@fabrikam.example")
    assert refused(bot.transfer(leg.call, target), 403, "7505")
    assert refused(bot.create(target), 403, "7505")


def test_number_needs_a_numbered_resource_account() -> None:
    bot = EmulatedBot()
    number = {"phone": {"id": "+14255550999"}}
    direct = bot.answered(to=bot.app.id)
    assert refused(bot.transfer(direct.call, number), 403, "10151")
    through = bot.answered()
    assert bot.transfer(through.call, number).status == 202
    assert refused(bot.create(number), 403, "7507")
    account = bot.world.directory.account("support@contoso.example")
    assert account is not None
    source = {"identity": {"applicationInstance": {"id": account.id}}}
    assert bot.create(number, source=source).status == 201


def test_resource_account_is_reached_as_application_only() -> None:
    bot = EmulatedBot()
    account = bot.world.directory.account("sales@contoso.example")
    assert account is not None
    leg = bot.answered()
    assert refused(bot.transfer(leg.call, {"user": {"id": account.id}}), 403, "7505")
    assert bot.transfer(leg.call, {"application": {"id": account.id}}).status == 202


@pytest.mark.parametrize(("count", "status"), [(0, 400), (1, 200), (20, 200), (21, 400)])
def test_prompts_are_one_to_twenty(count: int, status: int) -> None:
    bot = EmulatedBot()
    leg = bot.answered()
    assert bot.play(leg.call, *["https://p/a.wav"] * count).status == status


@pytest.mark.parametrize(("count", "status"), [(0, 400), (1, 200), (650, 200), (651, 400)])
def test_presence_ids_are_at_most_650(count: int, status: int) -> None:
    bot = EmulatedBot()
    body = {"ids": ["x"] * count}
    assert bot.send("POST", "/communications/getPresencesByUserId", body).status == status


@pytest.mark.parametrize(
    ("count", "timeout", "status"), [(1, 15, 202), (25, 90, 202), (26, 30, 400), (1, 14, 400)]
)
def test_redirect_takes_25_targets_and_15_to_90_seconds(
    count: int, timeout: int, status: int
) -> None:
    bot = EmulatedBot()
    leg = bot.caller()
    targets = [{"identity": bot.user(ADA)}] * count
    body = {"targets": targets, "timeout": timeout}
    assert bot.act(leg.call, "redirect", body).status == status


def test_recording_status_needs_policy_based_recording() -> None:
    bot = EmulatedBot()
    leg = bot.answered()
    assert bot.act(leg.call, "updateRecordingStatus", {"status": "on air"}).status == 400
    bot.world.switches.set("recording_status", "refused")
    assert bot.act(leg.call, "updateRecordingStatus", {"status": "recording"}).status == 404


def test_second_hold_music_is_refused() -> None:
    bot = EmulatedBot()
    agent = bot.agent(ADA, Behaviour(after_ms=100))
    leg = bot.answered()
    bot.invite(leg.call, agent)
    bot.run(1_000)
    ids = [row["id"] for row in bot.rosters()[-1][1:]]
    prompt = {"mediaInfo": {"uri": "https://p/m.wav"}}
    hold = [
        bot.act(leg.call, f"participants/{each}/startHoldMusic", {"customPrompt": prompt})
        for each in ids
    ]
    assert [reply.status for reply in hold] == [202, 404]


def test_calls_at_once_and_calls_a_month_are_limited() -> None:
    config = with_application(default_config(webhook=WEBHOOK), legs=2, monthly=2)
    bot = EmulatedBot(config=config)
    target = bot.agent(ADA, Behaviour(do="decline", after_ms=100))
    bot.answered()
    bot.rung(target)
    assert refused(bot.create(target), 429, "9999")
    bot.run(1_000)
    bot.rung(target)
    bot.run(1_000)
    assert "monthly" in bot.create(target).body["error"]["message"]


def test_caller_over_the_limit_is_not_put_through() -> None:
    bot = EmulatedBot(config=with_application(default_config(webhook=WEBHOOK), legs=1))
    bot.answered()
    assert bot.caller().state == "ended"
    assert [record.why for record in bot.records("ended")] == ["over_limit"]


def test_without_keep_alive_the_call_ends_after_45_minutes() -> None:
    bot = EmulatedBot()
    leg = bot.answered()
    bot.run(44 * 60_000)
    assert bot.act(leg.call, "keepAlive").status == 200
    bot.run(44 * 60_000)
    assert bot.states(leg.call)[-1] == "established"
    bot.run(2 * 60_000)
    assert bot.end_of(leg.call)["resultInfo"]["subcode"] == 8537


def test_call_nobody_keeps_alive_ends_after_45_minutes() -> None:
    bot = EmulatedBot()
    leg = bot.answered()
    bot.run(46 * 60_000)
    assert bot.end_of(leg.call)["resultInfo"]["subcode"] == 8537
    assert leg.state == "ended"


@pytest.mark.parametrize("body", [None, [], "text", 7, {"transferTarget": None}, {}])
def test_body_of_a_wrong_type_is_400_and_never_an_exception(body: object) -> None:
    bot = EmulatedBot()
    leg = bot.answered()
    assert bot.act(leg.call, "transfer", body).status == 400
    assert bot.act(leg.call, "participants/invite", body).status == 400
    assert bot.send("POST", "/v1.0/communications/calls", body).status in (400, 404)


def test_prompt_before_established_is_refused() -> None:
    bot = EmulatedBot()
    leg = bot.caller()
    assert bot.play(leg.call, "https://p/a.wav").status == 404


def test_disabled_agent_is_unreachable() -> None:
    bot = EmulatedBot()
    call = bot.rung(bot.user("lea.left@contoso.example"))
    bot.run(1_000)
    result = bot.end_of(call)["resultInfo"]
    assert (result["code"], result["subcode"]) == (480, 10037)


def test_unknown_path_is_404() -> None:
    bot = EmulatedBot()
    assert bot.send("GET", "/v1.0/communications/calls").status == 404
    assert bot.send("PATCH", "/v1.0/users/x").status == 404


def test_page_size_comes_from_the_configuration() -> None:
    bot = EmulatedBot(config=replace(default_config(webhook=WEBHOOK), page_size=3))
    group = bot.config.groups[0] if bot.config else None
    assert group is not None
    path, seen = f"/v1.0/groups/{group.id}/transitiveMembers?$select=id,userPrincipalName", []
    while path:
        reply = bot.send("GET", path)
        assert len(reply.body["value"]) <= 3
        seen += [row["userPrincipalName"] for row in reply.body["value"]]
        path = reply.body.get("@odata.nextLink", "").removeprefix("http://127.0.0.1")
    assert len(seen) == len(set(seen)) == 10
