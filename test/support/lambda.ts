import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { startNode } from '../../scripts/servers/processes.ts';
import { obtainNode24 } from '../../scripts/servers/runtimes.ts';
import type { TickResult } from '../../src/result.ts';

export interface Answer {
  readonly result?: TickResult;
  readonly error?: string;
}

export interface Lambda {
  /** The runtime's version. */
  readonly node: string;
  invoke(event: unknown): Promise<Answer>;
  /** Suspends the process, as Lambda does between two events. */
  freeze(): void;
  thaw(): void;
}

const ANSWER_TIMEOUT_MS = 60_000;
const HOST = fileURLToPath(new URL('lambda-host.mjs', import.meta.url));

/** Runs the bundle on the Node version of Lambda's runtime, with only these settings, for one test. */
export async function startLambda(env: Record<string, string>): Promise<Lambda> {
  const { child, stop } = startNode({ module: HOST, node: obtainNode24(), env });
  onTestFinished(async () => {
    child.kill('SIGCONT');
    await stop();
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

/** The next message of a process that `startNode` started; throws when it ends before. */
async function message<T>(child: ChildProcess): Promise<T> {
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
