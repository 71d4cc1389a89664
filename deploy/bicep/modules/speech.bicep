// Azure Speech, which speaks the plan's `say:` prompts when a plan is published. The service signs in
// with a key, which goes straight into the vault: no output carries it.

param name string
param vaultName string
param location string
param tags object

resource speech 'Microsoft.CognitiveServices/accounts@2024-10-01' = {
  name: name
  location: location
  tags: tags
  kind: 'SpeechServices'
  sku: {
    name: 'S0'
  }
  properties: {
    customSubDomainName: name
    publicNetworkAccess: 'Enabled'
    disableLocalAuth: false
  }
}

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: vaultName
}

resource key 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = {
  parent: vault
  name: 'speechKey'
  properties: {
    value: speech.listKeys().key1
    contentType: 'SWITCHBOARD_SPEECH_KEY'
    attributes: {
      enabled: true
    }
  }
}

output keySecret string = key.properties.secretUri
