#Requires -Version 7.2
<#
.SYNOPSIS
Lists the resource accounts of the application and says what each lacks. Changes nothing.

.DESCRIPTION
One object for each account: IsOurs, IsLicensed, PhoneNumber, Remark (ready, or what is missing). With
-UserPrincipalName only those, and one that does not exist is an error: to verify what a plan names.

Needs: PowerShell 7.2, the modules MicrosoftTeams and Microsoft.Graph.Authentication, Teams Reader.

.EXAMPLE
./Get-ResourceAccount.ps1 -ApplicationId $appId | Format-Table
#>
[CmdletBinding()]
param(
    [string[]] $UserPrincipalName = @(),
    [string] $ApplicationId = $env:APPLICATION_ID,
    [string] $TenantId = $env:AZURE_TENANT_ID
)

. "$PSScriptRoot/Common.ps1"

if (-not $ApplicationId) { throw 'Which application? Give -ApplicationId: what Register-Application.ps1 printed.' }
Connect-Graph $TenantId @('User.Read.All') | Out-Null
Connect-Teams $TenantId

$all = @(Get-CsOnlineApplicationInstance -WhatIf:$false)
if ($UserPrincipalName) {
    $absent = @($UserPrincipalName | Where-Object { $_ -notin @($all | ForEach-Object { $_.UserPrincipalName }) })
    if ($absent) { throw "No resource account: $($absent -join ', '). Set-ResourceAccount.ps1 makes one." }
    $all = @($all | Where-Object { $_.UserPrincipalName -in $UserPrincipalName })
} else {
    $all = @($all | Where-Object { "$($_.ApplicationId)" -eq $ApplicationId })
}
foreach ($account in $all) {
    Get-AccountState $account $ApplicationId
}
