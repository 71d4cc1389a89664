"""`context:` of the plan: who is asked about a caller, how, and what of the answer is shown."""

from __future__ import annotations

import json
import re

from bot.outside import templates
from bot.plan_file.context_keys import ONLY, PROVIDER
from bot.plan_file.document import Mapping, Node, Scalar
from bot.plan_file.lists import NOT_A_NAME, names, yes_no
from bot.plan_file.webhook_reader import PATH, SECRET, read_url
from bot.plan_file.whole import Whole
from routing.context_rules import HttpQuestion, Provider, Source

MOST_IN_PLAN = 200
MOST_PROVIDERS, MOST_FIELDS, MOST_LINKS, MOST_HEADERS = 8, 20, 5, 20
LONGEST_LABEL, LONGEST_VALUE, LONGEST_BODY, LONGEST_TEMPLATE = 40, 200, 4_000, 1_000
HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
OURS = frozenset(
    (
        "host",
        "content-length",
        "content-type",
        "transfer-encoding",
        "connection",
        "accept",
        "accept-encoding",
        "user-agent",
        "switchboard-signature",
    )
)
"""Headers that the service writes itself."""
AT_QUEUE = "queue"
_TRUE, _FALSE, _NUMBER = "true", "false", re.compile(r"-?(0|[1-9][0-9]{0,14})")


def read_context(whole: Whole) -> tuple[Provider, ...]:
    """The section `context`."""
    sections = whole.top.sections("context")
    if len(sections) > MOST_IN_PLAN:
        whole.top.error("context", f"{len(sections)} of them: write {MOST_IN_PLAN} at most")
        return ()
    found = tuple(_Reader(whole, name, *node).read() for name, node in sections.items())
    if too_many := _crowded(whole, found):
        remedy = f"{too_many}; {MOST_PROVIDERS} at most: name `entry_points` or `queues`"
        whole.top.error("context", remedy)
    return found


def _crowded(whole: Whole, providers: tuple[Provider, ...]) -> str:
    """Whose callers more is asked about than is good for anybody; empty: nobody's."""
    if len(providers) <= MOST_PROVIDERS:
        return ""
    for entry in whole.top.names("entry_points"):
        here = [p for p in providers if not p.entry_points or entry in p.entry_points]
        for queue in whole.top.names("queues"):
            count = sum(not p.queues or queue in p.queues for p in here)
            if count > MOST_PROVIDERS:
                return f"{count} are asked about callers of {entry} in {queue}"
    return ""


class _Reader:
    def __init__(self, whole: Whole, name: str, node: Mapping, line: int) -> None:
        self._whole = whole
        self._name = name
        self._section = whole.section(node, f"context.{name}", line, PROVIDER)
        self._mentioned: list[str] = []
        """Every name in it, wherever it stands."""

    def read(self) -> Provider:
        """The provider, with everything that is wrong reported."""
        section = self._section
        default = Provider(name=self._name, source=Source.HTTP)
        word = section.word("source")
        source = Source(word) if word else Source.HTTP
        if word:
            self._misplaced(source)
        http = self._http() if source is Source.HTTP else None
        needs = self._needs(http.url) if http is not None else ()
        return Provider(
            name=self._name,
            source=source,
            title=section.text("title") or self._name,
            within_ms=section.duration("within") or default.within_ms,
            entry_points=names(
                section, "entry_points", self._whole.top.names("entry_points"), "entry point"
            ),
            queues=names(section, "queues", self._whole.top.names("queues"), "queue"),
            http=http,
            needs=needs,
            waits_for_queue=any(
                name == AT_QUEUE or name.startswith(templates.ATTRIBUTE) for name in self._mentioned
            ),
            most=section.integer("contacts") or default.most,
            manager=yes_no(section, "manager") is not False,
            photo=yes_no(section, "photo") is not False,
        )

    def _misplaced(self, source: Source) -> None:
        """Keys of another source would be believed to do something."""
        for other, keys in ONLY.items():
            for key in keys if other is not source else ():
                if key in self._section.given():
                    self._section.error(key, f"only with `source: {other.value}`: remove it")

    def _http(self) -> HttpQuestion:
        section = self._section
        if not section.text("url") and not section.has_error("url"):
            section.error("source", "`http` needs an address: write `url: https://...`")
        private = bool(yes_no(section, "private"))
        method = section.word("method") or "GET"
        headers = self._headers()
        question = HttpQuestion(
            method=method,
            url=read_url(section, private=private),
            headers=headers,
            body=self._body(method),
            secret=self._secret(headers),
            private=private,
            fields=self._fields(),
            links=self._links(),
            keep_ms=section.duration("keep") or 0,
        )
        if not question.fields and not question.links and not self._has_errors("fields", "links"):
            section.error("source", "nothing is shown of the answer: write `fields` or `links`")
        return question

    def _has_errors(self, *keys: str) -> bool:
        return any(key in self._section.given() for key in keys)

    def _needs(self, url: str) -> tuple[str, ...]:
        if not url:
            return ()
        if not templates.origin_of(url):
            self._section.error("url", "a `{name}` may stand only behind the host and its `/`")
            return ()
        if not url.isascii():
            self._section.error("url", "only ASCII may stand here: percent-encode the rest")
        return tuple(dict.fromkeys(self._names("url", "", url)))

    def _names(
        self, key: str, inner: str, template: str, *, more: tuple[str, ...] = ()
    ) -> list[str]:
        """The names in a text; what nobody knows is reported."""
        path = f"{key}.{inner}" if inner else key
        try:
            found = templates.names_in(template)
        except templates.BadTemplate as wrong:
            self._section.error_at(self._line(key, inner), path, str(wrong))
            return []
        for name in found:
            is_secret = name == templates.SECRET and name in more
            if is_secret or templates.is_of_contact(name):
                self._mentioned.append(name)
                continue
            is_answer = templates.ANSWER in more and name.startswith(templates.ANSWER)
            if is_answer and PATH.fullmatch(name.removeprefix(templates.ANSWER)):
                continue
            known = (*templates.NAMES, "attribute.NAME", *more)
            remedy = self._section.suggest(name, known)
            if name == templates.SECRET:
                remedy = "a secret may stand in a header only"
            self._section.error_at(
                self._line(key, inner), path, f"{{{name}}} is not known here; {remedy}"
            )
        return found

    def _line(self, key: str, inner: str) -> int:
        node = self._section.node(key)
        if isinstance(node, Mapping) and inner in node.lines:
            return node.lines[inner]
        return self._section.line_of(key)

    def _headers(self) -> dict[str, str]:
        found = self._labels("headers", MOST_HEADERS, LONGEST_TEMPLATE)
        for name, value in found.items():
            where = self._line("headers", name), f"headers.{name}"
            if not HEADER.fullmatch(name):
                self._section.error_at(*where, "no name of a header: letters, digits and -")
            elif name.lower() in OURS:
                self._section.error_at(*where, "the service writes this header itself: remove it")
            elif not (value.isascii() and value.isprintable()):
                self._section.error_at(*where, "only printable ASCII may stand in a header")
            self._names("headers", name, value, more=(templates.SECRET,))
        return found

    def _secret(self, headers: dict[str, str]) -> str:
        section, secret = self._section, self._section.text("secret")
        if secret and not SECRET.fullmatch(secret):
            section.error("secret", f"the name of a secret is expected; {NOT_A_NAME}")
        if not secret and templates.SECRET in self._mentioned:
            section.error("headers", "`{secret}` stands here: say which with `secret: NAME`")
        for name, value in headers.items():
            if name.lower() == "authorization" and "{secret}" not in value:
                section.error_at(
                    self._line("headers", name),
                    f"headers.{name}",
                    "a plan is shown to people: keep the secret in SWITCHBOARD_SECRETS, and write "
                    "`{secret}` for it",
                )
        return secret

    def _fields(self) -> dict[str, str]:
        found = self._labels("fields", MOST_FIELDS, LONGEST_VALUE)
        for label, path in found.items():
            if not PATH.fullmatch(path):
                self._section.error_at(
                    self._line("fields", label),
                    f"fields.{label}",
                    f"{path!r} is no path: write it like `customer.tier`",
                )
        return found

    def _links(self) -> dict[str, str]:
        found = self._labels("links", MOST_LINKS, LONGEST_TEMPLATE)
        for label, template in found.items():
            where = self._line("links", label), f"links.{label}"
            self._names("links", label, template, more=(templates.ANSWER,))
            if not template.startswith("https://"):
                self._section.error_at(*where, "write it with https://")
            elif not templates.origin_of(template) or "@" in templates.origin_of(template):
                self._section.error_at(
                    *where, "a host without user or `{name}` is expected; names come behind its `/`"
                )
        return found

    def _labels(self, key: str, most: int, longest: int) -> dict[str, str]:
        """Texts by label, in the plan's order."""
        node = self._section.node(key)
        if node is None:
            return {}
        if not isinstance(node, Mapping) or not node.items:
            self._section.error(key, "labels with values are expected: `Tier: customer.tier`")
            return {}
        if len(node.items) > most:
            self._section.error(key, f"{len(node.items)} of them: write {most} at most")
        found: dict[str, str] = {}
        for label, value in node.items.items():
            if len(label.strip()) > LONGEST_LABEL:
                message = f"a label has {LONGEST_LABEL} characters at most"
                self._section.error_at(node.lines[label], f"{key}.{label[:20]}", message)
            elif isinstance(value, Scalar) and 0 < len(value.text.strip()) <= longest:
                found[label.strip()] = value.text.strip()
            else:
                message = f"one value of 1 to {longest} characters is expected"
                self._section.error_at(node.lines[label], f"{key}.{label}", message)
        return found

    def _body(self, method: str) -> str:
        node = self._section.node("body")
        if node is None:
            return "{}" if method == "POST" else ""
        if method != "POST":
            self._section.error("body", "only with `method: POST`: a GET has no body")
            return ""
        text = json.dumps(self._tree(node), ensure_ascii=False)
        if len(text) > LONGEST_BODY:
            self._section.error("body", f"longer than {LONGEST_BODY} characters")
        return text

    def _tree(self, node: Node) -> object:
        """As YAML means it: what is written without quotes may be a number, true or false."""
        if isinstance(node, Mapping):
            return {key: self._tree(each) for key, each in node.items.items()}
        if not isinstance(node, Scalar):
            return [self._tree(each) for each in node.items]
        if node.empty:
            return None
        if node.plain and node.text in (_TRUE, _FALSE):
            return node.text == _TRUE
        if node.plain and _NUMBER.fullmatch(node.text):
            return int(node.text)
        self._names("body", "", node.text)
        return node.text
