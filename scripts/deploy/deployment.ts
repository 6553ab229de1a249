import { existsSync, readFileSync } from 'node:fs';
import * as v from 'valibot';
import { parse } from 'yaml';
import { SECRETS } from '../../src/settings/schema.ts';
import { readSettings, readSsmSettings, SETTING_SPELLINGS } from '../../src/settings/settings.ts';
import { LOGGING, resourcesOf, scheduleOf } from './stack.ts';

/** A cluster of RocketMQ, and by how many ticks it is read. */
type Cluster = { readonly name: string; readonly shards?: number };
type YamlMap = Readonly<Record<string, unknown>>;
const isMap = (value: unknown): value is YamlMap => typeof value === 'object' && value !== null && !Array.isArray(value);

const checked = (isRight: (text: string) => boolean, expected: string) => v.pipe(v.string(expected), v.check(isRight, expected));
const arn = (pattern: RegExp, of: string) => v.optional(checked((text) => pattern.test(text), `expected the ARN of ${of}`));
const number = (least: number, most: number, expected: string) =>
  v.pipe(v.number(expected), v.integer(expected), v.minValue(least, expected), v.maxValue(most, expected));

const KEY = /^arn:[^:]+:kms:.+:key\/.+$/;
const IDS = 'expected subnetIds and securityGroupIds, a list each';
const ids = v.pipe(v.array(v.string(IDS), IDS), v.minLength(1, IDS));
const MAP = 'expected names and values';
/** Those that CloudWatch knows, and the framework as well. */
const RETENTIONS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 2192, 2557, 2922, 3288, 3653];

/** Every key of deployment.yml, its default and what it must look like. Clusters and settings have checks of their own. */
const SCHEMA = {
  clusters: v.optional(
    v.custom<readonly Cluster[]>(() => true),
    [],
  ),
  // As a tick reads it, and without a slash at its end: the role's policy has it word for word.
  ssmPath: v.optional(
    checked((path) => readSsmSettings({ SSM_PATH: path })?.path === path, 'expected a path like /rocketmq-lag-pusher, 13 names at most'),
  ),
  kmsKeyArn: arn(KEY, 'a key'),
  vpc: v.optional(v.object({ subnetIds: ids, securityGroupIds: ids }, IDS)),
  alarmTopicArn: arn(/^arn:[^:]+:sns:/, 'an SNS topic'),
  permissionsBoundaryArn: arn(/^arn:[^:]+:iam:.*:policy\/.+$/, 'a policy'),
  rolePath: v.optional(checked((path) => /^\/([\w+=,.@-]+\/)+$/.test(path), 'expected a path like /lambda/, with a slash at both ends')),
  logKmsKeyArn: arn(KEY, 'a key'),
  reservedConcurrency: v.optional(v.boolean('expected true or false'), true),
  memorySizeMB: v.optional(number(128, 10_240, 'expected a number of megabytes from 128 to 10240'), 512),
  logRetentionInDays: v.optional(v.picklist(RETENTIONS, `expected a number of days that CloudWatch takes: ${RETENTIONS.join(', ')}`), 30),
  settings: v.optional(v.custom<Readonly<Record<string, string | number | boolean | null>>>(isMap, MAP), {}),
  tags: v.optional(v.record(v.string(), v.string(MAP), MAP), {}),
} satisfies v.ObjectEntries;
const FILE = v.object(SCHEMA);
type Deployment = v.InferOutput<typeof FILE>;

/** What the content of a deployment.yml means, checked, with its defaults, or all that is wrong with it. */
export function readDeployment(content: unknown): { readonly deployment: Deployment } | { readonly problems: readonly string[] } {
  if (!isMap(content)) return { problems: ['expected keys and values, clusters among them'] };
  // A key with nothing behind it is a key that is not set.
  const wanted: YamlMap = Object.fromEntries(Object.entries(content).filter(([, value]) => value !== null));
  const keys = Object.keys(SCHEMA);
  const unknown = Object.keys(wanted).filter((key) => !keys.includes(key));
  const problems = unknown.map((key) => `${key} is not a key; there are ${keys.join(', ')}`);
  problems.push(...clusterProblems(wanted.clusters));
  const result = v.safeParse(FILE, wanted);
  if (!result.success) problems.push(...new Set(result.issues.map((issue) => `${v.getDotPath(issue)?.split('.')[0]}: ${issue.message}`)));
  if (isMap(wanted.settings ?? {})) problems.push(...settingProblems(wanted));
  if (!result.success || problems.length > 0) return { problems };
  const size = Buffer.byteLength(Object.entries(environmentOf(result.output)).flat().join(''));
  if (size > MAX_ENVIRONMENT)
    return { problems: [`settings: they take ${size} bytes, and Lambda takes ${MAX_ENVIRONMENT}: put the long ones into SSM`] };
  return { deployment: result.output };
}

const MAX_ENVIRONMENT = 4096;
const MAX_SHARDS = 99;
/** CloudFormation's, and what the stack has besides its rules. */
const [MAX_RESOURCES, OTHER_RESOURCES] = [500, 11];

function clusterProblems(clusters: unknown): string[] {
  if (!Array.isArray(clusters) || clusters.length === 0 || !clusters.every(isMap))
    return ['clusters: expected a list of at least one, like "- name: prod"'];
  const problems: string[] = [];
  let ticks = 0;
  for (const { name, shards = 1, ...rest } of clusters) {
    if (typeof name !== 'string' || !/^[\w.-]+$/.test(name)) {
      const given = name === undefined || name === null ? 'one has no name' : `${JSON.stringify(name)} is not a name`;
      const quotes = typeof name === 'number' ? ', in quotes where it is a number' : '';
      problems.push(`clusters: ${given}: expected letters, digits, _, - and .${quotes}`);
    }
    if (typeof shards !== 'number' || !Number.isInteger(shards) || shards < 1 || shards > MAX_SHARDS)
      problems.push(`clusters: ${name}: shards: expected a whole number from 1 to ${MAX_SHARDS}`);
    else ticks += shards;
    for (const key of Object.keys(rest)) problems.push(`clusters: ${name}: ${key} is not a key; there are name and shards`);
  }
  const names = clusters.map(({ name }) => name).filter((name) => typeof name === 'string');
  if (new Set(names).size < names.length) problems.push('clusters: two have the same name, and would overwrite each other');
  if (ticks + OTHER_RESOURCES > MAX_RESOURCES)
    problems.push(
      `clusters: ${ticks} ticks a minute are too many for one stack: CloudFormation takes ${MAX_RESOURCES} resources, ${OTHER_RESOURCES} of which are not schedules; deploy the rest as another --stage`,
    );
  return problems;
}

/** What a tick would say of `settings`, said before anything is deployed. Without an `ssmPath` nothing may be missing. */
function settingProblems({ settings, ssmPath, clusters }: YamlMap): string[] {
  const given = Object.entries(isMap(settings) ? settings : {});
  const problems = given.flatMap(([name, value]) => problemWithSetting(name, value) ?? []);
  const right = given.filter(([name, value]) => value !== null && problemWithSetting(name, value) === undefined);
  if (ssmPath === undefined && Array.isArray(clusters) && clusters.length !== 1)
    problems.push('ssmPath: several clusters need one: each has settings of its own below it');
  const texts = Object.fromEntries(right.map(([name, value]) => [name, String(value)]));
  const findings = { complete: ssmPath === undefined, lookedIn: 'in settings, for there is no ssmPath' };
  // The event names the cluster.
  const read = readSettings({ CLUSTER_NAME: 'named', ...texts }, findings);
  return read.settings.ok ? problems : [...problems, ...read.settings.error.problems.map((problem) => `settings: ${problem}`)];
}

function problemWithSetting(name: string, value: unknown): string | undefined {
  const is = `settings: ${name} is`;
  if (SECRETS.some((secret) => secret === name))
    return `${is} a secret: put it into SSM, for here it would stand in the template in plain text`;
  if (name === 'SSM_PATH') return `${is} given as ssmPath`;
  if (!SETTING_SPELLINGS.has(name)) return `${is} not a setting: docs/settings.md has them all`;
  if (typeof value === 'object' && value !== null) return `${is} a ${Array.isArray(value) ? 'list' : 'map'}: expected text, or a number`;
  return undefined;
}

function environmentOf({ settings, ssmPath, clusters }: Deployment): Record<string, string> {
  const [only, ...others] = clusters;
  return {
    // So that an invocation without an event is about the one there is.
    ...(only !== undefined && others.length === 0 ? { CLUSTER_NAME: only.name } : {}),
    ...Object.fromEntries(Object.entries(settings).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]]))),
    ...(ssmPath ? { SSM_PATH: ssmPath } : {}),
  };
}

/** As the framework names the function `tick`. */
const FUNCTION = 'TickLambdaFunction';

/** What serverless.yml refers to as `custom.deployment`: what YAML cannot say, and the resources around the function. */
function workOut(deployment: Deployment, stackName: string) {
  const { clusters, logKmsKeyArn } = deployment;
  const schedules = clusters.flatMap(({ name, shards = 1 }) =>
    Array.from({ length: shards }, (_, index) => scheduleOf(stackName, name, shards === 1 ? undefined : `${index + 1}/${shards}`)),
  );
  const Resources = resourcesOf({
    stackName,
    functionId: FUNCTION,
    schedules,
    when: (option, make) => (deployment[option] === undefined ? undefined : make(deployment[option])),
  });
  // Of resources that the framework makes, and in all its versions.
  const extensions = {
    [FUNCTION]: { Properties: { LoggingConfig: LOGGING } },
    ...(logKmsKeyArn ? { TickLogGroup: { Properties: { KmsKeyId: logKmsKeyArn } } } : {}),
  };
  return {
    environment: environmentOf(deployment),
    vpc: deployment.vpc ?? null,
    reservedConcurrency: deployment.reservedConcurrency ? schedules.length : null,
    memorySizeMB: deployment.memorySizeMB,
    logRetentionInDays: deployment.logRetentionInDays,
    tags: deployment.tags,
    // As JSON, where what is undefined is not there.
    resources: JSON.parse(JSON.stringify({ Resources, extensions })),
  };
}

/** What the framework gives a function in a file that serverless.yml refers to. */
type Framework = { options: { param?: readonly string[] }; resolveVariable(name: string): Promise<string> };

/**
 * The deployment that the framework is asked for. With `refusal`, the plugin has to refuse it: the framework adds words of its
 * own to an error that is thrown here.
 */
export async function deploymentFor({ options, resolveVariable }: Framework) {
  const [stage, service] = [await resolveVariable('sls:stage'), await resolveVariable('self:service')];
  const named = await resolveVariable("param:deployment, ''");
  const file = named || [`deployment.${stage}.yml`, 'deployment.yml'].find((name) => existsSync(name)) || 'deployment.yml';
  const refuse = (refusal: string) => ({ ...workOut(v.parse(FILE, {}), service), refusal });
  const refuseFile = (...problems: readonly string[]) =>
    refuse(`${file} is not valid:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);

  const unknown = (options.param ?? []).map((parameter) => parameter.split('=', 1)[0]).filter((name) => name !== 'deployment');
  if (unknown.length > 0)
    return refuse(`--param: ${unknown.join(', ')} is not a parameter: there is deployment, the file to read instead of deployment.yml`);
  if (stage.length > 20)
    return refuse(`the stage ${stage} is too long: at most 20 characters, or rules and role run out of room for their names`);
  if (!existsSync(file)) return refuseFile('there is no such file');
  try {
    if (parse(readFileSync(file, 'utf8')) === null) return refuseFile('it is empty: expected clusters at least');
  } catch (error) {
    return refuseFile(`it is not YAML: ${(error as Error).message.split('\n', 1)[0]?.replace(/:$/, '')}`);
  }
  // By the framework, for variables of its own may be in it.
  const read = readDeployment(await resolveVariable(`file(${file})`));
  return 'problems' in read ? refuseFile(...read.problems) : workOut(read.deployment, `${service}-${stage}`);
}
