"""Graph's permissions: each request that the service can send has one, and nobody asks for more."""

import inspect
import json
import re

from kit.source_tree import ROOT

from graph import people_shapes, shapes, tenant_shapes

ROWS = json.loads((ROOT / "bot" / "doctor" / "permissions.json").read_text())
NEED_NOTHING = {"reject"}
"""learn.microsoft.com/graph/api/call-reject: no permission."""
SCRIPT = (ROOT / "deploy" / "scripts" / "Register-Application.ps1").read_text()


def shape_names() -> set[str]:
    """The builders of requests in graph/shapes.py."""
    return {
        name
        for module in (shapes, people_shapes, tenant_shapes)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        and not name.startswith("_")
        and len(inspect.signature(function).parameters) == 2
    }


def test_every_request_has_a_permission_and_no_permission_lacks_a_request() -> None:
    """When this fails, a request was added or taken away: bot/doctor/permissions.json."""
    covered = [request for row in ROWS for request in row["requests"]]
    assert len(covered) == len(set(covered))
    assert set(covered) | NEED_NOTHING == shape_names()
    assert all(row["requests"] for row in ROWS)


def test_no_permission_writes_anything_but_calls() -> None:
    names = [row["permission"] for row in ROWS]
    assert len(names) == len(set(names))
    assert [n for n in names if not re.fullmatch(r"(Calls\.\w+|\w+\.Read)\.All", n)] == []


def test_the_registration_asks_by_the_features_of_that_file() -> None:
    chosen = {row["feature"] for row in ROWS if not row["needed"]}
    (offered,) = re.findall(
        r"\[ValidateSet\((.+?)\)\]\s+\[string\[\]\] \$Features = @\((.+?)\)", SCRIPT
    )
    assert [set(re.findall(r"'(\w+)'", each)) for each in offered] == [chosen, chosen]
    assert "$_.needed -or $_.feature -in $Features" in SCRIPT
    assert not re.search(r"'(Calls|Presence|User|CallRecords)\.\w+\.All'", SCRIPT)


def test_the_operators_page_leads_to_the_table_and_keeps_none_of_its_own() -> None:
    page = (ROOT / "docs" / "operating.md").read_text()
    assert "(permissions.md)" in page
    assert [row["permission"] for row in ROWS if f"| `{row['permission']}` |" in page] == []
