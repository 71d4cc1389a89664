#Requires -Version 7.2
<#
.SYNOPSIS
Takes the number from a resource account and, on request, gives it to another one and removes the account.

.DESCRIPTION
What is done to go back: the number is taken off, so that it does not hang, and goes with -GiveTo to the
resource account of a native call queue or auto attendant. Idempotent; -WhatIf says what would be done.
An account of another application is not touched.

Needs: PowerShell 7.2, the modules MicrosoftTeams and Microsoft.Graph.Authentication, Teams
Administrator; for -Delete User Administrator.

.PARAMETER GiveTo
The resource account that gets the number: licensed, and bound to a call queue or auto attendant.

.PARAMETER Delete
Removes the account, too. For 30 days it can be brought back from the deleted users.

.EXAMPLE
./Remove-ResourceAccount.ps1 -UserPrincipalName sales@contoso.com -GiveTo salesqueue@contoso.com -WhatIf
#>
[CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
param(
    [Parameter(Mandatory)][ValidatePattern('^[^@\s]+@[^@\s]+$')][string] $UserPrincipalName,
    [string] $ApplicationId = $env:APPLICATION_ID,
    [string] $TenantId = $env:AZURE_TENANT_ID,
    [ValidatePattern('^$|^[^@\s]+@[^@\s]+$')][string] $GiveTo = '',
    [switch] $Delete
)

. "$PSScriptRoot/Common.ps1"

if (-not $ApplicationId) { throw 'Which application? Give -ApplicationId: what Register-Application.ps1 printed.' }
Connect-Graph $TenantId @('User.ReadWrite.All') | Out-Null
Connect-Teams $TenantId

$account = Find-Account $UserPrincipalName
if (-not $account) {
    Write-Step "$UserPrincipalName is not there"
    return
}
if ("$($account.ApplicationId)" -ne $ApplicationId) {
    throw "$UserPrincipalName belongs to the application $($account.ApplicationId): it is not touched."
}
$heir = $null
if ($GiveTo) {
    $heir = Find-Account $GiveTo
    if (-not $heir) { throw "There is no resource account $GiveTo. Make the queue and its account first." }
}

$phone = "$($account.PhoneNumber)" -replace '^tel:', ''
if ($phone) {
    $number = Find-Number $phone
    if (-not $number) { throw "Teams does not tell of what type $phone is. Try again in some minutes." }
    $type = "$($number.NumberType)"
    if ($PSCmdlet.ShouldProcess($UserPrincipalName, "take off $phone")) {
        Remove-CsPhoneNumberAssignment -Identity $UserPrincipalName -TelephoneNumber $phone -NumberType $type
        Write-Step "took off $phone"
        if ($heir) {
            try {
                Set-CsPhoneNumberAssignment -Identity $GiveTo -TelephoneNumber $phone -NumberType $type -ErrorAction Stop
            } catch {
                throw "$phone is free now, but $GiveTo did not take it: $_ Give it by hand: Set-CsPhoneNumberAssignment -Identity $GiveTo -TelephoneNumber $phone -NumberType $type"
            }
            Write-Step "gave it to $GiveTo"
        }
    }
} else {
    Write-Step 'has no number'
}

if ($Delete -and $PSCmdlet.ShouldProcess($UserPrincipalName, 'remove the account')) {
    Send-Graph DELETE "/users/$($account.ObjectId)" | Out-Null
    Write-Step "removed $UserPrincipalName"
}
