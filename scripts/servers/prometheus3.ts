import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isOnPath, output } from './packages.ts';
import { hostEnv } from './processes.ts';

/** As a Go module, Prometheus 3.16.0 is v0.316.0: its own modules never left 0. */
export const PROMETHEUS_3 = { version: '3.16.0', module: 'github.com/prometheus/prometheus', moduleVersion: 'v0.316.0' } as const;

const PROGRAMS = ['prometheus', 'promtool'] as const;
const FOLDER = fileURLToPath(new URL(`../../node_modules/.cache/prometheus-${PROMETHEUS_3.version}/`, import.meta.url));

/** Hundreds of packages, on a machine that may have other work. */
const BUILD_TIMEOUT_MS = 60 * 60_000;

/**
 * The folder with the two programs of Prometheus 3, built by Go on first use: no package manager has them in a version that
 * does not change. Throws one line that says what is missing.
 */
export function obtainPrometheus3(folder = FOLDER): string {
  const programs = join(folder, 'bin');
  if (isThere(programs)) return programs;
  if (!isOnPath('go')) throw new Error('Prometheus 3 is built by Go, which is not on the PATH: get it from https://go.dev/dl/');
  console.error(`Building Prometheus ${PROMETHEUS_3.version} into node_modules/.cache (once; it takes some minutes) …`);
  build(folder, programs);
  if (isThere(programs)) return programs;
  throw new Error(`Go could not build Prometheus ${PROMETHEUS_3.version}: see above. It needs a Go module proxy.`);
}

function isThere(programs: string): boolean {
  return PROGRAMS.every((name) => versionOf(join(programs, name)) === PROMETHEUS_3.version);
}

/** The version that a program of Prometheus' says it is. */
export function versionOf(program: string): string | undefined {
  return /version (\S+)/.exec(output(program, ['--version']) ?? '')?.[1];
}

function build(folder: string, programs: string): void {
  const own = join(folder, 'go');
  mkdirSync(own, { recursive: true });
  const { module, moduleVersion, version } = PROMETHEUS_3;
  // Without the discovery of targets at cloud providers, whose clients are most of what there is to compile.
  const flags = ['-tags=netgo,remove_all_sd', `-ldflags=-s -w -X github.com/prometheus/common/version.Version=${version}`];
  const places = { GOPATH: own, GOMODCACHE: join(own, 'modules'), GOCACHE: join(own, 'cache'), GOBIN: programs };
  // Modules are written without write permission, and could not be removed again.
  const GOFLAGS = `${hostEnv.GOFLAGS ?? ''} -modcacherw`.trim();
  const env = { ...hostEnv, PATH: process.env.PATH, ...places, GOFLAGS, CGO_ENABLED: '0' };
  const sources = PROGRAMS.map((name) => `${module}/cmd/${name}@${moduleVersion}`);
  try {
    spawnSync('go', ['install', ...flags, ...sources], {
      cwd: own,
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
      timeout: BUILD_TIMEOUT_MS,
    });
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}
