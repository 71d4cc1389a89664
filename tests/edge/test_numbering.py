"""Numbers as people key them in, and which of them may be called: against the library itself."""

from __future__ import annotations

import re

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from bot.plan_file.numbering import countries_behind, numbering_of
from routing.numbering import from_keys, is_ordinary

COUNTRIES = sorted(phonenumbers.SUPPORTED_REGIONS)
PLAIN = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE)
COSTLY = (PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST)
CHANGED_WITH_THE_TRUNK = {"AR"}
"""A mobile keyed in there as 15 is 9 behind the country code; such a number is refused."""


@pytest.mark.parametrize("country", COUNTRIES)
def test_ordinary_numbers_are_understood_as_keyed_in_and_may_be_called(country: str) -> None:
    home = numbering_of(country)
    for kind in PLAIN:
        example = phonenumbers.example_number_for_type(country, kind)
        if example is None:
            continue
        number = phonenumbers.format_number(example, PhoneNumberFormat.E164)
        at_home = phonenumbers.format_number(example, PhoneNumberFormat.NATIONAL)
        keyed = re.sub(r"[^0-9]", "", at_home)
        assert is_ordinary(number, home)
        if kind != PhoneNumberType.MOBILE or country not in CHANGED_WITH_THE_TRUNK:
            assert from_keys(keyed, home) == number


@pytest.mark.parametrize("country", COUNTRIES)
def test_numbers_that_cost_extra_are_never_called(country: str) -> None:
    home = numbering_of(country)
    for kind in COSTLY:
        example = phonenumbers.example_number_for_type(country, kind)
        if example is not None:
            number = phonenumbers.format_number(example, PhoneNumberFormat.E164)
            assert not is_ordinary(number, home)


@pytest.mark.parametrize(
    ("country", "keyed", "number"),
    [
        ("DE", "030123456", "+4930123456"),
        ("DE", "0034912345678", "+34912345678"),
        ("US", "4255550100", "+14255550100"),
        ("US", "14255550100", "+14255550100"),
        ("US", "0114930123456", "+4930123456"),
        ("IT", "0612345678", "+390612345678"),
        ("KR", "021234567", "+8221234567"),
        ("DE", "0" * 18, ""),
        ("DE", "", ""),
        ("DE", "*", ""),
        ("DE", "٠٣٠", ""),
    ],
)
def test_how_a_number_is_keyed_in(country: str, keyed: str, number: str) -> None:
    assert from_keys(keyed, numbering_of(country)) == number


def test_another_country_behind_the_same_code_is_not_home() -> None:
    assert is_ordinary("+14255550100", numbering_of("US"))
    assert not is_ordinary("+18765550100", numbering_of("US"))
    assert is_ordinary("+18762345678", numbering_of("JM"))


def test_the_countries_behind_a_prefix() -> None:
    assert countries_behind("+4930") == ("DE",)
    assert "US" in countries_behind("+1")
    assert countries_behind("+999") == ()
    assert countries_behind("+800") == ()
