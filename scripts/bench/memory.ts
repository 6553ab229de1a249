import { obtainNode24 } from '../servers/node24.ts';
import { lambdaFlags, MODULES, measure } from './processes.ts';
import { between, type Setting } from './setting.ts';
import { rowsOf, type Shape } from './shape.ts';
import { print, spread } from './table.ts';

const RUNS = 3;
const CASES: readonly { memoryMb: number; shape: Shape }[] = [
  { memoryMb: 128, shape: { topics: 156, groups: 4, queues: 8 } },
  { memoryMb: 256, shape: { topics: 2000, groups: 4, queues: 8 } },
];

/** Peak memory of three ticks in one process, with Lambda's Node and the heap limits that Lambda sets. */
export async function measureMemory(setting: Setting): Promise<void> {
  const node = obtainNode24();
  const rows = [];
  for (const { memoryMb, shape } of CASES) {
    const [first, last] = await between(shape, setting, async ({ env }) => {
      const peaks: [number[], number[]] = [[], []];
      for (let round = 0; round < setting.rounds; round += 1) {
        const costs = await measure({ module: MODULES.tick, env: env(), runs: RUNS, node, flags: lambdaFlags(memoryMb) });
        peaks[0].push(costs[0]?.peakRssMb ?? 0);
        peaks[1].push(costs[RUNS - 1]?.peakRssMb ?? 0);
      }
      return peaks;
    });
    rows.push([rowsOf(shape), memoryMb, spread(first), spread(last)]);
  }
  print('Memory on Node 24 with the limits of a Lambda', ['rows', 'Lambda MB', 'peak RSS MB, first tick', `after ${RUNS} ticks`], rows);
}
