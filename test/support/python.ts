import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A stand-in for AWS that speaks its protocol, and AWS' own checker of templates. */
const PACKAGES = ['moto[server]==5.2.5', 'cfn-lint==1.58.0'];

const VENV = fileURLToPath(new URL('../../node_modules/.cache/python/', import.meta.url));
const STAMP = join(VENV, 'installed.txt');

/** A folder of Python programs, `python` among them, that has these packages; installed below node_modules where it is missing. */
export function obtainPython(): string {
  const bin = join(VENV, 'bin');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === PACKAGES.join('\n')) return bin;
  console.error(`Installing ${PACKAGES.join(' and ')} into node_modules/.cache …`);
  rmSync(VENV, { recursive: true, force: true });
  succeed('python3', ['-m', 'venv', VENV], 'tests of SSM and of the template need Python 3 with its venv module (on Debian: python3-venv)');
  succeed(join(bin, 'python'), ['-m', 'pip', 'install', '--quiet', ...PACKAGES], 'pip could not install what tests of SSM need');
  writeFileSync(STAMP, PACKAGES.join('\n'));
  return bin;
}

function succeed(command: string, args: readonly string[], otherwise: string): void {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 600_000 });
  if (status !== 0) throw new Error(`${otherwise}: ${(error?.message ?? stderr).trim().split('\n').at(-1)}`);
}
