"""Every kind of bad plan is refused with the line, the key and the remedy."""

from pathlib import Path

import pytest

from bot.plan_file import Severity, read_plan

GOOD = """\
tenant: contoso.example
entry_points:
  support:
    account: support@contoso.example
    queue: support
    greeting: welcome
    fallback: {number: "+14255550199"}
queues:
  support:
    members:
      - ada.agent@contoso.example
prompts:
  welcome:
    say: Welcome.
"""
QUEUE = "    members:\n      - ada.agent@contoso.example\n"


def problems(source: str | bytes, folder: Path | None = None) -> list[tuple[int, str, str, str]]:
    source = source.encode() if isinstance(source, str) else source
    reading = read_plan(source, "plan.yaml", folder)
    return [(p.line, p.severity.value, p.key, p.message) for p in reading.problems]


def test_the_good_plan_has_no_problem() -> None:
    assert problems(GOOD) == []


# What is replaced in GOOD, by what, the key in the message, and part of the message. The line
# expected is the one that ends in `#!`.
BAD = {
    "tenant missing": ("tenant: contoso.example\n", "", "tenant", "missing"),
    "tenant is no domain": ("contoso.example\n", "Contoso Ltd #!\n", "tenant", "not a domain"),
    "tenant empty": ("tenant: contoso.example", "tenant: #!", "tenant", "has no value"),
    "tenant is a list": ("tenant: contoso.example", "tenant: [a] #!", "tenant", "one value"),
    "key misspelt": ("queues:", "quues: #!", "quues", "did you mean queues?"),
    "key of nothing": ("tenant:", "colour: red #!\ntenant:", "colour", "known are tenant, sign_in"),
    "key twice": (
        "    queue: support\n",
        "    queue: support\n    queue: support #!\n",
        "entry_points.support.queue",
        "second time (first in line 5)",
    ),
    "queue twice": (
        "prompts:",
        "  support: #!\n    members: [x@contoso.example]\nprompts:",
        "queues.support",
        "second time",
    ),
    "queue unknown": (
        "    queue: support",
        "    queue: suport #!",
        "entry_points.support.queue",
        "no queue is called 'suport'; did you mean support?",
    ),
    "queue missing": (
        "  support:\n    account: support@contoso.example\n    queue: support\n",
        "  support: #!\n    account: support@contoso.example\n",
        "entry_points.support.queue",
        "missing",
    ),
    "account is no UPN": (
        "account: support@contoso.example",
        "account: support #!",
        "entry_points.support.account",
        "write it as name@domain",
    ),
    "account is a number": (
        "account: support@contoso.example",
        "account: +14255550100 #!",
        "entry_points.support.account",
        "under `number:`",
    ),
    "account missing": (
        "  support:\n    account: support@contoso.example\n",
        "  support: #!\n",
        "entry_points.support.account",
        "default_entry_point",
    ),
    "one account twice": (
        "queues:",
        (
            "  other:\n    account: SUPPORT@contoso.example #!\n    queue: support\n"
            '    fallback: {number: "+14255550199"}\nqueues:'
        ),
        "entry_points.other.account",
        "entry point support's",
    ),
    "default entry point unknown": (
        "entry_points:",
        "default_entry_point: suport #!\nentry_points:",
        "default_entry_point",
        "did you mean support?",
    ),
    "prompt unknown": (
        "greeting: welcome",
        "greeting: welcom #!",
        "entry_points.support.greeting",
        "did you mean welcome?",
    ),
    "system prompt without its prefix": (
        "greeting: welcome",
        "greeting: closed #!",
        "entry_points.support.greeting",
        "did you mean system:closed?",
    ),
    "system prompt unknown": (
        "greeting: welcome",
        "greeting: system:greting #!",
        "entry_points.support.greeting",
        "did you mean greeting?",
    ),
    "language unknown": (
        "    greeting: welcome",
        "    greeting: welcome\n    language: fr #!",
        "entry_points.support.language",
        "known are en, ko",
    ),
    "members missing": (
        "  support:\n" + QUEUE,
        "  support: #!\n    priority: 3\n",
        "queues.support.members",
        "missing",
    ),
    "members empty": (
        QUEUE,
        "    members: [] #!\n",
        "queues.support.members",
        "nobody could answer",
    ),
    "members without a value": (QUEUE, "    members: #!\n", "queues.support.members", "no value"),
    "members by name": (
        QUEUE,
        "    members: #!\n      ada: 1\n",
        "queues.support.members",
        "a list is expected",
    ),
    "member is no UPN": (
        "- ada.agent@contoso.example",
        "- Ada Agent #!",
        "queues.support.members[0]",
        "not a person",
    ),
    "member is a section": (
        "- ada.agent@contoso.example",
        "- {person: ada} #!",
        "queues.support.members[0]",
        "`group: name@domain` is expected",
    ),
    "group is no address": (
        "- ada.agent@contoso.example",
        "- group: agents #!",
        "queues.support.members[0]",
        "not a group",
    ),
    "rule misspelt": (
        QUEUE,
        QUEUE + "    rule: longest-idle #!\n",
        "queues.support.rule",
        "did you mean longest_idle? known are longest_idle, round_robin, serial",
    ),
    "delivery unknown": (
        QUEUE,
        QUEUE + "    delivery: teleport #!\n",
        "queues.support.delivery",
        "known are consult, group_call, transfer",
    ),
    "priority is no number": (
        QUEUE,
        QUEUE + "    priority: high #!\n",
        "queues.support.priority",
        "not a whole number",
    ),
    "priority out of range": (
        QUEUE,
        QUEUE + "    priority: 6 #!\n",
        "queues.support.priority",
        "write 1 to 5",
    ),
    "duration without unit": (
        QUEUE,
        QUEUE + "    wrap_up: 10 #!\n",
        "queues.support.wrap_up",
        "write 10s or 10m",
    ),
    "duration in words": (
        QUEUE,
        QUEUE + "    max_wait: ten minutes #!\n",
        "queues.support.max_wait",
        "write 20s or 2m",
    ),
    "duration negative": (
        QUEUE,
        QUEUE + "    wrap_up: -5s #!\n",
        "queues.support.wrap_up",
        "not a duration",
    ),
    "duration out of range": (
        QUEUE,
        QUEUE + "    wrap_up: 2h #!\n",
        "queues.support.wrap_up",
        "write 0s to 1h",
    ),
    "ring_seconds too short": (
        QUEUE,
        QUEUE + "    ring_seconds: 2 #!\n",
        "queues.support.ring_seconds",
        "write 5 to 55",
    ),
    "ring_seconds with group_call": (
        QUEUE,
        QUEUE + "    delivery: group_call\n    ring_seconds: 15 #!\n",
        "queues.support.ring_seconds",
        "not with `delivery: group_call`",
    ),
    "ring_seconds with transfer": (
        QUEUE,
        QUEUE + "    delivery: transfer\n    ring_seconds: 15 #!\n",
        "queues.support.ring_seconds",
        "use `delivery: consult`",
    ),
    "accept with transfer": (
        QUEUE,
        QUEUE + "    delivery: transfer\n    accept: key #!\n",
        "queues.support.accept",
        "not with `delivery: transfer`",
    ),
    "accept_within with group_call": (
        QUEUE,
        QUEUE + "    delivery: group_call\n    accept_within: 5s #!\n",
        "queues.support.accept_within",
        "not with `delivery: group_call`",
    ),
    "account without number in a group call": (
        QUEUE,
        QUEUE + "    delivery: group_call\n    max_wait: 1m\n"
        "    on_max_wait: #!\n      account: other@contoso.example\n",
        "queues.support.on_max_wait",
        "8523",
    ),
    "error account without number in a group call": (
        "    greeting: welcome",
        "    greeting: welcome\n    on_error: #!\n      account: other@contoso.example",
        "entry_points.support.on_error",
        "8523",
    ),
    "action of nothing": (
        QUEUE,
        QUEUE + "    on_overflow: {} #!\n",
        "queues.support.on_overflow",
        "no target",
    ),
    "action without target": (
        QUEUE,
        QUEUE + "    on_overflow: {prompt: welcome} #!\n",
        "queues.support.on_overflow",
        "no target",
    ),
    "action with two targets": (
        QUEUE,
        QUEUE + '    on_overflow: {user: a@contoso.example, number: "+14255550100"} #!\n',
        "queues.support.on_overflow",
        "not user and number",
    ),
    "action is a word": (
        QUEUE,
        QUEUE + "    on_overflow: hangup #!\n",
        "queues.support.on_overflow",
        "an action is expected",
    ),
    "action key misspelt": (
        QUEUE,
        QUEUE + "    on_overflow:\n      usr: a@contoso.example #!\n",
        "queues.support.on_overflow.usr",
        "did you mean user?",
    ),
    "disconnect with a value": (
        QUEUE,
        QUEUE + "    on_overflow:\n      disconnect: sorry #!\n",
        "queues.support.on_overflow.disconnect",
        "takes no value",
    ),
    "number is none": (
        QUEUE,
        QUEUE + "    on_overflow:\n      number: 5550100 #!\n",
        "queues.support.on_overflow.number",
        "country code",
    ),
    "user is a number": (
        QUEUE,
        QUEUE + "    on_overflow:\n      user: tel:+14255550100 #!\n",
        "queues.support.on_overflow.user",
        "under `number:`",
    ),
    "back into the same queue": (
        QUEUE,
        QUEUE + "    max_wait: 1m\n    on_max_wait: #!\n      account: support@contoso.example\n"
        '      number: "+14255550100"\n',
        "queues.support.on_max_wait",
        "round in circles",
    ),
    "fallback into the service": (
        '    fallback: {number: "+14255550199"}',
        "    fallback: {account: support@contoso.example} #!",
        "entry_points.support.fallback",
        "an account of this service",
    ),
    "fallback is no place": (
        '    fallback: {number: "+14255550199"}',
        "    fallback: disconnect #!",
        "entry_points.support.fallback",
        "a place to send callers to",
    ),
    "music of words": (
        QUEUE,
        QUEUE + "    music: welcome #!\n",
        "queues.support.music",
        "music is a recording",
    ),
    "music unknown": (
        QUEUE,
        QUEUE + "    music: jazz #!\n",
        "queues.support.music",
        "known are default, welcome",
    ),
    "prompt says nothing": (
        "    say: Welcome.",
        "    sya: Welcome. #!",
        "prompts.welcome.sya",
        "did you mean say?",
    ),
    "prompt is a word": (
        "  welcome:\n    say: Welcome.",
        "  welcome: Welcome. #!",
        "prompts.welcome",
        "indented below the name",
    ),
    "prompt in an unknown language": (
        "    say: Welcome.",
        "    say:\n      en: Welcome.\n      kr: 안녕하세요. #!",
        "prompts.welcome.say.kr",
        "known are en, ko",
    ),
    "prompt twice in one language": (
        "    say: Welcome.",
        "    say: Welcome.\n    audio: {en: welcome.wav} #!",
        "prompts.welcome.audio.en",
        "keep one",
    ),
    "prompt without words": (
        "    say: Welcome.",
        '    say: {en: " "} #!',
        "prompts.welcome.say.en",
        "has no words",
    ),
    "prompt too long": (
        "Welcome.",
        "W" + "o" * 2_000 + " #!",
        "prompts.welcome.say",
        "write at most 2000",
    ),
    "audio of another kind": (
        "say: Welcome.",
        "audio: welcome.aac #!",
        "prompts.welcome.audio",
        "convert it",
    ),
    "audio outside the folder": (
        "say: Welcome.",
        "audio: ../welcome.wav #!",
        "prompts.welcome.audio",
        "beside the plan",
    ),
    "a name with a blank": (
        "  welcome:",
        "  wel come: #!",
        "prompts.wel come",
        "up to 48 letters",
    ),
    "no queues": (
        "queues:\n  support:\n" + QUEUE,
        "queues: {} #!\n",
        "queues",
        "at least one",
    ),
    "queues as a list": (
        "queues:\n  support:\n" + QUEUE,
        "queues: [support] #!\n",
        "queues",
        "a section is expected",
    ),
    "a tab": ("    queue: support", "\tqueue: support #!", "", "a tab stands here"),
    "a wrong indentation": (
        "    greeting: welcome",
        "   greeting: welcome #!",
        "",
        "indentation",
    ),
    "a colon too many": (
        "    queue: support",
        "    queue: support: yes #!",
        "",
        "a second `:`",
    ),
    "an anchor": ("    queue: support", "    queue: &a support #!", "", "anchors"),
    "an alias": ("    queue: support", "    queue: *a #!", "", "aliases"),
    "a tag": ("    queue: support", "    queue: !!str support #!", "", "tags"),
    "two documents": ("queues:", "--- #!\nqueues:", "", "a second document"),
    "a control character": ("queue: support", "queue: sup\x07port #!", "", "control character"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_plan(case: str) -> None:
    old, new, key, part = BAD[case]
    assert old in GOOD
    source = GOOD.replace(old, new, 1)
    if "on_error" in key:
        source = source.replace(QUEUE, QUEUE + "    delivery: group_call\n")
    line = next((n for n, text in enumerate(source.splitlines(), 1) if text.endswith("#!")), 1)
    found = [p for p in problems(source) if p[1] == "error"]
    assert [p[:3] for p in found if part in p[3]] == [(line, "error", key)]


# These take something away that other keys name, so they may be followed by others.
FOLLOWED = {"a name with a blank", "no queues", "queues as a list", "key misspelt"}
SINGLE = sorted(set(BAD) - FOLLOWED)


@pytest.mark.parametrize("case", SINGLE)
def test_one_mistake_is_one_error(case: str) -> None:
    old, new, key, _ = BAD[case]
    source = GOOD.replace(old, new, 1)
    if "on_error" in key:
        source = source.replace(QUEUE, QUEUE + "    delivery: group_call\n")
    assert len([p for p in problems(source) if p[1] == "error"]) == 1


def test_all_mistakes_are_reported_at_once() -> None:
    source = (
        GOOD.replace("queue: support", "queue: suport")
        .replace("ada.agent@contoso.example", "Ada")
        .replace("say:", "sya:")
        .replace("tenant: contoso.example", "tenant: Contoso\nsignin: manual")
    )
    assert [(line, key) for line, _, key, _ in problems(source)] == [
        (2, "signin"),
        (1, "tenant"),
        (6, "entry_points.support.queue"),
        (12, "queues.support.members[0]"),
        (15, "prompts.welcome.sya"),
    ]


def test_a_wrong_fallback_is_not_called_a_missing_one() -> None:
    source = GOOD.replace(
        '    fallback: {number: "+14255550199"}\n', '    fallback: {number: "0199"}\n'
    )
    assert source != GOOD
    found = [(severity, key) for _, severity, key, _ in problems(source)]
    assert found == [("error", "entry_points.support.fallback.number")]


WARNINGS = {
    "no fallback": (
        '    fallback: {number: "+14255550199"}\n',
        "",
        "entry_points.support.fallback",
        "busy tone",
    ),
    "rings as long as voicemail waits": (
        QUEUE,
        QUEUE + "    ring_seconds: 20\n",
        "queues.support.ring_seconds",
        "voicemail",
    ),
    "account without number": (
        QUEUE,
        QUEUE + "    max_wait: 1m\n    on_max_wait: {account: other@contoso.example}\n",
        "queues.support.on_max_wait",
        "guests and federated",
    ),
    "action without its limit": (
        QUEUE,
        QUEUE + "    on_max_wait: disconnect\n",
        "queues.support.on_max_wait",
        "without `max_wait`",
    ),
    "accept_within without keys": (
        QUEUE,
        QUEUE + "    accept: answer\n    accept_within: 5s\n",
        "queues.support.accept_within",
        "no effect",
    ),
    "member twice": (
        QUEUE,
        QUEUE + "      - ADA.agent@contoso.example\n",
        "queues.support.members[1]",
        "already",
    ),
    "unused queue": (
        "prompts:",
        "  spare:\n    members: [a@contoso.example]\nprompts:",
        "queues.spare",
        "no entry point leads here",
    ),
    "unused prompt": ("    greeting: welcome\n", "", "prompts.welcome", "nobody uses"),
    "prompt not in the caller's language": (
        "    greeting: welcome",
        "    greeting: welcome\n    language: ko",
        "entry_points.support.greeting",
        "no words in ko",
    ),
}


@pytest.mark.parametrize("case", WARNINGS)
def test_warning_leaves_the_plan_usable(case: str) -> None:
    old, new, key, part = WARNINGS[case]
    reading = read_plan(GOOD.replace(old, new, 1).encode(), "plan.yaml")
    assert reading.plan is not None
    assert [(p.key, part in p.message) for p in reading.warnings] == [(key, True)]


def test_warnings_have_their_lines_too() -> None:
    source = GOOD.replace("    greeting: welcome\n", "").replace(
        QUEUE, QUEUE + "    ring_seconds: 25\n"
    )
    assert [(p[0], p[2]) for p in problems(source)] == [
        (11, "queues.support.ring_seconds"),
        (13, "prompts.welcome"),
    ]


@pytest.mark.parametrize(
    ("source", "line", "part"),
    [
        (b"", 1, "a plan is keys"),
        (b"- a\n- b\n", 1, "a plan is keys"),
        (b"hello", 1, "a plan is keys"),
        (b"tenant: x\nqueues: \xff\n", 2, "not UTF-8"),
        (GOOD.encode("utf-16"), 1, "not UTF-8"),
        (b"a: " + b"[" * 100_000, 1, "too deeply"),
        (b"a: " + b"{a: " * 50_000, 1, "too deeply"),
        (b"x" * (1024 * 1024 + 1), 1, "1 MiB"),
        (b"? [a, b]\n: c\n", 1, "a key is a word"),
    ],
)
def test_what_is_no_plan_at_all(source: bytes, line: int, part: str) -> None:
    found = problems(source)
    assert [(p[0], part in p[3]) for p in found] == [(line, True)]


def test_expanding_aliases_do_not_grow() -> None:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    assert len(problems("\n".join(lines))) == 1


def test_a_large_file_of_mistakes_names_them_all() -> None:
    bad = "".join(f"      - bad{n}\n" for n in range(3_000))
    source = GOOD.replace("      - ada.agent@contoso.example\n", bad)
    assert len(problems(source)) == 3_000


def test_a_byte_order_mark_is_skipped() -> None:
    assert problems(b"\xef\xbb\xbf" + GOOD.encode()) == []


def test_audio_file_that_is_not_there(tmp_path: Path) -> None:
    source = GOOD.replace("say: Welcome.", "audio: welcome.wav")
    assert [(p[2], "no file" in p[3]) for p in problems(source, tmp_path)] == [
        ("prompts.welcome.audio", True)
    ]
    (tmp_path / "welcome.wav").write_bytes(b"RIFF")
    assert problems(source, tmp_path) == []


def test_messages_read_like_a_compiler() -> None:
    reading = read_plan(GOOD.replace("queue: support", "queue: suport").encode(), "my/plan.yaml")
    assert reading.errors[0].text(reading.file) == (
        "my/plan.yaml:5: error: entry_points.support.queue: no queue is called 'suport'; "
        "did you mean support?"
    )
    assert reading.errors[0].severity is Severity.ERROR
    assert reading.plan is None
