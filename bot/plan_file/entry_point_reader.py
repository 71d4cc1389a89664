"""Entry points: the accounts that are called, who is not answered, and where callers go first."""

from __future__ import annotations

from bot.plan_file.action_reader import Actions
from bot.plan_file.condition_reader import Conditions
from bot.plan_file.document import Mapping, Scalar, Sequence
from bot.plan_file.entry_point_keys import ENTRY_POINT, NOTICE
from bot.plan_file.flow_keys import DOOR
from bot.plan_file.lists import attribute, texts
from bot.plan_file.reading import ReferenceKind
from bot.plan_file.section import Section, reference_problem
from bot.plan_file.whole import Whole
from routing.action import Action, ActionKind
from routing.flow_steps import Condition
from routing.plan import DoorRule, EntryPoint, Notice, WhenClosed

BUSY = "busy"
DOOR_TARGETS = ("user", "number", "account")


class EntryPoints:
    """Reads entry points."""

    def __init__(
        self, whole: Whole, actions: Actions, conditions: Conditions, language: str
    ) -> None:
        """`language` is that of an entry point that names none."""
        self._whole = whole
        self._actions = actions
        self._conditions = conditions
        self._language = language

    def read(self) -> tuple[EntryPoint, ...]:
        """All of them, in the file's order."""
        sections = self._whole.top.sections("entry_points")
        return tuple(self._one(name, *node) for name, node in sections.items())

    def _one(self, name: str, node: Mapping, line: int) -> EntryPoint:
        whole = self._whole
        section = whole.section(node, f"entry_points.{name}", line, ENTRY_POINT)
        accounts = self._accounts(section)
        queue = section.name_among("queue", whole.top.names("queues"), "queue")
        flow = section.name_among("flow", whole.top.names("flows"), "flow")
        self._one_way(section)
        return EntryPoint(
            name=name,
            account=accounts[0] if accounts else "",
            more_accounts=tuple(accounts[1:]),
            country=self._country(section),
            queue=queue,
            flow=flow,
            door=self._door(section),
            notice=self._notice(section),
            greeting=whole.prompts.reference(section, "greeting"),
            language=section.word("language") or self._language,
            fallback=self._actions.read(section, "fallback"),
            on_error=self._actions.read(section, "on_error") or Action(),
            hours=section.name_among("hours", whole.top.names("hours"), "hours"),
            on_closed=self._actions.read(section, "on_closed") or Action(),
            when_closed=section.choice("when_closed", WhenClosed.ANSWER),
        )

    def _one_way(self, section: Section) -> None:
        given = section.keys_seen()
        if "queue" in given and "flow" in given:
            section.error("queue", "`flow` stands here too: the flow leads to the queue; keep one")
        elif "queue" not in given and "flow" not in given and not section.guessed("queue", "flow"):
            section.error("queue", "missing: name the `queue` behind it, or a `flow`")

    def _accounts(self, section: Section) -> list[str]:
        found: dict[str, str] = {}
        several = isinstance(section.node("account"), Sequence)
        for index, text in enumerate(texts(section, "account")):
            key = f"account[{index}]" if several else "account"
            path, line = section.path(key), section.line_of("account")
            if problem := reference_problem(text, "a resource account"):
                section.error_at(line, key, problem)
            elif text.lower() in found:
                section.error_at(line, key, f"{text} stands in this list already: remove it")
            else:
                found[text.lower()] = text
                self._whole.lines[path] = line
                self._whole.refer(ReferenceKind.ACCOUNT, text, path, line)
        return list(found.values())

    @staticmethod
    def _country(section: Section) -> str:
        text = section.text("country").upper()
        # Slow to import and only needed where a plan has countries.
        if text:
            from phonenumbers import SUPPORTED_REGIONS  # noqa: PLC0415

            if text not in SUPPORTED_REGIONS:
                section.error(
                    "country", f"{text!r} is no country: two letters are expected, such as DE"
                )
                return ""
        return text

    def _door(self, section: Section) -> tuple[DoorRule, ...]:
        rules: list[DoorRule] = []
        if blocked := self._conditions.lists(section, "block"):
            rules.append(DoorRule(when=Condition(caller_lists=blocked)))
        node = section.node("door")
        items = node.items if isinstance(node, Sequence) else []
        if node is not None and not items:
            section.error("door", "a list is expected, each with `- when:` and `busy: true`, say")
        for index, item in enumerate(items):
            path = f"{section.path('door')}[{index}]"
            if isinstance(item, Mapping):
                rules.append(self._rule(self._whole.section(item, path, item.line, DOOR)))
            else:
                self._whole.problems.error(item.line, path, "`when` and `busy: true` are expected")
        return tuple(rules)

    def _rule(self, section: Section) -> DoorRule:
        when = self._conditions.read(section, "when") or Condition()
        given = section.given()
        busy = BUSY in section.keys_seen()
        if "attribute" in given or when.attribute:
            section.error("when", "nothing is known of a caller at the door: no `attribute` here")
        if busy == any(key in given for key in DOOR_TARGETS):
            section.error(
                "when", "one answer is expected: `busy: true`, or a user, number or account"
            )
            return DoorRule(when=when)
        return DoorRule(when=when, to=None if busy else self._to(section))

    def _to(self, section: Section) -> Action | None:
        kind = self._actions.kind(section)
        return self._actions.target(ActionKind(kind), section) if kind is not None else None

    def _notice(self, section: Section) -> Notice | None:
        node = section.node("notice")
        if node is None:
            return None
        if isinstance(node, Scalar):
            return Notice(prompt=self._whole.prompts.reference(section, "notice"))
        if not isinstance(node, Mapping):
            section.error("notice", "the name of a prompt is expected, or a section")
            return None
        inner = self._whole.section(node, section.path("notice"), section.line_of("notice"), NOTICE)
        default = Notice(prompt="")
        key = inner.word("object_key")
        if (
            not key
            and "object_key" not in inner.given()
            and {"wait", "attribute"} & set(inner.given())
        ):
            inner.error("object_key", "missing: `wait` and `attribute` are about it; add it")
        return Notice(
            prompt=self._whole.prompts.reference(inner, "prompt"),
            object_key=key,
            attribute=attribute(inner, "attribute") or default.attribute,
            wait_ms=inner.duration("wait") or 0,
        )
