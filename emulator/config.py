"""Who exists: tenants, applications, resource accounts, people, groups; and how fast things go.

Names are readable (UPNs of contoso.example); object ids are derived from them, so that every start
of the emulator knows the same people.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from urllib.parse import urlsplit

TAB = "/tab/"
HOME_DOMAIN = "contoso.example"
PARTNER_DOMAIN = "fabrikam.example"
EVERY_ROLE = (
    "Calls.AccessMedia.All",
    "Calls.Initiate.All",
    "Calls.InitiateGroupCall.All",
    "Calls.JoinGroupCall.All",
    "CallRecords.Read.All",
    "GroupMember.Read.All",
    "Presence.Read.All",
    "TeamsUserConfiguration.Read.All",
    "User.Read.All",
)
FIRST_NAMES = ("Ada", "Ben", "Chloe", "David", "Emma", "Finn", "Grace", "Hugo", "Iris", "Jin")


class ConfigError(ValueError):
    """A configuration file says something the emulator does not understand."""


def object_id(name: str) -> str:
    """The object id of a readable name: the same one at every start."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "switchboard-emulator:" + name.lower()))


def channel_id(name: str) -> str:
    """The conversation id of a team's channel, as Teams writes them."""
    return f"19:{object_id('channel:' + name).replace('-', '')}@thread.tacv2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a Teams client, or a partner's employee seen from outside."""

    id: str
    upn: str
    name: str
    tenant_id: str
    kind: str = "member"
    """member, guest (an account of this tenant for a stranger) or federated (another tenant)"""
    enabled: bool = True
    voicemail: bool = True
    """Teams' own voicemail takes a call after `voicemail_ms` when nobody picks up"""
    availability: str = "Available"
    activity: str = "Available"
    number: str | None = None
    job_title: str = ""
    department: str = ""
    office: str = ""
    manager: str = ""
    """UPN of whom they report to"""
    photo: bool = False
    roles: tuple[str, ...] = ()
    """app roles that the tenant's admin assigned, which tokens of this person carry"""
    plans: tuple[str, ...] = ("teams", "phone")
    """service plans of the licenses: teams, phone, mail, `suspended teams` ..."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A resource account (application instance), with the application behind it."""

    id: str
    upn: str
    name: str
    tenant_id: str
    app_id: str
    number: str | None = None
    kind: str = "resourceAccount"
    """as which Teams knows it: a person's account, once made by mistake, is a `user`"""
    plans: tuple[str, ...] = ("resource account",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    id: str
    mail: str
    name: str
    members: tuple[str, ...]
    """object ids of people and groups"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel of a team, in which people and bots post."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """A bot: its registration, its calling webhook and what the tenant's admin consented to."""

    id: str
    tenant_id: str
    name: str
    webhook: str
    messages: str = ""
    """where chat messages to the bot are posted"""
    roles: tuple[str, ...] = EVERY_ROLE
    secret: str = "emulator-secret"  # noqa: S105 - it opens nothing real
    legs: int = 100
    """calls that may be live at once"""
    monthly: int = 10_000
    presence_reads: int = 1_500
    """presence requests in 30 s before 429"""
    speaks_as: str = "own"
    """what its tokens for Graph say: own, opaque (nothing that anybody can read), other_tenant or
    other_application"""
    redirects: tuple[str, ...] = ()
    """where people may be sent after they signed in; empty: the tab, beside the webhook"""

    @property
    def redirect_uris(self) -> tuple[str, ...]:
        """The addresses registered for single-page applications."""
        parts = urlsplit(self.webhook)
        return self.redirects or (f"{parts.scheme}://{parts.netloc}{TAB}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """How long things take, in milliseconds."""

    graph_ms: int = 0
    """from the execution of a request to its reply"""
    notify_ms: int = 10
    """from an event to its notification's departure"""
    notify_jitter_ms: int = 0
    establish_ms: int = 80
    """from answer (or pick-up) to established media"""
    media_start_ms: int = 40
    """from the start of a media operation to the first sound"""
    join_ms: int = 250
    """from a consultative transfer to both parties talking"""
    answer_within_ms: int = 15_000
    ring_ms: int = 60_000
    """how long a Teams client rings when nobody ends it"""
    voicemail_ms: int = 20_000
    voicemail_length_ms: int = 30_000
    keep_alive_ms: int = 45 * 60_000
    cancel_ms: int = 50
    """from a hang-up to the other phone falling silent"""
    number_answers_ms: int = 1_500
    number_talks_ms: int = 30_000
    number_presses_ms: int = 0
    """from picking up a call of the bot's own to pressing 1, as who asked for it does; 0: never"""
    call_record_ms: int = 15 * 60_000
    recording_kept_ms: int = 60_000
    """from the end of a call to the end of what was recorded in it"""
    ahead_ms: int = 0
    """how far Graph's clock, as its answers' Date has it, is ahead of this machine's"""
    connector_ms: int = 0
    """from a message of the bot's to the connector's having taken it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    tenant_id: str
    applications: tuple[Application, ...]
    accounts: tuple[Account, ...]
    people: tuple[Person, ...]
    groups: tuple[Group, ...] = ()
    channels: tuple[Channel, ...] = ()
    timings: Timings = field(default_factory=Timings)
    page_size: int = 100
    """members of a group in one page"""

    @classmethod
    def from_json(cls, source: Mapping[str, object]) -> Config:
        """The configuration in a decoded JSON document.

        People, accounts and groups may leave out `id` (derived from `upn` or `mail`) and
        `tenant_id`; group members are UPNs or mail addresses.
        Raises ConfigError with the place and the remedy.
        """
        return _config_from(source)


def default_config(*, webhook: str = "http://127.0.0.1:3978/api/calls", agents: int = 10) -> Config:
    """The built-in directory: agents, a guest, a partner, somebody who left, three accounts."""
    tenant, partner = object_id(HOME_DOMAIN), object_id(PARTNER_DOMAIN)
    application = Application(
        id=object_id("application:switchboard"),
        tenant_id=tenant,
        name="Switchboard",
        webhook=webhook,
        messages=webhook.replace("/api/calls", "/api/messages"),
    )
    staff = tuple(_agent(number, tenant) for number in range(agents))
    extras = (
        _person("gil.guest@contoso.example", "Gil Guest", tenant, kind="guest"),
        _person("lea.left@contoso.example", "Lea Left", tenant, enabled=False),
        _person("sam.supervisor@contoso.example", "Sam Supervisor", tenant, role="Supervisor"),
        _person("amy.admin@contoso.example", "Amy Admin", tenant, role="Admin"),
        _person("otto.auditor@contoso.example", "Otto Auditor", tenant, role="Auditor"),
        _colleague(_person("una.user@contoso.example", "Una User", tenant)),
        _person("pat.partner@fabrikam.example", "Pat Partner", partner, kind="federated"),
    )
    half = max(1, len(staff) // 2)
    return Config(
        tenant_id=tenant,
        applications=(application,),
        accounts=(
            _account("support@contoso.example", "Support", application, "+14255550100"),
            _account("sales@contoso.example", "Sales", application, "+14255550101"),
            _account("frontdesk@contoso.example", "Front Desk", application, None),
        ),
        people=staff + extras,
        groups=(
            _group("agents@contoso.example", "All Agents", staff),
            _group("support.team@contoso.example", "Support Team", staff[:half]),
            _group("sales.team@contoso.example", "Sales Team", staff[half:]),
        ),
        channels=tuple(
            Channel(id=channel_id(name), name=name) for name in ("Support Team", "Sales Team")
        ),
    )


def _agent(number: int, tenant: str) -> Person:
    if number < len(FIRST_NAMES):
        first = FIRST_NAMES[number]
        upn, name = f"{first.lower()}.agent@{HOME_DOMAIN}", f"{first} Agent"
    else:
        upn, name = f"agent{number:04d}@{HOME_DOMAIN}", f"Agent {number:04d}"
    return _person(upn, name, tenant, role="Agent")


def _person(
    upn: str,
    name: str,
    tenant: str,
    *,
    kind: str = "member",
    enabled: bool = True,
    role: str = "",
) -> Person:
    return Person(
        id=object_id(upn),
        upn=upn,
        name=name,
        tenant_id=tenant,
        kind=kind,
        enabled=enabled,
        roles=(role,) if role else (),
    )


def _colleague(person: Person) -> Person:
    """Somebody of whom the directory says more than a name."""
    return replace(
        person,
        job_title="Buyer",
        department="Purchasing",
        office="18/2111",
        manager="sam.supervisor@contoso.example",
        photo=True,
    )


def _account(upn: str, name: str, app: Application, number: str | None) -> Account:
    return Account(
        id=object_id(upn),
        upn=upn,
        name=name,
        tenant_id=app.tenant_id,
        app_id=app.id,
        number=number,
    )


def _group(mail: str, name: str, people: tuple[Person, ...]) -> Group:
    return Group(id=object_id(mail), mail=mail, name=name, members=tuple(p.id for p in people))


def _config_from(source: Mapping[str, object]) -> Config:
    base = default_config()
    known = {each.name for each in fields(Config)}
    for key in source:
        if key not in known:
            raise ConfigError(f"{key!r} is not known here; known are {', '.join(sorted(known))}")
    tenant = str(source.get("tenant_id", base.tenant_id))
    given: dict[str, object] = {"tenant_id": tenant}
    for key, cls in _KINDS.items():
        if key in source:
            given[key] = tuple(
                _record(cls, item, f"{key}[{index}]", tenant)
                for index, item in enumerate(_rows(source[key], key))
            )
    if "timings" in source:
        timings = _mapping(source["timings"], "timings")
        given["timings"] = _checked(Timings, timings, "timings")
    if "page_size" in source:
        given["page_size"] = int(str(source["page_size"]))
    return replace(base, **given)  # type: ignore[arg-type]


_KINDS: dict[str, type] = {
    "applications": Application,
    "accounts": Account,
    "people": Person,
    "groups": Group,
    "channels": Channel,
}


def _record(cls: type, item: object, where: str, tenant: str) -> object:
    row = dict(_mapping(item, where))
    name = row.get("upn", row.get("mail", row.get("name")))
    if "id" not in row and isinstance(name, str):
        row["id"] = channel_id(name) if cls is Channel else object_id(name)
    if cls not in (Group, Channel):
        row.setdefault("tenant_id", tenant)
    if cls is Group:
        members = _rows(row.get("members", []), f"{where}.members")
        row["members"] = tuple(object_id(str(m)) if "@" in str(m) else str(m) for m in members)
    for key in ("roles", "redirects", "plans"):
        if key in row:
            row[key] = tuple(str(each) for each in _rows(row[key], f"{where}.{key}"))
    return _checked(cls, row, where)


def _checked(cls: type, row: Mapping[str, object], where: str) -> object:
    known = {each.name: each for each in fields(cls)}
    for key in row:
        if key not in known:
            names = ", ".join(sorted(known))
            raise ConfigError(f"{where}: {key!r} is not known here; known are {names}")
    for name, each in known.items():
        if name not in row and each.default is MISSING and each.default_factory is MISSING:
            raise ConfigError(f"{where}: {name!r} is missing")
    return cls(**row)


def _rows(value: object, where: str) -> list[object]:
    if not isinstance(value, list):
        raise ConfigError(f"{where}: a list is expected, not {type(value).__name__}")
    return value


def _mapping(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise ConfigError(f"{where}: an object is expected, not {type(value).__name__}")
    return value
