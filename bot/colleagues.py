"""Colleagues who are in no plan, by name or object id: for whoever wants to ring them."""

from __future__ import annotations

import asyncio

from graph.directory import Directory, Reference

WITHIN_S = 4.0
"""Somebody waits before a dialog, and a caller behind them."""


class Colleagues:
    """Looks people of the tenant up."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def find(self, name: str) -> tuple[str, str] | None:
        """Object id and display name; None when the directory knows no one person of that name who
        can be rung, or does not answer in time."""
        wanted = Reference(name)
        try:
            async with asyncio.timeout(WITHIN_S):
                found = (await self._directory.resolve([wanted])).users.get(wanted, ())
        except TimeoutError:
            return None
        if len(found) != 1:
            return None  # nobody, or a group
        return found[0].id, found[0].name or name
