"""The Bicep templates: whole, as far as can be read without a compiler, and set as wanted."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from kit.bicep import BadBicep, Declared, Expression, Template, Value, parse, read, unknown_names
from kit.source_tree import ROOT
from pydantic import SecretStr

from bot.settings import Settings, setting_names

FOLDER = ROOT / "deploy" / "bicep"
FILES = [FOLDER / "main.bicep", *sorted((FOLDER / "modules").glob("*.bicep"))]
MAIN = read(FILES[0])
PARAMETERS: dict[str, Any] = json.loads((FOLDER / "main.parameters.json").read_text())["parameters"]
ROLES = {
    "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
}
"""What may be given to anybody, by Azure's ids of its built-in roles."""


def module(name: str) -> Template:
    return read(FOLDER / "modules" / f"{name}.bicep")


def inside(value: Value, *path: str) -> Value:
    for key in path:
        assert isinstance(value, dict), key
        value = value[key]
    return value


def body(template: Template, name: str, *path: str) -> Value:
    return inside(template.resources[name].body, *path)


def text_of(value: Value) -> str:
    return value.text if isinstance(value, Expression) else str(value)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_name_is_declared_and_every_declaration_used(file: Path) -> None:
    template = read(file)
    assert unknown_names(template) == set()
    assert {*template.parameters, *template.variables} - template.named == set()


def test_a_name_that_nobody_declared_is_seen() -> None:
    assert unknown_names(parse("output a string = plan.id")) == {"plan"}
    assert unknown_names(parse("var a = 'x${b}'\noutput c string = empty(a) ? a : d")) == {"b", "d"}


@pytest.mark.parametrize("broken", ["param a string = ", "resource a 'b@1' = {", "output = 3"])
def test_what_is_not_bicep_is_seen(broken: str) -> None:
    with pytest.raises(BadBicep, match="line 1"):
        parse(broken)


@pytest.mark.parametrize("name", list(MAIN.modules))
def test_a_module_is_given_just_what_it_asks_for(name: str) -> None:
    used = MAIN.modules[name]
    asked = read(FOLDER / used.kind).parameters
    given = used.body["params"]
    assert isinstance(given, dict)
    assert set(given) <= set(asked)
    assert {each for each, parameter in asked.items() if parameter.is_needed} <= set(given)


def test_every_output_that_is_used_exists() -> None:
    used = set(re.findall(r"\b(\w+)\.outputs\.(\w+)", FILES[0].read_text()))
    has = {(n, out) for n, m in MAIN.modules.items() for out in read(FOLDER / m.kind).outputs}
    assert used - has == set()
    assert has - used == set(), "an output that nobody reads"


def test_every_module_file_is_deployed() -> None:
    assert {FOLDER / each.kind for each in MAIN.modules.values()} == set(FILES[1:])


def test_parameters_and_their_file_name_the_same_and_each_is_explained() -> None:
    assert list(PARAMETERS) == [n for n in MAIN.parameters if n not in ("tenantId", "tags")]
    assert [n for n, each in MAIN.parameters.items() if len(each.description) < 10] == []
    assert [n for n, each in MAIN.outputs.items() if len(each.description) < 10] == []


@pytest.mark.parametrize("name", [n for n in PARAMETERS if n != "settings"])
def test_a_default_of_the_parameter_file_is_the_templates(name: str) -> None:
    told = re.fullmatch(r"\$\{[A-Z_]+(?:=(.*))?\}", PARAMETERS[name]["value"])
    if told is None:
        assert name == "databasePassword"
        return
    default, declared = told.group(1), MAIN.parameters[name]
    if default is None:
        # azd leaves out what was not given, so the template's default holds; it knows who deploys.
        azds_own = name in ("principalType", "environmentName", "location", "applicationId")
        assert azds_own or declared.default == ""
    else:
        assert default == str(declared.default).replace("True", "true").replace("False", "false")
        assert not declared.allowed or default in declared.allowed


def test_the_template_knows_every_setting_and_no_other() -> None:
    """When this fails, a setting was added: web.bicep or main.parameters.json must name it."""
    known = module("web").variables["known"]
    assert isinstance(known, dict)
    given = PARAMETERS["settings"]["value"]
    assert set(known) | set(given) == set(setting_names())
    assert set(known) & set(given) == set()
    assert all(value == f"${{{name}}}" for name, value in given.items())


def test_no_secret_stands_in_a_setting() -> None:
    known = module("web").variables["known"]
    assert isinstance(known, dict)
    secret = {
        f"SWITCHBOARD_{name.upper()}"
        for name, field in Settings.model_fields.items()
        if "SecretStr" in str(field.annotation)
    }
    assert SecretStr in (Settings.model_fields["speech_key"].annotation.__args__)  # type: ignore[union-attr]
    assert secret >= {"SWITCHBOARD_DATABASE_URL", "SWITCHBOARD_SPEECH_KEY"}
    assert secret <= set(known), "a secret must not come from the parameter file"
    assert {
        n for n in secret if known[n] and "@Microsoft.KeyVault(" not in text_of(known[n])
    } == set()


def test_no_output_carries_a_secret() -> None:
    for file in FILES:
        template = read(file)
        secret = {n for n, each in template.parameters.items() if each.is_secure}
        for name, output in template.outputs.items():
            said = text_of(output.value)
            named = set(output.value.names) if isinstance(output.value, Expression) else set()
            # Whether there is a secret may be told, and where it is kept.
            told = re.sub(r"empty\(\w+\)|\w+\.properties\.secretUri", "", said)
            assert "listKeys" not in said, f"{file.name}: {name}"
            assert not [n for n in named & secret if n in told], f"{file.name}: {name}"


def test_secure_values_stay_secure_on_their_way_down() -> None:
    secure = {n for n, each in MAIN.parameters.items() if each.is_secure}
    assert secure == {"databasePassword", "metricsToken", "webhookSecrets"}
    for used in MAIN.modules.values():
        below = read(FOLDER / used.kind).parameters
        given = used.body["params"]
        assert isinstance(given, dict)
        for name, value in given.items():
            if text_of(value) in secure:
                assert below[name].is_secure, f"{used.kind}: {name}"


SITE = {
    "alwaysOn": True,
    "http20Enabled": True,
    "minTlsVersion": "1.2",
    "scmMinTlsVersion": "1.2",
    "ftpsState": "Disabled",
    "healthCheckPath": "/healthz",
    "remoteDebuggingEnabled": False,
    "linuxFxVersion": "PYTHON|3.11",
    "appCommandLine": "exec python -m bot",
}


def test_app_service_is_set_as_the_service_needs_it() -> None:
    web = module("web")
    config = web.variables["siteConfig"]
    assert isinstance(config, dict)
    assert config.items() >= SITE.items()
    for site in ("web", "staging"):
        properties = body(web, site, "properties")
        assert isinstance(properties, dict)
        assert properties["clientAffinityEnabled"] is False
        assert properties["httpsOnly"] is True
        assert text_of(properties["siteConfig"]) == "siteConfig"
        assert text_of(properties["keyVaultReferenceIdentity"]) == "identityId"
    platform = web.variables["platform"]
    assert inside(platform, "WEBSITE_SWAP_WARMUP_PING_PATH") == "/readyz"
    assert inside(platform, "SCM_DO_BUILD_DURING_DEPLOYMENT") == "true"


def test_the_slot_is_the_app_in_everything_but_its_name() -> None:
    web = module("web")
    assert body(web, "web", "properties") == body(web, "staging", "properties")
    assert body(web, "web", "identity") == body(web, "staging", "identity")
    same = body(web, "webSettings", "properties"), body(web, "stagingSettings", "properties")
    assert same == (Expression("allSettings", ("allSettings",)),) * 2
    assert text_of(web.variables["allSettings"]) == "union(settings, known, platform)"


def test_the_paths_that_azure_is_told_are_served() -> None:
    routes = (ROOT / "bot" / "reference.py").read_text()
    for path in ("/healthz", "/readyz"):
        assert f"`GET {path}`" in routes
    bot = module("bot")
    assert text_of(bot.variables["webhook"]) == "'${publicUrl}/api/calls'"
    assert text_of(body(bot, "bot", "properties", "endpoint")) == "'${publicUrl}/api/messages'"
    served = "".join(file.read_text() for file in (ROOT / "bot").rglob("*.py"))
    assert '"/api/calls"' in served
    assert '"/api/messages"' in served


def test_the_bot_takes_calls_by_graph_and_belongs_to_one_tenant() -> None:
    bot = module("bot")
    channel = body(bot, "teams", "properties", "properties")
    assert isinstance(channel, dict)
    assert channel["isEnabled"] is channel["enableCalling"] is True
    assert channel["incomingCallRoute"] == "graphPma"
    assert text_of(channel["callingWebhook"]) == "webhook"
    assert body(bot, "teams", "name") == body(bot, "teams", "properties", "channelName")
    assert body(bot, "bot", "properties", "msaAppType") == "SingleTenant"
    assert text_of(body(bot, "bot", "properties", "msaAppId")) == "applicationId"


def test_the_database_is_inside_signs_in_with_entra_and_may_be_doubled() -> None:
    database = module("database")
    properties = body(database, "server", "properties")
    assert isinstance(properties, dict)
    assert inside(properties, "authConfig", "activeDirectoryAuth") == "Enabled"
    assert text_of(inside(properties, "highAvailability", "mode")) == "highAvailability"
    assert text_of(inside(properties, "network", "delegatedSubnetResourceId")) == "subnetId"
    doubled = MAIN.parameters["databaseHighAvailability"]
    assert doubled.allowed == ["Disabled", "SameZone", "ZoneRedundant"]
    assert doubled.default == "ZoneRedundant"


def test_the_service_goes_to_the_database_itself_and_checks_its_certificate() -> None:
    url = text_of(body(module("vault"), "databaseUrl", "properties", "value"))
    assert ":5432/" in url, "not the pooler's 6432"
    assert "sslmode=verify-full" in url
    assert "${uriComponent(databasePassword)}" in url


def assignments() -> list[tuple[Template, Declared]]:
    return [
        (template, each)
        for template in map(read, FILES)
        for each in template.resources.values()
        if each.kind.startswith("Microsoft.Authorization/roleAssignments")
    ]


def test_every_role_is_a_small_one_on_one_thing() -> None:
    given = []
    for template, each in assignments():
        scope = text_of(each.body["scope"])
        assert scope in template.resources, "on a resource, not on a group of them"
        (role,) = re.findall(
            r", (\w+)\)$", text_of(inside(each.body, "properties", "roleDefinitionId"))
        )
        given.append((ROLES[str(template.variables[role])], scope))
    assert sorted(given) == [
        ("Key Vault Secrets User", "vault"),
        ("Key Vault Secrets User", "vault"),
        ("Storage Blob Data Contributor", "voicemail"),
    ]


def test_what_holds_data_is_closed() -> None:
    vault = body(module("vault"), "vault", "properties")
    assert (
        inside(vault, "enableRbacAuthorization") is inside(vault, "enablePurgeProtection") is True
    )
    account = body(module("storage"), "account", "properties")
    assert (
        inside(account, "allowBlobPublicAccess") is inside(account, "allowSharedKeyAccess") is False
    )
    assert inside(account, "networkAcls", "defaultAction") == "Deny"
    web = module("web")
    for each in ("webPassword", "webFtp", "stagingPassword", "stagingFtp"):
        assert body(web, each, "properties", "allow") is False


def test_two_installations_share_nothing() -> None:
    """Each customer's tenant has its own: every name is made of the installation's name."""
    assert "environmentName" in text_of(MAIN.variables["token"])
    assert text_of(body(MAIN, "group", "name")) == "'rg-${environmentName}'"
    made = {"name", "planName", "workspaceName", "insightsName", "databaseZone"}
    for module_name, used in MAIN.modules.items():
        assert text_of(used.body["scope"]) == "group", module_name
        params = used.body["params"]
        assert isinstance(params, dict)
        shared = [n for n in made & set(params) if "${token}" not in text_of(params[n])]
        assert shared == [], module_name


def test_no_resource_is_named_but_by_what_it_is_given() -> None:
    """A fixed name of a resource that is unique in the world would meet the next installation's."""
    fixed = {
        f"{file.stem}: {name}"
        for file in FILES
        for name, each in read(file).resources.items()
        if isinstance(each.body.get("name"), str)
        and "parent" not in each.body
        and not each.kind.startswith("Microsoft.Insights/diagnosticSettings")
    }
    assert fixed == set()


def test_azd_finds_what_it_runs() -> None:
    text = (ROOT / "azure.yaml").read_text()
    for script in re.findall(r"run: (\S+)", text):
        assert (ROOT / script).exists()
    assert "path: deploy/bicep\n" in text
    (service,) = re.findall(r"^services:\n  (\w+):", text, re.MULTILINE)
    assert f"'azd-service-name': '{service}'" in (FOLDER / "modules" / "web.bicep").read_text()


def test_every_alert_has_its_page_in_the_runbook() -> None:
    alerts = module("alerts")
    names = [
        str(inside(each, "name"))
        for kind in ("metricAlerts", "logAlerts")
        for each in alerts.variables[kind]  # type: ignore[union-attr]
    ]
    assert len(names) == len(set(names)) >= 8
    page = (ROOT / "docs" / "runbook.md").read_text()
    assert re.findall(r"^### `([\w-]+)`$", page, re.MULTILINE) == names


SHOWN = {
    "calls-per-hour": "AppRequests",
    "waiting": "AppDependencies",
    "offers": "AppDependencies",
    "graph-latency": "AppDependencies",
    "graph-throttled": "AppDependencies",
    "failed-contacts": "AppRequests",
    "errors": "AppServiceConsoleLogs",
}
"""The workbook's charts, by the table of Log Analytics that each reads."""


def charts() -> dict[str, str]:
    """The workbook's queries by name, as Log Analytics is asked them."""
    monitoring = module("monitoring")
    whole = {}
    for each in monitoring.variables["charts"]:  # type: ignore[union-attr]
        query = text_of(inside(each, "query")).strip("'")
        while holes := re.findall(r"\$\{(\w+)\}", query):
            for name in holes:
                query = query.replace(
                    f"${{{name}}}", text_of(monitoring.variables[name]).strip("'")
                )
        whole[str(inside(each, "name"))] = query
    return whole


def test_the_workbook_shows_calls_waits_offers_graph_and_errors() -> None:
    assert {name: query.partition(" ")[0] for name, query in charts().items()} == SHOWN
    monitoring = module("monitoring")
    data = text_of(body(monitoring, "workbook", "properties", "serializedData"))
    assert "concat(asked, charted)" in data
    assert text_of(body(monitoring, "workbook", "properties", "sourceId")) == "workspace.id"
    assert body(monitoring, "workbook", "kind") == "shared"


def test_the_workbook_asks_for_what_spans_say() -> None:
    """A name that no span has would be an empty chart, and nobody would know why."""
    written = "".join(
        (ROOT / "bot" / "metrics" / f"{name}.py").read_text()
        for name in ("contact_traces", "measured", "tracing")
    )
    asked = set(re.findall(r"switchboard\.(\w+)", " ".join(charts().values())))
    assert asked >= {"outcome", "queue", "operation", "contact", "status"}
    assert [name for name in asked if f'"{name}"' not in written] == []
    named = set(re.findall(r"Name == \"(\w+)\"", " ".join(charts().values()))) - {"switchboard"}
    assert named == {"contact", "waiting", "offer"}
    assert [name for name in named if f'name="{name}"' not in written] == []
    roles = set(re.findall(r"AppRoleName == \"(\w+)\"", " ".join(charts().values())))
    assert roles == {"switchboard"}
    assert '"service.name": "switchboard"' in written


def test_the_exporter_tells_nobody_of_itself() -> None:
    platform = module("web").variables["platform"]
    assert inside(platform, "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL") == "true"
    assert inside(platform, "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED") == "true"
    given = text_of(inside(platform, "APPLICATIONINSIGHTS_CONNECTION_STRING"))
    assert given == "insightsConnection"
