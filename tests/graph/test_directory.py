"""The names of a plan, looked up in a directory that is incomplete, odd, or shut."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from kit.fake_transport import NOT_FOUND, FakeTransport

from graph.directory import Directory, Problem, Purpose, Reference, Resolution
from graph.errors import GraphError, Refused, Unavailable
from graph.models import User, UserKind
from graph.transport import GraphRequest

ANN = "11111111-aaaa-4aaa-8aaa-000000000001"
BOB = "11111111-aaaa-4aaa-8aaa-000000000002"
TEAM = "22222222-aaaa-4aaa-8aaa-000000000001"


def user(user_id: str, upn: str, **more: Any) -> dict[str, Any]:
    return {
        "id": user_id,
        "userPrincipalName": upn,
        "displayName": upn.partition("@")[0].title(),
        "accountEnabled": True,
        "userType": "Member",
        **more,
    }


@dataclass(slots=True)
class Tenant:
    """Users, groups and domains; `shut` answers everything with an error."""

    users: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    groups: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])
    names: dict[str, str] = field(default_factory=dict[str, str])
    shut: GraphError | None = None
    groups_shut: GraphError | None = None
    page: int = 2
    filters: bool = True

    def answer(self, request: GraphRequest) -> Any:
        if self.shut is not None:
            return self.shut
        parts = urlsplit(request.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        where = [unquote(part) for part in parts.path.split("/")[1:]]
        match where:
            case ["users"]:
                return {"value": [u for u in self.users if self._matches(u, query)]}
            case ["users", ref]:
                found = [u for u in self.users if ref in (u["id"], u["userPrincipalName"])]
                return found[0] if found else NOT_FOUND
            case ["groups"] if self.groups_shut:
                return self.groups_shut
            case ["groups"]:
                groups = [
                    {"id": group_id, "displayName": name, "mail": f"{name}@contoso.test"}
                    for group_id, name in self.names.items()
                ]
                return {"value": [g for g in groups if self._matches(g, query)]}
            case ["groups", _, "transitiveMembers" | "members"] if self.groups_shut:
                return self.groups_shut
            case ["groups", group_id, "transitiveMembers"]:
                return self._page(group_id, int(query.get("$skiptoken", "0")))
            case ["organization"]:
                return {"value": [{"verifiedDomains": [{"name": "Contoso.test"}]}]}
        return NOT_FOUND

    def _matches(self, entity: dict[str, Any], query: dict[str, str]) -> bool:
        name, _, value = query["$filter"].partition(" eq ")
        return not self.filters or str(entity.get(name)).lower() == value.strip("'").lower()

    def _page(self, group_id: str, start: int) -> Any:
        if group_id not in self.groups:
            return NOT_FOUND
        listed = self.groups[group_id]
        told: dict[str, Any] = {"value": listed[start : start + self.page]}
        if start + self.page < len(listed):
            link = f"/groups/{group_id}/transitiveMembers?$skiptoken={start + self.page}"
            told["@odata.nextLink"] = link
        return told


async def resolve(tenant: Tenant, *refs: str, purpose: Purpose = Purpose.AGENT) -> Resolution:
    directory = Directory(transport=FakeTransport(tenant.answer), tenant_id="t")
    return await directory.resolve([Reference(ref, purpose) for ref in refs])


def people(resolution: Resolution, ref: str, purpose: Purpose = Purpose.AGENT) -> list[User]:
    return list(resolution.users[Reference(ref, purpose)])


def problems(resolution: Resolution) -> list[tuple[str, Problem]]:
    return [(finding.ref, finding.problem) for finding in resolution.findings]


async def test_people_are_found_by_principal_name_and_by_id() -> None:
    tenant = Tenant([user(ANN, "ann@contoso.test"), user(BOB, "bob@contoso.test")])
    found = await resolve(tenant, "ann@contoso.test", BOB.upper().replace("A", "a"))
    assert problems(found) == []
    (ann,) = people(found, "ann@contoso.test")
    assert (ann.id, ann.upn, ann.name, ann.enabled) == (ANN, "ann@contoso.test", "Ann", True)
    assert len(found.users) == 2


@pytest.mark.parametrize(
    "entity",
    [
        {"id": ANN},
        {"id": ANN, "userPrincipalName": "ann@contoso.test", "accountEnabled": None},
        {"id": ANN, "accountEnabled": True, "userType": None},
    ],
)
async def test_whoever_is_not_said_to_be_disabled_or_a_guest_is_neither(entity: Any) -> None:
    tenant = Tenant([{"userPrincipalName": "", **entity}])
    found = await resolve(tenant, ANN)
    assert problems(found) == []
    (ann,) = people(found, ANN)
    assert (ann.enabled, ann.kind) == (True, UserKind.MEMBER)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"accountEnabled": False}, Problem.DISABLED),
        ({"userType": "Guest"}, Problem.GUEST),
        ({"userType": "guest"}, Problem.GUEST),
    ],
)
async def test_whoever_cannot_be_an_agent_is_a_finding_and_stops_nobody(
    changes: dict[str, Any], problem: Problem
) -> None:
    tenant = Tenant([user(ANN, "ann@contoso.test", **changes), user(BOB, "bob@contoso.test")])
    found = await resolve(tenant, "ann@contoso.test", "bob@contoso.test")
    assert problems(found) == [("ann@contoso.test", problem)]
    assert "ann@contoso.test" in found.findings[0].sentence
    assert people(found, "ann@contoso.test") == []
    assert [u.id for u in people(found, "bob@contoso.test")] == [BOB]


async def test_a_resource_account_may_be_disabled() -> None:
    tenant = Tenant([user(ANN, "line@contoso.test", accountEnabled=False)])
    line = Purpose.RESOURCE_ACCOUNT
    found = await resolve(tenant, "line@contoso.test", purpose=line)
    assert problems(found) == []
    assert [u.id for u in people(found, "line@contoso.test", line)] == [ANN]


@pytest.mark.parametrize(
    ("phones", "read"),
    [(["+49 30 5550100", 7], ("+49 30 5550100",)), ("+49305550100", ()), (None, ())],
)
async def test_an_accounts_numbers_are_read(phones: Any, read: tuple[str, ...]) -> None:
    tenant = Tenant([user(ANN, "line@contoso.test", businessPhones=phones)])
    line = Purpose.RESOURCE_ACCOUNT
    found = await resolve(tenant, "line@contoso.test", purpose=line)
    assert [u.phones for u in people(found, "line@contoso.test", line)] == [read]


@pytest.mark.parametrize(
    ("ref", "problem"),
    [
        ("nobody@contoso.test", Problem.UNKNOWN),
        ("ann@fabrikam.test", Problem.WRONG_TENANT),
        (BOB, Problem.UNKNOWN),
        ("No such group", Problem.UNKNOWN),
    ],
)
async def test_a_name_that_is_nobodys_is_told_apart_from_a_strangers(
    ref: str, problem: Problem
) -> None:
    found = await resolve(Tenant([user(ANN, "ann@contoso.test")]), ref)
    assert problems(found) == [(ref, problem)]
    assert people(found, ref) == []


async def test_an_invited_guest_is_found_by_the_address_they_use_at_home() -> None:
    guest = user(
        ANN, "ann_fabrikam.test#EXT#@contoso.test", userType="Guest", mail="Ann@fabrikam.test"
    )
    found = await resolve(Tenant([guest]), "ann@fabrikam.test")
    assert problems(found) == [("ann@fabrikam.test", Problem.GUEST)]


@pytest.mark.parametrize("ref", [TEAM, "Support", "support", "support@contoso.test"])
async def test_a_group_is_its_people_page_by_page(ref: str) -> None:
    members = [
        user(ANN, "ann@contoso.test"),
        {"@odata.type": "#microsoft.graph.device", "id": TEAM},
        {"@odata.type": "#microsoft.graph.user", **user(BOB, "bob@contoso.test")},
        user(ANN, "ann@contoso.test"),
        user(TEAM, "gus@contoso.test", userType="Guest"),
        7,
    ]
    found = await resolve(Tenant(groups={TEAM: members}, names={TEAM: "Support"}), ref)
    assert [u.id for u in people(found, ref)] == [ANN, BOB]
    assert problems(found) == [(ref, Problem.GUEST)]
    assert "gus@contoso.test" in found.findings[0].sentence


async def test_a_group_without_people_is_a_finding() -> None:
    found = await resolve(Tenant(groups={TEAM: []}), TEAM)
    assert problems(found) == [(TEAM, Problem.EMPTY_GROUP)]


async def test_two_groups_of_one_name_are_not_guessed_between() -> None:
    tenant = Tenant(groups={TEAM: [], ANN: []}, names={TEAM: "Support", ANN: "Support"})
    found = await resolve(tenant, "Support")
    assert problems(found) == [("Support", Problem.NOT_ONE)]


async def test_a_server_that_ignores_filters_does_not_hand_us_strangers() -> None:
    tenant = Tenant(
        [user(ANN, "ann@contoso.test")], {TEAM: []}, {TEAM: "Sales", BOB: "Other"}, filters=False
    )
    found = await resolve(tenant, "Support", "nobody@contoso.test")
    assert {problem for _, problem in problems(found)} == {Problem.UNKNOWN}


SHUT = [Refused("no permission", status=403), Unavailable("down", status=503)]


@pytest.mark.parametrize("error", SHUT)
async def test_an_object_id_is_used_though_the_directory_is_shut(error: GraphError) -> None:
    found = await resolve(Tenant(shut=error), ANN.upper(), "bob@contoso.test", "Support")
    assert [(u.id, u.known) for u in people(found, ANN.upper())] == [(ANN, False)]
    assert people(found, "bob@contoso.test") == []
    assert {problem for _, problem in problems(found)} == {Problem.UNREADABLE}
    assert len(found.findings) == 3


async def test_an_id_that_is_surely_no_user_is_not_used_as_one() -> None:
    found = await resolve(Tenant(groups_shut=SHUT[0]), TEAM)
    assert people(found, TEAM) == []
    assert problems(found) == [(TEAM, Problem.UNREADABLE)]


async def test_a_name_given_twice_is_looked_up_once() -> None:
    transport = FakeTransport(Tenant([user(ANN, "ann@contoso.test")]).answer)
    directory = Directory(transport=transport, tenant_id="t", app_id="a")
    await directory.resolve([Reference("ann@contoso.test")] * 3)
    assert len(transport.sent) == 1
    assert (transport.sent[0].tenant_id, transport.sent[0].app_id) == ("t", "a")
