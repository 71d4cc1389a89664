"""A queue's messages: `voicemail:` with how they are taken and how long they are kept."""

from __future__ import annotations

from bot.plan_file.document import Mapping
from bot.plan_file.section import Section
from bot.plan_file.voicemail_keys import VOICEMAIL
from bot.plan_file.whole import Whole
from routing.voicemail_rules import DAY_MS, VoicemailRules


def read_voicemail(queue: Section, whole: Whole) -> VoicemailRules:
    """The queue's rules; without the section, everything as it is by itself."""
    default = VoicemailRules()
    node = queue.node("voicemail")
    if node is None:
        return default
    if not isinstance(node, Mapping):
        queue.error("voicemail", "a section is expected: `greeting`, `most`, `retention_days`")
        return default
    path, line = queue.path("voicemail"), queue.line_of("voicemail")
    section = whole.section(node, path, line, VOICEMAIL)
    days = section.integer("retention_days")
    return VoicemailRules(
        greeting=whole.prompts.reference(section, "greeting") or default.greeting,
        most_ms=section.duration("most") or default.most_ms,
        retention_ms=days * DAY_MS if days else default.retention_ms,
    )
