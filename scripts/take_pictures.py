"""Takes the pictures of both pages for the documents, with the real service behind them.

`make pictures`. The callers and agents follow a small script, so that each picture shows something
of everything; names and numbers are the emulator's own.
"""

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from emulator.config import default_config  # noqa: E402
from emulator.launcher import Launch, LaunchOptions  # noqa: E402
from emulator.scripts import Behaviour, CallerScript  # noqa: E402

DOCS = ROOT / "docs"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
WIDE, PHONE = {"width": 1440, "height": 1200}, {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 1000}
WORK = {"width": 1000, "height": 700}
AT_MOST = 300 * 1024
ACCEPTS = Behaviour(after_ms=1_500, key="1", key_on_prompt=True)
AWAY = {
    "chloe": ("Away", "Away"),
    "david": ("Busy", "InAMeeting"),
    "emma": ("BeRightBack", "BeRightBack"),
    "hugo": ("DoNotDisturb", "Presenting"),
    "iris": ("Busy", "Busy"),
}


async def main() -> int:
    program = next((path for name in PROGRAMS if (path := shutil.which(name))), None)
    if program is None:
        print("no Chromium here to take pictures with: apt-get install chromium")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        launch = Launch(
            LaunchOptions(
                make_config=lambda webhook: default_config(webhook=webhook),
                plan=ROOT / "docs" / "examples" / "plan.yaml",
                folder=Path(folder),
                port=0,
                service_port=0,
            )
        )
        async with launch, async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=program, chromium_sandbox=False, args=FLAGS
            )
            await Pictures(launch, browser).take()
            await browser.close()
    return 0


class Pictures:
    def __init__(self, launch: Launch, browser: Browser) -> None:
        self._launch = launch
        self._browser = browser

    async def take(self) -> None:
        await self._launch.ready()
        page = await self._open(WIDE, "light")
        await page.click("#listen")
        await self._play(page)
        await page.click(".card:has-text('Ben Agent')")
        await page.wait_for_selector("#ear-role:has-text('the agent')")
        await page.wait_for_selector("#tracks li:nth-child(2) .span:nth-child(5)")
        await page.wait_for_function(
            "document.getElementById('ear-path').getAttribute('d').length > 99"
        )
        await self._keep(page, "page.png")
        phone = await self._open(PHONE, "light", scale=2)
        await phone.click("#views [data-view=line]")
        await self._keep(phone, "page-phone.png")
        await self._tab()
        await self._kill()

    async def _tab(self) -> None:
        floor = await self._signed_in("sam.supervisor", "#/floor", DESK, "light")
        await floor.click("tr[data-stage=deciding] a")
        await floor.wait_for_selector(".offers p")
        await self._keep(floor, "tab-floor.png")
        talks = await floor.inner_text("tr[data-stage=connected] td:last-child >> nth=0")
        first = talks.split()[0].lower()
        work = await self._signed_in(f"{first}.agent", "", WORK, "light")
        await work.fill("#note", "Asks when the order arrives. Sent the tracking link.")
        await work.wait_for_selector("#note-state[data-state=saved]")
        await self._keep(work, "tab-work.png")
        agent = await self._signed_in("ada.agent", "", PHONE, "dark", scale=2)
        await agent.wait_for_selector("tbody")
        await self._keep(agent, "tab.png")

    async def _kill(self) -> None:
        page = await self._open(WIDE, "dark")
        await page.click("#listen")
        await page.click("#stage-waiting .card >> nth=0")
        await page.click("#kill")
        await page.wait_for_selector("#recovery[data-state=done]", timeout=60_000)
        await page.wait_for_selector("#lanes .row:has-text('Taken up again')")
        await page.evaluate("document.getElementById('lanes').scrollTop = 1e6")
        await self._keep(page, "page-kill.png")

    # --- what happens

    async def _play(self, page: Page) -> None:
        """Some have gone, two talk, one is being announced, three wait, one has just called."""
        world, shell = self._launch.world, self._launch.shell
        for name, presence in AWAY.items():
            world.set_presence(f"{name}.agent@contoso.example", *presence, shell.now())
        world.default_behaviour(ACCEPTS)
        await page.wait_for_selector(".agent:has-text('Emma Agent') >> text=Be right back")
        await page.wait_for_function("document.querySelectorAll('.queue').length === 2")
        self._calls("sales", "user", "", steps=({"do": "hang_up", "after_ms": 900},))
        self._calls("sales", "pstn", "+14255550147", talk_ms=2_500)
        await page.wait_for_selector("#gone >> text=talked with")
        self._calls("support", "pstn", "+14255550123")
        await page.wait_for_selector("#stage-talking .card >> nth=0")
        self._calls("sales", "guest", "")
        await page.wait_for_selector("#stage-talking .card >> nth=1")
        world.default_behaviour(Behaviour(after_ms=1_000))  # picks up, and listens to the end
        self._calls("support", "pstn", "+14255550162")
        await page.wait_for_selector("#stage-offered .card")
        for kind, who in (("withheld", ""), ("federated", ""), ("pstn", "+14255550185")):
            self._calls("support", kind, who)
        await page.wait_for_selector("#stage-waiting .card >> nth=2")
        self._calls("frontdesk", "pstn", "+14255550119")
        await page.wait_for_selector("#stage-arriving .card:has-text('answered')")

    def _calls(self, account: str, kind: str, who: str, **script: object) -> None:
        row = {"to": f"{account}@contoso.example", "kind": kind, "who": who, **script}
        self._launch.world.place_call(CallerScript.from_json(row), self._launch.shell.now())
        self._launch.shell.pump()

    # --- the camera

    async def _open(self, viewport: dict[str, int], scheme: str, scale: int = 1) -> Page:
        context = await self._browser.new_context(
            viewport=viewport,  # type: ignore[arg-type]
            color_scheme=scheme,  # type: ignore[arg-type]
            device_scale_factor=scale,
        )
        page = await context.new_page()
        await page.goto(self._launch.url)
        await page.wait_for_selector("#service[data-state=up]")
        return page

    async def _signed_in(
        self, who: str, place: str, viewport: dict[str, int], scheme: str, scale: int = 1
    ) -> Page:
        context = await self._browser.new_context(
            viewport=viewport,  # type: ignore[arg-type]
            color_scheme=scheme,  # type: ignore[arg-type]
            device_scale_factor=scale,
        )
        page = await context.new_page()
        await page.goto(f"{self._launch.service_url}/tab/{place}")
        await page.click("button.primary")
        await page.click(f"button[value='{who}@contoso.example']")
        return page

    async def _keep(self, page: Page, name: str) -> None:
        await page.screenshot(path=DOCS / name, animations="disabled")
        size = (DOCS / name).stat().st_size
        print(f"docs/{name}: {size // 1024} KiB", flush=True)
        if size > AT_MOST:
            sys.exit(f"docs/{name} is larger than {AT_MOST // 1024} KiB: show less, or smaller")


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
