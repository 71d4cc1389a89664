"""`context:` of the plan: its values, its findings with line and key, and the secrets beside it."""

from __future__ import annotations

import json
import textwrap

import pytest

from bot.plan_file import read_plan
from routing.context_rules import HttpQuestion, Provider, Source
from routing.plan import Plan

PLAN = """\
tenant: contoso.example
default_entry_point: main
entry_points:
  main: {queue: support, fallback: {user: ada.agent@contoso.example}}
queues:
  support: {members: ada.agent@contoso.example}
  sales: {members: ada.agent@contoso.example}
context:
"""
CRM = """\
crm:
  source: http
  title: CRM
  within: 1s
  method: POST
  url: https://crm.contoso.example/by/{number}?from={entry_point}
  headers: {Authorization: "Bearer {secret}", X-Caller: "{name}"}
  body: {who: "{name}", deep: {list: ["{attribute.order}", 5, true]}, literal: "{{x}}"}
  secret: crm
  fields: {Tier: customer.tier, 고객: customer.name}
  links: {Open: "https://crm.contoso.example/#/c/{answer.customer.id}"}
  keep: 5m
"""


def read(section: str) -> tuple[Plan | None, list[tuple[int, str, str]]]:
    source = PLAN + textwrap.indent(textwrap.dedent(section), "  ")
    reading = read_plan(source.encode(), "plan.yaml")
    found = [(p.line, p.key, p.message) for p in reading.problems if p.key.startswith("context")]
    return reading.plan, found


def providers(section: str) -> tuple[Provider, ...]:
    plan, problems = read(section)
    assert problems == []
    assert plan is not None
    return plan.context


def test_every_key_of_http_reaches_the_plan() -> None:
    [crm] = providers(CRM)
    assert crm.http is not None
    body = json.loads(crm.http.body)
    assert body == {
        "who": "{name}",
        "deep": {"list": ["{attribute.order}", 5, True]},
        "literal": "{{x}}",
    }
    assert crm == Provider(
        name="crm",
        source=Source.HTTP,
        title="CRM",
        within_ms=1_000,
        http=HttpQuestion(
            method="POST",
            url="https://crm.contoso.example/by/{number}?from={entry_point}",
            headers={"Authorization": "Bearer {secret}", "X-Caller": "{name}"},
            body=crm.http.body,
            secret="crm",
            fields={"Tier": "customer.tier", "고객": "customer.name"},
            links={"Open": "https://crm.contoso.example/#/c/{answer.customer.id}"},
            keep_ms=300_000,
        ),
        needs=("number", "entry_point"),
        waits_for_queue=True,
    )


def test_history_and_profile_need_nothing_and_keep_the_plans_order() -> None:
    who, before, crm = providers(
        """\
        who: {source: profile, manager: false, photo: false, queues: sales}
        before: {source: history, contacts: 5, entry_points: [main]}
        crm: {source: http, url: "https://crm.contoso.example/{user}", fields: {A: a}}
        """
    )
    assert (who.manager, who.photo, who.queues) == (False, False, ("sales",))
    assert (before.most, before.title, before.entry_points) == (5, "before", ("main",))
    assert (crm.needs, crm.waits_for_queue) == (("user",), False)


HTTP = "crm: {source: http, fields: {A: a}, "


@pytest.mark.parametrize(
    ("section", "line", "key", "part"),
    [
        ("crm: {url: x}", 9, "context.crm.source", "missing"),
        ("crm: {source: crm}", 9, "context.crm.source", "'crm' is not known here"),
        ("crm: {source: http, fields: {A: a}}", 9, "context.crm.source", "needs an address"),
        ('crm: {source: http, url: "https://a.example/"}', 9, "context.crm.source", "nothing is"),
        ("h: {source: history, url: x}", 9, "context.h.url", "only with `source: http`"),
        ("h: {source: history, photo: true}", 9, "context.h.photo", "only with `source: profile`"),
        ("h: {source: history, contacts: 99}", 9, "context.h.contacts", "write 1 to 10"),
        ("h: {source: history, within: 1m}", 9, "context.h.within", "write 1s to 10s"),
        ("h: {source: history, queues: sale}", 9, "context.h.queues", "did you mean sales?"),
        ("h: {source: history, entry_points: x}", 9, "context.h.entry_points", "no entry point"),
        ("h: {sorce: history}", 9, "context.h.sorce", "did you mean source?"),
        (HTTP + 'url: "http://a.example/"}', 9, "context.crm.url", "https://"),
        (HTTP + 'url: "https://{number}.a.example/"}', 9, "context.crm.url", "behind the host"),
        (HTTP + 'url: "https://a.example{number}/"}', 9, "context.crm.url", "behind the host"),
        (HTTP + 'url: "https://10.0.0.1/"}', 9, "context.crm.url", "private: true"),
        (HTTP + 'url: "https://169.254.169.254/"}', 9, "context.crm.url", "never asked"),
        (HTTP + 'url: "https://u:p@a.example/"}', 9, "context.crm.url", "user or password"),
        (HTTP + 'url: "https://a.example/{numbr}"}', 9, "context.crm.url", "did you mean number?"),
        (HTTP + 'url: "https://a.example/{secret}"}', 9, "context.crm.url", "in a header only"),
        (HTTP + 'url: "https://a.example/{"}', 9, "context.crm.url", "written twice"),
        (HTTP + 'url: "https://a.example/", body: {}}', 9, "context.crm.body", "method: POST"),
        (
            HTTP + 'url: "https://a.example/", method: POST, body: {a: "{b}"}}',
            9,
            "context.crm.body",
            "{b} is not known",
        ),
        (
            HTTP + 'url: "https://a.example/", headers: {Host: x}}',
            9,
            "context.crm.headers.Host",
            "writes this header itself",
        ),
        (
            HTTP + 'url: "https://a.example/", headers: {Authorization: Bearer abc}}',
            9,
            "context.crm.headers.Authorization",
            "a plan is shown to people",
        ),
        (
            HTTP + 'url: "https://a.example/", headers: {X: "{secret}"}}',
            9,
            "context.crm.headers",
            "say which",
        ),
        (
            HTTP + 'url: "https://a.example/", links: {A: "javascript:alert(1)"}}',
            9,
            "context.crm.links.A",
            "https://",
        ),
        (
            HTTP + 'url: "https://a.example/", links: {A: "https://{answer.host}/"}}',
            9,
            "context.crm.links.A",
            "without user or",
        ),
        (
            "crm:\n  source: http\n  url: https://a.example/\n  fields:\n    A: a b\n",
            13,
            "context.crm.fields.A",
            "is no path",
        ),
        (
            "".join(f"h{n}: {{source: history}}\n" for n in range(9)),
            8,
            "context",
            "9 are asked about callers of main",
        ),
    ],
)
def test_what_cannot_be_is_an_error_with_its_line_and_key(
    section: str, line: int, key: str, part: str
) -> None:
    plan, problems = read(section)
    assert plan is None
    assert [p for p in problems if p[:2] == (line, key) and part in p[2]], problems
