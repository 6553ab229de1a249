import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isOnPath } from '../../scripts/servers/packages.ts';
import { hostEnv } from '../../scripts/servers/processes.ts';

export const PROMETHEUS_3 = '3.16.0';
/** As a Go module, Prometheus 3.16.0 is v0.316.0: its own modules never left 0. */
const MODULE_VERSION = 'v0.316.0';
const PROGRAMS = ['prometheus', 'promtool'];
const CACHE = fileURLToPath(new URL(`../../node_modules/.cache/prometheus-${PROMETHEUS_3}`, import.meta.url));
const BIN = join(CACHE, 'bin');

/**
 * The folder with the two programs of Prometheus 3, built by Go on first use: no package manager has them in a version that
 * does not change. Throws one line that says what is missing.
 */
export function obtainPrometheus3(): string {
  if (PROGRAMS.every((name) => existsSync(join(BIN, name)))) return BIN;
  if (!isOnPath('go')) throw new Error('Prometheus 3 is built by Go, which is not on the PATH: get it from https://go.dev/dl/');
  console.error(`Building Prometheus ${PROMETHEUS_3} into node_modules/.cache (once; it takes some minutes) …`);
  const go = join(CACHE, 'go');
  // Modules are written without write permission, and could not be removed again.
  const GOFLAGS = `${hostEnv.GOFLAGS ?? ''} -modcacherw`.trim();
  const places = { GOPATH: go, GOMODCACHE: join(go, 'modules'), GOCACHE: join(go, 'cache'), GOBIN: BIN };
  // Without the discovery of targets at cloud providers, whose clients are most of what there is to compile.
  const flags = ['-tags=netgo,remove_all_sd', `-ldflags=-s -w -X github.com/prometheus/common/version.Version=${PROMETHEUS_3}`];
  const sources = PROGRAMS.map((name) => `github.com/prometheus/prometheus/cmd/${name}@${MODULE_VERSION}`);
  const { status } = spawnSync('go', ['install', ...flags, ...sources], {
    env: { ...hostEnv, ...places, GOFLAGS, CGO_ENABLED: '0' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  rmSync(go, { recursive: true, force: true });
  if (status !== 0) throw new Error(`Go could not build Prometheus ${PROMETHEUS_3}: see above. It needs a Go module proxy.`);
  return BIN;
}
