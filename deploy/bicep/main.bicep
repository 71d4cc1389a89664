// Everything that Switchboard needs in Azure, in one resource group. `azd up` deploys it; docs/deploy.md
// leads through it, and docs/deploy-reference.md lists every parameter and output.
targetScope = 'subscription'

@description('A short name for this installation. Every name in Azure is made of it.')
@minLength(2)
@maxLength(24)
param environmentName string

@description('The Azure region, such as `westeurope`. Take one near your callers that has availability zones.')
param location string

@description('The application (client) id of the bot, as `Register-Application.ps1` prints it.')
@minLength(36)
@maxLength(36)
param applicationId string

@description('The Entra tenant that the application lives in and serves.')
param tenantId string = tenant().tenantId

@description('The object id of whoever deploys: may read the secrets, and is the database\'s Entra administrator.')
param principalId string = ''

@description('The name of that user, group or service principal, as the directory writes it.')
param principalName string = ''

@description('What that is. `azd` says so itself.')
@allowed(['User', 'Group', 'ServicePrincipal'])
param principalType string = 'User'

@description('The password of the database\'s own login. `azd` makes one of 15 letters and digits and keeps it in the vault.')
@secure()
@minLength(12)
param databasePassword string

@description('A second database that holds every commit before it counts: `ZoneRedundant` in another zone, `SameZone` in the same, `Disabled` none.')
@allowed(['Disabled', 'SameZone', 'ZoneRedundant'])
param databaseHighAvailability string = 'ZoneRedundant'

@description('The database\'s machine. High availability needs `GeneralPurpose` or `MemoryOptimized`.')
param databaseSku string = 'Standard_D2ds_v5'

@description('The family of that machine.')
@allowed(['Burstable', 'GeneralPurpose', 'MemoryOptimized'])
param databaseTier string = 'GeneralPurpose'

@description('For how many days the database can be taken back to any moment.')
@minValue(7)
@maxValue(35)
param databaseBackupDays int = 14

@description('The App Service plan\'s machine. Slots and zones need Premium.')
param planSku string = 'P0v3'

@description('Instances that always run. Two survive the loss of one; one is enough to try it.')
@minValue(1)
@maxValue(10)
param instances int = 2

@description('Instances at most, when their processors are busy.')
@minValue(1)
@maxValue(30)
param instancesAtMost int = 4

@description('Whether the instances stand in different availability zones. Needs two instances at least and a region with zones; cannot be changed later on some plans.')
param planZoneRedundant bool = true

@description('The public host name, if it is not to be the one of App Service. Bind the name and a certificate to the app first.')
param publicHost string = ''

@description('Whether to make an Azure Speech resource, which speaks the plan\'s `say:` prompts.')
param withSpeech bool = true

@description('Whether to make a storage account for voicemail. Nothing writes to it before a version with voicemail.')
param withVoicemailStorage bool = false

@description('Who is written to when an alert fires. Without an address alerts show in the portal only.')
param alertEmail string = ''

@description('For how many days logs are kept.')
@minValue(30)
@maxValue(730)
param logDays int = 30

@description('The bearer token that `/metrics` asks for, 16 characters at least. Without one `/metrics` stays closed.')
@secure()
param metricsToken string = ''

@description('The secrets that sign questions to webhooks, as JSON: what the plan calls a secret, then its value. Empty: none.')
@secure()
param webhookSecrets string = ''

@description('More settings of the service, by their full names (docs/settings.md). Empty ones count as not given.')
param settings object = {}

@description('Tags for every resource.')
param tags object = {}

var allTags = union(tags, { 'azd-env-name': environmentName })
var token = toLower(uniqueString(subscription().id, environmentName, location))

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: allTags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: group
  params: {
    name: 'id-switchboard-${token}'
    location: location
    tags: allTags
  }
}

module network 'modules/network.bicep' = {
  name: 'network'
  scope: group
  params: {
    name: 'vnet-switchboard-${token}'
    databaseZone: 'switchboard-${token}.private.postgres.database.azure.com'
    location: location
    tags: allTags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    workspaceName: 'log-switchboard-${token}'
    insightsName: 'appi-switchboard-${token}'
    workbookName: guid(group.id, 'workbook', token)
    logDays: logDays
    location: location
    tags: allTags
  }
}

module database 'modules/database.bicep' = {
  name: 'database'
  scope: group
  params: {
    name: 'psql-switchboard-${token}'
    password: databasePassword
    highAvailability: databaseHighAvailability
    skuName: databaseSku
    skuTier: databaseTier
    backupDays: databaseBackupDays
    subnetId: network.outputs.databaseSubnetId
    dnsZoneId: network.outputs.databaseDnsZoneId
    tenantId: tenantId
    administratorId: principalId
    administratorName: principalName
    administratorType: principalType
    workspaceId: monitoring.outputs.workspaceId
    location: location
    tags: allTags
  }
}

module vault 'modules/vault.bicep' = {
  name: 'vault'
  scope: group
  params: {
    name: 'kv-sb-${token}'
    tenantId: tenantId
    serviceId: identity.outputs.principalId
    deployerId: principalId
    deployerType: principalType
    databaseHost: database.outputs.host
    databaseLogin: database.outputs.login
    databaseName: database.outputs.databaseName
    databasePassword: databasePassword
    metricsToken: metricsToken
    webhookSecrets: webhookSecrets
    workspaceId: monitoring.outputs.workspaceId
    location: location
    tags: allTags
  }
}

module speech 'modules/speech.bicep' = if (withSpeech) {
  name: 'speech'
  scope: group
  params: {
    name: 'spch-switchboard-${token}'
    vaultName: vault.outputs.name
    location: location
    tags: allTags
  }
}

module storage 'modules/storage.bicep' = if (withVoicemailStorage) {
  name: 'storage'
  scope: group
  params: {
    name: 'stsb${token}'
    serviceId: identity.outputs.principalId
    subnetId: network.outputs.webSubnetId
    location: location
    tags: allTags
  }
}

module web 'modules/web.bicep' = {
  name: 'web'
  scope: group
  params: {
    name: 'app-switchboard-${token}'
    planName: 'plan-switchboard-${token}'
    planSku: planSku
    planZoneRedundant: planZoneRedundant
    instances: instances
    instancesAtMost: instancesAtMost
    subnetId: network.outputs.webSubnetId
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    applicationId: applicationId
    tenantId: tenantId
    publicHost: publicHost
    databaseUrlSecret: vault.outputs.databaseUrlSecret
    metricsTokenSecret: vault.outputs.metricsTokenSecret
    webhookSecretsSecret: vault.outputs.webhookSecretsSecret
    speechKeySecret: withSpeech ? speech.outputs.keySecret : ''
    speechRegion: withSpeech ? location : ''
    insightsConnection: monitoring.outputs.insightsConnection
    workspaceId: monitoring.outputs.workspaceId
    settings: settings
    location: location
    tags: allTags
  }
}

module bot 'modules/bot.bicep' = {
  name: 'bot'
  scope: group
  params: {
    name: 'bot-switchboard-${token}'
    applicationId: applicationId
    tenantId: tenantId
    publicUrl: web.outputs.publicUrl
    tags: allTags
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    namePrefix: 'switchboard'
    webId: web.outputs.id
    planId: web.outputs.planId
    databaseId: database.outputs.id
    workspaceId: monitoring.outputs.workspaceId
    email: alertEmail
    location: location
    tags: allTags
  }
}

@description('The resource group that holds everything.')
output AZURE_RESOURCE_GROUP string = group.name

@description('The Entra tenant.')
output AZURE_TENANT_ID string = tenantId

@description('The vault with the secrets; `azd` keeps the database\'s password in it.')
output AZURE_KEY_VAULT_NAME string = vault.outputs.name

@description('The address of the service: `SWITCHBOARD_PUBLIC_URL`.')
output SERVICE_PUBLIC_URL string = web.outputs.publicUrl

@description('The App Service app.')
output SERVICE_WEB_NAME string = web.outputs.name

@description('Where a new version is looked at before it is swapped in.')
output SERVICE_STAGING_URL string = web.outputs.stagingUrl

@description('The object id of the managed identity: what `Register-Application.ps1 -IdentityPrincipalId` trusts.')
output SERVICE_IDENTITY_PRINCIPAL_ID string = identity.outputs.principalId

@description('The client id of the managed identity: `SWITCHBOARD_IDENTITY_CLIENT_ID`.')
output SERVICE_IDENTITY_CLIENT_ID string = identity.outputs.clientId

@description('The database\'s host, reachable from inside the network only.')
output DATABASE_HOST string = database.outputs.host

@description('What Graph posts calls to, as the bot\'s Teams channel has it.')
output CALLING_WEBHOOK string = bot.outputs.callingWebhook

@description('The container for voicemail; empty without the storage account.')
output VOICEMAIL_CONTAINER_URL string = withVoicemailStorage ? storage.outputs.containerUrl : ''
