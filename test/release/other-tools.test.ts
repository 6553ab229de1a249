import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Packaged, packageBundle } from '../../scripts/package/package.ts';
import { runCommand } from '../../scripts/servers/commands.ts';
import { VERSION } from '../../src/metrics/health-metrics.ts';
import { type Account, startAccount } from '../support/account.ts';
import { synthesize } from '../support/cdk.ts';
import { type Essence, essenceOf } from '../support/essence.ts';
import { packageService, type Resource } from '../support/framework.ts';
import { obtainScanners } from '../support/python.ts';
import { essenceOfTerraform, type Parsed } from '../support/terraform.ts';

const SLOW = { timeout: 300_000 };
const root = fileURLToPath(new URL('../../', import.meta.url));
const TEMPLATES = fileURLToPath(new URL('../support/templates.py', import.meta.url));
const HERE = 'eu-central-1:123456789012';
const CODE: [bucket: string, key: string] = ['code', 'lag-pusher.zip'];

type Template = { readonly Resources: Record<string, Resource> };
async function inPython(...args: string[]) {
  const { bin, env } = obtainScanners();
  const options = { env: { ...env, AWS_DEFAULT_REGION: 'eu-central-1' } };
  const { code, stdout, stderr } = await runCommand(join(bin, 'python'), [TEMPLATES, ...args], options);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

let account: Account;
let folder: string;
let packaged: Packaged;
let framework: Promise<Essence> | undefined;
/** What all others are compared with. */
async function ofFramework(): Promise<Essence> {
  framework ??= packageService().then(({ resources }) => essenceOf(resources));
  return await framework;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tools-'));
  packaged = await packageBundle(pathToFileURL(`${folder}/`));
  account = await startAccount();
}, 300_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await account?.stop();
});

/** Makes a stack of this template, and expects of the account what the framework makes there; nothing once it is gone. */
async function expectDeployed(template: Template, parameters: Record<string, string>, objects: [string, string][] = []): Promise<void> {
  await account.create('lag', template, parameters, objects);
  const { functions, rules, logGroups, roles } = await account.describe();
  const name = functions[0]?.arn.split(':').at(-1);
  expect(functions).toMatchObject([
    { handler: 'dist/handler.handler', timeout: 55, memorySizeMB: 512, reserved: 1, environment: { SSM_PATH: '/rocketmq-lag-pusher' } },
  ]);
  expect(rules).toMatchObject([
    {
      state: 'ENABLED',
      schedule: 'rate(1 minute)',
      targets: [{ Input: '{"cluster":"prod"}', RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 } }],
    },
  ]);
  // Whose events start the function: those of this rule.
  const [{ Condition } = {}] = functions[0]?.permissions ?? [];
  const { ArnLike } = Condition as { ArnLike: { 'AWS:SourceArn': string } };
  expect(rules.map(({ arn }) => arn.startsWith(ArnLike['AWS:SourceArn'].replace(/\*$/, '')))).toEqual([true]);
  expect(logGroups).toMatchObject([{ name: `/aws/lambda/${name}`, retentionInDays: 30 }]);
  expect(roles.map(({ statements }) => statements.map(({ Sid, Resource }) => [Sid, [Resource].flat()]))).toEqual([
    [
      ['WriteOwnLog', [`arn:aws:logs:${HERE}:log-group:/aws/lambda/${name}:log-stream:*`]],
      ['ReadOwnParameters', ['', '/*'].map((rest) => `arn:aws:ssm:${HERE}:parameter/rocketmq-lag-pusher${rest}`)],
    ],
  ]);
  await account.delete('lag');
  expect(await account.describe()).toMatchObject({ functions: [], rules: [], logGroups: [], roles: [] });
}

describe('what other tools deploy is what the framework deploys', () => {
  test('the CloudFormation template beside the zip', SLOW, async () => {
    const template: Template = JSON.parse(readFileSync(packaged.template, 'utf8'));
    expect(essenceOf(template.Resources)).toEqual(await ofFramework());
    await expectDeployed(template, { CodeBucket: CODE[0], CodeKey: CODE[1] }, [CODE]);
  });

  test('that template with several clusters, a path and a VPC', SLOW, async () => {
    const template: Template = JSON.parse(readFileSync(packaged.template, 'utf8'));
    const inputs = ['{"cluster":"east"}', '{"cluster":"west","shard":"1/2"}', '{"cluster":"west","shard":"2/2"}'];
    await account.create('several', template, {
      CodeBucket: CODE[0],
      CodeKey: CODE[1],
      ...Object.fromEntries(inputs.map((input, index) => [`Tick${index + 1}`, input])),
      SsmPath: '/lag',
      ReservedConcurrency: '3',
      SubnetIds: 'subnet-1,subnet-2',
      SecurityGroupIds: 'sg-1',
      KmsKeyArn: `arn:aws:kms:${HERE}:key/1`,
    });
    const { functions, rules, roles } = await account.describe();
    expect(functions).toMatchObject([{ reserved: 3, environment: { SSM_PATH: '/lag' } }]);
    expect(rules.flatMap(({ targets }) => targets.map(({ Input }) => Input)).sort()).toEqual(inputs);
    expect(roles[0]?.statements.map(({ Sid }) => Sid)).toEqual([
      'WriteOwnLog',
      'ReadOwnParameters',
      'DecryptOwnParameters',
      'JoinVpc',
      'JoinVpcByLambdaOnly',
    ]);
    await account.delete('several');
  });

  test('the SAM template', SLOW, async () => {
    const template: Template = await inPython('sam', `${root}deploy/sam/template.yaml`, ...CODE);
    expect(essenceOf(template.Resources)).toEqual(await ofFramework());
    await expectDeployed(template, {});
    expect(readFileSync(`${root}deploy/sam/template.yaml`, 'utf8')).toContain(`CodeUri: ../../out/rocketmq-lag-pusher-${VERSION}.zip`);
  });

  test('the CDK construct, which compiles', SLOW, async () => {
    const { template, complaints } = await synthesize(packaged.path);
    expect(complaints).toBe('');
    expect(essenceOf(template.Resources)).toEqual(await ofFramework());
    const lambda = Object.values(template.Resources).find(({ Type }) => Type === 'AWS::Lambda::Function');
    const key = lambda?.Properties.Code.S3Key;
    await expectDeployed(template, {}, [['cdk-hnb659fds-assets-123456789012-eu-central-1', key]]);
  });

  test('of the version that there is, wherever a document or a file names one', () => {
    const texts = ['docs/install.md', 'deploy/sam/template.yaml', 'deploy/cdk/app.ts'].map((file) =>
      readFileSync(`${root}${file}`, 'utf8'),
    );
    const named = texts.flatMap((text) =>
      [...text.matchAll(/rocketmq-lag-pusher-(\d[\w.-]*?)\.(?:zip|template)/g)].map(([, version]) => version),
    );
    expect(named.length).toBeGreaterThan(4);
    expect([...new Set(named)]).toEqual([VERSION]);
  });

  test('the Terraform module, as far as its text tells', SLOW, async () => {
    const parsed: Parsed = await inPython('terraform', `${root}deploy/terraform`);
    expect(essenceOfTerraform(parsed)).toEqual(await ofFramework());
  });
});
