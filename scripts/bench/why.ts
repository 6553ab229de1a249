import type { Shape } from './made-up-cluster.ts';
import { LATENCY_MS, lambdaFlags, measureInTurn, print, type Setting, spreadOf, TICK, withServers } from './measure.ts';

const SHAPE: Shape = { topics: 500, groups: 1, queues: 8, behind: { groups: 50, processes: 400, hung: 5 } };
/** All of them; as many as a tick asks unless told otherwise; none. */
const QUESTIONS = ['1000', '200', '0'] as const;

/** What it costs to ask why: 50 groups behind with 400 processes, 5 of them hung, in a cluster of 500 topics. */
export async function measureWhy({ rounds, node }: Setting): Promise<void> {
  const costs = await withServers(SHAPE, ({ console: source, env }) => {
    const tick = { module: TICK, runs: 2, node, flags: lambdaFlags(256), console: source };
    return measureInTurn(
      QUESTIONS.map((questions) => ({ ...tick, env: { ...env, PROCESS_QUESTIONS: questions } })),
      rounds,
    );
  });
  print(
    `Asking why: ${SHAPE.topics} topics, 50 groups behind, 400 processes of which 5 hang for 5 s, ${LATENCY_MS} ms latency, second tick`,
    ['PROCESS_QUESTIONS', 'requests', 'wall ms', 'CPU ms'],
    costs.map(({ last, requests }, index) => [QUESTIONS[index] ?? '', requests, spreadOf(last, 'wallMs'), spreadOf(last, 'cpuMs')]),
  );
}
