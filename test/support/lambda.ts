import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { message, startNode } from '../../scripts/servers/processes.ts';
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
