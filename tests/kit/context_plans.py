"""Context providers as a plan has them, and answers of theirs."""

from __future__ import annotations

from routing.context_rules import HttpQuestion, Provider, Source
from routing.context_state import Link, PastContact, Told

CRM = Provider(
    name="crm",
    source=Source.HTTP,
    title="CRM",
    needs=("number",),
    http=HttpQuestion(
        url="https://crm.contoso.example/customers/{number}",
        fields={"Tier": "customer.tier"},
        links={"Open": "https://crm.contoso.example/#/{answer.customer.id}"},
    ),
)
HISTORY = Provider(name="before", source=Source.HISTORY, title="Earlier calls")
PROFILE = Provider(name="who", source=Source.PROFILE, title="Directory")
GOLD = Told(
    fields={"Tier": "gold"},
    links=(Link(label="Open", url="https://crm.contoso.example/#/4711"),),
)
MONDAY = Told(
    past=(
        PastContact(
            at=1_000, queue="Sales", outcome="answered", agent="ben@contoso.example", note="Urgent"
        ),
    )
)
