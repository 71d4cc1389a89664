"""The keys of a subscriber in plan.yaml."""

from __future__ import annotations

from bot.plan_file.vocabulary import Key, Keys, Kind
from routing.facts import FactKind
from routing.subscriber import ANY

FAMILIES = tuple(dict.fromkeys(kind.value.partition(".")[0] + ANY for kind in FactKind))
KINDS = tuple(kind.value for kind in FactKind)

SUBSCRIBER: Keys = (
    Key(
        name="url",
        kind=Kind.URL,
        required=True,
        high=2_000,
        doc="Its address, `https://...`. It is told by POST with JSON.",
    ),
    Key(
        name="secret",
        kind=Kind.SECRET,
        required=True,
        doc="The name of the secret (in `SWITCHBOARD_SECRETS`) that signs what it is told.",
    ),
    Key(
        name="kinds",
        kind=Kind.FACTS,
        doc="Which [facts](facts.md): kinds such as `contact.ended`, or families such as "
        "`contact.*`. All of them without it.",
    ),
    Key(
        name="queues",
        kind=Kind.NAMES,
        doc="Only what happens in these queues. Without it everything.",
    ),
    Key(
        name="private",
        kind=Kind.YES_NO,
        default="false",
        doc="Whether its address may be a private one, such as `10.1.2.3`.",
    ),
)
