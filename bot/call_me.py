"""`switchboard call-me UPN`: the owner rings somebody, says one sentence, hangs up.

The order goes through the owner's inbox like a supervisor's: the running service makes the call,
and Graph's notifications arrive where they always do. Here is only waited and printed. Nothing is
left behind that rings later: an order that nobody takes in time is void.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import uuid4

import aiohttp
from rich.console import Console

from bot.clock import SteadyClock, wall_ms
from bot.identities import credentials, trusted
from bot.ordered import Misused, spoken_by, with_letterbox
from bot.owner.bodies import CODEC, state_from
from bot.plan_file.section import is_object_id
from bot.settings import BadSettings, Settings, load_settings
from bot.tasks import TaskSet
from console.inquiry import PLAN_KIND, PLANS
from console.past import PastFact, past_fact
from console.timeline import said_of_test
from graph.directory import Directory, Reference
from graph.tokens import Tokens
from graph.transport import HttpTransport, open_session
from routing.facts import FactKind
from routing.plan import Plan
from routing.word_events import TestCallAsked
from store.letterbox import Letterbox

TAKEN_WITHIN_MS = 10_000
"""An owner looks into its inbox four times a second."""
OVER_WITHIN_MS = 90_000
LOOK_EVERY_S = 0.1
LAST = ("ended", "failed", "refused")
COLUMN = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whom to ring, and who wants it."""

    user: str
    by: str = ""


async def call(asked: Asked, database: str | None, tenant: str | None) -> int:
    """Have it made, and print each step with how long it took; 0 when the sentence was played."""

    async def work(box: Letterbox, chosen: str, out: Console) -> int:
        event = TestCallAsked(
            id=f"test-{uuid4()}",
            user=await _object_id(box, chosen, asked.user),
            upn=asked.user,
            app=await _application(box, chosen),
            until=await box.now() + TAKEN_WITHIN_MS,
            by_name=spoken_by(asked.by),
        )
        await box.hand_in(chosen, f"order:{event.id}", CODEC.pack(event))
        return await _print(box, chosen, event, out)

    return await with_letterbox(work, database, tenant)


async def _print(box: Letterbox, tenant: str, event: TestCallAsked, out: Console) -> int:
    first: int | None = None
    steps: list[str] = []
    async for fact in _told(box, tenant, event):
        first = fact.at if first is None else first
        step, why = fact.text("step"), fact.text("why")
        steps.append(step)
        out.print(f"{fact.at - first:>{COLUMN}} ms  {said_of_test(step, why)}", markup=False)
    if not steps:
        out.print(
            "No running service has taken the order, and none will: it is void now. Start the "
            "service; `switchboard doctor` says what keeps it from working.",
            markup=False,
        )
    elif steps[-1] not in LAST:
        out.print("No more news of it. `switchboard doctor` may know why.", markup=False)
    return 0 if "spoken" in steps else 1


async def _told(box: Letterbox, tenant: str, event: TestCallAsked) -> AsyncIterator[PastFact]:
    """The call's steps as they are written down, until the last or until nobody waits longer."""
    seen = 0
    waits_until = event.until + LOOK_EVERY_S * 1000
    while await box.now() < waits_until:
        stored = await box.history.facts_of(tenant, event.id)
        facts = [past_fact(one) for one in stored]
        steps = [fact for fact in facts if fact.kind == FactKind.TEST_CALL]
        for fact in steps[seen:]:
            yield fact
        seen = len(steps)
        if steps and steps[-1].text("step") in LAST:
            return
        if steps:
            waits_until = steps[0].at + OVER_WITHIN_MS
        await asyncio.sleep(LOOK_EVERY_S)


async def _application(box: Letterbox, tenant: str) -> str:
    """The application that rings: the service's first, if the settings say so here, else the only
    one, or any: each may ring people of the tenant."""
    version = await box.plans.latest(tenant)
    if version is None:
        wrong = "No plan has been published for this tenant yet: start the service once."
        raise Misused(wrong)
    plan: Plan = PLANS.decode(PLAN_KIND, version.compiled)
    named = _settings()
    if named is not None and named.app_id in plan.legs:
        return named.app_id
    return next(iter(plan.legs), "")


async def _object_id(box: Letterbox, tenant: str, user: str) -> str:
    """Who it is: known to the service, or looked up with its identity. Raises Misused."""
    if is_object_id(user):
        return user.lower()
    state = state_from(await box.live(tenant), 0)
    wanted = user.strip().lower()
    for agent in state.agents.values():
        if agent.upn.lower() == wanted:
            return agent.id
    if place := state.tenant.addresses.get(wanted):
        return place.id
    settings = _settings()
    if settings is None:
        wrong = (
            f"{user} is no agent that the service knows. Name an agent or an object id, or run "
            "this with the service's settings, which let it look people up."
        )
        raise Misused(wrong)
    return await _looked_up(settings, user)


async def _looked_up(settings: Settings, user: str) -> str:
    async with open_session(ssl_context=trusted(settings)) as http:
        return await _resolve(settings, http, user)


async def _resolve(settings: Settings, http: aiohttp.ClientSession, user: str) -> str:
    tasks = TaskSet()
    clock = SteadyClock(wall_ms())
    tokens = Tokens(credentials(settings), clock.now, spawn=lambda work: tasks.run("token", work))
    transport = HttpTransport(
        http, tokens, settings.graph_url, lease_check=lambda: True, clock_ms=clock.now
    )
    directory = Directory(transport=transport, tenant_id=settings.tenant_id, app_id=settings.app_id)
    reference = Reference(user)
    try:
        resolution = await directory.resolve([reference])
    finally:
        await tasks.stop()
    users = resolution.users.get(reference, ())
    if len(users) == 1:
        return users[0].id
    told = " ".join(each.sentence for each in resolution.findings)
    wrong = told or f"{user} is not one person."
    raise Misused(wrong)


def _settings() -> Settings | None:
    """The service's, where this runs with them; a database and a tenant are enough otherwise."""
    try:
        return load_settings()
    except BadSettings:
        return None
