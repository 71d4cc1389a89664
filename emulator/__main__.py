"""The command line: `run` and `demo` with the service, `serve` the emulator alone.

`python -m emulator --run CMD` launches any program that speaks Graph: `run` is meant when no
command is named.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from emulator import demo, run
from emulator.child import NoSuchProgram
from emulator.config import Config, ConfigError, default_config
from emulator.launcher import NotReady
from emulator.scripts import ACCEPTS
from emulator.server import Options, PortTaken, Server
from emulator.switches import SwitchError

USAGE_ERROR = 2
REFUSALS = (PortTaken, ConfigError, SwitchError, NoSuchProgram, NotReady, run.NoPlan)
LIMITLESS = 1_000_000_000
GC_THRESHOLD = 50_000
"""a world of thousands of calls is alive, not garbage: looking through it often finds nothing"""


def main(arguments: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0].startswith("-") and given[0] not in ("-h", "--help"):
        given = ["run", *given]  # `python -m emulator --run CMD` is the launcher
    options = _parser().parse_args(given)
    try:
        return int(asyncio.run(options.command_of(options)))
    except REFUSALS as refused:
        print(f"emulator: {refused}", file=sys.stderr)
        return USAGE_ERROR


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m emulator", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run.add_command(commands)
    demo.add_command(commands)
    serve = commands.add_parser("serve", help="listen on loopback until interrupted")
    serve.set_defaults(command_of=_serve)
    serve.add_argument("--port", type=int, default=8100, help="http (default 8100; 0: any)")
    serve.add_argument("--tls-port", type=int, default=0, help="https (default: any)")
    serve.add_argument("--seed", type=int, default=0, help="of the dice")
    serve.add_argument(
        "--webhook", default="http://127.0.0.1:3978/api/calls", help="the bot's calling webhook"
    )
    serve.add_argument("--config", type=Path, help="JSON: tenants, applications, people, timings")
    serve.add_argument("--agents", type=int, default=10, help="agents in the built-in directory")
    serve.add_argument("--legs", type=int, help="calls at once, and no other limits")
    serve.add_argument("--graph-ms", type=int, default=0, help="latency of every Graph reply")
    serve.add_argument(
        "--switch",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="see emulator/switches.py",
    )
    serve.add_argument(
        "--play", action="store_true", help="agents without a script wait for somebody to play them"
    )
    serve.add_argument("--log-limit", type=int, help="newest records kept (0: none)")
    serve.add_argument("--folder", type=Path, help="for certificates (default: a temporary one)")
    serve.add_argument("--env-file", type=Path, help="write the service's environment here (JSON)")
    return parser


def _config(options: argparse.Namespace) -> Config:
    config = default_config(webhook=options.webhook, agents=options.agents)
    if options.config is not None:
        try:
            source = json.loads(options.config.read_text(encoding="utf-8"))
        except (OSError, ValueError) as wrong:
            raise ConfigError(f"{options.config}: {wrong}") from wrong
        if not isinstance(source, dict):
            raise ConfigError(f"{options.config}: an object is expected")
        config = Config.from_json(source)
    if options.legs is not None:
        roomy = {"legs": options.legs, "monthly": LIMITLESS, "presence_reads": LIMITLESS}
        raised = tuple(replace(app, **roomy) for app in config.applications)
        config = replace(config, applications=raised)
    timings = replace(config.timings, graph_ms=options.graph_ms or config.timings.graph_ms)
    return replace(config, timings=timings)


def _switches(pairs: Sequence[str]) -> dict[str, str]:
    values = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign:
            raise SwitchError(f"--switch takes NAME=VALUE, not {pair!r}")
        values[name] = value
    return values


async def _serve(options: argparse.Namespace) -> int:
    with contextlib.ExitStack() as stack:
        folder = options.folder
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="emulator-")))
        server = Server(
            Options(
                config=_config(options),
                folder=folder,
                port=options.port,
                tls_port=options.tls_port,
                seed=options.seed,
                switches=_switches(options.switch),
                log_limit=options.log_limit,
            )
        )
        await server.start()
        gc.collect()
        gc.freeze()
        gc.set_threshold(GC_THRESHOLD, 20, 20)
        if not options.play:
            server.shell.world.default_behaviour(ACCEPTS)
        stopped = _interruption()  # before anybody knows that we are there
        _announce(server, options.env_file)
        try:
            await stopped.wait()
        finally:
            await server.stop()
    return 0


def _announce(server: Server, env_file: Path | None) -> None:
    environment = server.environment()
    document = {
        "environment": environment,
        "url": server.url,
        "tls_url": server.tls_url,
        "control_key": server.options.key,
        "client_certificate": str(server.certificates.client),
    }
    if env_file is not None:
        env_file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    for name, value in environment.items():
        print(f"export {name}={value}")
    print(f"# controls: {server.url}/emulator/state?key={server.options.key}", flush=True)


def _interruption() -> asyncio.Event:
    """Set by Ctrl-C and by a polite kill."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    return stopped


if __name__ == "__main__":
    sys.exit(main())
