"""No log line holds a secret, a token or a whole phone number."""

import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest

from bot.logs import HIDDEN, JsonLines, Redactor, TextLines, set_up_logs

SECRET = "s3cr3t~value.of-some/length="
JWT = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJhdWQiOiJ4In0.c2lnbmF0dXJlLWhlcmU"


@pytest.fixture
def line() -> Callable[..., str]:
    """The line that a record becomes."""

    def write(message: str, *args: object, **extra: object) -> str:
        formatter = JsonLines(Redactor([SECRET]))
        logger = logging.getLogger("bot.test")
        record = logger.makeRecord(
            "bot.test", logging.INFO, __file__, 1, message, args, None, extra=extra
        )
        return formatter.format(record)

    return write


Line = Callable[..., str]


@pytest.mark.parametrize(
    ("text", "hidden", "left"),
    [
        (f"secret is {SECRET}", SECRET, "secret is "),
        (f"Authorization: Bearer {JWT}", JWT, "Bearer "),
        (f"got {JWT} from Entra", JWT, "from Entra"),
        (f"got {JWT[:60]}", JWT[:60], "got "),
        ("Bearer abcdef0123456789", "abcdef0123456789", "Bearer "),
        ("body client_secret=abc123&grant_type=x", "abc123", "grant_type=x"),
        ('{"access_token": "opaque-thing"}', "opaque-thing", "access_token"),
        ("postgresql://switchboard:pa55@db/x", "pa55", "@db/x"),
        ("call from +14255550123 now", "+14255550123", "…0123 now"),
        ("call from +1 (425) 555-0123 now", "425", "…0123"),
        ("tel:+82212345678", "82212345678", "…5678"),
        ("caller %2B14255550123", "14255550123", "…0123"),
        ("caller 14255550123, again", "14255550123", "…0123"),
        ("'+4930123456'", "4930123456", "…3456"),
    ],
)
def test_what_may_not_stand_there(line: Line, text: str, hidden: str, left: str) -> None:
    for written in (line(text), line("%s", text), line("x", detail=text)):
        assert hidden not in written
        assert left in json.loads(written).get("detail", json.loads(written)["message"])


@pytest.mark.parametrize(
    "text",
    [
        "3 contacts wait in queue support for 12345 ms",
        "call 8d723104-f773-43c1-b458-a748e9bb17bc ended",
        "request 00000000-0000-0000-0000-000000000001",
        "listening on http://127.0.0.1:3978",
        "at 2026-03-01T14:03:22.123Z",
        "contact 1-123456 offer 12-99",
        "sha 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ],
)
def test_what_may_stand_there(line: Line, text: str) -> None:
    assert json.loads(line(text))["message"] == text


@pytest.mark.parametrize(
    "name", ["client_secret", "token", "Authorization", "api_key", "password", "cookie"]
)
def test_a_field_of_such_a_name_is_hidden_whatever_it_holds(line: Line, name: str) -> None:
    assert json.loads(line("x", **{name: "harmless"}))[name] == HIDDEN


def test_fields_keep_their_types(line: Line) -> None:
    told = json.loads(
        line("committed", ms=3.5, events=14, ok=True, nothing=None, at=1_772_373_802_000)
    )
    assert (told["ms"], told["events"], told["ok"], told["nothing"]) == (3.5, 14, True, None)
    assert told["at"] == 1_772_373_802_000


def test_a_field_cannot_replace_the_message(line: Line) -> None:
    told = json.loads(line("real", level="FAKE", logger="fake"))
    assert (told["message"], told["level"], told["logger"]) == ("real", "INFO", "bot.test")


def test_a_value_may_be_anything(line: Line) -> None:
    told = json.loads(line("odd", value={"number": "+14255550123"}, text="a\nb\0\ud800"))
    assert "…0123" in told["value"]
    assert "\n" not in line("two\nlines")


def test_a_line_is_bounded(line: Line) -> None:
    assert len(line("x" * 100_000, detail="y" * 100_000)) < 10_000


@pytest.fixture
def root() -> Iterator[None]:
    """Puts the process's logging back as it was."""
    logger = logging.getLogger()
    before, level = list(logger.handlers), logger.level
    yield
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
    for handler in before:
        logger.addHandler(handler)
    logger.setLevel(level)
    logging.captureWarnings(capture=False)


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("as_json", [True, False])
def test_tracebacks_and_libraries_are_covered(as_json: bool) -> None:
    stream = io.StringIO()
    set_up_logs(level="DEBUG", as_json=as_json, secrets=[SECRET], stream=stream)
    try:
        _refuse(f"refused {SECRET} of +14255550123")
    except ValueError:
        logging.getLogger("somewhere.else").exception("broke for %s", SECRET)
    logging.getLogger("aiohttp.access").info("GET /?number=+14255550123")
    written = stream.getvalue()
    assert "Traceback" in written
    assert "aiohttp.access" not in written
    assert SECRET not in written
    assert "4255550123" not in written


def _refuse(message: str) -> None:
    raise ValueError(message)


def test_text_lines_for_people() -> None:
    record = logging.getLogger("bot.owner.loop").makeRecord(
        "bot.owner.loop",
        logging.WARNING,
        __file__,
        1,
        "two\nlines",
        (),
        None,
        extra={"tenant": "x"},
    )
    written = TextLines(Redactor()).format(record)
    assert written[12:] == " WARNING bot.owner.loop: two\\nlines tenant=x"


def test_a_short_secret_does_not_blot_out_everything() -> None:
    assert Redactor(["", "a"]).text("a bad day") == "a bad day"
