"""Licenses, kinds of account and a token's words, however odd Graph's answers are."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.fake_transport import NOT_FOUND, FakeTransport

from graph import requests, shapes, tenant_shapes
from graph.errors import Refused
from graph.tenant_facts import MOST_IDS, Licenses, TeamsUser, TenantFacts, words_of
from graph.transport import GraphRequest

IDS = [f"00000000-0000-0000-0000-{n:012d}" for n in range(40)]
TEAMS = {
    "service": "TeamspaceAPI",
    "servicePlanId": "x",
    "capabilityStatus": "Enabled",
}
PHONE = {
    "service": "MicrosoftCommunicationsOnline",
    "servicePlanId": "4828C8EC-dc2e-4779-b502-87ac9ce28ab7",
    "capabilityStatus": "Warning",
}


def facts(answer: Any) -> tuple[TenantFacts, FakeTransport]:
    transport = FakeTransport(answer if callable(answer) else lambda _request: answer)
    return TenantFacts(transport=transport, tenant_id="t", app_id="a"), transport


async def test_licenses_are_asked_for_fifteen_at_a_time_each_once() -> None:
    def answer(request: GraphRequest) -> Any:
        named = [each for each in IDS if each in request.path]
        assert len(named) <= MOST_IDS
        return {"value": [{"id": each, "assignedPlans": [TEAMS, PHONE]} for each in named]}

    reader, transport = facts(answer)
    found = await reader.licenses([*IDS, *IDS])
    assert len(transport.sent) == 3
    assert found == {each: Licenses(teams=True, phone=True) for each in IDS}


@pytest.mark.parametrize(
    ("plans", "expected"),
    [
        ([], Licenses()),
        (None, None),
        ("odd", None),
        ([TEAMS | {"capabilityStatus": "Suspended"}], Licenses()),
        ([PHONE, None, 3], Licenses(phone=True)),
        (
            [PHONE | {"servicePlanId": "f47330e9-c134-43b3-9993-e7f004506889"}],
            Licenses(resource_account=True),
        ),
    ],
)
async def test_what_a_license_brings(plans: Any, expected: Licenses | None) -> None:
    reader, _ = facts({"value": [{"id": IDS[0], "assignedPlans": plans}, "odd", {"id": 3}]})
    assert await reader.licenses(IDS[:1]) == {IDS[0]: expected}


async def test_an_answer_without_a_list_names_nobody() -> None:
    reader, _ = facts({"value": None})
    assert await reader.licenses(IDS[:1]) == {}


async def test_an_account_as_teams_knows_it() -> None:
    told = {
        "accountType": "resourceAccount",
        "telephoneNumbers": [{"telephoneNumber": "+1425"}, None, {"telephoneNumber": None}],
    }
    reader, _ = facts(told)
    assert await reader.teams_user("u") == TeamsUser(kind="resourceaccount", numbers=("+1425",))


async def test_who_is_no_user_of_teams_is_none_and_a_refusal_is_a_refusal() -> None:
    reader, _ = facts(lambda _request: NOT_FOUND)
    assert await reader.teams_user("u") is None
    reader, _ = facts(lambda _request: Refused("no", status=403))
    with pytest.raises(Refused):
        await reader.teams_user("u")


def token(claims: object) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{payload}.sig"


def test_a_tokens_words() -> None:
    words = words_of(token({"appid": "A", "tid": "T", "roles": ["x"], "exp": 5}))
    assert words is not None
    assert (words.app_id, words.tenant_id, words.roles, words.expires_at) == ("a", "t", ("x",), 5)


@given(
    st.text() | st.builds(token, st.none() | st.integers() | st.dictionaries(st.text(), st.text()))
)
def test_no_token_is_too_odd_to_be_looked_at(text: str) -> None:
    words = words_of(text)
    assert words is None or isinstance(words.roles, tuple)


@given(st.lists(st.text(alphabet="abc-0", min_size=1), min_size=1, max_size=MOST_IDS))
def test_the_requests_are_those_of_the_sdk(ids: list[str]) -> None:
    named = ", ".join(f"'{each}'" for each in ids)
    for filled, built in (
        (
            requests.licensed_users(ids),
            tenant_shapes.licensed_users((), {"filter": f"id in ({named})"}),
        ),
        (
            requests.fill("teams_user", (), {"user": ids[0]}),
            tenant_shapes.teams_user((), {"user": ids[0]}),
        ),
    ):
        assert filled.method == built.http_method.value
        assert filled.path == built.url.removeprefix(shapes.BASE_URL)
