#Requires -Version 7.2
<#
.SYNOPSIS
Makes or mends a resource account: what callers ring, and what an entry point of the plan names.

.DESCRIPTION
Idempotent, in the order that Microsoft asks for: the account with the bot's application id, where it
is used, its license, its number, the sync. What is right already is left alone; -WhatIf says what would
be done. An account that belongs to another application is not touched, and neither is a number that
somebody else has.

Needs: PowerShell 7.2, the modules MicrosoftTeams and Microsoft.Graph.Authentication, Teams
Administrator, and License Administrator (with User Administrator for where it is used).

.PARAMETER UsageLocation
Two letters of the country, without which Microsoft gives no license. Of the number's country.

.PARAMETER PhoneNumber
In E.164, such as +4930123456. Without one the account can be called from Teams only.

.PARAMETER NumberType
From whom the number comes: CallingPlan (Microsoft), OperatorConnect, or DirectRouting (your own SBC).

.PARAMETER LocationId
The emergency location, if that number needs one.

.PARAMETER AllowRemoval
Lets the application remove participants from its group calls: who joins too late (docs/connecting.md).
It holds for the tenant, once.

.EXAMPLE
./Set-ResourceAccount.ps1 -UserPrincipalName sales@contoso.com -DisplayName 'Contoso Sales' `
    -ApplicationId $appId -UsageLocation DE -PhoneNumber +4930123456 -NumberType CallingPlan -WhatIf
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)][ValidatePattern('^[^@\s]+@[^@\s]+$')][string] $UserPrincipalName,
    [string] $DisplayName = 'Switchboard',
    [ValidatePattern('^$|^[0-9a-fA-F-]{36}$')][string] $ApplicationId = $env:APPLICATION_ID,
    [string] $TenantId = $env:AZURE_TENANT_ID,
    [ValidatePattern('^$|^[A-Z]{2}$')][string] $UsageLocation = '',
    [ValidatePattern('^$|^\+[1-9]\d{2,14}$')][string] $PhoneNumber = '',
    [ValidateSet('CallingPlan', 'OperatorConnect', 'DirectRouting')][string] $NumberType = 'CallingPlan',
    [string] $LocationId = '',
    [switch] $AllowRemoval,
    [ValidateRange(0, 120)][int] $WaitMinutes = 15
)

. "$PSScriptRoot/Common.ps1"

if (-not $ApplicationId) { throw 'Which application? Give -ApplicationId: what Register-Application.ps1 printed.' }
if ($PhoneNumber -and -not $UsageLocation) { throw 'A number needs a license, and a license needs -UsageLocation, such as DE.' }
$sku = 'PHONESYSTEM_VIRTUALUSER'

Connect-Graph $TenantId @('User.ReadWrite.All', 'Organization.Read.All') | Out-Null
Connect-Teams $TenantId

# 1. The account.
$account = Find-Account $UserPrincipalName
if ($account -and "$($account.ApplicationId)" -ne $ApplicationId) {
    throw "$UserPrincipalName belongs to the application $($account.ApplicationId). Take another name, or remove it first."
}
if (-not $account) {
    if (-not $PSCmdlet.ShouldProcess($UserPrincipalName, "make the resource account of $ApplicationId")) {
        if ($UsageLocation) { Write-Step "would license it for $UsageLocation" }
        if ($PhoneNumber) { Write-Step "would give it $PhoneNumber ($NumberType)" }
        return
    }
    New-CsOnlineApplicationInstance -UserPrincipalName $UserPrincipalName -ApplicationId $ApplicationId -DisplayName $DisplayName | Out-Null
    Wait-Until "$UserPrincipalName appears in Teams" $WaitMinutes { $null -ne (Find-Account $UserPrincipalName) }
    $account = Find-Account $UserPrincipalName
    Write-Step "made $UserPrincipalName"
}
$id = "$($account.ObjectId)"

# 2. Where it is used, and its license.
if ($UsageLocation) {
    Wait-Until "$UserPrincipalName appears in the directory" $WaitMinutes { $null -ne (Send-Graph GET "/users/$id`?`$select=id") }
    $user = Send-Graph GET "/users/$id`?`$select=id,usageLocation,assignedLicenses"
    if ("$($user.usageLocation)" -ne $UsageLocation -and $PSCmdlet.ShouldProcess($UserPrincipalName, "is used in $UsageLocation")) {
        Send-Graph PATCH "/users/$id" @{ usageLocation = $UsageLocation } | Out-Null
    }
    $skus = @((Send-Graph GET '/subscribedSkus').value | Where-Object { $_.skuPartNumber -like "$sku*" })
    if (-not $skus) { throw "The tenant has no license $sku (Microsoft Teams Phone Resource Account). Get it in the admin center, Billing; it costs nothing." }
    $held = @($user.assignedLicenses | Where-Object { $_.skuId -in @($skus | ForEach-Object { $_.skuId }) })
    if ($held) {
        Write-Step 'is licensed'
    } else {
        $free = $skus | Where-Object { $_.consumedUnits -lt $_.prepaidUnits.enabled } | Select-Object -First 1
        if (-not $free) { throw "Every license $sku is in use. Get more of them, or take one from an account that needs none." }
        if ($PSCmdlet.ShouldProcess($UserPrincipalName, "license: $($free.skuPartNumber)")) {
            Send-Graph POST "/users/$id/assignLicense" @{
                addLicenses    = @(@{ skuId = $free.skuId; disabledPlans = @() })
                removeLicenses = @()
            } | Out-Null
            Write-Step 'licensed'
        }
    }
}

# 3. Its number. Teams takes it only after it has heard of the license.
if ($PhoneNumber) {
    $number = Find-Number $PhoneNumber
    $holder = if ($number) { "$($number.AssignedPstnTargetId)" } else { '' }
    if ($holder -eq $id) {
        Write-Step "has $PhoneNumber"
    } elseif ($holder) {
        throw "$PhoneNumber is given to $holder. Take it from there first: Remove-CsPhoneNumberAssignment."
    } elseif (-not $number -and $NumberType -ne 'DirectRouting') {
        throw "The tenant has no number $PhoneNumber. Order or port it, as a service number for voice applications."
    } elseif ($PSCmdlet.ShouldProcess($UserPrincipalName, "number $PhoneNumber ($NumberType)")) {
        $assignment = @{ Identity = $UserPrincipalName; TelephoneNumber = $PhoneNumber; NumberType = $NumberType }
        if ($LocationId) { $assignment.LocationId = $LocationId }
        $script:refusal = $null
        try {
            Wait-Until "Teams takes $PhoneNumber" $WaitMinutes {
                try {
                    Set-CsPhoneNumberAssignment @assignment -ErrorAction Stop
                    $true
                } catch {
                    $script:refusal = $_
                    $false
                }
            }
        } catch {
            throw "$_ Teams said at last: $script:refusal"
        }
        Write-Step "gave it $PhoneNumber"
    }
}

# 4. Who answers for it. Harmless when it is known already.
if ($PSCmdlet.ShouldProcess($UserPrincipalName, 'sync with the calling service')) {
    try {
        Sync-CsOnlineApplicationInstance -ObjectId $id -ApplicationId $ApplicationId | Out-Null
    } catch {
        if ("$_" -notmatch 'same key has already been added') { throw }
        # Microsoft's own remedy: no application first, then ours.
        Sync-CsOnlineApplicationInstance -ObjectId $id -ApplicationId '00000000-0000-0000-0000-000000000000' | Out-Null
        Sync-CsOnlineApplicationInstance -ObjectId $id -ApplicationId $ApplicationId | Out-Null
    }
    Write-Step 'synced'
}

# 5. For the tenant, once.
if ($AllowRemoval) {
    $allowed = @((Get-CsApplicationMeetingConfiguration).AllowRemoveParticipantAppIds)
    if ($ApplicationId -in $allowed) {
        Write-Step 'may remove participants'
    } elseif ($PSCmdlet.ShouldProcess($ApplicationId, 'may remove participants from its calls')) {
        Set-CsApplicationMeetingConfiguration -AllowRemoveParticipantAppIds @{ Add = $ApplicationId }
    }
}

Get-AccountState (Find-Account $UserPrincipalName) $ApplicationId
