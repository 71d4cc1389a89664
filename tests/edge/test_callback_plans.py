"""Callbacks in the plan file: what good ones become, and each mistake with its line and key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from kit.flow_plans import problems, read

from bot.plan_file import read_plan
from bot.plan_file.callback_keys import CALLBACK, CALLBACK_OFFER
from bot.plan_file.json_schema import plan_schema
from bot.plan_file.vocabulary import Kind
from routing.action import Action, ActionKind
from routing.callback_rules import CallbackOffer, CallbackRules
from routing.numbering import is_ordinary

EXAMPLE = Path(__file__).parents[2] / "docs/examples/callback.yaml"
SMALL = """\
tenant: contoso.example
entry_points:
  main:
    account: main@contoso.example
    country: DE
    queue: support
    fallback: {number: "+493012345690"}
queues:
  support:
    members: ada.agent@contoso.example
    max_wait: 10m
    on_max_wait: callback
    callback:
      offer: {key: 7, after_wait: 2m, length: 4, calls_per_agent: 3, expected_wait: 5m}
      prompt: hello
      allowed_prefixes: ["+49", "+4315"]
      other_number: false
      later: [1h, 2h]
      tries: 2
      retry_after: 5m
      ring_for: 20s
      confirm_within: 15s
      expires_after: 6h
      per_day: 1
      otherwise: {number: "+493012345691"}
prompts:
  hello: {say: This is Contoso.}
"""
MINUTE_MS = 60_000


def rules(source: str) -> CallbackRules:
    found = read(source).queues[0].callback
    assert found is not None
    return found


def test_every_key_is_read() -> None:
    assert problems(SMALL) == []
    found = rules(SMALL)
    assert [each.country for each in found.numbering] == ["DE", "AT"]
    assert is_ordinary("+4930123456", found.numbering[0])
    assert found == CallbackRules(
        offer=CallbackOffer(
            key="7",
            after_wait_ms=2 * MINUTE_MS,
            length=4,
            calls_per_agent=3,
            expected_wait_ms=5 * MINUTE_MS,
        ),
        prompt="plan:hello",
        allowed_prefixes=("+49", "+4315"),
        numbering=found.numbering,
        other_number=False,
        in_ms=(60 * MINUTE_MS, 120 * MINUTE_MS),
        tries=2,
        retry_after_ms=5 * MINUTE_MS,
        ring_ms=20_000,
        confirm_ms=15_000,
        expires_after_ms=360 * MINUTE_MS,
        per_day=1,
        otherwise=Action(kind=ActionKind.NUMBER, ref="+493012345691"),
    )


def test_by_itself_it_is_offered_to_everybody_and_the_country_says_who_is_called() -> None:
    plan = read(changed("    callback:", "    callback: true", cut=True))
    assert plan.queues[0].callback == CallbackRules(offer=CallbackOffer())
    home = plan.entry_points[0].numbering
    assert home is not None
    assert (home.code, home.trunk) == ("+49", "0")


def test_the_defaults_in_the_docs_are_those_of_the_plan() -> None:
    written = {
        key.name: key.default for key in CALLBACK if key.default and key.kind is not Kind.ACTION
    }
    lines = "".join(f"      {name}: {value}\n" for name, value in written.items())
    source = changed("    callback:", f"    callback:\n{lines}", cut=True)
    assert rules(source) == CallbackRules()
    (offer,) = [key for key in CALLBACK_OFFER if key.default]
    assert CallbackOffer().key == offer.default


def test_also_without_callbacks_a_missed_caller_can_be_called_in_the_entry_points_country() -> None:
    source = changed("    callback:", "", cut=True).replace("    on_max_wait: callback\n", "")
    numbering = read(source).entry_points[0].numbering
    assert numbering is not None
    assert numbering.country == "DE"


def changed(line: str, instead: str, *, cut: bool = False) -> str:
    """The small plan with one line changed; `cut`: what is indented below it left out too."""
    lines, found, skipping = [], False, False
    for each in SMALL.splitlines():
        if each.startswith(line) and not found:
            lines.append(instead)
            found, skipping = True, cut
        elif skipping and each.startswith("      "):
            continue
        else:
            skipping = False
            lines.append(each)
    assert found, line
    return "\n".join(lines).replace("prompts:\n  hello: {say: This is Contoso.}", "") + "\n"


@pytest.mark.parametrize(
    ("line", "instead", "key", "said"),
    [
        ("      tries", "      tries: 0", "tries", "out of range"),
        ("      tries", "      trys: 2", "trys", "tries"),
        ("      later", "      later: [2h, 1h]", "later", "in order"),
        ("      later", "      later: [1h, 2h, 3h, 4h]", "later", "3 at most"),
        ("      later", "      later: [soon]", "later", "such as 2h"),
        ("      allowed", "      allowed_prefixes: '0049'", "allowed_prefixes", "begins no number"),
        (
            "      allowed",
            "      allowed_prefixes: '+999'",
            "allowed_prefixes",
            "no country's code",
        ),
        ("      offer", "      offer: {key: '#'}", "offer.key", "not known here"),
        ("      offer", "      offer: sometimes", "offer", "a section is expected"),
        ("      other_number", "      other_number: maybe", "other_number", "true or false"),
        ("      otherwise", "      otherwise: callback", "otherwise", "name another target"),
        ("      retry_after", "      retry_after: 5", "retry_after", "not a duration"),
    ],
)
def test_each_mistake_is_named_with_its_line(line: str, instead: str, key: str, said: str) -> None:
    source = SMALL.replace(next(x for x in SMALL.splitlines() if x.startswith(line)), instead)
    number = source.splitlines().index(instead) + 1
    errors = [each for each in problems(source) if each[1] == "error"]
    assert (number, f"queues.support.callback.{key}") in [(at, path) for at, _, path, _ in errors]
    assert any(said in message for *_, message in errors)


def test_nobody_can_be_called_without_prefixes_or_country() -> None:
    source = changed("      allowed_prefixes", "").replace("    country: DE\n", "")
    source = source.replace("      prompt: hello\n", "")
    (error,) = [each for each in problems(source) if each[1] == "error"]
    assert error[2] == "queues.support.callback.allowed_prefixes"
    assert "country" in error[3]


def test_an_action_leads_only_to_a_queue_that_calls_back() -> None:
    source = changed("    callback:", "", cut=True)
    (error,) = [each for each in problems(source) if each[1] == "error"]
    assert error[2] == "queues.support.on_max_wait"
    assert "add `callback:` to it" in error[3]


@pytest.mark.parametrize(
    ("key", "where"),
    [
        ("on_closed: callback", "on_closed"),
        ("no_agent: {action: callback}", "no_agent.action"),
        ("keys: {5: callback}", "keys.5"),
        ("on_overflow: callback", "on_overflow"),
    ],
)
def test_wherever_a_queue_leads_to_a_callback_that_queue_must_call_back(
    key: str, where: str
) -> None:
    sales = f"  sales:\n    members: ada.agent@contoso.example\n    {key}\nprompts:"
    found = problems(SMALL.replace("prompts:", sales, 1))
    errors = {at: said for _, severity, at, said in found if severity == "error"}
    assert errors[f"queues.sales.{where}"].startswith("queue sales calls nobody back")


def test_an_offer_that_comes_after_the_longest_wait_is_of_no_use() -> None:
    source = SMALL.replace("max_wait: 10m", "max_wait: 1m")
    (warning,) = problems(source)
    assert warning[1:3] == ("warning", "queues.support.callback.offer.after_wait")


def test_the_example_has_no_problem_and_fits_the_schema() -> None:
    reading = read_plan(EXAMPLE.read_bytes(), "callback.yaml", EXAMPLE.parent)
    assert reading.problems == ()
    schema = Draft202012Validator(plan_schema())
    good = {"callback": True}
    bad = {"callback": {"tries": "often"}}
    document = {
        "tenant": "contoso.example",
        "entry_points": {"main": {"account": "a@contoso.example", "queue": "support"}},
        "queues": {"support": {"members": "ada@contoso.example"}},
    }
    for part, valid in ((good, True), (bad, False)):
        told = json.loads(json.dumps(document))
        told["queues"]["support"] |= part
        assert schema.is_valid(told) == valid


@pytest.mark.parametrize("kind", [ActionKind.VOICEMAIL, ActionKind.CALLBACK])
def test_true_among_a_queues_own_actions_is_that_queues_team(kind: ActionKind) -> None:
    """Also where the caller has not joined it: full, closed, nobody there."""
    word = f"{{{kind.value}: true}}"
    source = SMALL.replace("    on_max_wait: callback\n", "").replace(
        "    max_wait: 10m\n",
        f"    max_wait: 10m\n    on_max_wait: {word}\n    max_length: 5\n    on_overflow: {word}\n"
        f"    on_closed: {word}\n    keys: {{9: {word}}}\n    no_agent: {{action: {word}}}\n",
    )
    if kind is ActionKind.VOICEMAIL:
        source = source.replace('otherwise: {number: "+493012345691"}', f"otherwise: {word}")
    (queue,) = read(source).queues
    own = Action(kind=kind, ref="support")
    assert (queue.on_max_wait, queue.on_overflow, queue.on_closed) == (own, own, own)
    assert queue.keys == {"9": own}
    assert queue.no_agent is not None
    assert queue.no_agent.action == own
    assert queue.callback is not None
    if kind is ActionKind.VOICEMAIL:
        assert queue.callback.otherwise == own


def test_a_queue_that_is_named_keeps_its_name() -> None:
    source = SMALL.replace(
        "    on_max_wait: callback\n",
        "    on_max_wait: callback\n    on_closed: {voicemail: other}\n",
    ).replace(
        "prompts:", "  other:\n    members: ben.agent@contoso.example\n    voicemail: {}\nprompts:"
    )
    assert read(source).queues[0].on_closed == Action(kind=ActionKind.VOICEMAIL, ref="other")
    assert read(source).queues[0].on_max_wait == Action(kind=ActionKind.CALLBACK, ref="support")


@pytest.mark.parametrize(
    ("offer", "key", "at"),
    [
        ("{key: 7}", "7", "      offer"),
        ("{after_wait: 2m}", "1", "      offer"),
        ("true", "1", "      offer"),
    ],
)
def test_the_offers_key_has_no_second_meaning(offer: str, key: str, at: str) -> None:
    ways = f"    keys:\n      {key}: disconnect\n"
    source = "".join(
        f"      offer: {offer}\n" if line.startswith("      offer") else line
        for line in SMALL.replace("    max_wait: 10m\n", f"    max_wait: 10m\n{ways}").splitlines(
            True
        )
    )
    (error,) = [each for each in problems(source) if each[1] == "error"]
    lines = source.splitlines()
    offered = next(n for n, line in enumerate(lines, 1) if line.startswith(at))
    assert lines[error[0] - 1] == f"      {key}: disconnect"
    assert error[2] == f"queues.support.keys.{key}"
    assert f"(line {offered})" in error[3]
    assert "take another key here" in error[3]


@pytest.mark.parametrize(
    "ways",
    ["{7: callback}", "{7: {callback: true}}", "{7: {callback: support}}", "{8: disconnect}"],
)
def test_the_offers_key_may_stand_for_the_same_callback_and_others_for_anything(ways: str) -> None:
    source = SMALL.replace("    max_wait: 10m\n", f"    max_wait: 10m\n    keys: {ways}\n")
    assert [each for each in problems(source) if each[1] == "error"] == []
