import { type Resource, type Resources, ref } from './cloudformation.ts';

const MINUTE_S = 60;
/** A tick that its deadline cuts short stops reading ten seconds before the timeout. */
const NEAR_TIMEOUT = 0.8;

/** What still speaks when the Pushgateway, Prometheus or the schedule does not. `actions` are whom to tell. */
export function alarms(functionId: string, timeoutS: number, actions: Record<string, unknown>): Resources {
  const alarm = (what: string, properties: Record<string, unknown>): Resource => ({
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmDescription: what,
      Namespace: 'AWS/Lambda',
      Dimensions: [{ Name: 'FunctionName', Value: ref(functionId) }],
      Statistic: 'Sum',
      Period: MINUTE_S,
      EvaluationPeriods: 5,
      DatapointsToAlarm: 3,
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
      ...actions,
      ...properties,
    },
  });
  return {
    TickErrorsAlarm: alarm('Ticks fail: their log says why', { MetricName: 'Errors' }),
    TickThrottlesAlarm: alarm('Ticks are not started: others still run, or the account is at its limit', { MetricName: 'Throttles' }),
    TickDurationAlarm: alarm('Ticks take nearly all their time: shard the cluster, or look at its console', {
      MetricName: 'Duration',
      Statistic: 'Maximum',
      Threshold: timeoutS * 1000 * NEAR_TIMEOUT,
    }),
    TickSilenceAlarm: alarm('No tick was started for five minutes', {
      MetricName: 'Invocations',
      DatapointsToAlarm: 5,
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    }),
  };
}
