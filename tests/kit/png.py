"""Reads the pixels of a PNG as icon renderers write it: 8 bits, RGB or RGBA, not interlaced."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

Pixel = tuple[int, int, int, int]
"""Red, green, blue, alpha."""
CHANNELS = {2: 3, 6: 4}


@dataclass(frozen=True, slots=True)
class Picture:
    width: int
    height: int
    rows: list[list[Pixel]]

    def pixels(self) -> Iterator[tuple[int, int, Pixel]]:
        """x, y and color of each."""
        for y, row in enumerate(self.rows):
            for x, pixel in enumerate(row):
                yield x, y, pixel


def picture(content: bytes) -> Picture:
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    chunks = list(_chunks(content[8:]))
    width, height, depth, color, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    assert (depth, interlaced) == (8, 0)
    raw = zlib.decompress(b"".join(part for kind, part in chunks if kind == b"IDAT"))
    size = CHANNELS[color]
    rows: list[list[Pixel]] = []
    line = bytes(width * size)
    for y in range(height):
        start = y * (width * size + 1)
        line = _unfiltered(raw[start], raw[start + 1 : start + 1 + width * size], line, size)
        rows.append([_pixel(line[x : x + size]) for x in range(0, len(line), size)])
    return Picture(width, height, rows)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    while content:
        (length,) = struct.unpack(">I", content[:4])
        yield content[4:8], content[8 : 8 + length]
        content = content[12 + length :]


def _unfiltered(kind: int, line: bytes, above: bytes, size: int) -> bytes:
    out = bytearray(line)
    for i in range(len(out)):
        left = out[i - size] if i >= size else 0
        corner = above[i - size] if i >= size else 0
        guess = (0, left, above[i], (left + above[i]) // 2, _paeth(left, above[i], corner))[kind]
        out[i] = (out[i] + guess) % 256
    return bytes(out)


def _paeth(left: int, above: int, corner: int) -> int:
    straight = left + above - corner
    return min((left, above, corner), key=lambda value: abs(straight - value))


def _pixel(raw: bytes) -> Pixel:
    return (raw[0], raw[1], raw[2], raw[3] if len(raw) == 4 else 255)
