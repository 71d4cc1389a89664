"""Every scene under every value of every switch: all come out as they should, whatever Graph does.

All scenes are played side by side by the whole heart of the service, under virtual time. A failure
names scene and delivery: `python -m emulator demo --only NAME --switch NAME=VALUE` shows it live.
"""

from collections import Counter

import pytest
from kit.played_acts import played

from emulator.scene_book import DELIVERIES, all_acts
from emulator.switch_rows import SWITCHES

VALUES = [
    {switch.name: value}
    for switch in SWITCHES
    for value in switch.values
    if value != switch.default
]


def _name(switches: dict[str, str]) -> str:
    return ",".join(f"{name}={value}" for name, value in switches.items()) or "defaults"


@pytest.mark.parametrize("switches", [{}, *VALUES], ids=_name)
def test_every_scene_comes_out_as_it_should(switches: dict[str, str]) -> None:
    acts = [act for act in all_acts() if act.can_be_played(switches)]
    result = played(acts, switches)
    assert result.wrong() == []
    assert len(result.verdicts) == sum(len(act.labels()) for act in acts)


def test_the_same_scenes_come_out_the_same_twice() -> None:
    first, second = played(all_acts(), {}), played(all_acts(), {})
    assert [str(each) for each in first.audit.contacts] == [
        str(each) for each in second.audit.contacts
    ]


def test_every_kind_of_contact_is_among_the_scenes() -> None:
    acts = all_acts()
    kinds = {caller.kind for act in acts for caller in act.script.callers}
    assert kinds == {"pstn", "withheld", "user", "guest", "federated", "encrypted"}
    assert {act.delivery for act in acts} == set(DELIVERIES)
    assert sum(len(act.script.callers) for act in acts) >= 40
    acted = {each.do for act in acts for row in act.script.agents.values() for each in row}
    assert acted >= {"answer", "decline", "ignore", "busy", "voicemail", "unreachable", "away"}
    outcomes = Counter(o for act in acts for e in act.expected for o in e.outcomes)
    assert outcomes.keys() >= {"connected", "abandoned", "disconnected", "forwarded", "voicemail"}
