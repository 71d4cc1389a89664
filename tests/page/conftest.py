"""A stage for the routes; a browser and a whole house for what people see and hear."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from kit.browsers import driven_browser
from kit.found_browser import found_browser, left_out
from kit.page_house import everybody_leaves, page_house
from kit.page_stage import Stage, staged
from playwright.async_api import Browser

from emulator.launcher import Launch

# tests/conftest.py says so, in one line.
NEED_A_BROWSER = ["test_seen_and_heard.py", "test_played_by_a_person.py", "test_bad_days_seen.py"]
collect_ignore = NEED_A_BROWSER if left_out() else []


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as found:
        yield found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    program = found_browser()
    assert program is not None, "a browser is demanded, and there is none"
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
