"""How a route of the console answers: JSON that nobody keeps, and a sentence for each failure."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

from aiohttp import web

from console.board import Json
from console.inquiry import Ambiguous, NotFound
from store.errors import Unavailable

PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""What goes on is nobody's to keep: no cache on the way may hold it."""


class BadQuery(Exception):
    """What was asked for cannot be used (a query parameter, a body); the message says why."""


class TooLarge(Exception):
    """A body that is larger than anything it could mean; the message says how large it may be."""


def answer(body: Json, status: int = 200) -> web.Response:
    """The body as JSON."""
    text = json.dumps(body, ensure_ascii=False)
    return web.json_response(text=text, status=status, headers=PRIVATE)


async def answered(ask: Callable[[], Awaitable[Json]]) -> web.Response:
    """What `ask` returns, or 404, 409, 400, 413 or 503 with `error` for what it raises."""
    try:
        return answer(await ask())
    except Ambiguous as error:
        return answer({"error": str(error)}, status=409)
    except NotFound as error:
        return answer({"error": str(error)}, status=404)
    except BadQuery as error:
        return answer({"error": str(error)}, status=400)
    except TooLarge as error:
        return answer({"error": str(error)}, status=413)
    except Unavailable:
        return answer({"error": "The database cannot be read at the moment."}, status=503)


def number(request: web.Request, name: str, default: int, low: int, high: int) -> int:
    """A query parameter that is a whole number. Raises BadQuery."""
    text = request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 17 and low <= int(text) <= high):  # noqa: PLR2004
        message = f"{name} must be a number from {low} to {high}"
        raise BadQuery(message)
    return int(text)
