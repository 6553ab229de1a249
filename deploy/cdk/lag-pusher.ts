// The same as serverless.yml deploys, as a construct of the AWS CDK. It needs `aws-cdk-lib` and `constructs` of your app, and
// the zip that `npm run package` writes.
import { Aws, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Alarm, type AlarmProps, ComparisonOperator, type IAlarmAction, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  ApplicationLogLevel,
  Architecture,
  Code,
  Function as LambdaOf,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

/** One tick a minute: a cluster, or a shard of it, `1/4`. */
export interface Tick {
  readonly cluster: string;
  readonly shard?: string;
}

export interface LagPusherProps {
  /** The zip that `npm run package` wrote. */
  readonly zip: string;
  /** The function's name, and the beginning of its rules'. */
  readonly functionName: string;
  readonly ticks: readonly Tick[];
  /** Settings are parameters below this path, those of one cluster below `<path>/<cluster>`. */
  readonly ssmPath: string;
  /** Only if SecureString parameters are under a key of your own. */
  readonly parametersKey?: IKey;
  /** Where consoles and Pushgateway are private; SSM then needs an endpoint there, or a NAT gateway. */
  readonly vpc?: IVpc;
  readonly vpcSubnets?: SubnetSelection;
  readonly securityGroups?: ISecurityGroup[];
  /** Who is told by the alarms. */
  readonly alarmAction?: IAlarmAction;
  /** As many ticks at a time as there are in a minute, unless this is false. */
  readonly reservedConcurrency?: boolean;
  /** 512 unless given: Lambda gives CPU time in proportion. */
  readonly memorySize?: number;
  /** 30 days unless given. */
  readonly logRetention?: RetentionDays;
  /** Only if the log is to be under a key of your own. */
  readonly logKey?: IKey;
}

const TIMEOUT_S = 55;
const INTERFACES = ['ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DeleteNetworkInterface'];
const arn = (service: string, rest: string) => `arn:${Aws.PARTITION}:${service}:${Aws.REGION}:${Aws.ACCOUNT_ID}:${rest}`;

/** The function, its log, its role, a rule for each tick, and alarms that need neither Prometheus nor the Pushgateway. */
export class LagPusher extends Construct {
  readonly lambda: LambdaOf;
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: LagPusherProps) {
    super(scope, id);
    const { functionName, ticks } = props;
    // The role may not create it: without it there would be no log at all.
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: props.logRetention ?? RetentionDays.ONE_MONTH,
      // By its fixed name it would be in the way of the next deployment.
      removalPolicy: RemovalPolicy.DESTROY,
      ...(props.logKey ? { encryptionKey: props.logKey } : {}),
    });
    this.lambda = new LambdaOf(this, 'Tick', {
      functionName,
      description: 'Pushes RocketMQ consumer backlog to a Pushgateway',
      code: Code.fromAsset(props.zip),
      handler: 'dist/handler.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      // Below the minute after which the next tick starts, which a late or repeated one would only stand in the way of.
      timeout: Duration.seconds(TIMEOUT_S),
      retryAttempts: 0,
      maxEventAge: Duration.seconds(60),
      memorySize: props.memorySize ?? 512,
      ...(props.reservedConcurrency === false ? {} : { reservedConcurrentExecutions: ticks.length }),
      role: new Role(this, 'Role', {
        assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
        inlinePolicies: { tick: new PolicyDocument({ statements: statements(props) }) },
      }),
      environment: { SSM_PATH: props.ssmPath },
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.DEBUG,
      systemLogLevelV2: SystemLogLevel.INFO,
      ...(props.vpc ? { vpc: props.vpc } : {}),
      ...(props.vpcSubnets ? { vpcSubnets: props.vpcSubnets } : {}),
      ...(props.securityGroups ? { securityGroups: props.securityGroups } : {}),
    });
    for (const [index, tick] of ticks.entries()) {
      const rule = new Rule(this, `Schedule${index + 1}`, {
        ruleName: `${functionName}-schedule-${index + 1}`,
        schedule: Schedule.rate(Duration.minutes(1)),
      });
      rule.addTarget(
        new LambdaFunction(this.lambda, { event: RuleTargetInput.fromObject(tick), retryAttempts: 0, maxEventAge: Duration.seconds(60) }),
      );
    }
    this.alarms = alarms(this, this.lambda);
    if (props.alarmAction) {
      for (const alarm of this.alarms) {
        alarm.addAlarmAction(props.alarmAction);
        alarm.addOkAction(props.alarmAction);
      }
    }
  }
}

/** What the tick may do, and nothing besides. */
function statements({ functionName, ssmPath, parametersKey, vpc }: LagPusherProps): PolicyStatement[] {
  const interfaces = { actions: INTERFACES, resources: ['*'] };
  return [
    new PolicyStatement({
      sid: 'WriteOwnLog',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [arn('logs', `log-group:/aws/lambda/${functionName}:log-stream:*`)],
    }),
    new PolicyStatement({
      sid: 'ReadOwnParameters',
      actions: ['ssm:GetParametersByPath'],
      resources: [arn('ssm', `parameter${ssmPath}`), arn('ssm', `parameter${ssmPath}/*`)],
    }),
    ...(parametersKey
      ? [
          new PolicyStatement({
            sid: 'DecryptOwnParameters',
            actions: ['kms:Decrypt'],
            resources: [parametersKey.keyArn],
            conditions: {
              StringEquals: { 'kms:ViaService': ['amazonaws.com', Aws.URL_SUFFIX].map((domain) => `ssm.${Aws.REGION}.${domain}`) },
            },
          }),
        ]
      : []),
    // Lambda itself joins the VPC with these, and knows no interface before it has made it. The code may not use them.
    ...(vpc
      ? [
          new PolicyStatement({ sid: 'JoinVpc', ...interfaces }),
          new PolicyStatement({
            sid: 'JoinVpcByLambdaOnly',
            effect: Effect.DENY,
            ...interfaces,
            conditions: { ArnEquals: { 'lambda:SourceFunctionArn': arn('lambda', `function:${functionName}`) } },
          }),
        ]
      : []),
  ];
}

function alarms(scope: Construct, lambda: LambdaOf): Alarm[] {
  const minute = { period: Duration.minutes(1) };
  const alarm = (id: string, alarmDescription: string, metric: AlarmProps['metric'], other: Partial<AlarmProps> = {}) =>
    new Alarm(scope, id, {
      alarmDescription,
      metric,
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
      threshold: 0,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...other,
    });
  return [
    alarm('Errors', 'Ticks fail: their log says why', lambda.metricErrors(minute)),
    alarm('Throttles', 'Ticks are not started: others still run, or the account is at its limit', lambda.metricThrottles(minute)),
    alarm(
      'Duration',
      'Ticks take nearly all their time: shard the cluster, or look at its console',
      lambda.metricDuration({ ...minute, statistic: 'Maximum' }),
      // Milliseconds: a tick that its deadline cuts short stops reading ten seconds before the timeout.
      { threshold: TIMEOUT_S * 1000 * 0.8 },
    ),
    alarm('Silence', 'No tick was started for five minutes', lambda.metricInvocations(minute), {
      datapointsToAlarm: 5,
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.BREACHING,
    }),
  ];
}
