"""Graph fails for as long as it matters: a ring of which nobody knows whether it began, an answer
that never succeeds. tests/live/test_graph_bad_days.py shows the beginning of it over real HTTP; the
seconds that have to pass pass here at once.
"""

import pytest
from kit.switchboard_scene import WEBHOOK, Scene, plan
from kit.virtual_time import run_virtual

from bot.metrics.telemetry import Telemetry
from emulator.audit import audit
from emulator.config import default_config
from emulator.exchange import Leg
from emulator.faults import Fault
from emulator.scripts import Behaviour
from routing.action import Action, ActionKind
from routing.plan import Queue

DOUBTFUL = ("500", "503", "reset", "reply_lost", "429")
QUICK = Behaviour(after_ms=50, key="1", key_after_ms=50, key_on_prompt=True, talk_ms=120_000)
REPORTS_ITSELF_MS = 20_000
FALLBACK = "+14255550199"


async def met_one_by_one(scene: Scene) -> dict[str, Leg]:
    """Callers by what became of their agent's call, which does not say on whose behalf it is."""
    legs = {}
    for kind in DOUBTFUL:
        scene.world.faults.add(Fault(kind=kind, op="create"))
        legs[kind] = scene.call()
        await scene.run_for(4_000)
        assert scene.world.faults.rules == []
    return legs


def bridged(scene: Scene, *legs: Leg) -> list[int]:
    """How often each of them was connected with an agent."""
    talks = [r.leg for r in scene.world.log if r.kind == "bridged"]
    return [talks.count(leg.id) for leg in legs]


def test_a_created_call_in_doubt_is_never_made_again_and_the_next_agent_is_rung() -> None:
    async def story() -> None:
        config = default_config(webhook=WEBHOOK, agents=20)
        queue = Queue(name="support", members=("agents@contoso.example",))
        async with Scene(plan=plan(queue), config=config) as scene:
            scene.world.default_behaviour(QUICK)
            legs = await met_one_by_one(scene)
            # 429 says that nothing was done, and what rings all the same reports itself.
            assert bridged(scene, legs["429"], legs["reply_lost"]) == [1, 1]
            made = len(scene.ops("create"))
            # One each, and another for the 429, as long as the others may still report themselves.
            assert made == len(DOUBTFUL) + 1
            await scene.run_for(REPORTS_ITSELF_MS + 5_000)
            assert len(scene.ops("create")) == made + 3
            assert bridged(scene, *legs.values()) == [1] * len(DOUBTFUL)
            rings = [r.party for r in scene.world.log if r.kind == "ring"]
            assert len(rings) == len(set(rings)) == len(DOUBTFUL)
            assert audit(scene.world.log, over=False).violations == []

    run_virtual(story())


@pytest.mark.parametrize("kind", ["500", "503", "reset"])
def test_an_answer_that_fails_until_the_deadline_sends_the_caller_to_the_fallback(
    kind: str,
) -> None:
    async def story() -> None:
        queue = Queue(name="support", members=("agents@contoso.example",))
        fallback = Action(kind=ActionKind.NUMBER, ref=FALLBACK)
        async with Scene(plan=plan(queue, fallback=fallback), latency_ms=5) as scene:
            telemetry = Telemetry()
            scene.board.loop.on_facts = lambda gathered: telemetry.saw(gathered.facts)
            leg = scene.call()
            fault = Fault(kind=kind, op="answer", call=leg.call, times=0, retry_after=None)
            scene.world.faults.add(fault)
            await scene.run_for(14_000)
            [contact] = audit(scene.world.log, over=False).contacts
            assert (contact.outcome, contact.connected_to) == ("forwarded", FALLBACK)
            assert scene.ops("redirect") == ["redirect 202"]
            page = telemetry.page().decode().splitlines()
            ends = [line for line in page if line.startswith("switchboard_contact_ends_total{")]
            assert len(ends) == 1
            assert "answer" in ends[0]
            assert ends[0].endswith(" 1.0")

    run_virtual(story())
