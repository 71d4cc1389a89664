"""Generated pages say what the source says, and every state is drawn."""

import importlib.util
import sys
from types import ModuleType

import pytest
from kit.source_tree import ROOT

from emulator.switch_rows import SWITCHES
from routing.agent import AGENT
from routing.contact import CONTACT
from routing.machine import Machine
from routing.offer import OFFER


@pytest.fixture(scope="module")
def write_docs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_docs", ROOT / "scripts" / "write_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pages_are_up_to_date(write_docs: ModuleType) -> None:
    stale = [
        path
        for path, text in write_docs.generated().items()
        if not (ROOT / path).exists() or (ROOT / path).read_text() != text
    ]
    assert stale == [], "run `make docs`"


@pytest.mark.parametrize("machine", [CONTACT, OFFER, AGENT], ids=lambda machine: machine.name)
def test_every_state_is_reached_and_drawn(machine: Machine) -> None:
    states = type(next(iter(machine.table))[0])
    page = (ROOT / "docs" / "state-machines.md").read_text()
    reached = {next(iter(states)), *machine.table.values()}
    assert reached == set(states)
    assert [state for state in states if f" {state.value}" not in page] == []


def test_what_the_product_does_is_said_of_every_switch(write_docs: ModuleType) -> None:
    said = sys.modules[write_docs.unproven_page.__module__].PRODUCT
    assert sorted(said) == sorted(switch.name for switch in SWITCHES)
    page = (ROOT / "docs" / "unproven.md").read_text()
    assert [s.name for s in SWITCHES if f"### `{s.name}`\n" not in page] == []
