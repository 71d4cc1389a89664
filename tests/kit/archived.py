"""A store with a story in it: one contact offered twice, told by the engine itself."""

from collections.abc import Iterable
from pathlib import Path

from kit.floor_desk import Desk, plan
from kit.store import Ticks

from bot.owner.step_batch import Gathered
from console.inquiry import PLANS
from routing.engine import Step
from routing.events import (
    Tick,
)
from routing.plan import Queue
from routing.state import Entity
from routing.word_events import (
    AgentSet,
)
from store.contract import Store
from store.database import open_store

TENANT = "5d0c3f9e-1b7a-4e55-9c6c-0a1f4f6d2b10"
SUPERVISOR = "00000000-0000-0000-0000-0000000000aa"
"""Object id of whom the plan lets see the queue `support`, and not `sales`."""


async def open_with_story(path: Path) -> tuple[Store, Desk]:
    """A SQLite store under `path` in which a contact waits with its second offer."""
    queue = Queue(name="support", title="Support", wrap_up_ms=10_000, supervisors=(SUPERVISOR,))
    desk = Desk(plan(queue, Queue(name="sales", title="Sales")), agents=3)
    desk.give(AgentSet(agent="a2", ready=False, reason="lunch"), after=1_000)
    desk.arrives()
    desk.wait(40_000)
    agents = [("agent", agent.id, agent) for agent in desk.engine.state.agents.values()]
    return await stored(path, desk, agents), desk


async def stored(path: Path, desk: Desk, entities: Iterable[tuple[str, str, Entity]]) -> Store:
    """A SQLite store under `path` with what the desk has told so far, its plan, and these
    entities."""
    store = await open_store(f"sqlite:///{path}", monotonic=Ticks())
    ownership = await store.acquire(TENANT, "test")
    assert ownership is not None
    gathered = Gathered()
    step = Step(facts=desk.facts, records=desk.records)
    for kind, key, entity in entities:
        step.touched[kind, key] = entity
    gathered.add(Tick(), step, desk.now)
    await store.commit(gathered.batch(TENANT, ownership.epoch, 0))
    await store.plans.put(
        TENANT,
        text="tenant: contoso.example\n",
        compiled=PLANS.encode(desk.engine.plan),
        created_at=1,
        created_by="test",
    )
    return store
