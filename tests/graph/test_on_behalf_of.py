"""Acting in a person's name: against the emulator's Entra, over https with its own certificate."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from aiohttp.test_utils import unused_port

from emulator.config import Person, default_config
from emulator.identity import EXCHANGE
from emulator.server import Options, Server
from graph.errors import TokenFailed
from graph.on_behalf_of import USERS, ConsentNeeded, OnBehalfOf
from graph.tokens import Credential, CredentialKind

READ = "https://graph.microsoft.com/User.Read"
PRESENCE = "https://graph.microsoft.com/Presence.Read.All"


@dataclass
class Entra:
    """The emulator, what the service knows of it, and a clock turned by hand."""

    server: Server
    now_ms: int

    def credential(self, kind: CredentialKind = CredentialKind.SECRET) -> Credential:
        application = self.server.options.config.applications[0]
        secret = application.secret if kind is CredentialKind.SECRET else None
        return Credential(
            kind=kind,
            app_id=application.id,
            tenant_id=application.tenant_id,
            authority_url=self.server.tls_url,
            secret=secret,
            certificate_path=str(self.server.certificates.client),
            ca_file=str(self.server.certificates.ca),
        )

    def on_behalf_of(self, credential: Credential | None = None, **more: Any) -> OnBehalfOf:
        return OnBehalfOf(credential or self.credential(), lambda: self.now_ms, **more)

    def people(self) -> tuple[Person, ...]:
        return self.server.options.config.people

    def assertion(self, person: Person) -> str:
        application = self.server.options.config.applications[0]
        now = int(time.time() * 1000)
        return self.server.shell.identity.user_token(person, application, ("Agent",), now)

    def handed_out(self) -> int:
        return len(self.server.shell.identity._tokens)

    async def vouch(self, _credential: Credential) -> str:
        application = self.server.options.config.applications[0]
        now = int(time.time() * 1000)
        return self.server.shell.identity.application_token(application, EXCHANGE, now)


@pytest.fixture
async def entra(tmp_path: Path) -> AsyncIterator[Entra]:
    server = Server(Options(config=default_config(), folder=tmp_path, port=0))
    await server.start()
    yield Entra(server, int(time.time() * 1000))
    await server.stop()


def claims(token: str) -> dict[str, Any]:
    told: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return told


@pytest.mark.parametrize(
    "kind", [CredentialKind.SECRET, CredentialKind.CERTIFICATE, CredentialKind.FEDERATED]
)
async def test_each_kind_of_credential_acts_for_the_person(
    entra: Entra, kind: CredentialKind
) -> None:
    ada = entra.people()[0]
    service = entra.on_behalf_of(entra.credential(kind), vouch=entra.vouch)
    told = claims(await service.token(ada.id, entra.assertion(ada), [READ]))
    assert (told["oid"], told["aud"]) == (ada.id, "https://graph.microsoft.com")
    assert READ in told["scp"]


async def test_a_token_is_kept_for_the_person_until_it_nears_its_end(entra: Entra) -> None:
    ada, service = entra.people()[0], entra.on_behalf_of()
    assertion = entra.assertion(ada)
    first = await service.token(ada.id, assertion, [READ, PRESENCE])
    assert await service.token(ada.id, assertion, [PRESENCE, READ]) == first
    assert await service.token(ada.id, assertion, [READ]) != first, "other scopes, other token"
    entra.now_ms += 54 * 60_000
    assert await service.token(ada.id, assertion, [READ, PRESENCE]) == first
    entra.now_ms += 2 * 60_000
    assert await service.token(ada.id, assertion, [READ, PRESENCE]) != first


async def test_nobody_gets_another_persons_token(entra: Entra) -> None:
    ada, ben = entra.people()[:2]
    service = entra.on_behalf_of()
    hers = await service.token(ada.id, entra.assertion(ada), [READ])
    his = await service.token(ben.id, entra.assertion(ben), [READ])
    assert (claims(hers)["oid"], claims(his)["oid"]) == (ada.id, ben.id)
    service.forget(ada.id)
    assert await service.token(ben.id, entra.assertion(ben), [READ]) == his
    assert await service.token(ada.id, entra.assertion(ada), [READ]) != hers


async def test_many_requests_at_once_ask_once(entra: Entra) -> None:
    ada, service = entra.people()[0], entra.on_behalf_of()
    before = entra.handed_out()
    found = await asyncio.gather(
        *(service.token(ada.id, entra.assertion(ada), [READ]) for _ in range(20))
    )
    assert len(set(found)) == 1
    assert entra.handed_out() == before + 1


async def test_what_is_kept_is_bounded(entra: Entra) -> None:
    service = entra.on_behalf_of()
    for number in range(USERS + 10):
        service._slot(f"user-{number}", (READ,))
    assert len(service._slots) == USERS
    assert ("user-0", (READ,)) not in service._slots


async def test_a_refusal_is_told_in_entras_words_and_not_kept(entra: Entra) -> None:
    ada, service = entra.people()[0], entra.on_behalf_of()
    with pytest.raises(ConsentNeeded, match="AADSTS50013"):
        await service.token(ada.id, "rubbish", [READ])
    assert claims(await service.token(ada.id, entra.assertion(ada), [READ]))["oid"] == ada.id


async def test_an_application_that_is_not_believed_is_no_matter_of_consent(entra: Entra) -> None:
    ada = entra.people()[0]
    service = entra.on_behalf_of(replace(entra.credential(), secret="wrong"))
    with pytest.raises(TokenFailed, match="AADSTS7000215") as refused:
        await service.token(ada.id, entra.assertion(ada), [READ])
    assert not isinstance(refused.value, ConsentNeeded)
    assert "wrong" not in str(refused.value)


async def test_a_managed_identity_says_what_to_set_instead(entra: Entra) -> None:
    service = entra.on_behalf_of(entra.credential(CredentialKind.MANAGED_IDENTITY))
    with pytest.raises(TokenFailed, match="set CREDENTIAL to `federated`"):
        await service.token("ada", "token", [READ])


async def test_an_authority_that_cannot_be_reached_or_trusted_is_a_token_that_failed(
    entra: Entra, tmp_path: Path
) -> None:
    gone = replace(entra.credential(), authority_url=f"https://127.0.0.1:{unused_port()}")
    stranger = replace(entra.credential(), ca_file=None)
    unsafe = replace(entra.credential(), authority_url=entra.server.url)
    no_file = replace(
        entra.credential(CredentialKind.CERTIFICATE), certificate_path=str(tmp_path / "none.pem")
    )
    for credential in (gone, stranger, unsafe, no_file):
        with pytest.raises(TokenFailed):
            await entra.on_behalf_of(credential).token("ada", "token", [READ])
