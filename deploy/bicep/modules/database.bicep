// PostgreSQL Flexible Server, reachable from inside the network only. People sign in with Entra; the
// service with the server's own login, whose password is in the vault (docs/deploy.md says why).
// The service goes to port 5432: the pooler on 6432 would break its advisory lock and LISTEN.

param name string

@secure()
param password string

param highAvailability string
param skuName string
param skuTier string
param backupDays int
param subnetId string
param dnsZoneId string
param tenantId string
param administratorId string
param administratorName string
param administratorType string
param workspaceId string
param location string
param tags object

var login = 'switchboard'

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2025-08-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: skuName
    tier: skuTier
  }
  properties: {
    version: '17'
    administratorLogin: login
    administratorLoginPassword: password
    authConfig: {
      activeDirectoryAuth: 'Enabled'
      passwordAuth: 'Enabled'
      tenantId: tenantId
    }
    highAvailability: {
      mode: highAvailability
    }
    storage: {
      storageSizeGB: 32
      autoGrow: 'Enabled'
    }
    backup: {
      backupRetentionDays: backupDays
      geoRedundantBackup: 'Disabled'
    }
    network: {
      delegatedSubnetResourceId: subnetId
      privateDnsZoneArmResourceId: dnsZoneId
    }
    maintenanceWindow: {
      customWindow: 'Enabled'
      dayOfWeek: 0
      startHour: 3
      startMinute: 0
    }
  }
}

resource database 'Microsoft.DBforPostgreSQL/flexibleServers/databases@2025-08-01' = {
  parent: server
  name: 'switchboard'
  properties: {
    charset: 'UTF8'
    collation: 'en_US.utf8'
  }
}

resource administrator 'Microsoft.DBforPostgreSQL/flexibleServers/administrators@2025-08-01' = if (!empty(administratorId) && !empty(administratorName)) {
  parent: server
  name: empty(administratorId) ? 'nobody' : administratorId
  properties: {
    principalName: administratorName
    principalType: administratorType
    tenantId: tenantId
  }
  dependsOn: [
    database
  ]
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'logs'
  scope: server
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'PostgreSQLLogs'
        enabled: true
      }
    ]
  }
}

output id string = server.id
output host string = server.properties.fullyQualifiedDomainName
output login string = login
output databaseName string = database.name
