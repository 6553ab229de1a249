import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { rowsOf, type Shape } from './made-up-cluster.ts';
import { lambdaFlags, measure, measureInTurn, median, print, type Setting, spreadOf, TICK, WHOLE_JOB, withServers } from './measure.ts';

const RUNS = 3;
const ofTopics = (topics: number): Shape => ({ topics, groups: 4, queues: 8 });
/** The last differs from the fifth in how much V8 may let its young objects take: that is most of what a tick holds. */
const CASES: readonly { memoryMb: number; shape: Shape; semiSpaceMb?: number }[] = [
  { memoryMb: 128, shape: ofTopics(156) },
  { memoryMb: 256, shape: ofTopics(2_000) },
  { memoryMb: 512, shape: ofTopics(500) },
  { memoryMb: 512, shape: ofTopics(1_000) },
  { memoryMb: 512, shape: ofTopics(2_000) },
  { memoryMb: 512, shape: ofTopics(4_000) },
  { memoryMb: 512, shape: ofTopics(2_000), semiSpaceMb: 4 },
];

/** Peak memory of three whole ticks in one process, with Lambda's Node and the heap limits that Lambda sets. */
export async function measureMemory({ rounds, node }: Setting): Promise<void> {
  const rows = [];
  const growth: [number, number][] = [];
  for (const { memoryMb, shape, semiSpaceMb } of CASES) {
    // Of a flag that is given twice Node takes the last.
    const flags = [...lambdaFlags(memoryMb), ...(semiSpaceMb === undefined ? [] : [`--max-semi-space-size=${semiSpaceMb}`])];
    const [costs] = await withServers(shape, ({ console: source, env }) =>
      measureInTurn([{ module: TICK, env: { ...env, ...WHOLE_JOB }, runs: RUNS, node, flags, console: source }], rounds),
    );
    if (costs === undefined) throw new Error('nothing was measured');
    rows.push([rowsOf(shape), memoryMb, semiSpaceMb ?? 'as Lambda', spreadOf(costs.first, 'peakRssMb'), spreadOf(costs.last, 'peakRssMb')]);
    const peak = median(costs.last.map(({ peakRssMb }) => peakRssMb));
    if (memoryMb === 512 && semiSpaceMb === undefined) growth.push([rowsOf(shape) / 1000, peak]);
  }
  print(
    'Memory on Node 24 with the limits of a Lambda, everything pushed',
    ['rows', 'Lambda MB', 'semi-space MB', 'peak RSS MB, first tick', `after ${RUNS} ticks`],
    rows,
  );
  console.log(`At 512 MB it grows by ${slope(growth).toFixed(2)} MB for each thousand rows (least squares).`);
}

/** The slope of the line of least squares. */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const squares = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return points.reduce((sum, [x, y]) => sum + (x - meanX) * y, 0) / squares;
}

const SHARDED: Shape = { topics: 10_000, groups: 2, queues: 8 };
const SHARDS = 8;
/** The timeout of the deployed function. */
const BUDGET_MS = 55_000;

/**
 * First ticks of ten thousand topics in shards, side by side in processes as Lambda would run them. A server that only takes
 * their pushes stands in for the Pushgateway, which checks all that it has at each push and would need both cores for it.
 */
export async function measureShards({ node }: Setting): Promise<void> {
  const sink = createServer((request, response) => request.resume().on('end', () => response.end()));
  await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
  const PUSHGATEWAY_URL = `http://127.0.0.1:${(sink.address() as AddressInfo).port}`;
  await withServers(SHARDED, async ({ env }) => {
    const shared = {
      module: TICK,
      env: { ...env, ...WHOLE_JOB, PUSHGATEWAY_URL },
      runs: 1,
      node,
      flags: lambdaFlags(512),
      budgetMs: BUDGET_MS,
    };
    const shards = Array.from({ length: SHARDS }, (_, nth) => `${nth + 1}/${SHARDS}`);
    const costs = (await Promise.all(shards.map((shard) => measure({ ...shared, event: { shard } })))).flat();
    print(
      `${SHARDED.topics} topics x ${SHARDED.groups} groups x ${SHARDED.queues} queues = ${rowsOf(SHARDED)} rows in ${SHARDS} shards side by side, first ticks: median (least to most)`,
      ['wall s of a shard', 'CPU ms of a shard', 'peak RSS MB of a shard'],
      [[spreadOf(costs, 'wallMs', true), spreadOf(costs, 'cpuMs'), spreadOf(costs, 'peakRssMb')]],
    );
  }).finally(() => sink.close());
}
