"""What a good plan becomes: values, defaults, references with their lines."""

from pathlib import Path

import pytest

from bot.plan_file import PromptText, ReferenceKind, read_plan
from bot.plan_file.entry_point_keys import ENTRY_POINT, NOTICE
from bot.plan_file.flow_keys import DOOR, FLOW, GOTO, STEPS, WHEN
from bot.plan_file.queue_keys import QUEUE
from bot.plan_file.section import duration_ms, spelled
from bot.plan_file.vocabulary import ACTION, PLAN, PROMPT, Kind
from bot.plan_file.webhook_keys import WEBHOOK
from routing.action import Action, ActionKind
from routing.plan import AbandonedRing, Delivery, EntryPoint, Plan, Preset, Queue, Rule, SignIn

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "plan.yaml"
MINIMAL = """\
tenant: contoso.example
default_entry_point: main
entry_points:
  main: {queue: support}
queues:
  support: {members: ada.agent@contoso.example}
"""


def read(source: str) -> Plan:
    reading = read_plan(source.encode(), "plan.yaml")
    assert reading.plan is not None, reading.problems
    return reading.plan


def test_a_minimal_plan_takes_every_default() -> None:
    assert read(MINIMAL) == Plan(
        tenant="contoso.example",
        default_entry_point="main",
        entry_points=(EntryPoint(name="main", queue="support"),),
        queues=(Queue(name="support", title="support", members=("ada.agent@contoso.example",)),),
    )


def test_the_defaults_in_the_docs_are_those_of_the_plan() -> None:
    written = {
        key.name: key.default
        for key in QUEUE
        if key.default and key.kind not in (Kind.ACTION, Kind.MUSIC)
    }
    lines = "".join(f"    {name}: {value}\n" for name, value in written.items())
    source = MINIMAL.replace(
        "{members: ada.agent@contoso.example}", "\n    members: [a@b.example]\n"
    )
    explicit, implicit = read(source + lines), read(source)
    assert explicit == implicit
    assert len(written) == 20


def test_the_example_is_without_errors_and_says_two_queues() -> None:
    reading = read_plan(EXAMPLE.read_bytes(), "plan.yaml", EXAMPLE.parent)
    assert reading.problems == ()
    assert reading.plan is not None
    assert [queue.name for queue in reading.plan.queues] == ["support", "sales"]


def test_every_key_reaches_the_plan() -> None:
    plan = read("""\
tenant: 11111111-2222-3333-4444-555555555555
sign_in: manual
language: ko
supervisors: sam.supervisor@contoso.example
default_entry_point: desk
channel: 19:everybody@thread.skype
entry_points:
  desk:
    account: 00000000-0000-0000-0000-00000000000a
    queue: sales
    greeting: system:greeting
    language: en
    fallback: {account: other@contoso.example, number: "+1 (425) 555-0100", prompt: bye}
    on_error: {user: una.user@contoso.example}
queues:
  sales:
    title: Sales & more
    members: ["group:sales@contoso.example", b@contoso.example]
    rule: serial
    priority: 1
    delivery: consult
    accept: answer
    ring_seconds: 15
    presence: busy_ok
    frozen_presence: trust
    abandoned_ring: trust
    music: tune
    wrap_up: 1m30s
    max_wait: 1h
    on_max_wait: {number: +14255550101}
    max_length: 0
    on_overflow: {disconnect: true, prompt: bye}
    decline_back_off: 0s
    busy_back_off: 1s
    unreachable_back_off: 2s
    not_responding_after: 3
    return_after: 5m
    fallback: {number: tel:+14255550102}
    supervisors: [lee@contoso.example, 00000000-0000-0000-0000-00000000000b]
    channel: "19:a1b2-C_3@thread.tacv2"
prompts:
  bye: {say: 안녕히 계세요}
  tune: {audio: tune.mp3}
""")
    assert plan.sign_in is SignIn.MANUAL
    assert plan.supervisors == ("sam.supervisor@contoso.example",)
    entry, queue = plan.entry_points[0], plan.queues[0]
    assert entry == EntryPoint(
        name="desk",
        account="00000000-0000-0000-0000-00000000000a",
        queue="sales",
        greeting="system:greeting",
        language="en",
        fallback=Action(
            kind=ActionKind.ACCOUNT,
            ref="other@contoso.example",
            number="+14255550100",
            prompt="plan:bye",
        ),
        on_error=Action(kind=ActionKind.USER, ref="una.user@contoso.example"),
    )
    assert queue.members == ("group:sales@contoso.example", "b@contoso.example")
    assert (queue.rule, queue.delivery, queue.presence) == (
        Rule.SERIAL,
        Delivery.CONSULT,
        Preset.BUSY_OK,
    )
    assert (queue.ring_ms, queue.wrap_up_ms, queue.max_wait_ms) == (15_000, 90_000, 3_600_000)
    assert queue.abandoned_ring is AbandonedRing.TRUST
    assert (queue.music, queue.language, queue.max_length) == ("music:tune", "ko", 0)
    assert queue.on_max_wait == Action(kind=ActionKind.NUMBER, ref="+14255550101")
    assert queue.on_overflow == Action(prompt="plan:bye")
    assert queue.supervisors == ("lee@contoso.example", "00000000-0000-0000-0000-00000000000b")
    assert queue.fallback == Action(kind=ActionKind.NUMBER, ref="+14255550102")
    assert (queue.decline_back_off_ms, queue.busy_back_off_ms) == (0, 1_000)
    assert (queue.not_responding_after, queue.return_after_ms) == (3, 300_000)


def test_people_are_found_again_by_line_and_key() -> None:
    reading = read_plan(EXAMPLE.read_bytes(), "plan.yaml")
    lines = EXAMPLE.read_text().splitlines()
    assert all(each.ref in lines[each.line - 1] for each in reading.references)
    assert [(r.kind, r.ref, r.key) for r in reading.references if r.queue == "support"] == [
        (ReferenceKind.MEMBER, "ada.agent@contoso.example", "queues.support.members[0]"),
        (ReferenceKind.GROUP, "support.team@contoso.example", "queues.support.members[1]"),
    ]


def test_prompts_by_language() -> None:
    reading = read_plan(
        (
            MINIMAL
            + "prompts:\n  a: {say: Hello}\n  b:\n    say: {en: Hi}\n    audio: {ko: b.ogg}\n"
        ).encode(),
        "plan.yaml",
    )
    assert set(reading.prompts) == {
        PromptText(name="a", language="en", say="Hello", line=8),
        PromptText(name="b", language="en", say="Hi", line=10),
        PromptText(name="b", language="ko", audio="b.ogg", line=11),
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [("20s", 20_000), ("2m", 120_000), ("1h30m", 5_400_000), ("0s", 0), ("90s", 90_000)],
)
def test_durations(text: str, value: int) -> None:
    assert duration_ms(text) == value
    assert duration_ms(spelled(value)) == value


@pytest.mark.parametrize("text", ["", "5", "5 s", "s", "-1s", "1s2m", "1.5s", "5ms", "١s"])
def test_what_is_no_duration(text: str) -> None:
    assert duration_ms(text) is None


def test_every_key_is_explained() -> None:
    tables = (PLAN, ENTRY_POINT, NOTICE, DOOR, QUEUE, ACTION, PROMPT, FLOW, GOTO, WHEN, WEBHOOK)
    keys = [key for table in (*tables, *STEPS.values()) for key in table]
    assert [key.name for key in keys if not key.doc.endswith((".", "`)."))] == []
