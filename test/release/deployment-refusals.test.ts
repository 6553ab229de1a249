import { describe, expect, test } from 'vitest';
import { readDeployment } from '../../scripts/deploy/deployment.ts';
import { packageService, serverless } from '../support/framework.ts';

const SLOW = { timeout: 180_000 };
const ONE = { clusters: [{ name: 'a' }], ssmPath: '/a' };

const problemsOf = (content: unknown) => {
  const read = readDeployment(content);
  return 'problems' in read ? read.problems : [];
};

describe('a deployment.yml is refused', () => {
  test.each([
    { what: 'nothing', content: null, says: 'expected keys and values, clusters among them' },
    { what: 'a typo in a key', content: { ...ONE, retention: 3 }, says: 'retention is not a key; there are clusters,' },
    { what: 'no cluster', content: { ssmPath: '/a' }, says: 'clusters: expected a list of at least one' },
    { what: 'an empty cluster', content: { ...ONE, clusters: [null] }, says: 'clusters: expected a list of at least one' },
    {
      what: 'a cluster without a name',
      content: { ...ONE, clusters: [{ shards: 2 }] },
      says: 'clusters: one has no name: expected letters',
    },
    { what: 'a cluster called null', content: { ...ONE, clusters: [{ name: null }] }, says: 'clusters: one has no name' },
    {
      what: 'a cluster called 42',
      content: { ...ONE, clusters: [{ name: 42 }] },
      says: '42 is not a name: expected letters, digits, _, - and ., in quotes',
    },
    { what: 'a cluster with a slash', content: { ...ONE, clusters: [{ name: 'a/b' }] }, says: '"a/b" is not a name' },
    { what: 'a cluster twice', content: { ...ONE, clusters: [{ name: 'a' }, { name: 'a' }] }, says: 'clusters: two have the same name' },
    { what: 'no shard', content: { ...ONE, clusters: [{ name: 'a', shards: 0 }] }, says: 'clusters: a: shards: expected a whole number' },
    { what: 'a typo in a cluster', content: { ...ONE, clusters: [{ name: 'a', shard: 3 }] }, says: 'clusters: a: shard is not a key' },
    {
      what: 'more than CloudFormation takes',
      content: { ...ONE, clusters: ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, shards: 98 })) },
      says: 'clusters: 490 ticks a minute are too many for one stack: CloudFormation takes 500 resources',
    },
    { what: 'a relative path', content: { ...ONE, ssmPath: 'lag' }, says: 'ssmPath: expected a path' },
    { what: 'a path deeper than a tick reads', content: { ...ONE, ssmPath: '/a'.repeat(14) }, says: 'ssmPath: expected a path' },
    {
      what: 'more settings than Lambda has room for',
      content: { ...ONE, settings: { IGNORED_TOPICS: 't'.repeat(4096) } },
      says: 'settings: they take 4133 bytes, and Lambda takes 4096: put the long ones into SSM',
    },
    { what: 'half a VPC', content: { ...ONE, vpc: { subnetIds: ['subnet-1'] } }, says: 'vpc: expected subnetIds and securityGroupIds' },
    {
      what: 'a retention that CloudWatch lacks',
      content: { ...ONE, logRetentionInDays: 31 },
      says: 'logRetentionInDays: expected a number of days that CloudWatch takes: 1, 3,',
    },
    { what: 'a role path without its slashes', content: { ...ONE, rolePath: 'lambda' }, says: 'rolePath: expected a path like /lambda/' },
    {
      what: 'a boundary that is no policy',
      content: { ...ONE, permissionsBoundaryArn: 'boundary' },
      says: 'permissionsBoundaryArn: expected the ARN of a policy',
    },
    { what: 'a typo in a setting', content: { ...ONE, settings: { CONCURENCY: 8 } }, says: 'settings: CONCURENCY is not a setting' },
    {
      what: 'a variable of Lambda',
      content: { ...ONE, settings: { AWS_REGION: 'eu-central-1' } },
      says: 'settings: AWS_REGION is not a setting',
    },
    {
      what: 'a nested setting',
      content: { ...ONE, settings: { GROUPING: { region: 'eu' } } },
      says: 'settings: GROUPING is a map: expected text',
    },
    {
      what: 'a wrong setting',
      content: { ...ONE, settings: { DETAIL: 'some' } },
      says: 'settings: DETAIL: is wrong: expected all, nonzero or off',
    },
    {
      what: 'settings that lack one, and no ssmPath',
      content: { clusters: ONE.clusters },
      says: 'settings: CONSOLE_URL: is not set, and is required (looked for in settings',
    },
    {
      what: 'several clusters of the same settings',
      content: { clusters: [{ name: 'a' }, { name: 'b' }] },
      says: 'ssmPath: several clusters need one',
    },
  ])('that has $what', ({ content, says }) => {
    expect(problemsOf(content)).toContainEqual(expect.stringContaining(says));
  });

  test('that has a secret, without showing it', () => {
    const problems = problemsOf({ ...ONE, settings: { CONSOLE_PASSWORD: 'hunter2', CONSOLE_URL: 'http://admin:hunter2@console' } });
    expect(problems).toEqual([
      expect.stringContaining('CONSOLE_PASSWORD is a secret: put it into SSM'),
      expect.stringContaining('CONSOLE_URL: is wrong: expected http(s)://host[:port][/path], without a user name or password'),
    ]);
    expect(problems.join()).not.toContain('hunter2');
  });

  test('with all that is wrong, and is taken as soon as nothing is', () => {
    expect(problemsOf({ clusters: [{ name: 1 }, { name: 2 }], ssmPath: 'a', memorySizeMB: 64 })).toHaveLength(4);
    expect(problemsOf({ ...ONE, vpc: null, settings: { CONCURRENCY: 8, DETAIL: null, ignoredTopics: 'a,b' } })).toEqual([]);
  });
});

/** What the framework says where it refuses. */
async function refusal(args: string[], files: Record<string, string> = {}, env: Record<string, string> = {}): Promise<string> {
  return await serverless(['package', ...args], env, files).then(
    () => 'nothing was refused',
    (error: { stdout: string }) => error.stdout.trim(),
  );
}

describe('the framework refuses in one message', () => {
  test('all that is wrong with the file, and nothing else', SLOW, async () => {
    expect(await refusal([], { 'deployment.yml': 'clusters: [{ name: 42 }]\nssmPath: a\n' })).toBe(
      'Error:\ndeployment.yml is not valid:\n  - clusters: 42 is not a name: expected letters, digits, _, - and ., in quotes where it is a number\n  - ssmPath: expected a path like /rocketmq-lag-pusher, 13 names at most',
    );
  });

  test.each([
    { what: 'a file that is not there', says: /^Error:\nmade\.yml is not valid:\n {2}- there is no such file$/ },
    { what: 'an empty file', text: '# clusters: []\n', says: /is not valid:\n {2}- it is empty: expected clusters at least$/ },
    { what: 'broken YAML', text: 'clusters: [', says: /is not valid:\n {2}- it is not YAML: .+ at line 1, column \d+$/ },
  ])('$what', SLOW, async ({ text, says }) => {
    expect(await refusal(['--param=deployment=made.yml'], text === undefined ? {} : { 'made.yml': text })).toMatch(says);
  });

  test('a mistyped parameter, which would package another file', SLOW, async () => {
    expect(await refusal(['--param=deploymnt=other.yml'])).toMatch(
      /^Error:\n--param: deploymnt is not a parameter: there is deployment, .+$/,
    );
  });

  test('to guess a region', SLOW, async () => {
    const said = await refusal([], {}, { AWS_REGION: '', AWS_DEFAULT_REGION: '' });
    expect(said).toMatch(/^Error:\nwhich region\? Say it by --region, or set AWS_REGION .+$/);
  });
});

describe('another file than deployment.yml is read', () => {
  const variables = async (args: string[], name: string, path: string) => {
    const { resources } = await packageService(undefined, {}, args, { [name]: `clusters: [{ name: a }]\nssmPath: ${path}\n` });
    return resources.TickLambdaFunction?.Properties.Environment.Variables;
  };

  test('where a parameter names it', SLOW, async () => {
    expect(await variables(['--param=deployment=other.yml'], 'other.yml', '/other')).toEqual({ CLUSTER_NAME: 'a', SSM_PATH: '/other' });
  });

  test('where there is one for the stage', SLOW, async () => {
    expect(await variables(['--stage', 'test'], 'deployment.test.yml', '/stage')).toEqual({ CLUSTER_NAME: 'a', SSM_PATH: '/stage' });
  });
});
