import type { Cost } from './measured-process.ts';
import { holdParity } from './parity.ts';
import { lambdaFlags, MODULES, measure } from './processes.ts';
import { between, type Setting } from './setting.ts';
import { rowsOf } from './shape.ts';
import { median, pairedRatio, print, spread } from './table.ts';

/** Ticks in one process: the first is a cold start's, the last a warm Lambda's. */
const RUNS = 3;
const FLAGS = lambdaFlags(512);
/** Everything is pushed, and nothing is asked that the floor does not ask: what asking why costs is measured on its own. */
const WHOLE = { MAX_SERIES: '10000000', PROCESS_QUESTIONS: '0' };

interface Side {
  readonly name: string;
  readonly cold: Cost[];
  readonly warm: Cost[];
  requests: number;
  megabytes: number;
}

/** The whole tick, its floor and the sequential collector next to each other. Gives the tick's warm CPU and wall time, in ms. */
export async function compareSides(setting: Setting): Promise<{ cpuMs: number; wallMs: number }> {
  const { shape, node, rounds, concurrency, latencyMs } = setting;
  return await between(shape, setting, async ({ console: source, env }) => {
    const side = (name: string): Side => ({ name, cold: [], warm: [], requests: 0, megabytes: 0 });
    const tick = side('tick');
    const floor = side('floor');
    const limited = side('tick, default MAX_SERIES');
    const sequential = side('sequential');
    const { series, megabytes } = await holdParity(env(WHOLE), setting);
    const run = async (into: Side, module: string, more: Record<string, string> = WHOLE, runs = RUNS) => {
      await source.take();
      const costs = await measure({ module, env: env(more), runs, node, flags: FLAGS });
      const served = await source.take();
      const [first, last] = [costs[0], costs[costs.length - 1]];
      if (first && last) into.cold.push(first) && into.warm.push(last);
      into.requests = served.requests / runs;
      into.megabytes = served.bytes / runs / 1e6;
    };
    for (let round = 0; round < rounds; round += 1) {
      await run(tick, MODULES.tick);
      await run(floor, MODULES.floor);
      await run(limited, MODULES.tick, { PROCESS_QUESTIONS: '0' });
      // It waits for most of a minute, and differs little from one time to the next.
      if (round === 0) await run(sequential, MODULES.floor, { CONCURRENCY: '1' }, 1);
    }
    print(
      `${shape.topics} topics x ${shape.groups} groups x ${shape.queues} queues = ${rowsOf(shape)} rows, ${latencyMs} ms latency, CONCURRENCY ${concurrency}, ${rounds} rounds: median (least to most)`,
      ['', 'wall ms', 'CPU ms, first tick', `CPU ms, tick ${RUNS} (warm)`, 'peak RSS MB', 'requests', 'MB read'],
      [tick, floor, limited, sequential].map(({ name, cold, warm, requests, megabytes }) => [
        name,
        spread(warm.map(({ wallMs }) => wallMs)),
        spread(cold.map(({ cpuMs }) => cpuMs)),
        spread(warm.map(({ cpuMs }) => cpuMs)),
        spread(warm.map(({ peakRssMb }) => peakRssMb)),
        requests,
        megabytes.toFixed(1),
      ]),
    );
    console.log(
      `Tick and floor push the same ${series} series, as ${megabytes.tick.toFixed(1)} and ${megabytes.floor.toFixed(1)} MB of text.`,
    );
    const of = (what: 'cpuMs' | 'wallMs', costs: Cost[]) => costs.map((cost) => cost[what]);
    const wall = (costs: Cost[]) => median(of('wallMs', costs));
    const times = (ratio: number) => `${ratio.toFixed(2)} x`;
    print(
      'Ratios (of tick to floor: median of pairs measured one after the other)',
      ['', 'first tick', 'warm'],
      [
        ...(['cpuMs', 'wallMs'] as const).map((what) => [
          `${what === 'cpuMs' ? 'CPU' : 'wall'}, tick to floor`,
          times(pairedRatio(of(what, tick.cold), of(what, floor.cold))),
          times(pairedRatio(of(what, tick.warm), of(what, floor.warm))),
        ]),
        ['wall, sequential to tick', times(wall(sequential.cold) / wall(tick.cold)), times(wall(sequential.warm) / wall(tick.warm))],
      ],
    );
    return { cpuMs: median(of('cpuMs', tick.warm)), wallMs: wall(tick.warm) };
  });
}
