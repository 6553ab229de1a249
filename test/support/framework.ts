import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';
import { onTestFinished } from 'vitest';
import { type Folder, makeFolder, runCommand } from '../../scripts/servers/processes.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OSLS = fileURLToPath(new URL('../../node_modules/osls/bin/serverless.js', import.meta.url));
const TIMEOUT_MS = 120_000;

export const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555';
export const BOUNDARY = 'arn:aws:iam::123456789012:policy/boundary';
export const TOPIC = 'arn:aws:sns:eu-central-1:123456789012:on-call';
/** A deployment.yml with all that there can be in one. */
export const EVERYTHING = `
clusters:
  - name: east
  - name: we-st
    shards: 3
ssmPath: /lag/eu
kmsKeyArn: ${KEY}
vpc: { subnetIds: [subnet-0123456789abcdef0], securityGroupIds: [sg-0123456789abcdef0] }
alarmTopicArn: ${TOPIC}
logKmsKeyArn: ${KEY}
permissionsBoundaryArn: ${BOUNDARY}
rolePath: /lambda/lag/
reservedConcurrency: true
logRetentionInDays: 7
settings: { CONCURRENCY: "8" }
tags: { team: messaging }
`;

// biome-ignore lint/suspicious/noExplicitAny: CloudFormation is looked into where a test says what it expects there.
export type Resource = { Type: string; Properties: any };

export interface PackagedService {
  /** Path of the template, for checkers that read the file. */
  readonly template: string;
  readonly resources: Record<string, Resource>;
  /** What Lambda gets, by file name. */
  readonly artifact: Record<string, string>;
}

/** Files of the service, by name: a `deployment.yml` in place of the one that is shipped, or others beside it. */
type Files = Readonly<Record<string, string>>;

/** Runs the framework without credentials; gives what it says on stdout, throws what it says otherwise. */
export async function serverless(args: readonly string[], env: Record<string, string> = {}, files: Files = {}): Promise<string> {
  const service = copyService(files);
  try {
    return await runIn(service.path, args, env);
  } finally {
    service.remove();
  }
}

/** Packages the service as `deployment.yml` asks, or another text in its place. */
export async function packageService(
  deployment?: string,
  env: Record<string, string> = {},
  args: readonly string[] = [],
  files: Files = {},
): Promise<PackagedService> {
  const service = copyService({ ...files, ...(deployment === undefined ? {} : { 'deployment.yml': deployment }) });
  onTestFinished(service.remove);
  await runIn(service.path, ['package', ...args], env);
  const made = (name: string) => join(service.path, '.serverless', name);
  const template = made('cloudformation-template-update-stack.json');
  const zip = unzipSync(readFileSync(made('rocketmq-lag-pusher.zip')));
  return {
    template,
    resources: JSON.parse(readFileSync(template, 'utf8')).Resources,
    artifact: Object.fromEntries(Object.entries(zip).map(([name, bytes]) => [name, Buffer.from(bytes).toString('utf8')])),
  };
}

const COPIED = ['serverless.yml', 'deployment.yml', 'package.json', 'LICENSE'];
const LINKED = ['dist', 'node_modules', 'scripts', 'src', 'tsconfig.json'];

/** The service in a folder of its own: the framework keeps there what it makes, and another test would find it. */
function copyService(files: Files): Folder {
  const folder = makeFolder();
  for (const name of COPIED) cpSync(join(ROOT, name), join(folder.path, name));
  for (const name of LINKED) symlinkSync(join(ROOT, name), join(folder.path, name));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder.path, name), text);
  return folder;
}

async function runIn(service: string, args: readonly string[], env: Record<string, string>): Promise<string> {
  const { code, stdout, stderr } = await runCommand(process.execPath, [OSLS, ...args], {
    cwd: service,
    timeoutMs: TIMEOUT_MS,
    env: { AWS_EC2_METADATA_DISABLED: 'true', SLS_TELEMETRY_DISABLED: '1', AWS_REGION: 'eu-central-1', ...env },
  });
  if (code !== 0) throw Object.assign(new Error(`the framework ended with ${code}`), { stdout, stderr });
  return stdout;
}
