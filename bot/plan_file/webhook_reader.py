"""Webhooks and caller lists of the plan."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from yarl import URL

from bot.outside.addresses import NO_ADDRESS, refusal
from bot.plan_file.document import Mapping, Scalar, Sequence
from bot.plan_file.lists import ATTRIBUTE, NOT_A_NAME, pairs, words, yes_no
from bot.plan_file.reading import ReferenceKind
from bot.plan_file.section import Section, e164, is_object_id, reference_problem
from bot.plan_file.webhook_keys import WEBHOOK
from bot.plan_file.whole import Whole
from routing.flow_steps import CallerList, Webhook

PREFIX = re.compile(r"\+[1-9][0-9]{0,14}\*")
PATH = re.compile(r"[^.\s]{1,64}(\.[^.\s]{1,64}){0,7}")
SECRET = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,47}")
MOST_CALLERS = 10_000


def read_webhooks(whole: Whole) -> tuple[Webhook, ...]:
    """The section `webhooks`."""
    sections = whole.top.sections("webhooks")
    return tuple(_webhook(whole, name, *node) for name, node in sections.items())


def _webhook(whole: Whole, name: str, node: Mapping, line: int) -> Webhook:
    section = whole.section(node, f"webhooks.{name}", line, WEBHOOK)
    private = bool(yes_no(section, "private"))
    default = Webhook(name=name, url="")
    take = pairs(section, "take")
    for attribute, path in take.items():
        if not PATH.fullmatch(path):
            section.error(
                "take", f"{attribute}: {path!r} is no path: write it like `customer.tier`"
            )
    secret = section.text("secret")
    if secret and not SECRET.fullmatch(secret):
        section.error("secret", f"the name of a secret is expected; {NOT_A_NAME}")
    return Webhook(
        name=name,
        url=read_url(section, private=private),
        within_ms=section.duration("within") or default.within_ms,
        send=words(section, "send"),
        take=take,
        secret=secret,
        private=private,
    )


def read_url(section: Section, *, private: bool) -> str:
    """The key `url` of a system that is asked or told; empty when it is none."""
    text = section.text("url")
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        # As the client reads it, which knows more spellings of a number.
        host, _ = URL(text).raw_host or "", parts.port
    except ValueError as error:
        section.error("url", f"not an address: {error}")
        return ""
    if parts.scheme != "https" or not host:
        section.error("url", "write it with https://, such as https://crm.contoso.example/lookup")
    elif parts.username or parts.password:
        section.error("url", "has a user or password in it: use `secret`, which signs requests")
    elif parts.fragment:
        section.error("url", "has a # in it, which is never sent: remove it")
    elif problem := _inside(host, private=private):
        section.error("url", problem)
    else:
        return text
    return ""


def _inside(host: str, *, private: bool) -> str:
    """What is wrong with the host as far as it is an address: names are looked up when asking."""
    why = "private" if host == "localhost" or host.endswith(".localhost") else ""
    match why or refusal(host, private=private):
        case "private" if not private:
            return "is not a public address: if that is meant, write `private: true`"
        case "" | "private":
            return ""
        case word if word == NO_ADDRESS:
            if host.replace(".", "").isdigit():
                return "is a number and no address: write four numbers, such as 10.1.2.3"
            return ""
        case _:
            return (
                "is an address that is never asked, such as a cloud's metadata service or one of "
                "documentation: write the address of the web service"
            )


def read_caller_lists(whole: Whole) -> tuple[CallerList, ...]:
    """The section `caller_lists`."""
    node = whole.top.node("caller_lists")
    if node is None:
        return ()
    if not isinstance(node, Mapping):
        whole.top.error("caller_lists", "a section is expected: names, each with a list below")
        return ()
    found: list[CallerList] = []
    for name, inner in node.items.items():
        path, line = f"caller_lists.{name}", node.lines[name]
        whole.lines[path] = line
        if not ATTRIBUTE.fullmatch(name):
            whole.problems.error(line, path, NOT_A_NAME)
        items = inner.items if isinstance(inner, Sequence) else [inner]
        if isinstance(inner, Mapping) or (isinstance(inner, Scalar) and inner.empty):
            whole.problems.error(line, path, "a list is expected: one `- number` a line")
            continue
        if len(items) > MOST_CALLERS:
            whole.problems.error(line, path, f"more than {MOST_CALLERS} callers: ask a webhook")
            continue
        entries: dict[str, None] = {}
        for index, item in enumerate(items):
            where = f"{path}[{index}]"
            whole.lines[where] = item.line
            if entry := _entry(whole, item if isinstance(item, Scalar) else None, where, item.line):
                entries[entry] = None
        found.append(CallerList(name=name, entries=tuple(entries)))
    return tuple(found)


def _entry(whole: Whole, item: Scalar | None, path: str, line: int) -> str:
    """A number, the beginning of one, or a person."""
    text = item.text.strip() if item is not None else ""
    if PREFIX.fullmatch(text):
        return text
    if "@" in text or is_object_id(text):
        if problem := reference_problem(text, "a caller"):
            whole.problems.error(line, path, problem)
            return ""
        whole.refer(ReferenceKind.USER, text, path, line)
        return text
    number = e164(text) if text.startswith("+") else ""
    if not number:
        whole.problems.error(
            line,
            path,
            f"{text!r} is no caller: write a number with + and the country code, its beginning "
            "with * behind it, or name@domain",
        )
    return number
