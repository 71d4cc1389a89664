"""`python -m emulator demo`: every scene as fast as it goes, then a table and the audit.

The service is the real process over real HTTP. What happened is recounted from the emulator's own
log; the service is asked for one instant only: when it put a caller into a queue.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from ruamel.yaml import YAML

from emulator.audit import audit
from emulator.demo_report import Line, Report
from emulator.launcher import Launch, LaunchOptions
from emulator.live_table import rows
from emulator.log import Log, Ringing
from emulator.scene import play
from emulator.scene_book import Act, chosen_acts, plan_of, script_of, stage
from emulator.scene_verdicts import context_in_time, verdicts
from emulator.shapes import Json
from emulator.tally import Tally

FOLDER = Path("var/demo")
APART_MS = 300
"""between two acts: people do not all call at the same instant"""
AT_MOST_S = 180.0
SETTLE_S = 1.0
LEGS = "1000"
SECRETS = '{"scene": "0123456789abcdef"}'
"""what the scenes' webhooks sign with"""
WIDTH = 130


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    demo = commands.add_parser("demo", help="every scene once, a table and an audit")
    demo.add_argument(
        "--only", nargs="+", default=[], metavar="NAME", help="scenes, deliveries, scene-delivery"
    )
    demo.add_argument("--list", action="store_true", help="name the scenes and stop")
    demo.add_argument("--json", type=Path, metavar="FILE", help="the results as JSON")
    demo.add_argument(
        "--switch", action="append", default=[], metavar="NAME=VALUE", help="emulator/switches.py"
    )
    demo.add_argument("--port", type=int, default=0, help="of the emulator and its page")
    demo.add_argument("--service-port", type=int, default=0, help="of the service")
    demo.add_argument("--folder", type=Path, default=FOLDER, help="database and logs")
    demo.set_defaults(command_of=main)


async def main(options: argparse.Namespace) -> int:
    """0: all is well; 1: something came out wrong. Raises what a launch raises, and ConfigError."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    acts = chosen_acts(options.only)
    if options.list:
        for act in acts:
            console.print(f"{act.name:36} {act.title}", markup=False, highlight=False)
        return 0
    switches = dict(pair.partition("=")[::2] for pair in options.switch)
    acts = [act for act in acts if act.can_be_played(switches)]
    report = await _demo(acts, switches, options, console)
    report.show(console)
    if options.json is not None:
        options.json.write_text(json.dumps(report.as_json(), indent=2) + "\n", encoding="utf-8")
    return 0 if report.is_well else 1


async def _demo(
    acts: list[Act], switches: dict[str, str], options: argparse.Namespace, console: Console
) -> Report:
    began = time.monotonic()
    launch = Launch(
        LaunchOptions(
            make_config=lambda webhook: stage(acts, webhook),
            plan=plan_text(acts),
            folder=options.folder,
            port=options.port,
            service_port=options.service_port,
            switches=switches,
            settings={"SWITCHBOARD_LEGS": LEGS, "SWITCHBOARD_SECRETS": SECRETS},
        )
    )
    async with launch:
        callers = sum(len(act.labels()) for act in acts)
        console.print(
            f"{callers} contacts in {len(acts)} scenes; the limit of calls at once is raised to "
            f"{LEGS}. Page: {launch.url}/"
        )
        await launch.ready()
        ready_s = time.monotonic() - began
        console.print(f"service ready after {ready_s:.1f} s, pid {launch.child.pid}")
        chatting = [upn for act in acts for upn in act.chatting]
        launch.install_bot(chatting)
        await launch.reaches(chatting)
        await _play(launch, acts, callers, console)
        return await _report(launch, acts, switches, options.folder, began, ready_s)


async def _report(
    launch: Launch,
    acts: list[Act],
    switches: dict[str, str],
    folder: Path,
    began: float,
    ready_s: float,
) -> Report:
    played_s = time.monotonic() - began - ready_s
    recounted = audit(launch.world.log)
    queues = Queues(launch, Tally(launch.world.log))
    lines = [
        Line(verdict=verdict, offer_ms=await queues.offer_ms(verdict.act, verdict.label))
        for verdict in verdicts(acts, recounted, switches)
    ]
    _keep(folder, launch.world.log)
    return Report(
        lines=lines,
        audit=recounted,
        context=context_in_time(acts, recounted, switches),
        ready_s=ready_s,
        played_s=played_s,
        died=launch.child.starts - 1,
        folder=folder,
    )


async def _play(launch: Launch, acts: Sequence[Act], callers: int, console: Console) -> None:
    """Until everybody has gone home, with a line now and then."""
    world = launch.world
    app = world.config.applications[0].id
    for place, act in enumerate(acts):
        play(world, script_of(act, place * APART_MS, app), launch.shell.now())
    launch.shell.pump()
    tally = Tally(world.log)
    deadline = time.monotonic() + AT_MOST_S
    told = time.monotonic()
    while time.monotonic() < deadline:
        tally.catch_up()
        ended = sum(tally.outcomes.values())
        if ended == callers and not world.exchange.legs and not await _owed(launch):
            break
        if time.monotonic() - told > 5:
            told = time.monotonic()
            console.print(f"  {len(tally.stories)} called, {ended} have gone home")
        await asyncio.sleep(0.1)
    await asyncio.sleep(SETTLE_S)


async def _owed(launch: Launch) -> bool:
    """Whether somebody who went home still waits to be called back."""
    return bool(rows(await launch.console.get("/api/callbacks"), "callbacks"))


@dataclass(slots=True)
class Queues:
    """From the queue to the agent's phone: the service says since when, our log says until when."""

    launch: Launch
    tally: Tally
    _by_chain: dict[str, Json] = field(default_factory=dict[str, Json])

    async def offer_ms(self, act: Act, label: str) -> int | None:
        """None: nobody was free, nobody was rung, or the service does not say."""
        if not somebody_free(act):
            return None
        if not self._by_chain:
            self.tally.catch_up()
            answer = await self.launch.console.get("/api/contacts", limit="500")
            self._by_chain = {str(row.get("chain")): row for row in rows(answer, "contacts")}
        story = next((s for s in self.tally.stories.values() if s.label == label), None)
        contact = self._by_chain.get(story.chain, {}) if story is not None else {}
        queued = contact.get("queued_at")
        why = await self.launch.console.get(f"/api/contacts/{contact.get('contact')}/why")
        offers = rows(why, "offers")
        if not offers or not isinstance(queued, int):
            return None
        agent, at = offers[0].get("agent"), offers[0].get("at")
        rings = [
            record.at
            for record in self.launch.world.log
            if isinstance(record, Ringing)
            and record.party == agent
            and isinstance(at, int)
            # The two processes read their clocks apart.
            and record.at >= at - 20
        ]
        return max(0, rings[0] - queued) if rings else None


def somebody_free(act: Act) -> bool:
    """Whether an agent was there for every caller from the start."""
    later = any(change.at for change in act.script.presence)
    return len(act.agents) >= len(act.script.callers) and not later


def plan_text(acts: Sequence[Act]) -> str:
    """The plan file behind these acts."""
    text = io.StringIO()
    YAML().dump(json.loads(json.dumps(plan_of(acts))), text)  # a copy: nothing shared, no anchors
    return "# Made from emulator/scenes/*.json, anew at each start.\n" + text.getvalue()


def _keep(folder: Path, log: Log) -> None:
    """For whoever wants to look closer."""
    (folder / "log.jsonl").write_text(log.jsonl(), encoding="utf-8")
    (folder / "requests.jsonl").write_text(log.requests_jsonl(), encoding="utf-8")
