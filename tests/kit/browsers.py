"""A real browser for the tests of the page, and what it must never see.

Debian's Chromium (or another: `found_browser.py`) is driven by Playwright's own driver, which its
wheel carries; nothing is downloaded. The click on Listen is real: autoplay is as strict as it is
for people.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE = {"width": 1440, "height": 1000}
PHONE = {"width": 390, "height": 844}
PATIENCE_MS = 20_000


@asynccontextmanager
async def driven_browser(program: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program, chromium_sandbox=False, args=QUIET
        )
        yield browser
        await browser.close()


@dataclass(slots=True)
class Tab:
    """One open page. `wrong` collects what its console complained of."""

    page: Page
    wrong: list[str] = field(default_factory=list[str])

    def watch_console(self) -> None:
        def said(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                self.wrong.append(message.text)

        self.page.on("console", said)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))

    async def text(self, selector: str) -> str:
        return (await self.page.inner_text(selector)).replace("\u00a0", " ")

    async def until(self, selector: str, text: str = "", within_ms: int = PATIENCE_MS) -> None:
        """Until something visible fits the selector (and has this text)."""
        found = self.page.locator(selector)
        if text:
            found = found.filter(has_text=text)
        await found.first.wait_for(state="visible", timeout=within_ms)

    async def evaluate(self, script: str, argument: Any = None) -> Any:
        return await self.page.evaluate(script, argument)


@asynccontextmanager
async def tab(browser: Browser, url: str, **options: Any) -> AsyncIterator[Tab]:
    """A tab in a profile of its own. Raises AssertionError when its console complained."""
    context = await browser.new_context(**({"viewport": WIDE} | options))
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    opened = Tab(page)
    opened.watch_console()
    try:
        await page.goto(url)
        await opened.until("#service[data-state=up]")
        yield opened
    finally:
        await context.close()
    assert opened.wrong == [], opened.wrong


def picture(name: str) -> Path:
    """Where a failing test leaves what it saw."""
    folder = Path("var/pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.png"
