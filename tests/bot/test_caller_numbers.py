"""A caller's number reaches the engine in one spelling, and who withholds it is nobody."""

import pytest

from bot.owner.caller_numbers import in_e164, settle
from routing.engine import Engine
from routing.events import Caller, CallerKind, CallIncoming, Event, Tick
from routing.plan import EntryPoint, Plan, Queue
from routing.state import Place, State


def engine(**countries: str) -> Engine:
    plan = Plan(
        tenant="contoso.example",
        entry_points=tuple(
            EntryPoint(name=name, account=f"{name}@contoso.example", queue="q", country=country)
            for name, country in countries.items()
        ),
        queues=(Queue(name="q"),),
    )
    state = State()
    for name in countries:
        state.tenant.addresses[f"{name}@contoso.example"] = Place(id=f"id-{name}")
    return Engine(plan, state)


def rings(caller: Caller, account: str = "id-de") -> CallIncoming:
    return CallIncoming(call="w", app="app", account=account, caller=caller)


def heard(caller: Caller, account: str = "id-de") -> Caller:
    event = settle(rings(caller, account), engine(de="DE", kr="KR", none="").country_of)
    assert isinstance(event, CallIncoming)
    return event.caller


@pytest.mark.parametrize(
    ("number", "account", "e164"),
    [
        ("030 12345678".replace(" ", ""), "id-de", "+493012345678"),
        ("00493012345678", "id-de", "+493012345678"),
        ("493012345678", "id-de", "+493012345678"),
        ("+493012345678", "id-de", "+493012345678"),
        ("0212345678", "id-kr", "+82212345678"),
        ("4915112345678", "id-de", "+4915112345678"),
        ("015112345678", "id-de", "+4915112345678"),
        ("821012345678", "id-kr", "+821012345678"),
        ("4912", "id-de", "4912"),
        ("+4903012345678", "id-de", "+493012345678"),
        ("03012345678", "id-none", "03012345678"),
        ("+14255550100", "id-none", "+14255550100"),
        ("1234", "id-de", "1234"),
        ("112", "id-de", "112"),
        ("+99", "id-de", "+99"),
    ],
)
def test_a_number_is_read_with_the_country_of_the_account_that_was_called(
    number: str, account: str, e164: str
) -> None:
    assert heard(Caller(kind=CallerKind.NUMBER, id=number), account).id == e164


def test_what_is_in_e164_stays_the_very_same_event() -> None:
    event = rings(Caller(kind=CallerKind.NUMBER, id="+493012345678", name="Una"))
    assert settle(event, engine(de="DE").country_of) is event
    other: Event = Tick()
    assert settle(other, engine(de="DE").country_of) is other


@pytest.mark.parametrize("kind", [CallerKind.WITHHELD, CallerKind.ENCRYPTED])
def test_who_is_withheld_or_encrypted_has_neither_number_nor_name(kind: CallerKind) -> None:
    assert heard(Caller(kind=kind, id="+493012345678", name="Una")) == Caller(kind=kind)


@pytest.mark.parametrize("number", ["+266696687", "266696687", "+86282452253", "0000000000"])
def test_digits_that_say_anonymous_are_no_number(number: str) -> None:
    found = heard(Caller(kind=CallerKind.NUMBER, id=number, name="Anonymous"))
    assert found == Caller(kind=CallerKind.WITHHELD)


def test_people_of_the_directory_keep_their_ids() -> None:
    una = Caller(kind=CallerKind.INTERNAL, id="0123456789", name="Una")
    assert heard(una) is una


@pytest.mark.parametrize("text", ["", "+", "x", "+49;ext=3", "9" * 20, "+49301234567x89"])
def test_nothing_that_a_carrier_sends_raises(text: str) -> None:
    assert isinstance(in_e164(text, "DE"), str)
