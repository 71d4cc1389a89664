"""A place to plant source that breaks a rule, for the tests of the rules themselves."""

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def planted(tmp_path: Path) -> Callable[[str], str]:
    def plant(source: str) -> str:
        file = tmp_path / "planted.py"
        file.write_text(source)
        # Joined to the repository's root, an absolute path stands for itself.
        return str(file)

    return plant
