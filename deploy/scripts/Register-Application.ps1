#Requires -Version 7.2
<#
.SYNOPSIS
Makes or mends the application registration that Switchboard is known by in the tenant.

.DESCRIPTION
Idempotent: what is right already is left alone, and -WhatIf says what would be done. The application
gets the roles of the console, the API for the tab in Teams, exactly the application permissions of
Graph that permissions.json names for the features in use, and trust in the managed identity of the
service instead of a secret. Permissions need the consent of an administrator: the link is printed, or
-GrantConsent gives it at once.

azd runs it before and after it makes the resources, and then the environment's values are used.

Needs: PowerShell 7.2, the module Microsoft.Graph.Authentication, and Application Administrator in
Entra; for -GrantConsent Privileged Role Administrator.

.PARAMETER Features
Which features are in use (docs/permissions.md). Calls and presence always are; all of them by default.

.PARAMETER PublicHost
The host name at which the service is reached; the tab's API carries it.

.PARAMETER IdentityPrincipalId
The object id of the managed identity: the output SERVICE_IDENTITY_PRINCIPAL_ID.

.EXAMPLE
./Register-Application.ps1 -TenantId contoso.onmicrosoft.com -WhatIf
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [string] $DisplayName = 'Switchboard',
    [string] $ApplicationId = $env:APPLICATION_ID,
    [string] $TenantId = $env:AZURE_TENANT_ID,
    [ValidateSet('keys', 'group_call', 'people', 'groups', 'call_records', 'doctor')]
    [string[]] $Features = @('keys', 'group_call', 'people', 'groups', 'call_records', 'doctor'),
    [string] $PublicHost = $(if ($env:SERVICE_PUBLIC_URL) { ([uri] $env:SERVICE_PUBLIC_URL).Host }),
    [string] $IdentityPrincipalId = $env:SERVICE_IDENTITY_PRINCIPAL_ID,
    [switch] $GrantConsent
)

. "$PSScriptRoot/Common.ps1"

$graphId = '00000003-0000-0000-c000-000000000000'
# Teams' own clients: on a desktop or phone, and in a browser.
$teamsClients = @('1fec8e78-bce4-4aaf-ab1b-5451cc387264', '5e3ce6c0-2b1f-4285-8d4b-75ee78787346')
# The ids are ours and never change: whoever holds a role keeps it when this script runs again.
$roles = @(
    @{ value = 'Agent'; id = '5f0c1d2e-8a57-4c55-9d0e-0b7a5f1c0a01'; description = 'Takes contacts, sees the board without callers.' }
    @{ value = 'Supervisor'; id = '5f0c1d2e-8a57-4c55-9d0e-0b7a5f1c0a02'; description = 'Sees callers, contacts and why an agent was chosen.' }
    @{ value = 'Admin'; id = '5f0c1d2e-8a57-4c55-9d0e-0b7a5f1c0a03'; description = 'Sees everything, findings included.' }
    @{ value = 'Auditor'; id = '5f0c1d2e-8a57-4c55-9d0e-0b7a5f1c0a04'; description = 'Sees contacts and their history.' }
)
$scopeId = '5f0c1d2e-8a57-4c55-9d0e-0b7a5f1c0b01'

$scopes = @('Application.ReadWrite.All')
if ($GrantConsent) { $scopes += 'AppRoleAssignment.ReadWrite.All' }
$context = Connect-Graph $TenantId $scopes
$tenant = $context.TenantId

# The permissions of the features in use, by the ids that this tenant's Graph gives them.
$wanted = @(Get-Content -Raw -Path "$PSScriptRoot/../../bot/doctor/permissions.json" | ConvertFrom-Json |
        Where-Object { $_.needed -or $_.feature -in $Features } |
        ForEach-Object { $_.permission } | Sort-Object -Unique)
$graph = Send-Graph GET "/servicePrincipals(appId='$graphId')?`$select=id,appRoles"
$permissions = @(foreach ($name in $wanted) {
        $role = $graph.appRoles | Where-Object { $_.value -eq $name -and $_.allowedMemberTypes -contains 'Application' }
        if (-not $role) { throw "Graph knows no application permission $name in this tenant." }
        @{ name = $name; id = $role.id }
    })

# The application: by its id if we know it, else by its name.
$application = $null
if ($ApplicationId) {
    $application = Send-Graph GET "/applications(appId='$ApplicationId')"
    if (-not $application) { throw "No application $ApplicationId in tenant $tenant. Leave -ApplicationId out to make one." }
} else {
    $named = Get-GraphList "/applications?`$filter=displayName eq '$(ConvertTo-Literal $DisplayName)'"
    if ($named.Count -gt 1) { throw "$($named.Count) applications are named ${DisplayName}: say which with -ApplicationId." }
    if ($named.Count -eq 1) { $application = $named[0] }
}
if (-not $application) {
    if (-not $PSCmdlet.ShouldProcess($DisplayName, 'make the application')) {
        Write-Step "would ask Graph for: $($wanted -join ', ')"
        return
    }
    $application = Send-Graph POST '/applications' @{ displayName = $DisplayName; signInAudience = 'AzureADMyOrg' }
    Write-Step "made the application $($application.appId)"
}
$appId = $application.appId

# A PATCH replaces a list as a whole, so what somebody else added to it is kept: but only what may be
# written, for Graph also shows where a role or a scope comes from and refuses that in a request.
$ofRole = @('id', 'value', 'displayName', 'description', 'allowedMemberTypes', 'isEnabled')
$ofScope = @('id', 'value', 'type', 'isEnabled', 'adminConsentDisplayName', 'adminConsentDescription',
    'userConsentDisplayName', 'userConsentDescription')
$ours = @($roles | ForEach-Object { $_.value })
$kept = @($application.appRoles | Where-Object { $_.value -notin $ours } | Select-Object -Property $ofRole)
$identifiers = @("api://$appId")
if ($PublicHost) { $identifiers += "api://$PublicHost/$appId" }
$identifiers = @($identifiers + @($application.identifierUris) | Where-Object { $_ } | Sort-Object -Unique)
$otherResources = @($application.requiredResourceAccess | Where-Object { $_.resourceAppId -ne $graphId })
$otherScopes = @($application.api.oauth2PermissionScopes | Where-Object { $_.id -ne $scopeId } | Select-Object -Property $ofScope)

$described = @{
    identifierUris         = $identifiers
    appRoles               = $kept + @($roles | ForEach-Object {
            @{
                id                 = $_.id
                value              = $_.value
                displayName        = $_.value
                description        = $_.description
                allowedMemberTypes = @('User', 'Application')
                isEnabled          = $true
            }
        })
    requiredResourceAccess = $otherResources + @(@{
            resourceAppId  = $graphId
            resourceAccess = @($permissions | ForEach-Object { @{ id = $_.id; type = 'Role' } })
        })
    api                    = @{
        requestedAccessTokenVersion = 2
        oauth2PermissionScopes      = $otherScopes + @(@{
                id                      = $scopeId
                value                   = 'access_as_user'
                type                    = 'User'
                isEnabled               = $true
                adminConsentDisplayName = 'Use Switchboard'
                adminConsentDescription = 'Lets the tab in Teams ask Switchboard as the person who is signed in.'
                userConsentDisplayName  = 'Use Switchboard'
                userConsentDescription  = 'Lets the tab in Teams ask Switchboard as you.'
            })
    }
}
# A client can be trusted with a scope only after the scope is there. `api` is said whole both times.
$trusted = @($application.api.preAuthorizedApplications | Where-Object { $_.appId -notin $teamsClients })
$trusting = @{
    api = $described.api + @{
        preAuthorizedApplications = $trusted + @($teamsClients | ForEach-Object {
                @{ appId = $_; delegatedPermissionIds = @($scopeId) }
            })
    }
}
if ($PSCmdlet.ShouldProcess($appId, "set roles, API and the permissions $($wanted -join ', ')")) {
    Send-Graph PATCH "/applications/$($application.id)" $described | Out-Null
    Send-Graph PATCH "/applications/$($application.id)" $trusting | Out-Null
    Write-Step 'set roles, API and permissions'
}

# Its service principal in this tenant: what consent and role assignments hang on.
$principal = Send-Graph GET "/servicePrincipals(appId='$appId')?`$select=id"
if (-not $principal -and $PSCmdlet.ShouldProcess($appId, 'make the service principal')) {
    $principal = Send-Graph POST '/servicePrincipals' @{ appId = $appId }
    Write-Step 'made the service principal'
}

# The managed identity vouches for the application.
if ($IdentityPrincipalId) {
    $credential = @{
        name      = 'switchboard-identity'
        issuer    = "https://login.microsoftonline.com/$tenant/v2.0"
        subject   = $IdentityPrincipalId
        audiences = @('api://AzureADTokenExchange')
    }
    $known = Get-GraphList "/applications/$($application.id)/federatedIdentityCredentials"
    $same = @($known | Where-Object { $_.issuer -eq $credential.issuer -and $_.subject -eq $IdentityPrincipalId })
    $old = @($known | Where-Object { $_.name -eq $credential.name })
    if ($same) {
        Write-Step 'the identity is trusted already'
    } elseif ($PSCmdlet.ShouldProcess($IdentityPrincipalId, 'trust this managed identity')) {
        if ($old) {
            Send-Graph PATCH "/applications/$($application.id)/federatedIdentityCredentials/$($old[0].id)" @{ subject = $IdentityPrincipalId; issuer = $credential.issuer } | Out-Null
        } else {
            Send-Graph POST "/applications/$($application.id)/federatedIdentityCredentials" $credential | Out-Null
        }
        Write-Step 'the managed identity is trusted'
    }
}

# Consent: what is there, what is missing, what is more than is needed.
$granted = @(if ($principal) { Get-GraphList "/servicePrincipals/$($principal.id)/appRoleAssignments" | ForEach-Object { $_ } | Where-Object { $_.resourceId -eq $graph.id } })
$missing = @($permissions | Where-Object { $_.id -notin @($granted | ForEach-Object { $_.appRoleId }) })
$surplus = @($granted | Where-Object { $_.appRoleId -notin @($permissions | ForEach-Object { $_.id }) })
foreach ($each in $missing) {
    if (-not $GrantConsent) {
        Write-Step "no consent yet: $($each.name)"
    } elseif ($PSCmdlet.ShouldProcess($each.name, 'consent for the whole tenant')) {
        Send-Graph POST "/servicePrincipals/$($graph.id)/appRoleAssignedTo" @{
            principalId = $principal.id
            resourceId  = $graph.id
            appRoleId   = $each.id
        } | Out-Null
        Write-Step "consented: $($each.name)"
    }
}
foreach ($each in $surplus) {
    $name = ($graph.appRoles | Where-Object { $_.id -eq $each.appRoleId }).value
    Write-Warning "$name is consented and no feature in use needs it: take it back in Entra, Enterprise applications."
}
if ($missing -and -not $GrantConsent) {
    Write-Host 'An administrator consents here (an error about a reply address afterwards means nothing):'
    Write-Host "  https://login.microsoftonline.com/$tenant/adminconsent?client_id=$appId"
}

if ($env:AZURE_ENV_NAME -and -not $env:APPLICATION_ID -and $PSCmdlet.ShouldProcess('APPLICATION_ID', 'keep it in the azd environment')) {
    azd env set APPLICATION_ID $appId
}
[pscustomobject]@{
    ApplicationId = $appId
    TenantId      = $tenant
    Permissions   = $wanted
    Missing       = @($missing | ForEach-Object { $_.name })
}
