import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { onTestFinished } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OSLS = fileURLToPath(new URL('../../node_modules/osls/bin/serverless.js', import.meta.url));
const TIMEOUT_MS = 120_000;

// biome-ignore lint/suspicious/noExplicitAny: CloudFormation is looked into where a test says what it expects there.
export type Resource = { Type: string; Properties: any };

export interface PackagedService {
  /** The template's file, for who checks it. */
  readonly template: string;
  readonly resources: Record<string, Resource>;
  /** What Lambda gets, by file name. */
  readonly artifact: Record<string, string>;
}

/** Runs the framework without credentials; gives what it says on stdout, throws with what it says otherwise. */
export async function serverless(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { AWS_PROFILE: _1, AWS_ACCESS_KEY_ID: _2, SSM_PATH: _3, ...rest } = process.env;
  const ran = promisify(execFile)(process.execPath, [OSLS, ...args], {
    cwd: ROOT,
    timeout: TIMEOUT_MS,
    env: { ...rest, AWS_EC2_METADATA_DISABLED: 'true', ...env },
  });
  return (await ran).stdout;
}

/** Packages the service as `deployment.yml` asks, or another text in its place. */
export async function packageService(deployment?: string): Promise<PackagedService> {
  mkdirSync(new URL('../../.tmp/', import.meta.url), { recursive: true });
  const folder = mkdtempSync(fileURLToPath(new URL('../../.tmp/deploy-', import.meta.url)));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const param = [];
  if (deployment !== undefined) {
    writeFileSync(`${folder}/deployment.yml`, deployment);
    param.push(`--param=deployment=${relative(ROOT, folder)}/deployment.yml`);
  }
  await serverless(['package', '--package', `${folder}/out`, ...param]);
  const template = `${folder}/out/cloudformation-template-update-stack.json`;
  const files = unzipSync(readFileSync(`${folder}/out/rocketmq-lag-pusher.zip`));
  return {
    template,
    resources: JSON.parse(readFileSync(template, 'utf8')).Resources,
    artifact: Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes).toString('utf8')])),
  };
}
