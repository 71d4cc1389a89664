"""What agents choose from, and what comes after a contact: sections in, values out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.plan_file.agent_keys import (
    CHOICE,
    EXTEND,
    MOST_CHOICES,
    NONE,
    REASON,
    REQUIRED,
    UNTIL_DONE,
)
from bot.plan_file.document import Mapping, Scalar
from bot.plan_file.lists import yes_no
from bot.plan_file.section import Section
from bot.plan_file.vocabulary import LANGUAGES
from bot.plan_file.whole import Whole
from routing.choices import Choice, NotReadyReason
from routing.plan import Queue


def read_after_contact(whole: Whole, section: Section, queue: Queue, language: str) -> Queue:
    """The queue with its wrap-up, its dispositions, and whether agents may opt out."""
    wrap_up_ms, until_done = _wrap_up(section)
    extend = _extend(whole, section)
    opt_out = yes_no(section, "opt_out")
    dispositions = tuple(
        Choice(code=code, words=words) for code, words, _ in _choices(whole, section, language)
    )
    queue = replace(
        queue,
        wrap_up_ms=wrap_up_ms,
        wrap_up_until_done=until_done,
        extend_ms=extend[0],
        extend_most=extend[1],
        dispositions=dispositions,
        disposition_required=section.word("disposition") == REQUIRED,
        opt_out=True if opt_out is None else opt_out,
    )
    _check(section, queue)
    return queue


def read_reasons(whole: Whole, language: str) -> tuple[NotReadyReason, ...]:
    """Why agents may not be ready."""
    found = tuple(
        NotReadyReason(code=code, words=words, back_after_ms=each.duration("back_after"))
        for code, words, each in _sections(whole, whole.top, "not_ready_reasons", language)
    )
    _check_choices(whole.top, "not_ready_reasons", found)
    return found


def _wrap_up(section: Section) -> tuple[int, bool]:
    node = section.node("wrap_up")
    if isinstance(node, Scalar) and node.text in (NONE, UNTIL_DONE):
        return 0, node.text == UNTIL_DONE
    return section.duration("wrap_up") or 0, False


def _extend(whole: Whole, queue: Section) -> tuple[int, int]:
    """By how much, and how often."""
    node = queue.node("extend")
    if node is None:
        return 0, 0
    if not isinstance(node, Mapping):
        queue.error("extend", "a section is expected: `by`, `most`")
        return 0, 0
    section = whole.section(node, queue.path("extend"), queue.line_of("extend"), EXTEND)
    return section.duration("by") or 30_000, section.integer("most") or 1


def _choices(
    whole: Whole, section: Section, language: str
) -> list[tuple[str, dict[str, str], Section]]:
    return _sections(whole, section, "dispositions", language)


def _sections(
    whole: Whole, parent: Section, key: str, language: str
) -> list[tuple[str, dict[str, str], Section]]:
    keys = REASON if key == "not_ready_reasons" else CHOICE
    found: list[tuple[str, dict[str, str], Section]] = []
    for code, (node, line) in parent.sections(key).items():
        section = whole.section(node, f"{parent.path(key)}.{code}", line, keys)
        found.append((code, _words(section, language), section))
    return found


def _words(section: Section, language: str) -> dict[str, str]:
    """By language; one text is in the plan's own."""
    node = section.node("words")
    if isinstance(node, Mapping):
        by_language = node.items
    else:
        by_language = {} if node is None else {language: node}
    found: dict[str, str] = {}
    most = section.key("words").high
    for each, value in by_language.items():
        text = value.text.strip() if isinstance(value, Scalar) else ""
        if each not in LANGUAGES:
            section.error("words", f"{each!r} is not a language here; {_known(section, each)}")
        elif not 1 <= len(text) <= most:
            section.error("words", f"1 to {most} characters are expected")
        else:
            found[each] = text
    return found


def _known(section: Section, word: str) -> str:
    return section.suggest(word, LANGUAGES)


def _check(section: Section, queue: Queue) -> None:
    if queue.disposition_required and not section.names("dispositions"):
        section.error("disposition", "there is nothing to choose from: add `dispositions`")
    if queue.extend_ms and not queue.wrap_up_ms and not section.has_error("wrap_up"):
        section.error("extend", "there is no time to make longer: give `wrap_up` a duration")
    _check_choices(section, "dispositions", queue.dispositions)


def _check_choices(section: Section, key: str, choices: Iterable[Choice]) -> None:
    """Whoever types one must be understood, and a card must have room for all of them."""
    seen: dict[str, str] = {}
    codes: list[str] = []
    for each in choices:
        codes.append(each.code)
        for words in {each.code.casefold(), *(w.casefold() for w in each.words.values())}:
            if words in seen:
                section.error(key, f"{seen[words]} and {each.code} read the same: {words!r}")
            seen.setdefault(words, each.code)
    if len(codes) > MOST_CHOICES:
        section.error(key, f"{len(codes)} are too many to choose from: at most {MOST_CHOICES}")
