"""`python -m emulator run` as a newcomer meets it: at a terminal, without one, and on a bad day."""

import asyncio
import contextlib
import os
import pty
import shlex
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from kit.waiting import until

from emulator.__main__ import main
from emulator.child import Child, NoSuchProgram
from emulator.run import has_screen

ROOT = Path(__file__).resolve().parents[2]
RUN = (sys.executable, "-m", "emulator", "run", "--port=0", "--service-port=0", "--no-open")
DIES = (sys.executable, "-c", "import sys; sys.exit('no luck today')")
LIVES = (sys.executable, "-c", "import time; time.sleep(600)")


async def test_a_terminal_shows_the_table_and_is_given_back(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    arguments = (*RUN, "--folder", str(tmp_path), "--seed", "3")
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "140", "LINES": "45"}
    process = await asyncio.create_subprocess_exec(
        *arguments, cwd=ROOT, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    os.set_blocking(ours, False)
    shown = bytearray()

    async def shows(*words: bytes) -> bool:
        with contextlib.suppress(BlockingIOError, OSError):
            shown.extend(os.read(ours, 65_536))
        return all(word in shown for word in words)

    await until(
        lambda: shows(b"Callers", b"Agents", b"Milliseconds", b"Last events", b"'s phone rings"),
        within_s=60,
    )
    process.send_signal(signal.SIGINT)
    await until(lambda: shows(b"\x1b[?1049l", b"Stopped. Callers:"))
    assert await process.wait() == 0
    os.close(ours)
    assert b"Traceback" not in shown
    assert b"kill -9 " in shown


async def test_without_a_terminal_there_is_a_line_for_each_event(tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > "{tmp_path}/shown"\n')
    browser.chmod(0o755)
    process = await asyncio.create_subprocess_exec(
        *RUN,
        *("--open", "--folder", str(tmp_path)),
        cwd=ROOT,
        env=os.environ | {"BROWSER": str(browser)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    printed = ""
    async with asyncio.timeout(60):
        while " calls " not in printed:
            printed += (await process.stdout.readline()).decode()
        process.send_signal(signal.SIGTERM)
        printed += (await process.stdout.read()).decode()
        assert await process.wait() == 0
    assert "service started, pid" in printed
    assert "service ready after" in printed
    page = printed.partition("Page: ")[2].split()[0]
    assert (tmp_path / "shown").read_text().strip() == page
    assert "\x1b" not in printed
    assert "Traceback" not in printed


def test_the_page_is_opened_where_somebody_can_see_it() -> None:
    assert has_screen({"DISPLAY": ":0"}, "linux")
    assert has_screen({"WAYLAND_DISPLAY": "wayland-0"}, "linux")
    assert has_screen({}, "darwin")
    assert not has_screen({}, "linux")
    assert not has_screen({"DISPLAY": "localhost:10.0", "SSH_CONNECTION": "::1 1 ::1 22"}, "linux")
    assert not has_screen({"DISPLAY": ":99", "CI": "true"}, "linux")


@pytest.mark.parametrize("option", ["--port", "--service-port"])
def test_a_taken_port_is_one_sentence_with_the_remedy(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = str(other.getsockname()[1])
        arguments = ["run", "--port", "0", "--service-port", "0", "--folder", str(tmp_path)]
        assert main([*arguments, option, taken]) == 2
    error = capsys.readouterr().err
    assert f"Port {taken} of 127.0.0.1 is taken" in error
    assert option in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("command", [["run"], []], ids=["run", "run is meant"])
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--run", "/no/such/program"], "/no/such/program cannot be run"),
        (["--plan", "/no/such/plan.yaml"], "name another plan with --plan"),
    ],
)
def test_other_mistakes_are_one_sentence_too(
    command: list[str],
    arguments: list[str],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    always = ["--port", "0", "--service-port", "0", "--folder", str(tmp_path)]
    assert main([*command, *always, *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


ANOTHER = """
import asyncio, os, sys
sys.path[:0] = {paths!r}
from emulator.config import default_config
from kit.small_service import SmallService

async def main():
    ada = next(person for person in default_config().people if person.upn.startswith("ada."))
    service = SmallService(ada.id)
    service.environment = dict(os.environ)
    async with service.serving(int(os.environ["SWITCHBOARD_PORT"])):
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_any_program_that_speaks_graph_can_be_launched(tmp_path: Path) -> None:
    """It has no health and no console: callers ring all the same, and an agent is rung."""
    program = tmp_path / "another.py"
    program.write_text(ANOTHER.format(paths=[str(ROOT), str(ROOT / "tests")]))
    command = f"{shlex.quote(sys.executable)} {shlex.quote(str(program))}"
    ports = ("--port", "0", "--service-port", "0", "--folder", str(tmp_path), "--seed", "1")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "emulator", "--run", command, *ports),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    printed = ""
    async with asyncio.timeout(60):
        while "phone rings (transfer)" not in printed:
            line = (await process.stdout.readline()).decode()
            assert line, printed
            printed += line
        process.send_signal(signal.SIGTERM)
        printed += (await process.stdout.read()).decode()
        assert await process.wait() == 0
    assert printed.count("http://") == 1, "one address is printed"
    assert "Traceback" not in printed


class Watched:
    def __init__(self, folder: Path, command: tuple[str, ...]) -> None:
        self.said: list[str] = []
        self.child = Child(
            command=command,
            environment=os.environ,
            log_file=folder / "service.log",
            on_change=self.said.append,
        )

    async def until(self, condition: Callable[[], bool]) -> None:
        async def holds() -> bool:
            return condition()

        await until(holds)


async def test_a_service_that_dies_at_start_is_tried_again_ever_more_slowly(
    tmp_path: Path,
) -> None:
    watched = Watched(tmp_path, DIES)
    await watched.child.start()
    await watched.until(lambda: watched.child.starts == 4)
    await watched.child.stop()
    assert watched.child.last_error == "no luck today"
    ends = [each for each in watched.said if each.startswith("service ended")]
    assert ends[:3] == [
        "service ended with 1: no luck today",
        "service ended with 1: no luck today (again in 0.5 s)",
        "service ended with 1: no luck today (again in 1.0 s)",
    ]


async def test_a_plan_that_cannot_be_used_is_told_once_and_stops_the_launcher(
    tmp_path: Path,
) -> None:
    good = (ROOT / "docs" / "examples" / "plan.yaml").read_text()
    plan = tmp_path / "plan.yaml"
    plan.write_text(good.replace("queue: sales", "queue: sale"))
    process = await asyncio.create_subprocess_exec(
        *RUN,
        *("--folder", str(tmp_path / "run"), "--plan", str(plan)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        _, said = await process.communicate()
    assert process.returncode == 1
    assert said.decode().startswith("The service does not start:\n")
    assert said.decode().count("did you mean sales?") == 1


async def test_a_killed_service_is_started_again_at_once(tmp_path: Path) -> None:
    watched = Watched(tmp_path, LIVES)
    await watched.child.start()
    killed = watched.child.kill()
    began = time.monotonic()
    await watched.until(lambda: watched.child.pid not in (None, killed))
    assert time.monotonic() - began < 2
    assert "service was killed by SIGKILL" in watched.said
    await watched.child.stop()
    assert watched.child.pid is None
    assert watched.child.starts == 2


async def test_a_service_that_ignores_a_polite_end_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emulator.child.STOP_WITHIN_S", 0.2)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"  # noqa: E501
    watched = Watched(tmp_path, (sys.executable, "-c", deaf))
    await watched.child.start()
    await watched.until(lambda: b"deaf" in (tmp_path / "service.log").read_bytes())
    pid = watched.child.pid
    assert pid is not None
    await watched.child.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_program_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NoSuchProgram, match="--run"):
        await Watched(tmp_path, ("/no/such/program",)).child.start()
