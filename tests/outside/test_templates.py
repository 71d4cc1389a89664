"""Requests with `{names}`: whatever a value holds, it stays one value where it stands."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from bot.outside import templates
from bot.outside.templates import NoValue, address, body, header, names_in, origin_of

HOSTILE = (
    "../../admin",
    "a/b?c=d#e",
    "x&admin=1",
    "https://evil.example/",
    "\r\nX-Evil: 1",
    '"}, "admin": true, {"',
    "@evil.example",
    "%2e%2e",
    "김 <script>",
    "\\..\\",
)
VALUES = st.one_of(st.sampled_from(HOSTILE), st.text(min_size=1, max_size=40))


@given(VALUES)
def test_in_an_address_a_value_is_one_segment_or_one_parameter(value: str) -> None:
    template = "https://crm.contoso.example/by/{name}/x?who={name}&a=1"
    try:
        filled = address(template, {"name": value})
    except NoValue:
        return
    sent = urlsplit(str(URL(filled, encoded=True)))
    safe = value.encode("utf-8", "replace").decode()
    assert sent.netloc == "crm.contoso.example"
    assert [unquote(part) for part in sent.path.split("/")] == ["", "by", safe, "x"]
    assert parse_qsl(sent.query, keep_blank_values=True) == [("who", safe), ("a", "1")]
    assert filled.isascii()


@pytest.mark.parametrize("value", ["", ".", "..", "..."])
def test_a_value_that_would_lead_elsewhere_or_nowhere_stops_the_question(value: str) -> None:
    with pytest.raises(NoValue):
        address("https://crm.contoso.example/by/{name}", {"name": value})


def test_dots_that_only_together_lead_elsewhere_stop_it_too() -> None:
    with pytest.raises(NoValue):
        address("https://crm.contoso.example/a/.{name}", {"name": ".%2E".replace("%2E", "")})
    with pytest.raises(NoValue):
        address("https://crm.contoso.example/" + "x" * 1_990 + "{name}", {"name": "y" * 40})


@given(VALUES)
def test_in_a_header_a_value_is_one_line_of_ascii(value: str) -> None:
    filled = header("Caller {name};{number}", {"name": value})
    assert filled.isascii()
    assert filled.isprintable()
    assert filled.startswith("Caller ")
    assert filled.endswith(";")


@given(VALUES)
def test_in_json_a_value_is_one_string(value: str) -> None:
    template = json.dumps({"who": "{name}", "list": ["{name}!", 5, None], "brace": "{{name}}"})
    tree = body(template, {"name": value})
    assert tree == {"who": value, "list": [f"{value}!", 5, None], "brace": "{name}"}


def test_a_value_with_a_name_in_it_is_not_filled_again() -> None:
    assert body('{"a": "{name}"}', {"name": "{number}", "number": "1"}) == {"a": "{number}"}


@pytest.mark.parametrize(
    ("template", "origin"),
    [
        ("https://a.example/{x}", "https://a.example"),
        ("https://a.example", "https://a.example"),
        ("https://a.example?x={x}", "https://a.example"),
        ("https://a.example{x}", ""),
        ("https://{x}/", ""),
        ("http://a.example/", ""),
        ("https://a.example\\@b/", ""),
    ],
)
def test_no_name_stands_in_the_host(template: str, origin: str) -> None:
    assert origin_of(template) == origin


def test_a_lone_brace_is_a_mistake_and_two_are_one() -> None:
    assert names_in("{{a}} {b} { c }") == ["b", "c"]
    with pytest.raises(templates.BadTemplate):
        names_in("{a")
