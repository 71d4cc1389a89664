"""Dataclasses to bytes and back, so that rows survive a change of the program.

A body is JSON in UTF-8: readable with any database client. Fields unknown to this program are
skipped and missing ones take their defaults, so a newer program reads older rows. Encoders and
decoders are made once per codec: msgspec then takes about a microsecond per entity.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from store.errors import Unstorable


class Unreadable(Unstorable):
    """Stored bytes that are not what they should be."""


class Codec:
    """Bodies of the classes that the caller registers, `{kind: dataclass}`."""

    def __init__(self, registry: Mapping[str, type]) -> None:
        self._encoder = msgspec.json.Encoder()
        self._decoders = {kind: _decoder(kind, cls) for kind, cls in registry.items()}
        self._kinds = {cls: kind for kind, cls in registry.items()}
        self._envelope = msgspec.json.Decoder(tuple[str, msgspec.Raw])

    def kind(self, value: object) -> str:
        """The kind under which the value's class is registered."""
        return self._kinds[type(value)]

    def encode(self, value: object) -> bytes:
        """The body. Raises Unstorable for text that UTF-8 cannot hold."""
        try:
            return self._encoder.encode(value)
        except UnicodeEncodeError as error:
            reason = f"{type(value).__name__} holds half a surrogate pair"
            raise Unstorable(reason) from error

    def decode(self, kind: str, body: bytes) -> Any:
        """The value of a registered kind. Raises Unreadable."""
        decoder = self._decoders.get(kind)
        if decoder is None:
            message = f"no class is registered for kind {kind!r}"
            raise Unreadable(message)
        try:
            return decoder.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            message = f"{kind}: {error}"
            raise Unreadable(message) from error

    def pack(self, value: object) -> bytes:
        """Kind and body in one: `["CallIncoming",{...}]`, for places that store no kind."""
        return b'["%b",%b]' % (self.kind(value).encode(), self.encode(value))

    def unpack(self, packed: bytes) -> Any:
        """The value that was packed. Raises Unreadable."""
        try:
            kind, body = self._envelope.decode(packed)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            message = f"not a packed value: {error}"
            raise Unreadable(message) from error
        return self.decode(kind, bytes(body))


def plain(body: bytes) -> Any:
    """A body as plain JSON values, for readers that know no classes. Raises Unreadable."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Unreadable(str(error)) from error


def _decoder(kind: str, cls: type) -> msgspec.json.Decoder[Any]:
    try:
        return msgspec.json.Decoder(cls)
    except TypeError as error:
        message = f"{kind} cannot be stored: {error}"
        raise TypeError(message) from error
