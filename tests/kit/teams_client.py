"""A real chat client: Microsoft 365 Agents Playground, without a browser, as a child process.

It is the one client of Microsoft's that runs without a tenant: it makes the activities that Teams
makes, keeps the conversation, and refuses what its connector would refuse. It knows the emulator's
people by a file of its own configuration, so that their object ids are those of the directory. Its
routes are undocumented: the version is pinned, and they are named here and nowhere else.
"""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from kit.chat_channel import words_of
from kit.node_packages import FOLDER, node, package
from kit.signing_channel import MESSAGES, Passed, SigningChannel
from kit.waiting import until

from emulator.config import Config, Person, object_id

PACKAGE = "@microsoft/m365agentsplayground"
WITHIN_S = 30.0
"""For the client's start and for whatever it is to show: two cores shared with other tests."""
STREAM = "/_ws_conversation/v1/conversations/stream"
CARD_ACTION = "adaptiveCard/action"
CARD = "application/vnd.microsoft.card.adaptive"
OTHERS = 5
"""People beside the one at the client; its configuration takes exactly so many."""
Json = dict[str, Any]


@dataclass(slots=True)
class Shown:
    """A message of the bot as it stands on the screen now."""

    id: str
    conversation: str
    text: str = ""
    cards: list[Json] = field(default_factory=list[Json])
    updates: int = 0

    @property
    def said(self) -> str:
        """What it says, in text or on its card."""
        return "\n".join(words_of(self.cards[0])) if self.cards else self.text


@dataclass(slots=True)
class TeamsClient:
    """What the person at it does and sees. Every wait ends within `WITHIN_S`."""

    person: Person
    chat: str
    """The personal chat with the bot."""
    team: str
    """The team's General channel."""
    bot: str
    url: str
    pid: int
    http: aiohttp.ClientSession
    channel: SigningChannel
    screen: dict[str, Shown] = field(default_factory=dict[str, Shown])
    _arrived: asyncio.Queue[Shown] = field(default_factory=asyncio.Queue[Shown])

    async def install(self) -> None:
        """Add the app for the person. Returns when the service has heard of it."""
        told = len(self.channel.to_service) + 2  # that it was added, and that the bot is a member
        await self._post(f"/_debug/conversation/{self.chat}/installation", {})
        await self._carried(told)

    async def say(self, text: str) -> None:
        """Write to the bot in the personal chat. Returns when the service's turn is over."""
        told = len(self.channel.to_service) + 1
        body = {"from": {"id": _id(self.person)}, "text": text, "textFormat": "plain"}
        await self._post(f"/_conversation/v1/conversations/{self.chat}/messages", body)
        await self._carried(told)

    async def mention(self, text: str) -> None:
        """Write to the bot in a new post of the team's channel, likewise."""
        told = len(self.channel.to_service) + 1
        at = f"<at>{self.channel.application.name}</at>"
        body = {
            "from": {"id": _id(self.person)},
            "text": f"{at} {text}",
            "textFormat": "plain",
            "mentions": [{"mentioned": {"id": self.bot}, "text": at}],
        }
        await self._post(f"/_conversation/v1/conversations/{self.team}/messages", body)
        await self._carried(told)

    async def press(self, shown: Shown, verb: str, **inputs: str) -> Json:
        """Press the card's Action.Execute with that verb; the answer's `type` and `value`.

        `inputs` are what was entered in the card's fields. A card in the answer takes the place of
        the pressed one, for this person only, as in Teams.
        """
        pressed = next(each for each in executes(shown.cards) if each["verb"] == verb)
        data = pressed.get("data", {}) | inputs
        body = {
            "name": CARD_ACTION,
            "value": {"action": pressed | {"data": data}, "trigger": "manual"},
            "from": {"id": _id(self.person)},
            "conversation": {"id": shown.conversation},
            "replyToId": shown.id,
        }
        answer: Json = await self._post("/_conversation/v1/invoke", body)
        if answer["type"] == CARD:
            shown.cards = [answer["value"]]
        return answer

    async def send(self, template: str = "", **changed: Any) -> Passed:
        """Send an activity of the client's making with these fields changed; what came of it.

        `template` is one of the client's own: `install`, `uninstall`, `botAdded` ...
        """
        query = {"conversationId": self.chat} | ({"type": template} if template else {})
        where = self.url + "/_internal/v1/customActivities"
        async with self.http.get(f"{where}/template", params=query) as response:
            activity: Json = await response.json() | changed
        told = len(self.channel.to_service) + 1
        await self._post("/_internal/v1/customActivities", activity)
        await self._carried(told)
        return self.channel.to_service[-1]

    async def _carried(self, count: int) -> None:
        async def so_many() -> bool:
            return len(self.channel.to_service) >= count

        await until(so_many, within_s=WITHIN_S)

    async def next(self) -> Shown:
        """The next new message of the bot that nobody took from here yet."""
        async with asyncio.timeout(WITHIN_S):
            return await self._arrived.get()

    def forget(self) -> None:
        """An empty screen and empty logs, so that the next test sees its own."""
        self.screen.clear()
        self._arrived = asyncio.Queue()
        self.channel.to_service.clear()
        self.channel.to_client.clear()

    async def updated(self, shown: Shown, times: int = 1) -> Shown:
        """The message when it was replaced that often."""

        async def again() -> bool:
            return self.screen[shown.id].updates >= times

        await until(again, within_s=WITHIN_S)
        return self.screen[shown.id]

    async def _post(self, path: str, body: Json) -> Any:
        async with self.http.post(self.url + path, json=body) as response:
            content = await response.text()
            assert response.status == 200, f"the client answered {response.status}: {content}"
            return json.loads(content) if content else None

    async def watch(self, stream: aiohttp.ClientWebSocketResponse) -> None:
        """Keep the screen, for as long as the client lives."""
        async for frame in stream:
            event = frame.json()
            message = event.get("message")
            if message is None:
                continue
            shown = self.screen.get(message["messageId"])
            if shown is None:
                shown = Shown(message["messageId"], _conversation(event))
                self.screen[shown.id] = shown
                self._arrived.put_nowait(shown)
            else:
                shown.updates += 1
            shown.text = message.get("text") or ""
            shown.cards = [each["content"] for each in message["attachments"]]


def executes(content: object) -> Iterator[Json]:
    """Every Action.Execute in a card, however deep."""
    if isinstance(content, list):
        for item in content:
            yield from executes(item)
    elif isinstance(content, dict):
        if content.get("type") == "Action.Execute":
            yield content
        for part in content.values():
            yield from executes(part)


@asynccontextmanager
async def teams_client(
    channel: SigningChannel, person: str, folder: Path
) -> AsyncIterator[TeamsClient]:
    """The client with that person at it, connected to the channel's service."""
    config = channel.emulator.options.config
    at_it = next(each for each in config.people if each.upn == person)
    known = _configuration(config, at_it)
    (folder / "playground.yml").write_text(json.dumps(known))  # JSON is YAML
    async with _running(channel, folder) as (pid, url), aiohttp.ClientSession() as http:
        channel.client = url
        client = TeamsClient(
            person=at_it,
            chat=known["personalChat"]["id"],
            team=known["team"]["id"],
            bot=known["bot"]["id"],
            url=url,
            pid=pid,
            http=http,
            channel=channel,
        )
        async with http.ws_connect(url + STREAM) as stream:
            watching = asyncio.get_running_loop().create_task(client.watch(stream))
            try:
                yield client
            finally:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)


@asynccontextmanager
async def _running(channel: SigningChannel, folder: Path) -> AsyncIterator[tuple[int, str]]:
    """The client's process and its address; it is gone afterwards in any case."""
    printed = folder / "playground.out"
    with printed.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            node(),
            "--require",
            str(FOLDER / "end_with_parent.js"),
            str(package(PACKAGE) / "cli.js"),
            *("--app-endpoint", channel.url + MESSAGES, "--service-url", channel.service_url),
            *("--channel-id", "msteams", "--port", "0", "--disable-telemetry", "true"),
            cwd=folder,
            # Nothing else of ours: a proxy that is set for the outside must not carry loopback.
            env={
                "PATH": os.environ["PATH"],
                "TZ": "UTC",
                "TEAMSAPPTESTER_BROWSER": "none",
                "M365_AGENTS_PLAYGROUND_CONFIG_PATH": str(folder / "playground.yml"),
                "M365_AGENTS_PLAYGROUND_LOGFILE": str(folder / "playground.log"),
            },
            stdin=asyncio.subprocess.PIPE,
            stdout=out,
            stderr=out,
        )
    try:

        async def listens() -> re.Match[str] | None:
            text = printed.read_text(errors="replace")
            assert process.returncode is None, f"the client ended: {text}"
            return re.search(r"^Listening on (\d+)$", text, re.MULTILINE)

        await until(listens, within_s=WITHIN_S)
        found = await listens()
        assert found is not None
        yield process.pid, f"http://127.0.0.1:{found.group(1)}"
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _configuration(config: Config, at_it: Person) -> Json:
    others = [person for person in config.people if person is not at_it][:OTHERS]
    return {
        "version": "0.1.1",
        "tenantId": config.tenant_id,
        "bot": {"id": f"28:{config.applications[0].id}", "name": config.applications[0].name},
        "currentUser": _user(at_it),
        "users": [_user(person) for person in others],
        "personalChat": {"id": "a:" + object_id("chat:" + at_it.upn)},
        "groupChat": {"id": "19:group@thread.v2", "name": "Group"},
        "team": {
            "id": "19:general@thread.tacv2",
            "name": "Support",
            "aadGroupId": object_id("team"),
            "channels": [],
        },
    }


def _user(person: Person) -> Json:
    given, _, surname = person.name.partition(" ")
    return {
        "id": _id(person),
        "name": person.name,
        "userPrincipleName": person.upn,
        "aadObjectId": person.id,
        "givenName": given,
        "surname": surname,
        "email": person.upn,
    }


def _id(person: Person) -> str:
    return f"29:{person.id}"


def _conversation(event: Json) -> str:
    """The conversation that a new message belongs to: in a channel, the post."""
    return str(event["message"].get("postConversationId") or event["actionConversationId"])
