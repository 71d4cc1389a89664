"""A queue's promise to its callers: `service_level:` with how soon, and how many of them."""

from __future__ import annotations

import re

from bot.plan_file.document import Mapping, Scalar
from bot.plan_file.section import Section
from bot.plan_file.service_level_keys import SERVICE_LEVEL
from bot.plan_file.whole import Whole
from routing.service_level import ServiceLevel

SHARE = re.compile(r"([0-9]{1,3}) ?%?")


def read_service_level(queue: Section, whole: Whole) -> ServiceLevel:
    """The queue's promise; without the section, the usual one."""
    default = ServiceLevel()
    node = queue.node("service_level")
    if node is None:
        return default
    if not isinstance(node, Mapping):
        queue.error("service_level", "a section is expected, such as `{within: 20s, share: 80%}`")
        return default
    path, line = queue.path("service_level"), queue.line_of("service_level")
    section = whole.section(node, path, line, SERVICE_LEVEL)
    short = section.duration("short")
    return ServiceLevel(
        within_ms=section.duration("within") or default.within_ms,
        share=_share(section) or default.share,
        short_ms=default.short_ms if short is None else short,
    )


def _share(section: Section) -> int | None:
    node = section.node("share")
    if node is None:
        return None
    text = node.text.strip() if isinstance(node, Scalar) else ""
    found = SHARE.fullmatch(text)
    key = section.key("share")
    if found is None or not key.low <= int(found[1]) <= key.high:
        section.error("share", f"a share from {key.low}% to {key.high}% is expected, such as 80%")
        return None
    return int(found[1])
