"""The whole stack behind the tab, and a browser that opens it alone or inside a made-up Teams.

Teams is a page at its own address that the browser is given instead of the real one: it frames the
tab and answers Microsoft's library, which believes nobody else.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from kit.browsers import PATIENCE_MS, Tab
from kit.node_packages import package
from playwright.async_api import Browser, FrameLocator, Page, Route

from emulator.callers import WorldError
from emulator.config import Config, Person, default_config, object_id
from emulator.customers_web import PLACE
from emulator.launcher import DATABASE, Launch, LaunchOptions
from emulator.scripts import CallerScript

ADA, BEN = "ada.agent@contoso.example", "ben.agent@contoso.example"
SAM, UNA = "sam.supervisor@contoso.example", "una.user@contoso.example"
EVE, NED = "eve.agent@contoso.example", "ned.supervisor@contoso.example"
CALLER = "+14255550123"
SCRIPT = "<img src=x onerror=document.title='run'><script>document.title='run'</script>"
THEMES = ("default", "dark", "contrast")
TEAMS = "https://teams.microsoft.com/"
NARROW = {"width": 320, "height": 640}
PLAN = f"""
tenant: contoso.example
default_entry_point: support
not_ready_reasons:
  lunch: {{words: {{en: Lunch, ko: 점심}}, back_after: 45m}}
entry_points:
  support:
    account: support@contoso.example
    country: US
    queue: support
    fallback: {{number: "+14255550199"}}
  sales:
    account: sales@contoso.example
    queue: sales
    fallback: {{number: "+14255550199"}}
  known:
    account: frontdesk@contoso.example
    queue: support
    fallback: {{number: "+14255550199"}}
context:
  crm:
    source: http
    title: CRM
    entry_points: known
    url: {PLACE}/crm?who={{user}}
    private: true
    fields: {{Customer: name}}
    links: {{Open in CRM: "https://crm.contoso.example/{{answer.name}}"}}
  slow:
    source: http
    entry_points: known
    url: {PLACE}/slow?who={{user}}
    private: true
    fields: {{A: a}}
  directory: {{source: profile, title: Directory, entry_points: known}}
  earlier: {{source: history, title: Earlier calls, entry_points: known}}
queues:
  support:
    title: Support
    members: [{ADA}, {EVE}]
    supervisors: [{SAM}]
    ring_seconds: 55
    wrap_up: 5m
    extend: {{by: 30s, most: 1}}
    disposition: required
    dispositions:
      solved: {{words: {{en: Solved, ko: 해결}}}}
      open: {{words: {{en: Still open, ko: 미해결}}}}
  sales:
    title: Sales
    members: [{BEN}]
    opt_out: false
    max_wait: 1s
    on_max_wait: voicemail
"""


def config(webhook: str) -> Config:
    base = default_config(webhook=webhook, agents=2)
    eve = Person(
        id=object_id(EVE), upn=EVE, name=SCRIPT, tenant_id=base.tenant_id, roles=("Agent",)
    )
    ned = Person(
        id=object_id(NED), upn=NED, name="Ned", tenant_id=base.tenant_id, roles=("Supervisor",)
    )
    # Nobody takes a call by themselves: whoever calls waits where the test wants it.
    people = tuple(
        replace(p, availability="Away", activity="Away") for p in (*base.people, eve, ned)
    )
    return replace(base, people=people)


@asynccontextmanager
async def tab_house(folder: Path) -> AsyncIterator[Launch]:
    launch = Launch(
        LaunchOptions(
            make_config=config,
            plan=PLAN,
            folder=folder,
            port=0,
            service_port=0,
            settings={"SWITCHBOARD_VOICE": "none"},
        )
    )
    async with launch:
        await launch.ready()
        yield launch


def database_of(house: Launch) -> str:
    """Where the service writes, for a command beside it."""
    return f"sqlite:///{house._options.folder.resolve() / DATABASE}"


@asynccontextmanager
async def visitor(
    browser: Browser, *, complains: bool = False, **options: Any
) -> AsyncIterator[Tab]:
    """A browser window of its own. Raises AssertionError when its console complained."""
    shape = {"viewport": {"width": 1100, "height": 800}, "locale": "en-US"} | options
    context = await browser.new_context(**shape)
    context.set_default_timeout(PATIENCE_MS)
    opened = Tab(await context.new_page())
    opened.watch_console()
    try:
        yield opened
    finally:
        await context.close()
    if not complains:
        assert opened.wrong == [], opened.wrong


async def sign_in(opened: Tab, house: Launch, upn: str, place: str = "") -> None:
    """To the tab, to the emulator, and back as this person."""
    await opened.page.goto(f"{house.service_url}/tab/{place}")
    await opened.page.click("button.primary")
    await opened.page.click(f"button[value='{upn}']")
    await opened.until("main h1")


def rings(house: Launch, account: str, who: str = CALLER) -> str:
    """Somebody calls, and waits; the leg."""
    script = CallerScript(to=f"{account}@contoso.example", who=who)
    leg = house.world.place_call(script, house.shell.now())
    house.shell.pump()
    return leg.id


def hangs_up(house: Launch, leg: str) -> None:
    house.world.hang_up(leg, house.shell.now())
    house.shell.pump()


def presence(house: Launch, upn: str, word: str) -> None:
    """Teams shows the person so from now on."""
    house.world.set_presence(upn, word, word, house.shell.now())


def picks_up(house: Launch, upn: str) -> bool:
    """The agent takes the phone, if it rings yet."""
    try:
        house.world.agent_answer(upn, house.shell.now())
    except WorldError:
        return False
    house.shell.pump()
    return True


async def faults(page: Page, frame: str = "") -> list[str]:
    """What axe finds wrong, serious and worse, as `rule: what`."""
    where = page.frame(name=frame) if frame else page.main_frame
    assert where is not None
    # Injected by the test's hand: the page's own policy lets no stranger's script in.
    await where.evaluate((package("axe-core") / "axe.min.js").read_text())
    found = await where.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:120]}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]


HOST_PAGE = """<!doctype html><html><head><title>Teams</title></head><body>
<script>
const told = %(told)s;
window.asked = [];
window.addEventListener("message", (event) => {
  const message = event.data;
  if (!message || !message.func) return;
  window.asked.push(message.func);
  const answers = {
    "initialize": ["content", "web", JSON.stringify({apiVersion: 2, supports: {}}), "2.58.0"],
    "getContext": [{theme: told.theme, locale: told.locale, page: {}, app: {}}],
    "authentication.getAuthToken": told.token ? [true, told.token] : [false, told.refusal],
  };
  if (!(message.func in answers) || told.silent) return;
  const {id, uuidAsString} = message;
  event.source.postMessage({id, uuidAsString, args: answers[message.func]}, event.origin);
});
window.wear = (theme) => {
  frames[0].postMessage({func: "themeChange", args: [theme]}, told.origin);
};
</script>
<iframe name="tab" width="900" height="600" src="%(src)s"></iframe></body></html>"""


@asynccontextmanager
async def in_teams(
    browser: Browser, house: Launch, told: dict[str, Any], host: str = TEAMS
) -> AsyncIterator[tuple[Tab, FrameLocator]]:
    """The tab inside a page at `host` that says what `told` holds."""
    src = f"{house.service_url}/tab/"
    page = HOST_PAGE % {"told": json.dumps(told | {"origin": house.service_url}), "src": src}

    async def answer(route: Route) -> None:
        await route.fulfill(content_type="text/html", body=page)

    async def nothing(route: Route) -> None:
        await route.abort()

    # Microsoft's list of hosts is out of reach here, which the library and its log must bear.
    async with visitor(browser, complains=True, permissions=["local-network-access"]) as opened:
        await opened.page.route(f"{host}**", answer)
        await opened.page.route("https://res.cdn.office.net/**", nothing)
        await opened.page.goto(host)
        yield opened, opened.page.frame_locator("iframe[name=tab]")
