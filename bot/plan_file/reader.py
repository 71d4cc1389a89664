"""The plan file becomes a `routing.plan.Plan`: sections in, values out, errors with their lines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bot.plan_file.action_reader import Actions
from bot.plan_file.agent_reader import read_after_contact, read_reasons
from bot.plan_file.callback_checks import check_callbacks
from bot.plan_file.callback_reader import Callbacks, with_numbering
from bot.plan_file.checks import check
from bot.plan_file.condition_reader import Conditions
from bot.plan_file.context_reader import read_context
from bot.plan_file.document import Mapping, Node, Scalar, read_document
from bot.plan_file.entry_point_reader import EntryPoints
from bot.plan_file.flow_checks import check_flows
from bot.plan_file.flow_reader import Flows
from bot.plan_file.hours_checks import check_hours
from bot.plan_file.hours_reader import read_hours, read_zone
from bot.plan_file.own_team import with_own_team
from bot.plan_file.prefixes import read_dial
from bot.plan_file.problems import Problems
from bot.plan_file.prompts import read_prompts
from bot.plan_file.queue_keys import QUEUE
from bot.plan_file.reading import Reading, Reference, ReferenceKind
from bot.plan_file.section import Section, is_object_id, reference_problem
from bot.plan_file.service_level_reader import read_service_level
from bot.plan_file.subscriber_reader import read_subscribers
from bot.plan_file.supervisors import read_supervisors
from bot.plan_file.vocabulary import LANGUAGES, PLAN
from bot.plan_file.voicemail_checks import check_voicemail
from bot.plan_file.voicemail_reader import read_voicemail
from bot.plan_file.waiting_checks import check_waiting
from bot.plan_file.waiting_reader import read_waiting
from bot.plan_file.webhook_reader import read_caller_lists, read_webhooks
from bot.plan_file.whole import Whole
from routing.action import Action
from routing.plan import (
    AbandonedRing,
    AtClose,
    Delivery,
    Frozen,
    Plan,
    Preset,
    Queue,
    Rule,
    SignIn,
)

GROUP = "group:"
DOMAIN_DOTS = "."


def read_plan(source: bytes, file: str, folder: Path | None = None) -> Reading:
    """The plan in `source`, with everything that is wrong with it.

    `file` is only named in messages. `folder` is where `audio:` files are looked for; None: they
    are not. Takes up to seconds for the largest file: not for the event loop.
    """
    problems = Problems()
    root = read_document(source, problems)
    if root is None:
        return Reading(file=file, plan=None, problems=problems.all())
    return _Reader(root, file, folder, problems).read()


class _Reader:
    def __init__(self, root: Mapping, file: str, folder: Path | None, problems: Problems) -> None:
        self._file = file
        self._folder = folder
        self._problems = problems
        self._top = Section(root, PLAN, "", problems)
        self._top.read_as_meant()
        self._language = self._top.word("language") or LANGUAGES[0]
        self._lines: dict[str, int] = {}
        self._references: list[Reference] = []

    def _begin(self) -> None:
        """What everything else refers to."""
        self._prompts = read_prompts(
            self._top, self._language, self._folder, self._problems, self._lines
        )
        self._whole = Whole(
            top=self._top,
            prompts=self._prompts,
            problems=self._problems,
            lines=self._lines,
            references=self._references,
        )
        self._whole.note(self._top)
        self._actions = Actions(self._whole)

    def read(self) -> Reading:
        """Everything, top to bottom; then what only the whole can show."""
        self._begin()
        conditions = Conditions(self._whole)
        plan = self._plan(conditions)
        self._report_empty()
        self._check(plan, conditions)
        found = self._problems.all()
        reading = Reading(
            file=self._file,
            plan=plan,
            language=self._language,
            prompts=self._prompts.texts,
            references=tuple(self._references),
            problems=found,
            lines=self._lines,
        )
        return (
            reading if not reading.errors else Reading(file=self._file, plan=None, problems=found)
        )

    def _plan(self, conditions: Conditions) -> Plan:
        sections = self._top.sections("queues")
        queues = tuple(self._queue(name, *node) for name, node in sections.items())
        hours = self._top.sections("hours")
        entry_points = EntryPoints(self._whole, self._actions, conditions, self._language)
        return Plan(
            tenant=self._tenant(),
            entry_points=with_numbering(entry_points.read()),
            queues=queues,
            flows=Flows(self._whole, self._actions, conditions).read(),
            webhooks=read_webhooks(self._whole),
            context=read_context(self._whole),
            subscribers=read_subscribers(self._whole),
            caller_lists=read_caller_lists(self._whole),
            hours=tuple(read_hours(self._whole, name, *node) for name, node in hours.items()),
            default_entry_point=self._top.name_among(
                "default_entry_point", self._top.names("entry_points"), "entry point"
            ),
            sign_in=self._top.choice("sign_in", SignIn.AUTOMATIC),
            supervisors=self._supervisors(self._top),
            zone=read_zone(self._top, self._problems),
            not_ready_reasons=read_reasons(self._whole, self._language),
        )

    def _check(self, plan: Plan, conditions: Conditions) -> None:
        check(plan, self._whole)
        check_flows(plan, self._whole, conditions.used)
        check_hours(plan, self._whole)
        check_waiting(plan, self._whole)
        check_callbacks(plan, self._whole)
        check_voicemail(plan, self._whole)

    def _report_empty(self) -> None:
        for key in ("queues", "entry_points"):
            node = self._top.node(key)
            if isinstance(node, Mapping) and not node.items:
                self._top.error(key, "empty: at least one is needed")

    def _tenant(self) -> str:
        node = self._top.node("tenant")
        if not isinstance(node, Scalar):
            if node is not None:
                self._top.error("tenant", "one value is expected")
            return ""
        text = node.text.strip().lower()
        if is_object_id(text) or (DOMAIN_DOTS in text and not reference_problem(f"x@{text}", "")):
            return text
        self._top.error("tenant", f"{text!r} is not a domain: write it like contoso.example")
        return ""

    def _queue(self, name: str, node: Mapping, line: int) -> Queue:
        section = self._whole.section(node, f"queues.{name}", line, QUEUE)
        default = Queue(name=name)
        ring = section.integer("ring_seconds")
        queue = Queue(
            name=name,
            title=section.text("title") or name,
            members=self._members(name, section),
            rule=section.choice("rule", Rule.LONGEST_IDLE),
            priority=section.integer("priority") or default.priority,
            delivery=section.choice("delivery", Delivery.CONSULT),
            accept=section.choice("accept", default.accept),
            ring_ms=default.ring_ms if ring is None else ring * 1000,
            accept_ms=section.duration("accept_within") or default.accept_ms,
            presence=section.choice("presence", Preset.STRICT),
            frozen_presence=section.choice("frozen_presence", Frozen.HOLD),
            abandoned_ring=section.choice("abandoned_ring", AbandonedRing.HOLD),
            language=section.word("language") or self._language,
            music=self._prompts.music(section, "music"),
            max_wait_ms=section.duration("max_wait"),
            on_max_wait=self._action(section, "on_max_wait") or Action(),
            max_length=section.integer("max_length"),
            on_overflow=self._action(section, "on_overflow") or Action(),
            decline_back_off_ms=_or(
                section.duration("decline_back_off"), default.decline_back_off_ms
            ),
            busy_back_off_ms=_or(section.duration("busy_back_off"), default.busy_back_off_ms),
            unreachable_back_off_ms=_or(
                section.duration("unreachable_back_off"), default.unreachable_back_off_ms
            ),
            not_responding_after=section.integer("not_responding_after")
            or default.not_responding_after,
            return_after_ms=section.duration("return_after"),
        )
        queue = read_after_contact(self._whole, section, queue, self._language)
        queue = self._with_ways_on(section, queue)
        return with_own_team(read_waiting(self._whole, self._actions, section, queue))

    def _with_ways_on(self, section: Section, queue: Queue) -> Queue:
        """Where its callers may go, when it is closed, and who looks after it."""
        return replace(
            queue,
            callback=Callbacks(self._whole, self._actions).read(section),
            dial=read_dial(section),
            voicemail=read_voicemail(section, self._whole),
            service_level=read_service_level(section, self._whole),
            fallback=self._action(section, "fallback"),
            supervisors=self._supervisors(section),
            hours=section.name_among("hours", self._top.names("hours"), "hours"),
            on_closed=self._action(section, "on_closed") or Action(),
            at_close=section.choice("at_close", AtClose.SERVE_WAITING),
            channel=section.channel("channel") or self._top.channel("channel"),
        )

    def _supervisors(self, section: Section) -> tuple[str, ...]:
        named = read_supervisors(section, self._problems)
        self._references.extend(named)
        self._lines.update({each.key: each.line for each in named})
        return tuple(each.ref for each in named)

    def _action(self, section: Section, key: str) -> Action | None:
        return self._actions.read(section, key)

    def _members(self, queue: str, section: Section) -> tuple[str, ...]:
        node = section.node("members")
        if isinstance(node, Mapping):
            section.error("members", "a list is expected: one `- name@domain` a line")
            return ()
        items = section.items("members")
        if node is not None and not items:
            section.error("members", "empty: nobody could answer; name a person or a group")
        members: dict[str, str] = {}
        for index, item in enumerate(items):
            key = f"{section.path('members')}[{index}]"
            self._lines[key] = item.line
            member = self._member(item, key, queue)
            if member and member.lower() in members:
                self._problems.warn(item.line, key, f"{member} stands in this list already")
            elif member:
                members[member.lower()] = member
        return tuple(members.values())

    def _member(self, node: Node, key: str, queue: str) -> str:
        kind, ref, what = ReferenceKind.MEMBER, "", "a person"
        if isinstance(node, Scalar):
            ref = node.text
            if ref.startswith(GROUP):
                kind, ref, what = ReferenceKind.GROUP, ref.removeprefix(GROUP).strip(), "a group"
        elif isinstance(node, Mapping) and list(node.items) == ["group"]:
            inner = node.items["group"]
            kind, what = ReferenceKind.GROUP, "a group"
            ref = inner.text if isinstance(inner, Scalar) else ""
        else:
            self._problems.error(
                node.line, key, "a person (`name@domain`) or `group: name@domain` is expected"
            )
            return ""
        if problem := reference_problem(ref, what):
            self._problems.error(node.line, key, problem)
            return ""
        self._references.append(Reference(kind=kind, ref=ref, key=key, line=node.line, queue=queue))
        return f"{GROUP}{ref}" if kind is ReferenceKind.GROUP else ref


def _or(value: int | None, default: int) -> int:
    return default if value is None else value
