"""Tokens that go out: one request for many who wait, renewed in time, replaced when revoked."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from kit.entra import HEADER, Entra, make_certificate
from kit.spawning import Tasks
from kit.token_issuer import Clock

from graph.errors import NotSent, TokenFailed
from graph.tokens import REVOCATIONS, Credential, CredentialKind, Tokens

APP = "0b6f2f3c-53a1-4e0c-9f55-7f9a3f0f1a01"
HOME = "5d0c3f9e-1b7a-4e55-9c6c-0a1f4f6d2b10"
CUSTOMER = "6e1d4f0f-2c8b-4f66-8d7d-1b205f7e3c21"
MINUTE_MS = 60_000


@pytest.fixture
def clock() -> Clock:
    # azure-identity reads the wall clock itself, so ours begins there.
    return Clock(int(time.time()) * 1000)


@pytest.fixture
def certificate(tmp_path: Path) -> Any:
    return make_certificate(tmp_path)


@pytest.fixture
async def entra(
    clock: Clock, certificate: Any, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Entra]:
    entra = Entra(clock)
    await entra.start(certificate[0])
    monkeypatch.setenv("IDENTITY_ENDPOINT", entra.identity_endpoint)
    monkeypatch.setenv("IDENTITY_HEADER", HEADER)
    monkeypatch.setenv("NO_PROXY", "*")
    yield entra
    await entra.close()


@pytest.fixture
async def tasks() -> AsyncIterator[Tasks]:
    tasks = Tasks()
    yield tasks
    await tasks.close()


@pytest.fixture
def make(entra: Entra, clock: Clock, tasks: Tasks, certificate: Any) -> Callable[..., Tokens]:
    def made(kind: str = "managed_identity", **changes: Any) -> Tokens:
        options: dict[str, Any] = {
            "kind": CredentialKind(kind),
            "app_id": APP,
            "tenant_id": HOME,
            "authority_url": entra.authority_url,
            "secret": "the-secret",
            "certificate_path": str(certificate[2]),
            "ca_file": str(certificate[1]),
            **changes,
        }
        return Tokens([Credential(**options)], clock, spawn=tasks.spawn)

    return made


async def test_a_managed_identity_asks_app_service(
    make: Callable[..., Tokens], entra: Entra
) -> None:
    tokens = make()
    assert tokens.cached(APP, HOME) is None
    assert await tokens.token(APP, HOME) == "managed-1"
    assert tokens.cached(APP, HOME) == "managed-1"
    assert entra.asked[0]["resource"] == "https://graph.microsoft.com"
    assert entra.asked[0]["client_id"] == APP


@pytest.mark.parametrize("kind", ["secret", "certificate", "federated"])
async def test_the_token_is_asked_of_the_calls_own_tenant(
    make: Callable[..., Tokens], entra: Entra, kind: str
) -> None:
    tokens = make(kind)
    token = await tokens.token(APP.upper(), CUSTOMER)
    asked = entra.asked[-1]
    assert token == f"{CUSTOMER}-{len(entra.asked)}"
    assert (asked["kind"], asked["client_id"]) == (CUSTOMER, APP)
    assert asked["scope"] == "https://graph.microsoft.com/.default"
    proof = {
        "secret": asked.get("client_secret") == "the-secret",
        "certificate": asked.get("client_assertion", "").count(".") == 2,
        "federated": asked.get("client_assertion") == "managed-1",
    }
    assert proof[kind]


async def test_an_unnamed_application_is_the_first_and_no_tenant_is_home(
    make: Callable[..., Tokens],
) -> None:
    assert await make("secret").token("", "") == f"{HOME}-1"


async def test_a_managed_identity_serves_no_other_tenant(
    make: Callable[..., Tokens], entra: Entra
) -> None:
    with pytest.raises(TokenFailed, match="home tenant"):
        await make().token(APP, CUSTOMER)
    assert entra.asked == []


async def test_an_application_without_a_credential_has_no_token(
    make: Callable[..., Tokens],
) -> None:
    with pytest.raises(NotSent, match="no credential"):
        await make().token(CUSTOMER, HOME)


async def test_twenty_who_wait_ask_once(make: Callable[..., Tokens], entra: Entra) -> None:
    tokens = make()
    got = await asyncio.gather(*(tokens.token(APP, HOME) for _ in range(20)))
    assert set(got) == {"managed-1"}
    assert len(entra.asked) == 1


async def test_one_who_gives_up_does_not_end_the_request_for_the_others(
    make: Callable[..., Tokens], entra: Entra
) -> None:
    entra.stalled = asyncio.Event()
    tokens = make()
    async with asyncio.TaskGroup() as group:
        impatient = group.create_task(tokens.token(APP, HOME))
        patient = group.create_task(tokens.token(APP, HOME))
        await entra.arrived.wait()
        impatient.cancel()
        entra.stalled.set()
    assert patient.result() == "managed-1"
    assert len(entra.asked) == 1


async def test_a_token_is_renewed_before_it_ends_and_nobody_waits(
    make: Callable[..., Tokens], entra: Entra, clock: Clock, tasks: Tasks
) -> None:
    tokens = make()
    await tokens.token(APP, HOME)
    clock.now_ms += 49 * MINUTE_MS
    assert tokens.cached(APP, HOME) == "managed-1"
    assert tasks.started == 1
    clock.now_ms += 2 * MINUTE_MS
    assert tokens.cached(APP, HOME) == "managed-1"
    assert tokens.cached(APP, HOME) == "managed-1"
    await tasks.settle()
    assert tokens.cached(APP, HOME) == "managed-2"
    assert len(entra.asked) == 2


async def test_a_token_that_cannot_be_renewed_is_used_until_it_ends(
    make: Callable[..., Tokens], entra: Entra, clock: Clock, tasks: Tasks
) -> None:
    tokens = make()
    await tokens.token(APP, HOME)
    entra.broken = True
    clock.now_ms += 51 * MINUTE_MS
    for _ in range(3):
        assert tokens.cached(APP, HOME) == "managed-1"
        await tasks.settle()
    asked = len(entra.asked)
    clock.now_ms += 10 * MINUTE_MS
    assert tokens.cached(APP, HOME) is None
    with pytest.raises(TokenFailed):
        await tokens.token(APP, HOME)
    assert asked < len(entra.asked)


async def test_the_last_seconds_of_a_token_are_used_when_no_other_can_be_had(
    make: Callable[..., Tokens], entra: Entra, clock: Clock
) -> None:
    tokens = make()
    await tokens.token(APP, HOME)
    entra.broken = True
    clock.now_ms += 59 * MINUTE_MS + 45_000
    assert tokens.cached(APP, HOME) is None
    for _ in range(2):
        assert await tokens.token(APP, HOME) == "managed-1"


async def test_a_failure_is_told_without_asking_again_at_once(
    make: Callable[..., Tokens], entra: Entra, clock: Clock
) -> None:
    tokens = make("secret")
    entra.broken = True
    with pytest.raises(TokenFailed, match="AADSTS7000215"):
        await tokens.token(APP, HOME)
    asked = len(entra.asked)
    with pytest.raises(TokenFailed, match="AADSTS7000215"):
        await tokens.token(APP, HOME)
    assert len(entra.asked) == asked
    entra.broken = False
    clock.now_ms += 1_001
    assert await tokens.token(APP, HOME) == f"{HOME}-{asked + 1}"


async def test_a_revoked_token_is_replaced_for_everybody_at_once(
    make: Callable[..., Tokens], entra: Entra
) -> None:
    tokens = make()
    old = await tokens.token(APP, HOME)
    for _ in range(5):
        tokens.invalidate(old)
    assert tokens.cached(APP, HOME) is None
    fresh = await asyncio.gather(*(tokens.token(APP, HOME) for _ in range(5)))
    assert set(fresh) == {"managed-2"}
    tokens.invalidate(old)
    assert tokens.cached(APP, HOME) == "managed-2"


async def test_a_graph_that_refuses_every_token_does_not_flood_entra(
    make: Callable[..., Tokens], entra: Entra, clock: Clock
) -> None:
    tokens = make()
    for _ in range(20):
        tokens.invalidate(await tokens.token(APP, HOME))
    assert len(entra.asked) == 1 + REVOCATIONS
    clock.now_ms += MINUTE_MS
    tokens.invalidate(await tokens.token(APP, HOME))
    assert await tokens.token(APP, HOME) == f"managed-{2 + REVOCATIONS}"


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "secret", "authority_url": "http://127.0.0.1:1"},
        {"kind": "secret", "secret": ""},
        {"kind": "certificate", "certificate_path": "/nowhere/cert.pem"},
        {"kind": "secret", "tenant_id": "not a tenant!"},
    ],
)
async def test_a_wrong_setting_is_a_failure_in_words(
    make: Callable[..., Tokens], changes: dict[str, Any]
) -> None:
    with pytest.raises(TokenFailed) as caught:
        await make(**changes).token("", "")
    assert len(str(caught.value)) > 20


async def test_nothing_secret_is_shown(make: Callable[..., Tokens], entra: Entra) -> None:
    assert "hidden" not in repr(
        Credential(
            kind=CredentialKind.SECRET,
            app_id=APP,
            tenant_id=HOME,
            secret="hidden",
            certificate_password="hidden",
        )
    )
