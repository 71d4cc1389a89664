"""`python -m emulator run`: emulator and service on this machine, with callers now and then."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import shlex
import signal
import sys
import threading
import time
import webbrowser
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.live import Live

from emulator.config import TAB, Config, default_config
from emulator.launcher import POLL_S, SERVICE, SERVICE_LOG, Launch, LaunchOptions
from emulator.live_table import LiveTable, clock, rows
from emulator.tally import Tally
from emulator.traffic import Traffic

FOLDER = Path("var/run")
ACCOUNTS = ("support@contoso.example", "sales@contoso.example", "frontdesk@contoso.example")
SUPERVISOR = "sam.supervisor@contoso.example"
PRESSES_MS = 6_000
FRAMES_PER_S = 4
BOARD_EVERY_S = 1.0
LOG_LIMIT = 50_000
EXAMPLES = (
    Path(__file__).with_name("example_plan.yaml"),  # in the wheel
    Path(__file__).resolve().parents[1] / "docs" / "examples" / "plan.yaml",
)


class NoPlan(OSError):
    """The plan cannot be read."""


class CannotStart(RuntimeError):
    """The service says that it cannot work with what it was given: starting it again and again
    changes nothing."""


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    run = commands.add_parser("run", help="emulator and service, with callers now and then")
    run.add_argument("--run", metavar="CMD", help="the service (default: python -m bot)")
    run.add_argument("--port", type=int, default=8100, help="of the emulator and its page")
    run.add_argument("--service-port", type=int, default=3978, help="of the service")
    run.add_argument("--plan", type=Path, help="default: docs/examples/plan.yaml")
    run.add_argument("--folder", type=Path, default=FOLDER, help="database and logs")
    run.add_argument("--seed", type=int, help="of the callers and agents (default: any)")
    run.add_argument("--seconds", type=float, help="stop after so long")
    run.add_argument(
        "--open",
        action=argparse.BooleanOptionalAction,
        default=sys.stdout.isatty() and has_screen(os.environ, sys.platform),
        help="show the page in the browser (default: at a terminal with a screen)",
    )
    run.set_defaults(command_of=main)


def has_screen(environment: Mapping[str, str], platform: str) -> bool:
    """Whether a browser could show something here, rather than take the terminal."""
    far = "SSH_CONNECTION" in environment or "CI" in environment
    named = any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return not far and (named or platform == "darwin")


async def main(options: argparse.Namespace) -> int:
    """Raises PortTaken, NoSuchProgram, NoPlan and NotReady, each with a sentence."""
    seed = random.randrange(10_000) if options.seed is None else options.seed
    launch = Launch(
        LaunchOptions(
            make_config=_directory,
            plan=_plan(options.plan),
            folder=options.folder,
            port=options.port,
            service_port=options.service_port,
            command=tuple(shlex.split(options.run)) if options.run else SERVICE,
            log_limit=LOG_LIMIT,
        )
    )
    stopped = _interrupted()
    async with launch:
        # Another program need not have a tab.
        tab = "" if options.run else f"{launch.service_url}{TAB}"
        show = Show(launch, seed, tab)
        beside = f"   tab: {tab}" if tab else ""
        print(f"Page: {launch.url}/{beside}   log of the service: {options.folder / SERVICE_LOG}")
        if options.open:
            # Beside everything else: some browsers do not return before they are closed.
            opening = threading.Thread(
                target=webbrowser.open, args=(f"{launch.url}/",), daemon=True
            )
            opening.start()
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(options.seconds):
                    await show.until(stopped)
        except CannotStart as why:
            print(f"The service does not start:\n{why}", file=sys.stderr)
            return 1
    print(f"Stopped. {show.summary()}")
    return 0


class Show:
    """What goes on between the start and Ctrl-C."""

    def __init__(self, launch: Launch, seed: int, tab: str = "") -> None:
        self._launch = launch
        self._tally = Tally(launch.world.log)
        self._table = LiveTable(
            world=launch.world, tally=self._tally, child=launch.child, url=f"{launch.url}/", tab=tab
        )
        self._seed = seed
        self._up = False
        launch.on_service = self._service_changed
        self._service_changed(f"service started, pid {launch.child.pid}")

    async def until(self, stopped: asyncio.Event) -> None:
        """Run everything until `stopped`."""
        show = self._draw() if sys.stdout.isatty() else self._print()
        tasks = [asyncio.ensure_future(each) for each in (*self._work(show), _wait(stopped))]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def summary(self) -> str:
        self._tally.catch_up()
        counts = dict(self._tally.outcomes)
        live = sum(1 for story in self._tally.stories.values() if story.ended_at is None)
        if live:
            counts["still in the line"] = live
        told = ", ".join(f"{count} {word}" for word, count in sorted(counts.items()))
        return f"Callers: {told or 'none'}."

    def _work(self, show: Coroutine[None, None, None]) -> list[Coroutine[None, None, None]]:
        return [show, self._traffic(), self._boards(), self._never_came_up()]

    async def _never_came_up(self) -> None:
        """Ends, with an error, only if the service never does."""
        while True:
            refusal = self._launch.child.refusal
            if refusal and not self._up:
                raise CannotStart("\n".join(refusal))
            await asyncio.sleep(POLL_S)

    async def _traffic(self) -> None:
        launch = self._launch
        began = time.monotonic()
        await launch.console.until_ready()
        self._up = True
        now = launch.shell.now()
        self._tally.say(now, f"service ready after {time.monotonic() - began:.1f} s")
        board = await launch.console.get("/api/board")
        directory, config = launch.world.directory, launch.world.config
        staff = {member for group in config.groups for member in group.members}
        agents = [str(row.get("upn")) for row in rows(board, "agents")]
        agents = agents or [person.upn for person in config.people if person.id in staff]
        staffed = [upn for upn in agents if directory.person(upn) is not None]
        launch.install_bot(staffed)
        launch.install_in_channels(SUPERVISOR)
        traffic = Traffic(
            launch.world,
            self._seed,
            [upn for upn in ACCOUNTS if directory.account(upn) is not None],
            staffed,
        )
        traffic.begin(now)
        launch.server.page.show_traffic(traffic)
        while True:
            traffic.step(launch.shell.now())
            launch.shell.pump()
            await asyncio.sleep(0.25)

    async def _boards(self) -> None:
        while True:
            self._table.take_board(await self._launch.console.get("/api/board"))
            await asyncio.sleep(BOARD_EVERY_S)

    async def _draw(self) -> None:
        console = Console()
        with Live(console=console, screen=True, auto_refresh=False) as live:
            while True:
                self._catch_up()
                live.update(self._table.render(), refresh=True)
                await asyncio.sleep(1 / FRAMES_PER_S)

    async def _print(self) -> None:
        """Without a terminal: a line for each event."""
        shown = 0
        while True:
            self._catch_up()
            tally = self._tally
            fresh = min(tally.said - shown, len(tally.events))
            for event in list(tally.events)[len(tally.events) - fresh :]:
                print(f"{clock(event.at)} {event.words}", flush=True)
            shown = tally.said
            await asyncio.sleep(1 / FRAMES_PER_S)

    def _catch_up(self) -> None:
        self._tally.catch_up()
        for leg in self._launch.world.exchange.legs.values():
            if leg.hears[0] == "prompt":
                self._tally.hears(leg.id, leg.hears_since)

    def _service_changed(self, sentence: str) -> None:
        self._tally.say(self._launch.shell.now(), sentence)


async def _wait(stopped: asyncio.Event) -> None:
    await stopped.wait()


def _directory(webhook: str) -> Config:
    """The built-in one, with customers who want the call that they asked for."""
    config = default_config(webhook=webhook)
    return replace(config, timings=replace(config.timings, number_presses_ms=PRESSES_MS))


def _plan(chosen: Path | None) -> str | Path:
    """The example's text, for a copy that may be played with; or the file that was named."""
    found = chosen or next((path for path in EXAMPLES if path.exists()), EXAMPLES[-1])
    try:
        text = found.read_text(encoding="utf-8")
    except OSError as wrong:
        raise NoPlan(f"{found}: {wrong.strerror}: name another plan with --plan.") from wrong
    return chosen or text


def _interrupted() -> asyncio.Event:
    """Set by Ctrl-C, by SIGTERM, and when the terminal is closed."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stopped.set)
    return stopped
