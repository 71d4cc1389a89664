"""The whole service in this process, on SQLite, against a whole emulator."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from aiohttp.test_utils import unused_port
from kit.waiting import until

from bot.app import App, opened, serving
from bot.metrics.telemetry import Telemetry
from bot.settings import load_settings
from bot.surroundings import attach
from bot.tasks import TaskSet
from emulator.config import Person, default_config
from emulator.server import Options, Server


@dataclass(frozen=True, slots=True)
class WholeService:
    """Both sides, running."""

    app: App
    emulator: Server
    url: str

    async def hired(self) -> None:
        """Until the directory has told the engine who the agents are."""

        async def known() -> bool:
            state = self.app.board.loop.state()
            return state is not None and bool(state.agents)

        await until(known)


@asynccontextmanager
async def whole_service(
    plan: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    environment: Mapping[str, str] | None = None,
    people: tuple[Person, ...] = (),
) -> AsyncIterator[WholeService]:
    """`environment` is what differs from a service with a managed identity; `people` live there
    besides those of the emulator's own directory."""
    port = unused_port()
    (folder / "plan.yaml").write_text(plan)
    config = default_config(webhook=f"http://127.0.0.1:{port}/api/calls")
    config = replace(config, people=config.people + people)
    emulator = Server(Options(config=config, folder=folder, port=0))
    await emulator.start()
    try:
        known = emulator.environment()
        for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER"):
            monkeypatch.setenv(name, known[name])  # azure-identity reads these itself
        settings = load_settings(
            known
            | {
                "SWITCHBOARD_PORT": str(port),
                "SWITCHBOARD_PUBLIC_URL": f"http://127.0.0.1:{port}",
                "SWITCHBOARD_DATABASE_URL": f"sqlite:///{folder}/switchboard.db",
                "SWITCHBOARD_PLAN": str(folder / "plan.yaml"),
            }
            | dict(environment or {})
        )
        telemetry = Telemetry()
        async with opened(settings, telemetry, TaskSet(telemetry.crashed)) as app:
            attach(app, telemetry)
            async with serving(app) as url:
                yield WholeService(app, emulator, url)
    finally:
        await emulator.stop()
