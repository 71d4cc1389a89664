import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from emulator.__main__ import main

ROOT = Path(__file__).resolve().parents[2]


async def test_serve_writes_the_environment_and_stops_on_a_signal(tmp_path: Path) -> None:
    env_file = tmp_path / "env.json"
    arguments = ["serve", "--port", "0", "--switch", "roster=silent", "--env-file", str(env_file)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "emulator", *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        while not (line := (await process.stdout.readline()).decode()).startswith("# controls"):
            assert line.startswith("export ")
        document = json.loads(env_file.read_text())
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    environment = document["environment"]
    assert environment["SWITCHBOARD_CREDENTIAL"] == "managed_identity"
    assert environment["IDENTITY_ENDPOINT"].startswith("http://127.0.0.1:")
    assert not os.path.exists(environment["SWITCHBOARD_CA_FILE"])  # noqa: PTH110 - a string


def test_mistakes_are_one_sentence(tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    config = tmp_path / "config.json"
    config.write_text("[]")
    for arguments, said in (
        (["--switch", "roster"], "--switch takes NAME=VALUE"),
        (["--switch", "roster=loud"], "roster is one of told, silent, empty"),
        (["--config", str(tmp_path / "none.json")], "none.json"),
        (["--config", str(config)], "an object is expected"),
    ):
        assert main(["serve", "--port", "0", *arguments]) == 2
        error = capsys.readouterr().err
        assert said in error
        assert error.count("\n") == 1
