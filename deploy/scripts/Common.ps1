# What the scripts of this folder share. Dot-sourced, never run by itself.

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

# Says what is done, or would be.
function Write-Step([string] $Text) {
    Write-Host "  $Text"
}

# Loads a module, or says how to install it.
function Import-Needed([string] $Name, [string] $MinimumVersion) {
    $found = Get-Module -ListAvailable -Name $Name | Where-Object { $_.Version -ge [version] $MinimumVersion }
    if (-not $found) {
        throw "The module $Name $MinimumVersion or newer is needed: Install-Module $Name -Scope CurrentUser"
    }
    Import-Module -Name $Name -MinimumVersion $MinimumVersion
}

# Signs in to Graph in that tenant, unless this session has done so with these scopes.
function Connect-Graph([string] $TenantId, [string[]] $Scopes) {
    Import-Needed 'Microsoft.Graph.Authentication' '2.0.0'
    $context = Get-MgContext
    $lacks = @($Scopes | Where-Object { -not $context -or $_ -notin $context.Scopes })
    if ($context -and -not $lacks -and (-not $TenantId -or $context.TenantId -eq $TenantId)) {
        return $context
    }
    $where = @{}
    if ($TenantId) { $where.TenantId = $TenantId }
    Connect-MgGraph @where -Scopes $Scopes -NoWelcome
    return Get-MgContext
}

# Signs in to Teams in that tenant, unless this session has done so.
function Connect-Teams([string] $TenantId) {
    Import-Needed 'MicrosoftTeams' '6.0.0'
    try {
        $tenant = Get-CsTenant
        if (-not $TenantId -or "$($tenant.TenantId)" -eq $TenantId) { return }
    } catch {
        Write-Verbose "not signed in to Teams yet: $_"
    }
    $where = @{}
    if ($TenantId) { $where.TenantId = $TenantId }
    # Signing in changes nothing in the tenant, so -WhatIf does it too.
    Connect-MicrosoftTeams @where -WhatIf:$false | Out-Null
}

# One request to Graph v1.0. The path begins with a slash; what is not there gives $null.
function Send-Graph([string] $Method, [string] $Path, $Body = $null) {
    $request = @{ Method = $Method; Uri = "https://graph.microsoft.com/v1.0$Path"; OutputType = 'PSObject' }
    if ($null -ne $Body) {
        $request.Body = ConvertTo-Json -InputObject $Body -Depth 10
        $request.ContentType = 'application/json'
    }
    try {
        return Invoke-MgGraphRequest @request
    } catch {
        if ($Method -eq 'GET' -and "$_" -match 'NotFound|ResourceNotFound|404') { return $null }
        throw
    }
}

# Every row of a list, page by page.
function Get-GraphList([string] $Path) {
    $rows = @()
    $page = Send-Graph GET $Path
    while ($page) {
        $rows += @($page.value)
        $next = $page.PSObject.Properties['@odata.nextLink']
        if (-not $next) { break }
        $page = Send-Graph GET ($next.Value -replace '^https://graph\.microsoft\.com/v1\.0', '')
    }
    return , $rows
}

# Asks again until it is true: Microsoft's directories agree with each other after minutes only.
function Wait-Until([string] $What, [int] $Minutes, [scriptblock] $Test) {
    $end = (Get-Date).AddMinutes($Minutes)
    while (-not (& $Test)) {
        if ((Get-Date) -gt $end) {
            throw "$What did not happen within $Minutes minutes. Run this script again later: it goes on where it stopped."
        }
        Write-Step "waiting: $What"
        Start-Sleep -Seconds 20
    }
}

# The resource account of that name, or $null.
function Find-Account([string] $UserPrincipalName) {
    $all = @(Get-CsOnlineApplicationInstance -WhatIf:$false)
    return $all | Where-Object { $_.UserPrincipalName -eq $UserPrincipalName } | Select-Object -First 1
}

# What Teams knows of a number, or $null.
function Find-Number([string] $PhoneNumber) {
    return Get-CsPhoneNumberAssignment -TelephoneNumber $PhoneNumber | Select-Object -First 1
}

# How a resource account stands, in the words of docs/resource-accounts.md.
function Get-AccountState($Account, [string] $ApplicationId) {
    $details = Send-Graph GET "/users/$($Account.ObjectId)/licenseDetails"
    $number = "$($Account.PhoneNumber)" -replace '^tel:', ''
    $state = [ordered]@{
        UserPrincipalName = $Account.UserPrincipalName
        ObjectId          = "$($Account.ObjectId)"
        IsOurs            = "$($Account.ApplicationId)" -eq $ApplicationId
        IsLicensed        = [bool] @($details.value | Where-Object { $_.skuPartNumber -like 'PHONESYSTEM_VIRTUALUSER*' })
        PhoneNumber       = $number
    }
    $lacks = @()
    if (-not $state.IsOurs) { $lacks += "belongs to the application $($Account.ApplicationId)" }
    if ($number -and -not $state.IsLicensed) { $lacks += 'has a number and no license' }
    if (-not $number) { $lacks += 'has no number: only Teams can call it' }
    $state.Remark = if ($lacks) { $lacks -join '; ' } else { 'ready' }
    return [pscustomobject] $state
}

# The text as it may stand between the quotes of an OData filter.
function ConvertTo-Literal([string] $Text) {
    return [uri]::EscapeDataString($Text.Replace("'", "''"))
}
