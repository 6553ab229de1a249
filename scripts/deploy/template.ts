import manifest from '../../package.json' with { type: 'json' };
import { arnOf, LOGGING, NO_RETRY, type Resource, ref, resourcesOf, sub, TIMEOUT_S } from './stack.ts';

const FUNCTION = 'TickFunction';
const STACK_NAME = `\${AWS::StackName}`;
const FUNCTION_NAME = `${STACK_NAME}-tick`;
/** CloudFormation knows no loops: as many as most need. Who has more lets the framework write the template. */
const TICKS = Array.from({ length: 10 }, (_, index) => `Tick${index + 1}`);

const text = (Description: string, Default?: string) => ({ Type: 'String', Description, ...(Default === undefined ? {} : { Default }) });
const number = (Description: string, Default: number) => ({ Type: 'Number', Description, Default });
const list = (Description: string) => ({ Type: 'CommaDelimitedList', Description, Default: '' });

const CODE_PARAMETERS = { CodeBucket: text('The bucket that the zip was uploaded to'), CodeKey: text('Its key there') };
const EVENT = 'The event of a tick, one a minute: {"cluster":"prod"}, or a shard of it, {"cluster":"prod","shard":"1/4"}';
const PARAMETERS = {
  ...Object.fromEntries(TICKS.map((tick, index) => [tick, text(EVENT, index === 0 ? '{"cluster":"prod"}' : '')])),
  SsmPath: {
    ...text('Settings are parameters below this path, those of one cluster below <path>/<cluster>', '/rocketmq-lag-pusher'),
    AllowedPattern: '^(/[A-Za-z0-9_.-]+){1,13}$',
  },
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
const MAY_BE_EMPTY = [
  ...TICKS,
  ...['KmsKeyArn', 'RolePath', 'PermissionsBoundaryArn', 'AlarmTopicArn', 'LogKmsKeyArn', 'ReservedConcurrency'],
];
const isFilled = (value: unknown) => ({ 'Fn::Not': [{ 'Fn::Equals': [value, ''] }] });
const when = (condition: string, value: unknown) => ({ 'Fn::If': [condition, value, ref('AWS::NoValue')] });
const whenFilled = (parameter: string) => when(`Has${parameter}`, ref(parameter));

/**
 * The CloudFormation template of a deployment without the framework. Its parameters are what `deployment.yml` says there. The
 * zip is where the parameters CodeBucket and CodeKey say; with `code` it is there, as the Serverless Application Repository
 * wants it.
 */
export function standaloneTemplate(code?: { readonly bucket: string; readonly key: string }): object {
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'Pushes RocketMQ consumer backlog to a Prometheus Pushgateway, once a minute',
    Metadata: { 'AWS::ServerlessRepo::Application': application() },
    Parameters: { ...(code ? {} : CODE_PARAMETERS), ...PARAMETERS },
    Conditions: {
      ...Object.fromEntries(MAY_BE_EMPTY.map((name) => [`Has${name}`, isFilled(ref(name))])),
      HasVpc: isFilled({ 'Fn::Join': ['', ref('SubnetIds')] }),
    },
    Resources: {
      TickLogGroup: {
        Type: 'AWS::Logs::LogGroup',
        Properties: {
          LogGroupName: sub(`/aws/lambda/${FUNCTION_NAME}`),
          RetentionInDays: ref('LogRetentionInDays'),
          KmsKeyId: whenFilled('LogKmsKeyArn'),
        },
      },
      [FUNCTION]: tickFunction(code ? { S3Bucket: code.bucket, S3Key: code.key } : { S3Bucket: ref('CodeBucket'), S3Key: ref('CodeKey') }),
      TickAsynchronously: {
        Type: 'AWS::Lambda::EventInvokeConfig',
        Properties: { FunctionName: ref(FUNCTION), Qualifier: '$LATEST', ...NO_RETRY },
      },
      ...resourcesOf({
        stackName: STACK_NAME,
        functionId: FUNCTION,
        schedules: TICKS.map((tick) => ({
          id: tick.replace('Tick', 'TickSchedule'),
          name: sub(`${STACK_NAME}-${tick.replace('Tick', 'TickSchedule')}`),
          description: ref(tick),
          input: ref(tick),
          condition: `Has${tick}`,
        })),
        when: (option, make) => {
          const parameter = `${option[0]?.toUpperCase()}${option.slice(1)}`;
          // A part of a text; and never left out.
          return option === 'ssmPath' ? make(`\${SsmPath}`) : when(`Has${parameter}`, make(ref(parameter)));
        },
      }),
    },
    Outputs: { FunctionName: { Value: ref(FUNCTION) }, FunctionArn: { Value: arnOf(FUNCTION) } },
  };
}

/** As `sam publish` reads it. Without the files of license and readme: `sam deploy` would look for them beside the template. */
function application(): object {
  const { name, description, keywords, license, version } = manifest;
  return { Name: name, Description: description, Author: name, SpdxLicenseId: license, Labels: keywords, SemanticVersion: version };
}

function tickFunction(code: object): Resource {
  return {
    Type: 'AWS::Lambda::Function',
    // The role may not create the log group: it has to be there before the first tick.
    DependsOn: ['TickLogGroup'],
    Properties: {
      FunctionName: sub(FUNCTION_NAME),
      Description: 'Pushes RocketMQ consumer backlog to a Pushgateway',
      Code: code,
      Handler: 'dist/handler.handler',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Timeout: TIMEOUT_S,
      MemorySize: ref('MemorySizeMB'),
      ReservedConcurrentExecutions: whenFilled('ReservedConcurrency'),
      Role: arnOf('TickRole'),
      Environment: { Variables: { SSM_PATH: ref('SsmPath') } },
      LoggingConfig: LOGGING,
      VpcConfig: when('HasVpc', { SubnetIds: ref('SubnetIds'), SecurityGroupIds: ref('SecurityGroupIds') }),
    },
  };
}
