import * as v from 'valibot';
import { type Cluster, clusterProblems } from './clusters.ts';
import { isMap, type YamlMap } from './maps.ts';
import { settingProblems } from './setting-problems.ts';

const text = (pattern: RegExp, expected: string) => v.pipe(v.string(expected), v.regex(pattern, expected));
const arn = (pattern: RegExp, of: string) => v.optional(text(pattern, `expected the ARN of ${of}`));
const number = (least: number, most: number, expected: string) =>
  v.pipe(v.number(expected), v.integer(expected), v.minValue(least, expected), v.maxValue(most, expected));

const KEY = /^arn:[^:]+:kms:.+:key\/.+$/;
const IDS = 'expected subnetIds and securityGroupIds, a list each';
const ids = v.pipe(v.array(v.string(IDS), IDS), v.minLength(1, IDS));
const MAP = 'expected names and values';
/** Those that CloudWatch knows, and the framework as well. */
const RETENTIONS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 2192, 2557, 2922, 3288, 3653];

/** Every key of deployment.yml, its default and what it must look like. Clusters and settings are looked at in files of their own. */
const SCHEMA = {
  clusters: v.optional(
    v.custom<readonly Cluster[]>(() => true),
    [],
  ),
  ssmPath: v.optional(text(/^(\/[\w.-]+)+$/, 'expected a path like /rocketmq-lag-pusher')),
  kmsKeyArn: arn(KEY, 'a key'),
  vpc: v.optional(v.object({ subnetIds: ids, securityGroupIds: ids }, IDS)),
  alarmTopicArn: arn(/^arn:[^:]+:sns:/, 'an SNS topic'),
  permissionsBoundaryArn: arn(/^arn:[^:]+:iam:.*:policy\/.+$/, 'a policy'),
  rolePath: v.optional(text(/^\/([\w+=,.@-]+\/)+$/, 'expected a path like /lambda/, with a slash at both ends')),
  logKmsKeyArn: arn(KEY, 'a key'),
  reservedConcurrency: v.optional(v.boolean('expected true or false'), true),
  memorySizeMB: v.optional(number(128, 10_240, 'expected a number of megabytes from 128 to 10240'), 512),
  logRetentionInDays: v.optional(v.picklist(RETENTIONS, `expected a number of days that CloudWatch takes: ${RETENTIONS.join(', ')}`), 30),
  settings: v.optional(v.custom<Readonly<Record<string, string | number | boolean | null>>>(isMap, MAP), {}),
  tags: v.optional(v.record(v.string(), v.string(MAP), MAP), {}),
} satisfies v.ObjectEntries;
const File = v.object(SCHEMA);

/** What deployment.yml asks for, checked, with its defaults. */
export type Deployment = v.InferOutput<typeof File>;

/** What the content of a deployment.yml means, or all that is wrong with it. */
export function readDeployment(content: unknown): { readonly deployment: Deployment } | { readonly problems: readonly string[] } {
  if (!isMap(content)) return { problems: ['expected keys and values, clusters among them'] };
  // A key with nothing behind it is a key that is not set.
  const wanted: YamlMap = Object.fromEntries(Object.entries(content).filter(([, value]) => value !== null));
  const known = Object.keys(SCHEMA);
  const problems = Object.keys(wanted)
    .filter((key) => !known.includes(key))
    .map((key) => `${key} is not a key; there are ${known.join(', ')}`);
  problems.push(...clusterProblems(wanted.clusters));
  const result = v.safeParse(File, wanted);
  if (!result.success) problems.push(...new Set(result.issues.map((issue) => `${v.getDotPath(issue)?.split('.')[0]}: ${issue.message}`)));
  if (isMap(wanted.settings ?? {})) problems.push(...settingProblems(wanted));
  return result.success && problems.length === 0 ? { deployment: result.output } : { problems };
}
