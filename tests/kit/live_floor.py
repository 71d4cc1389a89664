"""Who works and who is called in a live house: the emulator's directory and the plan over it."""

from dataclasses import replace

from emulator.config import Account, Application, Config, default_config, object_id
from emulator.customers_web import PLACE
from emulator.scripts import Behaviour

SUPERVISOR = "sam.supervisor@contoso.example"
FALLBACK = "+14255550199"
AGENTS = 160
QUICK = Behaviour(after_ms=50, key="1", key_after_ms=50, key_on_prompt=True, talk_ms=20_000)
CONSULT, GROUP, BLIND, WAITING = (
    f"{name}@contoso.example" for name in ("support", "sales", "frontdesk", "waiting")
)
"""Accounts, by how their callers reach an agent; behind the last one nobody is ever available."""
HELP = "help@contoso.example"
"""An account with a flow: a menu, digits, a webhook. Who is gold goes to `support`, others wait."""
SECRET = "0123456789abcdef"
FLOW = f"""\
  help: {{account: {HELP}, flow: help, country: DE, fallback: {{number: "{FALLBACK}"}}}}
flows:
  help:
    steps:
      menu:
        menu: welcome
        keys: {{1: order}}
        wait: 20s
        otherwise: disconnect
      order:
        collect: welcome
        into: order
        digits: 4
        confirm: false
        then: crm
        otherwise: disconnect
      crm: {{ask: crm, then: who, otherwise: who}}
      who:
        branch:
          - when: {{attribute: tier, is: gold}}
            queue: support
        otherwise: {{queue: waiting}}
webhooks:
  crm:
    url: {PLACE}/crm
    within: 5s
    send: [caller, attributes]
    take: {{tier: customer.tier}}
    secret: crm
    private: true
context:
  # Only of colleagues who call the waiting room: other tests count what is asked.
  who:
    source: http
    entry_points: waiting
    url: {PLACE}/who?user={{user}}
    within: 10s
    private: true
    fields: {{Tier: tier}}
subscribers:
  warehouse: {{url: "{PLACE}/warehouse", secret: crm, private: true}}
"""


def members(config: Config) -> dict[str, list[str]]:
    """The agents behind each account: most for `consult`, one who is never there for the last."""
    staff = [person.upn for person in config.people if "agent" in person.upn][:AGENTS]
    return {
        CONSULT: staff[1:100],
        GROUP: staff[100:120],
        BLIND: staff[120:],
        WAITING: staff[:1],
    }


def plan_text(config: Config, deliveries: dict[str, str]) -> str:
    lines = ["tenant: contoso.example", "default_entry_point: support"]
    lines += [f"supervisors: [{SUPERVISOR}]", "entry_points:"]
    for account in deliveries:
        name = account.partition("@")[0]
        lines += [f"  {name}:", f"    account: {account}", f"    queue: {name}"]
        lines += ["    greeting: welcome", f'    fallback: {{number: "{FALLBACK}"}}']
    lines += [*FLOW.splitlines(), "queues:"]
    staff = members(config)
    for account, delivery in deliveries.items():
        lines += [f"  {account.partition('@')[0]}:", f"    delivery: {delivery}", "    members:"]
        lines += [f"      - {upn}" for upn in staff[account]]
        lines += ["    decline_back_off: 1s", "    busy_back_off: 1s"]
    lines += ["prompts:", "  welcome:", "    say: Welcome to Contoso."]
    return "\n".join(lines) + "\n"


DELIVERIES = {CONSULT: "consult", GROUP: "group_call", BLIND: "transfer", WAITING: "consult"}


def floor_config(webhook: str, legs: int) -> Config:
    config = default_config(webhook=webhook, agents=AGENTS)
    first = config.applications[0]
    waiting = Account(
        id=object_id(WAITING),
        upn=WAITING,
        name="Waiting Room",
        tenant_id=config.tenant_id,
        app_id=first.id,
        number="+14255550103",
    )
    helping = replace(waiting, id=object_id(HELP), upn=HELP, name="Help", number="+14255550104")
    # Without a number of its own an account cannot hand its callers to one.
    accounts = [
        replace(each, number="+14255550102") if each.upn == BLIND else each
        for each in config.accounts
    ]
    last = members(config)[WAITING]
    people = [
        replace(each, availability="Offline", activity="Offline") if each.upn in last else each
        for each in config.people
    ]
    application: Application = replace(first, legs=legs)
    return replace(
        config,
        applications=(application,),
        accounts=(*accounts, waiting, helping),
        people=tuple(people),
    )
