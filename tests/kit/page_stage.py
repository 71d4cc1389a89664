"""An emulator with its page, and a service of a few lines that is none of the product."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from kit.page_reader import PageReader
from kit.small_service import SmallService

from emulator.config import default_config
from emulator.server import Options, Server

ADA = "ada.agent@contoso.example"


@dataclass(slots=True)
class Stage:
    """`page` reads and acts; `server` is the emulator; `service` answers, plays and transfers."""

    page: PageReader
    server: Server
    service: SmallService


@asynccontextmanager
async def staged(folder: Path) -> AsyncIterator[Stage]:
    ada = next(person for person in default_config().people if person.upn == ADA)
    service = SmallService(ada.id)
    async with service.serving(), aiohttp.ClientSession() as http:
        config = default_config(webhook=service.webhook)
        server = Server(Options(config=config, folder=folder, port=0))
        await server.start()
        service.environment = server.environment()
        try:
            yield Stage(PageReader(server.url, http), server, service)
        finally:
            await server.stop()
