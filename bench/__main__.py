"""`python -m bench [ROW ...]`: measure, print the table, and write JSON if asked."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Coroutine
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from bench import (
    answer,
    burst,
    engine,
    felt,
    figures,
    idle,
    intake,
    machine,
    menu,
    request,
    waiting,
    waits,
)
from bench.figures import Figure
from bench.running import NotRunning, Stage, stage


class Row(Protocol):
    """Measures some figures."""

    def __call__(self, stage: Stage, /, *, quick: bool) -> Coroutine[Any, Any, list[Figure]]: ...


ROWS: dict[str, Row] = {
    "felt": felt.run,
    "menu": menu.run,
    "answer": answer.run,
    "intake": intake.run,
    "transfer": partial(burst.run, delivery="transfer"),
    "consult": partial(burst.run, delivery="consult"),
    "engine": engine.run,
    "waits": waits.run,
    "waiting": waiting.run,
    "request": request.run,
    "memory": idle.memory,
    "watching": idle.watching,
    "start": idle.start,
}


def main(arguments: list[str] | None = None) -> int:
    """0 when every figure was measured, met or not; 1 when one could not be."""
    parser = _parser()
    given = parser.parse_args(arguments)
    rows = given.rows or list(ROWS)
    if unknown := set(rows) - set(ROWS):
        parser.error(f"no row is called {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    before = machine.conditions()
    measured: list[Figure] = []
    failed = False
    with stage(given.database) as where, machine.on(machine.LOAD):
        for name in rows:
            print(f"{name} ...", file=sys.stderr, flush=True)
            try:
                measured += asyncio.run(ROWS[name](where, quick=given.quick))
            except (NotRunning, TimeoutError) as error:
                failed = True
                print(f"{name}: {error!r}", file=sys.stderr)
                print((where.folder / "service.log").read_text()[-2_000:], file=sys.stderr)
    conditions = before | {
        "database": given.database,
        "load_1m_after": machine.conditions()["load_1m"],
        "quick": given.quick,
    }
    figures.show(measured, conditions)
    if given.json is not None:
        figures.write(given.json, measured, conditions)
    return int(failed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(ROWS)}; all")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: only shows that it runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    return parser


if __name__ == "__main__":
    sys.exit(main())
