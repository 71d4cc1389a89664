"""What only all flows together can show: rounds without an act, unreached steps, missing words."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kit.flow_plans import SMALL, problems

HEAD = """\
tenant: contoso.example
entry_points:
  main: {account: main@contoso.example, flow: a, fallback: {number: "+493012345690"}}
queues:
  support: {members: [ada.agent@contoso.example]QUEUE}
prompts:
  p: {say: Hello}
flows:
"""


def plan(flows: str, queue: str = "") -> str:
    return HEAD.replace("QUEUE", queue) + flows


def errors(source: str) -> list[tuple[str, str]]:
    return [(key, message) for _, severity, key, message in problems(source) if severity == "error"]


def keys(source: str) -> list[str]:
    return [key for key, _ in errors(source)]


ROUNDS = {
    "a step that leads to itself": (
        "  a: {steps: {x: {say: p, then: x}}}\n",
        "",
        "flows.a.steps.x.then",
    ),
    "two steps": (
        "  a: {steps: {x: {say: p, then: y}, y: {say: p, then: x}}}\n",
        "",
        "flows.a.steps.y.then",
    ),
    "a menu that nobody presses a key in": (
        "  a: {steps: {x: {menu: p, keys: {1: disconnect}, otherwise: x}}}\n",
        "",
        "flows.a.steps.x.otherwise",
    ),
    "a menu that repeats itself": (
        "  a: {steps: {x: {menu: p, keys: {1: disconnect}, otherwise: repeat}}}\n",
        "",
        "flows.a.steps.x.otherwise",
    ),
    "back from the first menu": (
        "  a: {steps: {x: {menu: p, keys: {1: disconnect}, otherwise: back}}}\n",
        "",
        "flows.a.steps.x.otherwise",
    ),
    "back over a step in between": (
        (
            "  a: {steps: {x: {menu: p, keys: {1: disconnect}, otherwise: y}, "
            "y: {say: p, then: back}}}\n"
        ),
        "",
        "flows.a.steps.y.then",
    ),
    "a question to a webhook": (
        (
            "  a: {steps: {x: {ask: w, then: disconnect, otherwise: x}}}\n"
            "webhooks: {w: {url: 'https://crm.contoso.example'}}\n"
        ),
        "",
        "flows.a.steps.x.otherwise",
    ),
    "two flows": (
        (
            "  a: {steps: {x: {say: p, then: {flow: b}}}}\n"
            "  b: {steps: {y: {say: p, then: {flow: a}}}}\n"
        ),
        "",
        "flows.b.steps.y.then",
    ),
    "a flow that enters itself": (
        "  a: {steps: {x: {enter: a, then: disconnect}}}\n",
        "",
        "flows.a.steps.x.enter",
    ),
    "a flow that is entered again and again": (
        "  a: {steps: {x: {enter: b, then: x}}}\n  b: {steps: {y: {say: p, then: return}}}\n",
        "",
        "flows.a.steps.x.then",
    ),
    "a full queue's overflow": (
        "  a: {steps: {x: {say: p, then: {queue: support}}}}\n",
        ", max_length: 5, on_overflow: {flow: a}",
        "queues.support.on_overflow",
    ),
    "the operator of whom nobody asked": (
        "  a: {operator: {flow: a}, steps: {x: {menu: p, keys: {1: disconnect}}}}\n",
        "",
        "flows.a.steps.x.otherwise",
    ),
    "back into the menu of another flow": (
        (
            "  a: {steps: {x: {menu: p, keys: {1: disconnect}, otherwise: {flow: b}}}}\n"
            "  b: {steps: {y: {menu: p, keys: {1: disconnect}, otherwise: back}}}\n"
        ),
        "",
        "flows.b.steps.y.otherwise",
    ),
    "a limit that begins again": (
        "  a: {on_limit: {flow: a}, steps: {x: {say: p, then: disconnect}}}\n",
        "",
        "flows.a.on_limit",
    ),
}


@pytest.mark.parametrize("case", ROUNDS)
def test_a_round_that_goes_on_by_itself_is_an_error(case: str) -> None:
    flows, queue, key = ROUNDS[case]
    found = errors(plan(flows, queue))
    assert [each for each, _ in found] == [key], found
    assert "round without end" in found[0][1]


def test_the_round_is_named_step_by_step() -> None:
    flows, _, _ = ROUNDS["two steps"]
    assert "(a/x -> a/y -> a/x)" in errors(plan(flows))[0][1]


NO_ROUNDS = {
    "a key leads back": (
        "  a: {steps: {x: {menu: p, keys: {1: repeat, 2: x}, otherwise: disconnect}}}\n"
    ),
    "digits lead back": (
        "  a: {steps: {x: {collect: p, into: n, then: x, otherwise: disconnect}}}\n"
    ),
    "back after a key": (
        "  a: {steps: {x: {menu: p, keys: {1: y}, otherwise: disconnect}, "
        "y: {say: p, then: back}}}\n"
    ),
    "one flow entered by two that go on to each other's": (
        "  a: {steps: {x: {enter: c, then: {queue: support}}, }}\n"
        "  b: {steps: {x: {enter: c, then: {flow: a}}}}\n"
        "  c: {steps: {y: {say: p, then: return}}}\n"
    ),
    "a flow that returns only after a key": (
        "  a: {steps: {x: {enter: b, then: x}}}\n"
        "  b: {steps: {y: {menu: p, keys: {1: return}, otherwise: disconnect}}}\n"
    ),
    "a flow left for good does not return": (
        "  a: {steps: {x: {enter: b, then: x}}}\n"
        "  b: {steps: {y: {say: p, then: {flow: c}}}}\n"
        "  c: {steps: {z: {say: p, then: return}}}\n"
    ),
    "a flow that never returns": (
        "  a: {steps: {x: {enter: b, then: x}}}\n  b: {steps: {y: {say: p, then: disconnect}}}\n"
    ),
}


@pytest.mark.parametrize("case", NO_ROUNDS)
def test_what_takes_an_act_or_ends_is_no_round(case: str) -> None:
    assert keys(plan(NO_ROUNDS[case])) == []


def test_waiting_in_between_is_no_round() -> None:
    flows = "  a: {steps: {x: {say: p, then: {queue: support}}}}\n"
    assert keys(plan(flows, ", max_wait: 5m, on_max_wait: {flow: a}")) == []


@pytest.mark.parametrize(
    ("flows", "unreached"),
    [
        ("  a: {steps: {x: {say: p, then: disconnect}, y: {say: p, then: disconnect}}}\n", ["y"]),
        (
            (
                "  a: {steps: {x: {say: p, then: disconnect}, y: {say: p, then: z}, "
                "z: {say: p, then: x}}}\n"
            ),
            ["y", "z"],
        ),
        ("  a: {start: y, steps: {x: {say: p, then: y}, y: {say: p, then: disconnect}}}\n", ["x"]),
    ],
)
def test_a_step_that_nobody_reaches_is_an_error(flows: str, unreached: list[str]) -> None:
    found = errors(plan(flows))
    assert [key for key, _ in found] == [f"flows.a.steps.{name}" for name in unreached]
    assert all("callers never come here" in message for _, message in found)


def test_spare_flows_lists_and_webhooks_are_only_warned_of() -> None:
    source = plan(
        "  a: {steps: {x: {say: p, then: {queue: support}}}}\n"
        "  b: {steps: {x: {say: p, then: disconnect}}}\n"
        "caller_lists: {vip: ['+491*']}\nwebhooks: {w: {url: 'https://crm.contoso.example'}}\n"
    )
    assert [(severity, key) for _, severity, key, _ in problems(source)] == [
        ("warning", "flows.b"),
        ("warning", "caller_lists.vip"),
        ("warning", "webhooks.w"),
    ]


def test_a_queue_that_only_a_flow_leads_to_is_no_spare_one() -> None:
    flows = "  a: {steps: {x: {say: p, then: {queue: support}}}}\n"
    assert problems(plan(flows)) == []


def test_key_0_leads_to_the_operator_of_the_flow_that_entered_this_one() -> None:
    source = plan(
        "  a: {operator: {flow: c}, steps: {x: {enter: b, then: {queue: support}}}}\n"
        "  b: {steps: {y: {menu: p, keys: {1: {language: ko, go: z}}, otherwise: return}, "
        "z: {menu: q, keys: {1: return}, otherwise: disconnect}}}\n"
        "  c: {steps: {w: {say: p, then: disconnect}}}\n"
    ).replace("prompts:\n  p: {say: Hello}\n", TWO)
    assert keys(source) == ["flows.c.steps.w.say"]


LANGUAGE_MENU = (
    "  a: {{steps: {{x: {{menu: p, keys: {{1: {{language: ko, go: y}}, 2: z}}, otherwise: z}}, "
    "y: {{say: {y}, then: {{disconnect: true, prompt: {end}}}}}, "
    "z: {{say: p, then: disconnect}}}}}}\n"
)
TWO = "prompts:\n  p: {say: Hello}\n  q: {say: {en: Hello, ko: 안녕하세요}}\n"


def languages(y: str, end: str) -> list[tuple[str, str]]:
    source = plan(LANGUAGE_MENU.format(y=y, end=end))
    return errors(source.replace("prompts:\n  p: {say: Hello}\n", TWO))


def test_a_prompt_needs_words_in_the_language_that_its_hearers_chose_and_only_there() -> None:
    assert languages("q", "q") == []
    ((key, message),) = languages("p", "q")
    assert key == "flows.a.steps.y.say"
    assert "prompt p has no words in ko" in message
    ((key, message),) = languages("q", "p")
    assert key == "flows.a.steps.y.then.prompt"
    assert "ko" in message


def test_a_language_chosen_in_a_flow_of_its_own_counts_where_that_flow_was_entered() -> None:
    flows = (
        "  a: {steps: {x: {enter: c, then: y}, y: {say: p, then: disconnect}}}\n"
        "  b: {steps: {x: {enter: d, then: y}, y: {say: p, then: disconnect}}}\n"
        "  c: {steps: {x: {menu: p, keys: {1: {language: ko, go: return}}, otherwise: return}}}\n"
        "  d: {steps: {x: {menu: p, keys: {1: return}, otherwise: return}}}\n"
    )
    source = plan(flows).replace(
        "queues:",
        "  second: {account: b@contoso.example, flow: b, fallback: {number: '+493012345690'}}\n"
        "queues:",
    )
    assert keys(source) == ["flows.a.steps.y.say"]


def test_a_notice_is_spoken_in_every_language_that_callers_may_have_before_the_queue() -> None:
    source = SMALL.replace("notice: {prompt: menu", "notice: {prompt: told", 1)
    source = source.replace("prompts:\n", "prompts:\n  told: {say: This call is recorded.}\n")
    ((key, message),) = errors(source)
    assert key == "entry_points.main.notice.prompt"
    assert "ko" in message


def test_what_comes_after_an_invitation_cannot_be_an_account_without_a_number() -> None:
    flows = (
        "  a: {steps: {x: {say: p, then: {queue: support}}}}\n"
        "  late: {steps: {x: {menu: p, keys: {1: {account: aa@contoso.example}}, "
        "otherwise: disconnect}}}\n"
    )
    queue = ", delivery: group_call, max_wait: 5m, on_max_wait: {flow: late}"
    ((key, message),) = errors(plan(flows, queue))
    assert key == "flows.late.steps.x.keys.1"
    assert "8523" in message
    with_number = flows.replace("aa@contoso.example", "aa@contoso.example, number: '+4930123456'")
    assert keys(plan(with_number, queue)) == []
    assert keys(plan(flows, queue.replace("group_call", "consult"))) == []


# -- against a walk ------------------------------------------------------------------------------

NAMES = ("s0", "s1", "s2", "s3", "s4")
TARGETS = st.sampled_from((*NAMES, "disconnect", "back", "repeat"))
STEP = st.one_of(
    st.builds(lambda to: {"say": "p", "then": to}, TARGETS),
    st.builds(lambda key, to: {"menu": "p", "keys": {"1": key}, "otherwise": to}, TARGETS, TARGETS),
    st.builds(
        lambda one, to: {"branch": [{"when": {"caller": "number"}, "go": one}], "otherwise": to},
        st.sampled_from((*NAMES, "back", "repeat")),
        TARGETS,
    ),
)
MOST = 60


def _silent_ends(steps: dict[str, dict[str, object]]) -> bool:
    """Whether somebody who never presses a key comes to an end, whatever the branches say.

    They begin anywhere that anybody can be, with the menus behind them that they may have passed:
    a walk over all of it, by hand.
    """
    seen: set[tuple[str, str]] = set()
    todo = [(NAMES[0], "")]
    places: set[tuple[str, str]] = set()
    while todo:  # everywhere that somebody can be who does press keys
        here, before = todo.pop()
        if (here, before) in places or here not in steps:
            continue
        places.add((here, before))
        todo += [_next(steps, here, before, to) for to in _ways(steps[here], pressing=True)]
    return not any(_goes_round(steps, place, seen, ()) for place in sorted(places))


def _ways(step: dict[str, object], *, pressing: bool) -> list[str]:
    found = [str(step.get("then") or step.get("otherwise"))]
    cases = step.get("branch")
    if isinstance(cases, list):
        found += [str(case["go"]) for case in cases]
    pressed = step.get("keys")
    if pressing and isinstance(pressed, dict):
        found += [str(to) for to in pressed.values()]
    return found


def _next(steps: dict[str, dict[str, object]], here: str, before: str, to: str) -> tuple[str, str]:
    after = here if "menu" in steps[here] else before
    if to == "repeat":
        return here, before
    if to == "back":
        return (before or here), ""
    return to, after


def _goes_round(
    steps: dict[str, dict[str, object]],
    place: tuple[str, str],
    done: set[tuple[str, str]],
    path: tuple[tuple[str, str], ...],
) -> bool:
    if place in path or len(path) > MOST:
        return True
    here, before = place
    if place in done or here not in steps:
        return False
    ahead = [_next(steps, here, before, to) for to in _ways(steps[here], pressing=False)]
    if any(_goes_round(steps, each, done, (*path, place)) for each in ahead):
        return True
    done.add(place)
    return False


@settings(max_examples=300)
@given(st.fixed_dictionaries(dict.fromkeys(NAMES, STEP)))
def test_a_flow_without_a_complaint_ends_for_whoever_does_nothing(
    steps: dict[str, dict[str, object]],
) -> None:
    source = plan("  a: " + json.dumps({"start": "s0", "steps": steps}) + "\n")
    said_round = any("round without end" in message for _, message in errors(source))
    unreached = any("callers never come here" in message for _, message in errors(source))
    if not said_round and not unreached:
        assert _silent_ends(steps)
