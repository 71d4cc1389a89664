"""Subscribers in the plan: what a good one becomes, and what is wrong with the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.plan_file import read_plan
from routing.subscriber import Subscriber

EXAMPLE = Path(__file__).parents[2] / "docs/examples/subscribers.yaml"
GOOD = """\
tenant: contoso.example
default_entry_point: main
entry_points:
  main: {queue: support}
queues:
  support: {members: ada.agent@contoso.example}
subscribers:
  bi: {url: "https://bi.contoso.example/in", secret: bi, kinds: contact.ended, queues: [support]}
"""


def test_a_subscriber_says_where_which_and_of_whom() -> None:
    plan = read_plan(GOOD.encode(), "plan.yaml").plan
    assert plan is not None
    assert plan.subscribers == (
        Subscriber(
            name="bi",
            url="https://bi.contoso.example/in",
            secret="bi",
            kinds=("contact.ended",),
            queues=("support",),
        ),
    )


def test_the_example_is_without_errors() -> None:
    reading = read_plan(EXAMPLE.read_bytes(), "subscribers.yaml", EXAMPLE.parent)
    assert reading.problems == ()
    assert reading.plan is not None
    assert [each.kinds for each in reading.plan.subscribers] == [
        (),
        ("contact.ended", "voicemail.*"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "key", "remedy"),
    [
        ("https://bi", "http://bi", "url", "https://"),
        ("https://bi.contoso.example", "https://10.1.2.3", "url", "private: true"),
        ("secret: bi, ", "", "secret", "missing"),
        ("secret: bi", "secret: 'b i'", "secret", "name"),
        ("kinds: contact.ended", "kinds: contact.endet", "kinds", "contact.ended"),
        ("kinds: contact.ended", "kinds: contacts.*", "kinds", "contact.*"),
        ("[support]", "[suport]", "queues", "support"),
        ("kinds:", "kind:", "kind", "kinds"),
    ],
)
def test_what_is_wrong_is_said_with_line_and_key(
    before: str, after: str, key: str, remedy: str
) -> None:
    reading = read_plan(GOOD.replace(before, after).encode(), "plan.yaml")
    [problem] = reading.errors
    assert (problem.line, problem.key) == (8, f"subscribers.bi.{key}")
    assert remedy in problem.text("plan.yaml")
