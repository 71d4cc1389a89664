"""`GET /prompts/{sha256}.wav`: what Graph fetches to play. The one address open to everybody.

It can be open because its names cannot be guessed without the content and because no prompt holds a
word about a caller: digits and durations are separate clips.
"""

from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.prompts.catalog import PromptStore
from bot.prompts.serving import PromptShelf, headers


def prompt_routes(
    store: PromptStore, name_of: Callable[[str], str] = lambda _sha: ""
) -> list[web.RouteDef]:
    """The route, for `app.router.add_routes`. Anonymous; GET and HEAD only."""
    answer = _answer_from(PromptShelf(store), name_of)
    return [web.get(r"/prompts/{sha}.wav", answer, allow_head=True)]


def _answer_from(shelf: PromptShelf, name_of: Callable[[str], str]) -> Handler:
    async def prompt(request: web.Request) -> web.StreamResponse:
        sha = request.match_info["sha"]
        wav = await shelf.wav(sha)
        if wav is None:
            raise web.HTTPNotFound(text="No such prompt.")
        told = headers(sha, name_of(sha))
        if any(tag.value in (sha, "*") for tag in request.if_none_match or ()):
            return web.Response(status=304, headers=told)
        return _whole_or_part(request, wav, told)

    return prompt


def _whole_or_part(request: web.Request, wav: bytes, told: dict[str, str]) -> web.Response:
    """The WAV, or the one part of it that was asked for (RFC 9110, 14)."""
    try:
        asked = request.http_range
    except ValueError:  # several parts or a malformed range: the whole is always a right answer
        asked = slice(None, None, 1)
    if asked.start is None and asked.stop is None:
        return web.Response(body=wav, content_type="audio/wav", headers=told)
    start, stop, _ = asked.indices(len(wav))
    if start >= stop:
        outside = told | {"Content-Range": f"bytes */{len(wav)}"}
        return web.Response(status=416, headers=outside)
    part = told | {"Content-Range": f"bytes {start}-{stop - 1}/{len(wav)}"}
    return web.Response(status=206, body=wav[start:stop], content_type="audio/wav", headers=part)
