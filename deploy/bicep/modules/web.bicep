// The service: an App Service plan, the app, and a staging slot that is the same but for its address.
// docs/deploy.md says how a new version goes through the slot, docs/settings.md what each setting is.

param name string
param planName string
param planSku string
param planZoneRedundant bool
param instances int
param instancesAtMost int
param subnetId string
param identityId string
param identityClientId string
param applicationId string
param tenantId string
param publicHost string
param databaseUrlSecret string
param metricsTokenSecret string
param webhookSecretsSecret string
param speechKeySecret string
param speechRegion string
param insightsConnection string
param workspaceId string
param settings object
param location string
param tags object

var publicUrl = 'https://${empty(publicHost) ? web.properties.defaultHostName : publicHost}'

// What the service must know that this template knows better than anybody. The names that an
// administrator may give are in main.parameters.json. A test holds both lists against the service.
var known = {
  SWITCHBOARD_APP_ID: applicationId
  SWITCHBOARD_TENANT_ID: tenantId
  SWITCHBOARD_CREDENTIAL: 'federated'
  SWITCHBOARD_IDENTITY_CLIENT_ID: identityClientId
  SWITCHBOARD_PUBLIC_URL: publicUrl
  SWITCHBOARD_DATABASE_URL: '@Microsoft.KeyVault(SecretUri=${databaseUrlSecret})'
  SWITCHBOARD_METRICS_TOKEN: empty(metricsTokenSecret) ? '' : '@Microsoft.KeyVault(SecretUri=${metricsTokenSecret})'
  SWITCHBOARD_SECRETS: empty(webhookSecretsSecret) ? '' : '@Microsoft.KeyVault(SecretUri=${webhookSecretsSecret})'
  SWITCHBOARD_SPEECH_KEY: empty(speechKeySecret) ? '' : '@Microsoft.KeyVault(SecretUri=${speechKeySecret})'
  SWITCHBOARD_SPEECH_REGION: speechRegion
  // Each slot has its own /home, so the plan goes to both (deploy/scripts/Publish-Plan.ps1).
  SWITCHBOARD_PLAN: '/home/site/switchboard/plan.yaml'
  // App Service says the port in PORT, and every address is listened on.
  SWITCHBOARD_HOST: ''
  SWITCHBOARD_PORT: ''
  // The managed identity vouches for the application: no secret and no certificate.
  SWITCHBOARD_CLIENT_SECRET: ''
  SWITCHBOARD_CERTIFICATE_FILE: ''
  SWITCHBOARD_CERTIFICATE_PASSWORD: ''
}

var platform = {
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnection
  // What the exporter of traces would tell Microsoft about itself, or have itself told.
  APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL: 'true'
  APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED: 'true'
  SCM_DO_BUILD_DURING_DEPLOYMENT: 'true'
  WEBSITE_HEALTHCHECK_MAXPINGFAILURES: '3'
  // A swap goes on when the new version may have work: its database is there, its plan is read.
  WEBSITE_SWAP_WARMUP_PING_PATH: '/readyz'
  WEBSITE_WARMUP_PATH: '/readyz'
  WEBSITES_CONTAINER_START_TIME_LIMIT: '600'
  // The polite stop gives the lease back; 5 s, the default, may be too short for it.
  WEBSITES_CONTAINER_STOP_TIME_LIMIT: '30'
}

var allSettings = union(settings, known, platform)

var siteConfig = {
  linuxFxVersion: 'PYTHON|3.11'
  appCommandLine: 'exec python -m bot'
  alwaysOn: true
  healthCheckPath: '/healthz'
  http20Enabled: true
  minTlsVersion: '1.2'
  scmMinTlsVersion: '1.2'
  ftpsState: 'Disabled'
  webSocketsEnabled: false
  remoteDebuggingEnabled: false
  vnetRouteAllEnabled: true
  numberOfWorkers: instances
}

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'linux'
  sku: {
    name: planSku
    capacity: instances
  }
  properties: {
    reserved: true
    zoneRedundant: planZoneRedundant
  }
}

resource web 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  // azd finds the service by this tag.
  tags: union(tags, { 'azd-service-name': 'switchboard' })
  kind: 'app,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    reserved: true
    httpsOnly: true
    clientAffinityEnabled: false
    publicNetworkAccess: 'Enabled'
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: subnetId
    siteConfig: siteConfig
  }
}

// Apart from the app, because the address of the app is among them.
resource webSettings 'Microsoft.Web/sites/config@2024-11-01' = {
  parent: web
  name: 'appsettings'
  properties: allSettings
}

resource webPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: web
  name: 'scm'
  properties: {
    allow: false
  }
}

resource webFtp 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: web
  name: 'ftp'
  properties: {
    allow: false
  }
}

resource staging 'Microsoft.Web/sites/slots@2024-11-01' = {
  parent: web
  name: 'staging'
  location: location
  tags: tags
  kind: 'app,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    reserved: true
    httpsOnly: true
    clientAffinityEnabled: false
    publicNetworkAccess: 'Enabled'
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: subnetId
    siteConfig: siteConfig
  }
}

// The same settings, the public address included: whoever is swapped in is at that address then.
resource stagingSettings 'Microsoft.Web/sites/slots/config@2024-11-01' = {
  parent: staging
  name: 'appsettings'
  properties: allSettings
}

resource stagingPassword 'Microsoft.Web/sites/slots/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: staging
  name: 'scm'
  properties: {
    allow: false
  }
}

resource stagingFtp 'Microsoft.Web/sites/slots/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: staging
  name: 'ftp'
  properties: {
    allow: false
  }
}

// One instance decides for the tenant, the others take calls in: more of them take more requests.
resource scale 'Microsoft.Insights/autoscaleSettings@2022-10-01' = {
  name: '${planName}-scale'
  location: location
  tags: tags
  properties: {
    enabled: true
    targetResourceUri: plan.id
    profiles: [
      {
        name: 'busy processors'
        capacity: {
          minimum: string(instances)
          maximum: string(max(instances, instancesAtMost))
          default: string(instances)
        }
        rules: [
          {
            metricTrigger: {
              metricName: 'CpuPercentage'
              metricResourceUri: plan.id
              timeGrain: 'PT1M'
              statistic: 'Average'
              timeWindow: 'PT5M'
              timeAggregation: 'Average'
              operator: 'GreaterThan'
              threshold: 70
            }
            scaleAction: {
              direction: 'Increase'
              type: 'ChangeCount'
              value: '1'
              cooldown: 'PT5M'
            }
          }
          {
            metricTrigger: {
              metricName: 'CpuPercentage'
              metricResourceUri: plan.id
              timeGrain: 'PT1M'
              statistic: 'Average'
              timeWindow: 'PT15M'
              timeAggregation: 'Average'
              operator: 'LessThan'
              threshold: 30
            }
            scaleAction: {
              direction: 'Decrease'
              type: 'ChangeCount'
              value: '1'
              cooldown: 'PT15M'
            }
          }
        ]
      }
    ]
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'logs'
  scope: web
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'AppServiceConsoleLogs'
        enabled: true
      }
      {
        category: 'AppServicePlatformLogs'
        enabled: true
      }
    ]
  }
}

output id string = web.id
output name string = web.name
output planId string = plan.id
output publicUrl string = publicUrl
output stagingUrl string = 'https://${staging.properties.defaultHostName}'
