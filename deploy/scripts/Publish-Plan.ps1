#Requires -Version 7.2
<#
.SYNOPSIS
Puts the plan file where the service reads it, in production and in the staging slot.

.DESCRIPTION
Each slot of App Service has its own disk, and a swap exchanges them: so both get the file. The service
reads it when it starts; -Restart does that at once, and calls survive it. A plan with an error never
replaces a good one. azd runs it before each deployment.

Needs: PowerShell 7.2 and the Azure CLI, signed in.

.PARAMETER Plan
The file. Without it plan.yaml in the repository's root, and if there is none, the example.

.EXAMPLE
./Publish-Plan.ps1 -Plan ./plan.yaml -Restart
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [string] $Plan,
    [string] $ResourceGroup = $env:AZURE_RESOURCE_GROUP,
    [string] $Name = $env:SERVICE_WEB_NAME,
    [switch] $Restart
)

. "$PSScriptRoot/Common.ps1"

$root = Resolve-Path "$PSScriptRoot/../.."
if (-not $Plan) { $Plan = Join-Path $root 'plan.yaml' }
if (-not (Test-Path $Plan)) {
    $Plan = Join-Path $root 'docs/examples/plan.yaml'
    Write-Warning "There is no plan.yaml: the example goes up. It names people of Contoso, so nobody will be rung."
}
if (-not $ResourceGroup -or -not $Name) {
    throw 'Which app? Give -ResourceGroup and -Name, or run azd provision first.'
}

$where = @('--resource-group', $ResourceGroup, '--name', $Name)
$file = @('--src-path', "$Plan", '--type', 'static', '--target-path', '/home/site/switchboard/plan.yaml', '--restart', 'false', '--clean', 'false')
foreach ($slot in @($null, 'staging')) {
    $there = if ($slot) { @('--slot', $slot) } else { @() }
    $called = if ($slot) { "$Name, slot $slot" } else { $Name }
    if ($PSCmdlet.ShouldProcess($called, "put $Plan there")) {
        az webapp deploy @where @there @file
        if ($LASTEXITCODE -ne 0) { throw "az webapp deploy failed for $called (exit code $LASTEXITCODE)." }
        Write-Step "the plan is there: $called"
    }
}
if ($Restart -and $PSCmdlet.ShouldProcess($Name, 'restart, so that the plan is read')) {
    az webapp restart @where
    if ($LASTEXITCODE -ne 0) { throw "az webapp restart failed (exit code $LASTEXITCODE)." }
}
