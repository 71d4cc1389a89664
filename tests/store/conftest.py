"""One open store per test, on each database in turn."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from kit.postgres import postgres_server, postgres_url
from kit.store import Opened, Opener

from store.contract import Store

__all__ = ["opener", "postgres_server", "postgres_url", "store", "url"]


@pytest.fixture(params=["sqlite", "sqlite inline", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        address: str = request.getfixturevalue("postgres_url")
        return address
    suffix = "#inline" if request.param == "sqlite inline" else ""
    return f"sqlite:///{tmp_path}/switchboard.db{suffix}"


@pytest.fixture
async def opener() -> AsyncIterator[Opener]:
    """Opens stores, and closes those that the test leaves open."""
    opened = Opened()
    yield opened.open
    await opened.close()


@pytest.fixture
async def store(opener: Opener, url: str) -> Store:
    return await opener(url)
