"""A plan with a flow of every kind of step, and what reading it tells."""

from bot.plan_file import read_plan
from routing.plan import Plan

SMALL = """\
tenant: contoso.example
entry_points:
  main:
    account: [main@contoso.example, second@contoso.example]
    country: DE
    flow: main
    block: spam
    door:
      - when: {caller: anonymous}
        number: "+493012345699"
      - when: {prefix: "+7"}
        busy: true
    notice: {prompt: menu, object_key: 9, wait: 2s}
    fallback: {number: "+493012345690"}
  other:
    account: other@contoso.example
    queue: spare
    fallback: {number: "+493012345690"}
flows:
  main:
    operator: {queue: support}
    steps:
      hello:
        say: menu
        then: main
      main:
        menu: menu
        keys:
          1: {queue: support}
          2: {go: order, choice: orders, language: ko, set: {topic: order}, priority: 2}
          "*": repeat
          "#": back
        tries: 2
        wait: 3s
      order:
        collect: menu
        into: order
        digits: 4-10
        then: look
        otherwise: dial
      look:
        ask: crm
        then: remember
        otherwise: remember
      remember:
        note: {seen: yes, source: menu}
        then: other
      other:
        enter: short
        then: who
      who:
        branch:
          - when: {list: vip, caller: [number, internal]}
            queue: support
            priority: 1
          - when: {queue: support, waiting: 3, expected_wait: 2m, nobody_there: false}
            go: dial
          - when: {prefix: ["+49", "+43"], attribute: tier, is: [gold, 5]}
            disconnect: true
        otherwise: {queue: support}
      dial:
        extension: menu
        extensions:
          12: ada.agent@contoso.example
          100: {queue: support, priority: 1}
        otherwise: disconnect
  short:
    steps:
      ask:
        menu: menu
        keys:
          1:
            go: back
        otherwise: return
queues:
  support:
    members: [ada.agent@contoso.example]
  spare:
    members: [ada.agent@contoso.example]
caller_lists:
  vip:
    - "+493012345678"
    - "+4989*"
    - una.user@contoso.example
  spam: ["+1900*"]
webhooks:
  crm:
    url: https://crm.contoso.example/who?x=1
    within: 3s
    send: [caller, attributes]
    take: {tier: customer.tier}
    secret: crm
prompts:
  menu:
    say:
      en: One or two?
      ko: 일 번 또는 이 번을 눌러 주세요.
"""


def problems(source: str) -> list[tuple[int, str, str, str]]:
    """Line, severity, key and message of all that is wrong."""
    reading = read_plan(source.encode(), "plan.yaml")
    return [(p.line, p.severity.value, p.key, p.message) for p in reading.problems]


def read(source: str) -> Plan:
    """The plan, which must be usable."""
    reading = read_plan(source.encode(), "plan.yaml")
    assert reading.plan is not None, reading.problems
    return reading.plan
