"""A stage for the routes; a browser and a whole house for what people see and hear."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from kit.browsers import HOW_TO_GET_ONE, driven_browser, found_browser, is_demanded
from kit.page_house import everybody_leaves, page_house
from kit.page_stage import Stage, staged
from playwright.async_api import Browser

from emulator.launcher import Launch


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as found:
        yield found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    program = found_browser()
    if program is None:
        if is_demanded():
            pytest.fail(HOW_TO_GET_ONE)
        pytest.skip(HOW_TO_GET_ONE)
    async with driven_browser(program) as driven:
        yield driven


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def whole_house(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Launch]:
    del browser  # without one, nothing needs to be started
    async with page_house(tmp_path_factory.mktemp("house")) as launch:
        yield launch


@pytest_asyncio.fixture(loop_scope="session")
async def house(whole_house: Launch) -> AsyncIterator[Launch]:
    """The house for one test; afterwards everybody goes home."""
    yield whole_house
    await everybody_leaves(whole_house)
