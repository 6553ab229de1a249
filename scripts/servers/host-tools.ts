import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Environment, hostEnv } from './environment.ts';

/** Package managers may be slow, and compile. */
const TIMEOUT_MS = 600_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

export function onPath(command: string): boolean {
  return pathFolders().some((folder) => isExecutable(join(folder, command)));
}

export function pathFolders(): string[] {
  return (process.env.PATH ?? '').split(delimiter);
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
  return spawnSync(command, args, {
    ...place,
    env: { ...hostEnv, PATH: process.env.PATH, ...env },
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    maxBuffer: MAX_OUTPUT_BYTES,
  });
}

/** Installs a formula with Homebrew, where there is one. */
export function installFromHomebrew(formula: string): boolean {
  if (!onPath('brew')) return false;
  console.error(`Installing Homebrew's ${formula} …`);
  return succeeds('brew', ['install', '--quiet', formula]);
}
