"""Time zones by name, from the package `tzdata` and never from the machine.

Two machines with different files would decide differently about the same plan; so the rules of the
world's clocks are locked like every other dependency. They are read once per name, like a module.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

_DATA = "tzdata"


@cache
def zone_names() -> frozenset[str]:
    """Every name there is, such as `Europe/Berlin`."""
    return frozenset(files(_DATA).joinpath("zones").read_text().split())


@cache
def zone(name: str) -> ZoneInfo:
    """The zone of that name. Raises KeyError when there is none."""
    if name not in zone_names():
        raise KeyError(name)
    # Through a package, not a path: the names hold slashes, and `zones` lists those that exist.
    with files(_DATA).joinpath("zoneinfo", *name.split("/")).open("rb") as source:
        return ZoneInfo.from_file(source, key=name)
