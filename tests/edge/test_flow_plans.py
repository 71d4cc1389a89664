"""Flows in the plan file: what good ones become, and each mistake with its line and key."""

from pathlib import Path

import pytest
from kit.flow_plans import SMALL, problems, read

from bot.plan_file import ReferenceKind, read_plan
from routing.action import Action, ActionKind
from routing.flow_steps import CallerList, Case, Condition, Goto, Turn, Webhook
from routing.plan import DoorRule, Notice

EXAMPLE = Path(__file__).parents[2] / "docs/examples/flows.yaml"


def queue(name: str, priority: int = 0) -> Action:
    return Action(kind=ActionKind.QUEUE, ref=name, priority=priority)


def test_the_small_plan_has_no_problem() -> None:
    assert problems(SMALL) == []


def test_the_example_has_no_problem_and_says_what_it_is_for() -> None:
    reading = read_plan(EXAMPLE.read_bytes(), "flows.yaml", EXAMPLE.parent)
    assert reading.problems == ()
    assert reading.plan is not None
    (flow,) = reading.plan.flows
    assert {type(step).__name__ for step in flow.steps()} >= {
        "Menu",
        "Collect",
        "Branch",
        "Ask",
        "Speak",
    }
    assert [step.extensions.keys() for step in flow.collects if step.extensions] == [{"101", "200"}]


def test_the_first_step_is_where_callers_begin() -> None:
    assert read(SMALL).flows[0].start == "hello"
    source = SMALL.replace("    steps:", "    start: order\n    steps:", 1)
    source = source.replace("otherwise: disconnect", "otherwise: hello")
    assert read(source).flows[0].start == "order"


def test_a_menu_becomes_keys_with_named_choices() -> None:
    menu = read(SMALL).flows[0].menus[0]
    assert (menu.name, menu.prompt, menu.tries, menu.wait_ms) == ("main", "plan:menu", 2, 3_000)
    assert menu.keys == {
        "1": Goto(turn=Turn.ACTION, action=queue("support"), choice="support"),
        "2": Goto(
            turn=Turn.STEP,
            step="order",
            choice="orders",
            language="ko",
            attributes={"topic": "order"},
            priority=2,
        ),
        "*": Goto(turn=Turn.REPEAT),
        "#": Goto(turn=Turn.BACK),
    }
    assert menu.otherwise == Goto(turn=Turn.OPERATOR)


def test_what_is_not_given_is_the_default_of_the_docs() -> None:
    collect = read(SMALL).flows[0].collects[0]
    assert (collect.into, collect.least, collect.most, collect.end_key) == ("order", 4, 10, "#")
    assert (collect.confirm, collect.wait_ms, collect.between_ms, collect.tries) == (
        True,
        8_000,
        4_000,
        3,
    )


@pytest.mark.parametrize(
    ("text", "most", "least"), [("6", 6, 6), ("4-10", 10, 4), ("1 - 20", 20, 1)]
)
def test_how_many_digits(text: str, most: int, least: int) -> None:
    collect = read(SMALL.replace("digits: 4-10", f"digits: {text}")).flows[0].collects[0]
    assert (collect.least, collect.most) == (least, most)


def test_no_key_ends_a_number_where_none_should() -> None:
    source = SMALL.replace("digits: 4-10", "digits: 4-10\n        end_key: none")
    assert read(source).flows[0].collects[0].end_key == ""


def test_extensions_are_persons_or_actions_and_the_longest_counts() -> None:
    dial = next(each for each in read(SMALL).flows[0].collects if each.extensions)
    assert dial.extensions == {
        "12": Action(kind=ActionKind.USER, ref="ada.agent@contoso.example"),
        "100": queue("support", 1),
    }
    assert (dial.least, dial.most, dial.confirm, dial.into) == (2, 3, False, "")


def test_a_branch_keeps_its_order() -> None:
    branch = read(SMALL).flows[0].branches[0]
    assert branch.cases == (
        Case(
            when=Condition(caller_lists=("vip",), kinds=("number", "internal")),
            then=Goto(turn=Turn.ACTION, action=queue("support"), priority=1),
        ),
        Case(
            when=Condition(
                queue="support", waiting_at_least=3, expected_wait_ms=120_000, nobody_there=False
            ),
            then=Goto(turn=Turn.STEP, step="dial"),
        ),
        Case(
            when=Condition(prefixes=("+49", "+43"), attribute="tier", values=("gold", "5")),
            then=Goto(turn=Turn.ACTION, action=Action()),
        ),
    )


def test_a_note_and_a_flow_in_between() -> None:
    flow = read(SMALL).flows[0]
    assert flow.notes[0].then == Goto(
        turn=Turn.STEP, step="other", attributes={"seen": "yes", "source": "menu"}
    )
    assert (flow.enters[0].flow, flow.enters[0].then.step) == ("short", "who")


def test_webhooks_lists_and_the_door() -> None:
    plan = read(SMALL)
    assert plan.webhooks == (
        Webhook(
            name="crm",
            url="https://crm.contoso.example/who?x=1",
            within_ms=3_000,
            send=("caller", "attributes"),
            take={"tier": "customer.tier"},
            secret="crm",
        ),
    )
    assert plan.caller_lists == (
        CallerList(name="vip", entries=("+493012345678", "+4989*", "una.user@contoso.example")),
        CallerList(name="spam", entries=("+1900*",)),
    )
    entry = plan.entry_points[0]
    assert entry.accounts == ("main@contoso.example", "second@contoso.example")
    assert (entry.country, entry.flow, entry.queue) == ("DE", "main", "")
    assert entry.door == (
        DoorRule(when=Condition(caller_lists=("spam",))),
        DoorRule(
            when=Condition(kinds=("anonymous",)),
            to=Action(kind=ActionKind.NUMBER, ref="+493012345699"),
        ),
        DoorRule(when=Condition(prefixes=("+7",))),
    )
    assert entry.notice == Notice(
        prompt="plan:menu", object_key="9", attribute="objected", wait_ms=2_000
    )


def test_whom_lists_extensions_and_accounts_name_is_asked_of_the_directory() -> None:
    reading = read_plan(SMALL.encode(), "plan.yaml")
    lines = SMALL.splitlines()
    found = {(each.kind, each.ref) for each in reading.references}
    assert found >= {
        (ReferenceKind.ACCOUNT, "second@contoso.example"),
        (ReferenceKind.USER, "una.user@contoso.example"),
        (ReferenceKind.USER, "ada.agent@contoso.example"),
    }
    assert all(each.ref in lines[each.line - 1] for each in reading.references)


RULES = "    callback: {allowed_prefixes: ['+49']}\n"


@pytest.mark.parametrize("word", ["voicemail", "callback"])
def test_a_queue_may_end_in_a_message_or_a_callback_of_its_own_team(word: str) -> None:
    for text, ref in (
        (word, "support"),
        (f"{{{word}: true}}", "support"),
        (f"{{{word}: spare}}", "spare"),
    ):
        rules = RULES if word == "callback" else ""
        line = f"{rules}    max_wait: 5m\n    on_max_wait: {text}\n"
        source = SMALL.replace("  support:\n", f"  support:\n{line}", 1)
        source = source.replace("  spare:\n", f"  spare:\n{rules}", 1)
        assert read(source).queues[0].on_max_wait == Action(kind=ActionKind(word), ref=ref)


# What is replaced in SMALL, by what, the key in the message, and part of the message. The line
# expected is the one that ends in `#!`.
BAD = {
    "step unknown": (
        "        then: main",
        "        then: mian #!",
        "flows.main.steps.hello.then",
        "did you mean main?",
    ),
    "queue where a step is expected": (
        "        then: main",
        "        then: support #!",
        "flows.main.steps.hello.then",
        "support is a queue: write `{queue: support}`",
    ),
    "start unknown": (
        "    steps:",
        "    start: helo #!\n    steps:",
        "flows.main.start",
        "did you mean hello?",
    ),
    "step called like a word": (
        "      hello:",
        "      back: #!\n        say: menu\n        then: main\n      hello:",
        "flows.main.steps.back",
        "another name",
    ),
    "two kinds of step": (
        "      hello:",
        "      hello: #!\n        menu: menu",
        "flows.main.steps.hello",
        "not menu and say",
    ),
    "no kind of step": (
        "      hello:\n        say: menu",
        "      hello: #!\n        tell: menu",
        "flows.main.steps.hello",
        "no kind of step",
    ),
    "key of another kind": (
        "        say: menu",
        "        say: menu\n        tries: 3 #!",
        "flows.main.steps.hello.tries",
        "not a key",
    ),
    "nothing comes after": (
        "      hello:\n        say: menu\n        then: main",
        "      hello: #!\n        say: menu",
        "flows.main.steps.hello.then",
        "missing",
    ),
    "key twice": (
        '          "*": repeat',
        '          "*": repeat\n          "1": repeat #!',
        "flows.main.steps.main.keys.1",
        "second time",
    ),
    "no such key": (
        '          "*": repeat',
        "          11: repeat #!",
        "flows.main.steps.main.keys.11",
        "no key",
    ),
    "key leads nowhere": (
        '          "*": repeat',
        '          "*": #!',
        "flows.main.steps.main.keys.*",
        "leads nowhere",
    ),
    "key 0 beside an operator": (
        '          "*": repeat',
        "          0: repeat #!",
        "flows.main.steps.main.keys.0",
        "`operator` at every step",
    ),
    "operator without one": (
        "            go: back",
        "            go: operator #!",
        "flows.short.steps.ask.keys.1.go",
        "no `operator`",
    ),
    "two targets": (
        "queue: support, priority: 1}",
        "queue: support, flow: short} #!",
        "flows.main.steps.dial.extensions.100",
        "one target",
    ),
    "step and target": (
        "            go: back",
        "            go: back #!\n            queue: support",
        "flows.short.steps.ask.keys.1.go",
        "`queue` stands here too",
    ),
    "leads nowhere": (
        "          1:\n            go: back",
        "          1: #!\n            choice: bill",
        "flows.short.steps.ask.keys.1",
        "leads nowhere",
    ),
    "prompt before a queue": (
        "queue: support, priority: 1}",
        "queue: support, prompt: menu} #!",
        "flows.main.steps.dial.extensions.100.prompt",
        "not with `queue`",
    ),
    "prompt before a step": (
        "            go: back",
        "            go: back\n            prompt: menu #!",
        "flows.short.steps.ask.keys.1.prompt",
        "make a step with `say`",
    ),
    "voicemail of nobody": (
        "          1:\n            go: back",
        "          1: #!\n            voicemail: true",
        "flows.short.steps.ask.keys.1",
        "name it",
    ),
    "too many digits": (
        "digits: 4-10",
        "digits: 4-21 #!",
        "flows.main.steps.order.digits",
        "at most 20",
    ),
    "digits backwards": (
        "digits: 4-10",
        "digits: 10-4 #!",
        "flows.main.steps.order.digits",
        "write how many",
    ),
    "extension of letters": (
        "          12:",
        "          x1: ada.agent@contoso.example #!\n          12:",
        "flows.main.steps.dial.extensions.x1",
        "1 to 20 digits",
    ),
    "attribute with a space": (
        "into: order",
        "into: the order #!",
        "flows.main.steps.order.into",
        "a name is",
    ),
    "flow unknown": (
        "enter: short",
        "enter: shrt #!",
        "flows.main.steps.other.enter",
        "did you mean short?",
    ),
    "webhook unknown": (
        "ask: crm",
        "ask: crn #!",
        "flows.main.steps.look.ask",
        "did you mean crm?",
    ),
    "condition about no queue": (
        "queue: support, waiting: 3,",
        "waiting: 3, #!\n              ",
        "flows.main.steps.who.branch[1].when.waiting",
        "of which queue?",
    ),
    "queue without a condition": (
        "{queue: support, waiting: 3, expected_wait: 2m, nobody_there: false}",
        "{queue: support} #!",
        "flows.main.steps.who.branch[1].when.queue",
        "what must hold",
    ),
    "empty condition": (
        "{queue: support, waiting: 3, expected_wait: 2m, nobody_there: false}",
        "{} #!",
        "flows.main.steps.who.branch[1].when",
        "what must hold",
    ),
    "value of no attribute": (
        "attribute: tier, is: [gold, 5]",
        "is: gold",
        "flows.main.steps.who.branch[2].when.is",
        "which attribute",
    ),
    "prefix without country": (
        'prefix: ["+49", "+43"]',
        'prefix: ["030"] #!\n             ',
        "flows.main.steps.who.branch[2].when.prefix",
        "country code",
    ),
    "list unknown": (
        "list: vip",
        "list: vipp #!\n             ",
        "flows.main.steps.who.branch[0].when.list",
        "did you mean vip?",
    ),
    "hours unknown": (
        "list: vip",
        "open: office #!\n             ",
        "flows.main.steps.who.branch[0].when.open",
        "no hours is called",
    ),
    "kind of caller unknown": (
        "caller: [number, internal]",
        "caller: [numbr] #!\n             ",
        "flows.main.steps.who.branch[0].when.caller",
        "did you mean number?",
    ),
    "kind of caller that looks like its opposite": (
        '{prefix: "+7"}',
        "{caller: external} #!",
        "entry_points.main.door[1].when.caller",
        "did you mean internal? known are number, anonymous, internal, guest",
    ),
    "neither queue nor flow": (
        "    flow: main\n",
        "    greeting: menu\n",
        "entry_points.main.queue",
        "name the `queue`",
    ),
    "queue and flow": (
        "    flow: main\n",
        "    flow: main\n    queue: support #!\n",
        "entry_points.main.queue",
        "keep one",
    ),
    "country of three letters": (
        "country: DE",
        "country: GER #!",
        "entry_points.main.country",
        "two letters",
    ),
    "account twice in a list": (
        "[main@contoso.example, second@contoso.example]",
        "[main@contoso.example, MAIN@contoso.example] #!",
        "entry_points.main.account[1]",
        "already",
    ),
    "door without an answer": (
        '        number: "+493012345699"\n',
        "",
        "entry_points.main.door[0].when",
        "one answer",
    ),
    "door that asks what nobody knows": (
        '{prefix: "+7"}',
        "{attribute: tier} #!",
        "entry_points.main.door[1].when",
        "nothing is known",
    ),
    "door with two answers": (
        '{prefix: "+7"}',
        "{caller: guest} #!\n        user: una.user@contoso.example",
        "entry_points.main.door[1].when",
        "one answer",
    ),
    "object key that no phone has": (
        "object_key: 9",
        "object_key: nine #!\n           ",
        "entry_points.main.notice.object_key",
        "known are 0, 1",
    ),
    "wait without a key": (
        "object_key: 9, wait: 2s",
        "wait: 2s #!\n            ",
        "entry_points.main.notice.object_key",
        "missing",
    ),
    "fallback within": (
        '    fallback: {number: "+493012345690"}',
        "    fallback: {queue: support} #!",
        "entry_points.main.fallback",
        "leads out of it",
    ),
    "webhook without TLS": (
        "https://crm",
        "http://crm",
        "webhooks.crm.url",
        "https://",
    ),
    "webhook with a password": (
        "https://crm",
        "https://me:secret@crm",
        "webhooks.crm.url",
        "password",
    ),
    "webhook at a private address": (
        "https://crm.contoso.example",
        "https://10.1.2.3",
        "webhooks.crm.url",
        "private: true",
    ),
    "webhook at the metadata service": (
        "https://crm.contoso.example",
        "https://169.254.169.254",
        "webhooks.crm.url",
        "never asked",
    ),
    "webhook at the metadata service, in other digits": (
        "https://crm.contoso.example",
        "https://１６９.254.169.254",
        "webhooks.crm.url",
        "never asked",
    ),
    "webhook at the metadata service, allowed": (
        "https://crm.contoso.example",
        "https://169.254.169.254\n    private: true",
        "webhooks.crm.url",
        "never asked",
    ),
    "webhook at a number": (
        "https://crm.contoso.example",
        "https://2130706433",
        "webhooks.crm.url",
        "four numbers",
    ),
    "webhook is told what nobody knows": (
        "send: [caller, attributes]",
        "send: [caller, birthday] #!",
        "webhooks.crm.send",
        "not known here",
    ),
    "path of an answer": (
        "tier: customer.tier",
        "tier: customer..tier",
        "webhooks.crm.take",
        "no path",
    ),
    "national number in a list": (
        '    - "+4989*"',
        '    - "089123" #!',
        "caller_lists.vip[1]",
        "country code",
    ),
    "list that is none": (
        '  spam: ["+1900*"]',
        "  spam: {a: b} #!",
        "caller_lists.spam",
        "a list",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_mistake_is_named_with_line_and_key(case: str) -> None:
    old, new, key, part = BAD[case]
    source = SMALL.replace(old, new, 1)
    assert source != SMALL, "nothing replaced"
    marks = [n for n, line in enumerate(source.splitlines(), 1) if line.endswith("#!")]
    found = [p for p in problems(source) if p[1] == "error"]
    assert (found[0][2], part in found[0][3]) == (key, True), found
    if marks:
        assert found[0][0] == marks[0], found


def test_a_bare_star_as_a_key_gets_the_remedy() -> None:
    source = SMALL.replace('"*": repeat', "*: repeat")
    (found,) = problems(source)
    assert "write it in quotes" in found[3]


def test_one_reading_names_every_mistake() -> None:
    source = SMALL
    for case in ("step unknown", "too many digits", "webhook unknown", "national number in a list"):
        old, new, _, _ = BAD[case]
        source = source.replace(old, new, 1)
    assert {p[2] for p in problems(source)} >= {
        BAD[case][2] for case in ("step unknown", "too many digits", "webhook unknown")
    }
