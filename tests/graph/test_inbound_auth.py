"""Tokens that come in: the good one is believed, every other is 401 or 403."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from kit.spawning import Tasks
from kit.token_issuer import AUDIENCE, ISSUER, TENANT, Clock, Issuer

from graph.errors import Forbidden, Unauthorized
from graph.inbound_auth import CACHED_TOKENS, TokenValidator, ValidatorConfig

HOUR_MS = 3_600_000


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    issuer = Issuer(Clock())
    await issuer.start()
    yield issuer
    if issuer.stalled is not None:
        issuer.stalled.set()
    await issuer.close()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def tasks() -> AsyncIterator[Tasks]:
    tasks = Tasks()
    yield tasks
    await tasks.close()


@pytest.fixture
def make(
    issuer: Issuer, http: aiohttp.ClientSession, tasks: Tasks
) -> Callable[..., TokenValidator]:
    def made(**changes: Any) -> TokenValidator:
        config = ValidatorConfig(
            **{
                "openid_url": issuer.openid_url,
                "issuers": ("https://graph.microsoft.com", ISSUER),
                "audiences": (AUDIENCE,),
                "tenants": (TENANT.upper(),),
                **changes,
            }
        )
        return TokenValidator(config, http, issuer.clock, spawn=tasks.spawn)

    return made


@pytest.fixture
def validator(make: Callable[..., TokenValidator]) -> TokenValidator:
    return make()


async def test_a_good_token_is_believed(validator: TokenValidator, issuer: Issuer) -> None:
    claims = await validator.validate(issuer.header())
    assert (claims.issuer, claims.audience, claims.tenant_id) == (ISSUER, AUDIENCE, TENANT)
    assert claims.expires_at == issuer.clock() + 3_900_000
    assert claims.endorsements == ("msteams",)
    assert claims.raw["tid"] == TENANT


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": AUDIENCE.upper()},
        {"aud": ["someone-else", AUDIENCE]},
        {"iss": "https://graph.microsoft.com"},
        {"tid": TENANT.upper()},
        {"nbf": None},
        {"iat": None},
        {"iat": "then"},
    ],
)
async def test_a_good_token_may_be_spelled_otherwise(
    validator: TokenValidator, issuer: Issuer, changes: dict[str, Any]
) -> None:
    assert (await validator.validate(issuer.header(**changes))).tenant_id == TENANT


async def test_the_scheme_is_read_in_any_case(validator: TokenValidator, issuer: Issuer) -> None:
    header = issuer.header().replace("Bearer ", "bEARER   ")
    assert (await validator.validate(header)).tenant_id == TENANT


REFUSED: dict[str, Callable[[Issuer], str | None]] = {
    "no header": lambda _: None,
    "an empty header": lambda _: "",
    "no token": lambda _: "Bearer",
    "another scheme": lambda i: i.header().replace("Bearer", "Basic"),
    "garbage": lambda _: "Bearer garbage",
    "dotted garbage": lambda _: "Bearer a.b.c",
    "bytes that are no text": lambda _: "Bearer \udcff\udc00",
    "other letters": lambda _: "Bearer ключ",
    "far too long": lambda i: i.header() + "A" * 20_000,
    "expired": lambda i: i.header(exp=i.clock() // 1000 - 301),
    "never expires": lambda i: i.header(exp=None),
    "not valid yet": lambda i: i.header(nbf=i.clock() // 1000 + 301),
    "exp is text": lambda i: i.header(exp="later"),
    "exp is true": lambda i: i.header(exp=True),
    "exp is a list": lambda i: i.header(exp=[1]),
    "exp is beyond all time": lambda i: i.header(exp=10**30),
    "exp is negative": lambda i: i.header(exp=-1),
    "nbf is text": lambda i: i.header(nbf="now"),
    "another audience": lambda i: i.header(aud="someone-else"),
    "no audience": lambda i: i.header(aud=None),
    "audience is a number": lambda i: i.header(aud=7),
    "audience is an object": lambda i: i.header(aud={"a": 1}),
    "another issuer": lambda i: i.header(iss="https://evil.example.test"),
    "issuer with a tail": lambda i: i.header(iss=ISSUER + ".evil.example.test"),
    "no issuer": lambda i: i.header(iss=None),
    "forged with a known key id": lambda i: i.header(key="forger", kid="first"),
    "forged with its own key id": lambda i: i.header(key="forger"),
    "key id is a number": lambda _: "Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6N30.e30.AA",
    "tampered": lambda i: i.tampered(),
    "signature cut off": lambda i: i.header().rpartition(".")[0] + ".",
    "alg none": lambda i: i.unsigned(),
    "the public key as a secret": lambda i: i.signed_with_the_public_key(),
}


@pytest.mark.parametrize("kind", REFUSED)
async def test_any_other_token_is_unauthorized(
    validator: TokenValidator, issuer: Issuer, kind: str
) -> None:
    header = REFUSED[kind](issuer)
    for _ in range(2):
        assert validator.cached(header) is None
        with pytest.raises(Unauthorized):
            await validator.validate(header)


@pytest.mark.parametrize("kind", ["alg none", "the public key as a secret"])
async def test_only_one_algorithm_is_even_tried(
    validator: TokenValidator, issuer: Issuer, kind: str
) -> None:
    with pytest.raises(Unauthorized, match="algorithm"):
        await validator.validate(REFUSED[kind](issuer))


@pytest.mark.parametrize("changes", [{"tid": None}, {"tid": ""}, {"tid": 7}, {"tid": AUDIENCE}])
async def test_a_token_of_no_tenant_or_a_strange_one_is_forbidden(
    validator: TokenValidator, issuer: Issuer, changes: dict[str, Any]
) -> None:
    with pytest.raises(Forbidden):
        await validator.validate(issuer.header(**changes))


async def test_where_no_tenant_is_required_none_is_missed(
    make: Callable[..., TokenValidator], issuer: Issuer
) -> None:
    validator = make(require_tenant=False)
    assert (await validator.validate(issuer.header(tid=None))).tenant_id is None
    with pytest.raises(Forbidden):
        await validator.validate(issuer.header(tid=AUDIENCE))


@pytest.mark.parametrize(
    ("iss", "good"),
    [
        (f"https://login.microsoftonline.com/{TENANT}/v2.0", True),
        (f"https://login.microsoftonline.com/{AUDIENCE}/v2.0", False),
        ("https://login.microsoftonline.com/{tenantid}/v2.0", False),
    ],
)
async def test_entra_issuers_carry_the_tokens_own_tenant(
    make: Callable[..., TokenValidator], issuer: Issuer, iss: str, good: bool
) -> None:
    validator = make(issuers=("https://login.microsoftonline.com/{tenantid}/v2.0",))
    if good:
        assert (await validator.validate(issuer.header(iss=iss))).issuer == iss
    else:
        with pytest.raises(Unauthorized):
            await validator.validate(issuer.header(iss=iss))


async def test_five_minutes_of_clock_difference_are_forgiven(
    validator: TokenValidator, issuer: Issuer
) -> None:
    now = issuer.clock() // 1000
    assert await validator.validate(issuer.header(exp=now - 299, nbf=now - 4000))
    assert await validator.validate(issuer.header(nbf=now + 299))


# --- the cache


async def test_a_verified_token_is_remembered_until_it_expires(
    validator: TokenValidator, issuer: Issuer
) -> None:
    header = issuer.header(exp=issuer.clock() // 1000 + 60)
    assert validator.cached(header) is None
    claims = await validator.validate(header)
    assert validator.cached(header) is claims
    issuer.clock.now_ms += 60_000
    assert validator.cached(header) is None


async def test_the_cache_is_bounded(validator: TokenValidator, issuer: Issuer) -> None:
    header = issuer.header()
    claims = await validator.validate(header)
    for number in range(CACHED_TOKENS):
        validator._remember(number.to_bytes(8, "big"), next(iter(validator._verified.values())))
    assert len(validator._verified) == CACHED_TOKENS
    assert validator.cached(header) is None
    assert await validator.validate(header) == claims


async def test_a_token_whose_key_was_withdrawn_is_believed_no_more(
    validator: TokenValidator, issuer: Issuer, tasks: Tasks
) -> None:
    header = issuer.header()
    await validator.validate(header)
    issuer.published = ["second"]
    await validator.validate(issuer.header(key="second"))
    assert validator.cached(header) is None
    with pytest.raises(Unauthorized):
        await validator.validate(header)


# --- the keys


async def test_a_new_key_is_fetched_once_however_many_ask(
    validator: TokenValidator, issuer: Issuer
) -> None:
    await validator.validate(issuer.header())
    issuer.published = ["first", "second"]
    headers = [issuer.header(key="second", sub=str(n)) for n in range(20)]
    believed = await asyncio.gather(*(validator.validate(header) for header in headers))
    assert len(believed) == 20
    assert issuer.fetches == 2


async def test_the_first_keys_are_fetched_once_however_many_ask(
    validator: TokenValidator, issuer: Issuer
) -> None:
    headers = [issuer.header(sub=str(n)) for n in range(20)]
    await asyncio.gather(*(validator.validate(header) for header in headers))
    assert issuer.fetches == 1


async def test_invented_key_ids_cannot_make_us_fetch_without_end(
    validator: TokenValidator, issuer: Issuer
) -> None:
    await validator.validate(issuer.header())
    forged = issuer.header(key="forger")
    for number in range(50):
        for header in (forged, issuer.header(key="forger", kid=f"invented-{number}")):
            with pytest.raises(Unauthorized):
                await validator.validate(header)
    assert issuer.fetches <= 4
    issuer.clock.now_ms += 61_000
    issuer.published = ["second"]
    assert await validator.validate(issuer.header(key="second"))


async def test_one_invented_key_id_is_looked_for_once_a_minute(
    validator: TokenValidator, issuer: Issuer
) -> None:
    await validator.validate(issuer.header())
    for sub in "abcdef":
        with pytest.raises(Unauthorized):
            await validator.validate(issuer.header(key="forger", sub=sub))
    assert issuer.fetches == 2


async def test_a_rollover_right_after_a_forgery_is_followed(
    validator: TokenValidator, issuer: Issuer
) -> None:
    await validator.validate(issuer.header())
    with pytest.raises(Unauthorized):
        await validator.validate(issuer.header(key="forger"))
    issuer.published = ["second"]
    assert await validator.validate(issuer.header(key="second"))


async def test_old_keys_stay_good_while_the_keys_cannot_be_fetched(
    validator: TokenValidator, issuer: Issuer, tasks: Tasks
) -> None:
    await validator.validate(issuer.header())
    issuer.broken = True
    issuer.clock.now_ms += HOUR_MS
    assert await validator.validate(issuer.header(sub="later"))
    await tasks.settle()
    assert issuer.fetches == 2
    assert await validator.validate(issuer.header(sub="later still"))


async def test_old_keys_stay_good_while_the_document_holds_none(
    validator: TokenValidator, issuer: Issuer, tasks: Tasks
) -> None:
    await validator.validate(issuer.header())
    issuer.published = []
    issuer.clock.now_ms += HOUR_MS
    assert await validator.validate(issuer.header(sub="later"))
    await tasks.settle()
    assert await validator.validate(issuer.header(sub="later still"))


async def test_keys_are_refreshed_in_the_background_and_once(
    validator: TokenValidator, issuer: Issuer, tasks: Tasks
) -> None:
    header = issuer.header(exp=issuer.clock() // 1000 + 4 * 3600)
    await validator.validate(header)
    issuer.clock.now_ms += HOUR_MS
    issuer.stalled = asyncio.Event()
    issuer.published = ["first", "second"]
    assert validator.cached(header) is None
    for _ in range(5):
        # A stalled metadata server holds up nobody whose key is known.
        assert await asyncio.wait_for(validator.validate(header), 1)
    assert validator.cached(header) is not None
    issuer.stalled.set()
    await tasks.settle()
    assert (issuer.fetches, tasks.started) == (2, 1)


async def test_an_unknown_key_waits_for_a_stalled_server_and_holds_up_nobody(
    validator: TokenValidator, issuer: Issuer
) -> None:
    await validator.validate(issuer.header())
    issuer.arrived.clear()
    issuer.stalled = asyncio.Event()
    issuer.published = ["first", "second"]
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(validator.validate(issuer.header(key="second")))
        await issuer.arrived.wait()
        assert await asyncio.wait_for(validator.validate(issuer.header(sub="known")), 1)
        assert not waiting.done()
        issuer.stalled.set()
    assert waiting.result().tenant_id == TENANT


async def test_whoever_gives_up_waiting_for_keys_does_not_spoil_it_for_the_next(
    validator: TokenValidator, issuer: Issuer
) -> None:
    issuer.stalled = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        impatient = group.create_task(validator.validate(issuer.header()))
        await issuer.arrived.wait()
        patient = group.create_task(validator.validate(issuer.header(sub="patient")))
        await asyncio.sleep(0)
        impatient.cancel()
        issuer.stalled.set()
    assert patient.result().tenant_id == TENANT


async def test_without_any_keys_it_is_unauthorized_and_then_recovers(
    validator: TokenValidator, issuer: Issuer
) -> None:
    issuer.broken = True
    assert await validator.warm() is False
    with pytest.raises(Unauthorized, match="no signing keys"):
        await validator.validate(issuer.header())
    issuer.broken = False
    issuer.clock.now_ms += 1_001
    assert await validator.validate(issuer.header())


async def test_keys_that_cannot_be_used_are_passed_over(
    validator: TokenValidator, issuer: Issuer
) -> None:
    issuer.extra_keys = [
        7,
        {"kid": "first", "kty": "RSA", "n": "!", "e": "AQAB"},
        {"kid": 5, "kty": "RSA"},
        {"kid": "ec", "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kid": "secret", "kty": "oct", "k": "AA"},
        {"kid": "tiny", "kty": "RSA", "n": "sXch", "e": "AQAB"},
        {"kid": "enc", "kty": "RSA", "use": "enc", "n": "sXch", "e": "AQAB"},
    ]
    assert await validator.validate(issuer.header())
