import { MODULES, measure } from './processes.ts';
import type { Setting } from './setting.ts';
import { pairedRatio, print, spread } from './table.ts';
import { CLUSTER, startWorkingConsole } from './working-console.ts';

/** Ticks in one process: what is measured is the last, a warm Lambda's. */
const RUNS = 2;
const WAYS = ['by group', 'by topic'] as const;
const STATES = ['healthy', 'one process hung'] as const;

/** Reading by group against reading by topic, at a console that takes as long as a real one. A dry run: nothing is pushed. */
export async function compareWays({ concurrency, node, rounds }: Setting): Promise<void> {
  const walls = new Map<string, number[]>();
  const requests = new Map<string, Map<string, number>>();
  const key = (way: string, state: string) => `${way}, ${state}`;
  for (let round = 0; round < rounds; round += 1) {
    for (const state of STATES) {
      for (const way of WAYS) {
        const source = await startWorkingConsole({ byTopicOnly: way === 'by topic', hung: state === 'one process hung' });
        const env = {
          CONSOLE_URL: source.url,
          PUSHGATEWAY_URL: 'http://127.0.0.1:9',
          CLUSTER_NAME: 'bench',
          CONCURRENCY: String(concurrency),
        };
        const costs = await measure({ module: MODULES.tick, env, event: { dryRun: true }, runs: RUNS, node });
        walls.set(key(way, state), [...(walls.get(key(way, state)) ?? []), costs[RUNS - 1]?.wallMs ?? Number.NaN]);
        requests.set(key(way, state), source.take());
        await source.close();
      }
    }
  }
  const of = (way: string, state: string) => walls.get(key(way, state)) ?? [];
  print(
    `Reading ${CLUSTER.topics} topics and ${CLUSTER.groups} groups on two masters, CONCURRENCY ${concurrency}, ${rounds} rounds: wall s, median (least to most)`,
    ['', ...WAYS, 'by group is faster'],
    STATES.map((state) => [
      state,
      ...WAYS.map((way) =>
        spread(
          of(way, state).map((ms) => ms / 1000),
          1,
        ),
      ),
      `${pairedRatio(of('by topic', state), of('by group', state)).toFixed(1)} x`,
    ]),
  );
  const counted = (way: string) => requests.get(key(way, 'healthy')) ?? new Map<string, number>();
  const endpoints = [...new Set(WAYS.flatMap((way) => [...counted(way).keys()]))].sort();
  const perTick = (count = 0) => count / RUNS;
  print(
    `Requests by kind, healthy: mean of ${RUNS} ticks`,
    ['', ...WAYS],
    [
      ...endpoints.map((endpoint) => [endpoint, ...WAYS.map((way) => perTick(counted(way).get(endpoint)))]),
      ['all', ...WAYS.map((way) => perTick([...counted(way).values()].reduce((sum, count) => sum + count, 0)))],
    ],
  );
}
