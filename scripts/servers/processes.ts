import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Environment, environmentFor, type OwnEnvironment } from './environment.ts';
import { makeFolder } from './folders.ts';

export interface RunningServer {
  readonly url: string;
  stop(): Promise<void>;
}

export interface Program extends OwnEnvironment {
  readonly program: string;
  /** Its arguments; may write the files that they name into the folder that is the program's own. */
  readonly args: (folder: string) => readonly string[];
}

export interface OwnProcess {
  readonly child: ChildProcess;
  /** Ends the process, by force where it does not listen, and removes its folder. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
const ANSWER_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 5_000;

/** Starts a program in a new folder of its own and with an environment of its own: it sees no state or setting of the machine. */
function startProcess({ program, args, ...own }: Program, stdio: StdioOptions): OwnProcess {
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

/** Starts a server that says on stderr where it listens; `listening` captures that URL or address. */
export async function startServer({ listening, ...program }: Program & { readonly listening: RegExp }): Promise<RunningServer> {
  const { child, stop } = startProcess(program, ['ignore', 'ignore', 'pipe']);
  try {
    const address = await firstMatch(child, listening);
    return { url: address.startsWith('http') ? address : `http://${address}`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
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

/** The next message of a process that `startNode` started; throws when it ends before. */
export async function message<T>(child: ChildProcess): Promise<T> {
  const heard = new AbortController();
  const signal = AbortSignal.any([heard.signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]);
  const ended = once(child, 'exit', { signal }).then(([code]) =>
    Promise.reject(new Error(`${child.spawnfile} ended with ${code} before it said anything`)),
  );
  try {
    return (await Promise.race([once(child, 'message', { signal }), ended]))[0] as T;
  } finally {
    heard.abort();
    ended.catch(() => {});
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
