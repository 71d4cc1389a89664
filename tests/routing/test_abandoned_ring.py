"""A caller leaves while an agent's phone rings by an invitation: it may ring on, or not.

Nothing but the platform's word on the invitation tells the two apart, so until it comes the agent
is offered nobody; what else shortens that is here.
"""

from __future__ import annotations

from kit.floor_desk import Desk, plan

from routing.action import Action, ActionKind
from routing.agent import FALLS_SILENT_MS
from routing.commands import Invite
from routing.events import (
    CallEnded,
    CallSeen,
    InviteEnded,
    Problem,
    RosterChanged,
    RosterEntry,
)
from routing.matching import closed_by
from routing.offer import INVITATION_GRACE_MS
from routing.plan import AbandonedRing, Delivery, Queue
from routing.state import AgentState, OfferState, Outcome
from routing.word_events import (
    AgentSet,
)

BOT = RosterEntry(participant="p-bot", kind="bot", id="app")
CALLER = RosterEntry(participant="p-caller", kind="phone", id="+4930123456")
TO_NUMBER = Action(kind=ActionKind.NUMBER, ref="+49303")
PLEASE_HOLD = Action(kind=ActionKind.NUMBER, ref="+49303", prompt="plan:please_hold")


def group(agents: int = 1, **queue: object) -> Desk:
    fields = {"delivery": Delivery.GROUP_CALL, **queue}
    return Desk(plan(Queue(name="sales", **fields)), agents=agents)  # type: ignore[arg-type]


def abandoned(abandoned_ring: AbandonedRing = AbandonedRing.HOLD) -> tuple[Desk, Invite]:
    """A caller hung up 3 s after an agent's phone began to ring by an invitation."""
    desk = group(abandoned_ring=abandoned_ring)
    desk.arrives()
    invite = desk.invited()
    desk.give(CallEnded(call="caller1", code=200, subcode=4521), after=3_000)
    desk.arrives()
    return desk, invite


def test_whose_phone_may_still_ring_is_offered_nobody_and_says_why() -> None:
    desk, _ = abandoned()
    queue = desk.engine.plan.queues[0]
    assert closed_by(desk.agent(), queue) == "may still ring"
    desk.wait(71_999)
    assert desk.count(Invite) == 1
    desk.present()
    desk.wait(1 + FALLS_SILENT_MS)
    assert closed_by(desk.agent(), queue) != "may still ring"
    assert desk.count(Invite) == 2


def test_the_end_of_an_invitation_counts_although_its_call_is_over() -> None:
    desk, invite = abandoned()
    desk.give(InviteEnded(call="caller1", context=invite.id, ok=False), after=50)
    assert desk.agent().may_ring == ""
    desk.wait(FALLS_SILENT_MS)
    assert desk.count(Invite) == 2, "nothing is held against the agent"


def test_the_end_of_an_invitation_told_before_that_of_its_call_rings_nobody_for_a_dead_call() -> (
    None
):
    desk = group(2)
    desk.arrives()
    invite = desk.invited()
    desk.give(InviteEnded(call="caller1", context=invite.id, ok=False, ending="failed"))
    second = desk.last(Invite)
    desk.ok(second, problem=Problem.GONE)
    desk.give(CallEnded(call="caller1", code=200, subcode=4521))
    assert not desk.engine.wants(second.call, second.id)
    assert desk.contact().outcome is Outcome.ABANDONED


def test_an_agent_invited_to_a_call_that_is_gone_is_free_when_that_is_known() -> None:
    desk = group()
    desk.arrives()
    desk.ok(desk.last(Invite), problem=Problem.GONE)
    desk.give(CallSeen(call="caller1", state="gone"))
    assert desk.contact().outcome is Outcome.ABANDONED
    assert desk.agent().state is AgentState.IDLE


def test_an_invitation_refused_for_a_call_that_lives_goes_to_the_next_agent() -> None:
    desk = group(2)
    desk.arrives()
    desk.ok(desk.last(Invite), problem=Problem.GONE)
    desk.give(CallSeen(call="caller1", state="established", people=(BOT, CALLER)))
    desk.present()
    desk.wait(5_000)
    assert desk.agent().back_off == "failed"
    assert desk.agent("a1").state is AgentState.RESERVED


def test_a_target_invited_to_a_call_that_is_gone_is_asked_about() -> None:
    desk = group(max_wait_ms=10_000, on_max_wait=TO_NUMBER)
    desk.arrives()
    desk.invited()
    desk.wait(10_000)
    desk.ok(desk.last(Invite), problem=Problem.GONE)
    desk.give(CallSeen(call="caller1", state="gone"))
    assert desk.contact().end_reason == "caller hung up"


def test_where_phones_stop_with_the_call_the_agent_is_free_five_seconds_later() -> None:
    desk, invite = abandoned(AbandonedRing.TRUST)
    desk.wait(INVITATION_GRACE_MS - 1)
    assert desk.agent().state is AgentState.RESERVED
    desk.present()
    desk.wait(1 + FALLS_SILENT_MS)
    assert desk.count(Invite) == 2
    desk.give(InviteEnded(call="caller1", context=invite.id, ok=False))
    assert desk.agent().state is AgentState.RESERVED, "for the second caller"
    assert desk.agent().may_ring == ""


def test_trust_makes_no_agent_wait_longer() -> None:
    desk = group(abandoned_ring=AbandonedRing.TRUST)
    desk.arrives()
    desk.invited()
    desk.wait(74_000)
    desk.give(CallEnded(call="caller1", code=200, subcode=4521))
    desk.wait(1_000)
    assert desk.agent().state is AgentState.IDLE


def test_trust_says_nothing_of_a_call_that_goes_on() -> None:
    desk = group(max_wait_ms=10_000, on_max_wait=PLEASE_HOLD, abandoned_ring=AbandonedRing.TRUST)
    desk.arrives()
    desk.invited()
    desk.wait(40_000)
    assert desk.agent().may_ring == "rescinded"


def test_the_agents_word_ends_what_nobody_else_can_know() -> None:
    desk, _ = abandoned()
    desk.give(AgentSet(agent="a0", ready=True))
    desk.wait(FALLS_SILENT_MS)
    assert desk.count(Invite) == 2


def test_the_agents_word_ends_no_ring_of_a_caller_who_is_still_there() -> None:
    desk = group(max_wait_ms=10_000, on_max_wait=PLEASE_HOLD)
    desk.arrives()
    desk.invited()
    desk.wait(10_000)
    desk.give(AgentSet(agent="a0", ready=True))
    assert desk.agent().may_ring == "rescinded"


def test_who_joins_late_and_wins_is_not_said_to_be_ringing() -> None:
    desk = group(max_wait_ms=10_000)
    desk.arrives()
    desk.invited()
    desk.wait(10_000)
    agent = RosterEntry(participant="p-a0", kind="user", id="a0")
    desk.give(RosterChanged(call="caller1", people=(BOT, CALLER, agent)))
    assert closed_by(desk.agent(), desk.engine.plan.queues[0]) == "on contact"


def test_an_agent_who_picks_up_an_invitation_of_a_call_that_is_over_is_let_go() -> None:
    desk = group()
    desk.arrives()
    invite = desk.invited()
    desk.give(CallEnded(call="caller1", code=200, subcode=4521))
    assert desk.agent().state is AgentState.RESERVED
    desk.give(InviteEnded(call="caller1", context=invite.id, ok=True), after=3_000)
    offer = next(iter(desk.engine.state.offers.values()))
    assert offer.state is OfferState.ENDED
    assert desk.agent().state is AgentState.IDLE
