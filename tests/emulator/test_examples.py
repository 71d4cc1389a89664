"""Whatever a plan in docs/examples names is there in `make run`, so that each can be played."""

from pathlib import Path

import pytest

from bot.plan_file import ReferenceKind, read_plan
from emulator.config import default_config
from emulator.run import ACCOUNTS

EXAMPLES = sorted((Path(__file__).parents[2] / "docs/examples").glob("*.yaml"))


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_an_example_names_only_who_is_in_the_emulators_directory(file: Path) -> None:
    reading = read_plan(file.read_bytes(), file.name, file.parent)
    assert reading.plan is not None
    config = default_config()
    people = {person.upn for person in config.people}
    known = {
        ReferenceKind.ACCOUNT: {account.upn for account in config.accounts},
        ReferenceKind.GROUP: {group.mail for group in config.groups},
    }
    named = {(each.kind, each.ref) for each in reading.references}
    assert {(kind, ref) for kind, ref in named if ref not in known.get(kind, people)} == set()
    channels = {queue.channel for queue in reading.plan.queues if queue.channel}
    assert channels <= {channel.id for channel in config.channels}


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_an_example_takes_every_call_of_the_emulator_and_asks_for_no_secret(file: Path) -> None:
    reading = read_plan(file.read_bytes(), file.name, file.parent)
    plan = reading.plan
    assert plan is not None
    taken = {account for entry in plan.entry_points for account in entry.accounts}
    assert plan.default_entry_point or set(ACCOUNTS) <= taken
    assert [webhook.name for webhook in plan.webhooks if webhook.secret] == []
