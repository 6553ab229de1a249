import { join } from 'node:path';
import { runCommand } from '../../scripts/servers/commands.ts';
import { obtainScanners } from './python.ts';

/** `CKV_AWS_18 bucket`: what a reviewer finds, and in what kind of resource. */
export type Finding = string;

const KINDS: Record<string, string> = {
  'AWS::IAM::Role': 'role',
  'AWS::Lambda::Function': 'function',
  'AWS::Logs::LogGroup': 'log group',
  'AWS::S3::Bucket': 'bucket',
  'AWS::Serverless::Function': 'function',
  aws_cloudwatch_log_group: 'log group',
  aws_lambda_function: 'function',
};

/** All that checkov finds in the templates and modules below a folder. */
export async function checkovFindings(folder: string): Promise<Finding[]> {
  const args = ['--skip-download', '--quiet', '--compact', '--framework', 'cloudformation', 'terraform', '--output', 'json', '-d', folder];
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

const kindOf = (type: string) => KINDS[type] ?? type;
const unique = (findings: string[]) => [...new Set(findings)].sort();

/** Both end with an error where they find something. */
async function run(program: string, args: string[]): Promise<string> {
  const { bin, env } = obtainScanners();
  const { stdout, stderr } = await runCommand(join(bin, program), args, { env, timeoutMs: 240_000 });
  if (stdout === '') throw new Error(`${program} says nothing: ${stderr}`);
  return stdout;
}
