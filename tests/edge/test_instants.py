"""Instants and durations in words."""

import pytest

from console.instants import day_and_time, lasting, time_of_day


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (-5, "0.0 s"),
        (400, "0.4 s"),
        (9_940, "9.9 s"),
        (12_000, "12 s"),
        (59_999, "59 s"),
        (140_000, "2 min 20 s"),
        (11_100_000, "3 h 5 min"),
    ],
)
def test_durations(duration: int, words: str) -> None:
    assert lasting(duration) == words


def test_instants() -> None:
    assert day_and_time(1_772_373_802_123) == "2026-03-01 14:03:22 UTC"
    assert time_of_day(1_772_373_802_123) == "14:03:22.1"
