"""Signing keys that roll, and the certificates for https on loopback."""

from __future__ import annotations

import base64
import datetime
import hashlib
import ipaddress
from dataclasses import dataclass
from pathlib import Path

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from emulator.shapes import Json

KEPT = 2
"""keys published at once: the one that signs and the one before"""


class KeyRing:
    """RS256 keys with a published set; `roll` signs with a new one and keeps the one before."""

    def __init__(self, name: str, endorsements: tuple[str, ...] = ()) -> None:
        self._name = name
        self._endorsements = endorsements
        self._keys: list[tuple[str, rsa.RSAPrivateKey]] = []
        self.roll()

    def roll(self, *, forget: bool = False) -> str:
        """A new signing key; `forget`: the old ones are no longer published. Returns its id."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        numbers = key.public_key().public_numbers()
        digest = hashlib.sha256(str(numbers.n).encode()).hexdigest()[:16]
        kid = f"{self._name}-{digest}"
        self._keys = [(kid, key)] + ([] if forget else self._keys[: KEPT - 1])
        return kid

    @property
    def kid(self) -> str:
        return self._keys[0][0]

    def sign(self, claims: Json) -> str:
        kid, key = self._keys[0]
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": kid})

    def verify(self, token: str, audience: str) -> Json | None:
        """The claims of a token this ring signed for that audience, or None."""
        for _, key in self._keys:
            try:
                claims: Json = jwt.decode(
                    token, key.public_key(), algorithms=["RS256"], audience=audience
                )
            except jwt.PyJWTError:
                continue
            return claims
        return None

    def jwks(self) -> Json:
        return {"keys": [self._jwk(kid, key) for kid, key in self._keys]}

    def _jwk(self, kid: str, key: rsa.RSAPrivateKey) -> Json:
        numbers = key.public_key().public_numbers()
        row: Json = {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": kid,
            "x5t": kid,
            "n": _number(numbers.n),
            "e": _number(numbers.e),
        }
        if self._endorsements:
            row["endorsements"] = list(self._endorsements)
        return row


def _number(value: int) -> str:
    raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files on disk: a CA, a server certificate for loopback, a client's key with certificate."""

    ca: Path
    server: Path
    server_key: Path
    client: Path
    """PEM with key and certificate, for certificate credentials"""


def make_certificates(folder: Path) -> Certificates:
    """Fresh certificates in `folder`; valid for a week around now."""
    folder.mkdir(parents=True, exist_ok=True)
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca_name = _name("Switchboard emulator CA")
    ca = _certificate(ca_name, ca_name, ca_key.public_key(), ca_key, authority=True)
    server_key = ec.generate_private_key(ec.SECP256R1())
    server = _certificate(_name("localhost"), ca_name, server_key.public_key(), ca_key)
    client_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    client = _certificate(_name("switchboard"), ca_name, client_key.public_key(), ca_key)
    made = Certificates(
        ca=folder / "ca.pem",
        server=folder / "server.pem",
        server_key=folder / "server-key.pem",
        client=folder / "client.pem",
    )
    _write(made.ca, _pem(ca))
    _write(made.server, _pem(server) + _pem(ca))
    _write(made.server_key, _private(server_key))
    _write(made.client, _private(client_key) + _pem(client))
    return made


def _write(path: Path, content: bytes) -> None:
    """Keys are for their owner's eyes, even short-lived ones."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(content)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
    signer: ec.EllipticCurvePrivateKey,
    *,
    authority: bool = False,
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    names = [
        x509.DNSName("localhost"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
        x509.IPAddress(ipaddress.ip_address("::1")),
    ]
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=7))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
            critical=False,
        )
        .add_extension(_usage(authority=authority), critical=True)
    )
    if not authority:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(signer, hashes.SHA256())


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
