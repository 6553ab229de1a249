import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand, startServer } from '../../scripts/servers/processes.ts';
import { awsEnv } from './aws.ts';
import { obtainMoto } from './python.ts';

const SERVER = fileURLToPath(new URL('aws-server.py', import.meta.url));
const CLIENT = fileURLToPath(new URL('aws-account.py', import.meta.url));

export interface Described {
  readonly stacks: readonly string[];
  readonly buckets: readonly string[];
  readonly logGroups: readonly { name: string; arn: string; retentionInDays: number | null }[];
  readonly roles: readonly { arn: string; statements: readonly { Sid: string; Action: string[]; Resource: string[] }[] }[];
  readonly functions: readonly {
    arn: string;
    handler: string;
    timeout: number;
    memorySizeMB: number;
    environment: Record<string, string>;
    reserved: number | null;
    permissions: readonly Record<string, unknown>[];
  }[];
  readonly rules: readonly { arn: string; state: string; schedule: string; targets: readonly Record<string, unknown>[] }[];
}

/** A stand-in for an account of AWS, where what a policy does not allow is denied. */
export interface Account {
  /** The environment of somebody who has `policy` and nothing else. */
  readonly env: Record<string, string>;
  describe(): Promise<Described>;
  /** Makes a stack of a template, after these objects were put into buckets of their own. */
  create(name: string, template: unknown, parameters?: Record<string, string>, objects?: [bucket: string, key: string][]): Promise<void>;
  delete(name: string): Promise<void>;
  stop(): Promise<void>;
}

const ALL = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

export async function startAccount(policy: unknown = ALL): Promise<Account> {
  const { bin, env } = obtainMoto();
  const { url, stop } = await startServer({
    program: join(bin, 'python'),
    args: () => [SERVER, '-H', '127.0.0.1', '-p', '0'],
    env,
    listening: /Running on (http:\/\/127\.0\.0\.1:\d+)/,
  });
  try {
    const nobody = { ...awsEnv(url), AWS_ENDPOINT_URL: url };
    const keys = await ask(url, nobody, 'users', { admin: ALL, deployer: policy });
    // From now on each call is looked at.
    await fetch(`${url}/moto-api/reset-auth`, { method: 'POST', body: '0' });
    const as = (user: string) => ({ ...nobody, ...keys[user] });
    const admin = (command: string, ...args: unknown[]) => ask(url, as('admin'), command, ...args);
    return {
      env: as('deployer'),
      describe: () => admin('describe'),
      create: (name, template, parameters = {}, objects = []) => admin('create', name, template, parameters, objects),
      delete: (name) => admin('delete', name),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function ask(url: string, keys: Record<string, string>, command: string, ...args: unknown[]) {
  const { bin, env } = obtainMoto();
  const options = { env: { ...env, ...keys, AWS_DEFAULT_REGION: 'eu-central-1' }, input: JSON.stringify(args) };
  const { code, stdout, stderr } = await runCommand(join(bin, 'python'), [CLIENT, url, command], options);
  if (code !== 0) throw new Error(`${command}: ${stderr}`);
  return JSON.parse(stdout);
}
