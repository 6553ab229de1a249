import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Launch, obtainServer } from './servers.ts';

export interface RunningServer {
  readonly url: string;
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 5_000;

/** A real, empty Pushgateway on an ephemeral loopback port. */
export async function startPushgateway(): Promise<RunningServer> {
  const launch = obtainServer('pushgateway');
  return 'program' in launch ? startProgram(launch.program) : startContainer(launch);
}

/**
 * Starts a server of Prometheus' on an ephemeral loopback port, with more arguments; ready when it listens.
 * It runs in the folder above its `bin`'s, where a Debian package that was unpacked there finds its files.
 */
export async function startProgram(program: string, args: readonly string[] = []): Promise<RunningServer> {
  const child = spawn(program, ['--web.listen-address=127.0.0.1:0', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: join(dirname(program), '../..'),
  });
  const address = await lineMatching(child, child.stderr, /Listening on.*address=(127\.0\.0\.1:\d+)/);
  return { url: `http://${address}`, stop: () => end(child) };
}

async function startContainer({ runtime, image, port }: Extract<Launch, { runtime: string }>): Promise<RunningServer> {
  const name = `rocketmq-lag-pusher-${process.pid}`;
  const child = spawn(runtime, ['run', '--rm', '--name', name, '--publish', `127.0.0.1::${port}`, image], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await lineMatching(child, child.stderr, /(Listening on)/);
  const asked = spawn(runtime, ['port', name, String(port)], { stdio: ['ignore', 'pipe', 'ignore'] });
  const address = await lineMatching(asked, asked.stdout, /(127\.0\.0\.1:\d+)/);
  return { url: `http://${address}`, stop: () => end(child) };
}

/** What `pattern` captures in the first line of `stream` that it matches; throws when the process ends before. */
export async function lineMatching(child: ChildProcess, stream: NodeJS.ReadableStream, pattern: RegExp): Promise<string> {
  const said: string[] = [];
  const lines = createInterface({ input: stream });
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
    stream.resume();
  }
}

/** Ends a process, by force where it does not listen. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}
