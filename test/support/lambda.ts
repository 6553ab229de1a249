import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { obtainNode24 } from '../../scripts/servers/node24.ts';
import { message, startNode } from '../../scripts/servers/processes.ts';
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

/** The bundle in a process of Lambda's runtime, with these settings and no others, for one test. */
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
