"""The page at `/` and what it asks for: the files, the feed, a contact's story, sounds, acts.

Loopback only (`door.py` says who may ask). The page asks here alone; what the service says is
fetched on this side, so that no token ever reaches a browser.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from aiohttp import web

from emulator.child import Child
from emulator.console_reader import ConsoleReader
from emulator.page.acts import Acts
from emulator.page.bad_days import BadDays
from emulator.page.door import SAFE, check_reader, json_answer
from emulator.page.feed import Feed
from emulator.page.hands import PRESENCES, Hands
from emulator.page.picture import Picture
from emulator.page.recovery import Recovery
from emulator.page.sounds import Sounds
from emulator.page.story import Stories
from emulator.scripts import CALLER_KINDS
from emulator.shapes import Json
from emulator.shell import Shell
from emulator.tally import Tally
from emulator.traffic import Traffic

FOLDER = Path(__file__).with_name("web")
KINDS = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
FOR_EVER = "private, max-age=31536000, immutable"
"""a sound's key is made from its samples"""


class Page:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        tally, console = Tally(shell.world.log), ConsoleReader(shell)
        self._sounds = Sounds(shell.prompts)
        self._picture = Picture(shell, tally, self._sounds)
        self._bad_days = BadDays(shell.world)
        hands = Hands(shell, self._picture.mine, self._picture.mine_as)
        self._acts = Acts(shell, hands, self._bad_days)
        self._stories = Stories(shell, tally, self._picture, self._sounds, console)
        self._boot = secrets.token_hex(4)
        self._recovery = Recovery(shell, self._picture, tally, console)
        self.feed = Feed(shell, self._picture, console, self._also)
        self._acts.acted = self.feed.look_soon

    def own(self, child: Child) -> None:
        """The service that this page may show and kill."""
        self._picture.child = self._acts.child = child
        child.on_end = self._recovery.died

    def show_traffic(self, traffic: Traffic) -> None:
        """The scripted callers that this page may pause."""
        self._acts.traffic = traffic

    async def close(self) -> None:
        """Let go of every open page, so that the server can stop at once."""
        self._recovery.stop()
        await self.feed.close()

    def add_routes(self, app: web.Application) -> None:
        router = app.router
        router.add_get("/", self._file)
        for file in sorted(FOLDER.iterdir()):
            if file.suffix in KINDS:
                router.add_get(f"/page/web/{file.name}", self._file)
        router.add_get("/page/feed", self.feed.handle)
        router.add_get("/page/contacts/{leg}", self._story)
        router.add_get("/page/contacts/{leg}/why", self._why)
        router.add_get(r"/page/contacts/{leg}/wire/{seq:\d{1,9}}", self._wire)
        router.add_get("/page/sounds/{key}.wav", self._sound)
        self._acts.add_routes(app)

    def _also(self) -> dict[str, object]:
        return {
            "cast": self._cast(),
            "recovery": self._recovery.section(),
            "traffic": self._acts.section(),
            **self._bad_days.sections(),
        }

    def _cast(self) -> Json:
        """Whom one can call, and who one can be; `boot` is another one after each start."""
        config = self._shell.world.config
        accounts = [
            {"upn": each.upn, "name": each.name, "number": each.number} for each in config.accounts
        ]
        kinds = {person.kind for person in config.people if person.enabled}
        known = {"user": "member", "guest": "guest", "federated": "federated"}
        return {
            "boot": self._boot,
            "accounts": accounts,
            "kinds": [kind for kind in CALLER_KINDS if known.get(kind, "member") in kinds],
            "presences": list(PRESENCES),
        }

    # --- handlers

    async def _file(self, request: web.Request) -> web.Response:
        check_reader(request)
        name = request.path.rpartition("/")[2] or "index.html"
        text = (FOLDER / name).read_text(encoding="utf-8")
        return web.Response(text=text, content_type=KINDS[Path(name).suffix], headers=SAFE)

    async def _story(self, request: web.Request) -> web.Response:
        check_reader(request)
        found = await self._stories.story(request.match_info["leg"])
        return json_answer(found) if found is not None else _nobody()

    async def _wire(self, request: web.Request) -> web.Response:
        check_reader(request)
        seq = int(request.match_info["seq"])
        found = await self._stories.wire(request.match_info["leg"], seq)
        return json_answer(found) if found is not None else _nobody()

    async def _why(self, request: web.Request) -> web.Response:
        check_reader(request)
        upn = request.query.get("agent", "")
        sentences = await self._stories.why_not(request.match_info["leg"], upn)
        return json_answer({"sentences": sentences})

    async def _sound(self, request: web.Request) -> web.Response:
        check_reader(request)
        clip = self._sounds.by_key(request.match_info["key"])
        if clip is None:
            return json_answer({"error": "no such sound"}, 404)
        headers = SAFE | {"Cache-Control": FOR_EVER}
        return web.Response(body=clip.wav(), content_type="audio/wav", headers=headers)


def _nobody() -> web.Response:
    return json_answer({"error": "no such caller, or no such line"}, 404)
