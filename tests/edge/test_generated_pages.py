"""The generated pages in docs/ say what the program does."""

from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from bot.plan_file.entry_point_keys import ENTRY_POINT
from bot.plan_file.json_schema import plan_schema
from bot.plan_file.queue_keys import QUEUE
from bot.plan_file.vocabulary import ACTION, PLAN, PROMPT
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
    keys = [key for table in (PLAN, ENTRY_POINT, QUEUE, ACTION, PROMPT) for key in table]
    assert [key.name for key in keys if f"| `{key.name}` |" not in page] == []


def example() -> object:
    return YAML(typ="safe", pure=True).load(ROOT / "docs/examples/plan.yaml")


def test_the_schema_is_one_and_takes_the_example() -> None:
    jsonschema.Draft202012Validator.check_schema(plan_schema())
    jsonschema.Draft202012Validator(plan_schema()).validate(example())


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
    ],
)
def test_the_schema_marks_mistakes(change: dict[str, object], where: list[str]) -> None:
    plan = example()
    assert isinstance(plan, dict)
    errors = list(jsonschema.Draft202012Validator(plan_schema()).iter_errors(plan | change))
    assert [list(error.absolute_path) for error in errors] == [where]
