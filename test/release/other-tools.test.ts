import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { standaloneTemplate } from '../../scripts/deploy/template.ts';
import { type Packaged, packageBundle } from '../../scripts/package/package.ts';
import { problemOf } from '../../scripts/servers/packages.ts';
import { runCommand } from '../../scripts/servers/processes.ts';
import { VERSION } from '../../src/metrics/health-metrics.ts';
import { type Account, startAccount } from '../support/account.ts';
import { packageService, type Resource } from '../support/framework.ts';
import { obtainScanners } from '../support/python.ts';

const SLOW = { timeout: 300_000 };
const root = fileURLToPath(new URL('../../', import.meta.url));
const modules = join(root, 'node_modules');
const HERE = 'eu-central-1:123456789012';
const CODE: [bucket: string, key: string] = ['code', 'lag-pusher.zip'];
const OF_CODE = { CodeBucket: CODE[0], CodeKey: CODE[1] };

interface Template {
  readonly Metadata: Record<string, Record<string, string | string[]>>;
  readonly Parameters: Record<string, { readonly AllowedPattern?: string }>;
  readonly Resources: Record<string, Resource>;
}

let account: Account;
let folder: string;
let packaged: Packaged;
let template: Template;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tools-'));
  packaged = await packageBundle(pathToFileURL(`${folder}/`));
  template = JSON.parse(readFileSync(packaged.template, 'utf8'));
  account = await startAccount();
}, 300_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await account?.stop();
});

describe('the template beside the zip', () => {
  test('says of function, log and late events what the framework says', SLOW, async () => {
    const { resources } = await packageService();
    const told = (all: Record<string, Resource>, type: string, keys: string[]) => {
      const [{ Properties } = { Properties: {} }] = Object.values(all).filter(({ Type }) => Type === type);
      return keys.map((key) => [key, Properties[key]]);
    };
    for (const [type, keys] of [
      ['AWS::Lambda::Function', ['Handler', 'Runtime', 'Architectures', 'Timeout', 'Description', 'LoggingConfig']],
      ['AWS::Lambda::EventInvokeConfig', ['MaximumRetryAttempts', 'MaximumEventAgeInSeconds']],
    ] as const) {
      expect(told(template.Resources, type, [...keys])).toEqual(told(resources, type, [...keys]));
    }
    const kinds = (all: Record<string, Resource>) => [...new Set(Object.values(all).map(({ Type }) => Type))].sort();
    expect(kinds(template.Resources)).toEqual(kinds(resources).filter((type) => !type.startsWith('AWS::S3')));
  });

  test('deploys one cluster, and leaves nothing behind', SLOW, async () => {
    await account.create('lag', template, OF_CODE, [CODE]);
    const { functions, rules, logGroups, roles } = await account.describe();
    const environment = { SSM_PATH: '/rocketmq-lag-pusher' };
    expect(functions).toMatchObject([{ handler: 'dist/handler.handler', timeout: 55, memorySizeMB: 512, reserved: 1, environment }]);
    expect(functions[0]?.permissions).toMatchObject([
      { Condition: { ArnLike: { 'AWS:SourceArn': `arn:aws:events:${HERE}:rule/lag-TickSchedule*` } } },
    ]);
    expect(rules).toMatchObject([
      {
        arn: `arn:aws:events:${HERE}:rule/lag-TickSchedule1`,
        state: 'ENABLED',
        schedule: 'rate(1 minute)',
        targets: [{ Input: '{"cluster":"prod"}', RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 } }],
      },
    ]);
    expect(logGroups).toMatchObject([{ name: '/aws/lambda/lag-tick', retentionInDays: 30 }]);
    expect(roles.map(({ statements }) => statements.map(({ Sid, Resource }) => [Sid, [Resource].flat()]))).toEqual([
      [
        ['WriteOwnLog', [`arn:aws:logs:${HERE}:log-group:/aws/lambda/lag-tick:log-stream:*`]],
        ['ReadOwnParameters', ['', '/*'].map((rest) => `arn:aws:ssm:${HERE}:parameter/rocketmq-lag-pusher${rest}`)],
      ],
    ]);
    await account.delete('lag');
    expect(await account.describe()).toMatchObject({ functions: [], rules: [], logGroups: [], roles: [] });
  });

  test('deploys several clusters, with a path and a VPC', SLOW, async () => {
    const inputs = ['{"cluster":"east"}', '{"cluster":"west","shard":"1/2"}', '{"cluster":"west","shard":"2/2"}'];
    const ticks = Object.fromEntries(inputs.map((input, index) => [`Tick${index + 1}`, input]));
    const vpc = { SubnetIds: 'subnet-1,subnet-2', SecurityGroupIds: 'sg-1' };
    const KmsKeyArn = `arn:aws:kms:${HERE}:key/1`;
    const parameters = { ...OF_CODE, CodeBucket: 'other', ...ticks, ...vpc, KmsKeyArn, SsmPath: '/lag', ReservedConcurrency: '3' };
    await account.create('several', template, parameters, [['other', CODE[1]]]);
    const { functions, rules, roles } = await account.describe();
    expect(functions).toMatchObject([{ reserved: 3, environment: { SSM_PATH: '/lag' } }]);
    expect(rules.flatMap(({ targets }) => targets.map(({ Input }) => Input)).sort()).toEqual(inputs);
    const sids = ['WriteOwnLog', 'ReadOwnParameters', 'DecryptOwnParameters', 'JoinVpc', 'JoinVpcByLambdaOnly'];
    expect(roles[0]?.statements.map(({ Sid }) => Sid)).toEqual(sids);
    await account.delete('several');
  });

  test('names its rules within the 64 characters of EventBridge, for a stack of 49', () => {
    const names = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::Events::Rule');
    const longest = names.map(({ Properties }) => Properties.Name['Fn::Sub'].replace(`\${AWS::StackName}`, 's'.repeat(49)).length);
    expect(Math.max(...longest)).toBe(64);
  });

  test('is a few thousand characters below what CloudFormation takes without a bucket', () => {
    expect(readFileSync(packaged.template).length).toBeLessThan(48_000);
  });

  test('takes the SSM paths that a tick takes', () => {
    const { AllowedPattern = '' } = template.Parameters.SsmPath ?? {};
    const matches = (path: string) => new RegExp(AllowedPattern).test(path);
    expect(['/a', '/a/b.c-d_e', '/a'.repeat(13)].filter((path) => !matches(path))).toEqual([]);
    expect(['', 'a', '/', '/a/', '/a b', '/a'.repeat(14)].filter(matches)).toEqual([]);
  });

  test('has what the Serverless Application Repository asks for, and with a bucket its code', () => {
    // The patterns and lengths that AWS documents for this key.
    expect(template.Metadata['AWS::ServerlessRepo::Application']).toEqual({
      Name: expect.stringMatching(/^[a-zA-Z0-9-]{1,140}$/),
      Description: expect.stringMatching(/^.{1,256}$/),
      Author: expect.stringMatching(/^[a-z0-9](([a-z0-9]|-(?!-)){0,125}[a-z0-9])?$/),
      SpdxLicenseId: 'Apache-2.0',
      Labels: expect.toSatisfy((labels: string[]) => labels.length <= 10 && labels.every((label) => /^[\w+:/@-]{1,127}$/.test(label))),
      SemanticVersion: VERSION,
    });
    const { Parameters, Resources } = standaloneTemplate({ bucket: 'releases', key: 'a.zip' }) as Template;
    expect(Resources.TickFunction?.Properties.Code).toEqual({ S3Bucket: 'releases', S3Key: 'a.zip' });
    expect(Object.keys(Parameters).filter((name) => name.startsWith('Code'))).toEqual([]);
  });
});

test('the CDK app compiles, and makes a stack of the template', SLOW, async () => {
  const app = mkdtempSync(join(obtainCdk(), 'app-'));
  onTestFinished(() => rmSync(app, { recursive: true, force: true }));
  for (const file of ['app.ts', 'package.json']) cpSync(join(root, 'deploy/cdk', file), join(app, file));
  symlinkSync('../node_modules', join(app, 'node_modules'));
  const compilerOptions = { typeRoots: [join(modules, '@types')], types: ['node'] };
  writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include: ['.'] }));
  const options = { cwd: app, timeoutMs: 240_000, env: { LAG_PUSHER_ZIP: packaged.path, CDK_OUTDIR: join(app, 'out') } };
  const run = (program: string, ...args: string[]) => runCommand(process.execPath, [join(modules, program), ...args], options);
  expect(await run('typescript/bin/tsc', '-p', app)).toMatchObject({ code: 0, stdout: '' });
  expect(await run('tsx/dist/cli.mjs', 'app.ts')).toMatchObject({ code: 0 });
  const made = JSON.parse(readFileSync(join(app, 'out/rocketmq-lag-pusher-cdk.template.json'), 'utf8'));
  expect(Object.keys(made.Resources)).toEqual(expect.arrayContaining(Object.keys(template.Resources)));
  expect(made.Resources.TickFunction.Properties.Code.S3Key).toMatch(/^[0-9a-f]{64}\.zip$/);
  expect(made.Resources.TickSchedule1.Properties.Targets[0].Input).toBe('{"cluster":"prod"}');
});

/** A folder below node_modules/.cache with the CDK that the app names, installed where it is missing: it is as big as all other packages together. */
function obtainCdk(): string {
  const cache = join(modules, '.cache/cdk');
  const manifest = readFileSync(join(root, 'deploy/cdk/package.json'), 'utf8');
  const stamp = join(cache, 'installed.json');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === manifest) return cache;
  console.error('Installing the AWS CDK into node_modules/.cache …');
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, 'package.json'), manifest);
  const wrong = problemOf('npm', ['install', '--ignore-scripts', '--no-package-lock'], { cwd: cache });
  if (wrong !== undefined) throw new Error(`npm could not install what the test of the CDK app needs: ${wrong}`);
  writeFileSync(stamp, manifest);
  return cache;
}

test('the Terraform module parses, and gives the template parameters that it has', async () => {
  const { bin, env } = obtainScanners();
  const parse = 'import hcl2, json, sys; print(json.dumps(hcl2.load(open(sys.argv[1]))))';
  const { code, stdout, stderr } = await runCommand(join(bin, 'python'), ['-c', parse, join(root, 'deploy/terraform/main.tf')], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { resource } = JSON.parse(stdout);
  const kinds = resource.flatMap((block: object) => Object.keys(block));
  expect(kinds).toEqual(['aws_s3_object', 'aws_cloudformation_stack']);
  const text = JSON.stringify(resource);
  const given = [...text.matchAll(/(Code\w+)\\?"?'?\s*[:=]/g)].map(([, name = '']) => name);
  expect(given).toEqual(['CodeBucket', 'CodeKey']);
  expect(Object.keys(template.Parameters)).toEqual(expect.arrayContaining(given));
});

test('whatever names a version of the zip or the template names the version that there is', () => {
  const texts = ['docs/install.md', 'docs/zh-CN/install.md', 'deploy/cdk/app.ts'].map((file) => readFileSync(`${root}${file}`, 'utf8'));
  const named = texts.flatMap((text) =>
    [...text.matchAll(/rocketmq-lag-pusher-(\d[\w.-]*?)\.(?:zip|template)/g)].map(([, version]) => version),
  );
  expect(named.length).toBeGreaterThan(4);
  expect([...new Set(named)]).toEqual([VERSION]);
});
