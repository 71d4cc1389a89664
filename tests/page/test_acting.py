"""A person's hands on the phones, over HTTP, against a service of a few lines."""

from typing import Any

import pytest
from kit.page_reader import OpenPage, the_agent, the_caller
from kit.page_stage import ADA, Stage

from emulator.ringing import Target
from emulator.scripts import Behaviour
from emulator.shapes import Identity
from emulator.traffic import Traffic

SUPPORT = "support@contoso.example"


async def rung(stage: Stage, page: OpenPage) -> tuple[str, str]:
    """A caller of ours, and Ada's phone, which rings for them: both phones."""
    caller = (await stage.page.act("dial", to=SUPPORT, who="+14255550123"))["leg"]
    ada = await page.until(lambda s: the_agent(s, ADA)["leg"])
    await page.until(lambda s: s["legs"].get(ada, {}).get("what") == "phone")
    return caller, ada


async def test_a_caller_dials_hears_and_hangs_up(stage: Stage) -> None:
    async with stage.page.open() as page:
        leg = (await stage.page.act("dial", to=SUPPORT, who="+14255550123"))["leg"]
        caller = await page.until(lambda s: the_caller(s, leg))
        assert (caller["name"], caller["to"]) == ("+14255550123", "Support")
        heard = await page.until(lambda s: s["legs"][leg]["what"] == "prompt" and s["legs"][leg])
        assert heard["ms"] == 500
        await stage.page.act("press", leg=leg, key="#")
        await stage.page.act("hang_up", leg=leg)
        ended = await page.until(lambda s: s["ended"])
        assert (ended[0]["leg"], ended[0]["outcome"]) == (leg, "gave up")
        assert await stage.page.tried("hang_up", leg=leg) == (409, {"error": "That call is over."})


async def test_nobody_speaks_where_nothing_is_recorded(stage: Stage) -> None:
    async with stage.page.open() as page:
        leg = (await stage.page.act("dial", to=SUPPORT, who="+14255550123"))["leg"]
        await page.until(lambda s: the_caller(s, leg))
        await page.until(lambda s: s["legs"][leg]["what"] == "prompt")
        status, answer = await stage.page.tried("say", leg=leg, words="Hello.")
        assert (status, "after the beep" in answer["error"]) == (409, True)
        assert (await stage.page.tried("say", leg=leg, words=" "))[0] == 409
        assert (await stage.page.tried("say", leg=leg))[0] == 409


async def test_whoever_a_person_called_as_answers_a_call_back_by_hand(stage: Stage) -> None:
    number = "+14255550123"
    world, shell = stage.server.shell.world, stage.server.shell
    async with stage.page.open() as page:
        leg = (await stage.page.act("dial", to=SUPPORT, who=number))["leg"]
        call = next(iter(world.exchange.calls.values()))
        await stage.page.act("hang_up", leg=leg)
        rung = world.phones.ring(
            Target(identity=Identity(kind="phone", id=number), role="number", party=number),
            via="create",
            call=call,
            limit_ms=60_000,
            rung=lambda *_: None,
        )
        shell.pump()
        found = await page.until(lambda s: s["rung"] and s["rung"][0])
        assert (found["leg"], found["name"], found["state"]) == (rung.id, number, "ringing")
        world.advance(shell.now() + 30_000)
        assert rung.state == "ringing", "no script picks up"
        await stage.page.act("decline", leg=rung.id)
        await page.until(lambda s: s["rung"] == [])


@pytest.mark.parametrize("kind", ["withheld", "user", "guest", "federated", "encrypted"])
async def test_a_caller_can_be_anybody(stage: Stage, kind: str) -> None:
    async with stage.page.open() as page:
        leg = (await stage.page.act("dial", to=SUPPORT, kind=kind))["leg"]
        caller = await page.until(lambda s: the_caller(s, leg))
        assert caller["kind"] == kind
        assert kind in page.sections["cast"]["kinds"]


async def test_an_agent_answers_and_talks(stage: Stage) -> None:
    async with stage.page.open() as page:
        caller, ada = await rung(stage, page)
        assert page.sections["legs"][ada]["sound"] == "phone"
        await stage.page.act("answer", leg=ada)
        talk = await page.until(lambda s: s["legs"][caller]["what"] == "talk" and s["legs"][caller])
        assert talk["with"] == ["Ada Agent"]
        assert the_agent(page.sections, ADA)["caller"] == caller
        assert the_caller(page.sections, caller)["agent_leg"] == ada
        assert the_agent(page.sections, ADA)["played"]


@pytest.mark.parametrize(
    ("act", "why"), [("decline", "declined"), ("voicemail", "left it to voicemail")]
)
async def test_an_agent_does_not_want_the_call(stage: Stage, act: str, why: str) -> None:
    async with stage.page.open() as page:
        _, ada = await rung(stage, page)
        await stage.page.act(act, leg=ada)
        await page.until(lambda s: any(why in event["text"] for event in s["news"]))
        status, answer = await stage.page.tried("answer", leg=ada)
        assert status == 409
        assert answer["error"] in ("That call is over.", "That phone does not ring any more.")


async def test_a_person_takes_the_phone_from_the_script(stage: Stage) -> None:
    world = stage.server.shell.world
    world.script_agent(ADA, (Behaviour(after_ms=300),))
    async with stage.page.open() as page:
        first, ada = await rung(stage, page)
        await stage.page.act("ignore", leg=ada)
        leg = world.exchange.legs[ada]
        world.advance(stage.server.shell.now() + 2_000)
        assert leg.state == "ringing"
        await stage.page.act("hang_up", leg=first)
        await page.until(lambda s: the_agent(s, ADA)["leg"] is None)
        # Given back: the script takes the next ring.
        await stage.page.act("play", agent=ADA, on=False)
        second = (await stage.page.act("dial", to=SUPPORT))["leg"]
        await page.until(lambda s: s["legs"].get(second, {}).get("what") == "talk")


async def test_a_person_may_hang_up_before_the_script_would(stage: Stage) -> None:
    stage.server.shell.world.script_agent(ADA, (Behaviour(after_ms=1, talk_ms=60_000),))
    async with stage.page.open() as page:
        leg = (await stage.page.act("dial", to=SUPPORT))["leg"]
        await page.until(lambda s: s["legs"].get(leg, {}).get("what") == "talk")
        await stage.page.act("hang_up", leg=the_agent(page.sections, ADA)["leg"])
        ended = await page.until(lambda s: s["ended"])
        assert ended[0]["agent"] == "Ada Agent"


async def test_an_agents_presence_is_the_persons_and_no_scripts(stage: Stage) -> None:
    shell = stage.server.shell
    traffic = Traffic(shell.world, 1, [SUPPORT], [ADA], paused=True)
    async with stage.page.open() as page:
        await stage.page.act("presence", agent=ADA, presence="InAMeeting")
        await page.until(lambda s: the_agent(s, ADA)["activity"] == "InAMeeting")
        traffic.begin(shell.now())
        for presence in ("Available", "Away"):
            await stage.page.act("presence", agent=ADA, presence=presence)
            for later in range(0, 120_000, 1_000):
                traffic.step(shell.now() + later)
                assert shell.world.presences.shown(ADA) == (presence, presence)


async def test_scripted_callers_rest_and_ring_again(stage: Stage) -> None:
    shell = stage.server.shell
    traffic = Traffic(shell.world, 1, [SUPPORT], [ADA])
    stage.server.page.show_traffic(traffic)
    async with stage.page.open() as page:
        await page.until(lambda s: s["traffic"]["on"])
        await stage.page.act("traffic", on=False)
        await page.until(lambda s: s["traffic"]["on"] is False)
        traffic.begin(shell.now())
        for later in range(0, 60_000, 1_000):
            traffic.step(shell.now() + later)
        assert shell.world.exchange.legs == {}
        await stage.page.act("traffic", on=True)
        traffic.step(shell.now() + 60_000)
        await page.until(lambda s: s["callers"])


@pytest.mark.parametrize(
    ("act", "body", "said"),
    [
        ("press", {"leg": "leg-9", "key": "1"}, "That call is over."),
        ("answer", {"leg": "leg-9"}, "That call is over."),
        ("presence", {"agent": ADA, "presence": "Asleep"}, "not 'Asleep'"),
        ("presence", {"agent": "nobody", "presence": "Away"}, "nobody is called 'nobody'"),
        ("play", {"agent": ADA, "on": "yes"}, "on is true or false"),
        ("fault", {"name": "slow", "value": "9 s"}, "slow is off, 0.5 s, 3 s, not '9 s'"),
        ("fault", {"name": "fire", "value": "1"}, "a fault is one of"),
        ("switch", {"name": "roster", "value": "x"}, "roster is one of"),
        ("traffic", {"on": False}, "there are no scripted callers here"),
        ("kill", {}, "the service was not started from here"),
    ],
)
async def test_what_cannot_be_done_is_said(
    stage: Stage, act: str, body: dict[str, Any], said: str
) -> None:
    status, answer = await stage.page.tried(act, **body)
    assert status == 409
    assert said in answer["error"]


async def test_the_callers_own_phone_cannot_be_answered(stage: Stage) -> None:
    stage.service.status = 500
    leg = (await stage.page.act("dial", to=SUPPORT))["leg"]
    assert (await stage.page.tried("answer", leg=leg))[0] == 409
    status, answer = await stage.page.tried("press", leg=leg, key="1")
    assert (status, answer["error"]) == (409, "Keys are heard once somebody has picked up.")
