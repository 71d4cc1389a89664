"""The emulator's page without a browser: reads the feed as a page does, and acts as its buttons."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

WITHIN_S = 15.0
ACTS = {"X-Emulator-Page": "1"}
Sections = dict[str, Any]


@dataclass(slots=True)
class OpenPage:
    """One open page: `sections` as it would show them, and what each event brought."""

    response: aiohttp.ClientResponse
    sections: Sections = field(default_factory=dict[str, Any])
    brought: list[set[str]] = field(default_factory=list[set[str]])

    async def read(self) -> None:
        """The next event."""
        data = ""
        while line := (await self.response.content.readline()).decode():
            if line.startswith("data: "):
                data = line.removeprefix("data: ")
            elif line == "\n" and data:
                break
        if not data:
            raise ConnectionError("the feed has ended")
        changed = json.loads(data)["changed"]
        self.brought.append(set(changed))
        self.sections |= changed

    async def until(self, holds: Callable[[Sections], Any], within_s: float = WITHIN_S) -> Any:
        """What `holds` answers, once that is something."""
        async with asyncio.timeout(within_s):
            while not (found := self.sections and holds(self.sections)):
                await self.read()
        return found


@dataclass(slots=True)
class PageReader:
    url: str
    http: aiohttp.ClientSession

    @asynccontextmanager
    async def open(self) -> AsyncIterator[OpenPage]:
        # A line holds a whole section; the reader's limit must not be shorter.
        async with self.http.get(
            f"{self.url}/page/feed", read_bufsize=2**22, timeout=aiohttp.ClientTimeout(total=None)
        ) as response:
            assert response.status == 200
            assert response.content_type == "text/event-stream"
            yield OpenPage(response)

    async def act(self, what: str, **body: Any) -> Any:
        """The answer of an act that works."""
        status, answer = await self.tried(what, **body)
        assert status == 200, answer
        return answer

    async def tried(self, what: str, **body: Any) -> tuple[int, Any]:
        async with self.http.post(
            f"{self.url}/page/act/{what}", json=body, headers=ACTS
        ) as response:
            return response.status, await response.json()

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self.http.get(self.url + path, headers=headers) as answer:
            return answer.status, await answer.text()


def the_caller(sections: Sections, leg: str) -> Any:
    """The caller with this phone, while on the line."""
    return next((each for each in sections["callers"] if each["leg"] == leg), None)


def the_agent(sections: Sections, upn: str) -> Any:
    return next(each for each in sections["agents"] if each["upn"] == upn)
