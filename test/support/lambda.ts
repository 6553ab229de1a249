import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { obtainNode24 } from '../../scripts/servers/node24.ts';
import { end } from '../../scripts/servers/pushgateway.ts';
import type { TickResult } from '../../src/result.ts';

export interface Answer {
  readonly result?: TickResult;
  readonly error?: string;
}

export interface Lambda {
  /** The runtime's version. */
  readonly node: string;
  invoke(event: unknown): Promise<Answer>;
  /** Stops the process, as Lambda does between two events. */
  freeze(): void;
  thaw(): void;
}

const HOST = fileURLToPath(new URL('lambda-host.mjs', import.meta.url));
const ANSWER_TIMEOUT_MS = 60_000;

/** The bundle in a process of Lambda's runtime, with this environment and no other, for one test. */
export async function startLambda(env: Record<string, string>): Promise<Lambda> {
  const child = fork(HOST, { execPath: obtainNode24(), execArgv: [], env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  onTestFinished(async () => {
    child.kill('SIGCONT');
    await end(child);
  });
  const { node } = await message<{ node: string }>(child);
  return {
    node,
    invoke: async (event) => {
      const answer = message<Answer>(child);
      child.send({ event });
      return await answer;
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
  };
}

async function message<T>(child: ChildProcess): Promise<T> {
  const abort = new AbortController();
  const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]);
  const ended = once(child, 'exit', { signal }).then(([code]) => Promise.reject(new Error(`the process ended with ${code}`)));
  try {
    return (await Promise.race([once(child, 'message', { signal }), ended]))[0] as T;
  } finally {
    abort.abort();
    ended.catch(() => {});
  }
}
