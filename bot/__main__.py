"""`python -m bot`: the service, until SIGTERM or Ctrl-C. SIGHUP reads the plan again."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys

import uvloop

from bot.app import App, opened, serving
from bot.logs import set_up_logs
from bot.metrics.telemetry import Telemetry
from bot.publication import PlanUnusable
from bot.settings import BadSettings, Settings, load_settings, secrets_of
from bot.surroundings import attach
from bot.tasks import TaskSet
from store.errors import Refused, StoreError

log = logging.getLogger("bot")
NO_ARGUMENTS = "`python -m bot` runs the service and takes no arguments; write:"
ABOUT_SETTINGS = (
    "Settings are environment variables; docs/settings.md lists them all, and "
    "docs/operating.md says where the values come from."
)


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0 after an orderly stop, 1 when it could not start, 2 when it broke or was
    misused: what else there is to do is `switchboard`'s."""
    if given := sys.argv[1:] if arguments is None else arguments:
        sys.stderr.write(f"{NO_ARGUMENTS} switchboard {' '.join(given)}\n")
        return 2
    try:
        settings = load_settings()
        # libuv's loop: an answer leaves half a millisecond sooner (docs/adr/0010).
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(serve(settings))
    except (BadSettings, PlanUnusable) as error:
        for problem in error.problems:
            sys.stderr.write(f"{problem}\n")
        if isinstance(error, BadSettings):
            sys.stderr.write(f"{ABOUT_SETTINGS}\n")
    except (Refused, StoreError, OSError) as error:
        sys.stderr.write(f"{error}\n")
    return 1


async def serve(settings: Settings) -> int:
    """Run the service until somebody stops it."""
    set_up_logs(
        level=settings.log_level,
        as_json=settings.log_format == "json",
        secrets=secrets_of(settings),
    )
    telemetry = Telemetry()
    tasks = TaskSet(telemetry.crashed)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    async with opened(settings, telemetry, tasks) as app:
        attach(app, telemetry)
        loop.add_signal_handler(signal.SIGHUP, lambda: tasks.run("publish", _publish_again(app)))
        async with serving(app) as address:
            log.info("listening", extra={"address": address})
            tasks.on_broken = stop.set
            await stop.wait()
    return 0 if tasks.failure is None else 2


async def _publish_again(app: App) -> None:
    try:
        await app.publish_again()
    except PlanUnusable as error:
        log.warning("the plan stays as it was", extra={"problems": error.problems})


if __name__ == "__main__":
    raise SystemExit(main())
