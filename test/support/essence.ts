import type { Resource } from './framework.ts';

/** What must be the same whatever tool deploys: all that no parameter decides. */
export interface Essence {
  readonly types: readonly string[];
  readonly function: Record<string, unknown>;
  readonly asynchronous: Record<string, unknown>;
  readonly rule: Record<string, unknown>;
  readonly permission: Record<string, unknown>;
  readonly statements: readonly { sid: string; effect: string; actions: readonly string[] }[];
  readonly alarms: readonly Record<string, unknown>[];
}

export const FUNCTION_KEYS = ['Handler', 'Runtime', 'Architectures', 'Timeout', 'Description'];
export const ALARM_KEYS = [
  'AlarmDescription',
  'Namespace',
  'MetricName',
  'Statistic',
  'Period',
  'EvaluationPeriods',
  'DatapointsToAlarm',
  'Threshold',
  'ComparisonOperator',
  'TreatMissingData',
];

export const pick = (object: Record<string, unknown>, keys: readonly string[]) => Object.fromEntries(keys.map((key) => [key, object[key]]));
export const byMetric = (alarms: Record<string, unknown>[]) =>
  alarms.sort((a, b) => (String(a.MetricName) < String(b.MetricName) ? -1 : 1));

/** The essence of a CloudFormation template; what belongs to the framework's or the tool's own bucket is left out. */
export function essenceOf(resources: Record<string, Resource>): Essence {
  const all = Object.values(resources).filter(({ Type }) => !Type.startsWith('AWS::S3'));
  const of = (type: string) => all.filter(({ Type }) => Type === type).map(({ Properties }) => Properties);
  const [lambda, asynchronous, rule, permission, role] = [
    'AWS::Lambda::Function',
    'AWS::Lambda::EventInvokeConfig',
    'AWS::Events::Rule',
    'AWS::Lambda::Permission',
    'AWS::IAM::Role',
  ].map((type) => of(type)[0]);
  return {
    types: [...new Set(all.map(({ Type }) => Type))].sort(),
    function: { ...pick(lambda, FUNCTION_KEYS), ...pick(lambda.LoggingConfig, ['LogFormat', 'ApplicationLogLevel', 'SystemLogLevel']) },
    asynchronous: pick(asynchronous, ['MaximumRetryAttempts', 'MaximumEventAgeInSeconds']),
    rule: {
      ...pick(rule, ['ScheduleExpression']),
      ...pick(rule.Targets[0].RetryPolicy, ['MaximumRetryAttempts', 'MaximumEventAgeInSeconds']),
    },
    permission: pick(permission, ['Action', 'Principal']),
    statements: role.Policies[0].PolicyDocument.Statement.filter((statement: object) => 'Sid' in statement).map(
      ({ Sid: sid, Effect: effect, Action }: { Sid: string; Effect: string; Action: string | string[] }) => ({
        sid,
        effect,
        actions: [Action].flat(),
      }),
    ),
    alarms: byMetric(of('AWS::CloudWatch::Alarm').map((alarm) => pick(alarm, ALARM_KEYS))),
  };
}
