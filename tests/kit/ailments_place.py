"""An installation in which something is wrong, for each finding about everything but the tenant."""

import datetime
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
from aiohttp.test_utils import unused_port
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from kit.doctor_ward import TONE, Ward, produces
from kit.sounds import encoded, sine

from bot.clock import wall_ms
from bot.doctor import examination, versions
from emulator.keys import Certificates, make_certificates
from store.contract import Store

FAR = "https://0.0.0.0:1/v1.0"
"""A Graph that is not on this machine, by its name, and refuses every connection."""


# --- settings


@produces("settings.invalid")
async def _(ward: Ward) -> None:
    ward.dropped.add("SWITCHBOARD_APP_ID")


@produces("settings.placeholder")
async def _(ward: Ward) -> None:
    ward.environment["SWITCHBOARD_METRICS_TOKEN"] = "change-me-to-something-long"


@produces("settings.certificate_unreadable")
async def _(ward: Ward) -> None:
    _by_certificate(ward, ward.folder / "none.pem")


@produces("settings.certificate_expired")
async def _(ward: Ward) -> None:
    file = ward.folder / "expired.pem"
    file.write_bytes(expired_certificate())
    _by_certificate(ward, file)


@produces("settings.certificate_expiring")
async def _(ward: Ward) -> None:
    _by_certificate(ward, make_certificates(ward.folder / "own").client)


@produces("settings.not_microsoft")
async def _(ward: Ward) -> None:
    """The emulator."""


def _by_certificate(ward: Ward, file: Path) -> None:
    ward.environment |= {
        "SWITCHBOARD_CREDENTIAL": "certificate",
        "SWITCHBOARD_CERTIFICATE_FILE": str(file),
    }


def expired_certificate() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "switchboard")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
        .not_valid_after(datetime.datetime(2021, 1, 1, tzinfo=datetime.UTC))
        .sign(key, hashes.SHA256())
    )
    own = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return own + made.public_bytes(serialization.Encoding.PEM)


# --- the plan


@produces("plan.unreadable")
async def _(ward: Ward) -> None:
    ward.environment["SWITCHBOARD_PLAN"] = str(ward.folder / "no-plan.yaml")


@produces("plan.error")
async def _(ward: Ward) -> None:
    ward.plan_with("queue: support", "queue: suport")


@produces("plan.warning")
async def _(ward: Ward) -> None:
    ward.plan_with("    title: Support\n", "    title: Support\n    ring_seconds: 25\n")


@produces("plan.messages_off")
async def _(ward: Ward) -> None:
    ward.environment["SWITCHBOARD_KEEP_VOICEMAIL"] = "false"
    ward.plan_with(
        "    title: Support\n",
        "    title: Support\n    max_wait: 5m\n    on_max_wait: {voicemail: true}\n",
    )


@produces("plan.not_in_force")
async def _(ward: Ward) -> None:
    async def older(store: Store) -> None:
        await store.plans.put(
            ward.config.tenant_id, text="older", compiled=b"{}", created_at=1, created_by="start"
        )

    ward.is_served = True
    ward.prepared.append(older)


# --- the webhook


@produces("webhook.local", "prompts.laptop_voice")
async def _(ward: Ward) -> None:
    ward.environment["SWITCHBOARD_GRAPH_URL"] = FAR


@produces("capacity.over_graph")
async def _(ward: Ward) -> None:
    ward.environment |= {"SWITCHBOARD_GRAPH_URL": FAR, "SWITCHBOARD_LEGS": "500"}


@produces("webhook.unresolved")
async def _(ward: Ward) -> None:
    ward.limits = replace(ward.limits, question_s=2.0)
    ward.environment["SWITCHBOARD_PUBLIC_URL"] = "https://switchboard.invalid"


@produces("webhook.private")
async def _(ward: Ward) -> None:
    ward.limits = replace(ward.limits, question_s=0.5)
    ward.environment["SWITCHBOARD_PUBLIC_URL"] = "https://10.255.255.1"


@produces("webhook.no_connection")
async def _(ward: Ward) -> None:
    ward.environment["SWITCHBOARD_PUBLIC_URL"] = f"http://127.0.0.1:{unused_port()}"


@produces("webhook.certificate")
async def _(ward: Ward) -> None:
    ward.front.tls = _door(make_certificates(ward.folder / "stranger"))


@produces("webhook.certificate_expiring")
async def _(ward: Ward) -> None:
    made = make_certificates(ward.folder / "front")
    ward.front.tls = _door(made)
    ward.environment["SWITCHBOARD_CA_FILE"] = str(made.ca)


def _door(made: Certificates) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made.server, made.server_key)
    return context


@produces("webhook.redirects")
async def _(ward: Ward) -> None:
    ward.front.calls = (302, "")
    ward.front.location = "https://elsewhere.invalid/"


@produces("webhook.not_ours")
async def _(ward: Ward) -> None:
    ward.front.calls = (200, "Hello from another program")


@produces("webhook.unhealthy")
async def _(ward: Ward) -> None:
    ward.front.health = (502, "Bad Gateway")


@produces("webhook.not_ready")
async def _(ward: Ward) -> None:
    ward.front.ready = (503, '{"ready": false, "missing": ["the database takes nothing"]}')


@produces("webhook.slow")
async def _(ward: Ward) -> None:
    ward.limits = replace(ward.limits, question_s=4.0)
    ward.front.delay_s = 2.05


@produces("webhook.registration_not_visible")
async def _(ward: Ward) -> None:
    """Nobody but Azure knows where the bot's webhook leads."""


# --- prompts


@produces("prompts.file")
async def _(ward: Ward) -> None:
    (ward.folder / "welcome.wav").write_bytes(b"no sound at all")


@produces("prompts.no_voice")
async def _(ward: Ward) -> None:
    ward.environment["SWITCHBOARD_VOICE"] = "none"


@produces("prompts.unpublished", "database.behind", "database.sqlite")
async def _(ward: Ward) -> None:
    """A file that no service has opened yet."""


@produces("prompts.format")
async def _(ward: Ward) -> None:
    ward.is_served = True
    ward.prepared.append(
        lambda store: _put(store, encoded(sine(ms=200, rate=8_000), 8_000, "WAV", "PCM_16"))
    )


@produces("prompts.unreachable")
async def _(ward: Ward) -> None:
    ward.is_served = True
    ward.front.prompt = TONE[:-2]


async def _put(store: Store, sound: bytes) -> None:
    import hashlib

    sha = hashlib.sha256(sound).hexdigest()
    await store.prompts.put(sha, sound, "audio/wav", 50, "say/odd")


# --- the database


async def on_postgres(ward: Ward, more: str = "") -> str:
    url = await ward.postgres() + more
    ward.environment["SWITCHBOARD_DATABASE_URL"] = url
    return url


async def sql(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def folder_of(url: str) -> Path:
    return Path(parse_qs(urlsplit(url).query)["host"][0])


@produces("database.unreachable")
async def _(ward: Ward) -> None:
    ward.environment["SWITCHBOARD_DATABASE_URL"] = (
        f"postgresql://postgres@127.0.0.1:{unused_port()}/postgres"
    )


@produces("database.read_only")
async def _(ward: Ward) -> None:
    await on_postgres(ward, "&default_transaction_read_only=on")


@produces("database.loses_commits")
async def _(ward: Ward) -> None:
    await on_postgres(ward, "&synchronous_commit=off")


@produces("database.no_replica")
async def _(ward: Ward) -> None:
    await on_postgres(ward)


@produces("database.other_program")
async def _(ward: Ward) -> None:
    await sql(await on_postgres(ward), "CREATE TABLE recipes (name text)")


@produces("database.newer")
async def _(ward: Ward) -> None:
    url = await on_postgres(ward)
    ward.is_served = True
    ward.prepared.append(then(url, "UPDATE switchboard_schema SET version_num = '9999'"))


@produces("database.nobody_decides")
async def _(ward: Ward) -> None:
    url = await on_postgres(ward)
    ward.is_served = True
    ward.prepared.append(then(url, "UPDATE owner SET lease_until = 0"))


def then(url: str, statement: str) -> Callable[[Store], Awaitable[None]]:
    async def run(_store: Store) -> None:
        await sql(url, statement)

    return run


@produces("database.network_folder")
async def _(ward: Ward) -> None:
    mounts = ward.folder / "mountinfo"
    mounts.write_text("36 25 0:32 / / rw,relatime - nfs4 server:/export rw\n")
    import store.examination

    def refuse(folder: Path) -> None:
        from store.filelock import refuse_network_folder

        refuse_network_folder(folder, mounts)

    ward.monkeypatch.setattr(store.examination, "refuse_network_folder", refuse)


# --- versions, clocks, the examination itself


@produces("version.python")
async def _(ward: Ward) -> None:
    ward.monkeypatch.setattr(versions, "TESTED", (3, 10))


@produces("version.library")
async def _(ward: Ward) -> None:
    folder = ward.folder / "installed" / "teams_switchboard-0.1.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: teams-switchboard\nVersion: 0.1.0\n"
        "Requires-Dist: aiohttp~=99.1\nRequires-Dist: no-such-library~=1.0\n"
    )
    ward.monkeypatch.syspath_prepend(str(folder.parent))


@produces("clock.database")
async def _(ward: Ward) -> None:
    url = await ward.postgres()
    await sql(
        url,
        "CREATE FUNCTION clock_timestamp() RETURNS timestamptz LANGUAGE sql AS"
        " $$ SELECT pg_catalog.clock_timestamp() + interval '1 minute' $$",
    )
    # A schema before PostgreSQL's own: its functions are found first.
    ward.environment["SWITCHBOARD_DATABASE_URL"] = f"{url},pg_catalog"


@produces("check.broken")
async def _(ward: Ward) -> None:
    async def broken(_patient: object) -> list[object]:
        raise RuntimeError(wall_ms())

    ward.monkeypatch.setattr(examination, "CHECKS", (("a broken one", broken),))
