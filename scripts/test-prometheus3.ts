import { spawnSync } from 'node:child_process';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toFailure } from '../src/base/errors.ts';
import { obtainPrometheus3, PROMETHEUS_3, versionOf } from './servers/prometheus3.ts';
import { obtainProgram } from './servers/servers.ts';

const VITEST = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));

/** The tests that start Prometheus or promtool, with those of Prometheus 3: first on the PATH, where tests look first. */
function testWithPrometheus3(more: readonly string[]): number {
  process.env.PATH = [obtainPrometheus3(), process.env.PATH].join(delimiter);
  for (const name of ['prometheus', 'promtool'] as const) {
    const version = versionOf(obtainProgram(name));
    if (version !== PROMETHEUS_3.version) throw new Error(`the tests would run ${name} ${version}, not ${PROMETHEUS_3.version}`);
  }
  console.log(`With Prometheus and promtool ${PROMETHEUS_3.version}:`);
  const args = [VITEST, 'run', '--config', 'test/vitest.config.ts', 'e2e/monitoring/', 'e2e/machine', ...more];
  const { status } = spawnSync(process.execPath, args, { cwd: fileURLToPath(new URL('../', import.meta.url)), stdio: 'inherit' });
  return status ?? 1;
}

try {
  process.exitCode = testWithPrometheus3(process.argv.slice(2));
} catch (error) {
  console.error(toFailure(error).message);
  process.exitCode = 1;
}
