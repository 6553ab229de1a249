import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { makeFolder } from '../../scripts/servers/folders.ts';
import { obtainPrometheus3, PROMETHEUS_3, versionOf } from '../../scripts/servers/prometheus3.ts';

/** A folder to build into, with a stand-in for Go first on the PATH that does what it is told in shell. */
function withGo(does: string): { readonly cache: string; calls(): string[] } {
  const { path, remove } = makeFolder();
  onTestFinished(remove);
  mkdirSync(join(path, 'bin'));
  writeFileSync(join(path, 'bin/go'), `#!/bin/sh\necho "$GOPATH $GOMODCACHE $GOCACHE $@" >> '${path}/calls'\n${does}\n`);
  chmodSync(join(path, 'bin/go'), 0o755);
  vi.stubEnv('PATH', [join(path, 'bin'), process.env.PATH].join(delimiter));
  onTestFinished(() => void vi.unstubAllEnvs());
  return { cache: join(path, 'cache'), calls: () => readFileSync(join(path, 'calls'), 'utf8').trim().split('\n') };
}

const BUILDS = `mkdir -p "$GOBIN"
for name in prometheus promtool; do
  printf '#!/bin/sh\\necho "%s, version ${PROMETHEUS_3.version} (branch: )"\\n' $name > "$GOBIN/$name"
  chmod +x "$GOBIN/$name"
done`;

test('Prometheus 3 is built once, and leaves nothing beside its two programs', () => {
  const { cache, calls } = withGo(BUILDS);
  const programs = obtainPrometheus3(cache);
  expect(obtainPrometheus3(cache)).toBe(programs);
  expect(['prometheus', 'promtool'].map((name) => versionOf(join(programs, name)))).toEqual(['3.16.0', '3.16.0']);
  expect(calls()).toHaveLength(1);
  const [call = ''] = calls();
  expect(call.split(' ').slice(0, 3)).toEqual(['go', 'go/modules', 'go/cache'].map((folder) => join(cache, folder)));
  expect(call).toContain('github.com/prometheus/prometheus/cmd/prometheus@v0.316.0');
  expect(existsSync(join(cache, 'go'))).toBe(false);
});

test('a build that fails is told in a line, and tried again', () => {
  const { cache, calls } = withGo('exit 1');
  for (const _ of [1, 2]) expect(() => obtainPrometheus3(cache)).toThrow(/^Go could not build Prometheus 3\.16\.0: see above/);
  expect(calls()).toHaveLength(2);
});

test('a machine without Go is told in a line what to install', () => {
  const { path, remove } = makeFolder();
  onTestFinished(remove);
  vi.stubEnv('PATH', path);
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(() => obtainPrometheus3(join(path, 'cache'))).toThrow(/^Prometheus 3 is built by Go, which is not on the PATH: get it from /);
});
