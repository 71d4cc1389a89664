"""What always holds in a flow, whatever the plan says and the caller does, in any order."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import Phase, given, settings
from kit.callback_desk import GERMANY
from kit.flow_desk import FlowDesk, flow, flow_plan
from kit.twin_engine import TwinEngine

from routing.action import Action, ActionKind
from routing.callback_rules import CallbackRules
from routing.commands import AskWebhook, Play
from routing.events import (
    CallEnded,
    CallSeen,
    CommandDone,
    OwnerChanged,
    PlanChanged,
    Problem,
    PromptEnded,
    WebhookAnswered,
)
from routing.facts import FactKind
from routing.flow_steps import (
    Ask,
    Branch,
    Case,
    Collect,
    Condition,
    Enter,
    Flow,
    Goto,
    Menu,
    Note,
    Speak,
    Turn,
    Webhook,
)
from routing.plan import Notice, Plan, Queue
from routing.state import ContactState

FLOWS, STEPS, KEYS = ("main", "b"), ("s0", "s1", "s2", "s3", "s4"), "0123456789*#"
LONG = 4 * 3_600_000
"""More than the bound on steps allows at the slowest."""
CALLBACK = CallbackRules(allowed_prefixes=("+49",), numbering=(GERMANY,))
KINDS = ("speaks", "menus", "collects", "branches", "asks", "notes", "enters")

actions = st.builds(
    Action,
    kind=st.sampled_from(
        [ActionKind.QUEUE, ActionKind.FLOW, ActionKind.DISCONNECT, ActionKind.CALLBACK]
    ),
    ref=st.sampled_from(["sales", *FLOWS]),
)
gotos = st.builds(
    Goto,
    turn=st.sampled_from([Turn.STEP] * 5 + list(Turn)),
    step=st.sampled_from(STEPS),
    action=actions,
    language=st.sampled_from(["", "", "ko"]),
    attributes=st.sampled_from([{}, {"tier": "gold"}]),
    priority=st.sampled_from([0, 0, 1]),
)
conditions = st.sampled_from(
    [
        Condition(attribute="tier", values=("gold",)),
        Condition(languages=("ko",)),
        Condition(queue="sales", waiting_at_least=1),
    ]
)


@st.composite
def steps(draw: st.DrawFn, name: str, kind: str) -> object:
    """One step of a kind, which may lead anywhere."""
    then, otherwise = draw(gotos), draw(gotos)
    match kind:
        case "speaks":
            return Speak(name=name, prompt="plan:p", then=then)
        case "menus":
            keys = draw(st.dictionaries(st.sampled_from(KEYS), gotos, max_size=4))
            return Menu(name=name, prompt="plan:p", keys=keys, otherwise=otherwise)
        case "collects":
            return Collect(
                name=name,
                prompt="plan:p",
                into="account",
                least=2,
                most=4,
                confirm=draw(st.booleans()),
                then=then,
                otherwise=otherwise,
            )
        case "branches":
            case_ = Case(when=draw(conditions), then=then)
            return Branch(name=name, cases=(case_,), otherwise=otherwise)
        case "asks":
            return Ask(name=name, webhook="crm", then=then, otherwise=otherwise)
        case "notes":
            return Note(name=name, then=then)
        case _:
            return Enter(name=name, flow=draw(st.sampled_from(FLOWS)), then=then)


@st.composite
def flows(draw: st.DrawFn, name: str) -> Flow:
    kinds: dict[str, tuple[object, ...]] = {}
    for step in STEPS:
        kind = draw(st.sampled_from(KINDS))
        kinds[kind] = (*kinds.get(kind, ()), draw(steps(step, kind)))
    operator = draw(st.none() | actions)
    return flow(name, start="s0", operator=operator, on_limit=draw(actions), **kinds)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A plan with two flows that lead anywhere, and a queue that sends back into them."""
    queue = Queue(
        name="sales",
        max_wait_ms=draw(st.none() | st.just(60_000)),
        on_max_wait=draw(actions),
        max_length=draw(st.sampled_from([None, 0])),
        on_overflow=draw(actions),
        callback=draw(st.none() | st.just(CALLBACK)),
    )
    notice = draw(st.none() | st.just(Notice(prompt="plan:n", object_key="9", wait_ms=1_000)))
    return flow_plan(
        *(draw(flows(name)) for name in FLOWS),
        queues=(queue,),
        webhooks=(Webhook(name="crm", url="https://crm.contoso.example", send=("attributes",)),),
        entry={"notice": notice, "account": "front@contoso.example"},
    )


ACTS = [*KEYS, "end", "end", "fail", "old", "answer", "problem", "refuse", "wait", "owner", "hang"]
acts = st.lists(st.sampled_from(ACTS) | st.sampled_from(["second plan"]), max_size=25)


class Caller:
    """One caller, and what the platform tells of their call."""

    def __init__(self, plan: Plan, other: Plan) -> None:
        self.other = other
        self.desk = FlowDesk()
        self.desk.engine = TwinEngine(plan, self.desk.engine.state)
        self.desk.give(PlanChanged(plan=plan))
        self.epoch = 1
        self.seniority = 0
        self.look()
        self.desk.arrives()

    def does(self, act: str) -> None:
        desk = self.desk
        contact = desk.contact()
        plays = [c for c in desk.commands if isinstance(c, Play)]
        asked = [c for c in desk.commands if isinstance(c, AskWebhook)]
        match act:
            case "end" | "fail" if contact.playing:
                desk.prompt_ends(ok=act == "end", after=500)
            case "old" if plays:
                desk.give(PromptEnded(call="caller1", context=plays[0].id, ok=False), after=10)
            case "answer" | "problem" if asked:
                tier = {"tier": "gold"} if act == "answer" else {}
                problem = "" if act == "answer" else "timeout"
                one = WebhookAnswered(
                    command=asked[-1].id,
                    call=contact.call,
                    contact=contact.id,
                    values=tier,
                    problem=problem,
                )
                desk.give(one, after=100)
            case "refuse" if plays:
                done = CommandDone(command=plays[-1].id, call=contact.call, problem=Problem.REFUSED)
                desk.give(done)
            case "wait":
                desk.wait(7_000)
            case "owner":
                self.epoch += 1
                desk.give(OwnerChanged(epoch=self.epoch), after=2_000)
                desk.give(CallSeen(call="caller1", state="established"))
            case "hang":
                desk.give(CallEnded(call="caller1", code=200, subcode=4521))
            case "second plan":
                desk.give(PlanChanged(plan=self.other))
            case _ if act in KEYS:
                desk.presses_keys(act, after=300)
            case _:
                pass
        self.look()

    def look(self) -> None:
        """What holds after every event."""
        for contact in self.desk.engine.state.contacts.values():
            self.seniority = max(self.seniority, contact.seniority_at or 0)
            assert contact.seniority_at in (None, self.seniority)
            if contact.state is ContactState.IN_FLOW:
                assert contact.music, "nothing plays behind the prompt"
                assert {"flow", "flow_limit"} & set(contact.timers)
            else:
                assert not {"flow", "flow_limit"} & set(contact.timers)
                assert contact.flow is None or contact.flow.keyed == ""

    def outlives(self) -> bool:
        """Whether the contact is still in a flow, or out of it only for a moment, when nobody has
        done anything for hours."""
        self.desk.wait(LONG)
        found = list(self.desk.engine.state.contacts.values())
        return any(contact.state is ContactState.IN_FLOW for contact in found)


@settings(max_examples=40, phases=(Phase.explicit, Phase.generate))
@given(plan=plans(), other=plans(), acts=acts)
def test_whatever_a_caller_does_in_whatever_flow(plan: Plan, other: Plan, acts: list[str]) -> None:
    caller = Caller(plan, other)
    for act in acts:
        if not caller.desk.engine.state.contacts:
            break
        caller.does(act)
    told = {
        str(value)
        for fact in caller.desk.facts
        if fact.kind is not FactKind.FLOW_NOTED
        for value in fact.detail.values()
        if not isinstance(value, int)
    }
    assert not told & set(KEYS), "a key is in a fact"
    begun, ended = (
        sum(fact.kind is kind for fact in caller.desk.facts)
        for kind in (FactKind.CONTACT_QUEUED, FactKind.CONTACT_LEFT_QUEUE)
    )
    still = sum(each.visiting for each in caller.desk.engine.state.contacts.values())
    assert begun == ended + still, "who was offered to a queue is lost in its sum"


@settings(max_examples=40, phases=(Phase.explicit, Phase.generate))
@given(plan=plans(), acts=acts)
def test_every_flow_ends_when_nobody_does_anything(plan: Plan, acts: list[str]) -> None:
    queue = replace(plan.queues[0], max_wait_ms=None)
    caller = Caller(replace(plan, queues=(queue,)), plan)
    for act in acts:
        if act in KEYS and caller.desk.engine.state.contacts:
            caller.does(act)
    assert not caller.outlives()


ROOT = Path(__file__).parents[2]
WALK = """
import hashlib
from kit.flow_desk import BYE, SALES, FlowDesk, flow, menu, speak, to
from routing.flow_steps import Ask, Collect, Webhook
desk = FlowDesk(
    flow(
        menus=(menu("main", {"1": to("num", attributes={"b": "1", "a": "2"}), "2": SALES}),),
        collects=(Collect(name="num", prompt="plan:n", into="n", then=to("ask"), otherwise=BYE),),
        asks=(Ask(name="ask", webhook="crm", then=SALES, otherwise=to("sorry")),),
        speaks=(speak("sorry", SALES),),
    ),
    webhooks=(Webhook(name="crm", url="https://x.example", send=("attributes", "caller")),),
)
for n in range(1, 9):
    desk.arrives()
    desk.presses_keys("7129#"[: n % 6], number=n)
    desk.wait(9_000)
print(hashlib.sha256(repr((desk.commands, desk.facts, desk.records)).encode()).hexdigest())
"""


def test_a_flow_is_the_same_under_every_hash_seed() -> None:
    def walk(seed: str) -> str:
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
        done = subprocess.run(
            [sys.executable, "-c", WALK], env=env, capture_output=True, text=True, check=True
        )
        return done.stdout

    assert len({walk("0"), walk("1"), walk("77")}) == 1
