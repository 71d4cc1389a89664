"""The agent's card: before the ring, and what it shows from then on."""

from __future__ import annotations

import pytest
from kit.card_desk import SALES, desk_of, face, refreshed, shown, with_old_presence
from kit.floor_desk import Desk, plan

from routing.action import Action
from routing.card import BEFORE_RING_MS
from routing.card_face import Face
from routing.commands import (
    CreateCall,
    HangUp,
    Invite,
    ReadPresence,
    SayMissed,
    ShowCard,
    Transfer,
)
from routing.events import (
    CallEnded,
    CommandDone,
    OwnerChanged,
    PlanChanged,
    Problem,
    RosterChanged,
    RosterEntry,
)
from routing.facts import FactKind
from routing.plan import Delivery, Queue
from routing.state import OfferState, Outcome
from routing.word_events import (
    AcceptedByCard,
    AgentSet,
    CardChanged,
    ChatsRead,
    DeclinedByCard,
    DoneByCard,
)


@pytest.fixture
def desk() -> Desk:
    return Desk(plan(SALES))


# -- before the ring -------------------------------------------------------------------------------


def test_the_card_is_shown_before_the_phone_rings(desk: Desk) -> None:
    desk.chats("a0")
    desk.arrives()
    assert desk.count(CreateCall) == 0
    assert desk.engine.wants_card(desk.contact().offer)
    desk.now += 120
    desk.card_taken()
    assert desk.count(CreateCall) == 1
    assert desk.fact(FactKind.OFFER_CARD).detail["before_ring"] is True


def test_the_card_says_who_calls_for_which_queue_how_long_they_wait_and_what_they_keyed() -> None:
    desk = Desk(plan(SALES), agents=1)
    desk.chats("a0")
    desk.present("a0", as_="Away")
    desk.arrives()
    desk.contact().attributes["customer"] = "4711"
    desk.now += 7_000
    desk.present("a0")
    card = desk.last(ShowCard).card
    assert (card.caller.id, card.queue, card.waited_ms) == ("+4930123456", "Sales desk", 7_000)
    assert card.keyed == {"customer": "4711"}
    assert (card.agent, card.face, card.may_accept, card.may_decline) == (
        "a0",
        Face.OFFERED,
        True,
        True,
    )


def test_a_card_that_is_not_taken_delays_the_ring_by_300_ms_and_no_more(desk: Desk) -> None:
    desk.chats("a0")
    desk.arrives()
    desk.wait(BEFORE_RING_MS - 1)
    assert desk.count(CreateCall) == 0
    desk.wait(1)
    assert desk.count(CreateCall) == 1
    desk.card_taken()
    assert desk.count(CreateCall) == 1
    assert desk.fact(FactKind.OFFER_CARD).detail["before_ring"] is False


@pytest.mark.parametrize("problem", [Problem.GONE, Problem.REFUSED, Problem.UNKNOWN])
def test_a_card_that_the_chat_refuses_lets_the_phone_ring_at_once(
    desk: Desk, problem: Problem
) -> None:
    desk.chats("a0")
    desk.arrives()
    show = desk.last(ShowCard)
    offer = show.card.offer
    desk.give(CommandDone(command=show.id, call="", offer=offer, problem=problem))
    assert desk.count(CreateCall) == 1
    assert desk.fact(FactKind.OFFER_CARD).detail["before_ring"] is False
    desk.give(CallEnded(call="caller1", subcode=4521))
    assert not face(desk, offer)


def test_a_press_tells_where_a_card_hangs_whose_posting_nobody_could_confirm(desk: Desk) -> None:
    offer = shown(desk)
    desk.give(AcceptedByCard(offer=offer, agent="a0", message="m7"))
    show = desk.last(ShowCard)
    desk.give(CommandDone(command=show.id, call="", offer=offer, problem=Problem.UNKNOWN))
    assert refreshed(desk, offer) == "accepted"


def test_who_never_installed_the_bot_is_rung_at_once(desk: Desk) -> None:
    desk.chats("a1")
    desk.arrives()
    assert desk.count(CreateCall) == 1
    assert desk.count(ShowCard) == 0


def test_whoever_installs_or_removes_the_bot_is_known_to(desk: Desk) -> None:
    desk.chats("a0", "nobody")
    assert (desk.agent().chat, desk.agent("a1").chat) == (True, False)
    assert desk.fact(FactKind.AGENT_CHAT).detail["open"] is True
    before = len(desk.facts)
    desk.give(ChatsRead(agents=("a0",)))
    assert len(desk.facts) == before
    desk.chats()
    assert not desk.agent().chat
    assert desk.fact(FactKind.AGENT_CHAT).detail["open"] is False


def test_presence_is_read_beside_the_card_and_both_together_take_300_ms_at_most(
    desk: Desk,
) -> None:
    with_old_presence(desk)
    assert [type(c) for c in desk.commands[-2:]] == [ShowCard, ReadPresence]
    desk.wait(BEFORE_RING_MS - 1)
    assert desk.count(CreateCall) == 0
    desk.wait(1)
    assert desk.count(CreateCall) == 1


def test_the_card_and_presence_wait_for_each_other() -> None:
    for card_first in (True, False):
        desk = Desk(plan(SALES))
        with_old_presence(desk)
        if card_first:
            desk.card_taken()
        else:
            desk.present("a0")
        assert desk.count(CreateCall) == 0
        if card_first:
            desk.present("a0")
        else:
            desk.card_taken()
        assert desk.count(CreateCall) == 1


def test_presence_that_closes_while_the_card_is_posted_rings_nobody(desk: Desk) -> None:
    desk.chats("a0")
    desk.arrives()
    offer = desk.contact().offer
    desk.present("a0", as_="Busy", activity="InACall")
    assert desk.fact(FactKind.OFFER_ENDED).detail["outcome"] == "presence"
    assert not desk.engine.wants_card(offer)
    desk.give(
        CommandDone(command=desk.last(ShowCard).id, call="", offer=offer, problem=Problem.UNWANTED)
    )
    assert desk.fact(FactKind.OFFER_CREATED).agent == "a1"
    assert desk.count(CreateCall) == 1


def test_an_agent_who_leaves_while_the_card_is_posted_is_not_rung(desk: Desk) -> None:
    offer = shown(desk)
    desk.give(AgentSet(agent="a0", ready=False))
    desk.card_taken(message="m1")
    assert desk.engine.state.offers[offer].outcome == "not_ready"
    assert [c.target.id for c in desk.commands if isinstance(c, CreateCall)] == ["a1"]


def test_after_a_takeover_the_ring_waits_for_presence_and_for_no_card(desk: Desk) -> None:
    shown(desk)
    desk.give(OwnerChanged(epoch=2))
    desk.wait(299)
    assert desk.count(CreateCall) == 0
    desk.wait(1)
    assert desk.count(CreateCall) == 1
    assert desk.count(ShowCard) == 1


@pytest.mark.parametrize("delivery", [Delivery.GROUP_CALL, Delivery.TRANSFER])
def test_the_other_deliveries_show_a_card_before_they_ring_too(delivery: Delivery) -> None:
    desk = desk_of(delivery=delivery)
    desk.chats("a0")
    desk.arrives()
    rung = Invite if delivery is Delivery.GROUP_CALL else Transfer
    assert desk.count(rung) == 0
    card = desk.last(ShowCard).card
    assert not card.may_accept
    assert card.may_decline == (delivery is Delivery.GROUP_CALL)
    desk.card_taken()
    assert desk.count(rung) == 1


# -- what the card shows ---------------------------------------------------------------------------


def test_the_card_follows_the_offer_to_the_end(desk: Desk) -> None:
    offer = desk.offered_by_card()
    assert not face(desk, offer)
    desk.phone_rings()
    desk.give(AcceptedByCard(offer=offer, agent="a0"))
    assert refreshed(desk, offer) == "accepted"
    leg = desk.picks_up()
    assert refreshed(desk, offer) == "connecting"
    desk.linked(leg=leg)
    assert refreshed(desk, offer) == "connected"
    desk.talk_seen_over()
    assert refreshed(desk, offer) == "wrap_up"
    desk.give(DoneByCard(offer=offer, agent="a0"))
    assert refreshed(desk, offer) == "done"


def test_a_card_that_could_not_be_brought_up_to_date_stays_to_be_done(desk: Desk) -> None:
    offer = desk.offered_by_card()
    desk.give(CallEnded(call="caller1", subcode=4521))
    assert face(desk, offer) == face(desk, offer) == "hung_up"
    state = desk.engine.state
    successor = type(desk.engine)(desk.engine.plan, state)
    assert [c.shows for c in successor.stale_cards()] == ["hung_up"]


def test_a_card_whose_message_is_gone_is_let_be(desk: Desk) -> None:
    offer = desk.offered_by_card()
    desk.give(AcceptedByCard(offer=offer, agent="a0"))
    desk.give(CardChanged(offer=offer, shows="accepted", gone=True))
    desk.give(CallEnded(call="caller1", subcode=4521))
    assert desk.engine.stale_cards() == []
    successor = type(desk.engine)(desk.engine.plan, desk.engine.state)
    assert successor.stale_cards() == []
    desk.give(CardChanged(offer="9-99", shows="hung_up"))


def test_a_missed_card_says_when_somebody_else_has_the_caller(desk: Desk) -> None:
    offer = desk.offered_by_card()
    desk.phone_rings()
    desk.wait(18_000)
    desk.ok(desk.last(HangUp))
    assert refreshed(desk, offer) == "missed"
    desk.present()
    desk.card_taken()
    leg = desk.picks_up()
    desk.presses(leg, "1")
    desk.linked(leg=leg)
    assert refreshed(desk, offer) == "missed taken"


def test_picked_up_and_no_word_is_told_apart_from_not_picked_up(desk: Desk) -> None:
    offer = desk.offered_by_card()
    desk.picks_up()
    desk.wait(28_000)
    assert refreshed(desk, offer) == "no_word"


@pytest.mark.parametrize("ending", ["busy", "unreachable", "failed"])
def test_each_end_of_the_ring_has_its_own_face(desk: Desk, ending: str) -> None:
    offer = desk.offered_by_card()
    desk.give(CallEnded(call=desk.phone_rings(), ending=ending))
    assert refreshed(desk, offer) == ending


def test_a_caller_who_is_sent_on_takes_the_card_with_them() -> None:
    desk = desk_of(max_wait_ms=5_000, on_max_wait=Action())
    offer = desk.offered_by_card()
    desk.phone_rings()
    desk.wait(5_000)
    assert refreshed(desk, offer) == "sent_on"
    desk.give(CallEnded(call="caller1"))
    assert desk.contact().outcome is Outcome.TIMED_OUT
    assert not face(desk, offer)


def test_a_contact_that_failed_shows_the_caller_as_sent_on(desk: Desk) -> None:
    offer = desk.offered_by_card()
    desk.give(PlanChanged(plan=plan(Queue(name="other"))))
    assert face(desk, offer) == "sent_on"


def test_a_forgotten_contact_takes_its_card_out_of_the_books(desk: Desk) -> None:
    offer = desk.offered_by_card()
    desk.give(CallEnded(call="caller1", subcode=4521))
    assert face(desk, offer) == "hung_up"
    desk.wait(16 * 60_000)
    assert desk.engine.stale_cards() == []
    desk.give(DoneByCard(offer=offer, agent="a0"))
    assert desk.fact(FactKind.IGNORED).detail["reason"] == "unknown offer"


def test_a_blind_transfer_and_an_invitation_show_the_talk_too() -> None:
    desk = desk_of(delivery=Delivery.GROUP_CALL)
    offer = desk.offered_by_card()
    desk.invited()
    people = (
        RosterEntry(participant="p1", kind="phone", id="+49"),
        RosterEntry(participant="p2", kind="user", id="a0"),
    )
    desk.give(RosterChanged(call="caller1", people=people))
    assert refreshed(desk, offer) == "connected"
    assert desk.engine.state.offers[offer].state is OfferState.LINKED


# -- missed ----------------------------------------------------------------------------------------


def test_a_missed_offer_is_told_once_with_the_way_back(desk: Desk) -> None:
    desk.offered_by_card()
    desk.phone_rings()
    desk.wait(18_000)
    assert desk.count(SayMissed) == 0  # the phone may be picked up this very moment
    desk.ok(desk.last(HangUp))
    told = desk.last(SayMissed).card
    assert (told.agent, told.queue, told.caller.id) == ("a0", "Sales desk", "+4930123456")
    assert (told.picked_up, told.not_responding, told.pause_ms) == (False, True, None)
    assert desk.count(SayMissed) == 1
    desk.ok(desk.last(SayMissed))


def test_a_missed_offer_that_only_pauses_says_for_how_long() -> None:
    desk = desk_of(not_responding_after=2, return_after_ms=60_000)
    for _ in range(2):
        desk.offered_by_card()
        desk.picks_up()
        desk.wait(28_000)
        desk.ok(desk.last(HangUp))
        desk.give(CallEnded(call=f"caller{desk.calls}", subcode=4521))
        desk.wait(30_000)
    told = [c.card for c in desk.commands if isinstance(c, SayMissed) and c.card.agent == "a0"]
    assert [(c.picked_up, c.not_responding, c.pause_ms) for c in told] == [
        (True, False, 30_000),
        (True, True, 60_000),
    ]


def test_nobody_is_told_who_cannot_be_or_did_not_miss_it(desk: Desk) -> None:
    desk.chats("a1")
    desk.arrives()
    desk.phone_rings()
    desk.wait(18_000)
    desk.ok(desk.last(HangUp))
    desk.card_taken()
    desk.give(DeclinedByCard(offer=desk.contact().offer, agent="a1"))
    assert desk.count(SayMissed) == 0
