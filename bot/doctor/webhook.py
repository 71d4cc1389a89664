"""The way in: the public address, its certificate, and what answers there, as seen from here."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import aiohttp
from cryptography import x509

from bot.doctor.finding import Finding, Line, Well
from bot.doctor.patient import Patient
from bot.identities import trusted
from bot.setting_values import is_loopback
from bot.settings import PREFIX
from bot.web.calls import PATH

WHERE = f"{PREFIX}PUBLIC_URL"
SOON_MS = 21 * 24 * 3_600_000
SLOW_MS = 2_000
REDIRECTS = range(300, 400)
OK, UNAUTHORIZED, UNAVAILABLE = 200, 401, 503
LONGEST_SAID = 300


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: str
    location: str
    took_ms: float


class _NoAnswer(Exception):
    """Why there is none, as a finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.seen)
        self.finding = finding


async def check_webhook(patient: Patient) -> list[Line]:
    """From the name to the service's own answers; what does not answer is asked no more."""
    url = urlsplit(patient.settings.public_url)
    host = url.hostname or ""
    if is_loopback(host) and patient.is_real:
        return [Finding(code="webhook.local", about=patient.settings.public_url, where=WHERE)]
    lines: list[Line] = [Finding(code="webhook.registration_not_visible")]
    try:
        addresses = await _resolved(host, url.port or 443, patient.patience_s)
    except (OSError, TimeoutError) as error:
        return [*lines, _found("webhook.unresolved", host, str(error) or "no answer in time")]
    if all(_is_private(each) for each in addresses):
        lines.append(_found("webhook.private", host, ", ".join(addresses)))
    try:
        lines += await _asked(patient)
    except _NoAnswer as nothing:
        return [*lines, nothing.finding]
    if url.scheme == "https":
        lines += await _certificate(patient, url)
    return lines


async def _asked(patient: Patient) -> list[Line]:
    """What the service's three doors say. Raises _NoAnswer."""
    base = patient.settings.public_url
    lines: list[Line] = []
    health = await _ask(patient, "GET", "/healthz")
    if health.status in REDIRECTS:
        return [_found("webhook.redirects", f"{base}/healthz", f"to {health.location}")]
    if health.status != OK or health.body.strip() != "ok":
        lines.append(_found("webhook.unhealthy", base, _said(health)))
    else:
        lines.append(Well("webhook", f"{base} answers in {health.took_ms:.0f} ms"))
    if health.took_ms > SLOW_MS:
        lines.append(_found("webhook.slow", base, f"{health.took_ms:.0f} ms"))
    ready = await _ask(patient, "GET", "/readyz")
    if ready.status == UNAVAILABLE:
        lines.append(_found("webhook.not_ready", base, _said(ready)))
    calls = await _ask(patient, "POST", PATH)
    if calls.status in REDIRECTS:
        lines.append(_found("webhook.redirects", f"{base}{PATH}", f"to {calls.location}"))
    elif calls.status != UNAUTHORIZED:
        lines.append(_found("webhook.not_ours", f"{base}{PATH}", _said(calls)))
    else:
        lines.append(Well("webhook", f"{base}{PATH} asks for Graph's token"))
    return lines


async def _ask(patient: Patient, method: str, path: str) -> _Answer:
    url = patient.settings.public_url + path
    before = patient.stopwatch_ms()
    try:
        async with (
            asyncio.timeout(patient.patience_s),
            patient.http.request(method, url, allow_redirects=False) as answer,
        ):
            body = (await answer.content.read(LONGEST_SAID)).decode(errors="replace")
            location = answer.headers.get("Location", "")
            return _Answer(answer.status, body, location, patient.stopwatch_ms() - before)
    except (aiohttp.ClientSSLError, ssl.SSLError) as error:
        raise _NoAnswer(_found("webhook.certificate", url, str(error))) from error
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        seen = str(error) or type(error).__name__
        raise _NoAnswer(_found("webhook.no_connection", url, seen)) from error


async def _certificate(patient: Patient, url: SplitResult) -> list[Line]:
    context, host = trusted(patient.settings), url.hostname or ""
    async with asyncio.timeout(patient.patience_s):
        _, writer = await asyncio.open_connection(host, url.port or 443, ssl=context)
    try:
        shown = writer.get_extra_info("ssl_object")
        ends = x509.load_der_x509_certificate(shown.getpeercert(binary_form=True))
        protocol = shown.version()
    finally:
        writer.transport.abort()
    until = f"valid until {ends.not_valid_after_utc:%Y-%m-%d}"
    left = ends.not_valid_after_utc.timestamp() * 1000 - patient.wall_ms()
    if left < SOON_MS:
        return [_found("webhook.certificate_expiring", host, until)]
    return [Well("webhook", f"certificate {until}, {protocol}")]


async def _resolved(host: str, port: int, patience_s: float) -> list[str]:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(patience_s):
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _is_private(address: str) -> bool:
    seen = ipaddress.ip_address(address.partition("%")[0])
    return seen.is_private and not seen.is_loopback


def _said(answer: _Answer) -> str:
    return f"{answer.status} {' '.join(answer.body.split())}".strip()


def _found(code: str, about: str, seen: str) -> Finding:
    return Finding(code=code, about=about, seen=seen, where=WHERE)
