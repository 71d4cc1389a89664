"""A caller hangs up while a phone rings by an invitation, and the next one comes: when is it rung?

Nobody knows whether such a phone stops with the call. Under every answer that Graph could give, no
phone rings twice at once by the emulator's own log; and the wait is as short as that allows.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from kit.lost_news import AGENTS
from kit.switchboard_scene import Scene, plan
from kit.virtual_time import run_virtual

from emulator.audit import audit
from emulator.log import Bridged, Ringing, RingStopped
from emulator.scripts import Behaviour, Step
from routing.plan import AbandonedRing, Delivery, Queue

ADA = AGENTS[0]
HOLD, TRUST = AbandonedRing.HOLD, AbandonedRing.TRUST
HUNG_UP_AFTER_MS = 700


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    silent_at: int
    """When Ada's phone stopped ringing for the first caller, from when it began."""
    again_at: int
    """When it rang for the second."""
    twice: bool
    """Whether two of her phones rang at once."""
    talked: bool


def rung(stops: str, told: str, abandoned_ring: AbandonedRing) -> Rung:
    switches = {"invite_after_call": stops, "invite_end_after_call": told}

    async def story() -> Rung:
        queue = Queue(
            name="support",
            members=(ADA,),
            delivery=Delivery.GROUP_CALL,
            abandoned_ring=abandoned_ring,
        )
        async with Scene(plan=plan(queue), switches=switches) as scene:
            takes = Behaviour(after_ms=1_000, talk_ms=5_000)
            scene.world.script_agent(ADA, (Behaviour(do="ignore"), takes))
            scene.call(steps=(Step(do="hang_up", on="ring", after_ms=HUNG_UP_AFTER_MS),))
            await scene.run_for(3_000)
            scene.call()
            await scene.run_for(100_000)
            return recounted(scene)

    return run_virtual(story())


def recounted(scene: Scene) -> Rung:
    log = list(scene.world.log)
    first, second, *_ = (record.at for record in log if isinstance(record, Ringing))
    stopped = next(record.at for record in log if isinstance(record, RingStopped))
    kinds = {violation.kind for violation in audit(log, over=False).violations}
    return Rung(
        silent_at=stopped - first,
        again_at=second - first,
        twice="rung_twice" in kinds,
        talked=any(isinstance(record, Bridged) for record in log),
    )


@pytest.mark.parametrize(
    ("stops", "told", "silent_at", "again_at"),
    [
        ("stops", "told", 750, 5_000),
        ("stops", "untold", 750, 76_000),
        ("rings_on", "told", 60_000, 61_000),
        ("rings_on", "untold", 60_000, 76_000),
    ],
)
def test_no_phone_rings_twice_whatever_it_does_when_the_call_ends(
    stops: str, told: str, silent_at: int, again_at: int
) -> None:
    ada = rung(stops, told, HOLD)
    assert ada.silent_at == silent_at
    assert ada.silent_at < ada.again_at <= again_at
    assert not ada.twice
    assert ada.talked


@pytest.mark.parametrize("told", ["told", "untold"])
def test_where_phones_stop_the_next_caller_waits_for_seconds(told: str) -> None:
    ada = rung("stops", told, TRUST)
    assert ada.again_at <= HUNG_UP_AFTER_MS + 6_000
    assert not ada.twice


def test_trusting_a_phone_that_rings_on_would_ring_it_twice() -> None:
    """Why it is the operator's word and not the default."""
    assert rung("rings_on", "untold", TRUST).twice
