"""Two pages of docs/: what is deployed, with parameters and settings, and Graph's permissions.

Written by `make docs`, with the reader of Bicep that the tests use.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from kit.bicep import Expression, Template, Value, read  # noqa: E402 - tests/ was not on the path

BICEP = ROOT / "deploy" / "bicep"
REFERENCE_HEAD = """\
<!-- Written by `make docs` from deploy/bicep. -->

# What is deployed: reference

[Deploying](deploy.md) leads through it. `azd env set NAME VALUE` gives a parameter its value, then
`azd provision`. With `az deployment sub create` give the parameters themselves.

## Parameters

| Parameter | azd's name for it | Default | Meaning |
|---|---|---|---|
"""
SETTINGS_HEAD = """
## Settings of the service

Every [setting](settings.md) is in one of these two lists; a test compares them with the service.

The template sets these itself:

| Setting | Value |
|---|---|
"""
GIVEN_HEAD = """
These are yours: `azd env set` with the same name. Not given means the service's default.
"""
OUTPUTS_HEAD = """
## Outputs

| Output | Is |
|---|---|
"""
RESOURCES_HEAD = """
## Resources

| Resource | Of type | When |
|---|---|---|
"""
PERMISSIONS_HEAD = """\
<!-- Written by `make docs` from bot/doctor/permissions.json. -->

# Permissions

What the application asks Microsoft Graph for, all of it application permissions with an
administrator's consent. `Register-Application.ps1` in [deploy/scripts](../deploy/scripts) reads the
same table: it asks for what the features in use need (`-Features`), says what has no consent yet,
and warns of what was consented and is not needed. `switchboard doctor` reads it too: it says which
of these the plan in use needs and the application's token lacks ([findings](findings.md)). Give the
consent before the first call: Graph checks permissions when a call begins.

| Permission | Feature | For | Without it |
|---|---|---|---|
"""
PERMISSIONS_TAIL = """
Nothing here writes to the directory, reads mail or files, or reads chats. The permissions are wide
all the same: they hold for everybody in the tenant
([security](../SECURITY.md#what-you-should-know)).

## Which request needs which

| Permission | Requests ([graph/shapes.py](../graph/shapes.py)) |
|---|---|
"""
PERMISSIONS_END = """
`reject` needs none. `organization` (the tenant's own domains) may need more than `User.Read.All`;
where it is refused, the service goes on without.
"""


def deploy_pages() -> dict[str, str]:
    """Both pages, by path from the repository's root."""
    return {"docs/deploy-reference.md": reference(), "docs/permissions.md": permissions()}


def reference() -> str:
    main = read(BICEP / "main.bicep")
    file = json.loads((BICEP / "main.parameters.json").read_text())["parameters"]
    known = read(BICEP / "modules" / "web.bicep").variables["known"]
    assert isinstance(known, dict)  # noqa: S101 - a script's own check
    return "".join(
        [
            REFERENCE_HEAD,
            *(_parameter(name, main, file) for name in main.parameters),
            SETTINGS_HEAD,
            *(f"| `{name}` | {_shown(value)} |\n" for name, value in known.items()),
            GIVEN_HEAD,
            *(f"\n- `{name}`" for name in file["settings"]["value"]),
            "\n",
            OUTPUTS_HEAD,
            *(f"| `{name}` | {each.description} |\n" for name, each in main.outputs.items()),
            RESOURCES_HEAD,
            *_resources(main),
        ]
    )


def _parameter(name: str, main: Template, file: dict[str, Any]) -> str:
    told = file.get(name, {}).get("value", "")
    named = re.search(r"\$\{([A-Z_]+)", told) if isinstance(told, str) else None
    theirs = f"`{named[1]}`" if named and name != "databasePassword" else ""
    each = main.parameters[name]
    default = "needed" if each.is_needed else _shown(each.default)
    return f"| `{name}` | {theirs} | {default} | {each.description} |\n"


def _shown(value: Value) -> str:
    if isinstance(value, Expression):
        reference = re.search(r"SecretUri=\$\{(\w+)\}", value.text)
        return f"from the vault (`{reference[1]}`)" if reference else f"`{value.text}`"
    if value in ("", {}):
        return "empty"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _resources(main: Template) -> list[str]:
    rows = [f"| `{name}` | {each.kind} | always |\n" for name, each in main.resources.items()]
    for used in main.modules.values():
        module = read(BICEP / used.kind)
        for name, each in module.resources.items():
            if each.is_existing:
                continue
            conditions = [c.text[1:-1] for c in (used.condition, each.condition) if c]
            when = f"`{' and '.join(conditions)}`" if conditions else "always"
            file = used.kind.removeprefix("modules/").removesuffix(".bicep")
            rows.append(f"| `{file}.{name}` | {each.kind} | {when} |\n")
    return rows


def permissions() -> str:
    rows = json.loads((ROOT / "bot" / "doctor" / "permissions.json").read_text())
    return "".join(
        [
            PERMISSIONS_HEAD,
            *(
                f"| `{row['permission']}` | `{row['feature']}`{', always' if row['needed'] else ''}"
                f" | {row['for']} | {row['without']} |\n"
                for row in rows
            ),
            PERMISSIONS_TAIL,
            *(f"| `{row['permission']}` | {_listed(row['requests'])} |\n" for row in rows),
            PERMISSIONS_END,
        ]
    )


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
