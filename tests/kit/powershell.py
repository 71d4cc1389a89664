"""Reads PowerShell scripts with the grammar of tree-sitter: faults, calls, and what guards them.

Nothing is run. What is seen: syntax errors, which commands are called with which parameters, and
whether a call stands under a question to `ShouldProcess`, so that -WhatIf changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

GRAMMAR = Language(tree_sitter_powershell.language())
BRANCHES = ("if_statement", "elseif_clause")


@dataclass(frozen=True, slots=True)
class Call:
    """One command, as it is called in one place."""

    name: str
    parameters: tuple[str, ...]
    """Named ones, without the dash and without a value: `WhatIf` for `-WhatIf:$false`."""
    text: str
    line: int
    function: str
    """The function that it stands in; empty at the top of the script."""
    is_guarded: bool
    """Whether it is reached only after ShouldProcess was asked."""


class Script:
    """One script file."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.text = path.read_text()
        self._root = Parser(GRAMMAR).parse(self.text.encode()).root_node

    @property
    def faults(self) -> list[str]:
        """Where the text is not PowerShell."""
        return [
            f"{self.name}, line {each.start_point[0] + 1}: {_text(each)[:60]!r}"
            for each in _walk(self._root)
            if each.is_error or each.is_missing
        ]

    @property
    def calls(self) -> list[Call]:
        return list(self._calls(self._root, "", is_guarded=False))

    @property
    def parameters(self) -> set[str]:
        """Of the script itself."""
        blocks = [each for each in self._root.children if each.type == "param_block"]
        return {
            _text(part).removeprefix("$")
            for block in blocks
            for each in _walk(block)
            if each.type == "script_parameter"
            for part in each.children
            if part.type == "variable"
        }

    @property
    def functions(self) -> set[str]:
        return {_text(each) for each in _walk(self._root) if each.type == "function_name"}

    @property
    def help(self) -> str:
        """The comment that Get-Help shows."""
        return "".join(re.findall(r"<#(.*?)#>", self.text, re.DOTALL))

    def _calls(self, node: Node, function: str, *, is_guarded: bool) -> Iterator[Call]:
        if node.type == "function_statement":
            names = [_text(each) for each in node.children if each.type == "function_name"]
            function = names[0] if names else function
        if node.type == "command":
            yield _call(node, function, is_guarded=is_guarded)
        if node.type in BRANCHES:
            yield from self._branch(node, function, is_guarded=is_guarded)
            return
        leaves = False
        for each in node.children:
            # `if (-not ShouldProcess) { return }`: what comes after it is guarded.
            yield from self._calls(each, function, is_guarded=is_guarded or leaves)
            leaves = leaves or (each.type == "if_statement" and _refuses(each))

    def _branch(self, node: Node, function: str, *, is_guarded: bool) -> Iterator[Call]:
        condition = next(each for each in node.children if each.type == "pipeline")
        asks = _asks(condition) and "-not $PSCmdlet" not in _text(condition)
        for each in node.children:
            inside = each.type == "statement_block" and asks
            yield from self._calls(each, function, is_guarded=is_guarded or inside)


def _asks(node: Node) -> bool:
    return "$PSCmdlet.ShouldProcess(" in _text(node)


def _refuses(branch: Node) -> bool:
    """Whether the branch is `if (-not ShouldProcess) { ... return }`."""
    condition = next(each for each in branch.children if each.type == "pipeline")
    block = next(each for each in branch.children if each.type == "statement_block")
    says_no = _text(condition).startswith("-not $PSCmdlet.ShouldProcess(")
    return says_no and _text(block).rstrip("} \n").endswith("return")


def _call(node: Node, function: str, *, is_guarded: bool) -> Call:
    name = next((_text(each) for each in node.children if each.type == "command_name"), "")
    elements = [each for each in node.children if each.type == "command_elements"]
    given = [each for part in elements for each in part.children]
    named = [_text(each) for each in given if each.type == "command_parameter"]
    return Call(
        name=name,
        parameters=tuple(each.lstrip("-").partition(":")[0] for each in named),
        text=_text(node),
        line=node.start_point[0] + 1,
        function=function,
        is_guarded=is_guarded,
    )


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for each in node.children:
        yield from _walk(each)


def _text(node: Node) -> str:
    return (node.text or b"").decode()
