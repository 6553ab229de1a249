import { BY_THE_CLOCK, seriesIn, startSink } from './parity.ts';
import { lambdaFlags, MODULES, measure } from './processes.ts';
import { between, type Setting } from './setting.ts';
import { rowsOf, type Shape } from './shape.ts';
import { print, spread } from './table.ts';

const SHAPE: Shape = { topics: 10_000, groups: 2, queues: 8 };
const SHARDS = 8;
/** The timeout of the deployed function. */
const BUDGET_MS = 55_000;
/** Sums over all topics: each shard has its part of them. */
const ADDS_UP = /^rocketmq_msg_diff_(consumergroup|broker|queue|clientinfo)\{/;
/** What each shard knows of the whole cluster. */
const OF_THE_CLUSTER = /^rocketmq_broker_/;

/** Ten thousand topics in shards, side by side in processes as Lambda would run them, and that together they push what one tick does. */
export async function measureShards(setting: Setting): Promise<void> {
  const sink = await startSink();
  try {
    await between(SHAPE, setting, async ({ env }) => {
      const run = (event: object, budgetMs: number) =>
        measure({
          module: MODULES.tick,
          env: env({ PUSHGATEWAY_URL: sink.url, MAX_SERIES: '10000000', PROCESS_QUESTIONS: '0' }),
          event,
          budgetMs,
          node: setting.node,
          flags: lambdaFlags(512),
        });
      const shards = await Promise.all(
        Array.from({ length: SHARDS }, async (_, nth) => (await run({ shard: `${nth + 1}/${SHARDS}` }, BUDGET_MS))[0]),
      );
      const parts = sink.take().map(seriesIn);
      await run({}, 600_000);
      const [whole = new Map<string, string>()] = sink.take().map(seriesIn);
      holdUnion(parts, whole);
      const costs = shards.filter((cost) => cost !== undefined);
      print(
        `${SHAPE.topics} topics x ${SHAPE.groups} groups x ${SHAPE.queues} queues = ${rowsOf(SHAPE)} rows in ${SHARDS} shards side by side, first ticks: median (least to most)`,
        ['series of all', 'wall s of a shard', 'CPU ms of a shard', 'peak RSS MB of a shard'],
        [
          [
            whole.size,
            spread(
              costs.map(({ wallMs }) => wallMs / 1000),
              1,
            ),
            spread(costs.map(({ cpuMs }) => cpuMs)),
            spread(costs.map(({ peakRssMb }) => peakRssMb)),
          ],
        ],
      );
      console.log(`Each within its ${BUDGET_MS / 1000} s; together they push the ${whole.size} series of one tick, with its values.`);
    });
  } finally {
    sink.close();
  }
}

function holdUnion(parts: readonly ReadonlyMap<string, string>[], whole: ReadonlyMap<string, string>): void {
  if (parts.length !== SHARDS) throw new Error(`${parts.length} of ${SHARDS} shards pushed`);
  for (const [name, value] of whole) {
    const found = parts.flatMap((part) => part.get(name) ?? []);
    const together = ADDS_UP.test(name) ? String(found.reduce((sum, one) => sum + Number(one), 0)) : found[0];
    const times = ADDS_UP.test(name) || OF_THE_CLUSTER.test(name) ? found.length > 0 : found.length === 1;
    if (!times || (together !== value && !BY_THE_CLOCK.test(name)))
      throw new Error(`one tick pushes ${name} ${value}, and the shards ${found.join(' and ') || 'no such series'}`);
  }
  const all = new Set(parts.flatMap((part) => [...part.keys()]));
  if (all.size !== whole.size) throw new Error(`the shards push ${all.size} series, and one tick ${whole.size}`);
}
