"""The generated pages in docs/ say what the program does."""

from pathlib import Path

import jsonschema
import pytest
from kit.flow_plans import SMALL
from ruamel.yaml import YAML

from bot.plan_file import read_plan
from bot.plan_file.entry_point_keys import ENTRY_POINT, NOTICE
from bot.plan_file.flow_keys import DOOR, FLOW, GOTO, STEPS, WHEN
from bot.plan_file.json_schema import plan_schema
from bot.plan_file.queue_keys import QUEUE
from bot.plan_file.vocabulary import ACTION, PLAN, PROMPT
from bot.plan_file.webhook_keys import WEBHOOK
from bot.reference import pages
from bot.settings import Settings, setting_names

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("path", sorted(pages()))
def test_the_page_is_up_to_date(path: str) -> None:
    assert (ROOT / path).read_text() == pages()[path], "run `make docs`"


def test_every_setting_has_its_line() -> None:
    page = (ROOT / "docs/settings.md").read_text()
    assert [name for name in setting_names() if f"| `{name}` |" not in page] == []
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_every_key_of_the_plan_has_its_line() -> None:
    page = (ROOT / "docs/plan.md").read_text()
    tables = (PLAN, ENTRY_POINT, NOTICE, DOOR, QUEUE, ACTION, PROMPT, FLOW, GOTO, WHEN, WEBHOOK)
    keys = [key for table in (*tables, *STEPS.values()) for key in table]
    assert [key.name for key in keys if f"| `{key.name}` |" not in page] == []


EXAMPLES = sorted((ROOT / "docs/examples").glob("*.yaml"))


def example(file: Path = ROOT / "docs/examples/plan.yaml") -> object:
    return as_editors_see_it(YAML(typ="safe", pure=True).load(file))


def as_editors_see_it(value: object) -> object:
    """As JSON: a menu's keys are texts there, whatever YAML makes of `1:`."""
    if isinstance(value, dict):
        return {str(key): as_editors_see_it(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_editors_see_it(inner) for inner in value]
    return value


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_every_example_is_a_plan_without_a_problem_and_the_schema_takes_it(file: Path) -> None:
    reading = read_plan(file.read_bytes(), file.name, file.parent)
    assert [problem.text(file.name) for problem in reading.problems] == []
    jsonschema.Draft202012Validator.check_schema(plan_schema())
    jsonschema.Draft202012Validator(plan_schema()).validate(example(file))


def test_the_schema_takes_every_kind_of_step() -> None:
    plan = as_editors_see_it(YAML(typ="safe", pure=True).load(SMALL))
    jsonschema.Draft202012Validator(plan_schema()).validate(plan)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"queus": {}}, []),
        ({"sign_in": "sometimes"}, ["sign_in"]),
        ({"queues": {}}, ["queues"]),
        ({"queues": {"a": {"members": []}}}, ["queues", "a", "members"]),
        (
            {"queues": {"a": {"members": ["a@b.example"], "wrap_up": "5"}}},
            ["queues", "a", "wrap_up"],
        ),
        (
            {"queues": {"a": {"members": ["a@b.example"], "on_overflow": {"prompt": "x"}}}},
            ["queues", "a", "on_overflow"],
        ),
        (
            {
                "queues": {
                    "a": {
                        "members": ["a@b.example"],
                        "on_overflow": {"user": "a@b.example", "number": "+1"},
                    }
                }
            },
            ["queues", "a", "on_overflow"],
        ),
        ({"queues": {"a b": {"members": ["a@b.example"]}}}, ["queues"]),
        ({"entry_points": {"a": {"account": "a@b.example"}}}, ["entry_points", "a"]),
        ({"flows": {"a": {"steps": {"x": {"sy": "p"}}}}}, ["flows", "a", "steps", "x"]),
        ({"webhooks": {"a": {"url": "http://a.example"}}}, ["webhooks", "a", "url"]),
    ],
)
def test_the_schema_marks_mistakes(change: dict[str, object], where: list[str]) -> None:
    plan = example()
    assert isinstance(plan, dict)
    errors = list(jsonschema.Draft202012Validator(plan_schema()).iter_errors(plan | change))
    assert [list(error.absolute_path) for error in errors] == [where]
