import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostEnv } from './environment.ts';

/** The runtime that serverless.yml names. */
const VERSION = '24';
const FOLDER = fileURLToPath(new URL('../../node_modules/.cache/node24/', import.meta.url));

/** The Node that Lambda runs: this one if it is a 24, or npm's build of it, fetched into node_modules/.cache on first use. */
export function obtainNode24(): string {
  if (process.versions.node.startsWith('24.')) return process.execPath;
  // The package `node` fetches one of these when it is installed; they are the program, and need no script.
  const { platform, arch } = process;
  const name = `${platform === 'darwin' && arch === 'arm64' ? 'node-bin' : 'node'}-${platform === 'win32' ? 'win' : platform}-${arch}`;
  const manifest = join(FOLDER, 'node_modules', name, 'package.json');
  if (!existsSync(manifest)) {
    console.error(`Installing Node ${VERSION} into node_modules/.cache …`);
    const args = ['install', '--no-save', '--ignore-scripts', '--prefix', FOLDER, `${name}@${VERSION}`];
    const { status, stderr } = spawnSync('npm', args, { env: hostEnv, encoding: 'utf8', timeout: 600_000, shell: platform === 'win32' });
    if (status !== 0) throw new Error(`Node 24 is needed, and npm has no ${name}@${VERSION}: run this with Node 24 (${stderr.trim()})`);
  }
  return join(dirname(manifest), createRequire(import.meta.url)(manifest).bin.node);
}
