"""What the task at work is about, for whoever measures below it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

OUR_CALL: ContextVar[str] = ContextVar("our_call", default="")
"""Our id of the leg: a request that makes a leg has no other name for it yet."""


@contextmanager
def about_call(call: str) -> Iterator[None]:
    """What is done inside is about this leg of ours."""
    token = OUR_CALL.set(call)
    try:
        yield
    finally:
        OUR_CALL.reset(token)
