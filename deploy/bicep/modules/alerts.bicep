// What somebody should look at before a caller complains. docs/runbook.md has a section for each, by
// the name that stands here.

param namePrefix string
param webId string
param planId string
param databaseId string
param workspaceId string
param email string
param location string
param tags object

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: '${namePrefix}-people'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'switchboard'
    emailReceivers: empty(email) ? [] : [
      {
        name: 'operators'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

var metricAlerts = [
  {
    name: 'instance-unhealthy'
    what: 'An instance does not answer its health check.'
    severity: 1
    target: webId
    metric: 'HealthCheckStatus'
    namespace: 'Microsoft.Web/sites'
    operator: 'LessThan'
    aggregation: 'Average'
    threshold: 100
  }
  {
    name: 'answers-5xx'
    what: 'Requests end with 5xx: notifications of calls may be lost.'
    severity: 2
    target: webId
    metric: 'Http5xx'
    namespace: 'Microsoft.Web/sites'
    operator: 'GreaterThan'
    aggregation: 'Total'
    threshold: 10
  }
  {
    name: 'processors-busy'
    what: 'The processors are busy: decisions come late.'
    severity: 2
    target: planId
    metric: 'CpuPercentage'
    namespace: 'Microsoft.Web/serverfarms'
    operator: 'GreaterThan'
    aggregation: 'Average'
    threshold: 85
  }
  {
    name: 'memory-short'
    what: 'Memory is nearly used up: an instance will be restarted.'
    severity: 2
    target: planId
    metric: 'MemoryPercentage'
    namespace: 'Microsoft.Web/serverfarms'
    operator: 'GreaterThan'
    aggregation: 'Average'
    threshold: 90
  }
  {
    name: 'database-down'
    what: 'The database is not alive: callers go to the fallback.'
    severity: 0
    target: databaseId
    metric: 'is_db_alive'
    namespace: 'Microsoft.DBforPostgreSQL/flexibleServers'
    operator: 'LessThan'
    aggregation: 'Maximum'
    threshold: 1
  }
  {
    name: 'database-full'
    what: 'The database has used 85 % of its disk.'
    severity: 2
    target: databaseId
    metric: 'storage_percent'
    namespace: 'Microsoft.DBforPostgreSQL/flexibleServers'
    operator: 'GreaterThan'
    aggregation: 'Average'
    threshold: 85
  }
]

resource onMetrics 'Microsoft.Insights/metricAlerts@2018-03-01' = [for each in metricAlerts: {
  name: '${namePrefix}-${each.name}'
  location: 'global'
  tags: tags
  properties: {
    description: each.what
    severity: each.severity
    enabled: true
    scopes: [each.target]
    evaluationFrequency: 'PT1M'
    windowSize: 'PT5M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: each.name
          metricName: each.metric
          metricNamespace: each.namespace
          operator: each.operator
          timeAggregation: each.aggregation
          threshold: each.threshold
        }
      ]
    }
    actions: [
      {
        actionGroupId: people.id
      }
    ]
  }
}]

// The service writes one JSON object a line; App Service puts the line into ResultDescription.
var lines = 'AppServiceConsoleLogs | extend line = parse_json(ResultDescription)'

var logAlerts = [
  {
    name: 'errors-logged'
    what: 'The service wrote an ERROR: it failed a caller, or nearly.'
    severity: 1
    query: '${lines} | where tostring(line.level) == "ERROR"'
    threshold: 0
  }
  {
    name: 'warnings-pile-up'
    what: 'The service wrote more than 50 warnings in a quarter of an hour.'
    severity: 3
    query: '${lines} | where tostring(line.level) == "WARNING"'
    threshold: 50
  }
  {
    name: 'no-start'
    what: 'The service could not start, or stopped because a part of it broke.'
    severity: 1
    query: 'AppServicePlatformLogs | where Message has "failed to start" or Message has "exited with code" or Message has "did not start"'
    threshold: 0
  }
]

resource onLogs 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for each in logAlerts: {
  name: '${namePrefix}-${each.name}'
  location: location
  tags: tags
  properties: {
    displayName: '${namePrefix}-${each.name}'
    description: each.what
    severity: each.severity
    enabled: true
    scopes: [workspaceId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    // The tables exist when the first line has come.
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          query: each.query
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: each.threshold
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: {
      actionGroups: [people.id]
    }
  }
}]
