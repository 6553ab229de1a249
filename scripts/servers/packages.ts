import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Environment, hostEnv } from './processes.ts';

/** Package managers may be slow, and compile. */
const TIMEOUT_MS = 600_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

export function isOnPath(command: string): boolean {
  return findOnPath([command]) !== undefined;
}

/** The first of these programs that is in a folder of the PATH, or in one of `more` folders after it. */
export function findOnPath(names: readonly string[], more: readonly string[] = []): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...more];
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isExecutable);
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return existsSync(path);
  } catch {
    return false;
  }
}

export interface ToolOptions {
  readonly cwd?: string;
  /** What it is told beside the host's environment. */
  readonly env?: Environment;
}

/** Whether a tool of the host, with the host's environment, does what it is told. */
export function succeeds(command: string, args: readonly string[], options?: ToolOptions): boolean {
  return run(command, args, options).status === 0;
}

/** What it says on stdout, where it succeeds. */
export function output(command: string, args: readonly string[]): string | undefined {
  const { status, stdout } = run(command, args);
  return status === 0 ? stdout : undefined;
}

/** What went wrong, in a line; undefined where nothing did. */
export function problemOf(command: string, args: readonly string[], options?: ToolOptions): string | undefined {
  const { status, error, stderr } = run(command, args, options);
  return status === 0 ? undefined : (error?.message ?? stderr).trim().split('\n').at(-1);
}

function run(command: string, args: readonly string[], { env, ...place }: ToolOptions = {}) {
  const environment = { ...hostEnv, PATH: process.env.PATH, ...env };
  return spawnSync(command, args, { ...place, env: environment, encoding: 'utf8', timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES });
}

/** Installs a formula with Homebrew, where there is one. */
export function installFromHomebrew(formula: string): boolean {
  if (!isOnPath('brew')) return false;
  console.error(`Installing Homebrew's ${formula} …`);
  return succeeds('brew', ['install', '--quiet', formula]);
}

export interface DebianOptions {
  /** Dependencies as well: those that this machine lacks, and in any case those with such a name. */
  readonly withDependencies?: RegExp;
}

/**
 * Unpacks Debian packages into `folder`: no root, nothing is installed, no service is started. Returns whether all of them
 * are there. Package lists, downloads and the record of installed packages are in a folder of ours: the machine's own lists
 * may be missing, and only root may renew them.
 */
export function unpackFromDebian(packages: readonly string[], folder: string, { withDependencies }: DebianOptions = {}): boolean {
  if (!isOnPath('apt-get') || !isOnPath('dpkg-deb')) return false;
  const own = join(folder, 'apt');
  const at = (name: string) => join(own, name);
  for (const needed of ['lists/partial', 'cache/archives/partial', 'downloads']) mkdirSync(at(needed), { recursive: true });
  writeFileSync(at('status'), '');
  const settings = [`Dir::State::Lists=${at('lists')}`, `Dir::Cache=${at('cache')}`, 'Debug::NoLocking=1', 'APT::Sandbox::User='];
  const apt = ['-qq', ...settings.flatMap((setting) => ['-o', setting])];
  try {
    if (!succeeds('apt-get', [...apt, 'update'])) return false;
    const asIfNew = [...apt, '-o', `Dir::State::status=${at('status')}`, '--no-install-recommends'];
    const wanted = withDependencies ? missingOf(packages, asIfNew, withDependencies) : packages;
    if (wanted.length === 0 || !succeeds('apt-get', [...apt, 'download', ...wanted], { cwd: at('downloads') })) return false;
    return readdirSync(at('downloads')).every((file) => succeeds('dpkg-deb', ['-x', join(at('downloads'), file), folder]));
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

/** What these packages need, themselves included, and this machine lacks; what is named like `always` in any case. */
function missingOf(packages: readonly string[], asIfNew: readonly string[], always: RegExp): string[] {
  const names = (pattern: RegExp, text = '') => [...text.matchAll(pattern)].map(([, name = '']) => name);
  const needed = names(/^Inst (\S+)/gm, output('apt-get', [...asIfNew, '--simulate', 'install', ...packages]));
  const installed = new Set(names(/^([^\s:]+)\S*\s+install$/gm, output('dpkg', ['--get-selections'])));
  return needed.filter((name) => always.test(name) || !installed.has(name));
}

/** Makes an absolute path that is built into a program one below the folder in which it runs; as long as it was. */
export function relocate(program: string, folder: string): void {
  const lastSlash = folder.lastIndexOf('/');
  const relative = `${folder.slice(1, lastSlash)}/${folder.slice(lastSlash)}`;
  writeFileSync(program, Buffer.from(readFileSync(program).toString('latin1').replaceAll(folder, relative), 'latin1'));
}

/** The value of LD_LIBRARY_PATH with which a program finds the libraries that were unpacked into the same folder. */
export function libraryPath(folder: string): string {
  return ['lib', 'usr/lib'].flatMap((place) => findIn(join(folder, place), /-linux-gnu/)).join(':');
}

/** The paths in a folder whose names match. */
export function findIn(folder: string, name: RegExp): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => name.test(file))
    .map((file) => join(folder, file));
}
