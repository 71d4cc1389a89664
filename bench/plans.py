"""The plans under which the service is measured."""

from __future__ import annotations

ACCOUNT = "support@contoso.example"


def plan(
    *,
    tenant: str,
    delivery: str = "consult",
    members: str = "- group: agents@contoso.example",
    greeting: bool = False,
) -> str:
    """One entry point, one queue."""
    greet = "\n    greeting: welcome" if greeting else ""
    prompts = "\nprompts:\n  welcome:\n    say:\n      en: Welcome.\n" if greeting else ""
    return f"""\
tenant: {tenant}
default_entry_point: support
entry_points:
  support:
    account: {ACCOUNT}
    queue: support{greet}
queues:
  support:
    delivery: {delivery}
    members:
      {members}
{prompts}"""
