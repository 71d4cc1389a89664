"""An agent's own acts over HTTP: what they do, what they may not, and what is nobody's to know."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from kit.acting_house import ActingHouse, acting_house
from kit.floor_desk import Desk, plan

from console.my_work import works_of
from routing.choices import Choice, NotReadyReason
from routing.facts import FactKind
from routing.plan import Delivery, Queue
from routing.state import AgentState
from routing.word_events import AcceptedByCard

LUNCH = NotReadyReason(code="lunch", words={"en": "Lunch", "ko": "점심"}, back_after_ms=60_000)
SALES = Queue(
    name="sales",
    title="Sales desk",
    wrap_up_ms=10_000,
    extend_ms=30_000,
    extend_most=1,
    dispositions=(Choice(code="solved", words={"en": "Solved"}), Choice(code="again")),
    disposition_required=True,
)
FIXED = Queue(name="fixed", opt_out=False)
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
async def house() -> AsyncIterator[ActingHouse]:
    desk = Desk(plan(SALES, FIXED, not_ready_reasons=(LUNCH,)))
    async with acting_house(desk) as found:
        yield found


def offered(house: ActingHouse) -> str:
    house.desk.arrives()
    house.desk.phone_rings()
    return house.desk.contact().offer


def talking(house: ActingHouse) -> tuple[str, str]:
    """a0 talks; the offer and the contact."""
    house.desk.connected()
    contact = house.desk.contact()
    return contact.offer, contact.id


# -- ready and not


async def test_not_ready_for_a_reason_of_the_plan_and_back(house: ActingHouse) -> None:
    status, told = await house.does("/api/me/ready", {"ready": False, "reason": "점심"})
    assert (status, told) == (200, {"written": True, "done": True})
    mine = (await house.me())["agent"]
    assert (mine["ready"], mine["not_ready_reason"]) == (False, "lunch")
    assert mine["not_ready_until"] == house.desk.now + 60_000
    assert mine["reasons"] == [
        {"code": "lunch", "words": {"en": "Lunch", "ko": "점심"}, "back_after_ms": 60_000}
    ]
    assert (await house.does("/api/me/ready", {"ready": True}))[0] == 200
    assert (await house.me())["agent"]["not_ready_until"] is None


async def test_own_words_and_a_time_of_ones_own(house: ActingHouse) -> None:
    body = {"ready": False, "reason": f" {SCRIPT}\x00", "minutes": 5}
    assert (await house.does("/api/me/ready", body))[0] == 200
    mine = (await house.me())["agent"]
    assert mine["not_ready_reason"] == SCRIPT
    assert mine["not_ready_until"] == house.desk.now + 300_000


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ready": "no"},
        {"ready": False, "why": "x"},
        {"ready": False, "reason": "x" * 65},
        {"ready": False, "minutes": 0},
        {"ready": False, "minutes": 1441},
        {"ready": True, "reason": "x"},
        [],
        b"",
    ],
)
async def test_a_body_that_says_something_else_is_refused(house: ActingHouse, body: Any) -> None:
    status, told = await house.does("/api/me/ready", body)
    assert status == 400
    assert told["error"]
    assert house.submitted == []


async def test_who_is_no_agent_of_the_plan_is_told_so(house: ActingHouse) -> None:
    status, told = await house.does("/api/me/ready", {"ready": True}, who="stranger")
    assert (status, told["code"]) == (409, "not_an_agent")


# -- queues


async def test_out_of_a_queue_and_back_in(house: ActingHouse) -> None:
    assert (await house.does("/api/me/queues/sales/out", {"out": True}))[0] == 200
    [sales, fixed] = (await house.me())["queues"]
    assert (sales["out"], sales["may_opt_out"], fixed["may_opt_out"]) == (True, True, False)
    house.desk.arrives()
    assert house.desk.engine.state.offers[house.desk.contact().offer].agent == "a1"
    assert (await house.does("/api/me/queues/sales/out", {"out": False}))[0] == 200
    assert (await house.me())["queues"][0]["out"] is False


async def test_the_plans_no_is_told_and_a_queue_of_others_does_not_exist(
    house: ActingHouse,
) -> None:
    status, told = await house.does("/api/me/queues/fixed/out", {"out": True})
    assert (status, told["code"]) == (409, "no_opting_out")
    assert (await house.does("/api/me/queues/board/out", {"out": True}))[0] == 404


# -- an offer


async def test_the_offer_shows_who_calls_and_is_taken(house: ActingHouse) -> None:
    house.desk.arrives()
    house.desk.contact().attributes["order"] = SCRIPT
    work = (await house.me())["work"]
    assert (work["face"], work["caller"], work["title"]) == ("offered", "+4930123456", "Sales desk")
    assert work["attributes"] == {"order": SCRIPT}
    assert (work["may"]["accept"], work["may"]["decline"]) == ("", "")
    assert work["queued_at"] == house.desk.contact().queued_at
    assert (await house.does(f"/api/offers/{work['offer']}/accept"))[0] == 200
    assert house.desk.fact(FactKind.OFFER_SAID_YES).detail["by"] == "tab"
    assert (await house.me())["work"]["face"] == "accepted"
    status, told = await house.does(f"/api/offers/{work['offer']}/accept")
    assert (status, told["code"]) == (409, "accepted_already")


async def test_a_double_click_is_one_yes(house: ActingHouse) -> None:
    offer = offered(house)
    for _ in range(2):
        assert (await house.does(f"/api/offers/{offer}/accept", key="click"))[0] == 200
    assert len(house.submitted) == 1
    assert house.submitted[0] == (
        AcceptedByCard(offer=offer, agent="a0", by="tab"),
        "tab:a0:click",
    )


async def test_declined_with_a_reason_the_caller_goes_on(house: ActingHouse) -> None:
    offer = offered(house)
    status, _ = await house.does(f"/api/offers/{offer}/decline", {"reason": "in a meeting"})
    assert status == 200
    assert house.desk.engine.state.offers[offer].decline_reason == "in a meeting"
    assert house.desk.engine.state.offers[house.desk.contact().offer].agent == "a1"
    assert (await house.me())["work"] is None


async def test_too_late_is_told_in_a_sentence(house: ActingHouse) -> None:
    offer = offered(house)
    await house.does(f"/api/offers/{offer}/decline")
    status, told = await house.does(f"/api/offers/{offer}/accept")
    assert (status, told) == (409, {"error": "This offer is over.", "code": "offer_over"})


@pytest.mark.parametrize("act", ["accept", "decline", "done"])
async def test_somebody_elses_offer_does_not_exist(house: ActingHouse, act: str) -> None:
    offer = offered(house)
    there = await house.does(f"/api/offers/{offer}/{act}", who="a1")
    nowhere = await house.does("/api/offers/9-99/" + act, who="a1")
    assert there == nowhere
    assert there[0] == 404
    assert house.submitted == []


async def test_where_the_phone_alone_takes_it_the_button_is_grey_and_says_why() -> None:
    desk = Desk(plan(Queue(name="sales", delivery=Delivery.GROUP_CALL)))
    async with acting_house(desk) as house:
        desk.arrives()
        work = (await house.me())["work"]
        assert work["may"]["accept"] == "only_by_phone"
        status, told = await house.does(f"/api/offers/{work['offer']}/accept")
        assert (status, told["code"]) == (409, "only_by_phone")


# -- while they talk, and after


async def test_a_note_is_saved_as_it_is_typed_and_comes_back(house: ActingHouse) -> None:
    _, contact = talking(house)
    path = f"/api/contacts/{contact}/note"
    status, told = await house.does(path, {"note": f"{SCRIPT}\r\nsecond line\x00", "seen": 0})
    assert (status, told["note"]) == (200, f"{SCRIPT}\nsecond line")
    assert told["note_revision"] == 1
    work = (await house.me())["work"]
    assert (work["note"], work["note_revision"]) == (f"{SCRIPT}\nsecond line", 1)
    status, told = await house.does(path, {"note": "from another window", "seen": 0})
    assert (status, told["code"]) == (409, "note_changed")
    # What was sent, and whose answer was lost, is sent again: no conflict with oneself.
    again = await house.does(path, {"note": f"{SCRIPT}\nsecond line", "seen": 0})
    assert again[0] == 200


async def test_a_note_that_is_too_long_is_refused_and_keeps_what_was(house: ActingHouse) -> None:
    _, contact = talking(house)
    path = f"/api/contacts/{contact}/note"
    assert (await house.does(path, {"note": "한" * 4_000, "seen": 0}))[0] == 200
    status, told = await house.does(path, {"note": "x" * 4_001, "seen": 1})
    assert (status, "4000" in told["error"]) == (400, True)
    status, told = await house.does(path, {"note": "x" * 1_000_000, "seen": 1})
    assert status == 413
    assert house.desk.contact().note == "한" * 4_000


async def test_somebody_elses_contact_does_not_exist(house: ActingHouse) -> None:
    _, contact = talking(house)
    for path, body in (("note", {"note": "x", "seen": 0}), ("disposition", {"code": "solved"})):
        there = await house.does(f"/api/contacts/{contact}/{path}", body, who="a1")
        nowhere = await house.does(f"/api/contacts/9-99/{path}", body, who="a1")
        assert there == nowhere
        assert there[0] == 404
    assert house.submitted == []
    assert (await house.me("a1"))["work"] is None


async def test_from_the_talk_to_done(house: ActingHouse) -> None:
    offer, contact = talking(house)
    assert (await house.me())["work"]["face"] == "connected"
    status, told = await house.does(f"/api/offers/{offer}/done")
    assert (status, told["code"]) == (409, "talk_not_over")
    house.desk.talk_seen_over()
    mine = await house.me()
    assert (mine["work"]["face"], mine["work"]["may"]["done"]) == ("wrap_up", "needs_disposition")
    assert mine["agent"]["wrap_up_until"] == house.desk.now + 10_000
    assert (await house.does("/api/me/wrap_up/extend", {"seen": 0}))[0] == 200
    status, told = await house.does("/api/me/wrap_up/extend", {"seen": 1})
    assert (status, told["code"]) == (409, "no_more_extensions")
    assert (await house.me())["agent"]["wrap_up_until"] == house.desk.now + 40_000
    status, told = await house.does(f"/api/offers/{offer}/done")
    assert (status, told["code"]) == (409, "needs_disposition")
    body = {"code": "bought"}
    status, told = await house.does(f"/api/contacts/{contact}/disposition", body)
    assert (status, told["code"]) == (409, "unknown_disposition")
    body = {"code": "solved"}
    assert (await house.does(f"/api/contacts/{contact}/disposition", body))[0] == 200
    assert (await house.does(f"/api/offers/{offer}/done"))[0] == 200
    assert (await house.me())["work"] is None
    assert house.desk.agent().state is AgentState.IDLE
    assert house.desk.records[-1].disposition == "solved"


async def test_after_the_wrap_up_the_contact_stays_until_done_or_the_next_offer(
    house: ActingHouse,
) -> None:
    offer, contact = talking(house)
    house.desk.talk_seen_over()
    await house.does(f"/api/contacts/{contact}/disposition", {"code": "again"})
    house.desk.wait(10_000)
    mine = await house.me()
    assert mine["agent"]["state"] == "idle"
    assert (mine["work"]["contact"], mine["work"]["face"]) == (contact, "wrap_up")
    body = {"note": "late", "seen": mine["work"]["note_revision"]}
    assert (await house.does(f"/api/contacts/{contact}/note", body))[0] == 200
    assert house.desk.records[-1].note == "late"
    assert (await house.does(f"/api/offers/{offer}/done", {"disposition": "solved"}))[0] == 200
    assert house.desk.records[-1].disposition == "solved"
    assert (await house.me())["work"] is None


async def test_who_is_no_agent_has_no_work(house: ActingHouse) -> None:
    offered(house)
    mine = await house.me("a0", "Supervisor")
    assert (mine["agent"], mine["work"]) == (None, None)


def test_a_contact_that_another_agent_has_now_is_not_mine() -> None:
    desk = Desk(plan(SALES))
    desk.connected()
    state = desk.engine.state
    assert works_of(state).keys() == {"a0"}
    desk.talk_seen_over()
    assert works_of(state).keys() == {"a0"}
    desk.contact().agent = "a1"  # as when the talk went on to somebody else
    desk.agent().contact = ""
    assert works_of(state) == {}


def test_the_offer_to_decide_on_comes_before_what_is_not_done_yet() -> None:
    desk = Desk(plan(Queue(name="sales")), agents=1)
    desk.connected()
    first = desk.contact().offer
    desk.talk_seen_over()
    assert works_of(desk.engine.state)["a0"].id == first
    desk.arrives()
    second = desk.contact(2).offer
    assert works_of(desk.engine.state)["a0"].id == second != first
