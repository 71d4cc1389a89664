"""What Graph's two strings mean, in both vocabularies and any case."""

from __future__ import annotations

import pytest

from routing.plan import Preset
from routing.presence import Presence, classify, lets_through

MEANINGS = [
    ("Available", "Available", Presence.AVAILABLE),
    ("AvailableIdle", "Inactive", Presence.AVAILABLE),
    ("available", "available", Presence.AVAILABLE),
    ("Available", "OutOfOffice", Presence.OUT_OF_OFFICE),
    ("available", "outOfOffice", Presence.OUT_OF_OFFICE),
    ("Busy", "Busy", Presence.BUSY),
    ("BusyIdle", "Inactive", Presence.BUSY),
    ("Busy", "InACall", Presence.IN_CALL),
    ("Busy", "InAConferenceCall", Presence.IN_CALL),
    ("Busy", "InAMeeting", Presence.IN_CALL),
    ("inAMeeting", "busy", Presence.IN_CALL),
    ("inACall", "available", Presence.IN_CALL),
    ("DoNotDisturb", "Presenting", Presence.PRESENTING),
    ("presenting", "doNotDisturb", Presence.PRESENTING),
    ("DoNotDisturb", "UrgentInterruptionsOnly", Presence.DO_NOT_DISTURB),
    ("focusing", "doNotDisturb", Presence.DO_NOT_DISTURB),
    ("focusing", "busy", Presence.FOCUSING),
    ("Away", "Away", Presence.AWAY),
    ("BeRightBack", "BeRightBack", Presence.BE_RIGHT_BACK),
    ("Offline", "OffWork", Presence.OFFLINE),
    ("Available", "OffWork", Presence.OFFLINE),
    ("Available", "Away", Presence.AWAY),
    ("PresenceUnknown", "PresenceUnknown", Presence.UNKNOWN),
    ("Available", "InAHammock", Presence.UNKNOWN),
    ("Dancing", "Available", Presence.UNKNOWN),
    ("", "", Presence.UNKNOWN),
    (" AVAILABLE ", "available", Presence.AVAILABLE),
]


@pytest.mark.parametrize(("availability", "activity", "meaning"), MEANINGS)
def test_meaning(availability: str, activity: str, meaning: Presence) -> None:
    assert classify(availability, activity) is meaning
    assert classify(availability.upper(), activity.upper()) is meaning


NEVER = {
    Presence.OFFLINE,
    Presence.IN_CALL,
    Presence.PRESENTING,
    Presence.DO_NOT_DISTURB,
    Presence.FOCUSING,
    Presence.OUT_OF_OFFICE,
    Presence.UNKNOWN,
}
OPEN = {
    Preset.STRICT: {Presence.AVAILABLE},
    Preset.BUSY_OK: {Presence.AVAILABLE, Presence.BUSY, Presence.AWAY},
    Preset.NEVER_IN_CALL: set(Presence) - NEVER,
}


@pytest.mark.parametrize("preset", list(Preset))
def test_each_preset_lets_through_exactly_what_the_docs_say(preset: Preset) -> None:
    assert {p for p in Presence if lets_through(preset, p)} == OPEN[preset]


@pytest.mark.parametrize("preset", list(Preset))
def test_no_preset_lets_a_call_a_meeting_or_the_unknown_through(preset: Preset) -> None:
    assert not [p for p in NEVER if lets_through(preset, p)]
