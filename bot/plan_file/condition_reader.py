"""Conditions: what must hold of a caller, the time, a queue."""

from __future__ import annotations

import re

from bot.plan_file.document import Mapping, Node
from bot.plan_file.flow_keys import OF_QUEUE, WHEN
from bot.plan_file.lists import attribute, names, texts, words, yes_no
from bot.plan_file.section import Section
from bot.plan_file.whole import Whole
from routing.flow_steps import Condition

PREFIX = re.compile(r"\+[1-9][0-9]{0,14}")


class Conditions:
    """Reads conditions."""

    def __init__(self, whole: Whole) -> None:
        self._whole = whole
        self.used: set[str] = set()
        """The caller lists that a condition names."""

    def read(self, outer: Section, key: str) -> Condition | None:
        """The condition that the key holds; None when it is of no use, which is reported."""
        node: Node | None = outer.node(key)
        if not isinstance(node, Mapping):
            if node is not None:
                outer.error(key, "a section is expected, such as `list: vip`")
            return None
        if not node.items:
            outer.error(key, "empty: say what must hold, such as `list: vip`")
            return None
        section = self._whole.section(node, outer.path(key), outer.line_of(key), WHEN)
        self._check(section)
        hours = self._whole.top.names("hours")
        opened = section.name_among("open", hours, "hours")
        closed = section.name_among("closed", hours, "hours")
        return Condition(
            prefixes=self._prefixes(section),
            kinds=words(section, "caller"),
            caller_lists=self.lists(section, "list"),
            languages=words(section, "language"),
            attribute=attribute(section, "attribute"),
            values=tuple(texts(section, "is")),
            hours=opened or closed,
            closed=bool(closed),
            queue=section.name_among("queue", self._whole.top.names("queues"), "queue"),
            queue_open=yes_no(section, "queue_open"),
            waiting_at_least=section.integer("waiting"),
            longest_wait_ms=section.duration("longest_wait"),
            expected_wait_ms=section.duration("expected_wait"),
            nobody_there=yes_no(section, "nobody_there"),
        )

    def lists(self, section: Section, key: str) -> tuple[str, ...]:
        """The caller lists that the key names."""
        found = names(section, key, self._whole.top.names("caller_lists"), "caller list")
        self.used |= set(found)
        return found

    def _check(self, section: Section) -> None:
        given = section.given()
        about = [key for key in OF_QUEUE if key in given]
        if "queue" in given and not about:
            section.error("queue", f"add what must hold of it: {', '.join(OF_QUEUE)}")
        if about and "queue" not in given:
            section.error(about[0], "of which queue? Add `queue:` beside it")
        if "is" in given and "attribute" not in given:
            section.error("is", "of which attribute? Add `attribute:` beside it")
        if "open" in given and "closed" in given:
            section.error("closed", "`open` stands here too: keep one")

    @staticmethod
    def _prefixes(section: Section) -> tuple[str, ...]:
        found = texts(section, "prefix")
        for text in found:
            if not PREFIX.fullmatch(text):
                section.error(
                    "prefix",
                    f"{text!r} is not the beginning of a number: write + and the country code "
                    "first, such as `+49`",
                )
        return tuple(found)
