"""A queue's callbacks: `callback:` with what it allows."""

from __future__ import annotations

from dataclasses import replace

from bot.plan_file.action_reader import Actions
from bot.plan_file.callback_keys import CALLBACK, CALLBACK_OFFER
from bot.plan_file.document import Mapping, Scalar
from bot.plan_file.lists import texts, yes_no
from bot.plan_file.numbering import numbering_of
from bot.plan_file.prefixes import numbering_behind, read_prefixes
from bot.plan_file.section import Section, duration_ms, spelled
from bot.plan_file.whole import Whole
from routing.action import Action
from routing.callback_rules import CallbackOffer, CallbackRules
from routing.plan import EntryPoint

MOST_TIMES = 3
EVERYBODY = "true"
"""`callback: true` and `offer: true`: everything as it is by itself."""


def with_numbering(entries: tuple[EntryPoint, ...]) -> tuple[EntryPoint, ...]:
    """The entry points with their countries' numbers: also a missed call may be called back."""
    return tuple(
        replace(each, numbering=numbering_of(each.country)) if each.country else each
        for each in entries
    )


class Callbacks:
    """Reads `callback` sections."""

    def __init__(self, whole: Whole, actions: Actions) -> None:
        self._whole = whole
        self._actions = actions

    def read(self, queue: Section) -> CallbackRules | None:
        """The queue's rules; None: nobody is called back."""
        node = queue.node("callback")
        if node is None:
            return None
        if isinstance(node, Scalar) and node.text == EVERYBODY:
            return CallbackRules(offer=CallbackOffer())
        if not isinstance(node, Mapping):
            queue.error("callback", "a section is expected, or `true`")
            return None
        section = self._whole.section(
            node, queue.path("callback"), queue.line_of("callback"), CALLBACK
        )
        return self._rules(section)

    def _rules(self, section: Section) -> CallbackRules:
        default = CallbackRules()
        prefixes = read_prefixes(section, "allowed_prefixes")
        other = yes_no(section, "other_number")
        return CallbackRules(
            offer=self._offer(section),
            prompt=self._whole.prompts.reference(section, "prompt"),
            allowed_prefixes=prefixes,
            numbering=numbering_behind(prefixes),
            other_number=default.other_number if other is None else other,
            in_ms=self._later(section),
            tries=section.integer("tries") or default.tries,
            retry_after_ms=section.duration("retry_after") or default.retry_after_ms,
            ring_ms=section.duration("ring_for") or default.ring_ms,
            confirm_ms=section.duration("confirm_within") or default.confirm_ms,
            expires_after_ms=section.duration("expires_after") or default.expires_after_ms,
            per_day=section.integer("per_day") or default.per_day,
            otherwise=self._actions.read(section, "otherwise") or Action(),
        )

    def _offer(self, outer: Section) -> CallbackOffer | None:
        node = outer.node("offer")
        if node is None:
            return None
        if isinstance(node, Scalar) and node.text == EVERYBODY:
            return CallbackOffer()
        if not isinstance(node, Mapping):
            outer.error("offer", "a section is expected, or `true`: to everybody")
            return None
        where, line = outer.path("offer"), outer.line_of("offer")
        section = self._whole.section(node, where, line, CALLBACK_OFFER)
        return CallbackOffer(
            key=section.word("key") or CallbackOffer().key,
            after_wait_ms=section.duration("after_wait"),
            length=section.integer("length"),
            calls_per_agent=section.integer("calls_per_agent"),
            expected_wait_ms=section.duration("expected_wait"),
        )

    @staticmethod
    def _later(section: Section) -> tuple[int, ...]:
        found: list[int] = []
        limits = section.key("later")
        for text in texts(section, "later"):
            value = duration_ms(text)
            if value is None or not limits.low <= value <= limits.high:
                low, high = spelled(limits.low), spelled(limits.high)
                section.error("later", f"{text!r}: write times from {low} to {high}, such as 2h")
            else:
                found.append(value)
        if len(found) > MOST_TIMES:
            section.error("later", f"{len(found)} times: name {MOST_TIMES} at most, one a key")
        elif found != sorted(set(found)):
            section.error("later", "write the times in order, each once: the soonest first")
        return tuple(found)
