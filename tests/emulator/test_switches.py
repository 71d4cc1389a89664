"""Every value of every row: the story still comes to an end, and the row does what it says."""

from typing import Any

import pytest
from kit.emulated_bot import EmulatedBot

from emulator.scripts import Behaviour
from emulator.switch_rows import SWITCHES, Switch
from emulator.switches import SwitchError, Switches

ADA = "ada.agent@contoso.example"
BEN = "ben.agent@contoso.example"
EVERY_VALUE = [(row.name, value) for row in SWITCHES for value in row.values]


@pytest.mark.parametrize(("name", "value"), EVERY_VALUE)
def test_three_deliveries_come_to_an_end_under_every_value(name: str, value: str) -> None:
    bot = EmulatedBot(switches={name: value}, prompt_duration=lambda _: 2_000)
    ada = bot.agent(ADA, Behaviour(after_ms=500, key="1", key_after_ms=300, talk_ms=2_000))
    ben = bot.agent(BEN, Behaviour(after_ms=500, talk_ms=2_000))
    consulted, invited, blind = bot.answered(), bot.answered(), bot.answered()
    for leg in (consulted, invited, blind):
        bot.play(leg.call, "https://p/a.wav")
    ring = bot.rung(ada)
    bot.invite(invited.call, ben)
    bot.run(1_500)
    bot.transfer(consulted.call, ada, replaces=ring)
    bot.run(20_000)
    bot.transfer(blind.call, ben)
    bot.run(60_000)
    for leg in list(bot.world.exchange.legs.values()):
        bot.world.hang_up(leg.id, bot.now)
    bot.run(60_000)
    assert bot.world.exchange.calls == {}
    assert bot.world.exchange.legs == {}
    assert bot.world.exchange.notices.waiting() == 0


@pytest.mark.parametrize("row", SWITCHES, ids=lambda row: row.name)
def test_rows_are_complete(row: Switch) -> None:
    assert row.default in row.values
    assert len(set(row.values)) == len(row.values) >= 2
    assert row.question.endswith("?")
    assert row.source


def test_unknown_switches_and_values_are_refused_in_words() -> None:
    with pytest.raises(SwitchError, match="no switch is called 'roaster'"):
        Switches({"roaster": "told"})
    with pytest.raises(SwitchError, match="roster is one of told, silent, empty"):
        Switches({"roster": "loud"})


def transferred(name: str, value: str, **caller: Any) -> tuple[EmulatedBot, str, str]:
    """A consultative transfer, requested; the bot, the caller's call, the agent's call."""
    bot = EmulatedBot(switches={name: value})
    ada = bot.agent(ADA, Behaviour(after_ms=500))
    leg = bot.answered(**caller)
    ring = bot.rung(ada)
    bot.run(1_000)
    bot.transfer(leg.call, ada, replaces=ring)
    bot.run(1_000)
    return bot, leg.call, ring


def test_established_first() -> None:
    bot = EmulatedBot(switches={"established_order": "established_first"})
    leg = bot.answered()
    assert bot.states(leg.call) == ["incoming", "established", "establishing"]


def test_establishing_omitted() -> None:
    bot = EmulatedBot(switches={"establishing": "omitted"})
    assert bot.states(bot.answered().call) == ["incoming", "established"]


@pytest.mark.parametrize(
    ("value", "keys"),
    [
        ("both", ["/app/calls/", "/communications/calls/"]),
        ("url_only", [None, "/communications/calls/"]),
        ("no_slash", [None, "communications/calls/"]),
        ("resource_only", ["/app/calls/", None]),
    ],
)
def test_resource_url(value: str, keys: list[str | None]) -> None:
    bot = EmulatedBot(switches={"resource_url": value})
    bot.answered()
    item = bot.heard[0]
    for key, start in zip(("resource", "resourceUrl"), keys, strict=True):
        assert (item.get(key) or "").startswith(start or "")
        assert (key in item) == (start is not None)


def test_call_id_case_mixed() -> None:
    bot = EmulatedBot(switches={"call_id_case": "mixed"})
    bot.answered()
    ids = {item["resourceUrl"].rsplit("/", 1)[1] for item in bot.heard}
    assert len(ids) == 2
    assert len({each.lower() for each in ids}) == 1


def test_result_spelling() -> None:
    bot = EmulatedBot(switches={"subcode_key": "subCode", "result_numbers": "string"})
    ada = bot.agent(ADA, Behaviour(do="decline", after_ms=100))
    call = bot.rung(ada)
    bot.run(1_000)
    assert bot.end_of(call)["resultInfo"]["code"] == "603"
    assert bot.end_of(call)["resultInfo"]["subCode"] == "0"


@pytest.mark.parametrize(("value", "expected"), [("null", None), ("absent", "gone")])
def test_operation_id(value: str, expected: str | None) -> None:
    bot = EmulatedBot(switches={"operation_id": value}, prompt_duration=lambda _: 100)
    leg = bot.answered()
    bot.play(leg.call, "https://p/a.wav")
    bot.run(1_000)
    assert bot.operations(leg.call)[0].get("id", "gone") == expected


@pytest.mark.parametrize(
    ("value", "number"),
    [("phone", "+14255550177"), ("phone_bare", "14255550177"), ("phone_tel", "tel:+14255550177")],
)
def test_pstn_identity(value: str, number: str) -> None:
    bot = EmulatedBot(switches={"pstn_identity": value})
    bot.answered(who="+14255550177")
    assert bot.heard[0]["resourceData"]["source"]["identity"]["phone"]["id"] == number


@pytest.mark.parametrize(
    ("value", "phone"),
    [("anonymous", "anonymous"), ("empty_phone", None), ("no_identity", "no phone")],
)
def test_pstn_withheld(value: str, phone: str | None) -> None:
    bot = EmulatedBot(switches={"pstn_withheld": value})
    bot.answered(kind="withheld")
    identity = bot.heard[0]["resourceData"]["source"]["identity"]
    assert identity.get("phone", {"id": "no phone"}).get("id") == phone


@pytest.mark.parametrize("value", ["guest", "user"])
def test_guest_identity(value: str) -> None:
    bot = EmulatedBot(switches={"guest_identity": value})
    bot.answered(kind="guest")
    assert value in bot.heard[0]["resourceData"]["source"]["identity"]


@pytest.mark.parametrize(
    ("switch", "do", "value"),
    [
        (name, do, value)
        for name, do in (("decline_code", "decline"), ("busy_code", "busy"))
        for value in next(row for row in SWITCHES if row.name == name).values
    ],
)
def test_outcome_codes(switch: str, do: str, value: str) -> None:
    bot = EmulatedBot(switches={switch: value})
    call = bot.rung(bot.agent(ADA, Behaviour(do=do, after_ms=100)))
    bot.run(1_000)
    result = bot.end_of(call)["resultInfo"]
    assert f"{result['code']}/{result['subcode']}" == value


@pytest.mark.parametrize(
    ("value", "state"), [("established", "established"), ("ends", "terminated")]
)
def test_voicemail_takes_the_bots_own_call_after_twenty_seconds(value: str, state: str) -> None:
    bot = EmulatedBot(switches={"voicemail_create": value})
    call = bot.rung(bot.agent(ADA, Behaviour(do="ignore")))
    bot.run(19_900)
    assert bot.states(call)[-1] == "establishing"
    bot.run(1_000)
    assert bot.states(call)[-1] == state


@pytest.mark.parametrize(
    ("value", "state"), [("success", "terminated"), ("failure", "established")]
)
def test_voicemail_takes_a_blind_transfer(value: str, state: str) -> None:
    bot = EmulatedBot(switches={"voicemail_transfer": value})
    leg = bot.answered()
    bot.transfer(leg.call, bot.agent(ADA, Behaviour(do="ignore")))
    bot.run(22_000)
    assert bot.states(leg.call)[-1] == state
    assert [r.other_role for r in bot.records("bridged")] == ["voicemail"] * (value == "success")


@pytest.mark.parametrize("value", ["never", "joins"])
def test_voicemail_and_an_invitation(value: str) -> None:
    bot = EmulatedBot(switches={"voicemail_invite": value})
    leg = bot.answered()
    bot.invite(leg.call, bot.agent(ADA, Behaviour(do="ignore")))
    bot.run(61_000)
    assert bool(bot.records("bridged")) == (value == "joins")
    status = "completed" if value == "joins" else "failed"
    assert bot.operations(leg.call)[0]["status"] == status


@pytest.mark.parametrize(
    ("value", "order"),
    [
        ("sent", ["transferAccepted", "inactive"]),
        ("after_inactive", ["inactive", "transferAccepted"]),
        ("omitted", ["inactive"]),
    ],
)
def test_transfer_accepted(value: str, order: list[str]) -> None:
    bot, call, _ = transferred("transfer_accepted", value)
    after = bot.of(call)[[d.get("state") for d in bot.of(call)].index("transferring") + 1 :]
    seen = [d.get("state") or d.get("mediaState", {}).get("audio") for d in after]
    assert seen[: len(order)] == order


@pytest.mark.parametrize("value", ["before", "after"])
def test_replaced_call_deleted(value: str) -> None:
    bot, call, ring = transferred("replaced_call_deleted", value)
    ended = [
        item["resourceUrl"].rsplit("/", 1)[1]
        for item in bot.heard
        if item["changeType"] == "deleted" and "operations" not in item["resourceUrl"]
    ]
    assert ended == ([ring, call] if value == "before" else [call, ring])


@pytest.mark.parametrize(
    ("value", "kind", "state"),
    [
        ("works", "pstn", "terminated"),
        ("refused", "pstn", "established"),
        ("refused", "user", "terminated"),
    ],
)
def test_replaces_pstn(value: str, kind: str, state: str) -> None:
    bot, call, _ = transferred("replaces_pstn", value, kind=kind)
    assert bot.states(call)[-1] == state
    if state == "established":
        assert bot.of(call)[-2]["resultInfo"]["subcode"] == 7700


def test_replaces_pstn_flaky_goes_both_ways() -> None:
    ends = set()
    for seed in range(12):
        bot = EmulatedBot(switches={"replaces_pstn": "flaky"}, seed=seed)
        ada = bot.agent(ADA, Behaviour(after_ms=500))
        leg = bot.answered()
        ring = bot.rung(ada)
        bot.run(1_000)
        bot.transfer(leg.call, ada, replaces=ring)
        bot.run(1_000)
        ends.add(bot.states(leg.call)[-1])
    assert ends == {"established", "terminated"}


@pytest.mark.parametrize(("value", "alive"), [("survives", True), ("ends", False)])
def test_agent_leg_after_7700(value: str, alive: bool) -> None:
    bot = EmulatedBot(switches={"agent_leg_after_7700": value, "replaces_pstn": "refused"})
    ada = bot.agent(ADA, Behaviour(after_ms=500))
    leg = bot.answered()
    ring = bot.rung(ada)
    bot.run(1_000)
    bot.transfer(leg.call, ada, replaces=ring)
    bot.run(1_000)
    assert (ring in bot.world.exchange.calls) == alive


@pytest.mark.parametrize(
    ("value", "key", "status"),
    [
        ("application", "application", 202),
        ("application", "user", 403),
        ("any", "user", 202),
        ("refused", "application", 403),
    ],
)
def test_account_target(value: str, key: str, status: int) -> None:
    bot = EmulatedBot(switches={"account_target": value})
    account = bot.world.directory.account("sales@contoso.example")
    assert account is not None
    leg = bot.answered()
    assert bot.transfer(leg.call, {key: {"id": account.id}}).status == status


@pytest.mark.parametrize(
    ("value", "told", "listed"), [("told", 1, 3), ("silent", 0, 3), ("empty", 0, 0)]
)
def test_roster(value: str, told: int, listed: int) -> None:
    bot = EmulatedBot(switches={"roster": value})
    leg = bot.answered()
    bot.invite(leg.call, bot.agent(ADA, Behaviour(after_ms=100)))
    bot.run(1_000)
    assert len(bot.rosters()) == told
    reply = bot.send("GET", f"/v1.0/communications/calls/{leg.call}/participants")
    assert len(reply.body["value"]) == listed


@pytest.mark.parametrize("value", ["null", "given"])
def test_invite_participant_id(value: str) -> None:
    bot = EmulatedBot(switches={"invite_participant_id": value})
    leg = bot.answered()
    reply = bot.invite(leg.call, bot.agent(ADA, Behaviour(do="ignore")))
    participant = reply.body["participants"][0]["id"]
    assert (participant is None) == (value == "null")
    if participant is not None:
        path = f"/v1.0/communications/calls/{leg.call}/participants/{participant}"
        assert bot.send("DELETE", path).status == 204
        assert [r.why for r in bot.records("ring_stopped")] == ["cancelled"]


@pytest.mark.parametrize(("value", "status"), [("works", "completed"), ("fails", "failed")])
def test_invite_replaces(value: str, status: str) -> None:
    bot = EmulatedBot(switches={"invite_replaces": value})
    ada = bot.agent(ADA, Behaviour(after_ms=100))
    leg = bot.answered()
    ring = bot.rung(ada)
    bot.run(1_000)
    bot.invite(leg.call, ada, replacesCallId=ring)
    bot.run(1_000)
    assert bot.operations(leg.call)[0]["status"] == status
    assert (ring in bot.world.exchange.calls) == (value == "fails")


@pytest.mark.parametrize(("value", "status"), [("allowed", 204), ("forbidden", 403)])
def test_participant_removal(value: str, status: int) -> None:
    bot = EmulatedBot(switches={"participant_removal": value})
    leg = bot.answered()
    bot.invite(leg.call, bot.agent(ADA, Behaviour(after_ms=100)))
    bot.run(1_000)
    agent = bot.rosters()[-1][-1]["id"]
    path = f"/v1.0/communications/calls/{leg.call}/participants/{agent}"
    assert bot.send("DELETE", path).status == status
    assert bool(bot.records("unbridged")) == (status == 204)


@pytest.mark.parametrize(("ended", "rang_ms"), [("stops", 1_050), ("rings_on", 60_000)])
@pytest.mark.parametrize("told", ["told", "untold"])
def test_an_invitation_whose_call_ends(ended: str, rang_ms: int, told: str) -> None:
    bot = EmulatedBot(switches={"invite_after_call": ended, "invite_end_after_call": told})
    leg = bot.answered()
    bot.invite(leg.call, bot.agent(ADA, Behaviour(do="ignore")))
    bot.run(1_000)
    bot.world.hang_up(leg.id, bot.now)
    bot.run(60_000)
    ring, stopped = bot.records("ring")[0], bot.records("ring_stopped")[0]
    assert stopped.at - ring.at == rang_ms
    endings = [data["status"] for data in bot.operations(leg.call)]
    assert endings == (["failed"] if told == "told" else [])
    assert bot.states(leg.call)[-1] == "terminated"


@pytest.mark.parametrize("value", ["stops", "rings_on"])
def test_an_invitation_picked_up_in_the_moment_in_which_its_call_ends(value: str) -> None:
    bot = EmulatedBot(switches={"invite_after_call": value})
    leg = bot.answered()
    bot.invite(leg.call, bot.agent(ADA, Behaviour(after_ms=1_000)))
    bot.run(1_010)
    bot.world.hang_up(leg.id, bot.now)
    bot.run(5_000)
    assert bot.world.exchange.legs == {}
    assert [data["status"] for data in bot.operations(leg.call)] == ["failed"]
    assert not bot.records("bridged")


@pytest.mark.parametrize(
    ("value", "shown"), [("at_once", "transferring"), ("after_2_s", "established")]
)
def test_transfer_begins(value: str, shown: str) -> None:
    bot = EmulatedBot(switches={"transfer_begins": value})
    leg = bot.answered()
    bot.transfer(leg.call, bot.agent(ADA, Behaviour(do="ignore")))
    path = f"/v1.0/communications/calls/{leg.call}"
    bot.run(1_990)
    assert bot.send("GET", path).body["state"] == shown
    bot.run(10)
    assert bot.send("GET", path).body["state"] == "transferring"


@pytest.mark.parametrize("value", ["others_stay", "call_ends"])
def test_bot_leaves_group_call(value: str) -> None:
    bot = EmulatedBot(switches={"bot_leaves_group_call": value})
    leg = bot.answered()
    bot.invite(leg.call, bot.agent(ADA, Behaviour(after_ms=100)))
    bot.run(1_000)
    assert bot.send("DELETE", f"/v1.0/communications/calls/{leg.call}").status == 204
    bot.run(1_000)
    talking = leg.state == "connected" and leg.hears[0] == "talk"
    assert talking == (value == "others_stay")
    subcode = 5010 if value == "call_ends" else 7000
    assert bot.end_of(leg.call)["resultInfo"]["subcode"] == subcode


@pytest.mark.parametrize(
    ("value", "pair"), [("classic", ("Busy", "InACall")), ("new", ("inACall", "busy"))]
)
def test_presence_vocabulary(value: str, pair: tuple[str, str]) -> None:
    bot = EmulatedBot(switches={"presence_vocabulary": value, "presence_lag": "none"})
    bot.rung(bot.agent(ADA, Behaviour(after_ms=100)))
    bot.run(1_000)
    body = bot.send("GET", f"/v1.0/users/{ADA}/presence").body
    assert (body["availability"], body["activity"]) == pair


@pytest.mark.parametrize(("value", "lag"), [("none", 0), ("seconds", 4_000), ("minutes", 120_000)])
def test_presence_lag(value: str, lag: int) -> None:
    bot = EmulatedBot(switches={"presence_lag": value})
    bot.rung(bot.agent(ADA, Behaviour(after_ms=100)))
    bot.run(180_000)
    connected, shown = bot.records("connected")[0], bot.records("presence")[0]
    assert shown.at - connected.at == lag


def test_presence_frozen() -> None:
    bot = EmulatedBot(switches={"presence_frozen": "frozen"})
    bot.world.set_presence(ADA, "Away", "Away", bot.now)
    assert bot.send("GET", f"/v1.0/users/{ADA}/presence").body["availability"] == "Available"


def test_user_fields_and_directory() -> None:
    path = f"/v1.0/users/{ADA}?$select=id,accountEnabled,userType"
    full = EmulatedBot().send("GET", path).body
    assert (full["accountEnabled"], full["userType"]) == (True, "Member")
    missing = EmulatedBot(switches={"user_fields": "missing"}).send("GET", path).body
    assert set(missing) == {"id"}
    assert EmulatedBot(switches={"directory": "forbidden"}).send("GET", path).status == 403


@pytest.mark.parametrize(
    ("value", "posts", "ids"), [("same_id", 4, 1), ("new_id", 4, 4), ("none", 1, 1)]
)
def test_redelivery(value: str, posts: int, ids: int) -> None:
    bot = EmulatedBot(switches={"redelivery": value}, answers=503)
    bot.caller()
    bot.run(14_000)
    assert [d.attempt for d in bot.deliveries] == list(range(1, posts + 1))
    assert len({d.headers["X-Microsoft-Skype-Message-ID"] for d in bot.deliveries}) == ids
    assert len({d.headers["X-Microsoft-Skype-Original-Message-ID"] for d in bot.deliveries}) == 1


def test_bundled_notifications_share_a_post() -> None:
    bot = EmulatedBot(switches={"bundling": "bundled"})
    bot.answered()
    assert any(len(delivery.what) > 1 for delivery in bot.deliveries)


@pytest.mark.parametrize("value", ["botframework", "graph"])
def test_issuer_and_content_type_are_on_the_delivery(value: str) -> None:
    charset = "application/json; charset=Windows-1252"
    bot = EmulatedBot(switches={"issuer": value, "content_type": charset})
    bot.answered()
    assert bot.deliveries[0].issuer == value
    assert bot.deliveries[0].headers["Content-Type"] == charset


@pytest.mark.parametrize("value", ["id_only", "terminated"])
def test_reject_notice(value: str) -> None:
    bot = EmulatedBot(switches={"reject_notice": value})
    leg = bot.caller()
    bot.act(leg.call, "reject", {"reason": "none"})
    bot.run(100)
    assert ("state" in bot.end_of(leg.call)) == (value == "terminated")


@pytest.mark.parametrize("value", ["200/4521", "487/0", "none"])
def test_abandon_code(value: str) -> None:
    bot = EmulatedBot(switches={"abandon_code": value})
    leg = bot.caller()
    bot.run(100)
    bot.world.hang_up(leg.id, bot.now)
    bot.run(100)
    result = bot.end_of(leg.call).get("resultInfo")
    assert (result is None) == (value == "none")
    if result is not None:
        assert f"{result['code']}/{result['subcode']}" == value


@pytest.mark.parametrize("value", ["sent", "omitted"])
def test_media_state(value: str) -> None:
    bot = EmulatedBot(switches={"media_state": value})
    leg = bot.answered()
    assert any("mediaState" in d for d in bot.of(leg.call)) == (value == "sent")


@pytest.mark.parametrize("value", ["408/10057", "487/0", "480/10076"])
def test_no_answer_code(value: str) -> None:
    bot = EmulatedBot(switches={"no_answer_code": value, "voicemail_create": "ends"})
    call = bot.rung(bot.agent(ADA, Behaviour(do="ignore")))
    bot.run(61_000)
    result = bot.end_of(call)["resultInfo"]
    assert f"{result['code']}/{result['subcode']}" == value


@pytest.mark.parametrize(("value", "ms"), [("none", 0), ("moment", 50), ("second", 1_000)])
def test_ring_after_end(value: str, ms: int) -> None:
    bot = EmulatedBot(switches={"ring_after_end": value})
    call = bot.rung(bot.agent(ADA, Behaviour(do="ignore")))
    bot.run(1_000)
    bot.send("DELETE", f"/v1.0/communications/calls/{call}")
    began = bot.now
    bot.run(5_000)
    [stopped] = [r for r in bot.world.log if r.kind == "ring_stopped"]
    assert stopped.at - began == ms


@pytest.mark.parametrize(("value", "status"), [("works", 201), ("refused", 403)])
def test_pstn_outgoing(value: str, status: int) -> None:
    bot = EmulatedBot(switches={"pstn_outgoing": value})
    account = bot.world.directory.account("support@contoso.example")
    assert account is not None
    source = {"identity": {"applicationInstance": {"id": account.id}}}
    assert bot.create({"phone": {"id": "+14255550999"}}, source=source).status == status
