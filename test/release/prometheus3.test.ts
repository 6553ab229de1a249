import { readdirSync } from 'node:fs';
import { delimiter } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../../scripts/servers/processes.ts';
import { obtainProgram } from '../../scripts/servers/servers.ts';
import { obtainPrometheus3, PROMETHEUS_3 } from '../support/prometheus3.ts';

// First on the PATH, which is where tests look first.
process.env.PATH = [obtainPrometheus3(), process.env.PATH].join(delimiter);

const MONITORING = new URL('../e2e/monitoring/', import.meta.url);

test.each(['prometheus', 'promtool'] as const)('%s is the one of version 3', async (name) => {
  const { stdout } = await runCommand(obtainProgram(name), ['--version']);
  expect(stdout).toContain(`version ${PROMETHEUS_3} `);
});

// Debian 12 has Prometheus 2.42, with which the project `e2e` runs the same tests.
for (const file of readdirSync(MONITORING).filter((name) => name.endsWith('.test.ts')))
  describe(`with Prometheus ${PROMETHEUS_3}, monitoring/${file}`, async () => {
    await import(new URL(file, MONITORING).href);
  });
