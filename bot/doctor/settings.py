"""The settings: what an example left in them, certificates, and where they lead."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import SecretStr

from bot.doctor.finding import Finding, Line, Well
from bot.doctor.patient import Patient
from bot.settings import PREFIX, Credential, Identity, Settings

PLACEHOLDER = re.compile(
    r"(?i)^\s*<.*>\s*$|^\s*\{+.*\}+\s*$|^\$\{?[A-Z_]+\}?$|change[-_ ]?me|replace[-_ ]?me|"
    r"placeholder|your[-_ ]|^x{3,}|^todo\b|^secret$|^password$|@microsoft\.keyvault\("
)
"""What examples write where a value belongs; App Service leaves a reference to the vault as it
stands when it may not read it."""
EMPTY_GUID = re.compile(r"^0{8}-0{4}-0{4}-0{4}-0{12}$|^1{8}-1{4}-1{4}-1{4}-1{12}$")
EXAMPLE_HOST = re.compile(r"(^|\.)(example|contoso-switchboard)\.(com|org|net|azurewebsites\.net)$")
SOON_MS = 30 * 24 * 3_600_000
ELSEWHERE = {
    "graph_url": ("graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us"),
    "authority_url": ("login.microsoftonline.com", "login.microsoftonline.us"),
    "calling_openid_url": ("api.aps.skype.com",),
    "bot_openid_url": ("login.botframework.com", "login.botframework.azure.us"),
}


async def check_settings(patient: Patient) -> list[Line]:
    """What the settings still hold of an example, and whose Graph they name."""
    settings = patient.settings
    lines: list[Line] = [
        Finding(code="settings.placeholder", about=name, where=name)
        for name, value in _values(settings)
        if _is_placeholder(value)
    ]
    elsewhere = [
        f"{PREFIX}{name.upper()}"
        for name, hosts in ELSEWHERE.items()
        if (urlsplit(str(getattr(settings, name))).hostname or "") not in hosts
    ]
    if elsewhere:
        lines.append(Finding(code="settings.not_microsoft", about=", ".join(elsewhere)))
    if len(lines) == bool(elsewhere):
        lines.insert(0, Well("settings", f"complete, {len(settings.identities)} application(s)"))
    return lines


async def check_certificates(patient: Patient) -> list[Line]:
    """The certificates with which applications prove who they are."""
    return [
        await asyncio.to_thread(_certificate, identity, patient.wall_ms())
        for identity in patient.settings.identities
        if identity.credential is Credential.CERTIFICATE
    ]


def _certificate(identity: Identity, now: int) -> Line:
    where = f"{PREFIX}CERTIFICATE_FILE"
    file, about = Path(identity.certificate_file), identity.certificate_file
    password = identity.certificate_password
    try:
        pem = file.read_bytes()
        certificate = x509.load_pem_x509_certificate(pem[max(0, pem.find(b"-----BEGIN CERT")) :])
        load_pem_private_key(pem, password.get_secret_value().encode() if password else None)
    except (OSError, ValueError, TypeError) as error:
        # The library's words may quote the file; its kind of error says enough.
        said = error.strerror if isinstance(error, OSError) else "no certificate with its key in it"
        return Finding(
            code="settings.certificate_unreadable", about=about, seen=said or "", where=where
        )
    begins = certificate.not_valid_before_utc.timestamp() * 1000
    ends = certificate.not_valid_after_utc.timestamp() * 1000
    until = f"valid until {certificate.not_valid_after_utc:%Y-%m-%d}"
    if not begins <= now < ends:
        return Finding(code="settings.certificate_expired", about=about, seen=until, where=where)
    if ends - now < SOON_MS:
        return Finding(code="settings.certificate_expiring", about=about, seen=until, where=where)
    return Well("settings", f"certificate {until}")


def _is_placeholder(value: str) -> bool:
    return bool(PLACEHOLDER.search(value) or EMPTY_GUID.match(value))


def _values(settings: Settings) -> list[tuple[str, str]]:
    """Settings that examples fill in, by variable. The values are never shown."""
    found = [
        ("SPEECH_KEY", _shown(settings.speech_key)),
        ("METRICS_TOKEN", _shown(settings.metrics_token)),
        ("DATABASE_URL", urlsplit(_shown(settings.database_url)).password or ""),
        ("SPEECH_REGION", settings.speech_region),
        *((f"SECRETS ({name})", secret) for name, secret in settings.named_secrets.items()),
    ]
    for number, identity in enumerate(settings.identities):
        place = f"APPLICATIONS[{number - 1}]." if number else ""
        found += [
            (f"{place}APP_ID", identity.app_id),
            (f"{place}TENANT_ID", identity.tenant_id),
            (f"{place}CLIENT_SECRET", _shown(identity.client_secret)),
            (f"{place}CERTIFICATE_PASSWORD", _shown(identity.certificate_password)),
        ]
    host = urlsplit(settings.public_url).hostname or ""
    named = [(PREFIX + name, value) for name, value in found if value]
    # A host has no such words; whether it is an example's is all that matters here.
    return [*named, (f"{PREFIX}PUBLIC_URL", "placeholder" if EXAMPLE_HOST.search(host) else "")]


def _shown(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
