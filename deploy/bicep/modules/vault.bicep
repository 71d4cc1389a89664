// The secrets: the database's address with its password, and the metrics token. speech.bicep adds the
// key of Azure Speech.
// Roles instead of access policies. The service may read the vault's secrets, and so may whoever
// deploys, because `azd` looks for the password that it made the last time.

param name string
param tenantId string
param serviceId string
param deployerId string
param deployerType string
param databaseHost string
param databaseLogin string
param databaseName string

@secure()
param databasePassword string

@secure()
param metricsToken string

@secure()
param webhookSecrets string

param workspaceId string
param location string
param tags object

// Key Vault Secrets User: reads secrets' values, and nothing else.
var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: true
    publicNetworkAccess: 'Enabled'
  }
}

resource password 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = {
  parent: vault
  name: 'databasePassword'
  properties: {
    value: databasePassword
    contentType: 'the password of the database login'
    attributes: {
      enabled: true
    }
  }
}

// The network's own address and a certificate that is checked: verify-full takes the authorities
// from the file that the image brings.
resource databaseUrl 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = {
  parent: vault
  name: 'databaseUrl'
  properties: {
    value: 'postgresql://${databaseLogin}:${uriComponent(databasePassword)}@${databaseHost}:5432/${databaseName}?sslmode=verify-full&sslrootcert=/etc/ssl/certs/ca-certificates.crt'
    contentType: 'SWITCHBOARD_DATABASE_URL'
    attributes: {
      enabled: true
    }
  }
}

resource metrics 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(metricsToken)) {
  parent: vault
  name: 'metricsToken'
  properties: {
    value: metricsToken
    contentType: 'SWITCHBOARD_METRICS_TOKEN'
    attributes: {
      enabled: true
    }
  }
}

resource webhooks 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(webhookSecrets)) {
  parent: vault
  name: 'webhookSecrets'
  properties: {
    value: webhookSecrets
    contentType: 'SWITCHBOARD_SECRETS'
    attributes: {
      enabled: true
    }
  }
}

resource serviceReads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, serviceId, secretsUser)
  scope: vault
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
    principalId: serviceId
    principalType: 'ServicePrincipal'
  }
}

resource deployerReads 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployerId)) {
  name: guid(vault.id, deployerId, secretsUser)
  scope: vault
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
    principalId: deployerId
    principalType: deployerType
  }
}

resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'AuditEvent'
        enabled: true
      }
    ]
  }
}

output name string = vault.name
output databaseUrlSecret string = databaseUrl.properties.secretUri
output webhookSecretsSecret string = empty(webhookSecrets) ? '' : webhooks.properties.secretUri
output metricsTokenSecret string = empty(metricsToken) ? '' : metrics.properties.secretUri
