"""Signing in at the emulator as the tab does, and what the service believes of it: real HTTP, real
tokens. Everything that is no sign-in is refused in words, and opens nothing."""

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest
import pytest_asyncio
from kit.signing_in import VisitingPage
from kit.whole_service import WholeService, whole_service

from emulator.config import Person, object_id

pytestmark = pytest.mark.asyncio(loop_scope="module")
ADA, SAM = "ada.agent@contoso.example", "sam.supervisor@contoso.example"
SCRIPT = '<script>alert("x")</script>'
PLAN = f"""
tenant: contoso.example
default_entry_point: main
entry_points:
  main: {{queue: support, fallback: {{number: "+14255550199"}}}}
queues:
  support:
    title: Support
    members: [{ADA}]
    supervisors: [{SAM}]
  sales: {{members: [ben.agent@contoso.example]}}
"""


@dataclass
class Both:
    """The service, the emulator, and a page that visits both."""

    service: WholeService
    http: aiohttp.ClientSession

    def page(self) -> VisitingPage:
        return VisitingPage(http=self.http, emulator=self.service.emulator, origin=self.service.url)

    async def me(self, token: str | None) -> tuple[int, dict[str, Any]]:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        async with self.http.get(f"{self.service.url}/api/me", headers=headers) as answer:
            return answer.status, await answer.json()

    def forged(self, **changes: Any) -> str:
        """A token that Entra's own key signed for Ada, with claims changed (None: left out)."""
        identity = self.service.emulator.shell.identity
        config = identity.config
        now = int(time.time() * 1000)
        token = identity.user_token(config.people[0], config.applications[0], ("Agent",), now)
        claims = jwt.decode(token, options={"verify_signature": False}) | changes
        return identity.entra.sign({k: v for k, v in claims.items() if v is not None})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Both]:
    folder: Path = tmp_path_factory.mktemp("sign-in")
    eve = Person(
        id=object_id("eve"),
        upn="eve.agent@contoso.example",
        name=SCRIPT,
        tenant_id=object_id("contoso.example"),
        roles=("Agent",),
    )
    with pytest.MonkeyPatch.context() as patch:
        async with (
            whole_service(PLAN, folder, patch, people=(eve,)) as service,
            aiohttp.ClientSession() as http,
        ):
            await service.hired()
            yield Both(service, http)


async def test_a_code_with_its_proof_becomes_a_session(both: Both) -> None:
    page = both.page()
    status, told = await page.redeem(await page.code(ADA))
    assert (status, told["readable_by"]) == (200, page.origin)
    status, me = await both.me(told["access_token"])
    assert (status, me["name"], me["roles"]) == (200, "Ada Agent", ["Agent"])
    assert [queue["queue"] for queue in me["queues"]] == ["support"]
    assert me["agent"] is not None


async def test_a_session_renews_itself(both: Both) -> None:
    page = both.page()
    _, first = await page.redeem(await page.code(SAM))
    status, second = await page.renew(first["refresh_token"])
    assert (status, second["readable_by"]) == (200, page.origin)
    assert second["access_token"] != first["access_token"]
    _, me = await both.me(second["access_token"])
    assert [queue["queue"] for queue in me["queues"]] == ["support"]
    assert me["queues"][0]["supervise"] is True


async def test_each_role_comes_from_the_token(both: Both) -> None:
    names = {"amy.admin": "Admin", "otto.auditor": "Auditor", "sam.supervisor": "Supervisor"}
    for name, role in names.items():
        _, me = await both.me(await both.page().signed_in(f"{name}@contoso.example"))
        assert me["roles"] == [role]


async def test_who_has_no_role_is_told_so(both: Both) -> None:
    status, said = await both.me(await both.page().signed_in("una.user@contoso.example"))
    assert status == 403
    assert "ask an administrator" in said["error"]


async def test_a_code_is_good_once(both: Both) -> None:
    page = both.page()
    code = await page.code(ADA)
    assert (await page.redeem(code))[0] == 200
    status, told = await page.redeem(code)
    assert (status, told["error"]) == (400, "invalid_grant")
    assert "AADSTS54005" in told["error_description"]


async def test_a_tampered_proof_uses_the_code_up(both: Both) -> None:
    page = both.page()
    code = await page.code(ADA)
    status, told = await page.redeem(code, code_verifier=page.verifier[:-1] + "~")
    assert (status, told["error"]) == (400, "invalid_grant")
    assert "AADSTS501481" in told["error_description"]
    assert (await page.redeem(code))[0] == 400


WRONG_TOKEN_REQUESTS: dict[str, tuple[dict[str, str | None], str]] = {
    "no proof": ({"code_verifier": None}, "AADSTS501481"),
    "the challenge as its own proof": ({"code_verifier": "A" * 43}, "AADSTS501481"),
    "another address": ({"redirect_uri": "https://evil.example/tab/"}, "AADSTS500112"),
    "an unknown code": ({"code": "x"}, "AADSTS70008"),
    "another application": ({"client_id": object_id("other")}, "AADSTS700016"),
    "no origin": ({"origin": None}, "AADSTS9002327"),
    "another origin": ({"origin": "https://evil.example"}, "AADSTS9002327"),
}


@pytest.mark.parametrize("case", WRONG_TOKEN_REQUESTS)
async def test_a_wrong_token_request_is_refused(both: Both, case: str) -> None:
    changes, number = WRONG_TOKEN_REQUESTS[case]
    page = both.page()
    code = await page.code(ADA)
    status, told = await page.redeem(**({"code": code} | changes))  # type: ignore[arg-type]
    assert status == 400
    assert number in told["error_description"]
    assert "access_token" not in told
    if "origin" in changes:
        assert told["readable_by"] is None


async def test_a_code_without_a_challenge_is_worth_nothing(both: Both) -> None:
    page = both.page()
    code = await page.code(ADA, code_challenge=None, code_challenge_method=None)
    status, told = await page.redeem(code)
    assert status == 400
    assert "AADSTS9002325" in told["error_description"]


async def test_a_refresh_token_is_no_code_and_a_code_no_refresh_token(both: Both) -> None:
    page = both.page()
    code = await page.code(ADA)
    assert (await page.renew(code))[0] == 400
    _, told = await page.redeem(code)
    assert (await page.redeem(told["refresh_token"]))[0] == 400


WRONG_VISITS: dict[str, tuple[dict[str, str | None], str]] = {
    "an open redirect": ({"redirect_uri": "https://evil.example/"}, "AADSTS50011"),
    "a longer path": ({"redirect_uri": "{origin}/tab/../api/board"}, "AADSTS50011"),
    "another port's page": ({"redirect_uri": "http://127.0.0.1:1/tab/"}, "AADSTS50011"),
    "a user in the address": ({"redirect_uri": "http://127.0.0.1:1@evil.example/"}, "AADSTS50011"),
    "no address": ({"redirect_uri": None}, "AADSTS50011"),
    "an unknown application": ({"client_id": "nobody"}, "AADSTS700016"),
    "a token in the address": ({"response_type": "token"}, "AADSTS700054"),
    "another kind of proof": ({"code_challenge_method": "plain"}, "AADSTS501491"),
    "another API": ({"scope": "https://graph.microsoft.com/.default"}, "AADSTS65005"),
    "a script as address": ({"redirect_uri": f"javascript:{SCRIPT}"}, "AADSTS50011"),
}


@pytest.mark.parametrize("case", WRONG_VISITS)
async def test_a_wrong_visit_stays_where_it_is(both: Both, case: str) -> None:
    """Also a person who picks somebody on such a page is sent nowhere."""
    changes, number = WRONG_VISITS[case]
    page = both.page()
    told = {k: v and v.replace("{origin}", page.origin) for k, v in changes.items()}
    async with both.http.get(f"{page.endpoint}/authorize", params=page.visit(**told)) as answer:
        text = await answer.text()
        assert answer.status == 400
    assert number in text
    assert SCRIPT not in text
    status, said = await page.pick(ADA, **told)
    assert (status, number in said) == (400, True)


async def test_a_disabled_account_cannot_sign_in(both: Both) -> None:
    status, said = await both.page().pick("lea.left@contoso.example")
    assert (status, "AADSTS50057" in said) == (400, True)
    status, said = await both.page().pick("pat.partner@fabrikam.example")
    assert (status, "AADSTS50034" in said) == (400, True)


async def test_a_script_in_a_persons_name_stays_text(both: Both) -> None:
    page = both.page()
    visit = page.visit(state=f'"><{SCRIPT}')
    async with both.http.get(f"{page.endpoint}/authorize", params=visit) as answer:
        text = await answer.text()
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    _, me = await both.me(await page.signed_in("eve.agent@contoso.example"))
    assert me["name"] == SCRIPT


BAD_TOKENS: dict[str, tuple[Callable[[Both], str], int]] = {
    "expired": (lambda both: both.forged(exp=int(time.time()) - 301), 401),
    "another tenant's": (
        lambda both: both.forged(
            tid=object_id("fabrikam.example"),
            iss=f"{both.service.emulator.tls_url}/{object_id('fabrikam.example')}/v2.0",
        ),
        401,
    ),
    "another tenant in ours": (lambda both: both.forged(tid=object_id("fabrikam.example")), 403),
    "another audience": (lambda both: both.forged(aud="https://graph.microsoft.com"), 401),
    "another application's": (lambda both: both.forged(aud=object_id("other")), 401),
    "an ID token": (lambda both: both.forged(scp=None), 401),
    "another scope": (lambda both: both.forged(scp="User.Read"), 401),
    "no role": (lambda both: both.forged(roles=None), 403),
    "a role of another application": (lambda both: both.forged(roles=["Owner"]), 403),
    "none at all": (lambda _both: "", 401),
}


@pytest.mark.parametrize("case", BAD_TOKENS)
async def test_a_token_that_is_not_for_us_opens_nothing(both: Both, case: str) -> None:
    make, expected = BAD_TOKENS[case]
    assert (await both.me(both.forged()))[0] == 200, "it is the change that is refused"
    status, said = await both.me(make(both))
    assert status == expected
    assert set(said) == {"error"}
