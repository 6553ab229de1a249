import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isOnPath } from './servers/packages.ts';
import { hostEnv } from './servers/processes.ts';

const VERSION = '3.16.0';
/** As a Go module, Prometheus 3.16.0 is v0.316.0: its own modules never left 0. */
const MODULE_VERSION = 'v0.316.0';
const PROGRAMS = ['prometheus', 'promtool'];
const ROOT = fileURLToPath(new URL('../', import.meta.url));
const CACHE = join(ROOT, `node_modules/.cache/prometheus-${VERSION}`);
const BIN = join(CACHE, 'bin');

// The tests that start Prometheus or promtool, with those of Prometheus 3: first on the PATH, where tests look first.
if (!PROGRAMS.every((name) => existsSync(join(BIN, name)))) buildPrometheus3();
const VITEST = [
  join(ROOT, 'node_modules/vitest/vitest.mjs'),
  'run',
  '--config',
  'test/vitest.config.ts',
  'monitoring/',
  'behaviour/machine',
];
const env = { ...process.env, PATH: [BIN, process.env.PATH].join(delimiter) };
console.log(`With Prometheus and promtool ${VERSION}:`);
process.exitCode = spawnSync(process.execPath, [...VITEST, ...process.argv.slice(2)], { cwd: ROOT, env, stdio: 'inherit' }).status ?? 1;

/** Builds both programs with Go, in a folder that is removed afterwards: no package manager has them in a version that does not change. */
function buildPrometheus3(): void {
  if (!isOnPath('go')) fail('Prometheus 3 is built by Go, which is not on the PATH: get it from https://go.dev/dl/');
  console.error(`Building Prometheus ${VERSION} into node_modules/.cache (once; it takes some minutes) …`);
  const go = join(CACHE, 'go');
  // Modules are written without write permission, and could not be removed again.
  const GOFLAGS = `${hostEnv.GOFLAGS ?? ''} -modcacherw`.trim();
  const places = { GOPATH: go, GOMODCACHE: join(go, 'modules'), GOCACHE: join(go, 'cache'), GOBIN: BIN };
  // Without the discovery of targets at cloud providers, whose clients are most of what there is to compile.
  const flags = ['-tags=netgo,remove_all_sd', `-ldflags=-s -w -X github.com/prometheus/common/version.Version=${VERSION}`];
  const sources = PROGRAMS.map((name) => `github.com/prometheus/prometheus/cmd/${name}@${MODULE_VERSION}`);
  const { status } = spawnSync('go', ['install', ...flags, ...sources], {
    env: { ...hostEnv, ...places, GOFLAGS, CGO_ENABLED: '0' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  rmSync(go, { recursive: true, force: true });
  if (status !== 0) fail(`Go could not build Prometheus ${VERSION}: see above. It needs a Go module proxy.`);
}

function fail(problem: string): never {
  console.error(problem);
  process.exit(1);
}
