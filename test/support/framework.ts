import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';
import { onTestFinished } from 'vitest';
import { runCommand } from '../../scripts/servers/commands.ts';

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

/** Runs the framework without credentials. Returns its stdout; throws an error with its output where it fails. */
export async function serverless(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await runCommand(process.execPath, [OSLS, ...args], {
    cwd: ROOT,
    timeoutMs: TIMEOUT_MS,
    env: { AWS_EC2_METADATA_DISABLED: 'true', SLS_TELEMETRY_DISABLED: '1', AWS_REGION: 'eu-central-1', ...env },
  });
  if (code !== 0) throw Object.assign(new Error(`the framework ended with ${code}`), { stdout, stderr });
  return stdout;
}

/** Packages the service as `deployment.yml` asks, or another text in its place. */
export async function packageService(
  deployment?: string,
  env: Record<string, string> = {},
  args: readonly string[] = [],
): Promise<PackagedService> {
  mkdirSync(new URL('../../.tmp/', import.meta.url), { recursive: true });
  const folder = mkdtempSync(fileURLToPath(new URL('../../.tmp/deploy-', import.meta.url)));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const param = [];
  if (deployment !== undefined) {
    writeFileSync(`${folder}/deployment.yml`, deployment);
    param.push(`--param=deployment=${relative(ROOT, folder)}/deployment.yml`);
  }
  await serverless(['package', '--package', `${folder}/out`, ...param, ...args], env);
  const template = `${folder}/out/cloudformation-template-update-stack.json`;
  const files = unzipSync(readFileSync(`${folder}/out/rocketmq-lag-pusher.zip`));
  return {
    template,
    resources: JSON.parse(readFileSync(template, 'utf8')).Resources,
    artifact: Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes).toString('utf8')])),
  };
}
