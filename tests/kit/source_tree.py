"""The repository as the house rules see it: tracked files, parsed modules, calls and imports."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("bot", "console", "graph", "store", "routing", "emulator")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One place in the source that names something from a module."""

    file: str
    line: int
    name: str
    """Dotted and with aliases resolved: `time.monotonic`, whatever the file calls it."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.name}"


@cache
def tracked_files() -> tuple[str, ...]:
    """Paths from the root of every file that git has or would take, in order."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(sorted(name for name in listed.split("\0") if (ROOT / name).is_file()))


def python_files(*folders: str) -> list[str]:
    return [f for f in tracked_files() if f.endswith(".py") and f.split("/")[0] in folders]


@cache
def parsed(file: str) -> ast.Module:
    return ast.parse((ROOT / file).read_text(), filename=file)


def imports(file: str) -> Iterator[Use]:
    """Every module or name that the file imports, also inside functions."""
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Use(file=file, line=node.lineno, name=alias.name)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield Use(file=file, line=node.lineno, name=f"{node.module}.{alias.name}")


@cache
def uses(file: str) -> tuple[Use, ...]:
    """Every dotted name that the file reads, its first part resolved through the imports."""
    return tuple(_uses(file))


def _uses(file: str) -> Iterator[Use]:
    known = _names_imported(file)
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.Attribute | ast.Name) and (dotted := _dotted(node)):
            first, _, rest = dotted.partition(".")
            resolved = known.get(first, first)
            yield Use(file=file, line=node.lineno, name=f"{resolved}.{rest}" if rest else resolved)


def _names_imported(file: str) -> dict[str, str]:
    names: dict[str, str] = {}
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.Import):
            names |= {a.asname: a.name for a in node.names if a.asname}
        elif isinstance(node, ast.ImportFrom):
            names |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return names


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value) or '?'}.{node.attr}"
    if isinstance(node, ast.Call):
        return f"{_dotted(node.func)}()"
    return ""


def functions(file: str) -> Iterator[tuple[str, int, int]]:
    """Name, first line and number of lines (decorators included) of each function."""
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            yield node.name, first, (node.end_lineno or first) - first + 1


@cache
def definitions(file: str) -> frozenset[str]:
    """What the file defines at its top (`Pool`, `choose`, `AVAILABLE`) and in its classes
    (`Pool.first`)."""
    found: set[str] = set()
    for node in parsed(file).body:
        found |= set(_defined(node))
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{name}" for inner in node.body for name in _defined(inner)}
    return frozenset(found)


def _defined(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (target.id for target in targets if isinstance(target, ast.Name))
