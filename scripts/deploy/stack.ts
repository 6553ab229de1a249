import { createHash } from 'node:crypto';

/** A resource of a CloudFormation template. */
export interface Resource {
  readonly Type: string;
  readonly Condition?: string;
  readonly DependsOn?: readonly string[];
  readonly Properties: Readonly<Record<string, unknown>>;
}

/** An EventBridge rule that starts a tick each minute. `input` is the event, as JSON text or as CloudFormation comes by it. */
export interface Schedule {
  readonly id: string;
  readonly name: unknown;
  readonly description: unknown;
  readonly input: unknown;
  readonly condition?: string;
}

/** What may be left out of a deployment, as deployment.yml names it. */
export type Option = 'ssmPath' | 'kmsKeyArn' | 'vpc' | 'rolePath' | 'permissionsBoundaryArn' | 'alarmTopicArn';

/** What differs between serverless.yml and the template. Where a text has `${…}`, CloudFormation fills it in. */
export interface Stack {
  readonly stackName: string;
  /** The function's logical id. */
  readonly functionId: string;
  readonly schedules: readonly Schedule[];
  /** What `make` makes of the option's value; where the option is left out, undefined or what CloudFormation takes for nothing. */
  when(option: Option, make: (value: unknown) => unknown): unknown;
}

export const ref = (id: string) => ({ Ref: id });
export const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
export const sub = (text: string) => ({ 'Fn::Sub': text });
/** The ARN of something in the stack's own region and account. */
const here = (service: string, rest: string) => sub(`arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${rest}`);

/** Below the minute after which the next tick starts; serverless.yml says it as well. */
export const TIMEOUT_S = 55;
/** A tick that its deadline cuts short stops reading ten seconds before the timeout. */
const NEAR_TIMEOUT = 0.8;
/** JSON lines of Lambda's own, under the same keys as ours. Which of ours there are is left to LOG_LEVEL. */
export const LOGGING = { LogFormat: 'JSON', ApplicationLogLevel: 'DEBUG', SystemLogLevel: 'INFO' };
/** The next tick is a minute away: a late or repeated one would only stand in its way. */
export const NO_RETRY = { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 };

/** The resources around the function: its role, a rule for each tick, one permission for all rules, the alarms. */
export function resourcesOf(stack: Stack): Record<string, Resource> {
  const { functionId, stackName, schedules } = stack;
  return {
    TickRole: roleOf(stack),
    ...Object.fromEntries(schedules.map((schedule) => [schedule.id, ruleOf(schedule, functionId)])),
    // The framework's own `schedule` events bring a permission each, and a function's policy holds some fifty.
    TickPermission: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        FunctionName: arnOf(functionId),
        Action: 'lambda:InvokeFunction',
        Principal: 'events.amazonaws.com',
        SourceArn: here('events', `rule/${stackName}-TickSchedule*`),
        SourceAccount: ref('AWS::AccountId'),
      },
    },
    ...alarmsOf(stack),
  };
}

const INTERFACES = ['ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DeleteNetworkInterface'];

/** What a tick may do, and nothing besides. */
function roleOf({ stackName, when }: Stack): Resource {
  const name = `${stackName}-tick`;
  const allow = (Sid: string, Action: readonly string[], ...Resource: unknown[]) => ({ Sid, Effect: 'Allow', Action, Resource });
  const bySsm = ['amazonaws.com', `\${AWS::URLSuffix}`].map((domain) => sub(`ssm.\${AWS::Region}.${domain}`));
  const ownCode = { 'lambda:SourceFunctionArn': here('lambda', `function:${name}`) };
  const statements = [
    // Streams are named by Lambda, a new one for each process.
    allow('WriteOwnLog', ['logs:CreateLogStream', 'logs:PutLogEvents'], here('logs', `log-group:/aws/lambda/${name}:log-stream:*`)),
    when('ssmPath', (path) =>
      allow('ReadOwnParameters', ['ssm:GetParametersByPath'], here('ssm', `parameter${path}`), here('ssm', `parameter${path}/*`)),
    ),
    when('ssmPath', () =>
      when('kmsKeyArn', (arn) => ({
        ...allow('DecryptOwnParameters', ['kms:Decrypt'], arn),
        Condition: { StringEquals: { 'kms:ViaService': bySsm } },
      })),
    ),
    // Lambda itself joins the VPC with these, and knows no interface before it has made it. The code may not use them.
    when('vpc', () => allow('JoinVpc', INTERFACES, '*')),
    when('vpc', () => ({ ...allow('JoinVpcByLambdaOnly', INTERFACES, '*'), Effect: 'Deny', Condition: { ArnEquals: ownCode } })),
  ];
  const document = (Statement: readonly unknown[]) => ({ Version: '2012-10-17', Statement });
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      Path: when('rolePath', (path) => path),
      PermissionsBoundary: when('permissionsBoundaryArn', (arn) => arn),
      AssumeRolePolicyDocument: document([
        { Effect: 'Allow', Principal: { Service: ['lambda.amazonaws.com'] }, Action: ['sts:AssumeRole'] },
      ]),
      Policies: [{ PolicyName: 'tick', PolicyDocument: document(statements.filter((statement) => statement !== undefined)) }],
    },
  };
}

/** Rules rather than EventBridge Scheduler, whose schedules need a role that may invoke the function. */
function ruleOf({ name, description, input, condition }: Schedule, functionId: string): Resource {
  // EventBridge retries as well, until Lambda has the event: for 24 hours and 185 times unless told otherwise.
  const target = { Id: 'tick', Arn: arnOf(functionId), Input: input, RetryPolicy: NO_RETRY };
  return {
    Type: 'AWS::Events::Rule',
    ...(condition === undefined ? {} : { Condition: condition }),
    Properties: { Name: name, Description: description, ScheduleExpression: 'rate(1 minute)', State: 'ENABLED', Targets: [target] },
  };
}

const EACH_MINUTE = { Namespace: 'AWS/Lambda', Statistic: 'Sum', Period: 60, EvaluationPeriods: 5, DatapointsToAlarm: 3 };
const ABOVE_ZERO = { ComparisonOperator: 'GreaterThanThreshold', Threshold: 0, TreatMissingData: 'notBreaching' };
const BELOW_ONE = { ComparisonOperator: 'LessThanThreshold', Threshold: 1, TreatMissingData: 'breaching' };

/** What still speaks when the Pushgateway, Prometheus or the schedule does not. */
function alarmsOf({ functionId, when }: Stack): Record<string, Resource> {
  const actions = when('alarmTopicArn', (arn) => [arn]);
  const common = { Dimensions: [{ Name: 'FunctionName', Value: ref(functionId) }], AlarmActions: actions, OKActions: actions };
  const alarm = (MetricName: string, AlarmDescription: string, properties: object = {}): Resource => ({
    Type: 'AWS::CloudWatch::Alarm',
    Properties: { MetricName, AlarmDescription, ...EACH_MINUTE, ...ABOVE_ZERO, ...common, ...properties },
  });
  return {
    TickErrorsAlarm: alarm('Errors', 'Ticks fail: their log says why'),
    TickThrottlesAlarm: alarm('Throttles', 'Ticks are not started: others still run, or the account is at its limit'),
    TickDurationAlarm: alarm('Duration', 'Ticks take nearly all their time: shard the cluster, or look at its console', {
      Statistic: 'Maximum',
      Threshold: TIMEOUT_S * 1000 * NEAR_TIMEOUT,
    }),
    TickSilenceAlarm: alarm('Invocations', 'No tick was started for five minutes', { ...BELOW_ONE, DatapointsToAlarm: 5 }),
  };
}

const MAX_RULE_NAME = 64;

/** The schedule of a cluster, or of a shard of it such as `2/5`. No two of a stack share an id or a name. */
export function scheduleOf(stackName: string, cluster: string, shard?: string): Schedule {
  const id = `TickSchedule${alphanumeric(cluster)}${shard ? `Shard${shard.replace('/', 'Of')}` : ''}`;
  const full = `${stackName}-${id}`;
  const hash = createHash('sha256').update(full).digest('hex').slice(0, 8);
  return {
    id,
    // Named by us: CloudFormation would cut the stack's name short to make room, and the permission would not fit any more.
    name: full.length <= MAX_RULE_NAME ? full : `${full.slice(0, MAX_RULE_NAME - 9)}-${hash}`,
    description: `A tick a minute for ${cluster}${shard ? `, shard ${shard}` : ''}`,
    input: JSON.stringify(shard ? { cluster, shard } : { cluster }),
  };
}

/** One to one. A name that ends like a shard, `aShard1Of3`, is escaped as well: its rule would be that of a shard of `a`. */
const alphanumeric = (name: string) =>
  name.replace(/[^a-zA-Y0-9]|S(?=hard\d+Of\d+$)/g, (character) => `Z${character.charCodeAt(0).toString(16)}`);
