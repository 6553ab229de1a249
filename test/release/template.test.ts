import { describe, expect, test } from 'vitest';
import { BOUNDARY, EVERYTHING, KEY, type PackagedService, packageService, type Resource, TOPIC } from '../support/framework.ts';

/** The framework takes seconds, more on a busy machine. */
const SLOW = { timeout: 300_000 };

const byType = ({ resources }: PackagedService, type: string) => Object.values(resources).filter(({ Type }) => Type === type);
const only = (resources: Resource[]) => {
  expect(resources).toHaveLength(1);
  return resources[0]?.Properties;
};
const statements = (service: PackagedService) => {
  const role = only(byType(service, 'AWS::IAM::Role'));
  expect(role.ManagedPolicyArns).toBeUndefined();
  expect(role.AssumeRolePolicyDocument.Statement).toEqual([
    { Effect: 'Allow', Principal: { Service: ['lambda.amazonaws.com'] }, Action: ['sts:AssumeRole'] },
  ]);
  return role.Policies.flatMap((policy: { PolicyDocument: { Statement: unknown[] } }) => policy.PolicyDocument.Statement);
};
/** CloudFormation's `Fn::Sub`, its `${AWS::…}` written as `$…`. */
const sub = (text: string) => ({ 'Fn::Sub': text.replace(/\$(\w+)/g, (_, name) => `\${AWS::${name}}`) });
const HERE = '$Region:$AccountId';

const WRITE_LOG = {
  Sid: 'WriteOwnLog',
  Effect: 'Allow',
  Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
  Resource: [sub(`arn:$Partition:logs:${HERE}:log-group:/aws/lambda/rocketmq-lag-pusher-prod-tick:log-stream:*`)],
};
const readParameters = (path: string) => ({
  Sid: 'ReadOwnParameters',
  Effect: 'Allow',
  Action: ['ssm:GetParametersByPath'],
  Resource: [sub(`arn:$Partition:ssm:${HERE}:parameter${path}`), sub(`arn:$Partition:ssm:${HERE}:parameter${path}/*`)],
});

describe('the template, as it is shipped', () => {
  test('runs one tick at a time, a minute apart, never a late one', SLOW, async () => {
    const service = await packageService();
    expect(only(byType(service, 'AWS::Lambda::Function'))).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'dist/handler.handler',
      Timeout: 55,
      MemorySize: 512,
      ReservedConcurrentExecutions: 1,
      Environment: { Variables: { SSM_PATH: '/rocketmq-lag-pusher', CLUSTER_NAME: 'prod' } },
    });
    expect(only(byType(service, 'AWS::Lambda::Function'))).not.toHaveProperty('VpcConfig');
    expect(only(byType(service, 'AWS::Lambda::EventInvokeConfig'))).toMatchObject({
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    });
    expect(only(byType(service, 'AWS::Events::Rule'))).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      State: 'ENABLED',
      Targets: [{ Input: '{"cluster":"prod"}', RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 } }],
    });
    expect(only(byType(service, 'AWS::S3::Bucket'))).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      VersioningConfiguration: { Status: 'Enabled' },
    });
    // Lambda's own lines are JSON as well, and which of ours there are is left to LOG_LEVEL.
    expect(only(byType(service, 'AWS::Lambda::Function')).LoggingConfig).toEqual({
      LogFormat: 'JSON',
      ApplicationLogLevel: 'DEBUG',
      SystemLogLevel: 'INFO',
    });
    expect(only(byType(service, 'AWS::Logs::LogGroup'))).toEqual({
      LogGroupName: '/aws/lambda/rocketmq-lag-pusher-prod-tick',
      RetentionInDays: 30,
    });
    expect(statements(service)).toEqual([WRITE_LOG, readParameters('/rocketmq-lag-pusher')]);
    expect(
      Object.keys(service.artifact)
        .filter((name) => !/^dist\/[\w-]+\.js$/.test(name))
        .sort(),
    ).toEqual(['LICENSE', 'dist/THIRD-PARTY-LICENSES.txt', 'package.json']);
  });
});

describe('the template with all that deployment.yml knows', () => {
  test('has a schedule for each cluster and shard, in a VPC, under a key, with somebody to tell', SLOW, async () => {
    const service = await packageService(EVERYTHING);
    const rules = byType(service, 'AWS::Events::Rule');
    expect(rules.map(({ Properties }) => JSON.parse(Properties.Targets[0].Input))).toEqual([
      { cluster: 'east' },
      { cluster: 'we-st', shard: '1/3' },
      { cluster: 'we-st', shard: '2/3' },
      { cluster: 'we-st', shard: '3/3' },
    ]);
    expect(only(byType(service, 'AWS::Lambda::Permission'))).toMatchObject({
      Principal: 'events.amazonaws.com',
      SourceArn: sub(`arn:$Partition:events:${HERE}:rule/rocketmq-lag-pusher-prod-TickSchedule*`),
    });
    // CloudFormation would cut a name of its own making short, and the permission above would not fit any more.
    for (const { Properties } of rules) expect(Properties.Name).toMatch(/^rocketmq-lag-pusher-prod-TickSchedule.{1,26}$/);
    const rulesByName = Object.keys(service.resources).filter((id) => service.resources[id]?.Type === 'AWS::Events::Rule');
    expect(rulesByName.filter((id) => !/^TickSchedule[a-zA-Z0-9]+$/.test(id))).toEqual([]);

    expect(only(byType(service, 'AWS::Lambda::Function'))).toMatchObject({
      ReservedConcurrentExecutions: 4,
      VpcConfig: { SubnetIds: ['subnet-0123456789abcdef0'], SecurityGroupIds: ['sg-0123456789abcdef0'] },
      Environment: { Variables: { CONCURRENCY: '8', SSM_PATH: '/lag/eu' } },
      Tags: [{ Key: 'team', Value: 'messaging' }],
    });
    const eni = ['ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DeleteNetworkInterface'];
    const self = sub(`arn:$Partition:lambda:${HERE}:function:rocketmq-lag-pusher-prod-tick`);
    const viaSsm = [sub('ssm.$Region.amazonaws.com'), sub('ssm.$Region.$URLSuffix')];
    expect(statements(service)).toEqual([
      WRITE_LOG,
      readParameters('/lag/eu'),
      {
        Sid: 'DecryptOwnParameters',
        Effect: 'Allow',
        Action: ['kms:Decrypt'],
        Resource: [KEY],
        Condition: { StringEquals: { 'kms:ViaService': viaSsm } },
      },
      { Sid: 'JoinVpc', Effect: 'Allow', Action: eni, Resource: ['*'] },
      {
        Sid: 'JoinVpcByLambdaOnly',
        Effect: 'Deny',
        Action: eni,
        Resource: ['*'],
        Condition: { ArnEquals: { 'lambda:SourceFunctionArn': self } },
      },
    ]);
    expect(only(byType(service, 'AWS::IAM::Role'))).toMatchObject({ Path: '/lambda/lag/', PermissionsBoundary: BOUNDARY });
    expect(only(byType(service, 'AWS::Logs::LogGroup'))).toMatchObject({ KmsKeyId: KEY, RetentionInDays: 7 });

    const alarms = Object.fromEntries(
      byType(service, 'AWS::CloudWatch::Alarm').map(({ Properties }) => [Properties.MetricName, Properties]),
    );
    expect(Object.keys(alarms).sort()).toEqual(['Duration', 'Errors', 'Invocations', 'Throttles']);
    for (const alarm of Object.values(alarms)) {
      expect(alarm).toMatchObject({
        Namespace: 'AWS/Lambda',
        Dimensions: [{ Name: 'FunctionName', Value: { Ref: 'TickLambdaFunction' } }],
        AlarmActions: [TOPIC],
        OKActions: [TOPIC],
      });
    }
    expect(alarms.Invocations).toMatchObject({ ComparisonOperator: 'LessThanThreshold', Threshold: 1, TreatMissingData: 'breaching' });
    // Milliseconds; a tick that its deadline cuts short takes 44.5 s.
    expect(alarms.Duration).toMatchObject({ Statistic: 'Maximum', Threshold: 44_000 });
    expect(alarms.Errors).toMatchObject({ Threshold: 0, TreatMissingData: 'notBreaching' });
  });

  test('has a rule of its own for each cluster and shard, whatever the clusters are called', SLOW, async () => {
    const long = 'l'.repeat(60);
    const names = ['aShard1Of3', 'aZ53hard1Of3', 'Permission', 'a-', 'aZ2d', `${long}1`, `${long}2`];
    const clusters = [{ name: 'a', shards: 3 }, { name: 'b' }, ...names.map((name) => ({ name }))];
    const service = await packageService(JSON.stringify({ clusters, ssmPath: '/a' }));
    const rules = byType(service, 'AWS::Events::Rule');
    expect(rules.map(({ Properties }) => JSON.parse(Properties.Targets[0].Input))).toEqual([
      ...['1/3', '2/3', '3/3'].map((shard) => ({ cluster: 'a', shard })),
      ...['b', ...names].map((cluster) => ({ cluster })),
    ]);
    expect(new Set(rules.map(({ Properties }) => Properties.Name)).size).toBe(rules.length);
    // The names that rules have had since 1.0 stay: a new name would be a second rule, for a minute.
    expect(rules[0]?.Properties.Name).toBe('rocketmq-lag-pusher-prod-TickScheduleaShard1Of3');
  });

  test('leaves the account its concurrency, where that is wanted', SLOW, async () => {
    const service = await packageService('{ clusters: [{ name: a }], ssmPath: /a, reservedConcurrency: false }');
    expect(only(byType(service, 'AWS::Lambda::Function'))).not.toHaveProperty('ReservedConcurrentExecutions');
    expect(byType(service, 'AWS::CloudWatch::Alarm').flatMap(({ Properties }) => Properties.AlarmActions ?? [])).toEqual([]);
  });
});
