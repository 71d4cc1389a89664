"""The whole stack behind a page: the real service with ten small queues, an agent in each."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from kit.waiting import until

from emulator.config import Account, Config, default_config, object_id
from emulator.exchange import Leg
from emulator.launcher import Launch, LaunchOptions
from emulator.log import Heard
from emulator.scripts import Behaviour, CallerScript

DESKS = {
    "Support": ("ada.agent", "consult"),
    "Sales": ("ben.agent", "group_call"),
    "Billing": ("chloe.agent", "consult"),
    "Returns": ("david.agent", "consult"),
    "Parcels": ("emma.agent", "consult"),
    "Front Desk": ("finn.agent", "transfer"),
    "Repairs": ("grace.agent", "consult"),
    "Orders": ("hugo.agent", "consult"),
    "Travel": ("iris.agent", "consult"),
    "Press": ("jin.agent", "consult"),
}
"""account and queue -> its only agent, and how the two are connected"""
HELP_LINE = "Help Line"
"""an account with a menu: 1 leads to Repairs, 2 to Orders"""
FLOW = """\
flows:
  helpline:
    steps:
      menu:
        menu: which
        keys: {1: {queue: repairs}, 2: {queue: orders}}
        wait: 30s
        otherwise: disconnect
"""
GREETING = "Welcome to Contoso."
QUEUE = """\
  {key}:
    title: {title}
    members: [{agent}@contoso.example]
    delivery: {delivery}
    wrap_up: 1s
    max_wait: 10m
    on_max_wait: {{disconnect: true, prompt: sorry}}
    fallback: {{number: "+14255550199"}}
"""
PARCELS = """\
    keys: {8: voicemail, 9: callback}
    callback: {tries: 1}
"""
"""nobody is there, so callers leave a message or want to be called back"""
ENTRY = """\
  {key}:
    account: {key}@contoso.example
    queue: {key}
    greeting: welcome
    country: US
    fallback: {{number: "+14255550199"}}
"""


def key_of(title: str) -> str:
    return title.lower().replace(" ", "")


def plan() -> str:
    entries = "".join(ENTRY.format(key=key_of(title)) for title in DESKS)
    queues = "".join(
        QUEUE.format(key=key_of(title), title=title, agent=agent, delivery=delivery)
        + (PARCELS if title == "Parcels" else "")
        for title, (agent, delivery) in DESKS.items()
    )
    return (
        "tenant: contoso.example\ndefault_entry_point: support\n"
        f"entry_points:\n{entries}"
        "  helpline:\n    account: helpline@contoso.example\n    flow: helpline\n"
        '    fallback: {number: "+14255550199"}\n'
        f"{FLOW}queues:\n{queues}"
        f"prompts:\n  welcome: {{say: {{en: {GREETING}}}}}\n  sorry: {{say: {{en: Sorry.}}}}\n"
        "  which: {say: {en: For repairs press 1. For orders press 2.}}\n"
    )


def config(webhook: str) -> Config:
    base = default_config(webhook=webhook, agents=len(DESKS))
    application = base.applications[0]
    accounts = tuple(
        Account(
            id=object_id(f"{key_of(title)}@contoso.example"),
            upn=f"{key_of(title)}@contoso.example",
            name=title,
            tenant_id=application.tenant_id,
            app_id=application.id,
            number=f"+142555501{place:02d}",
        )
        for place, title in enumerate((*DESKS, HELP_LINE))
    )
    # Emma is not there: whoever calls about parcels waits.
    people = tuple(
        replace(person, availability="Away", activity="Away")
        if person.upn.startswith("emma.")
        else person
        for person in base.people
    )
    return replace(base, accounts=accounts, people=people)


@asynccontextmanager
async def page_house(folder: Path) -> AsyncIterator[Launch]:
    launch = Launch(
        LaunchOptions(
            make_config=config, plan=plan(), folder=folder, port=0, service_port=0, log_limit=50_000
        )
    )
    async with launch:
        await launch.ready()
        yield launch


def caller(launch: Launch, desk: str, **script: object) -> Leg:
    """Somebody calls the desk, by script."""
    to = f"{key_of(desk)}@contoso.example"
    leg = launch.world.place_call(CallerScript.from_json({"to": to, **script}), launch.shell.now())
    launch.shell.pump()
    return leg


def agent(launch: Launch, desk: str, behaviour: Behaviour) -> str:
    """The desk's agent acts by script."""
    upn = f"{DESKS[desk][0]}@contoso.example"
    launch.world.script_agent(upn, (behaviour,))
    return upn


async def everybody_leaves(launch: Launch) -> None:
    """Everybody hangs up, faults and switches are as usual, nobody is played."""
    world, shell = launch.world, launch.shell
    for leg in list(world.exchange.legs.values()):
        if leg.id in world.exchange.legs:
            world.hang_up(leg.id, shell.now())
    world.faults.clear()
    world.people.played.clear()
    shell.pump()

    async def nobody_here() -> bool:
        return not world.exchange.legs

    # A phone that began to ring as its caller left stops when Graph's word about it is in.
    await until(nobody_here, within_s=60)


def heard(launch: Launch, leg: str) -> list[Heard]:
    """What this phone heard, by the emulator's own log."""
    return [r for r in launch.world.log if isinstance(r, Heard) and r.leg == leg]
