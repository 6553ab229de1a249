import { type ChildProcess, execFile, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export type Environment = Readonly<Record<string, string>>;

/** The environment as the host gave it: package managers and container runtimes need its proxies, certificates and sockets. */
export const hostEnv: Readonly<NodeJS.ProcessEnv> = { ...process.env };

/** What our own process keeps of it: where programs and a home are, how to print, and what a person or a test runner asks of tests. */
const KEPT = /^(PATH|HOME|TMPDIR|LANG|TERM|COLUMNS|CI|NO_COLOR|FORCE_COLOR|SEED|VITEST.*)$/;

/** Takes from this process, and from those that it forks, what the host set and no result may depend on. */
export function leaveHost(): void {
  for (const name of Object.keys(process.env)) if (!KEPT.test(name)) delete process.env[name];
}

export interface Folder {
  readonly path: string;
  remove(): void;
}

/** A new, empty folder for one program. */
export function makeFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'rocketmq-lag-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }) };
}

interface OwnEnvironment {
  readonly env?: Environment;
  /** The host's variables as well: a container runtime finds its daemon by them. */
  readonly asHost?: boolean;
}

/**
 * The whole environment of a program that is started here: the PATH, `folder` for whatever it keeps, and what its caller
 * gives it. Proxies, AWS profiles, Node options and settings of the host stay out, unless it is asked for as the host's.
 */
function environmentFor(folder: string, { env = {}, asHost = false }: OwnEnvironment): NodeJS.ProcessEnv {
  if (asHost) return { ...hostEnv, ...env };
  return { PATH: process.env.PATH, HOME: folder, TMPDIR: folder, LANG: 'C.UTF-8', ...env };
}

export interface Exit {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions extends OwnEnvironment {
  /** Where it runs; default: a folder of its own. */
  readonly cwd?: string;
  /** All that it reads on stdin. */
  readonly input?: string;
  readonly timeoutMs?: number;
}

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Runs a program to its end, without a state or setting of the machine. What could not be started, or took too long, has code 1. */
export async function runCommand(program: string, args: readonly string[], options: CommandOptions = {}): Promise<Exit> {
  const { input = '', timeoutMs: timeout = 60_000 } = options;
  const folder = makeFolder();
  const settings = { cwd: options.cwd ?? folder.path, env: environmentFor(folder.path, options), timeout, maxBuffer: MAX_OUTPUT_BYTES };
  try {
    return await new Promise<Exit>((resolve) => {
      const child = execFile(program, args, settings, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, stdout, stderr: stderr || (error?.message ?? '') });
      });
      child.stdin?.on('error', () => {});
      child.stdin?.end(input);
    });
  } finally {
    folder.remove();
  }
}

export interface RunningServer {
  readonly url: string;
  stop(): Promise<void>;
}

export interface ServerProgram extends OwnEnvironment {
  readonly program: string;
  /** Its arguments; may write the files that they name into the folder that is the program's own. */
  readonly args: (folder: string) => readonly string[];
  /** Captures from a line on stderr the URL or the address at which it listens. */
  readonly listening: RegExp;
}

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 5_000;

/** Starts a server that says on stderr where it listens. */
export async function startServer({ listening, ...program }: ServerProgram): Promise<RunningServer> {
  const { child, stop } = startProcess(program, ['ignore', 'ignore', 'pipe']);
  try {
    const address = await firstMatch(child, listening);
    return { url: address.startsWith('http') ? address : `http://${address}`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export interface OwnProcess {
  readonly child: ChildProcess;
  /** Ends the process, by force where it does not listen, and removes its folder. */
  stop(): Promise<void>;
}

export interface NodeProgram {
  readonly module: string;
  readonly args?: readonly string[];
  /** The node that runs it, and its flags. */
  readonly node?: string | undefined;
  readonly flags?: readonly string[];
  readonly env?: Environment;
}

/** Starts a module in a Node of its own, to exchange messages with. */
export function startNode({ module, args = [], node = process.execPath, flags = [], env = {} }: NodeProgram): OwnProcess {
  const started = startProcess({ program: node, args: () => [...flags, module, ...args], env }, ['ignore', 'pipe', 'inherit', 'ipc']);
  // What nobody listens for is dropped: a full pipe would stop it.
  started.child.stdout?.resume();
  return started;
}

/** Starts a program in a new folder of its own and with an environment of its own: it sees no state or setting of the machine. */
function startProcess({ program, args, ...own }: Omit<ServerProgram, 'listening'>, stdio: StdioOptions): OwnProcess {
  const folder = makeFolder();
  try {
    const child = spawn(program, args(folder.path), { cwd: folder.path, env: environmentFor(folder.path, own), stdio });
    // Who waits for it hears of an error as well; without a listener here it would end this process.
    child.on('error', () => {});
    return { child, stop: () => end(child).finally(folder.remove) };
  } catch (error) {
    folder.remove();
    throw error;
  }
}

/** What `pattern` captures in the first line on stderr that it matches; throws when the process ends before. */
async function firstMatch(child: ChildProcess, pattern: RegExp): Promise<string> {
  if (child.stderr === null) throw new Error(`${child.spawnfile} has no stderr to read`);
  const said: string[] = [];
  const lines = createInterface({ input: child.stderr });
  const timer = setTimeout(() => child.kill(), START_TIMEOUT_MS);
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.on('line', (line) => {
        said.push(line);
        const found = pattern.exec(line)?.[1];
        if (found) resolve(found);
      });
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`${child.spawnfile} did not start:\n${said.slice(-5).join('\n')}`)));
    });
  } finally {
    clearTimeout(timer);
    // What it says later is read and dropped: a full pipe would stop it.
    child.stderr.resume();
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}
