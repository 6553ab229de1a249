import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { problemOf } from '../../scripts/servers/packages.ts';
import type { Environment } from '../../scripts/servers/processes.ts';
import { obtainInterpreter } from '../../scripts/servers/runtimes.ts';

/** A stand-in for AWS that speaks its protocol. */
const MOTO = { folder: 'moto', packages: ['moto[server]==5.2.5'] };

/** AWS' own checker of templates, a stricter one that also reads Terraform, and GitHub's schemas. */
const SCANNERS = {
  folder: 'scanners',
  packages: ['cfn-lint==1.58.0', 'checkov==3.3.30', 'check-jsonschema==0.38.2'],
};

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

export const obtainMoto = () => obtainPython(MOTO);
export const obtainScanners = () => obtainPython(SCANNERS);

/** Python with these packages, installed below node_modules if it is missing. Throws an error that says in one line how to get Python. */
function obtainPython({ folder, packages }: { readonly folder: string; readonly packages: readonly string[] }): Python {
  const venv = fileURLToPath(new URL(`../../node_modules/.cache/python-${folder}/`, import.meta.url));
  const bin = join(venv, 'bin');
  const stamp = join(venv, 'installed.json');
  const installed = readStamp(stamp);
  if (installed?.venv === venv && installed.packages.join() === packages.join() && existsSync(join(bin, 'python')))
    return { bin, env: installed.env };
  const { program, env, pip } = obtainInterpreter();
  console.error(`Installing ${packages.join(' and ')} into node_modules/.cache …`);
  rmSync(venv, { recursive: true, force: true });
  // The host's settings decide where pip downloads packages from; where pip installs them and what Python loads is decided here.
  const options = { env: { ...env, PYTHONPATH: '', PYTHONHOME: '', PIP_USER: '0', PIP_TARGET: '', PIP_PREFIX: '', PIP_ROOT: '' } };
  const wrong =
    problemOf(program, ['-m', 'venv', ...(pip === undefined ? [] : ['--without-pip']), venv], options) ??
    problemOf(join(bin, 'python'), [...(pip === undefined ? ['-m', 'pip'] : [pip]), 'install', '--quiet', ...packages], options);
  if (wrong !== undefined)
    throw new Error(`tests of SSM and of the template need ${packages.join(' and ')}, and pip cannot install them: ${wrong}`);
  const written: Stamp = { packages, venv, env };
  writeFileSync(stamp, JSON.stringify(written));
  return { bin, env };
}

function readStamp(file: string): Stamp | undefined {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}
