"""The launcher with the real service, on free ports, for tests that look at it from outside."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from kit.waiting import until

from emulator.audit import Audit, audit
from emulator.demo import plan_text
from emulator.launcher import Launch, LaunchOptions
from emulator.log import Record
from emulator.scene_book import Act, stage


@asynccontextmanager
async def launched(acts: Sequence[Act], folder: Path) -> AsyncIterator[Launch]:
    """Emulator and service with the people and the plan of these acts, ready for calls."""
    launch = Launch(
        LaunchOptions(
            make_config=lambda webhook: stage(acts, webhook),
            plan=plan_text(acts),
            folder=folder,
            port=0,
            service_port=0,
            settings={"SWITCHBOARD_LEGS": "1000", "SWITCHBOARD_VOICE": "none"},
        )
    )
    async with launch:
        await launch.ready()
        yield launch


def recounted(launch: Launch, since: int = 0) -> Audit:
    """The audit of what was logged from place `since` on."""
    return audit(records(launch, since))


def records(launch: Launch, since: int = 0) -> list[Record]:
    return [record for record in launch.world.log if record.seq >= since]


async def until_everybody_left(launch: Launch, *, within_s: float = 60.0) -> None:
    async def nobody_here() -> bool:
        return not launch.world.exchange.legs

    await until(nobody_here, within_s=within_s, every_s=0.05)
