import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/node24/', import.meta.url));

/** The Node that Lambda runs: this one if it is a 24, or npm's build of it, fetched into node_modules/.cache on first use. */
export function obtainNode24(): string {
  if (process.versions.node.startsWith('24.')) return process.execPath;
  // The package `node` picks one of these in an install script; named directly, no script has to run.
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const program = `${CACHE}node_modules/${name}/bin/${process.platform === 'win32' ? 'node.exe' : 'node'}`;
  if (!existsSync(program)) {
    console.error(`Fetching npm's ${name}@24 into node_modules/.cache …`);
    mkdirSync(CACHE, { recursive: true });
    execFileSync('npm', ['install', '--prefix', CACHE, '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', `${name}@24`], {
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: process.platform === 'win32',
    });
  }
  return program;
}
