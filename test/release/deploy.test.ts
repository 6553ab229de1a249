import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Account, startAccount } from '../support/account.ts';
import { serverless } from '../support/framework.ts';

const SLOW = { timeout: 180_000 };
const policy = JSON.parse(readFileSync(new URL('../../deploy/permissions.json', import.meta.url), 'utf8'));
const HERE = 'eu-central-1:123456789012';

let account: Account;
beforeAll(async () => {
  account = await startAccount(policy);
}, 60_000);
afterAll(() => account?.stop());

/** Runs the framework with the permissions that are documented, on this deployment.yml or the one that is shipped. */
async function sls(words: string, deployment?: string): Promise<string> {
  const env = { ...account.env, SLS_AWS_MONITORING_FREQUENCY: '200' };
  const files = deployment === undefined ? {} : { 'deployment.yml': deployment };
  return await serverless([...words.split(' '), '--region', 'eu-central-1'], env, files);
}

const rule = (name: string) => `arn:aws:events:${HERE}:rule/rocketmq-lag-pusher-prod-TickSchedule${name}`;
const target = (input: object) => ({
  Id: 'tick',
  Arn: `arn:aws:lambda:${HERE}:function:rocketmq-lag-pusher-prod-tick`,
  Input: JSON.stringify(input),
  RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 },
});
const eachMinute = (name: string, input: object) => ({
  arn: rule(name),
  state: 'ENABLED',
  schedule: 'rate(1 minute)',
  targets: [target(input)],
});

describe('with deploy/permissions.json and nothing else', () => {
  test('a deployment makes all that it says, twice the same', SLOW, async () => {
    await sls('deploy');
    const first = await account.describe();
    expect(first.stacks).toEqual(['rocketmq-lag-pusher-prod']);
    expect(first.functions).toMatchObject([
      {
        handler: 'dist/handler.handler',
        timeout: 55,
        environment: { SSM_PATH: '/rocketmq-lag-pusher', CLUSTER_NAME: 'prod' },
        reserved: 1,
        permissions: [
          {
            Effect: 'Allow',
            Action: 'lambda:InvokeFunction',
            Principal: { Service: 'events.amazonaws.com' },
            Condition: { ArnLike: { 'AWS:SourceArn': rule('*') }, StringEquals: { 'AWS:SourceAccount': '123456789012' } },
          },
        ],
      },
    ]);
    expect(first.rules).toEqual([eachMinute('prod', { cluster: 'prod' })]);
    expect(first.logGroups).toMatchObject([{ name: '/aws/lambda/rocketmq-lag-pusher-prod-tick', retentionInDays: 30 }]);
    expect(first.roles.map(({ statements }) => statements.map(({ Sid, Resource }) => [Sid, Resource]))).toEqual([
      [
        ['WriteOwnLog', [`arn:aws:logs:${HERE}:log-group:/aws/lambda/rocketmq-lag-pusher-prod-tick:log-stream:*`]],
        ['ReadOwnParameters', ['', '/*'].map((rest) => `arn:aws:ssm:${HERE}:parameter/rocketmq-lag-pusher${rest}`)],
      ],
    ]);

    expect(await sls('deploy')).not.toContain('Error');
    expect(await account.describe()).toEqual(first);
  });

  test('what is there is what the permissions are for', async () => {
    const { stacks, buckets, logGroups, roles, functions, rules } = await account.describe();
    const arns = [
      ...stacks.map((name) => ({ action: 'cloudformation:UpdateStack', arn: `arn:aws:cloudformation:${HERE}:stack/${name}/made-by-aws` })),
      ...buckets.flatMap((name) => ['', '/key'].map((key) => ({ action: 's3:PutObject', arn: `arn:aws:s3:::${name}${key}` }))),
      ...logGroups.map(({ arn }) => ({ action: 'logs:FilterLogEvents', arn })),
      ...roles.map(({ arn }) => ({ action: 'iam:PutRolePolicy', arn })),
      ...roles.map(({ arn }) => ({ action: 'iam:CreateRole', arn: arn.replace('role/', 'role/some/path/') })),
      ...functions.map(({ arn }) => ({ action: 'lambda:UpdateFunctionCode', arn })),
      ...rules.map(({ arn }) => ({ action: 'events:DisableRule', arn })),
      // The framework looks for one before it removes.
      { action: 'ecr:DescribeRepositories', arn: `arn:aws:ecr:${HERE}:repository/serverless-rocketmq-lag-pusher-prod` },
    ];
    expect(arns.length).toBeGreaterThan(7);
    expect(arns.filter(({ action, arn }) => !allows(action, arn))).toEqual([]);
    expect(allows('iam:PutRolePolicy', 'arn:aws:iam::123456789012:role/somebody-else')).toBe(false);
    // The longest stage there may be: CloudFormation cuts the bucket's name to 63 characters.
    const longest = `rocketmq-lag-pusher-${'s'.repeat(20)}`;
    expect(allows('s3:PutObject', `arn:aws:s3:::${longest.slice(0, 23)}-serverlessdeploymentbucket-abcdefghijkl`)).toBe(true);
  });

  test('a second cluster and shards come, and go', SLOW, async () => {
    const two = 'ssmPath: /rocketmq-lag-pusher\nclusters: [{ name: prod }, { name: large, shards: 2 }]\n';
    await sls('deploy', two);
    const { rules, functions } = await account.describe();
    expect([...rules].sort((a, b) => (a.arn < b.arn ? -1 : 1))).toEqual([
      eachMinute('largeShard1Of2', { cluster: 'large', shard: '1/2' }),
      eachMinute('largeShard2Of2', { cluster: 'large', shard: '2/2' }),
      eachMinute('prod', { cluster: 'prod' }),
    ]);
    expect(functions.map(({ environment }) => environment)).toEqual([{ SSM_PATH: '/rocketmq-lag-pusher' }]);
    expect(await sls('info', two)).toContain('stack: rocketmq-lag-pusher-prod');

    await sls('deploy');
    expect((await account.describe()).rules).toEqual([eachMinute('prod', { cluster: 'prod' })]);
  });

  test('after remove nothing is left', SLOW, async () => {
    await sls('remove');
    const { stacks: _deleted, ...rest } = await account.describe();
    expect(rest).toEqual({ buckets: [], logGroups: [], roles: [], functions: [], rules: [] });
  });

  test('the file is one that IAM takes, without a word that could be a slip', () => {
    // As many characters as a managed policy may have.
    expect(JSON.stringify(policy).length).toBeLessThan(6144);
    const { Statement: statements } = policy as { Statement: { Sid: string; Action: string[]; Resource: string[] }[] };
    for (const { Sid, Action, Resource } of statements) {
      expect([Sid, Action]).toEqual([Sid, [...new Set(Action)].sort()]);
      if (Sid !== 'LookUp') expect(Resource.filter((arn) => !/rocketmq-lag-pusher/.test(arn))).toEqual([]);
    }
  });
});

/** Whether IAM would find this in the file: a star stands for anything. */
function allows(action: string, arn: string): boolean {
  const { Statement: statements } = policy as { Statement: { Action: string[]; Resource: string[] }[] };
  const pattern = (glob: string) => new RegExp(`^${glob.split('*').join('.*')}$`);
  return statements.some(({ Action, Resource }) => Action.includes(action) && Resource.some((glob) => pattern(glob).test(arn)));
}
