"""The keys of a context provider in plan.yaml."""

from __future__ import annotations

from bot.plan_file.vocabulary import MINUTE_MS, SECOND_MS, Key, Keys, Kind
from routing.context_rules import Source

METHODS = ("GET", "POST")

PROVIDER: Keys = (
    Key(
        name="source",
        kind=Kind.CHOICE,
        required=True,
        choices=tuple(each.value for each in Source),
        doc="Who is asked: `http` (another system), `history` (our own past contacts of the same "
        "number or person) or `profile` (the directory, about a colleague who calls).",
    ),
    Key(
        name="title",
        kind=Kind.TEXT,
        low=1,
        high=40,
        doc="The name that agents see. Default: the provider's own.",
    ),
    Key(
        name="within",
        kind=Kind.DURATION,
        default="2s",
        low=SECOND_MS,
        high=10 * SECOND_MS,
        doc="After how long its answer is not waited for any more. No phone rings later than a "
        "second for it.",
    ),
    Key(
        name="entry_points",
        kind=Kind.NAMES,
        doc="Asked about callers of these entry points only. Default: all.",
    ),
    Key(
        name="queues",
        kind=Kind.NAMES,
        doc="Asked about callers of these queues only, when they have come there. Default: all.",
    ),
    Key(
        name="method",
        kind=Kind.CHOICE,
        choices=METHODS,
        default="GET",
        doc="Of `http`: how it is asked.",
    ),
    Key(
        name="url",
        kind=Kind.URL,
        low=1,
        high=1_000,
        doc="Of `http`, which needs it: the address, `https://...`, with `{names}` behind the "
        "host. Nobody is asked about a caller of whom one of them is not known.",
    ),
    Key(
        name="headers",
        kind=Kind.LABELS,
        doc="Of `http`: more headers, with `{names}` and `{secret}` in them.",
    ),
    Key(
        name="body",
        kind=Kind.JSON,
        doc="Of `http` with `POST`: what is sent as JSON, with `{names}` in its texts. Default: "
        "`{}`.",
    ),
    Key(
        name="secret",
        kind=Kind.SECRET,
        doc="Of `http`: the name of a secret (in `SWITCHBOARD_SECRETS`). It stands for `{secret}` "
        "in a header; where none has that, it signs the request as a webhook's does.",
    ),
    Key(
        name="private",
        kind=Kind.YES_NO,
        default="false",
        doc="Of `http`: whether the address may be a private one.",
    ),
    Key(
        name="fields",
        kind=Kind.LABELS,
        doc="Of `http`: what is shown, each with where it stands in the answer: `Tier: "
        "customer.tier`.",
    ),
    Key(
        name="links",
        kind=Kind.LABELS,
        doc="Of `http`: pages to open, `https://...`, with `{names}` and `{answer.PATH}` behind "
        "the host. One of which something is not known is left out.",
    ),
    Key(
        name="keep",
        kind=Kind.DURATION,
        default="0s",
        high=15 * MINUTE_MS,
        doc="Of `http`: for how long an answer serves the same question again, in memory only.",
    ),
    Key(
        name="contacts",
        kind=Kind.INTEGER,
        default="3",
        low=1,
        high=10,
        doc="Of `history`: so many of the last contacts, with their notes.",
    ),
    Key(
        name="manager",
        kind=Kind.YES_NO,
        default="true",
        doc="Of `profile`: also who their manager is.",
    ),
    Key(
        name="photo",
        kind=Kind.YES_NO,
        default="true",
        doc="Of `profile`: also their photo, in the tab.",
    ),
)
PROVIDER_TEXT = """\
Providers are asked as soon as it is known who calls, side by side with the call
([context](context.md)). `{names}` in `url`, `headers`, `body` and `links`: `number`, `user` (the
object id of somebody of an organization), `name`, `caller_kind`, `entry_point`, `queue`,
`language`, `called`, `contact`, and `attribute.NAME` for what a flow collected. A provider that
names `queue` or an attribute anywhere, or has `queues`, is asked when the caller comes to a queue.
In an address a value is percent-encoded, in JSON a string; in headers and body what is not known is
empty. `{{` is a brace.

Which addresses are asked, how answers are limited, how a request is signed: as with
[webhooks](#webhooksname). An answer may also be a list; 404 means that nothing is known there."""
ONLY: dict[Source, tuple[str, ...]] = {
    Source.HTTP: (
        "method",
        "url",
        "headers",
        "body",
        "secret",
        "private",
        "fields",
        "links",
        "keep",
    ),
    Source.HISTORY: ("contacts",),
    Source.PROFILE: ("manager", "photo"),
}
"""The keys that mean something for one source alone."""
