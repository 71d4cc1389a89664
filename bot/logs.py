"""Log lines: one JSON object each, without secrets, tokens or whole phone numbers.

Redaction is the last thing that happens to a line, so it also covers what libraries and tracebacks
say. Known secrets are hidden by value, tokens by their shape, phone numbers down to their last four
digits.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TextIO

HIDDEN = "[hidden]"
SHORTEST_SECRET = 4
"""A shorter one would blot out half of every line."""
LONGEST_VALUE = 4_000

TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){0,4}")
BEARER = re.compile(r"(?i)\b(bearer|basic|sharedaccesssignature)\s+[A-Za-z0-9._~+/=-]{6,}")
NAMED = re.compile(
    r"(?i)\b(client_secret|client_assertion|assertion|password|passwd|access_token|refresh_token"
    r"|id_token|sig|secret|api[_-]?key|subscription[_-]key)([\"']?\s*[=:]\s*[\"']?)([^\s\"'&,;}]+)"
)
IN_URL = re.compile(r"(?<=://)([^/\s:@]+):([^/\s@]+)@")
E164 = re.compile(r"(?:\+|%2[Bb]|tel:)[0-9][0-9 ().-]{5,18}[0-9]")
DIGITS = re.compile(r"(?<![0-9A-Za-z.:+_-])[0-9]{9,15}(?![0-9A-Za-z.:_-])")
SECRET_FIELDS = re.compile(r"(?i)(secret|password|token|authorization|assertion|cookie|api_?key)")
"""Extra fields that are hidden whatever they hold."""

STANDARD = frozenset(vars(logging.LogRecord("", 0, "", 0, "", None, None))) | {
    "message",
    "asctime",
    "taskName",
}
LOUD = (
    "alembic",
    "azure",
    "msal",
    "urllib3",
    "aiohttp.access",
    "asyncio",
    "botbuilder",
    "botframework",
)
"""Libraries whose INFO says what our own lines say already, or quotes headers."""


class Redactor:
    """Takes out of a text what no log may hold."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """`secrets` are hidden wherever they occur."""
        known = sorted({s for s in secrets if len(s) >= SHORTEST_SECRET}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def text(self, text: str) -> str:
        """The text without them."""
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        text = TOKEN.sub(HIDDEN, text)
        text = BEARER.sub(lambda found: f"{found[1]} {HIDDEN}", text)
        text = NAMED.sub(lambda found: f"{found[1]}{found[2]}{HIDDEN}", text)
        text = IN_URL.sub(lambda found: f"{found[1]}:{HIDDEN}@", text)
        text = E164.sub(_last_four, text)
        return DIGITS.sub(_last_four, text)

    def value(self, name: str, value: object) -> object:
        """A field's value, fit for JSON."""
        if isinstance(value, bool | int | float) or value is None:
            return value
        if SECRET_FIELDS.search(name):
            return HIDDEN
        return self.text(str(value))[:LONGEST_VALUE]


def _last_four(found: re.Match[str]) -> str:
    digits = [sign for sign in found[0] if sign.isdigit()]
    return "…" + "".join(digits[-4:])


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """The record's line."""
        line: dict[str, object] = {
            "time": _instant(record),
            "level": record.levelname,
            "logger": record.name,
            "message": self._redactor.text(record.getMessage())[:LONGEST_VALUE],
        }
        for name, value in _fields(record):
            line.setdefault(name, self._redactor.value(name, value))
        if trace := _trace(self, record):
            line["trace"] = self._redactor.text(trace)
        return json.dumps(line, ensure_ascii=False, default=str)


class TextLines(logging.Formatter):
    """Lines for people."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """The record's line, and its traceback below."""
        fields = "".join(
            f" {name}={self._redactor.value(name, value)}" for name, value in _fields(record)
        )
        message = self._redactor.text(record.getMessage()).replace("\n", "\\n")
        line = f"{_instant(record)[11:23]} {record.levelname:<7} {record.name}: {message}{fields}"
        trace = _trace(self, record)
        return f"{line}\n{self._redactor.text(trace)}" if trace else line


def set_up_logs(
    *, level: str, as_json: bool, secrets: Iterable[str], stream: TextIO | None = None
) -> logging.Handler:
    """Send every logger's lines to `stream` (default: standard error); the handler in use."""
    redactor = Redactor(secrets)
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines(redactor) if as_json else TextLines(redactor))
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name in LOUD:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    return handler


def _instant(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _fields(record: logging.LogRecord) -> list[tuple[str, object]]:
    return [(name, value) for name, value in vars(record).items() if name not in STANDARD]


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    parts = []
    if record.exc_info:
        parts.append(formatter.formatException(record.exc_info))
    if record.stack_info:
        parts.append(formatter.formatStack(record.stack_info))
    return "\n".join(parts)
