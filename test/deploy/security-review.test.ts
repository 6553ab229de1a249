import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { standaloneTemplate } from '../../scripts/deploy/template.ts';
import { EVERYTHING, packageService } from '../support/framework.ts';
import { cfnLintFindings, checkovFindings, knownActions } from '../support/reviewers.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const reviewed = [...readFileSync(`${root}docs/security-review.md`, 'utf8').matchAll(/^\| `(\w+)` \| ([\w ]+) \|/gm)].map(
  ([, id, kind]) => `${id} ${kind}`,
);

test('reviewers find what docs/security-review.md answers, no more and no less', { timeout: 300_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'review-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [shipped, everything] = await Promise.all([packageService(), packageService(EVERYTHING)]);
  cpSync(shipped.template, join(folder, 'shipped.json'));
  cpSync(everything.template, join(folder, 'everything.json'));
  writeFileSync(join(folder, 'standalone.json'), JSON.stringify(standaloneTemplate(), null, 2));

  const templates = ['shipped.json', 'everything.json', 'standalone.json'].map((name) => join(folder, name));
  const [checkov, cfnLint] = await Promise.all([checkovFindings(folder), cfnLintFindings(...templates)]);
  expect([...checkov, ...cfnLint].sort()).toEqual([...reviewed].sort());
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
  // Where docs/security-review.md has a condition added, every action knows its key; elsewhere only what it has deleted does.
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
