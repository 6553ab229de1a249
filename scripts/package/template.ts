import { alarms } from '../deploy/alarms.ts';
import { arnOf, here, type Resource, ref, sub } from '../deploy/cloudformation.ts';
import { LOGGING } from '../deploy/deployment.ts';
import { decryptOwnParameters, joinVpc, readOwnParameters, role, writeOwnLog } from '../deploy/role.ts';
import { everyMinute, mayInvoke } from '../deploy/schedules.ts';

const FUNCTION = 'TickFunction';
const FUNCTION_NAME = `\${AWS::StackName}-tick`;
const TIMEOUT_S = 55;
/** CloudFormation knows no loops: as many as most need. Who has more lets the framework write the template. */
const MAX_TICKS = 10;

const NOTHING = ref('AWS::NoValue');
const when = (condition: string, value: unknown, otherwise: unknown = NOTHING) => ({ 'Fn::If': [condition, value, otherwise] });
const isSet = (parameter: string) => ({ 'Fn::Not': [{ 'Fn::Equals': [ref(parameter), ''] }] });
const text = (Description: string, Default?: string) => ({ Type: 'String', Description, ...(Default === undefined ? {} : { Default }) });
const number = (Description: string, Default: number) => ({ Type: 'Number', Description, Default });
const list = (Description: string) => ({ Type: 'CommaDelimitedList', Description, Default: '' });

const ticks = Array.from({ length: MAX_TICKS }, (_, index) => `Tick${index + 1}`);

const PARAMETERS = {
  CodeBucket: text('The bucket that the zip was uploaded to'),
  CodeKey: text('Its key there'),
  ...Object.fromEntries(
    ticks.map((tick, index) => [
      tick,
      text(
        `The event of a tick, one a minute: {"cluster":"prod"}, or a shard of it, {"cluster":"prod","shard":"1/4"}`,
        index === 0 ? '{"cluster":"prod"}' : '',
      ),
    ]),
  ),
  SsmPath: text('Settings are parameters below this path, those of one cluster below <path>/<cluster>', '/rocketmq-lag-pusher'),
  KmsKeyArn: text('Only if SecureString parameters are under a key of your own', ''),
  SubnetIds: list('Where consoles and Pushgateway are private; SSM then needs an endpoint there, or a NAT gateway'),
  SecurityGroupIds: list('With SubnetIds'),
  ReservedConcurrency: text('As many as there are ticks a minute; empty where the account has none to spare', '1'),
  MemorySizeMB: number('Lambda gives CPU time in proportion', 512),
  LogRetentionInDays: number('A number of days that CloudWatch takes', 30),
  LogKmsKeyArn: text('Only if the log is to be under a key of your own', ''),
  AlarmTopicArn: text('Who is told by the alarms', ''),
  RolePath: text('Where roles have to be below a path', '/'),
  PermissionsBoundaryArn: text('Where roles have to be within one', ''),
};

const CONDITIONS = {
  ...Object.fromEntries(ticks.map((tick) => [`Has${tick}`, isSet(tick)])),
  ...Object.fromEntries(
    ['KmsKeyArn', 'ReservedConcurrency', 'LogKmsKeyArn', 'AlarmTopicArn', 'PermissionsBoundaryArn'].map((name) => [
      `Has${name}`,
      isSet(name),
    ]),
  ),
  InVpc: { 'Fn::Not': [{ 'Fn::Equals': [{ 'Fn::Join': ['', ref('SubnetIds')] }, ''] }] },
};

/**
 * A CloudFormation template of what `serverless.yml` deploys, for `aws cloudformation deploy` and whatever else takes one:
 * what `deployment.yml` would say are its parameters. It is the same for everybody, and holds no code.
 */
export function standaloneTemplate(): object {
  const topic = when('HasAlarmTopicArn', [ref('AlarmTopicArn')]);
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'Pushes RocketMQ consumer backlog to a Prometheus Pushgateway, once a minute',
    Parameters: PARAMETERS,
    Conditions: CONDITIONS,
    Resources: {
      TickLogGroup: {
        Type: 'AWS::Logs::LogGroup',
        Properties: {
          LogGroupName: sub(`/aws/lambda/${FUNCTION_NAME}`),
          RetentionInDays: ref('LogRetentionInDays'),
          KmsKeyId: when('HasLogKmsKeyArn', ref('LogKmsKeyArn')),
        },
      },
      TickRole: tickRole(),
      // The role may not create the log group: it has to be there before the first tick.
      [FUNCTION]: { ...tickFunction(), DependsOn: ['TickLogGroup'] },
      TickAsynchronously: {
        Type: 'AWS::Lambda::EventInvokeConfig',
        Properties: { FunctionName: ref(FUNCTION), Qualifier: '$LATEST', MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
      },
      ...Object.fromEntries(ticks.map((tick, index) => [`TickSchedule${index + 1}`, schedule(tick, index + 1)])),
      TickSchedulePermission: mayInvoke(FUNCTION, here('events', `rule/\${AWS::StackName}-TickSchedule*`)),
      ...alarms(FUNCTION, TIMEOUT_S, { AlarmActions: topic, OKActions: topic }),
    },
    Outputs: { FunctionName: { Value: ref(FUNCTION) }, FunctionArn: { Value: arnOf(FUNCTION) } },
  };
}

function tickRole(): Resource {
  const [allow, deny] = joinVpc(FUNCTION_NAME);
  const statements = [
    writeOwnLog(FUNCTION_NAME),
    readOwnParameters(`\${SsmPath}`),
    when('HasKmsKeyArn', decryptOwnParameters(ref('KmsKeyArn'))),
    when('InVpc', allow),
    when('InVpc', deny),
  ];
  return role(statements, { Path: ref('RolePath'), PermissionsBoundary: when('HasPermissionsBoundaryArn', ref('PermissionsBoundaryArn')) });
}

function tickFunction(): Resource {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      FunctionName: sub(FUNCTION_NAME),
      Description: 'Pushes RocketMQ consumer backlog to a Pushgateway',
      Code: { S3Bucket: ref('CodeBucket'), S3Key: ref('CodeKey') },
      Handler: 'dist/handler.handler',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Timeout: TIMEOUT_S,
      MemorySize: ref('MemorySizeMB'),
      ReservedConcurrentExecutions: when('HasReservedConcurrency', ref('ReservedConcurrency')),
      Role: arnOf('TickRole'),
      Environment: { Variables: { SSM_PATH: ref('SsmPath') } },
      LoggingConfig: LOGGING,
      VpcConfig: when('InVpc', { SubnetIds: ref('SubnetIds'), SecurityGroupIds: ref('SecurityGroupIds') }),
    },
  };
}

function schedule(tick: string, number: number) {
  return {
    Type: 'AWS::Events::Rule',
    Condition: `Has${tick}`,
    Properties: { Name: sub(`\${AWS::StackName}-TickSchedule${number}`), Description: ref(tick), ...everyMinute(FUNCTION, ref(tick)) },
  };
}
