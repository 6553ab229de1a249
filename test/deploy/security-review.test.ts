import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { standaloneTemplate } from '../../scripts/package/template.ts';
import { synthesize } from '../support/cdk.ts';
import { EVERYTHING, packageService } from '../support/framework.ts';
import { cfnLintFindings, checkovFindings } from '../support/reviewers.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** What checkov and cfn-lint find in the templates, in what kind of resource, and why it stays. */
const ACCEPTED: Readonly<Record<string, string>> = {
  'CKV_AWS_18 bucket':
    'no access log: the deployment bucket holds the zip and template of each deployment, and no data. CloudTrail records who writes to it. A log needs another bucket, which would be the next finding',
  'CKV_AWS_50 function':
    'no X-Ray: a tick is one function, and its health metrics say how long it took. Tracing would send addresses of the console to one more service',
  'CKV_AWS_111 role':
    "may create any network interface: one in a VPC has no ARN before Lambda has created it. The next statement denies the same actions to the function's own code (lambda:SourceFunctionArn)",
  'CKV_AWS_116 function':
    'no dead letter queue: a failed tick is not worth repeating, the next one starts a minute later, and alarms count failures',
  'CKV_AWS_117 function':
    'no VPC: vpc in deployment.yml puts it into that of the console and the Pushgateway. Otherwise a VPC only adds a NAT gateway',
  'CKV_AWS_158 log group': 'no KMS key of your own: set logKmsKeyArn. CloudWatch encrypts without it, and the log contains no secrets',
  'CKV_AWS_173 function': 'no KMS key of your own for the environment, which contains no secrets. Lambda encrypts without it',
  'CKV_AWS_272 function':
    'code is not signed: this needs a signing profile of your account. The zip has the same bytes for the same sources, so its SHA-256 can be compared',
  'CKV_AWS_338 log group': 'kept for 30 days, not a year (logRetentionInDays): the log shows how ticks went, not who did what',
  'W3005 function': 'a dependency that a reference implies: the framework and the CDK write it. It has no effect',
};

test('reviewers find what is accepted here, no more and no less', { timeout: 300_000 }, async () => {
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
  expect([...checkov, ...cfnLint].sort()).toEqual(Object.keys(ACCEPTED).sort());
});
