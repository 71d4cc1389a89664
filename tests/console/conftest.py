"""A browser and the whole stack behind it, once for all who look at the tab."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from kit.browsers import driven_browser
from kit.found_browser import found_browser, left_out
from kit.tab_house import tab_house
from playwright.async_api import Browser

from emulator.launcher import Launch

# tests/conftest.py says so, in one line.
NEED_A_BROWSER = [
    "test_in_a_browser.py",
    "test_in_teams.py",
    "test_floor_page.py",
    "test_controls_in_a_browser.py",
    "test_reports_page.py",
    "test_my_work.py",
]
collect_ignore = NEED_A_BROWSER if left_out() else []


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    program = found_browser()
    assert program is not None, "a browser is demanded, and there is none"
    async with driven_browser(program) as driven:
        yield driven


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Launch]:
    del browser  # without one, nothing needs to be started
    async with tab_house(tmp_path_factory.mktemp("tab")) as launch:
        yield launch
