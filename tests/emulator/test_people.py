from dataclasses import replace

import pytest
from kit.emulated_bot import EmulatedBot

from emulator.callers import WorldError
from emulator.config import Config, ConfigError, default_config
from emulator.scripts import Behaviour, CallerScript, Step
from emulator.snapshot import snapshot, timeline

ADA = "ada.agent@contoso.example"
BEN = "ben.agent@contoso.example"


@pytest.mark.parametrize("kind", ["pstn", "withheld", "user", "guest", "federated", "encrypted"])
def test_every_kind_of_caller_has_its_identity(kind: str) -> None:
    bot = EmulatedBot()
    bot.answered(kind=kind)
    identity = bot.heard[0]["resourceData"]["source"]["identity"]
    key = {"pstn": "phone", "withheld": "phone", "federated": "user"}.get(kind, kind)
    assert key in identity
    home = bot.app.tenant_id
    assert (identity[key].get("tenantId", home) != home) == (kind == "federated")


def test_call_to_the_bot_itself_has_an_application_as_target() -> None:
    bot = EmulatedBot()
    bot.answered(to=f"bot:{bot.app.id}", kind="user")
    assert bot.heard[0]["resourceData"]["targets"][0]["identity"]["application"]["id"] == bot.app.id


def test_forwarded_and_transferred_calls_say_so() -> None:
    bot = EmulatedBot()
    bot.answered(forwarded_from="+14255550188")
    route = bot.heard[0]["resourceData"]["callRoutes"][0]
    assert route["routingType"] == "forwarded"
    assert route["original"]["phone"]["id"] == "+14255550188"
    bot.heard.clear()
    bot.answered(transferred_by="sam.supervisor@contoso.example")
    context = bot.heard[0]["resourceData"]["incomingContext"]
    assert context["transferor"]["user"]["displayName"] == "Sam Supervisor"


def test_agent_takes_one_behaviour_per_ring_and_keeps_the_last() -> None:
    bot = EmulatedBot()
    ada = bot.agent(ADA, Behaviour(do="decline", after_ms=100), Behaviour(do="busy"))
    ends = []
    for _ in range(3):
        call = bot.rung(ada)
        bot.run(1_000)
        ends.append(bot.end_of(call)["resultInfo"]["code"])
    assert ends == [603, 486, 486]


def test_a_customer_who_is_called_presses_one_where_the_timings_say_so() -> None:
    for presses_ms, keys in ((0, []), (2_000, ["1"])):
        config = default_config()
        timings = replace(config.timings, number_presses_ms=presses_ms)
        bot = EmulatedBot(config=replace(config, timings=timings))
        account = {"applicationInstance": {"id": config.accounts[0].id}}
        bot.rung({"phone": {"id": "+14255550123"}}, source={"identity": account})
        bot.run(10_000)
        assert [record.key for record in bot.records("key")] == keys


def test_agent_in_another_call_is_busy_and_shows_it() -> None:
    bot = EmulatedBot(switches={"presence_lag": "none"})
    ada = bot.agent(ADA, Behaviour(after_ms=100))
    bot.world.set_other_call(ADA, busy=True, now=bot.now)
    assert bot.world.presences.shown(ADA) == ("Busy", "InACall")
    call = bot.rung(ada)
    bot.run(1_000)
    assert bot.end_of(call)["resultInfo"]["code"] == 486
    bot.world.set_other_call(ADA, busy=False, now=bot.now)
    assert bot.world.presences.shown(ADA) == ("Available", "Available")


def test_agent_who_goes_away_while_it_rings() -> None:
    bot = EmulatedBot()
    bot.rung(bot.agent(ADA, Behaviour(do="away", after_ms=500)))
    bot.run(1_000)
    assert bot.world.presences.shown(ADA) == ("Away", "Away")
    assert snapshot(bot.world)["calls"] != []


def test_agent_who_forgets_the_key_and_one_who_waits_for_the_whisper() -> None:
    bot = EmulatedBot()
    forgets = bot.rung(bot.agent(ADA, Behaviour(after_ms=100)))
    waits = bot.rung(bot.agent(BEN, Behaviour(after_ms=100, key="2", key_on_prompt=True)))
    bot.run(500)
    for call in (forgets, waits):
        bot.act(call, "subscribeToTone", {})
    bot.run(5_000)
    assert bot.records("key") == []
    bot.play(waits, "https://p/whisper.wav")
    bot.run(5_000)
    assert [(r.party, r.key, r.told) for r in bot.records("key")] == [(BEN, "2", True)]


def test_patience_ends_before_but_not_during_a_conversation() -> None:
    bot = EmulatedBot()
    ada = bot.agent(ADA, Behaviour(after_ms=100, talk_ms=60_000))
    leaves, stays = bot.answered(patience_ms=5_000), bot.answered(patience_ms=5_000)
    bot.transfer(stays.call, ada)
    bot.run(10_000)
    assert (leaves.state, stays.state) == ("ended", "connected")


def test_caller_reacts_to_a_prompt_by_its_name() -> None:
    bot = EmulatedBot(prompt_duration=lambda _: 1_000)
    step = Step(do="key", key="5", on="prompt", contains="menu", after_ms=200)
    leg = bot.answered(steps=(step,))
    bot.act(leg.call, "subscribeToTone", {})
    bot.play(leg.call, "https://p/hello.wav", "https://p/menu.wav")
    bot.run(5_000)
    key, menu = bot.records("key")[0], bot.records("heard")[-1]
    assert menu.detail == "https://p/menu.wav"
    assert key.at - menu.at == 200


def test_whisper_stage_reaches_the_waiting_caller() -> None:
    bot = EmulatedBot()
    leg = bot.answered(steps=(Step(do="hang_up", on="whisper", after_ms=100),))
    bot.rung(bot.agent(ADA, Behaviour(after_ms=1_000)))
    bot.run(900)
    assert leg.state == "connected"
    bot.run(500)
    assert leg.state == "ended"


def test_somebody_plays_the_agent() -> None:
    bot = EmulatedBot()
    call = bot.rung(bot.user(ADA))
    bot.run(3_000)
    bot.world.agent_answer(ADA, bot.now)
    bot.run(200)
    assert bot.states(call)[-1] == "established"
    bot.world.hang_up(ADA, bot.now)
    bot.run(100)
    assert bot.end_of(call)["resultInfo"]["subcode"] == 4521
    bot.rung(bot.user(ADA))
    bot.run(100)
    bot.world.agent_decline(ADA, bot.now)
    with pytest.raises(WorldError, match="no phone of"):
        bot.world.agent_answer(ADA, bot.now)


def test_redirected_caller_rings_several_and_the_first_wins() -> None:
    bot = EmulatedBot()
    ada = bot.agent(ADA, Behaviour(after_ms=5_000))
    ben = bot.agent(BEN, Behaviour(after_ms=2_000, talk_ms=1_000))
    leg = bot.caller()
    targets = [{"identity": ada}, {"identity": ben}]
    bot.act(leg.call, "redirect", {"targets": targets, "timeout": 30})
    bot.run(2_500)
    assert [r.party for r in bot.records("bridged")] == [BEN]
    assert [(r.party, r.why) for r in bot.records("ring_stopped")] == [
        (BEN, "answered"),
        (ADA, "cancelled"),
    ]
    assert bot.end_of(leg.call)["answeredBy"]["identity"]["user"]["displayName"] == "Ben Agent"


def test_group_call_rings_all_and_tells_who_joined() -> None:
    bot = EmulatedBot()
    ada = bot.agent(ADA, Behaviour(after_ms=1_000))
    ben = bot.agent(BEN, Behaviour(do="decline", after_ms=500))
    call = bot.rung(ada, ben)
    bot.run(2_000)
    assert bot.states(call) == ["establishing", "established"]
    assert len(bot.rosters()[-1]) == 2


def test_timeline_and_snapshot_show_the_present() -> None:
    bot = EmulatedBot(prompt_duration=lambda _: 1_000)
    leg = bot.answered(who="+14255550177")
    bot.play(leg.call, "https://p/a.wav")
    bot.run(500)
    rows = timeline(bot.world, "+14255550177")
    assert [row["what"] for row in rows] == ["ringback", "silence", "prompt"]
    assert rows[-1]["until"] is None
    callers = snapshot(bot.world)["callers"]
    assert isinstance(callers, list)
    assert callers[0]["hears"] == "prompt"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"to": "x", "steps": [{"do": "sing"}]}, "do is one of hang_up"),
        ({"to": "x", "steps": [{"do": "key", "key": "12"}]}, "key is 0-9"),
        ({"to": "x", "steps": "hang_up"}, "steps is a list"),
        ({"to": "x", "mood": "bad"}, "'mood' is not known here"),
        ({}, "to"),
    ],
)
def test_bad_scripts_are_refused_in_words(row: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        CallerScript.from_json(row)


def test_configuration_from_json() -> None:
    config = Config.from_json(
        {
            "people": [{"upn": "zoe@contoso.example", "name": "Zoe", "voicemail": False}],
            "groups": [
                {"mail": "g@contoso.example", "name": "G", "members": ["zoe@contoso.example"]}
            ],
            "timings": {"graph_ms": 50},
        }
    )
    assert config.groups[0].members == (config.people[0].id,)
    assert config.timings.graph_ms == 50
    assert config.people[0].tenant_id == config.tenant_id
    with pytest.raises(ConfigError, match=r"people\[0\]: 'upnn' is not known"):
        Config.from_json({"people": [{"upnn": "x"}]})
    with pytest.raises(ConfigError, match="'persons' is not known here"):
        Config.from_json({"persons": []})


def test_directory_answers_by_id_upn_and_filter() -> None:
    bot = EmulatedBot()
    by_upn = bot.send("GET", f"/v1.0/users/{ADA}").body
    assert bot.send("GET", f"/v1.0/users/{by_upn['id']}").body == by_upn
    guest = "/v1.0/users/gil.guest@contoso.example?$select=userType,accountEnabled"
    assert bot.send("GET", guest).body["userType"] == "Guest"
    left = "/v1.0/users/lea.left@contoso.example?$select=accountEnabled"
    assert bot.send("GET", left).body["accountEnabled"] is False
    assert bot.send("GET", "/v1.0/users/support@contoso.example").status == 200
    assert bot.send("GET", "/v1.0/users/nobody@contoso.example").status == 404
    path = "/v1.0/groups?$filter=mail%20eq%20'support.team@contoso.example'"
    groups = bot.send("GET", path).body["value"]
    assert [group["displayName"] for group in groups] == ["Support Team"]
    assert bot.send("GET", "/v1.0/groups?$filter=startswith(mail,'x')").status == 400


def test_batch_runs_each_part_and_reports_it() -> None:
    bot = EmulatedBot()
    body = {
        "requests": [
            {"id": "1", "method": "GET", "url": f"/users/{ADA}"},
            {"id": "2", "method": "GET", "url": "/users/nobody"},
        ]
    }
    responses = bot.send("POST", "/v1.0/$batch", body).body["responses"]
    assert [(row["id"], row["status"]) for row in responses] == [("1", 200), ("2", 404)]
