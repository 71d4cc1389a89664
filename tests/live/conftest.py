"""One house per database: a start costs seconds, a phone call does not."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from kit.live_house import LiveHouse, live_house
from kit.postgres import empty_schema, postgres_server

__all__ = ["at_rest", "house", "postgres_server"]


@pytest_asyncio.fixture(scope="session", loop_scope="session", params=["sqlite", "postgresql"])
async def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[LiveHouse]:
    folder = tmp_path_factory.mktemp("house")
    if request.param == "sqlite":
        async with live_house(folder, [f"sqlite:///{folder}/switchboard.db"]) as house:
            yield house
        return
    server: str = request.getfixturevalue("postgres_server")
    async with empty_schema(server) as url, live_house(folder, [url]) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="session")
async def at_rest(house: LiveHouse) -> AsyncIterator[LiveHouse]:
    """The house for one test. Afterwards everybody goes home, and the log is recounted."""
    async with house.day():
        yield house
