"""kill -9 while somebody waits to be called back, with nobody on the phone: they are called."""

from __future__ import annotations

from pathlib import Path

from kit.launched import launched, recounted, until_everybody_left
from kit.waiting import until

from emulator.launcher import Launch
from emulator.scene_book import chosen_acts
from emulator.scripts import Behaviour, CallerScript, Step

NUMBER = "+14255560101"


async def test_who_was_promised_a_callback_is_called_after_a_kill(tmp_path: Path) -> None:
    (act,) = chosen_acts(["called_back-consult"])
    agent = act.agents[0]
    async with launched([act], tmp_path) as launch:
        world, shell = launch.world, launch.shell
        world.script_agent(agent, (Behaviour(after_ms=100, key="1", talk_ms=500),))
        world.script_agent(NUMBER, (Behaviour(after_ms=100, key="1", key_after_ms=500),))
        asks = tuple(
            Step(do="key", key="1", on="queue", after_ms=after_ms) for after_ms in (500, 1_000)
        )
        world.place_call(CallerScript(to=act.account, who=NUMBER, steps=asks), shell.now())
        shell.pump()
        await until(lambda: stands(launch), within_s=30)
        await until_everybody_left(launch)
        killed = launch.child.pid
        launch.child.kill()
        await until(lambda: back(launch, killed), within_s=60)
        assert await stands(launch)
        world.set_presence(agent, "Available", "Available", shell.now())
        shell.pump()
        await until(lambda: talked(launch), within_s=60)
        await until_everybody_left(launch)
        result = recounted(launch)
        assert result.violations == []
        assert result.contacts[0].outcome == "called_back"
        assert launch.child.starts == 2


async def stands(launch: Launch) -> bool:
    """Whether the callback waits in the line, with nobody on the phone."""
    told = await launch.console.get("/api/callbacks")
    rows = (told or {}).get("callbacks")
    return bool(rows) and rows[0]["stage"] == "waiting"  # type: ignore[index]


async def talked(launch: Launch) -> bool:
    return recounted(launch).contacts[0].dials == ["talk"]


async def back(launch: Launch, killed: int | None) -> bool:
    return launch.child.pid not in (None, killed) and await launch.console.ready()
