"""Reads Bicep files with the grammar of tree-sitter: declarations, values, and who names whom.

No compiler: it knows nothing of Azure's types. What it does see is a syntax error, a name that
nobody declared, a parameter that nobody uses, and every value that is written out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import tree_sitter_bicep
from tree_sitter import Language, Node, Parser

GRAMMAR = Language(tree_sitter_bicep.language())
FUNCTIONS = frozenset(
    {"concat", "empty", "guid", "max", "string", "subscription", "subscriptionResourceId", "tenant"}
    | {"toLower", "union", "uniqueString", "uriComponent"}
)
"""Those of Bicep's functions that the templates use."""


class BadBicep(Exception):
    """The text is not Bicep."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A value that only Azure can tell: its text, and the names in it."""

    text: str
    names: tuple[str, ...]


Value = str | int | bool | None | list["Value"] | dict[str, "Value"] | Expression


@dataclass(slots=True)
class Parameter:
    """A `param`."""

    type: str
    default: Value = None
    is_needed: bool = True
    is_secure: bool = False
    description: str = ""
    allowed: list[Value] = field(default_factory=list)


@dataclass(slots=True)
class Declared:
    """A `resource` or `module`: what it is of, and its body. `condition`: only if that holds."""

    kind: str
    body: dict[str, Value]
    condition: Expression | None = None
    is_existing: bool = False
    each: Expression | None = None


@dataclass(slots=True)
class Output:
    """An `output`."""

    value: Value
    description: str


@dataclass(slots=True)
class Template:
    """One file."""

    parameters: dict[str, Parameter] = field(default_factory=dict)
    variables: dict[str, Value] = field(default_factory=dict)
    resources: dict[str, Declared] = field(default_factory=dict)
    modules: dict[str, Declared] = field(default_factory=dict)
    outputs: dict[str, Output] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)
    """Every name that some value uses."""
    loops: set[str] = field(default_factory=set)
    """The names of loops' variables."""

    @property
    def declared(self) -> set[str]:
        return {*self.parameters, *self.variables, *self.resources, *self.modules, *self.loops}


def unknown_names(template: Template) -> set[str]:
    """What is named and neither declared nor a function that Bicep has."""
    return template.named - template.declared - FUNCTIONS


def read(path: Path) -> Template:
    """The template in the file. Raises BadBicep with the line of the first fault."""
    return parse(path.read_text(), path.name)


def parse(text: str, where: str = "text") -> Template:
    root = Parser(GRAMMAR).parse(text.encode()).root_node
    if fault := next((each for each in _walk(root) if each.is_error or each.is_missing), None):
        line = fault.start_point[0] + 1
        raise BadBicep(f"{where}, line {line}: {_text(fault)[:60]!r}")
    template = Template()
    decorators: list[Node] = []
    for node in root.named_children:
        if node.type == "decorators":
            decorators = node.named_children
            continue
        _declare(template, node, decorators)
        decorators = []
    return template


def _declare(template: Template, node: Node, decorators: list[Node]) -> None:
    if node.type in ("comment", "diagnostic_comment", "target_scope_assignment"):
        return
    name, *rest = node.named_children
    template.named |= {n for each in rest for n in _names(each)}
    template.loops |= {
        _text(each.named_children[0]) for each in _walk(node) if each.type == "for_statement"
    }
    match node.type:
        case "parameter_declaration":
            template.parameters[_text(name)] = _parameter(rest, decorators)
        case "variable_declaration":
            template.variables[_text(name)] = _value(rest[-1])
        case "resource_declaration":
            template.resources[_text(name)] = _body(node, rest)
        case "module_declaration":
            template.modules[_text(name)] = _body(node, rest)
        case "output_declaration":
            told = _told(decorators, "description")
            template.outputs[_text(name)] = Output(_value(rest[-1]), str(told or ""))
        case other:
            raise BadBicep(f"{other} is not read here")


def _parameter(rest: list[Node], decorators: list[Node]) -> Parameter:
    kind, *default = rest
    allowed = _told(decorators, "allowed")
    return Parameter(
        type=_text(kind),
        default=_value(default[0]) if default else None,
        is_needed=not default,
        is_secure=any(_text(each) == "@secure()" for each in decorators),
        description=str(_told(decorators, "description") or ""),
        allowed=allowed if isinstance(allowed, list) else [],
    )


def _told(decorators: list[Node], name: str) -> Value:
    """The argument of the decorator of that name."""
    for each in decorators:
        call = each.named_children[0]
        if _text(call.named_children[0]) == name:
            return _value(call.named_children[1].named_children[0])
    return None


def _body(node: Node, rest: list[Node]) -> Declared:
    kind, value = rest[0], rest[-1]
    condition = each = None
    if value.type == "if_statement":
        condition, value = _expression(value.named_children[0]), value.named_children[-1]
    elif value.type == "for_statement":
        each, value = _expression(value.named_children[1]), value.named_children[-1]
    body = _value(value)
    if not isinstance(body, dict):
        raise BadBicep(f"{_text(kind)} has no body")
    is_existing = any(child.type == "existing" for child in node.children)
    return Declared(str(_value(kind)), body, condition, is_existing, each)


def _value(node: Node) -> Value:
    match node.type:
        case "string" if not _has_holes(node):
            return _string(node)
        case "number":
            return int(_text(node))
        case "boolean":
            return _text(node) == "true"
        case "null":
            return None
        case "array":
            return [_value(each) for each in node.named_children if each.type != "comment"]
        case "object":
            pairs = [each for each in node.named_children if each.type == "object_property"]
            return {_key(each.named_children[0]): _value(each.named_children[-1]) for each in pairs}
        case "for_statement":
            return [_value(node.named_children[-1])]
        case _:
            return _expression(node)


def _key(node: Node) -> str:
    return _string(node) if node.type == "string" else _text(node)


def _string(node: Node) -> str:
    text = _text(node)[1:-1]
    return text.replace("\\'", "'").replace("\\\\", "\\")


def _has_holes(node: Node) -> bool:
    return any(each.type == "interpolation" for each in node.named_children)


def _expression(node: Node) -> Expression:
    return Expression(_text(node), tuple(_names(node)))


def _names(node: Node) -> Iterator[str]:
    """Names of parameters, variables, resources, modules and functions, not of properties."""
    if node.type == "identifier":
        yield _text(node)
    elif node.type == "object_property":
        key, *values = node.named_children
        for each in [*values, *([key] if key.type == "string" else [])]:
            yield from _names(each)
    elif node.type != "property_identifier":
        for each in node.named_children:
            yield from _names(each)


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for each in node.children:
        yield from _walk(each)


def _text(node: Node) -> str:
    return (node.text or b"").decode()
