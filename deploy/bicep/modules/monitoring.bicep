// Where logs and traces of contacts go, and the workbook that shows them.

param workspaceName string
param insightsName string
param workbookName string
param logDays int
param location string
param tags object

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: logDays
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: insightsName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: false
  }
}

// The service's traces (docs/operating.md#traces): a contact is a request, what Graph was asked is a dependency.
var contacts = 'AppRequests | where AppRoleName == "switchboard" and Name == "contact"'
var below = 'AppDependencies | where AppRoleName == "switchboard"'
var graph = '${below} | where isnotempty(Properties["switchboard.operation"])'
var lines = 'AppServiceConsoleLogs | extend line = parse_json(ResultDescription)'

var charts = [
  {
    name: 'calls-per-hour'
    title: 'Contacts per hour, by outcome'
    query: '${contacts} | summarize contacts = count() by bin(TimeGenerated, 1h), outcome = tostring(Properties["switchboard.outcome"])'
    visualization: 'barchart'
  }
  {
    name: 'waiting'
    title: 'Waiting, in seconds: half of the visits to a queue, and 95 of 100'
    query: '${below} | where Name == "waiting" | summarize half = percentile(DurationMs, 50) / 1000, most = percentile(DurationMs, 95) / 1000 by bin(TimeGenerated, 1h), queue = tostring(Properties["switchboard.queue"])'
    visualization: 'linechart'
  }
  {
    name: 'offers'
    title: 'Offers to agents, by outcome'
    query: '${below} | where Name == "offer" | summarize offers = count() by bin(TimeGenerated, 1h), outcome = tostring(Properties["switchboard.outcome"])'
    visualization: 'barchart'
  }
  {
    name: 'graph-latency'
    title: 'Requests to Graph: milliseconds, and how many were throttled or failed'
    query: '${graph} | summarize requests = count(), half = percentile(DurationMs, 50), most = percentile(DurationMs, 95), throttled = countif(tostring(Properties["switchboard.status"]) == "429"), failed = countif(Success == false) by operation = tostring(Properties["switchboard.operation"]) | order by requests desc'
    visualization: 'table'
  }
  {
    name: 'graph-throttled'
    title: 'Throttled by Graph (429)'
    query: '${graph} | where tostring(Properties["switchboard.status"]) == "429" | summarize throttled = count() by bin(TimeGenerated, 15m), operation = tostring(Properties["switchboard.operation"])'
    visualization: 'barchart'
  }
  {
    name: 'failed-contacts'
    title: 'Contacts that failed: the operation id is the trace'
    query: '${contacts} | where Success == false | project TimeGenerated, OperationId, contact = tostring(Properties["switchboard.contact"]), chain = tostring(Properties["switchboard.call_chain_id"]), outcome = tostring(Properties["switchboard.outcome"]) | order by TimeGenerated desc'
    visualization: 'table'
  }
  {
    name: 'errors'
    title: 'Lines of the service that say ERROR'
    query: '${lines} | where tostring(line.level) == "ERROR" | project TimeGenerated, logger = tostring(line.logger), message = tostring(line.message) | order by TimeGenerated desc'
    visualization: 'table'
  }
]

var charted = [for each in charts: {
  type: 3
  name: each.name
  content: {
    version: 'KqlItem/1.0'
    title: each.title
    query: each.query
    visualization: each.visualization
    size: 0
    timeContextFromParameter: 'Time'
    queryType: 0
    resourceType: 'microsoft.operationalinsights/workspaces'
  }
}]

var asked = [
  {
    type: 9
    name: 'time'
    content: {
      version: 'KqlParameterItem/1.0'
      style: 'pills'
      parameters: [
        {
          version: 'KqlParameterItem/1.0'
          name: 'Time'
          label: 'Time'
          type: 4
          isRequired: true
          value: {
            durationMs: 86400000
          }
          typeSettings: {
            allowCustom: true
            selectableValues: [
              {
                durationMs: 3600000
              }
              {
                durationMs: 86400000
              }
              {
                durationMs: 604800000
              }
            ]
          }
        }
      ]
    }
  }
]

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: workbookName
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Switchboard'
    category: 'workbook'
    sourceId: workspace.id
    version: 'Notebook/1.0'
    serializedData: string({
      version: 'Notebook/1.0'
      items: concat(asked, charted)
      fallbackResourceIds: [workspace.id]
    })
  }
}

output workspaceId string = workspace.id
output insightsConnection string = insights.properties.ConnectionString
