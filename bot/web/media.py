"""`GET /media/{token}.wav`: a caller's own words, for Graph to play them back to the caller.

Open to whoever knows the address, as Graph can send no token: 128 random bits that Graph alone is
told, for as long as the caller may listen (docs/adr/0024). Nothing on the way may keep it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from aiohttp import web

from store.errors import StoreError
from store.voicemails import Voicemails

TOKEN = re.compile(r"[0-9a-f]{32}")
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def media_routes(voicemails: Voicemails, now: Callable[[], int]) -> list[web.RouteDef]:
    """The route; anonymous, GET and HEAD only."""

    async def media(request: web.Request) -> web.Response:
        token = request.match_info["token"]
        try:
            found = await voicemails.linked(token, now()) if TOKEN.fullmatch(token) else None
        except StoreError:
            raise web.HTTPServiceUnavailable(headers=HEADERS) from None
        if found is None:
            raise web.HTTPNotFound(text="There is nothing here.", headers=HEADERS)
        return web.Response(body=found, content_type="audio/wav", headers=HEADERS)

    return [web.get(r"/media/{token}.wav", media, allow_head=True)]
