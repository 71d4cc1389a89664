// A network of two subnets: the service's way out, and the database, which has no public address.

param name string
param databaseZone string
param location string
param tags object

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: ['10.40.0.0/22']
    }
    subnets: [
      {
        name: 'web'
        properties: {
          // Each instance takes an address, and twice as many while a slot is swapped.
          addressPrefix: '10.40.0.0/25'
          networkSecurityGroup: {
            id: closed.id
          }
          serviceEndpoints: [
            {
              service: 'Microsoft.Storage'
            }
          ]
          delegations: [
            {
              name: 'web'
              properties: {
                serviceName: 'Microsoft.Web/serverFarms'
              }
            }
          ]
        }
      }
      {
        name: 'database'
        properties: {
          addressPrefix: '10.40.1.0/28'
          networkSecurityGroup: {
            id: closed.id
          }
          delegations: [
            {
              name: 'database'
              properties: {
                serviceName: 'Microsoft.DBforPostgreSQL/flexibleServers'
              }
            }
          ]
        }
      }
    ]
  }
}

// Its built-in rules: nothing comes in from the internet, inside the network everything may talk.
resource closed 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: '${name}-nsg'
  location: location
  tags: tags
}

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = {
  name: databaseZone
  location: 'global'
  tags: tags
}

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = {
  parent: zone
  name: 'network'
  location: 'global'
  tags: tags
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: network.id
    }
  }
}

output webSubnetId string = '${network.id}/subnets/web'
output databaseSubnetId string = '${network.id}/subnets/database'
output databaseDnsZoneId string = zone.id
