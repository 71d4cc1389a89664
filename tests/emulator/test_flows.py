from kit.emulated_bot import EmulatedBot

from emulator.scripts import Behaviour, Step

ADA = "ada.agent@contoso.example"


def test_answered_call_is_established_and_hears_its_prompts_in_order() -> None:
    bot = EmulatedBot(prompt_duration=lambda _: 2_000)
    leg = bot.caller(who="+14255550177")
    bot.run(20)
    incoming = bot.heard[0]
    assert incoming["changeType"] == "created"
    data = incoming["resourceData"]
    assert data["source"]["identity"]["phone"]["id"] == "+14255550177"
    assert "applicationInstance" in data["targets"][0]["identity"]
    assert bot.answer(leg.call).status == 202
    bot.run(200)
    assert bot.states(leg.call) == ["incoming", "establishing", "established"]
    assert bot.play(leg.call, "https://p/a.wav", "https://p/b.wav").status == 200
    bot.run(5_000)
    assert [op["status"] for op in bot.operations(leg.call)] == ["completed"]
    heard = [(r.what, r.detail, r.until - r.at) for r in bot.records("heard")]
    assert ("prompt", "https://p/a.wav", 2_000) in heard
    assert ("prompt", "https://p/b.wav", 2_000) in heard


def test_blind_transfer_bridges_caller_and_agent_without_the_bot() -> None:
    bot = EmulatedBot()
    agent = bot.agent(ADA, Behaviour(after_ms=3_000, talk_ms=10_000))
    leg = bot.answered()
    assert bot.transfer(leg.call, agent).status == 202
    bot.run(5_000)
    assert bot.states(leg.call)[-3:] == ["transferring", "transferAccepted", "terminated"]
    assert bot.end_of(leg.call)["resultInfo"]["subcode"] == 7015
    assert [(r.party, r.via) for r in bot.records("bridged")] == [(ADA, "transfer")]
    bot.run(20_000)
    assert [r.why for r in bot.records("ended")] == ["hung_up", "other_left"]


def test_declined_blind_transfer_gives_the_call_back() -> None:
    bot = EmulatedBot()
    agent = bot.agent(ADA, Behaviour(do="decline", after_ms=1_000))
    leg = bot.answered()
    bot.transfer(leg.call, agent)
    bot.run(2_000)
    last = [d for d in bot.of(leg.call) if d.get("state") == "established"][-1]
    assert last["resultInfo"]["code"] == 500
    assert last["resultInfo"]["subcode"] == 7000
    assert bot.play(leg.call, "https://p/a.wav").status == 200


def test_consultative_transfer_joins_the_two_calls() -> None:
    bot = EmulatedBot()
    target = bot.agent(ADA, Behaviour(after_ms=1_000, key="1", key_after_ms=500, talk_ms=5_000))
    leg = bot.answered()
    bot.play(leg.call, "https://p/music.wav")
    ring = bot.rung(target)
    bot.run(1_200)
    assert bot.act(ring, "subscribeToTone", {"clientContext": "t"}).status == 200
    bot.run(1_000)
    tones = [d["toneInfo"]["tone"] for d in bot.of(ring) if "toneInfo" in d]
    assert tones == ["tone1"]
    assert bot.transfer(leg.call, target, replaces=ring).status == 202
    bot.run(1_000)
    assert bot.end_of(leg.call)["terminationReason"] == "AppTransferred"
    assert bot.end_of(ring)["state"] == "terminated"
    assert [(r.party, r.via) for r in bot.records("bridged")] == [(ADA, "create")]
    silence = [r for r in bot.records("heard") if r.what == "silence" and r.leg == leg.id]
    assert all(r.until - r.at <= 600 for r in silence)


def test_invited_agent_joins_and_the_roster_tells() -> None:
    bot = EmulatedBot()
    agent = bot.agent(ADA, Behaviour(after_ms=2_000, talk_ms=4_000))
    leg = bot.answered()
    reply = bot.invite(leg.call, agent)
    assert reply.status == 200
    bot.run(3_000)
    assert [op["status"] for op in bot.operations(leg.call)] == ["completed"]
    assert len(bot.rosters()[-1]) == 3
    assert bot.transfer(leg.call, agent).body["error"]["code"] == "8523"
    bot.run(4_000)
    assert len(bot.rosters()[-1]) == 2


def test_caller_who_hangs_up_during_the_transfer_silences_the_agent() -> None:
    bot = EmulatedBot()
    agent = bot.agent(ADA, Behaviour(do="ignore"))
    leg = bot.answered(steps=(Step(do="hang_up", on="connecting", after_ms=2_000),))
    bot.transfer(leg.call, agent)
    bot.run(10_000)
    stopped = bot.records("ring_stopped")
    assert [r.why for r in stopped] == ["cancelled"]
    hung_up = bot.records("ended")[0]
    assert stopped[0].at - hung_up.at <= 100
    assert bot.end_of(leg.call)["resultInfo"]["subcode"] == 540000


def test_agent_who_picks_up_and_hangs_up_at_once_fails_the_transfer() -> None:
    bot = EmulatedBot()
    agent = bot.agent(ADA, Behaviour(do="ignore"))
    leg = bot.answered()
    bot.transfer(leg.call, agent)
    bot.run(1_000)
    picked_up = bot.world.agent_answer(ADA, bot.now)
    bot.run(20)
    bot.world.hang_up(picked_up.id, bot.now)
    bot.run(500)
    failed = [data for data in bot.of(leg.call) if "resultInfo" in data]
    assert [data["resultInfo"]["subcode"] for data in failed] == [7000]
    assert bot.records("bridged") == []


def test_invited_phone_stops_when_the_caller_leaves() -> None:
    bot = EmulatedBot()
    agent = bot.agent(ADA, Behaviour(do="ignore"))
    leg = bot.answered(steps=(Step(do="hang_up", on="ring", after_ms=1_000),))
    bot.invite(leg.call, agent)
    bot.run(2_000)
    assert [r.why for r in bot.records("ring_stopped")] == ["cancelled"]
    assert bot.end_of(leg.call)["resultInfo"]["subcode"] == 5010


def test_bot_that_hangs_up_in_the_moment_of_the_pick_up_ends_the_phone() -> None:
    for wait in (0, 40):
        bot = EmulatedBot()
        call = bot.rung(bot.user(ADA))
        bot.run(1_000)
        if wait == 0:
            picked_up = bot.world.agent_answer(ADA, bot.now)
            bot.run(20)
            bot.send("DELETE", f"/v1.0/communications/calls/{call}")
        else:
            bot.send("DELETE", f"/v1.0/communications/calls/{call}")
            bot.run(wait)
            picked_up = bot.world.agent_answer(ADA, bot.now)
        bot.run(500)
        assert picked_up.state == "ended"
        assert bot.records("connected") == []
        assert len(bot.records("ring_stopped")) == 1


def test_agent_who_leaves_a_group_call_leaves_the_caller_with_the_bot() -> None:
    bot = EmulatedBot()
    agent = bot.agent(ADA, Behaviour(after_ms=500, talk_ms=3_000))
    leg = bot.answered()
    bot.invite(leg.call, agent)
    bot.run(6_000)
    assert leg.state == "connected"
    assert bot.play(leg.call, "https://p/survey.wav").status == 200
    bot.run(500)
    assert leg.hears[0] == "prompt"
