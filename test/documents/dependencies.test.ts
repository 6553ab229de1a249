import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { buildBundle } from '../../scripts/package/build.ts';

const manifest = manifestAt('package.json');
const [bundled = '', others = ''] = readFileSync(new URL('../../docs/dependencies.md', import.meta.url), 'utf8')
  .split(/^## (?:In|Not in) the bundle$/m)
  .slice(1);

interface Manifest {
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}

function manifestAt(path: string): Manifest {
  const url = new URL(`../../${path}`, import.meta.url);
  return existsSync(url) ? JSON.parse(readFileSync(url, 'utf8')) : {};
}

/** The cells of each row that begins with a package's name. */
function rows(section: string): string[][] {
  const cells = section.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  return cells
    .filter(([, name]) => name?.startsWith('`'))
    .map(([, name = '', ...rest]) => [name.replaceAll('`', ''), ...rest.slice(0, -1)]);
}

/** A package and all that it brings. */
function withDependencies(name: string, seen = new Set<string>()): Set<string> {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const next of Object.keys(manifestAt(`node_modules/${name}/package.json`).dependencies ?? {})) withDependencies(next, seen);
  return seen;
}

describe('docs/dependencies.md', () => {
  test('argues for each package of package.json, and for no other', () => {
    expect(rows(bundled).map(([name]) => name)).toEqual(Object.keys(manifest.dependencies ?? {}).sort());
    expect(rows(others).map(([name]) => name)).toEqual(Object.keys(manifest.devDependencies ?? {}).sort());
    expect([...rows(bundled), ...rows(others)].filter((row) => row.includes(''))).toEqual([]);
  });

  test('gives the sizes that they have in the bundle', async () => {
    const bytes = new Map((await buildBundle()).map((entry) => [entry.name, entry.bytes]));
    for (const [name = '', , , , size] of rows(bundled)) {
      const total = [...withDependencies(name)].reduce((sum, each) => sum + (bytes.get(each) ?? 0), 0);
      expect([name, size]).toEqual([name, (total / 1000).toFixed(0)]);
    }
  });
});
