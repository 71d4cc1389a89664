"""The keys of a webhook in plan.yaml."""

from __future__ import annotations

from bot.plan_file.vocabulary import SECOND_MS, Key, Keys, Kind

TOLD = ("caller", "caller_kind", "language", "entry_point", "called", "attributes")
"""What a webhook can be told of a contact."""

WEBHOOK: Keys = (
    Key(
        name="url",
        kind=Kind.URL,
        required=True,
        high=2_000,
        doc="Its address, `https://...`. It is asked by POST with JSON, and answers with JSON.",
    ),
    Key(
        name="within",
        kind=Kind.DURATION,
        default="2s",
        low=SECOND_MS,
        high=10 * SECOND_MS,
        doc="The longest wait for an answer: the caller hears nothing new meanwhile.",
    ),
    Key(
        name="send",
        kind=Kind.WORDS,
        choices=TOLD,
        doc="What it is told: a list. `called` is who was called first. Nothing without it.",
    ),
    Key(
        name="take",
        kind=Kind.PATHS,
        doc="Attributes, each with where it stands in the answer: `tier: customer.tier`.",
    ),
    Key(
        name="secret",
        kind=Kind.SECRET,
        doc="The name of the secret (in `SWITCHBOARD_SECRETS`) that signs each request; unsigned "
        "without it.",
    ),
    Key(
        name="private",
        kind=Kind.YES_NO,
        default="false",
        doc="Whether its address may be a private one, such as `10.1.2.3`. Otherwise only public "
        "addresses are asked.",
    ),
)
