"""The PowerShell scripts: whole, harmless under -WhatIf, and calling what Microsoft documents."""

import re
from pathlib import Path

import pytest
from kit.powershell import Call, Script
from kit.source_tree import ROOT

from console.auth import Role
from graph.tokens import EXCHANGE_SCOPE

FOLDER = ROOT / "deploy" / "scripts"
FILES = sorted(FOLDER.glob("*.ps1"))
COMMON = Script(FOLDER / "Common.ps1")
SCRIPTS = [Script(file) for file in FILES if file.name != "Common.ps1"]
ALL = [COMMON, *SCRIPTS]

# learn.microsoft.com/powershell/module/microsoftteams/NAME, and of -WhatIf whether it is there.
TEAMS: dict[str, set[str]] = {
    "Connect-MicrosoftTeams": {"TenantId", "WhatIf"},
    "Get-CsTenant": set(),
    "Get-CsOnlineApplicationInstance": {"Identity", "WhatIf"},
    "New-CsOnlineApplicationInstance": {
        "UserPrincipalName",
        "ApplicationId",
        "DisplayName",
        "WhatIf",
    },
    "Sync-CsOnlineApplicationInstance": {"ObjectId", "ApplicationId", "WhatIf"},
    "Get-CsPhoneNumberAssignment": {"TelephoneNumber"},
    "Set-CsPhoneNumberAssignment": {"Identity", "TelephoneNumber", "NumberType", "LocationId"},
    "Remove-CsPhoneNumberAssignment": {"Identity", "TelephoneNumber", "NumberType"},
    "Get-CsApplicationMeetingConfiguration": set(),
    "Set-CsApplicationMeetingConfiguration": {"AllowRemoveParticipantAppIds", "WhatIf"},
    "Get-CsOnlinePSTNGateway": set(),
    "New-CsOnlinePSTNGateway": {
        "Fqdn",
        "SipSignalingPort",
        "MaxConcurrentSessions",
        "ForwardPai",
        "SendSipOptions",
        "Enabled",
        "WhatIf",
    },
    "Get-CsOnlinePstnUsage": set(),
    "Set-CsOnlinePstnUsage": {"Identity", "Usage", "WhatIf"},
    "Get-CsOnlineVoiceRoute": set(),
    "New-CsOnlineVoiceRoute": {
        "Identity",
        "NumberPattern",
        "OnlinePstnGatewayList",
        "OnlinePstnUsages",
        "WhatIf",
    },
    "Get-CsOnlineVoiceRoutingPolicy": set(),
    "New-CsOnlineVoiceRoutingPolicy": {"Identity", "OnlinePstnUsages", "WhatIf"},
    "Grant-CsOnlineVoiceRoutingPolicy": {"Identity", "PolicyName"},
}
GRAPH = {"Connect-MgGraph", "Get-MgContext", "Invoke-MgGraphRequest"}
POWERSHELL = {
    "ConvertFrom-Json",
    "ConvertTo-Json",
    "ForEach-Object",
    "Get-Content",
    "Get-Date",
    "Get-Module",
    "Import-Module",
    "Join-Path",
    "Out-Null",
    "Resolve-Path",
    "Select-Object",
    "Set-StrictMode",
    "Sort-Object",
    "Start-Sleep",
    "Test-Path",
    "Where-Object",
    "Write-Host",
    "Write-Verbose",
    "Write-Warning",
}
RETIRED = re.compile(r"Set-CsOnlineVoiceApplicationInstance|-Msol|-AzureAD|-CsHybrid")


def is_writing(call: Call) -> bool:
    verb = call.name.partition("-")[0]
    if call.name in TEAMS:
        return verb not in ("Get", "Connect")
    if call.name == "Send-Graph":
        return not re.match(r"Send-Graph GET\b", call.text)
    return call.name in ("az", "azd")


def unguarded(script: Script) -> list[str]:
    return [f"{c.line}: {c.text[:60]}" for c in script.calls if is_writing(c) and not c.is_guarded]


def given(script: Script, call: Call) -> set[str]:
    """The parameters of a call, those that a splatted table brings included."""
    names = set(call.parameters) - {"ErrorAction"}
    for table in re.findall(r"\s@(\w+)", call.text):
        for literal in re.findall(rf"\${table} = @{{(.*?)}}", script.text):
            names |= set(re.findall(r"(\w+) =", literal))
        names |= set(re.findall(rf"\${table}\.(\w+) =", script.text))
    return names


@pytest.mark.parametrize("script", ALL, ids=lambda script: script.name)
def test_a_script_is_powershell(script: Script) -> None:
    assert script.faults == []


@pytest.mark.parametrize("broken", ["if ($a { 'b' }", "$a = @{ b = 1", "foreach ($a $b) { }"])
def test_what_is_not_powershell_is_seen(broken: str, tmp_path: Path) -> None:
    file = tmp_path / "broken.ps1"
    file.write_text(broken)
    assert Script(file).faults


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_nothing_is_changed_before_whatif_was_asked(script: Script) -> None:
    assert unguarded(script) == []
    assert any(map(is_writing, script.calls)) == ("SupportsShouldProcess" in script.text)


def test_what_changes_something_without_asking_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "rash.ps1"
    file.write_text(
        "Send-Graph GET '/users'\n"
        "Send-Graph DELETE '/users/1'\n"
        "if ($PSCmdlet.ShouldProcess('a', 'b')) { Grant-CsOnlineVoiceRoutingPolicy -Identity a }\n"
        "else { Sync-CsOnlineApplicationInstance -ObjectId a }\n"
        "if (-not $b) {\n"
        "  if (-not $PSCmdlet.ShouldProcess('a', 'b')) { return }\n"
        "  az webapp restart\n"
        "}\n"
        "azd env set A b\n"
    )
    assert unguarded(Script(file)) == [
        "2: Send-Graph DELETE '/users/1'",
        "4: Sync-CsOnlineApplicationInstance -ObjectId a",
        "9: azd env set A b",
    ]


def test_the_shared_functions_change_nothing_by_themselves() -> None:
    assert [call for call in COMMON.calls if call.name in TEAMS and is_writing(call)] == []
    sends = [c for c in COMMON.calls if c.name == "Send-Graph" and is_writing(c)]
    assert sends == []


@pytest.mark.parametrize("script", ALL, ids=lambda script: script.name)
def test_every_command_and_parameter_is_documented(script: Script) -> None:
    known = {*TEAMS, *GRAPH, *POWERSHELL, *COMMON.functions, "az", "azd", ""}
    assert {call.name for call in script.calls} - known == set()
    wrong = {
        f"{call.name} -{name}"
        for call in script.calls
        if call.name in TEAMS
        for name in given(script, call) - TEAMS[call.name]
    }
    assert wrong == set()
    assert RETIRED.findall(script.text) == []


@pytest.mark.parametrize("script", ALL, ids=lambda script: script.name)
def test_reading_and_signing_in_are_done_under_whatif_too(script: Script) -> None:
    """-WhatIf goes down to every command that has it, also to those that only read."""
    skipped = [
        f"{call.line}: {call.name}"
        for call in script.calls
        if call.name in TEAMS
        and not is_writing(call)
        and "WhatIf" in TEAMS[call.name]
        and "-WhatIf:$false" not in call.text
    ]
    assert skipped == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_get_help_says_what_it_does_and_needs(script: Script) -> None:
    for part in (".SYNOPSIS", ".DESCRIPTION", ".EXAMPLE", "Needs: PowerShell 7.2"):
        assert part in script.help
    explained = set(re.findall(r"^\.PARAMETER (\w+)$", script.help, re.MULTILINE))
    assert explained <= script.parameters
    used = set(re.findall(rf"{re.escape(script.name)}.* -(\w+)", script.help))
    assert used - {"WhatIf"} <= script.parameters


def test_a_resource_account_is_made_in_microsofts_order() -> None:
    script = Script(FOLDER / "Set-ResourceAccount.ps1")
    order = [
        "New-CsOnlineApplicationInstance -UserPrincipalName",
        "usageLocation = $UsageLocation",
        "/assignLicense",
        "Set-CsPhoneNumberAssignment @assignment",
        "Sync-CsOnlineApplicationInstance -ObjectId $id -ApplicationId $ApplicationId",
    ]
    places = [script.text.index(step) for step in order]
    assert places == sorted(places)


@pytest.mark.parametrize("name", ["Set-ResourceAccount.ps1", "Remove-ResourceAccount.ps1"])
def test_an_account_of_another_application_is_refused_before_anything_is_changed(name: str) -> None:
    script = Script(FOLDER / name)
    refused = script.text.index('throw "$UserPrincipalName belongs to the application')
    first = min(script.text.index(call.text) for call in script.calls if is_writing(call))
    assert refused < first


def test_a_number_is_taken_off_before_it_is_given_on_and_before_the_account_goes() -> None:
    text = Script(FOLDER / "Remove-ResourceAccount.ps1").text
    off = text.index("Remove-CsPhoneNumberAssignment -Identity $UserPrincipalName")
    on = text.index(
        "Set-CsPhoneNumberAssignment -Identity $GiveTo -TelephoneNumber $phone -NumberType $type -E"
    )
    assert off < on < text.index("Send-Graph DELETE")


REGISTRATION = Script(FOLDER / "Register-Application.ps1")


def test_the_registration_makes_the_roles_that_the_console_knows() -> None:
    made = re.findall(r"value = '(\w+)'; id = '([0-9a-f-]{36})'", REGISTRATION.text)
    assert [value for value, _ in made] == [role.value for role in Role]
    ids = [each for _, each in made] + re.findall(
        r"\$scopeId = '([0-9a-f-]{36})'", REGISTRATION.text
    )
    assert len(ids) == len(set(ids)) == len(Role) + 1


def test_what_others_added_to_the_registration_stays() -> None:
    """A PATCH replaces a list as a whole."""
    for name in ("kept", "otherResources", "otherScopes", "trusted"):
        assert re.search(rf"= \${name} \+ @\(", REGISTRATION.text), name


def test_the_managed_identity_is_trusted_for_what_the_service_asks_for() -> None:
    audience = EXCHANGE_SCOPE.removesuffix("/.default")
    assert f"audiences = @('{audience}')" in REGISTRATION.text
    assert 'issuer    = "https://login.microsoftonline.com/$tenant/v2.0"' in REGISTRATION.text


def test_the_tab_may_ask_and_teams_is_trusted_with_it() -> None:
    assert "value                   = 'access_as_user'" in REGISTRATION.text
    for client in ("1fec8e78-bce4-4aaf-ab1b-5451cc387264", "5e3ce6c0-2b1f-4285-8d4b-75ee78787346"):
        assert client in REGISTRATION.text
    assert "requestedAccessTokenVersion = 2" in REGISTRATION.text
    assert '"api://$PublicHost/$appId"' in REGISTRATION.text


def test_the_plan_goes_where_the_service_looks_for_it_in_both_slots() -> None:
    script = Script(FOLDER / "Publish-Plan.ps1")
    web = (ROOT / "deploy" / "bicep" / "modules" / "web.bicep").read_text()
    (path,) = re.findall(r"SWITCHBOARD_PLAN: '(.+)'", web)
    assert f"'--target-path', '{path}'" in script.text
    assert "foreach ($slot in @($null, 'staging'))" in script.text
