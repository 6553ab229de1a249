import { byMetric, type Essence } from './essence.ts';

/** Blocks of Terraform's language as they are parsed: each value in a list of one. */
type Block = Record<string, unknown>;
export type Parsed = Record<string, Block[]>;

const TYPES: Record<string, string> = {
  aws_cloudwatch_event_rule: 'AWS::Events::Rule',
  aws_cloudwatch_event_target: 'AWS::Events::Rule',
  aws_cloudwatch_log_group: 'AWS::Logs::LogGroup',
  aws_cloudwatch_metric_alarm: 'AWS::CloudWatch::Alarm',
  aws_iam_role: 'AWS::IAM::Role',
  aws_iam_role_policy: 'AWS::IAM::Role',
  aws_lambda_function: 'AWS::Lambda::Function',
  aws_lambda_function_event_invoke_config: 'AWS::Lambda::EventInvokeConfig',
  aws_lambda_permission: 'AWS::Lambda::Permission',
};

/** What a Terraform module makes, in CloudFormation's words. */
export function essenceOfTerraform({ resource = [], data = [], locals = [] }: Parsed): Essence {
  const of = (blocks: Block[], type: string) =>
    blocks.flatMap((block) => (block[type] === undefined ? [] : (Object.values(block[type] as Block) as Block[])));
  const first = (type: string) => of(resource, type)[0] ?? {};
  const local = Object.assign({}, ...locals) as Block;
  const value = (block: Block, key: string): unknown => {
    const [given] = (block[key] as unknown[] | undefined) ?? [];
    const [, name] = /^\$\{local\.(\w+)\}$/.exec(String(given)) ?? [];
    return name === undefined ? given : value(local, name);
  };
  const lambda = first('aws_lambda_function');
  const logging = value(lambda, 'logging_config') as Block;
  const invoke = first('aws_lambda_function_event_invoke_config');
  const retry = value(first('aws_cloudwatch_event_target'), 'retry_policy') as Block;
  const policy =
    of(data, 'aws_iam_policy_document').find((block) => value((block.statement as Block[])[0] ?? {}, 'sid') !== undefined) ?? {};
  return {
    types: [...new Set(resource.flatMap((block) => Object.keys(block).map((type) => TYPES[type] ?? type)))].sort(),
    function: {
      Handler: value(lambda, 'handler'),
      Runtime: value(lambda, 'runtime'),
      Architectures: value(lambda, 'architectures'),
      Timeout: value(lambda, 'timeout'),
      Description: value(lambda, 'description'),
      LogFormat: value(logging, 'log_format'),
      ApplicationLogLevel: value(logging, 'application_log_level'),
      SystemLogLevel: value(logging, 'system_log_level'),
    },
    asynchronous: {
      MaximumRetryAttempts: value(invoke, 'maximum_retry_attempts'),
      MaximumEventAgeInSeconds: value(invoke, 'maximum_event_age_in_seconds'),
    },
    rule: {
      ScheduleExpression: value(first('aws_cloudwatch_event_rule'), 'schedule_expression'),
      MaximumRetryAttempts: value(retry, 'maximum_retry_attempts'),
      MaximumEventAgeInSeconds: value(retry, 'maximum_event_age_in_seconds'),
    },
    permission: { Action: value(first('aws_lambda_permission'), 'action'), Principal: value(first('aws_lambda_permission'), 'principal') },
    statements: (policy.statement as Block[]).map((statement) => ({
      sid: String(value(statement, 'sid')),
      effect: String(value(statement, 'effect') ?? 'Allow'),
      actions: value(statement, 'actions') as string[],
    })),
    alarms: byMetric(
      of(resource, 'aws_cloudwatch_metric_alarm').map((alarm) => ({
        AlarmDescription: value(alarm, 'alarm_description'),
        Namespace: value(alarm, 'namespace'),
        MetricName: value(alarm, 'metric_name'),
        Statistic: value(alarm, 'statistic'),
        Period: value(alarm, 'period'),
        EvaluationPeriods: value(alarm, 'evaluation_periods'),
        DatapointsToAlarm: value(alarm, 'datapoints_to_alarm'),
        Threshold: value(alarm, 'threshold'),
        ComparisonOperator: value(alarm, 'comparison_operator'),
        TreatMissingData: value(alarm, 'treat_missing_data'),
      })),
    ),
  };
}
