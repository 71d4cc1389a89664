"""The same inputs give the same steps: whatever the hash seed, event by event."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
WALK = """
import hashlib
from kit.floor_desk import Desk, plan
from routing.events import CallEnded
from routing.plan import Queue, Rule
desk = Desk(plan(Queue(name="b", wrap_up_ms=5_000), Queue(name="a", rule=Rule.SERIAL)), agents=7)
for n in range(30):
    number = desk.arrives(account="account-a" if n % 3 else "account-b")
    if n % 4 == 0:
        leg = desk.picks_up()
        desk.presses(leg, "1" if n % 8 else "2")
        if n % 8:
            desk.linked(number, leg)
    elif n % 5 == 0:
        desk.give(CallEnded(call=f"caller{number}"))
    desk.wait(4_000)
print(hashlib.sha256(repr((desk.commands, desk.facts, desk.records)).encode()).hexdigest())
"""


def _walk(seed: str) -> str:
    env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    done = subprocess.run(
        [sys.executable, "-c", WALK], env=env, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_same_steps_under_every_hash_seed() -> None:
    assert len({_walk("0"), _walk("1"), _walk("77")}) == 1
