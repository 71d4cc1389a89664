"""Subscribers of the plan."""

from __future__ import annotations

from bot.plan_file.document import Mapping
from bot.plan_file.lists import NOT_A_NAME, names, yes_no
from bot.plan_file.subscriber_keys import FAMILIES, KINDS, SUBSCRIBER
from bot.plan_file.webhook_reader import SECRET, read_url
from bot.plan_file.whole import Whole
from routing.subscriber import Subscriber


def read_subscribers(whole: Whole) -> tuple[Subscriber, ...]:
    """The section `subscribers`."""
    sections = whole.top.sections("subscribers")
    return tuple(_subscriber(whole, name, *node) for name, node in sections.items())


def _subscriber(whole: Whole, name: str, node: Mapping, line: int) -> Subscriber:
    section = whole.section(node, f"subscribers.{name}", line, SUBSCRIBER)
    private = bool(yes_no(section, "private"))
    secret = section.text("secret")
    if secret and not SECRET.fullmatch(secret):
        section.error("secret", f"the name of a secret is expected; {NOT_A_NAME}")
    return Subscriber(
        name=name,
        url=read_url(section, private=private),
        secret=secret,
        kinds=names(section, "kinds", (*FAMILIES, *KINDS), "kind of fact"),
        queues=names(section, "queues", whole.top.names("queues"), "queue"),
        private=private,
    )
