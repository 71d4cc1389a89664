"""The client's process never outlives its tests, however they end."""

import asyncio
import os
from pathlib import Path

import pytest
from kit.node_packages import FOLDER, node
from kit.signing_channel import SigningChannel
from kit.teams_client import WITHIN_S, teams_client

from emulator.config import default_config
from emulator.server import Options, Server

ADA = "ada.agent@contoso.example"
NOBODY = "http://127.0.0.1:9"


async def test_the_client_is_gone_when_its_test_fails(tmp_path: Path) -> None:
    emulator = Server(Options(config=default_config(), folder=tmp_path, port=0))
    await emulator.start()
    pids = []

    async def failing() -> None:
        async with (
            SigningChannel(emulator, NOBODY).serving() as channel,
            teams_client(channel, ADA, tmp_path) as client,
        ):
            pids.append(client.pid)
            os.kill(client.pid, 0)
            msg = "on purpose"
            raise RuntimeError(msg)

    try:
        with pytest.raises(RuntimeError, match="on purpose"):
            await failing()
    finally:
        await emulator.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


async def test_a_program_ends_when_the_tests_are_killed() -> None:
    """Killed, they close nothing by themselves; the system closes their end of the pipe."""
    process = await asyncio.create_subprocess_exec(
        node(),
        *("--require", str(FOLDER / "end_with_parent.js")),
        *("--eval", "setInterval(() => {}, 1000); console.log('up')"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        async with asyncio.timeout(WITHIN_S):
            assert await process.stdout.readline() == b"up\n"
            process.stdin.close()
            assert await process.wait() == 1
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
