import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { problemOf } from '../../scripts/servers/packages.ts';
import type { Environment } from '../../scripts/servers/processes.ts';
import { obtainInterpreter } from '../../scripts/servers/runtimes.ts';

/** A stand-in for AWS that speaks its protocol, AWS' own checker of templates, a stricter one that also reads Terraform, and one of JSON against GitHub's schemas. */
const PACKAGES = ['moto[server]==5.2.5', 'cfn-lint==1.58.0', 'checkov==3.3.30', 'check-jsonschema==0.38.2'];

const VENV = fileURLToPath(new URL('../../node_modules/.cache/python/', import.meta.url));
const STAMP = join(VENV, 'installed.json');

/** The folder with `python` and the programs of these packages, and the environment that they need. */
export interface Python {
  readonly bin: string;
  readonly env: Environment;
}

interface Stamp {
  readonly packages: readonly string[];
  /** A venv contains the path of its own folder, so a copy of it would run the original. */
  readonly venv: string;
  readonly env: Environment;
}

/** Python with these packages, installed below node_modules if it is missing. Throws an error that says in one line how to get Python. */
export function obtainPython(): Python {
  const bin = join(VENV, 'bin');
  const installed = readStamp();
  if (installed !== undefined && existsSync(join(bin, 'python'))) return { bin, env: installed.env };
  const { program, env, pip } = obtainInterpreter();
  console.error(`Installing ${PACKAGES.join(' and ')} into node_modules/.cache …`);
  rmSync(VENV, { recursive: true, force: true });
  // The host's settings decide where pip downloads packages from; where pip installs them and what Python loads is decided here.
  const options = { env: { ...env, PYTHONPATH: '', PYTHONHOME: '', PIP_USER: '0', PIP_TARGET: '', PIP_PREFIX: '', PIP_ROOT: '' } };
  const wrong =
    problemOf(program, ['-m', 'venv', ...(pip === undefined ? [] : ['--without-pip']), VENV], options) ??
    problemOf(join(bin, 'python'), [...(pip === undefined ? ['-m', 'pip'] : [pip]), 'install', '--quiet', ...PACKAGES], options);
  if (wrong !== undefined)
    throw new Error(`tests of SSM and of the template need ${PACKAGES.join(' and ')}, and pip cannot install them: ${wrong}`);
  const stamp: Stamp = { packages: PACKAGES, venv: VENV, env };
  writeFileSync(STAMP, JSON.stringify(stamp));
  return { bin, env };
}

function readStamp(): Stamp | undefined {
  if (!existsSync(STAMP)) return undefined;
  const stamp: Stamp = JSON.parse(readFileSync(STAMP, 'utf8'));
  return stamp.venv === VENV && stamp.packages.join() === PACKAGES.join() ? stamp : undefined;
}
