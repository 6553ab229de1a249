import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findIn, installFromHomebrew, isOnPath, libraryPath, succeeds, unpackFromDebian } from './packages.ts';
import { type Environment, hostEnv } from './processes.ts';

const CACHE = new URL('../../node_modules/.cache/', import.meta.url);
/** The runtime that serverless.yml names. */
const NODE_VERSION = '24';

/** The Node that Lambda runs: this one if it is a 24, or npm's build of it, fetched into node_modules/.cache on first use. */
export function obtainNode24(): string {
  if (process.versions.node.startsWith(`${NODE_VERSION}.`)) return process.execPath;
  // The package `node` fetches one of these when it is installed; they are the program, and need no script.
  const { platform, arch } = process;
  const name = `${platform === 'darwin' && arch === 'arm64' ? 'node-bin' : 'node'}-${platform === 'win32' ? 'win' : platform}-${arch}`;
  const folder = fileURLToPath(new URL('node24/', CACHE));
  const manifest = join(folder, 'node_modules', name, 'package.json');
  if (!existsSync(manifest)) {
    console.error(`Installing Node ${NODE_VERSION} into node_modules/.cache …`);
    const args = ['install', '--no-save', '--ignore-scripts', '--prefix', folder, `${name}@${NODE_VERSION}`];
    const { status, stderr } = spawnSync('npm', args, { env: hostEnv, encoding: 'utf8', timeout: 600_000, shell: platform === 'win32' });
    if (status !== 0)
      throw new Error(`Node 24 is needed, and npm has no ${name}@${NODE_VERSION}: run this with Node 24 (${stderr.trim()})`);
  }
  return join(dirname(manifest), createRequire(import.meta.url)(manifest).bin.node);
}

export interface Interpreter {
  readonly program: string;
  /** What it needs to find its libraries. */
  readonly env: Environment;
  /** A pip for it, where it cannot put one into a venv by itself. */
  readonly pip?: string;
}

const PYTHON_FOLDER = fileURLToPath(new URL('python-debian/', CACHE));

/** Debian keeps `ensurepip`, without which there is no venv, in a package of its own. */
const SUITABLE = 'import sys, ensurepip, venv, ssl, sqlite3, ctypes; sys.exit(sys.version_info < (3, 10))';

/**
 * Python 3 with its venv module: that of the PATH, or one that is unpacked from Debian's packages into node_modules/.cache,
 * or Homebrew's. Throws one line that says how to get it.
 */
export function obtainInterpreter(folder = PYTHON_FOLDER): Interpreter {
  const onPath = () => suitable({ program: 'python3', env: {} });
  const found = onPath() ?? unpacked(folder) ?? fromDebian(folder) ?? (installFromHomebrew('python') ? onPath() : undefined);
  if (found !== undefined) return found;
  throw new Error(
    'tests of SSM and of the template need Python 3.10 or newer with its venv module, which is neither on the PATH nor to be had by apt-get or brew: install it (on Debian: apt-get install python3-venv)',
  );
}

function fromDebian(folder: string): Interpreter | undefined {
  if (!isOnPath('apt-get')) return undefined;
  console.error("Fetching Debian's python3-venv into node_modules/.cache …");
  return unpackFromDebian(['python3-venv'], folder, { withDependencies: /^(lib)?python3/ }) ? unpacked(folder) : undefined;
}

/** It finds its modules beside itself, and its libraries where it is told; its pip is looked for where only root can put it. */
function unpacked(folder: string): Interpreter | undefined {
  const program = join(folder, 'usr/bin/python3');
  if (!existsSync(program)) return undefined;
  const [pip] = findIn(join(folder, 'usr/share/python-wheels'), /^pip-.*\.whl$/);
  if (pip === undefined) return undefined;
  return suitable({ program, env: { LD_LIBRARY_PATH: libraryPath(folder) }, pip: join(pip, 'pip') });
}

function suitable(python: Interpreter): Interpreter | undefined {
  return succeeds(python.program, ['-c', SUITABLE], { env: python.env }) ? python : undefined;
}
