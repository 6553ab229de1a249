import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { standaloneTemplate } from '../../scripts/package/template.ts';
import { synthesize } from '../support/cdk.ts';
import { EVERYTHING, packageService } from '../support/framework.ts';
import { cfnLintFindings, checkovFindings } from '../support/reviewers.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const reviewed = [...readFileSync(`${root}docs/security-review.md`, 'utf8').matchAll(/^\| `(\w+)` \| ([\w ]+) \|/gm)].map(
  ([, id, kind]) => `${id} ${kind}`,
);

test('reviewers find what docs/security-review.md answers, no more and no less', { timeout: 300_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'review-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [shipped, everything, cdk] = await Promise.all([packageService(), packageService(EVERYTHING), synthesize(`${root}dist`)]);
  cpSync(shipped.template, join(folder, 'shipped.json'));
  cpSync(everything.template, join(folder, 'everything.json'));
  writeFileSync(join(folder, 'standalone.json'), JSON.stringify(standaloneTemplate(), null, 2));
  writeFileSync(join(folder, 'cdk.json'), JSON.stringify(cdk.template, null, 2));
  cpSync(`${root}deploy/sam/template.yaml`, join(folder, 'sam.yaml'));
  cpSync(`${root}deploy/terraform`, join(folder, 'terraform'), { recursive: true });

  const templates = ['shipped.json', 'everything.json', 'standalone.json', 'cdk.json', 'sam.yaml'].map((name) => join(folder, name));
  const [checkov, cfnLint] = await Promise.all([checkovFindings(folder), cfnLintFindings(...templates)]);
  expect([...checkov, ...cfnLint].sort()).toEqual([...reviewed].sort());
});
