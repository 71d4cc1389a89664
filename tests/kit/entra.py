"""Where tokens come from: App Service's managed identity over http, Entra over https.

The certificates are made for the run: azure-identity refuses an authority over http.
"""

import asyncio
import datetime
import ipaddress
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID
from kit.token_issuer import Clock, private_key

HEADER = "identity-header"


@dataclass(slots=True)
class Entra:
    """Hands out `managed-1`, `tenant-2` ... that live for an hour."""

    clock: Clock
    asked: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    broken: bool = False
    life_s: int = 3_600
    stalled: asyncio.Event | None = None
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    servers: list[TestServer] = field(default_factory=list[TestServer])

    async def start(self, tls: ssl.SSLContext | None = None) -> None:
        app = web.Application()
        app.router.add_get("/msi", self._managed_identity)
        app.router.add_post("/{tenant}/oauth2/v2.0/token", self._token)
        for context in (None, tls):
            server = TestServer(app, scheme="https" if context else "http")
            await server.start_server(ssl=context)
            self.servers.append(server)

    async def close(self) -> None:
        if self.stalled is not None:
            self.stalled.set()
        for server in self.servers:
            await server.close()

    @property
    def identity_endpoint(self) -> str:
        return str(self.servers[0].make_url("/msi"))

    @property
    def authority_url(self) -> str:
        return f"https://127.0.0.1:{self.servers[1].port}"

    async def _managed_identity(self, request: web.Request) -> web.Response:
        assert request.headers["X-IDENTITY-HEADER"] == HEADER
        return await self._answer({"kind": "managed", **request.query})

    async def _token(self, request: web.Request) -> web.Response:
        form: dict[str, Any] = dict(await request.post())
        return await self._answer({"kind": request.match_info["tenant"], **form})

    async def _answer(self, asked: dict[str, str]) -> web.Response:
        self.asked.append(asked)
        self.arrived.set()
        if self.stalled is not None:
            await self.stalled.wait()
        if self.broken:
            error = {
                "error": "invalid_client",
                "error_description": "AADSTS7000215: wrong\r\nTrace",
            }
            return web.json_response(error, status=401)
        return web.json_response(
            {
                "token_type": "Bearer",
                "access_token": f"{asked['kind']}-{len(self.asked)}",
                "expires_in": self.life_s,
                "expires_on": self.clock() // 1000 + self.life_s,
                "resource": asked.get("resource", ""),
            }
        )


def make_certificate(folder: Path) -> tuple[ssl.SSLContext, Path, Path]:
    """A server's TLS context, the file to trust it by, and a PEM file with its key."""
    key = private_key("tls")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    start = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=36_500))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    ca_file, pem_file = folder / "ca.pem", folder / "both.pem"
    public = certificate.public_bytes(serialization.Encoding.PEM)
    ca_file.write_bytes(public)
    pem_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + public
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem_file)
    return context, ca_file, pem_file
