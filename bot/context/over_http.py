"""Another system's answer about a caller: fields at paths, links to its pages, nothing else.

Answers are kept for as long as the plan says, by the whole question, in this process's memory. A
secret is no part of what they are kept by, nor of any log.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping

from bot.clock import Clock
from bot.outside import templates
from bot.outside.values import text_at, values_in
from bot.outside.web import NotAnswered, Question, Web, Why
from routing.commands import AskContext
from routing.context_rules import HttpQuestion
from routing.context_state import Link, Told

KEPT = 1_000
"""Answers in memory at most, the newest."""
UNKNOWN_THERE = (404, 204)
"""Statuses that say: nothing is known of this caller."""


class OverHttp:
    """Asks other systems."""

    def __init__(self, *, web: Web, secrets: Mapping[str, str], clock: Clock) -> None:
        """`secrets` by the names under which a plan knows them."""
        self._web = web
        self._secrets = secrets
        self._clock = clock
        self._kept: OrderedDict[str, tuple[int, Told]] = OrderedDict()
        """What was told lately, by question, and until when it is good."""

    async def ask(self, question: AskContext, within_ms: int) -> Told:
        """What the system tells. Raises NotAnswered."""
        http = question.provider.http
        if http is None:
            raise NotAnswered(Why.UNREACHABLE, "no address")
        asked = self._question(http, question.values)
        key = json.dumps([asked.method, asked.url, asked.body, http.headers, question.values])
        known = self._known(key) if http.keep_ms else None
        if known is not None:
            return known
        told = await self._told(http, asked, question.values, within_ms)
        if http.keep_ms:
            self._keep(key, told, http.keep_ms)
        return told

    async def _told(
        self, http: HttpQuestion, asked: Question, values: Mapping[str, str], within_ms: int
    ) -> Told:
        try:
            answer = await self._web.ask(asked, within_ms)
        except NotAnswered as failure:
            if failure.status in UNKNOWN_THERE:
                return Told()
            raise
        fields = values_in(answer, http.fields)
        return Told(fields=fields, links=tuple(links_in(http.links, values, answer)))

    def _question(self, http: HttpQuestion, values: Mapping[str, str]) -> Question:
        secret = self._secrets.get(http.secret, "")
        if http.secret and not secret:
            raise NotAnswered(Why.NO_SECRET, f"SWITCHBOARD_SECRETS has none called {http.secret}")
        in_header = any(templates.SECRET in templates.names_in(h) for h in http.headers.values())
        known = dict(values) | {templates.SECRET: secret}
        try:
            url = templates.address(http.url, values)
        except templates.NoValue as error:
            raise NotAnswered(Why.ADDRESS, "a value that cannot stand there") from error
        return Question(
            url=url,
            method=http.method,
            body=templates.body(http.body, values) if http.body else None,
            secret="" if in_header else secret,
            private=http.private,
            headers={name: templates.header(text, known) for name, text in http.headers.items()},
            is_encoded=True,
            takes_lists=True,
        )

    def _known(self, key: str) -> Told | None:
        until, told = self._kept.get(key, (0, Told()))
        if until > self._clock.now():
            return told
        self._kept.pop(key, None)
        return None

    def _keep(self, key: str, told: Told, keep_ms: int) -> None:
        now = self._clock.now()
        for old in [each for each, (until, _) in self._kept.items() if until <= now]:
            del self._kept[old]
        self._kept[key] = now + keep_ms, told
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)


def links_in(links: Mapping[str, str], values: Mapping[str, str], answer: object) -> list[Link]:
    """The links of which everything is known."""
    found: list[Link] = []
    for label, template in links.items():
        needed = {name for name in templates.names_in(template) if name.startswith(ANSWER)}
        told = {name: text_at(answer, name.removeprefix(ANSWER)) for name in needed}
        try:
            url = templates.address(template, {**values, **told})
        except templates.NoValue:
            continue
        found.append(Link(label=label, url=url))
    return found


ANSWER = templates.ANSWER
