"""A switch for every fact nobody could prove without a tenant.

Each row asks one question about the real Graph, names the answers it could give and takes the most
likely one as default. Whoever talks to the emulator must get along with every value of every row.
"""

from __future__ import annotations

from collections.abc import Mapping

from emulator.switch_rows import SWITCHES, Switch


class SwitchError(ValueError):
    """A switch or a value that is not in the table."""


TABLE: Mapping[str, Switch] = {each.name: each for each in SWITCHES}


class Switches:
    """The value of every row; rows that nobody set have their default."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = {each.name: each.default for each in SWITCHES}
        for name, value in (values or {}).items():
            self.set(name, value)

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def set(self, name: str, value: str) -> None:
        """Raises SwitchError when the table has no such row or value."""
        row = TABLE.get(name)
        if row is None:
            raise SwitchError(f"no switch is called {name!r}; there are {', '.join(TABLE)}")
        if value not in row.values:
            raise SwitchError(f"{name} is one of {', '.join(row.values)}, not {value!r}")
        self._values[name] = value

    def as_dict(self) -> dict[str, str]:
        return dict(self._values)
