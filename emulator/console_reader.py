"""Reads the service's console API, as a supervisor whom the emulator's own Entra signed in.

The page and the table show the service's words beside the emulator's log. They ask through here,
so that no token leaves this process. A service that is away is no error: nothing is shown then.
"""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import aiohttp
import msgspec

from emulator.config import Person
from emulator.shapes import Json
from emulator.shell import Shell

WITHIN_S = 3.0
POLL_S = 0.1
RENEW_MS = 20 * 60_000
ROLES = ("Supervisor", "Admin")


class ConsoleReader:
    """`get` answers None while the service cannot be asked."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._token = ""
        self._renew_at = 0

    @property
    def base(self) -> str:
        """Where the service is: the origin of its calling webhook."""
        parts = urlsplit(self._shell.world.config.applications[0].webhook)
        return f"{parts.scheme}://{parts.netloc}"

    async def get(self, path: str, **query: str) -> Json | None:
        """The answer's JSON object; also that of a 404, which holds `error`."""
        headers = {"Authorization": f"Bearer {self._bearer()}"}
        try:
            async with (
                asyncio.timeout(WITHIN_S),
                self._shell.session.get(
                    self.base + path, params=query, headers=headers, allow_redirects=False
                ) as response,
            ):
                if response.status == 401:
                    self._renew_at = 0
                if response.status not in (200, 404):
                    return None
                content = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None
        try:
            answer: object = msgspec.json.decode(content)
        except msgspec.DecodeError:  # a page for people: no console of ours is there
            return {"error": f"HTTP status {response.status}"}
        return answer if isinstance(answer, dict) else None

    async def until_ready(self, every_s: float = POLL_S) -> None:
        """Until the service takes calls and knows its people, however long that takes."""
        ready = await self.ready()
        while not ready:
            await asyncio.sleep(every_s)
            ready = await self.ready()

    async def ready(self) -> bool:
        """Whether the service takes calls and knows its people.

        Another program than ours, which has neither health nor a console, is ready once it answers.
        """
        try:
            async with (
                asyncio.timeout(WITHIN_S),
                self._shell.session.get(self.base + "/readyz") as response,
            ):
                if response.status != 200:
                    return response.status == 404
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False
        board = await self.get("/api/board")
        return board is not None and bool(board.get("agents") or board.get("error"))

    def _bearer(self) -> str:
        shell = self._shell
        now = shell.now()
        if now >= self._renew_at:
            application = shell.world.config.applications[0]
            self._token = shell.identity.user_token(self._reader(), application, ROLES, now)
            self._renew_at = now + RENEW_MS
        return self._token

    def _reader(self) -> Person:
        people = self._shell.world.config.people
        members = [person for person in people if person.kind == "member" and person.enabled]
        named = [person for person in members if "supervisor" in person.upn]
        return (named or members)[0]
