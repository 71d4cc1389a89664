"""What comes in with an act: JSON of a known shape, and nothing else.

The shapes are `msgspec.Struct`s with `forbid_unknown_fields=True`: a key that is misspelled, or a
value of another type, is refused in a sentence that names it.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec
from aiohttp import web

from console.answers import BadQuery, TooLarge

LARGEST = 16_384

T = TypeVar("T")


async def body_of(request: web.Request, shape: type[T], *, most: int = LARGEST) -> T:
    """The request's body as `shape`. Raises BadQuery, and TooLarge beyond `most` bytes."""
    raw = bytearray()
    async for part in request.content.iter_chunked(most):
        raw += part
        if len(raw) > most:
            message = f"the body must be at most {most} bytes"
            raise TooLarge(message)
    try:
        return msgspec.json.decode(raw, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        message = f"the body cannot be used: {error}"
        raise BadQuery(message) from error
