import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { libraryPath, unpackWholeFromDebian, within } from './debian.ts';
import type { Environment } from './environment.ts';
import { installFromHomebrew, onPath, succeeds } from './host-tools.ts';

export interface Interpreter {
  readonly program: string;
  /** What it needs to find its libraries. */
  readonly env: Environment;
  /** A pip for it, where it cannot put one into a venv by itself. */
  readonly pip?: string;
}

const FOLDER = fileURLToPath(new URL('../../node_modules/.cache/python-debian/', import.meta.url));

/** Debian keeps `ensurepip`, without which there is no venv, in a package of its own. */
const SUITABLE = 'import sys, ensurepip, venv, ssl, sqlite3, ctypes; sys.exit(sys.version_info < (3, 10))';

/**
 * Python 3 with its venv module: that of the PATH, or one that is unpacked from Debian's packages into node_modules/.cache,
 * or Homebrew's. Throws one line that says how to get it.
 */
export function obtainInterpreter(folder = FOLDER): Interpreter {
  const found = onThePath() ?? fetched(folder) ?? fromDebian(folder) ?? (installFromHomebrew('python') ? onThePath() : undefined);
  if (found !== undefined) return found;
  throw new Error(
    'tests of SSM and of the template need Python 3.10 or newer with its venv module, which is neither on the PATH nor to be had by apt-get or brew: install it (on Debian: apt-get install python3-venv)',
  );
}

function onThePath(): Interpreter | undefined {
  return suitable({ program: 'python3', env: {} });
}

function fromDebian(folder: string): Interpreter | undefined {
  if (!onPath('apt-get')) return undefined;
  console.error("Fetching Debian's python3-venv into node_modules/.cache …");
  return unpackWholeFromDebian(['python3-venv'], folder, /^(lib)?python3/) ? fetched(folder) : undefined;
}

/** It finds its modules beside itself, and its libraries where it is told; its pip is looked for where only root can put it. */
function fetched(folder: string): Interpreter | undefined {
  const program = join(folder, 'usr/bin/python3');
  if (!existsSync(program)) return undefined;
  const [pip] = within(join(folder, 'usr/share/python-wheels'), /^pip-.*\.whl$/);
  if (pip === undefined) return undefined;
  return suitable({ program, env: { LD_LIBRARY_PATH: libraryPath(folder) }, pip: join(pip, 'pip') });
}

function suitable(interpreter: Interpreter): Interpreter | undefined {
  return succeeds(interpreter.program, ['-c', SUITABLE], { env: interpreter.env }) ? interpreter : undefined;
}
