"""Our own numbers are not called back: we would answer ourselves."""

from __future__ import annotations

from kit.callback_desk import CallbackDesk

from routing.callback_state import CallbackStage
from routing.commands import CreateCall
from routing.events import Address, Caller, CallerKind
from routing.facts import FactKind
from routing.word_events import RequestCallback


def ours(number: str = "+49 (30) 555-0100") -> CallbackDesk:
    """A desk whose resource account has a number, as a directory writes it."""
    desk = CallbackDesk()
    account = Address(ref="account-sales", id="account-id", name="Sales", phones=(number,))
    desk.enlist(account)
    return desk


def test_our_own_number_is_not_called_back_by_key() -> None:
    desk = ours()
    contact = desk.wants(keys="120305550100#")
    assert "system:callback_our_number" in desk.heard("caller1")
    assert contact.callback is not None
    assert (contact.callback.stage, contact.callback.number) == (CallbackStage.KEYING, "")


def test_who_calls_from_our_own_number_is_asked_for_another() -> None:
    desk = ours()
    desk.wants(Caller(kind=CallerKind.NUMBER, id="+49305550100"), keys="1")
    assert "system:callback_this_number" not in desk.heard("caller1")


def test_our_own_number_is_not_called_back_on_request() -> None:
    desk = ours()
    desk.give(RequestCallback(number="+49305550100", queue="sales"))
    assert desk.fact(FactKind.ACT_REFUSED).detail["code"] == "number_is_ours"
    desk.give(RequestCallback(number="+49305550101", queue="sales"))
    assert desk.count(CreateCall) == 0
    assert desk.fact(FactKind.CALLBACK_CONFIRMED).queue == "sales"
