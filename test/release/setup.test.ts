import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { packageService } from '../support/framework.ts';

const SETUP = fileURLToPath(new URL('../../scripts/setup.mjs', import.meta.url));

type Packages = Record<string, { version: string; optional?: true }>;

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'setup-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder with an `npm` that notes how it was called, and fails. */
function failingNpm(): { readonly path: string; calls(): string } {
  const folder = temporaryFolder();
  const file = join(folder, 'npm');
  writeFileSync(file, `#!/bin/sh\necho "$@" >> ${folder}/calls\nexit 1\n`);
  chmodSync(file, 0o755);
  const calls = join(folder, 'calls');
  return { path: `${folder}${delimiter}${process.env.PATH}`, calls: () => (existsSync(calls) ? readFileSync(calls, 'utf8') : '') };
}

/** Sets up a project with this lockfile, after npm noted that these packages were installed. Gives how npm was called. */
function setUp(wanted: Packages, installed: Packages, missing?: string): string {
  const folder = temporaryFolder();
  const write = (name: string, packages: Packages) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), JSON.stringify({ packages }));
  };
  write('package-lock.json', { '': { version: '1.0.0' }, ...wanted });
  write('node_modules/.package-lock.json', installed);
  for (const path of Object.keys(installed)) if (path !== missing) write(`${path}/package.json`, {});
  cpSync(SETUP, join(folder, 'scripts/setup.mjs'));
  const npm = failingNpm();
  const { status } = spawnSync(process.execPath, [join(folder, 'scripts/setup.mjs')], { env: { PATH: npm.path } });
  expect(status).toBe(npm.calls() === '' ? 0 : 1);
  return npm.calls();
}

describe('setting up', () => {
  const A: Packages = { 'node_modules/a': { version: '1.0.0' } };

  test('leaves alone what a plain npm ci has installed', () => {
    expect(setUp(A, A)).toBe('');
  });

  test('does without the optional packages of another platform', () => {
    expect(setUp({ ...A, 'node_modules/a-for-windows': { version: '1.0.0', optional: true } }, A)).toBe('');
  });

  test.each([
    { what: 'nothing is there', installed: {} },
    { what: 'a version is another', installed: { 'node_modules/a': { version: '1.0.1' } } },
    { what: 'a folder was deleted', installed: A, missing: 'node_modules/a' },
  ])('installs where $what', ({ installed, missing }) => {
    expect(setUp(A, installed, missing)).toMatch(/^ci /);
  });
});

test('packaging for a deployment installs nothing: npm is not called', { timeout: 180_000 }, async () => {
  const npm = failingNpm();
  const { artifact } = await packageService(undefined, { PATH: npm.path });
  expect(Object.keys(artifact)).toContain('dist/handler.js');
  expect(npm.calls()).toBe('');
});
