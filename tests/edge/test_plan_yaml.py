"""What is no YAML, or not the YAML that was meant: where it begins, and what to write."""

import pytest

from bot.plan_file import read_plan

PLAN = """\
tenant: contoso.example
entry_points:
  main: {account: main@contoso.example, queue: a, fallback: {number: "+14255550199"}}
queues:
  a:
    members: ada.agent@contoso.example
    keys:
      %s: {number: "+14255550150"}
    announce: {prompts: system:still_holding}
"""


def problems(source: str) -> list[tuple[int, str]]:
    return [(p.line, p.message) for p in read_plan(source.encode(), "plan.yaml").problems]


@pytest.mark.parametrize(
    ("source", "line", "part"),
    [
        ("tenant: 'x\n", 1, "never closed"),
        ('a: b\nc: "d\ne: f\n', 2, "never closed"),
        ("a: b\nqueues\nflows: {}\n", 2, "`: ` is missing"),
        ("a: b\nqueues:x\nflows: {}\n", 2, "`: ` is missing"),
        ("a: b\nqueues:\n  a:{}\n  b: {}\n", 4, "or in the line above"),
        ("a: b\nprompts:\n  a: {say: Note: this}\n", 3, "brackets begin in line 3"),
        ("a: b\nqueues: {a: [x\nflows: {}\n", 3, "begin in line 2, and a `,` or the `]`"),
    ],
)
def test_broken_yaml_is_reported_where_it_begins(source: str, line: int, part: str) -> None:
    [(where, message)] = problems(source)
    assert (where, part in message) == (line, True), message


def test_a_hash_that_is_meant_as_a_key_is_no_comment_in_silence() -> None:
    assert problems(PLAN % '"#"') == []
    found = problems(PLAN % "5: {number: '+14255550151'}\n      #")
    assert [(line, 'write it in quotes, `"#"`' in message) for line, message in found] == [
        (9, True)
    ]
    assert problems(PLAN % "# a comment: with a colon\n      5") == []
