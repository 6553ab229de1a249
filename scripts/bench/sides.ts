import type { Cost } from './measured-process.ts';
import { lambdaFlags, MODULES, measure } from './processes.ts';
import { between, type Setting } from './setting.ts';
import { rowsOf } from './shape.ts';
import { median, pairedRatio, print, spread } from './table.ts';

/** Ticks in one process: the first is a cold start's, the last a warm Lambda's. */
const RUNS = 3;
const FLAGS = lambdaFlags(256);

interface Side {
  readonly name: string;
  readonly cold: Cost[];
  readonly warm: Cost[];
  requests: number;
  megabytes: number;
}

/** The tick, its floor and the sequential collector next to each other. Gives the tick's warm CPU and wall time, in ms. */
export async function compareSides(setting: Setting): Promise<{ cpuMs: number; wallMs: number }> {
  const { shape, node, rounds, concurrency, latencyMs } = setting;
  return await between(shape, setting, async ({ console: source, env }) => {
    const side = (name: string): Side => ({ name, cold: [], warm: [], requests: 0, megabytes: 0 });
    const tick = side('tick, default settings');
    const all = side('tick, no series dropped');
    const dry = side('tick, dry run: no push');
    const floor = side('floor');
    const sequential = side('sequential');
    const run = async (into: Side, module: string, more: Record<string, string> = {}, runs = RUNS, event = {}) => {
      await source.take();
      const costs = await measure({ module, env: env(more), runs, event, node, flags: FLAGS });
      const served = await source.take();
      const [first, last] = [costs[0], costs[costs.length - 1]];
      if (first && last) into.cold.push(first) && into.warm.push(last);
      into.requests = served.requests / runs;
      into.megabytes = served.bytes / runs / 1e6;
    };
    for (let round = 0; round < rounds; round += 1) {
      await run(tick, MODULES.tick);
      await run(floor, MODULES.floor);
      await run(all, MODULES.tick, { MAX_SERIES: '10000000' });
      await run(dry, MODULES.tick, {}, RUNS, { dryRun: true });
      // It waits for most of a minute, and differs little from one time to the next.
      if (round === 0) await run(sequential, MODULES.floor, { CONCURRENCY: '1' }, 1);
    }
    print(
      `${shape.topics} topics x ${shape.groups} groups x ${shape.queues} queues = ${rowsOf(shape)} rows, ${latencyMs} ms latency, CONCURRENCY ${concurrency}, ${rounds} rounds: median (least to most)`,
      ['', 'wall ms', 'CPU ms, first tick', `CPU ms, tick ${RUNS} (warm)`, 'peak RSS MB', 'requests', 'MB read'],
      [tick, all, dry, floor, sequential].map(({ name, cold, warm, requests, megabytes }) => [
        name,
        spread(warm.map(({ wallMs }) => wallMs)),
        spread(cold.map(({ cpuMs }) => cpuMs)),
        spread(warm.map(({ cpuMs }) => cpuMs)),
        spread(warm.map(({ peakRssMb }) => peakRssMb)),
        requests,
        megabytes.toFixed(1),
      ]),
    );
    const cpu = (costs: Cost[]) => costs.map(({ cpuMs }) => cpuMs);
    const wall = (costs: Cost[]) => median(costs.map(({ wallMs }) => wallMs));
    const readMs = (costs: Cost[]) => median(costs.map(({ readMs = Number.NaN }) => readMs));
    const times = (ratio: number) => `${ratio.toFixed(2)} x`;
    print(
      'Ratios (CPU: median of pairs measured one after the other)',
      ['', 'first tick', 'warm'],
      [
        [
          'CPU against the floor, default settings',
          times(pairedRatio(cpu(tick.cold), cpu(floor.cold))),
          times(pairedRatio(cpu(tick.warm), cpu(floor.warm))),
        ],
        [
          'CPU against the floor, no series dropped',
          times(pairedRatio(cpu(all.cold), cpu(floor.cold))),
          times(pairedRatio(cpu(all.warm), cpu(floor.warm))),
        ],
        [
          'sequential against tick, wall without the push',
          times(readMs(sequential.cold) / wall(dry.cold)),
          times(readMs(sequential.warm) / wall(dry.warm)),
        ],
        [
          'sequential against tick, wall with the push',
          times(wall(sequential.cold) / wall(tick.cold)),
          times(wall(sequential.warm) / wall(tick.warm)),
        ],
      ],
    );
    return { cpuMs: median(cpu(tick.warm)), wallMs: wall(tick.warm) };
  });
}
