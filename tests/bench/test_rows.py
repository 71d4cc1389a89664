"""Every row of the bench yields its numbers. How good they are is for the bench itself to say."""

import json
import math
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROWS = {
    "felt": 7,
    "menu": 2,
    "answer": 4,
    "intake": 1,
    "transfer": 1,
    "consult": 1,
    "engine": 4,
    "waits": 3,
    "waiting": 2,
    "request": 2,
    "memory": 1,
    "watching": 1,
    "start": 1,
}


def test_every_row_yields_its_numbers(tmp_path: Path) -> None:
    told = tmp_path / "figures.json"
    command = [sys.executable, "-m", "bench", "--quick", "--json", str(told)]
    run = subprocess.run(
        command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=300
    )

    assert run.returncode == 0, run.stderr
    document = json.loads(told.read_text())
    figures = document["figures"]
    assert {row: sum(f["row"] == row for f in figures) for row in ROWS} == ROWS
    assert [f["what"] for f in figures if not (math.isfinite(f["measured"]) and f["unit"])] == []
    bad = [f["what"] for f in figures if f["detail"].get("lost") or f["detail"].get("refused")]
    assert bad == []
    assert document["conditions"]["quick"] is True
    assert "Figures" in run.stdout
