"""One slip in a plan is told as one, not as all that follows from it."""

from bot.plan_file import read_plan

GOOD = """\
tenant: contoso.example
entry_points:
  support:
    account: support@contoso.example
    queue: support
    greeting: welcome
    fallback: {number: "+14255550199"}
queues:
  support:
    members:
      - ada.agent@contoso.example
prompts:
  welcome:
    say: Welcome.
"""


def problems(source: str) -> list[tuple[int, str, str, str]]:
    reading = read_plan(source.encode(), "plan.yaml")
    return [(p.line, p.severity.value, p.key, p.message) for p in reading.problems]


def test_a_misspelt_section_is_told_first_and_nothing_that_follows_from_it() -> None:
    source = GOOD.replace("queues:", "queus:").replace("say: Welcome", "sai: Welcome")
    found = problems(source.replace("    queue: support", "    queue: suport"))
    assert [(line, key) for line, _, key, _ in found] == [
        (8, "queus"),
        (5, "entry_points.support.queue"),
        (14, "prompts.welcome.sai"),
    ]


def test_a_misspelt_section_beside_the_right_one_is_not_taken_for_it() -> None:
    found = problems(GOOD + "queus:\n  sales: {}\n")
    assert [(line, key) for line, _, key, _ in found] == [(15, "queus")]


def test_a_comma_that_cuts_words_off_is_told_as_such() -> None:
    source = GOOD.replace("say: Welcome.", "say: {en: Welcome, my friend, ko: 환영합니다}")
    ((line, _, key, message),) = problems(source)
    assert (line, key) == (14, "prompts.welcome.say.my friend")
    assert "in quotes" in message
