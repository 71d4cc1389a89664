"""Why this agent and not the others, from facts."""

import pytest
from kit.floor_desk import Desk, plan
from kit.past_facts import AT, past, stored

from console.past import PastFact
from console.timeline import timeline
from console.why import ContactWhy, closed_by, explain, explain_agent
from routing.commands import HangUp
from routing.events import (
    CallEnded,
)
from routing.matching import AVAILABLE
from routing.matching import closed_by as matching_closed_by
from routing.plan import Delivery, Preset, Queue, Rule
from routing.presence import Presence
from routing.state import Agent, AgentState
from routing.word_events import (
    AcceptedByCard,
    AgentSet,
    DeclinedByCard,
    DoneByCard,
)

ADA, BEN, CHLOE = (f"{name}.agent@contoso.example" for name in ("ada", "ben", "chloe"))


def offer(**changes: object) -> PastFact:
    detail: dict[str, object] = {
        "contact": "1-1",
        "agent": "id-of-ada",
        "queue": "support",
        "offer": "1-6",
        "delivery": "consult",
        "rule": "longest_idle",
        "upn": ADA,
        "value": AT - 140_000,
        "following": [{"upn": BEN, "value": AT - 12_000}],
        "rest": {"wrap up": 2, "presence: busy": 1},
        "waiting": 3,
        "also": ["sales"],
    }
    return past("offer.created", 5, **(detail | changes))


def story(*facts: PastFact) -> ContactWhy:
    return explain("1-1", facts)


def test_an_offer_is_told_whole() -> None:
    ended = past(
        "offer.ended", 9, AT + 18_400, contact="1-1", agent="id-of-ada", offer="1-6",
        outcome="no_answer",
    )  # fmt: skip
    assert story(offer(), ended).sentences() == [
        (
            f"14:03:22.0: offered to {ADA} from queue support by rule longest idle: "
            "idle for 2 min 20 s."
        ),
        f"Next in order: {BEN} (idle for 12 s).",
        "Not available: presence busy (1), wrap up (2).",
        "3 contacts were waiting, this one first.",
        "The agent was free for sales too; this contact went first.",
        "It ended after 18 s: no answer.",
    ]


def test_what_made_the_contact_the_first_of_the_agents_queues_is_told() -> None:
    told = story(offer(priority=2, seniority_ms=95_000, weight=3)).sentences()
    assert told[4] == (
        "The agent was free for sales too; this contact went first: "
        "waited 1 min 35 s, priority 2, weight 3."
    )


def test_rules_that_follow_the_list_tell_the_place() -> None:
    told = story(
        offer(rule="round_robin", value=4, following=[{"upn": BEN, "value": 0}], rest={}, also=[])
    ).sentences()
    assert told[0].endswith("by rule round robin: place 5 in the list.")
    assert told[1] == f"Next in order: {BEN} (place 1 in the list)."


def test_nobody_else_was_available() -> None:
    told = story(offer(following=[], rest={"not ready": 4}, waiting=1, also=[])).sentences()
    assert told[1:] == [
        "Nobody else was available.",
        "Not available: not ready (4).",
        "The offer is under way.",
    ]


def test_those_beyond_the_next_five_are_counted() -> None:
    told = story(offer(rest={"available, later in order": 7})).sentences()
    assert "7 more were available, later in order." in told
    assert not any("Not available" in sentence for sentence in told)


def test_a_contact_without_offers_says_why() -> None:
    queued = past("contact.queued", 2, contact="1-1", queue="support")
    ended = past("contact.ended", 3, contact="1-1", outcome="abandoned", reason="caller left")
    assert "no agent of the queue has been available" in story(queued).note
    assert story(queued, ended).note == (
        "Nobody was offered this contact. The contact ended at 2026-03-01 14:03:22 UTC: "
        "abandoned (caller left)."
    )
    assert story().note == "Nothing is known of this contact."
    assert story(past("contact.arrived")).note == "The contact has not come to a queue yet."


def offer_fact(kind: str, place: int, after_ms: int, **detail: object) -> PastFact:
    return past(kind, place, AT + after_ms, contact="1-1", agent="id-of-ada", offer="1-6", **detail)


def test_an_offer_that_ended_with_its_talk_says_when_it_was_accepted() -> None:
    accepted = offer_fact("offer.accepted", 7, 1_300)
    connected = past("contact.connected", 8, AT + 20_000, contact="1-1", agent="id-of-ada")
    ended = offer_fact("offer.ended", 9, 51_000, outcome="accepted")
    told = story(offer(), accepted, connected, ended).offers[0]
    assert (
        told.sentences()[-1] == "It was accepted after 1.3 s, and ended with the talk after 51 s."
    )
    assert (told.accepted_at, told.ended_at) == (AT + 1_300, AT + 51_000)
    assert story(offer(), accepted).offers[0].sentences()[-1] == "It was accepted after 1.3 s."


def test_a_callback_whose_customer_was_not_reached_was_accepted_all_the_same() -> None:
    accepted = offer_fact("offer.accepted", 7, 1_300)
    ended = offer_fact("offer.ended", 9, 51_000, outcome="not_reached")
    told = story(offer(), accepted, ended).offers[0].sentences()[-1]
    assert told == "It was accepted after 1.3 s, and ended after 51 s: not reached."


def test_a_blind_transfer_is_accepted_by_its_connection() -> None:
    connected = past("contact.connected", 8, AT + 4_000, contact="1-1", agent="id-of-ada")
    told = story(offer(delivery="transfer"), connected)
    assert (told.offers[0].outcome, told.offers[0].ended_at) == ("accepted", AT + 4_000)


def state(**changes: object) -> PastFact:
    detail: dict[str, object] = {
        "agent": "id-of-chloe",
        "upn": CHLOE,
        "state": "idle",
        "ready": True,
        "not_ready_reason": "",
        "presence": "available",
        "back_off": "",
        "idle_since": AT - 5_000,
    }
    return past("agent.changed", 4, AT - 60_000, **(detail | changes))


def about(upn: str, then: PastFact | None, **changes: object) -> tuple[str, str, str]:
    told = explain_agent(
        upn,
        story(offer(**changes)).offers[0],
        then,
        queues=("support",),
        preset=Preset.STRICT,
    )
    return told.verdict, told.reason, told.sentence.partition(": ")[2]


def test_the_chosen_one() -> None:
    assert about(ADA.upper(), None)[0] == "chosen"


def test_the_next_in_order() -> None:
    assert about(BEN, state()) == (
        "following",
        "",
        f"{BEN} was available and next in order (idle for 12 s, {ADA} for 2 min 20 s).",
    )


@pytest.mark.parametrize(
    ("then", "reason", "words"),
    [
        ({"state": "wrap_up"}, "wrap up", "wrap up, for 1 min 0 s (presence available)"),
        ({"state": "on_contact", "presence": "in a call"}, "on contact", "on contact"),
        ({"state": "reserved"}, "reserved", "reserved"),
        (
            {"state": "reserved", "may_ring": "canceled"},
            "may still ring",
            (
                "reserved: their phone may still ring from a call that is over, for 1 min 0 s "
                "(presence available)"
            ),
        ),
        ({"state": "not_responding"}, "not responding", "not responding"),
        ({"ready": False, "not_ready_reason": "lunch"}, "not ready", "not ready (lunch)"),
        ({"back_off": "declined"}, "back-off: declined", "back-off: declined"),
        ({"presence": "busy"}, "presence: busy", "presence: busy"),
        ({"presence": "levitating"}, "presence: levitating", "presence: levitating"),
    ],
)
def test_what_closed_the_gate(then: dict[str, object], reason: str, words: str) -> None:
    verdict, told, sentence = about(CHLOE, state(**then))
    assert (verdict, told) == ("closed", reason)
    assert sentence.startswith(f"{CHLOE} was not available: {words}")


def test_available_and_later_in_order() -> None:
    assert about(CHLOE, state()) == (
        "later",
        "",
        f"{CHLOE} was available, but later in order: idle for 5.0 s, {ADA} for 2 min 20 s.",
    )


def test_nobody_knew_the_agent_yet() -> None:
    assert about(CHLOE, None)[0] == "unknown"


def test_an_agent_of_another_queue() -> None:
    first = story(offer()).offers[0]
    told = explain_agent(CHLOE, first, state(), queues=("sales",), preset=Preset.STRICT)
    assert (told.verdict, told.sentence) == (
        "not_a_member",
        f"14:03:22.0: {CHLOE} is no member of queue support.",
    )


def test_the_gate_is_that_of_matching() -> None:
    for preset in Preset:
        queue = Queue(name="support", presence=preset)
        for agent_state in AgentState:
            for presence in Presence:
                for ready, back_off, may_ring, needs, opted_out in (
                    (True, "", "", "", []),
                    (False, "", "", "", []),
                    (True, "busy", "", "", []),
                    (True, "", "canceled", "", []),
                    (True, "", "", "disposition", ["sales"]),
                    (True, "", "canceled", "", ["support"]),
                ):
                    agent = Agent(
                        id="a", upn=CHLOE, state=agent_state, presence=presence, ready=ready,
                        back_off=back_off, may_ring=may_ring, needs=needs,
                        opted_out=tuple(opted_out),
                    )  # fmt: skip
                    then = state(
                        state=agent_state.value,
                        presence=presence.value,
                        ready=ready,
                        back_off=back_off,
                        may_ring=may_ring,
                        needs=needs,
                        opted_out=opted_out,
                    )
                    said = closed_by(then, preset, queue.name) or AVAILABLE
                    assert said == matching_closed_by(agent, queue)


@pytest.mark.parametrize("rule", list(Rule))
def test_the_engines_own_facts_are_understood(rule: Rule) -> None:
    desk = Desk(plan(Queue(name="support", rule=rule, delivery=Delivery.CONSULT)), agents=4)
    desk.give(AgentSet(agent="a2", ready=False, reason="lunch"), after=1_000)
    desk.present("a3", as_="Busy")
    desk.arrives()
    contact = desk.contact().id
    facts = stored(desk.facts)
    told = explain(contact, [fact for fact in facts if fact.contact == contact])
    assert len(told.offers) == 1
    first = told.offers[0]
    assert (first.chosen.upn, [one.upn for one in first.following]) == (
        "agent0@contoso.example",
        ["agent1@contoso.example"],
    )
    assert first.rest == {"not ready": 1, "presence: busy": 1}
    for agent, reason in (("a2", "not ready"), ("a3", "presence: busy")):
        before = [
            fact
            for fact in facts
            if fact.kind == "agent.changed" and fact.agent == agent and fact.place < first.place
        ]
        upn = f"agent{agent[1]}@contoso.example"
        answer = explain_agent(upn, first, before[-1], queues=("support",), preset=Preset.STRICT)
        assert (answer.verdict, answer.reason) == ("closed", reason)


def test_an_offer_whose_phone_may_still_ring_is_not_under_way() -> None:
    desk = Desk(plan(Queue(name="support", delivery=Delivery.GROUP_CALL)), agents=2)
    desk.arrives()
    desk.invited()
    contact = desk.contact().id
    desk.give(CallEnded(call="caller1", code=200, subcode=4521), after=7_000)

    def last_words() -> str:
        facts = [fact for fact in stored(desk.facts) if fact.contact == contact]
        return explain(contact, facts).offers[0].sentences()[-1]

    assert last_words() == (
        "It is over (canceled), but their phone may still ring: they get no other call until Graph "
        "says that it is silent."
    )
    desk.arrives()
    facts = stored(desk.facts)
    second = explain("", [fact for fact in facts if fact.contact != contact]).offers[0]
    before = [f for f in facts if f.agent == "a0" and f.kind == "agent.changed"]
    told = explain_agent(
        "agent0@contoso.example", second, before[-1], queues=None, preset=Preset.STRICT
    )
    assert "their phone may still ring from a call that is over" in told.sentence
    assert second.rest == {"may still ring": 1}
    desk.wait(75_000)
    assert last_words() == "It ended after 1 min 15 s: canceled."


def test_no_line_of_a_timeline_shows_an_id() -> None:
    desk = Desk(plan(Queue(name="support")), agents=2)
    desk.arrives()
    desk.wait(200_000)
    facts = stored(desk.facts)
    lines = timeline([fact for fact in facts if fact.contact])
    assert len(lines) > 5
    assert [line.text for line in lines if "a0" in line.text.split()] == []
    assert {line.kind for line in lines} >= {"contact.arrived", "offer.created", "offer.ended"}


@pytest.mark.parametrize(
    "detail",
    [
        {"following": "x", "rest": [], "also": 5, "waiting": "3"},
        {"following": [None, {"upn": 5}, {"value": "x"}], "rest": {"a": "b"}, "upn": None},
        {"rule": "astrology", "value": None},
    ],
)
def test_facts_of_another_version_do_not_stop_the_story(detail: dict[str, object]) -> None:
    assert len(story(offer(**detail)).sentences()) >= 2


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [(500_000, 440_000, "1 min 0 s earlier than"), (500_000, 512_000, "12 s later than")],
)
def test_a_corrected_talk_says_by_how_much(before: int, after: int, said: str) -> None:
    corrected = past(
        "contact.corrected",
        agent="a0",
        upn="ada@contoso.example",
        talk_ended_at_before=before,
        talk_ended_at=after,
    )
    (line,) = timeline([corrected])
    assert said in line.text
    assert "ada@contoso.example" in line.text


def test_a_timeline_tells_of_the_card_and_what_was_pressed_on_it() -> None:
    desk = Desk(plan(Queue(name="support", wrap_up_ms=5_000)), agents=1)
    offer = desk.offered_by_card()
    desk.phone_rings()
    desk.give(DeclinedByCard(offer=offer, agent="a0", reason="on a train"))
    desk.ok(desk.last(HangUp))
    desk.give(AgentSet(agent="a0", ready=True))
    desk.present()
    desk.wait(300)
    offer = desk.card_taken()
    desk.phone_rings()
    desk.give(AcceptedByCard(offer=offer, agent="a0"))
    leg = desk.picks_up()
    desk.linked(leg=leg)
    desk.talk_seen_over()
    desk.give(DoneByCard(offer=offer, agent="a0", note="calls back"))
    said = [line.text for line in timeline([f for f in stored(desk.facts) if f.contact])]
    ada = desk.agent().upn
    for line in (
        f"{ada} was shown the card before the phone rang",
        f"The offer to {ada} ended: declined (on a train)",
        f"{ada} was shown the card while the phone rang already",
        f"{ada} accepted on the card",
        f"{ada} noted: calls back",
    ):
        assert line in said
    refused = past("offer.card", agent="a0", upn=ada, problem="gone")
    assert [line.text for line in timeline([refused])] == [f"{ada} was shown no card (gone)"]
