"""docs/facts.md: every kind of fact, with what it means and what stands in it.

Meanings are the docstrings in routing/facts.py; what stands in a fact is read where the engine
writes it. So neither can be forgotten: a kind without a meaning, or one that nobody writes, fails.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

ROOT = Path(__file__).resolve().parent.parent
OWN = ("contact", "agent", "queue")
HEAD = """\
<!-- Generated from routing/facts.py and what writes facts. Change it there, then `make docs`. -->

# Facts

What is remembered of everything that happened: the history of a contact ([the tab](tab.md),
`switchboard why`), the counts in [metrics](metrics.md), and what other systems can be told. A
kind's name is stable. Each fact has an instant, and the contact, agent and queue that it is about,
if any; the rest stands in its detail: plain values, durations in milliseconds. Never in it: a key
that a caller pressed, or sound ([why](adr/0011-media-and-tones-are-not-kept.md)).

| Kind | What happened | Detail |
|---|---|---|
"""


class Unexplained(Exception):
    """A kind of fact has no meaning, or nobody writes it."""


def facts_page() -> str:
    """The page's text. Raises Unexplained."""
    details = written()
    rows = []
    for name, kind, meaning in kinds():
        if not meaning:
            message = f"FactKind.{name} in routing/facts.py has no docstring: say what happened"
            raise Unexplained(message)
        if name not in details:
            message = f"nothing in routing/ writes FactKind.{name}: remove it"
            raise Unexplained(message)
        shown = ", ".join(f"`{each}`" for each in sorted(details[name]))
        rows.append(f"| `{kind}` | {meaning} | {shown} |\n")
    return HEAD + "".join(rows)


def kinds() -> Iterator[tuple[str, str, str]]:
    """Name, kind and meaning of each, in their order."""
    tree = ast.parse((ROOT / "routing/facts.py").read_text())
    body = next(
        node.body
        for node in tree.body
        if isinstance(node, ast.ClassDef) and node.name == "FactKind"
    )
    for node, after in zip(body, [*body[1:], ast.Pass()], strict=True):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            said = after.value if isinstance(after, ast.Expr) else None
            meaning = str(said.value) if isinstance(said, ast.Constant) else ""
            name = ast.unparse(node.targets[0])
            yield name, str(node.value.value), " ".join(meaning.split())


def written() -> dict[str, set[str]]:
    """What may stand in the detail of each kind, by its name."""
    found: dict[str, set[str]] = {}
    trees = [ast.parse(file.read_text()) for file in sorted((ROOT / "routing").glob("*.py"))]
    through = {
        function.name: details(call, function)
        for tree in trees
        for function in functions(tree)
        for call in writes(function)
        if isinstance(call.args[0], ast.Name)  # the kind is a parameter
    }
    for tree in trees:
        tables = {name.id: value for name, value in assigned(tree)}
        for function in functions(tree):
            for call in calls(function):
                name = getattr(call.func, "id", getattr(call.func, "attr", ""))
                here = details(call, function) if name == "fact" else through.get(name, set())
                for kind in given(call, tables):
                    found.setdefault(kind, set()).update(here)
    return found


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def calls(inside: ast.AST) -> Iterator[ast.Call]:
    yield from (node for node in ast.walk(inside) if isinstance(node, ast.Call))


def writes(function: ast.FunctionDef) -> Iterator[ast.Call]:
    """The calls in it that write a fact."""
    for call in calls(function):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "fact" and call.args:
            yield call


def assigned(inside: ast.AST) -> Iterator[tuple[ast.Name, ast.expr]]:
    """What names are set to, or extended by."""
    for node in ast.walk(inside):
        if isinstance(node, ast.Assign):
            yield from ((each, node.value) for each in node.targets if isinstance(each, ast.Name))
        elif isinstance(node, ast.AnnAssign | ast.AugAssign) and isinstance(node.target, ast.Name):
            yield node.target, node.value or node.target


def details(call: ast.Call, function: ast.FunctionDef) -> set[str]:
    """The names under which the call keeps something, those of dicts that it spreads among them."""
    names = {each.arg for each in call.keywords if each.arg} - set(OWN)
    for spread in (each.value for each in call.keywords if each.arg is None):
        names |= keys(spread)
        if isinstance(spread, ast.Name):
            for name, value in assigned(function):
                names |= keys(value) if name.id == spread.id else set()
            names |= {
                str(node.slice.value)
                for node in ast.walk(function)
                if isinstance(node, ast.Subscript)
                and ast.unparse(node.value) == spread.id
                and constant(node.slice)
            }
    return names


def keys(inside: ast.expr) -> set[str]:
    """The keys of every dict that is written out in it."""
    return {
        str(key.value)
        for node in ast.walk(inside)
        if isinstance(node, ast.Dict)
        for key in node.keys
        if constant(key)
    }


def constant(node: ast.expr | None) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant)


def given(call: ast.Call, tables: dict[str, ast.expr]) -> list[str]:
    """The kinds that a call is given, by name or by a table of the file."""
    names: list[str] = []
    for argument in [*call.args, *(each.value for each in call.keywords)]:
        if isinstance(argument, ast.Subscript) and isinstance(argument.value, ast.Name):
            names += mentioned(tables.get(argument.value.id, argument))
        names += mentioned(argument)
    return names


def mentioned(inside: ast.expr) -> list[str]:
    """The kinds whose names stand in an expression."""
    return [
        node.attr
        for node in ast.walk(inside)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "FactKind"
    ]
