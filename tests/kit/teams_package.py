"""The built Teams app package, opened, beside Microsoft's own schemas for it."""

import copy
import importlib.util
import io
import json
import zipfile
from functools import cache
from types import ModuleType
from typing import Any

from jsonschema import Draft201909Validator, FormatChecker
from kit.node_packages import package
from kit.source_tree import ROOT

APP = "0f6b3a52-5d4c-4a55-9c0c-3a4f3f3c1b11"
HOST = "calls.contoso.example"
NEEDED = [f"APP_ID={APP}", f"HOST={HOST}"]
Json = dict[str, Any]


@cache
def builder() -> ModuleType:
    """`scripts/teams_app.py`."""
    spec = importlib.util.spec_from_file_location("teams_app", ROOT / "scripts" / "teams_app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def built(*arguments: str) -> bytes:
    """The package's bytes for those `NAME=value` arguments. Raises the builder's Wrong."""
    made = builder()
    content: bytes = made.package(made.checked(made.read([*NEEDED, *arguments])))
    return content


def opened(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def manifest(*arguments: str) -> Json:
    found: Json = json.loads(opened(built(*arguments))["manifest.json"])
    return copy.deepcopy(found)


def korean(*arguments: str) -> Json:
    found: Json = json.loads(opened(built(*arguments))["ko.json"])
    return found


def schema(document: Json) -> Json:
    """Microsoft's schema that the document names, from the npm package; else the test ends here."""
    folder = package("@microsoft/app-manifest") / "build" / "json-schemas" / "teams"
    version, name = document["$schema"].rsplit("/", 2)[-2:]
    found: Json = json.loads((folder / version / name).read_text(encoding="utf-8-sig"))
    return found


def faults(document: Json) -> list[str]:
    """What Microsoft's schema finds wrong, as `path: message`.

    It calls itself draft-04 and uses words of later drafts: by the letter of draft-04 its `const`
    and every limit beside a `$ref` would be passed over.
    """
    validator = Draft201909Validator(schema(document), format_checker=FormatChecker())
    return [f"{e.json_path}: {e.message}" for e in validator.iter_errors(document)]


def localizable(document: Json) -> dict[str, str]:
    """Every text of the manifest that people read, by the key under which a language names it."""
    found = {
        f"{part}.{length}": document[part][length]
        for part in ("name", "description")
        for length in ("short", "full")
    }
    for i, tab in enumerate(document["staticTabs"]):
        found[f"staticTabs[{i}].name"] = tab["name"]
    for i, commands in enumerate(document["bots"][0]["commandLists"]):
        for j, command in enumerate(commands["commands"]):
            for field in ("title", "description"):
                key = f"bots[0].commandLists[{i}].commands[{j}].{field}"
                found[key] = command[field]
    return found
