import ssl
import time
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity.aio import (
    CertificateCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    ManagedIdentityCredential,
)

from emulator.config import default_config
from emulator.identity import GRAPH, Identity, TokenRefused
from emulator.server import Options, Server

SCOPE = "https://graph.microsoft.com/.default"


async def started(folder: Path) -> Server:
    server = Server(Options(config=default_config(), folder=folder, port=0, key="test"))
    await server.start()
    return server


async def reads_users(server: Server, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{server.url}/v1.0/users"
    async with aiohttp.ClientSession() as http, http.get(url, headers=headers) as response:
        return response.status


def with_ca(server: Server) -> dict[str, Any]:
    return {
        "authority": server.tls_url,
        "connection_verify": str(server.certificates.ca),
        "disable_instance_discovery": True,
    }


async def test_managed_identity_on_http(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = await started(tmp_path)
    try:
        for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER"):
            monkeypatch.setenv(name, server.environment()[name])
        app_id = server.environment()["SWITCHBOARD_APP_ID"]
        async with ManagedIdentityCredential(client_id=app_id) as credential:
            token = await credential.get_token(SCOPE)
        assert await reads_users(server, token.token) == 200
        claims = jwt.decode(token.token, options={"verify_signature": False})
        assert claims["appid"] == app_id
        assert "Calls.Initiate.All" in claims["roles"]
    finally:
        await server.stop()


async def test_secret_on_https_with_the_ca(tmp_path: Path) -> None:
    server = await started(tmp_path)
    try:
        application = server.options.config.applications[0]
        async with ClientSecretCredential(
            application.tenant_id, application.id, application.secret, **with_ca(server)
        ) as good:
            token = await good.get_token(SCOPE)
        assert await reads_users(server, token.token) == 200
        async with ClientSecretCredential(
            application.tenant_id, application.id, "wrong", **with_ca(server)
        ) as bad:
            with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
                await bad.get_token(SCOPE)
    finally:
        await server.stop()


async def test_certificate_and_federated_assertion_on_https(tmp_path: Path) -> None:
    server = await started(tmp_path)
    try:
        application = server.options.config.applications[0]
        ids = (application.tenant_id, application.id)
        async with CertificateCredential(
            *ids, certificate_path=str(server.certificates.client), **with_ca(server)
        ) as certificate:
            assert await reads_users(server, (await certificate.get_token(SCOPE)).token) == 200
        exchange = server.shell.identity.application_token(
            application, "api://AzureADTokenExchange", int(time.time() * 1000)
        )
        async with ClientAssertionCredential(
            *ids, lambda: exchange, **with_ca(server)
        ) as federated:
            assert await reads_users(server, (await federated.get_token(SCOPE)).token) == 200
        async with ClientAssertionCredential(*ids, lambda: "rubbish", **with_ca(server)) as rubbish:
            with pytest.raises(ClientAuthenticationError, match="AADSTS700027"):
                await rubbish.get_token(SCOPE)
    finally:
        await server.stop()


async def test_instance_discovery_and_metadata_agree(tmp_path: Path) -> None:
    server = await started(tmp_path)
    try:
        application = server.options.config.applications[0]
        settings = with_ca(server)
        del settings["disable_instance_discovery"]
        async with ClientSecretCredential(
            application.tenant_id, application.id, application.secret, **settings
        ) as credential:
            assert (await credential.get_token(SCOPE)).token
        tls = ssl.create_default_context(cafile=str(server.certificates.ca))
        async with aiohttp.ClientSession() as http:
            url = f"{server.tls_url}/{application.tenant_id}/v2.0/.well-known/openid-configuration"
            async with http.get(url, ssl=tls) as response:
                metadata = await response.json()
            async with http.get(metadata["jwks_uri"], ssl=tls) as response:
                keys = jwt.PyJWKSet.from_dict(await response.json())
            who = f"{server.url}/emulator/token?user=ada.agent@contoso.example&roles=Supervisor"
            async with http.get(who, headers={"X-Emulator-Key": "test"}) as response:
                token = (await response.json())["access_token"]
        key = keys[jwt.get_unverified_header(token)["kid"]]
        claims = jwt.decode(
            token,
            key.key,
            algorithms=["RS256"],
            audience=application.id,
            issuer=metadata["issuer"],
        )
        assert claims["preferred_username"] == "ada.agent@contoso.example"
        assert claims["roles"] == ["Supervisor"]
    finally:
        await server.stop()


def test_token_expires_and_speaks_for_one_audience_only() -> None:
    config = default_config()
    identity = Identity(config, "https://127.0.0.1:1")
    now = 1_767_225_600_000
    header = f"Bearer {identity.application_token(config.applications[0], GRAPH, now)}"
    assert identity.bearer(header, GRAPH, now) is not None
    assert identity.bearer(header, "https://api.botframework.com", now) is None
    assert identity.bearer(header, GRAPH, now + 3_600_000) is None
    assert identity.bearer(header + "x", GRAPH, now) is None


def test_on_behalf_of_needs_a_token_of_ours() -> None:
    config = default_config()
    identity = Identity(config, "https://127.0.0.1:1")
    application, now = config.applications[0], int(time.time() * 1000)
    person = config.people[0]
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "client_id": application.id,
        "client_secret": application.secret,
        "scope": "https://graph.microsoft.com/Presence.Read.All",
        "assertion": identity.user_token(person, application, (), now),
    }
    answer = identity.token(application.tenant_id, form, "", now)
    claims = jwt.decode(str(answer["access_token"]), options={"verify_signature": False})
    assert (claims["oid"], claims["aud"]) == (person.id, GRAPH)
    with pytest.raises(TokenRefused, match="AADSTS50013"):
        identity.token(application.tenant_id, form | {"assertion": "x"}, "", now)


def test_managed_identity_wants_its_header() -> None:
    identity = Identity(default_config(), "https://127.0.0.1:1")
    query = {"resource": GRAPH, "api-version": "2019-08-01"}
    with pytest.raises(TokenRefused, match="X-IDENTITY-HEADER"):
        identity.managed_identity(query, "guess", 0)
