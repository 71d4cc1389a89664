"""The plan file: YAML with line numbers becomes `routing.plan.Plan`, or a list of what is wrong."""

from bot.plan_file.problems import Problem, Severity
from bot.plan_file.reader import read_plan
from bot.plan_file.reading import PromptText, Reading, Reference, ReferenceKind

__all__ = [
    "Problem",
    "PromptText",
    "Reading",
    "Reference",
    "ReferenceKind",
    "Severity",
    "read_plan",
]
