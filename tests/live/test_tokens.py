"""Who is not believed changes nothing: every bad token at the door, while a call really rings."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm
from kit.database_rows import count_rows
from kit.live_floor import WAITING
from kit.live_house import LiveHouse
from kit.token_issuer import private_key

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("live input"),  # one house, one worker
]

STRANGER = "22222222-2222-2222-2222-222222222222"
TABLES = ("inbox", "outbox", "live", "facts", "contact_records", "quarantine")


def claims(house: LiveHouse) -> dict[str, object]:
    told: dict[str, object] = jwt.decode(house.token(), options={"verify_signature": False})
    return told


def part(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def forged(house: LiveHouse, kid: str) -> str:
    return jwt.encode(claims(house), private_key("mallory"), "RS256", headers={"kid": kid})


def kid(house: LiveHouse) -> str:
    return house.emulator.shell.identity.calling.kid


def tampered(house: LiveHouse) -> str:
    head, _, signature = house.token(tid=STRANGER).split(".")
    return ".".join((head, part(claims(house)), signature))


def hmac_confused(house: LiveHouse) -> str:
    """HS256 with the public key as secret: passes where the algorithm is not pinned."""
    [row, *_] = house.emulator.shell.identity.calling.jwks()["keys"]  # type: ignore[misc]
    public = RSAAlgorithm.from_jwk(row)
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[union-attr]
    signed = f"{part({'alg': 'HS256', 'kid': kid(house), 'typ': 'JWT'})}.{part(claims(house))}"
    return f"{signed}.{part(hmac.new(pem, signed.encode(), hashlib.sha256).digest())}"


def by_entra(house: LiveHouse) -> str:
    """Genuine claims, signed by a genuine party that may not sign them."""
    return house.emulator.shell.identity.entra.sign(claims(house))


TOKENS: dict[str, Callable[[LiveHouse], str]] = {
    "missing": lambda _: "",
    "garbage": lambda _: "Bearer garbage",
    "three parts": lambda _: "Bearer a.b.c",
    "not ascii": lambda _: "Bearer é.ß.ü",
    "huge": lambda _: "Bearer " + "a" * 7_000,
    "no bearer": lambda _: "Basic dXNlcjpwYXNz",
    "no token": lambda _: "Bearer ",
    "expired": lambda h: f"Bearer {h.token(exp=h.now // 1000 - 3_600)}",
    "not yet valid": lambda h: f"Bearer {h.token(nbf=h.now // 1000 + 3_600)}",
    "endless": lambda h: f"Bearer {h.token(exp=None)}",
    "strange time": lambda h: f"Bearer {h.token(nbf=10**30)}",
    "wrong audience": lambda h: f"Bearer {h.token(aud=STRANGER)}",
    "no audience": lambda h: f"Bearer {h.token(aud=None)}",
    "wrong issuer": lambda h: f"Bearer {h.token(iss='https://graph.microsoft.com.evil.example')}",
    "no issuer": lambda h: f"Bearer {h.token(iss=None)}",
    "tenant-less": lambda h: f"Bearer {h.token(tid=None)}",
    "strange tenant": lambda h: f"Bearer {h.token(tid=STRANGER)}",
    "forged": lambda h: f"Bearer {forged(h, kid(h))}",
    "unknown key": lambda h: f"Bearer {forged(h, 'nobody')}",
    "another ring": lambda h: f"Bearer {by_entra(h)}",
    "tampered": lambda h: f"Bearer {tampered(h)}",
    "alg none": lambda h: f"Bearer {part({'alg': 'none'})}.{part(claims(h))}.",
    "alg none, signed": lambda h: f"Bearer {part({'alg': 'nOnE'})}.{part(claims(h))}.AAAA",
    "hmac-confused": lambda h: f"Bearer {hmac_confused(h)}",
    "head is a list": lambda h: f"Bearer {part([])}.{part(claims(h))}.AAAA",
}
FORBIDDEN = {"tenant-less", "strange tenant"}


async def test_who_is_not_believed_changes_nothing(at_rest: LiveHouse) -> None:
    house = at_rest
    url = house.service.environment["SWITCHBOARD_DATABASE_URL"]
    leg = house.unheard(WAITING)
    body = {"value": [house.incoming(leg)]}
    before = await count_rows(url, *TABLES)
    for name, token in TOKENS.items():
        status, text = await house.post(body, authorization=token(house))
        assert status == (403 if name in FORBIDDEN else 401), name
        assert json.loads(text)["error"], name
    assert await count_rows(url, *TABLES) == before
    assert not [r for r in house.records("request") if leg.call.lower() in r.path.lower()]
    assert await house.owned_calls() == set()
    assert (await house.post(body))[0] == 202
    await house.queued(leg)
    assert len(house.requests("answer", call=leg.call)) == 1


async def test_a_key_that_rolls_in_the_middle_works_at_once(at_rest: LiveHouse) -> None:
    house = at_rest
    old = house.token()
    before = house.call(WAITING)
    await house.queued(before)
    house.emulator.shell.identity.calling.roll(forget=True)
    leg = house.call(WAITING)
    await house.answered(leg, within_s=1.5)
    assert (await house.post({"value": []}, authorization=f"Bearer {old}"))[0] == 401
    house.hang_up(before)  # of which the new key tells
    await house.rest()
