"""`supervisors:`, on the plan and on a queue: people by name, one a line.

No groups: who may steer a queue should be readable in the plan, and stays so when somebody who
looks after groups adds a person to one.
"""

from __future__ import annotations

from bot.plan_file.document import Mapping, Node, Scalar
from bot.plan_file.problems import Problems
from bot.plan_file.reading import Reference, ReferenceKind
from bot.plan_file.section import Section, reference_problem

KEY = "supervisors"
GROUP = "group:"


def read_supervisors(section: Section, problems: Problems) -> tuple[Reference, ...]:
    """Whom the section names, each once, in its order; what names nobody is reported."""
    node = section.node(KEY)
    if isinstance(node, Mapping):
        section.error(KEY, "a list is expected: one `- name@domain` a line")
        return ()
    items = section.items(KEY)
    if node is not None and not items:
        section.error(KEY, "empty: name a person, or remove the key")
    found: dict[str, Reference] = {}
    for index, item in enumerate(items):
        key = f"{section.path(KEY)}[{index}]"
        ref = item.text if isinstance(item, Scalar) else ""
        if problem := _problem(item, ref):
            problems.error(item.line, key, problem)
        elif ref.lower() in found:
            problems.warn(item.line, key, f"{ref} stands in this list already")
        else:
            found[ref.lower()] = Reference(
                kind=ReferenceKind.USER, ref=ref, key=key, line=item.line
            )
    return tuple(found.values())


def _problem(item: Node, ref: str) -> str:
    if ref.startswith(GROUP) or (isinstance(item, Mapping) and "group" in item.items):
        return "groups cannot supervise: name each person as name@domain"
    if not isinstance(item, Scalar):
        return "a person (`name@domain`) is expected"
    return reference_problem(ref, "a person")
