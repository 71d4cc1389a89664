"""Settings come from the environment, whole or not at all, and never show a secret."""

import json

import pytest

from bot.setting_values import is_loopback
from bot.settings import BadSettings, Credential, Settings, load_settings, secrets_of
from store.kept import DAY_MS, Kept

APP = "11111111-2222-3333-4444-555555555555"
TENANT = "99999999-8888-7777-6666-555555555555"
OTHER = "aaaaaaaa-8888-7777-6666-555555555555"
GOOD = {
    "SWITCHBOARD_APP_ID": APP,
    "SWITCHBOARD_TENANT_ID": TENANT,
    "SWITCHBOARD_PUBLIC_URL": "https://switchboard.contoso.example/",
}
HUSH = "hush-hush-4242"


def given(**values: str) -> Settings:
    return load_settings(GOOD | {f"SWITCHBOARD_{name}": value for name, value in values.items()})


def refused(environment: dict[str, str]) -> list[str]:
    with pytest.raises(BadSettings) as caught:
        load_settings(environment)
    return caught.value.problems


def test_three_settings_are_enough() -> None:
    settings = load_settings(GOOD)
    assert settings.public_url == "https://switchboard.contoso.example"
    assert settings.credential is Credential.MANAGED_IDENTITY
    assert (settings.port, settings.legs, settings.plan) == (3978, 100, "./plan.yaml")
    assert settings.graph_url == "https://graph.microsoft.com/v1.0"
    assert settings.database_url.get_secret_value() == "sqlite:///./switchboard.db"


@pytest.mark.parametrize("name", sorted(GOOD))
def test_nothing_starts_without(name: str) -> None:
    rest = {key: value for key, value in GOOD.items() if key != name}
    assert [problem.split(":")[0] for problem in refused(rest)] == [name]
    assert [problem.split(":")[0] for problem in refused(rest | {name: "  "})] == [name]


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("APP_ID", "switchboard", "not a GUID"),
        ("TENANT_ID", "contoso.example", "not a GUID"),
        ("PUBLIC_URL", "switchboard.contoso.example", "not an address"),
        ("PUBLIC_URL", "http://switchboard.contoso.example", "only for this machine"),
        ("PUBLIC_URL", "https://user:pass@contoso.example", "user or password"),
        ("PUBLIC_URL", "https://contoso.example/?a=b", "no ?"),
        ("PUBLIC_URL", "https://contoso.example:port", "not an address"),
        ("GRAPH_URL", "http://graph.contoso.example", "only for this machine"),
        ("GRAPH_URL", "http://127.0.0.1.contoso.example", "only for this machine"),
        ("AUTHORITY_URL", "ftp://127.0.0.1", "not an address"),
        ("CALLING_OPENID_URL", "http://10.0.0.1/keys", "only for this machine"),
        ("BOT_OPENID_URL", "https://", "not an address"),
        ("PORT", "http", "integer"),
        ("PORT", "70000", "65535"),
        ("LEGS", "1", "2"),
        ("LEGS_PER_MONTH", "0", "1"),
        ("KEEP_DAYS", "0", "1"),
        ("KEEP_QUARANTINE_DAYS", "for ever", "integer"),
        ("CREDENTIAL", "password", "managed_identity"),
        ("CREDENTIAL", "secret", "CLIENT_SECRET"),
        ("CREDENTIAL", "certificate", "CERTIFICATE_FILE"),
        ("DATABASE_URL", "mysql://localhost/x", "sqlite:///"),
        ("DATABASE_URL", "sqlite:///", "file name"),
        ("DATABASE_URL", "postgresql://u:p@host:port/x", "port"),
        ("APPLICATIONS", "{", "not JSON"),
        ("APPLICATIONS", "{}", "a list"),
        ("APPLICATIONS", '[{"app_id": "x"}]', "APPLICATIONS.0.tenant_id: missing"),
        ("APPLICATIONS", json.dumps([{"app_id": APP, "tenant_id": TENANT}]), "twice"),
        (
            "APPLICATIONS",
            json.dumps([{"app_id": OTHER, "tenant_id": TENANT, "leg": 5}]),
            "APPLICATIONS.0.leg: not known",
        ),
        ("VOICE", "alloy", "auto"),
        ("VOICE", "azure", "SPEECH_REGION"),
        ("SPEECH_KEY", HUSH, "SPEECH_REGION"),
        ("METRICS_TOKEN", "short", "16 characters"),
        ("LOG_LEVEL", "LOUD", "DEBUG"),
        ("PUBLIK_URL", "x", "did you mean SWITCHBOARD_PUBLIC_URL?"),
        ("COLOR", "red", "docs/settings.md"),
    ],
)
def test_bad_value_is_refused_in_words(name: str, value: str, part: str) -> None:
    problems = refused(GOOD | {f"SWITCHBOARD_{name}": value})
    assert any(part in problem for problem in problems)


def test_days_that_are_kept() -> None:
    assert given().kept == Kept()
    kept = given(KEEP_DAYS="7", KEEP_QUARANTINE_DAYS="2").kept
    assert (kept.history_ms, kept.quarantine_ms) == (7 * DAY_MS, 2 * DAY_MS)


def test_everything_wrong_is_said_at_once() -> None:
    problems = refused({"SWITCHBOARD_PORT": "x", "SWITCHBOARD_LEG": "5"})
    assert [problem.split(":")[0].removeprefix("SWITCHBOARD_") for problem in problems] == [
        "LEG",
        "APP_ID",
        "TENANT_ID",
        "PUBLIC_URL",
        "PORT",
    ]


@pytest.mark.parametrize(
    ("environment", "port"),
    [
        ({}, 3978),
        ({"PORT": "8080"}, 8080),
        ({"PORT": "8080", "SWITCHBOARD_PORT": "9090"}, 9090),
        ({"PORT": "", "SWITCHBOARD_PORT": ""}, 3978),
    ],
)
def test_the_port_of_app_service_is_honored(environment: dict[str, str], port: int) -> None:
    assert load_settings(GOOD | environment).port == port


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://127.0.0.1:3978", "127.0.0.1"),
        ("http://localhost:3978", "127.0.0.1"),
        ("http://[::1]:3978", "127.0.0.1"),
        ("https://contoso.example", "0.0.0.0"),  # noqa: S104
    ],
)
def test_a_laptop_listens_to_itself_only(url: str, host: str) -> None:
    assert given(PUBLIC_URL=url).listen_host == host
    assert given(PUBLIC_URL=url, HOST="10.1.2.3").listen_host == "10.1.2.3"


def test_several_applications() -> None:
    more = [{"app_id": OTHER, "tenant_id": TENANT, "legs": 40, "entry_points": ["sales"]}]
    settings = given(APPLICATIONS=json.dumps(more))
    assert [(one.app_id, one.legs, one.entry_points) for one in settings.identities] == [
        (APP, 100, ()),
        (OTHER, 40, ("sales",)),
    ]


SECRETS = {
    "CREDENTIAL": "secret",
    "CLIENT_SECRET": HUSH,
    "CERTIFICATE_PASSWORD": HUSH,
    "SPEECH_KEY": HUSH,
    "SPEECH_REGION": "westeurope",
    "METRICS_TOKEN": HUSH * 2,
    "SECRETS": json.dumps({"crm": HUSH * 2}),
    "DATABASE_URL": f"postgresql://switchboard:{HUSH}@db.contoso.example/switchboard",
    "APPLICATIONS": json.dumps(
        [{"app_id": OTHER, "tenant_id": TENANT, "credential": "secret", "client_secret": HUSH}]
    ),
}


def test_secrets_never_show() -> None:
    settings = given(**SECRETS)
    shown = f"{settings!r} {settings} {settings.identities!r} {settings.model_dump_json()}"
    assert HUSH not in shown
    assert settings.client_secret is not None
    assert settings.client_secret.get_secret_value() == HUSH


@pytest.mark.parametrize(
    "broken",
    [
        {"CLIENT_SECRET": HUSH, "CREDENTIAL": "secre"},
        {"METRICS_TOKEN": HUSH},
        {"DATABASE_URL": f"mysql://root:{HUSH}@localhost"},
        {"DATABASE_URL": f"postgresql://root:{HUSH}@localhost:bad/x"},
        {"APPLICATIONS": json.dumps([{"app_id": OTHER, "client_secret": HUSH}])},
        {"APPLICATIONS": json.dumps([{"app_id": APP, "client_secret": [HUSH]}])},
        {"APPLICATIONS": json.dumps(HUSH)},
        {"APPLICATIONS": '{"client_secret": "' + HUSH},
        {"SECRETS": json.dumps({"crm": HUSH})},
        {"SECRETS": json.dumps([HUSH])},
        {"SECRETS": '{"crm": "' + HUSH},
        {"SPEECH_KEY": HUSH},
        {"PUBLIC_URL": f"https://user:{HUSH}@contoso.example"},
    ],
)
def test_secrets_do_not_show_in_problems(broken: dict[str, str]) -> None:
    problems = refused(
        GOOD
        | {"SWITCHBOARD_LEGS": "0"}
        | {f"SWITCHBOARD_{name}": value for name, value in broken.items()}
    )
    assert HUSH not in "".join(problems)


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings(GOOD).port = 1  # type: ignore[misc]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "LOCALHOST"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "10.0.0.1", "0.0.0.0", "localhost.contoso.example"])  # noqa: S104
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)


def test_the_plans_secrets_are_known_by_name_and_hidden_in_logs() -> None:
    settings = given(SECRETS=json.dumps({"crm": HUSH * 2, "erp.eu": HUSH * 3}))
    assert settings.named_secrets == {"crm": HUSH * 2, "erp.eu": HUSH * 3}
    assert {HUSH * 2, HUSH * 3} <= set(secrets_of(settings))
    assert given().named_secrets == {}


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[1]", "not a JSON object"),
        ("{", "not a JSON object"),
        ('{"crm": "short"}', "crm is shorter than 16"),
        ('{"crm": 5}', "crm is shorter than 16"),
        ('{"a b": "0123456789abcdef"}', "a name is"),
    ],
)
def test_the_plans_secrets_are_checked(text: str, part: str) -> None:
    problems = refused(GOOD | {"SWITCHBOARD_SECRETS": text})
    assert len(problems) == 1
    assert part in problems[0]
