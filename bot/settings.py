"""Settings: environment variables with the prefix SWITCHBOARD_, read and checked once, at start.

A service that starts with half a configuration fails on a caller; this one says what is missing and
does not start. Every field's description is its line in docs/settings.md. No other module reads the
environment.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import Literal, Self, get_args
from urllib.parse import unquote, urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from bot.setting_values import Database, Guid, Url, is_loopback, named_secrets, refuse
from store.kept import DAY_MS, Kept

PREFIX = "SWITCHBOARD_"
YES = ("1", "on", "t", "true", "y", "yes")
GRAPH_LEGS = 100
"""Graph's limit of calls at once for one application."""
GRAPH_LEGS_PER_MONTH = 10_000


class BadSettings(Exception):
    """The settings cannot be used. `problems` holds one sentence for each thing that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Credential(StrEnum):
    """How the service proves to Entra that it is the application."""

    MANAGED_IDENTITY = "managed_identity"
    FEDERATED = "federated"
    CERTIFICATE = "certificate"
    SECRET = "secret"  # noqa: S105 - the kind of credential, not one


Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class Identity(BaseModel):
    """One application (bot registration) and how to be it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    app_id: Guid = Field(description="The application (client) id of the bot's registration.")
    tenant_id: Guid = Field(description="The tenant that the application lives in and serves.")
    credential: Credential = Field(
        default=Credential.MANAGED_IDENTITY,
        description="How to sign in as the application: `managed_identity` (this tenant only), "
        "`federated` (a managed identity vouches for the application), `certificate` or `secret`.",
    )
    client_secret: SecretStr | None = Field(
        default=None, description="For `secret`: the client secret."
    )
    certificate_file: str = Field(
        default="", description="For `certificate`: a PEM file with certificate and private key."
    )
    certificate_password: SecretStr | None = Field(
        default=None, description="For `certificate`: the private key's password, if it has one."
    )
    identity_client_id: str = Field(
        default="",
        description="For `managed_identity` and `federated`: the client id of a user-assigned "
        "managed identity; empty: the application itself, or the system-assigned one.",
    )
    legs: int = Field(
        default=GRAPH_LEGS,
        ge=2,
        le=1_000_000,
        description="Call legs at once that the application may have. Graph's own limit is 100.",
    )
    legs_per_month: int = Field(
        default=GRAPH_LEGS_PER_MONTH,
        ge=1,
        le=1_000_000_000,
        description="Call legs a month that the application may have: those that ring and those "
        "that it makes. Warned of at 80 and 95 %, nothing is refused. Graph's own limit is 10000.",
    )

    @model_validator(mode="after")
    def _credential_is_whole(self) -> Self:
        if self.credential is Credential.SECRET and not (
            self.client_secret and self.client_secret.get_secret_value()
        ):
            refuse("CREDENTIAL `secret` needs CLIENT_SECRET")
        if self.credential is Credential.CERTIFICATE and not self.certificate_file:
            refuse("CREDENTIAL `certificate` needs CERTIFICATE_FILE")
        return self


class Application(Identity):
    """One of several applications, in APPLICATIONS."""

    entry_points: tuple[str, ...] = Field(
        default=(),
        description="For people only: the plan's entry points that belong to this application. "
        "Which one a call is for is told by the account that was called.",
    )


class Settings(Identity):
    """Everything that differs between two installations, apart from the plan."""

    applications: tuple[Application, ...] = Field(
        default=(),
        description="More applications than the one above, as a JSON list of objects with "
        "`app_id`, `tenant_id`, `credential` and what it needs, `legs`, `entry_points`.",
    )
    public_url: Url = Field(
        description="Where Graph, the Bot Framework and Teams reach the service, "
        "such as `https://contoso-switchboard.azurewebsites.net`."
    )
    host: str = Field(
        default="",
        description="The address to listen on; empty: this machine only when PUBLIC_URL is on it, "
        "else all addresses.",
    )
    port: int = Field(
        default=3978,
        ge=0,
        le=65535,
        description="The port to listen on. App Service's own `PORT` is honored.",
    )
    database_url: Database = Field(
        default=SecretStr("sqlite:///./switchboard.db"),
        description="`sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`; a Unix socket as "
        "`postgresql:///NAME?host=/FOLDER`.",
    )
    keep_days: int = Field(
        default=400,
        ge=1,
        le=36_500,
        description="For how many days the history is kept: facts, contact records with callers' "
        "numbers and names, and plans that were in force. The default is a year and a month, so "
        "that a month can be compared with the same one a year ago.",
    )
    keep_quarantine_days: int = Field(
        default=30,
        ge=1,
        le=36_500,
        description="For how many days events are kept that could not be handled, the newest 1000 "
        "at most.",
    )
    keep_voicemail: bool = Field(
        default=False,
        description="`true` lets callers leave messages, which are recorded and kept. Microsoft's "
        "terms ask for more than this setting: policy-based recording, set up by the tenant's "
        "administrator (docs/voicemail.md). Without it Graph refuses, and nothing is recorded.",
    )
    plan: str = Field(default="./plan.yaml", description="The plan file.")
    ca_file: str = Field(
        default="", description="A PEM file of certificate authorities to trust besides the usual."
    )
    graph_url: Url = Field(
        default="https://graph.microsoft.com/v1.0", description="Microsoft Graph."
    )
    authority_url: Url = Field(
        default="https://login.microsoftonline.com",
        description="Entra: who issues tokens, and who signs those of the console.",
    )
    sign_in_url: Url | None = Field(
        default=None,
        description="Where a browser signs people in to the tab; without it AUTHORITY_URL. Set it "
        "only where browsers reach Entra under another address than the service does.",
    )
    calling_openid_url: Url = Field(
        default="https://api.aps.skype.com/v1/.well-known/OpenIdConfiguration",
        description="The OpenID configuration whose keys sign Graph's calling notifications.",
    )
    bot_openid_url: Url = Field(
        default="https://login.botframework.com/v1/.well-known/openidconfiguration",
        description="The OpenID configuration whose keys sign Bot Framework messages.",
    )
    voice: Literal["auto", "azure", "laptop", "none"] = Field(
        default="auto",
        description="Who speaks `say:` prompts: `azure` (Azure Speech), `laptop` (eSpeak NG, the "
        "optional extra), `none`, or `auto`: the first of these that is there.",
    )
    speech_key: SecretStr | None = Field(default=None, description="Azure Speech: the key.")
    speech_region: str = Field(
        default="", description="Azure Speech: the region, such as `westeurope`."
    )
    speech_url: Url | None = Field(
        default=None, description="Azure Speech: a custom domain, instead of the region."
    )
    secrets: SecretStr | None = Field(
        default=None,
        description="The secrets that the plan refers to by name, as a JSON object of names and "
        "values of 16 characters at least: keys that sign what webhooks are asked.",
    )
    metrics_token: SecretStr | None = Field(
        default=None,
        description="The bearer token that `/metrics` asks for, 16 characters at least. Without "
        "one `/metrics` answers only while PUBLIC_URL is this machine, and only a scraper on it.",
    )
    traces: Literal["none", "otlp", "azure"] = Field(
        default="none",
        description="Where a trace of each contact goes: `otlp` (a collector, by "
        "`OTEL_EXPORTER_OTLP_ENDPOINT`), `azure` (`APPLICATIONINSIGHTS_CONNECTION_STRING`).",
    )
    log_level: Level = Field(default="INFO", description="The least severe lines to log.")
    log_format: Literal["json", "text"] = Field(
        default="json", description="One JSON object a line, or text for people."
    )

    @model_validator(mode="after")
    def _applications_differ(self) -> Self:
        seen = {self.app_id}
        for each in self.applications:
            if each.app_id in seen:
                refuse(f"APPLICATIONS: app_id {each.app_id} stands there twice")
            seen.add(each.app_id)
        return self

    @model_validator(mode="after")
    def _voice_is_whole(self) -> Self:
        if self.voice == "azure" and not (self.speech_region or self.speech_url):
            refuse("VOICE `azure` needs SPEECH_REGION (or SPEECH_URL) and SPEECH_KEY")
        if self.speech_key and not (self.speech_region or self.speech_url):
            refuse("SPEECH_KEY needs SPEECH_REGION (or SPEECH_URL) beside it")
        if self.metrics_token and len(self.metrics_token.get_secret_value()) < 16:  # noqa: PLR2004
            refuse("METRICS_TOKEN is shorter than 16 characters: make it longer")
        return self

    @model_validator(mode="after")
    def _secrets_are_named(self) -> Self:
        _ = self.named_secrets
        return self

    @property
    def named_secrets(self) -> dict[str, str]:
        """The secrets that a plan may refer to, by name."""
        return named_secrets(self.secrets.get_secret_value() if self.secrets else "{}")

    @property
    def identities(self) -> tuple[Application, ...]:
        """Every application of this service, the one that APP_ID names first."""
        own = {name: getattr(self, name) for name in Identity.model_fields}
        return (Application(**own), *self.applications)

    @property
    def kept(self) -> Kept:
        """For how long the store keeps what happened."""
        return Kept(
            history_ms=self.keep_days * DAY_MS, quarantine_ms=self.keep_quarantine_days * DAY_MS
        )

    @property
    def listen_host(self) -> str:
        """The address to bind."""
        if self.host:
            return self.host
        local = is_loopback(urlsplit(self.public_url).hostname or "")
        return "127.0.0.1" if local else "0.0.0.0"  # noqa: S104 - App Service forwards to it


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings in `environment` (default: the process's own).

    Raises BadSettings with a sentence for everything that is wrong, never with a value that may be
    a secret.
    """
    given = dict(os.environ if environment is None else environment)
    values, problems = _values(given)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        problems += [_sentence(each) for each in error.errors(include_url=False)]
    else:
        if not problems:
            return settings
    raise BadSettings(problems)


def archive_settings(environment: Mapping[str, str] | None = None) -> tuple[str, str]:
    """Database URL and tenant for who only reads what happened; the tenant is empty if not set.

    Unlike the service it needs neither identity nor address.
    """
    given = os.environ if environment is None else environment
    default = Settings.model_fields["database_url"].get_default().get_secret_value()
    return (
        given.get(f"{PREFIX}DATABASE_URL") or default,
        (given.get(f"{PREFIX}TENANT_ID") or "").lower(),
    )


def plan_file(environment: Mapping[str, str] | None = None) -> str:
    """Where the plan is, for who only checks it."""
    given = os.environ if environment is None else environment
    return given.get(f"{PREFIX}PLAN") or str(Settings.model_fields["plan"].get_default())


def keeps_voicemail(environment: Mapping[str, str] | None = None) -> bool:
    """Whether callers may leave messages, for who only checks a plan. What is no yes is a no."""
    given = os.environ if environment is None else environment
    return given.get(f"{PREFIX}KEEP_VOICEMAIL", "").strip().lower() in YES


def speech_settings(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Who speaks, for who only has something spoken: the settings of that by name, as given.

    Raises BadSettings.
    """
    given = os.environ if environment is None else environment
    names = ("voice", "speech_key", "speech_region", "speech_url", "graph_url")
    found = {name: given.get(PREFIX + name.upper(), "").strip() for name in names}
    found["voice"] = found["voice"] or "auto"
    voices = get_args(Settings.model_fields["voice"].annotation)
    if found["voice"] not in voices:
        raise BadSettings([f"{PREFIX}VOICE: should be one of {', '.join(voices)}."])
    return found


def setting_names() -> list[str]:
    """Every variable, with its prefix, in the order of the docs."""
    return [PREFIX + name.upper() for name in Settings.model_fields]


def _values(given: Mapping[str, str]) -> tuple[dict[str, object], list[str]]:
    """Variables as fields, and what is wrong before any field is looked at."""
    values: dict[str, object] = {}
    problems: list[str] = []
    known = setting_names()
    if given.get("PORT"):
        values["port"] = given["PORT"]
    for name, value in sorted(given.items()):
        if not name.startswith(PREFIX):
            continue
        if name not in known:
            problems.append(_unknown(name, known))
        elif value.strip():
            values[name.removeprefix(PREFIX).lower()] = value.strip()
    if "applications" in values:
        try:
            values["applications"] = json.loads(str(values["applications"]))
        except ValueError as error:
            del values["applications"]
            problems.append(f"{PREFIX}APPLICATIONS: not JSON ({error}): write a list of objects.")
    return values, problems


def _unknown(name: str, known: list[str]) -> str:
    # Without the prefix, which would make all of them look alike.
    bare = [each.removeprefix(PREFIX) for each in known]
    near = get_close_matches(name.removeprefix(PREFIX), bare, n=1)
    remedy = (
        f"did you mean {PREFIX}{near[0]}?" if near else "docs/settings.md lists those that are."
    )
    return f"{name}: not a setting; {remedy}"


def _sentence(error: ErrorDetails) -> str:
    """One problem, for people. Inputs are never quoted: any of them may be a secret."""
    where = [str(part) for part in error["loc"]]
    name = PREFIX + ".".join([where[0].upper(), *where[1:]]) if where else ""
    if error["type"] == "missing":
        return f"{name}: missing. {_description(where)}"
    if error["type"] == "extra_forbidden":
        return f"{name}: not known here; known are {', '.join(Application.model_fields)}."
    text = error["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    text = text.replace("a valid tuple", "a list")
    if error["type"] != "value_error":
        text = f"should be {text}"
    return f"{name}: {text}." if name else f"{PREFIX}{text}."


def _description(where: list[str]) -> str:
    model = Settings if len(where) == 1 else Application
    field = model.model_fields.get(where[-1])
    return (field.description if field else None) or ""


def secrets_of(settings: Settings) -> list[str]:
    """Every secret that the settings hold, for the logs to hide."""
    found = [settings.speech_key, settings.metrics_token]
    for identity in settings.identities:
        found += [identity.client_secret, identity.certificate_password]
    database = urlsplit(settings.database_url.get_secret_value()).password
    known = [each.get_secret_value() for each in found if each is not None]
    known += settings.named_secrets.values()
    return [*known, unquote(database)] if database else known
