// The Azure Bot and its Teams channel, with calling on. The webhook is where Graph posts every call.

param name string
param applicationId string
param tenantId string
param publicUrl string
param tags object

var webhook = '${publicUrl}/api/calls'

resource bot 'Microsoft.BotService/botServices@2022-09-15' = {
  name: name
  location: 'global'
  tags: tags
  kind: 'azurebot'
  sku: {
    name: 'F0'
  }
  properties: {
    displayName: 'Switchboard'
    endpoint: '${publicUrl}/api/messages'
    msaAppId: applicationId
    msaAppType: 'SingleTenant'
    msaAppTenantId: tenantId
    disableLocalAuth: true
  }
}

resource teams 'Microsoft.BotService/botServices/channels@2022-09-15' = {
  parent: bot
  name: 'MsTeamsChannel'
  location: 'global'
  properties: {
    channelName: 'MsTeamsChannel'
    properties: {
      isEnabled: true
      acceptedTerms: true
      enableCalling: true
      callingWebhook: webhook
      incomingCallRoute: 'graphPma'
      deploymentEnvironment: 'CommercialDeployment'
    }
  }
}

output callingWebhook string = webhook
