#Requires -Version 7.2
<#
.SYNOPSIS
Brings a trunk of Direct Routing into a tenant: the gateway, the usage, the route and the routing policy.

.DESCRIPTION
Idempotent; -WhatIf says what would be done. Two cases:

  A carrier's own tenant, or a company with its own SBC: with -Port, the gateway is made here.
  A customer's tenant that a carrier serves: without -Port. The trunk is a derived one, a name below
  the carrier's base domain (sbc1.customers.adatum.biz below customers.adatum.biz), which Microsoft
  finds by its name and which is not made in the customer's tenant.

The name's domain must be verified in the tenant, and one licensed user must have had an address in it.

Needs: PowerShell 7.2, the module MicrosoftTeams, Teams Administrator.

.PARAMETER Fqdn
The name that the SBC presents in its Contact header for this tenant. One for each customer.

.PARAMETER Pattern
Which numbers go that way, as a regular expression.

.PARAMETER GrantTo
Resource accounts or people who may call out that way. The number itself is given with
Set-ResourceAccount.ps1 -NumberType DirectRouting.

.EXAMPLE
./Set-CarrierTrunk.ps1 -TenantId $customer -Fqdn sbc1.customers.adatum.biz -GrantTo sales@contoso.com -WhatIf
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)][ValidatePattern('^([a-z0-9-]+\.){2,}[a-z]{2,}$')][string] $Fqdn,
    [string] $TenantId = $env:AZURE_TENANT_ID,
    [ValidateRange(0, 65535)][int] $Port = 0,
    [ValidateRange(1, 10000)][int] $Sessions = 100,
    [string] $Pattern = '^\+\d+$',
    [string] $Usage = 'Switchboard',
    [string[]] $GrantTo = @()
)

. "$PSScriptRoot/Common.ps1"

Connect-Teams $TenantId
$route = "$Usage-$Fqdn"
$policy = $Usage

if ($Port) {
    $gateway = @(Get-CsOnlinePSTNGateway | Where-Object { $_.Identity -eq $Fqdn })
    if ($gateway) {
        Write-Step "the gateway $Fqdn is there"
    } elseif ($PSCmdlet.ShouldProcess($Fqdn, "make the gateway, port $Port")) {
        # ForwardPai: the SBC is told the real number, also of who withholds it.
        New-CsOnlinePSTNGateway -Fqdn $Fqdn -SipSignalingPort $Port -MaxConcurrentSessions $Sessions -ForwardPai $true -SendSipOptions $true -Enabled $true | Out-Null
        Write-Step "made the gateway $Fqdn"
    }
}

$usages = @((Get-CsOnlinePstnUsage).Usage)
if ($Usage -in $usages) {
    Write-Step "the usage $Usage is there"
} elseif ($PSCmdlet.ShouldProcess($Usage, 'make the usage')) {
    Set-CsOnlinePstnUsage -Identity Global -Usage @{ Add = $Usage }
    Write-Step "made the usage $Usage"
}

$routes = @(Get-CsOnlineVoiceRoute | Where-Object { $_.Identity -eq $route })
if ($routes) {
    Write-Step "the route $route is there"
} elseif ($PSCmdlet.ShouldProcess($route, "make the route for $Pattern over $Fqdn")) {
    New-CsOnlineVoiceRoute -Identity $route -NumberPattern $Pattern -OnlinePstnGatewayList @{ Add = $Fqdn } -OnlinePstnUsages @{ Add = $Usage } | Out-Null
    Write-Step "made the route $route"
}

$policies = @(Get-CsOnlineVoiceRoutingPolicy | Where-Object { $_.Identity -eq "Tag:$policy" })
if ($policies) {
    Write-Step "the routing policy $policy is there"
} elseif ($PSCmdlet.ShouldProcess($policy, 'make the routing policy')) {
    New-CsOnlineVoiceRoutingPolicy -Identity $policy -OnlinePstnUsages @{ Add = $Usage } | Out-Null
    Write-Step "made the routing policy $policy"
}

foreach ($each in $GrantTo) {
    if ($PSCmdlet.ShouldProcess($each, "routing policy $policy")) {
        Grant-CsOnlineVoiceRoutingPolicy -Identity $each -PolicyName $policy
        Write-Step "$each calls out over $Fqdn"
    }
}
