import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { standaloneTemplate } from '../../scripts/deploy/template.ts';
import { EVERYTHING, packageService } from '../support/framework.ts';
import { cfnLintFindings, checkovFindings, knownActions } from '../support/reviewers.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** What checkov and cfn-lint find in the templates, in what kind of resource, and why it stays. */
const ACCEPTED: Readonly<Record<string, string>> = {
  'CKV_AWS_18 bucket':
    'no access log: the deployment bucket holds the zip and template of each deployment, and no data. CloudTrail records who writes to it. A log needs another bucket, which would be the next finding',
  'CKV_AWS_111 role':
    "may create any network interface: one in a VPC has no ARN before Lambda has created it. The next statement denies the same actions to the function's own code (lambda:SourceFunctionArn)",
  'CKV_AWS_116 function':
    'no dead letter queue: a failed tick is not worth repeating, the next one starts a minute later, and alarms count failures',
  'CKV_AWS_117 function':
    'no VPC: vpc in deployment.yml puts it into that of the console and the Pushgateway. Otherwise a VPC only adds a NAT gateway',
  'CKV_AWS_158 log group': 'no KMS key of your own: set logKmsKeyArn. CloudWatch encrypts without it, and the log contains no secrets',
  'CKV_AWS_173 function': 'no KMS key of your own for the environment, which contains no secrets. Lambda encrypts without it',
  'W3005 function': 'a dependency that a reference implies: the framework writes it. It has no effect',
};

test('reviewers find what is accepted here, no more and no less', { timeout: 300_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'review-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [shipped, everything] = await Promise.all([packageService(), packageService(EVERYTHING)]);
  cpSync(shipped.template, join(folder, 'shipped.json'));
  cpSync(everything.template, join(folder, 'everything.json'));
  writeFileSync(join(folder, 'standalone.json'), JSON.stringify(standaloneTemplate(), null, 2));

  const templates = ['shipped.json', 'everything.json', 'standalone.json'].map((name) => join(folder, name));
  const [checkov, cfnLint] = await Promise.all([checkovFindings(folder), cfnLintFindings(...templates)]);
  expect([...checkov, ...cfnLint].sort()).toEqual(Object.keys(ACCEPTED).sort());
});

test("deploy/permissions.json agrees with AWS' table of actions, resources and condition keys", async () => {
  const known = await knownActions();
  const policy: Policy = JSON.parse(readFileSync(`${root}deploy/permissions.json`, 'utf8'));
  const actions = policy.Statement.flatMap(({ Action, ...statement }) =>
    Action.map((action) => {
      const kinds = known[action.toLowerCase()] ?? {};
      return { action, ...statement, kinds: Object.keys(kinds), keys: Object.values(kinds).flat() };
    }),
  );
  const wrong = actions.filter(({ Resource, Condition = {}, kinds, keys }) => {
    const named = Object.values(Condition).flatMap((compared) => Object.keys(compared));
    // One that knows no type of resource is allowed on all of them or not at all.
    return (Resource.join() === '*' ? kinds : kinds.filter((kind) => kind !== '')).length === 0 || named.some((key) => !keys.includes(key));
  });
  expect(wrong.map(({ action }) => action)).toEqual([]);
  // Where SECURITY.md has a condition added, every action knows its key; elsewhere only what it has deleted does.
  const bound = actions.filter(({ keys }) => keys.includes('iam:PermissionsBoundary'));
  expect(bound.map(({ Sid, action }) => `${Sid} ${action}`)).toEqual([
    ...(policy.Statement.find(({ Sid }) => Sid === 'RoleGrants')?.Action ?? []).map((action) => `RoleGrants ${action}`),
    'RoleBoundaryRemoval iam:DeleteRolePermissionsBoundary',
  ]);
});

interface Policy {
  readonly Statement: readonly {
    readonly Sid: string;
    readonly Action: readonly string[];
    readonly Resource: readonly string[];
    readonly Condition?: Readonly<Record<string, object>>;
  }[];
}
