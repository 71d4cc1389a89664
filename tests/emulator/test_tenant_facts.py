"""What the emulator tells of a tenant to who sets it up: licenses, accounts, tokens, clocks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest

from emulator.config import Config, default_config, object_id
from emulator.faults import Fault
from emulator.identity import GRAPH
from emulator.server import Options, Server

GROUP = object_id("agents@contoso.example")
ADA, LEA, SALES = "ada.agent@contoso.example", "lea.left@contoso.example", "sales@contoso.example"


class Asked:
    """An application's requests to one emulator."""

    def __init__(self, server: Server, http: aiohttp.ClientSession) -> None:
        self.server = server
        self.http = http

    async def token(self) -> str:
        identity = self.server.shell.identity
        first = self.server.shell.world.config.applications[0]
        return identity.application_token(first, GRAPH, self.server.shell.now())

    async def get(self, path: str) -> tuple[int, Any, str]:
        headers = {"Authorization": f"Bearer {await self.token()}"}
        async with self.http.get(f"{self.server.url}/v1.0{path}", headers=headers) as answer:
            return answer.status, await answer.json(), answer.headers["Date"]


@asynccontextmanager
async def emulated(folder: Path, config: Config, **switches: str) -> AsyncIterator[Asked]:
    server = Server(Options(config=config, folder=folder, port=0, switches=switches))
    await server.start()
    try:
        async with aiohttp.ClientSession() as http:
            yield Asked(server, http)
    finally:
        await server.stop()


def with_first(**changes: Any) -> Config:
    config = default_config()
    return replace(config, applications=(replace(config.applications[0], **changes),))


def with_person(upn: str, **changes: Any) -> Config:
    config = default_config()
    people = tuple(replace(p, **changes) if p.upn == upn else p for p in config.people)
    return replace(config, people=people)


async def test_licenses_are_told_by_service_plan(tmp_path: Path) -> None:
    config = with_person(ADA, plans=("teams", "suspended phone"))
    async with emulated(tmp_path, config) as asked:
        ids = f"'{object_id(ADA)}', '{object_id(SALES)}'"
        path = f"/users?$filter=id in ({ids})&$select=id,assignedPlans"
        status, body, _ = await asked.get(path)
    assert status == 200
    plans = {row["id"]: row["assignedPlans"] for row in body["value"]}
    told = [(each["service"], each["capabilityStatus"]) for each in plans[object_id(ADA)]]
    assert told == [("TeamspaceAPI", "Enabled"), ("MicrosoftCommunicationsOnline", "Suspended")]
    assert len(plans[object_id(SALES)]) == 1


async def test_more_than_fifteen_values_in_a_filter_are_refused(tmp_path: Path) -> None:
    async with emulated(tmp_path, default_config()) as asked:
        ids = ", ".join(f"'{object_id(str(n))}'" for n in range(16))
        status, body, _ = await asked.get(f"/users?$filter=id in ({ids})")
    assert (status, body["error"]["code"]) == (400, "BadRequest")


async def test_teams_knows_accounts_by_kind_and_number_and_nobody_without_a_license(
    tmp_path: Path,
) -> None:
    async with emulated(tmp_path, with_person(LEA, plans=())) as asked:
        account = (await asked.get(f"/admin/teams/userConfigurations/{object_id(SALES)}"))[1]
        person = (await asked.get(f"/admin/teams/userConfigurations/{object_id(ADA)}"))[1]
        status, _, _ = await asked.get(f"/admin/teams/userConfigurations/{object_id(LEA)}")
    assert account["accountType"] == "resourceAccount"
    assert [each["telephoneNumber"] for each in account["telephoneNumbers"]] == ["+14255550101"]
    assert (person["accountType"], person["isEnterpriseVoiceEnabled"]) == ("user", True)
    assert status == 404


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("TeamsUserConfiguration.Read.All", f"/admin/teams/userConfigurations/{object_id(ADA)}"),
        (
            "GroupMember.Read.All",
            f"/groups/{GROUP}/transitiveMembers",
        ),
        ("", "/organization"),
    ],
)
async def test_a_missing_permission_is_refused(tmp_path: Path, role: str, path: str) -> None:
    roles = tuple(each for each in default_config().applications[0].roles if each != role)
    async with emulated(tmp_path, with_first(roles=roles)) as asked:
        status, body, _ = await asked.get(path)
    assert (status, body["error"]["code"]) == (403, "Authorization_RequestDenied")


async def test_the_tenants_domains_are_told_to_who_may_know(tmp_path: Path) -> None:
    roles = ("Organization.Read.All",)
    async with emulated(tmp_path, with_first(roles=roles)) as asked:
        _, body, _ = await asked.get("/organization")
    assert [each["name"] for each in body["value"][0]["verifiedDomains"]] == ["contoso.example"]


@pytest.mark.parametrize("speaks_as", ["own", "opaque", "other_tenant", "other_application"])
async def test_a_token_says_what_the_configuration_wants_and_graph_takes_it(
    tmp_path: Path, speaks_as: str
) -> None:
    async with emulated(tmp_path, with_first(speaks_as=speaks_as)) as asked:
        token = await asked.token()
        status, _, _ = await asked.get("/users")
        first = asked.server.shell.world.config.applications[0]
    assert status == 200
    if speaks_as == "opaque":
        assert token.count(".") == 0
        return
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["tid"] == first.tenant_id) is (speaks_as != "other_tenant")
    assert (claims["appid"] == first.id) is (speaks_as != "other_application")


async def test_graphs_clock_may_be_another(tmp_path: Path) -> None:
    config = default_config()
    config = replace(config, timings=replace(config.timings, ahead_ms=600_000))
    async with emulated(tmp_path, config) as asked:
        date = (await asked.get("/users"))[2]
        ahead = parsedate_to_datetime(date).timestamp() - asked.server.shell.now() / 1000
    assert 595 < ahead <= 600


async def test_requests_without_a_token_and_for_one_have_bad_days_too(tmp_path: Path) -> None:
    async with emulated(tmp_path, default_config()) as asked:
        faults = asked.server.shell.world.faults
        faults.add(Fault(kind="503", op="unauthorized"))
        faults.add(Fault(kind="500", op="token"))
        async with asked.http.get(f"{asked.server.url}/v1.0/users") as answer:
            assert answer.status == 503
        async with asked.http.get(f"{asked.server.url}/v1.0/users") as answer:
            assert answer.status == 401
        async with asked.http.get(f"{asked.server.url}/msi/token") as answer:
            assert answer.status == 500
        async with asked.http.get(f"{asked.server.url}/msi/token") as answer:
            assert answer.status == 401


@pytest.mark.parametrize(
    ("told", "expected"), [("told", 1), ("without_number", 0), ("unknown", None)]
)
async def test_what_teams_tells_of_accounts_is_a_switch(
    tmp_path: Path, told: str, expected: int | None
) -> None:
    async with emulated(tmp_path, default_config(), teams_accounts=told) as asked:
        status, body, _ = await asked.get(f"/admin/teams/userConfigurations/{object_id(SALES)}")
    assert status == (404 if expected is None else 200)
    assert expected is None or len(body["telephoneNumbers"]) == expected
