import { obtainNode24 } from '../servers/runtimes.ts';
import { slope } from './line.ts';
import { lambdaFlags, MODULES, measure } from './processes.ts';
import { between, type Setting } from './setting.ts';
import { rowsOf, type Shape } from './shape.ts';
import { median, print, spread } from './table.ts';

const RUNS = 3;
const shape = (topics: number): Shape => ({ topics, groups: 4, queues: 8 });
/** The last one is as the third, but for how much V8 may let its young objects take: that is most of the difference. */
const CASES: readonly { memoryMb: number; shape: Shape; semiSpaceMb?: number }[] = [
  { memoryMb: 128, shape: shape(156) },
  { memoryMb: 256, shape: shape(2000) },
  { memoryMb: 512, shape: shape(500) },
  { memoryMb: 512, shape: shape(1000) },
  { memoryMb: 512, shape: shape(2000) },
  { memoryMb: 512, shape: shape(4000) },
  { memoryMb: 512, shape: shape(2000), semiSpaceMb: 4 },
];

/** Peak memory of three whole ticks in one process, with Lambda's Node and the heap limits that Lambda sets. */
export async function measureMemory(setting: Setting): Promise<void> {
  const node = obtainNode24();
  const rows = [];
  const growth: [number, number][] = [];
  for (const { memoryMb, shape, semiSpaceMb } of CASES) {
    // Of a flag that is given twice Node takes the last.
    const flags = [...lambdaFlags(memoryMb), ...(semiSpaceMb === undefined ? [] : [`--max-semi-space-size=${semiSpaceMb}`])];
    const [first, last] = await between(shape, setting, async ({ env }) => {
      const peaks: [number[], number[]] = [[], []];
      const whole = { MAX_SERIES: '10000000', PROCESS_QUESTIONS: '0' };
      for (let round = 0; round < setting.rounds; round += 1) {
        const costs = await measure({ module: MODULES.tick, env: env(whole), runs: RUNS, node, flags });
        peaks[0].push(costs[0]?.peakRssMb ?? 0);
        peaks[1].push(costs[RUNS - 1]?.peakRssMb ?? 0);
      }
      return peaks;
    });
    rows.push([rowsOf(shape), memoryMb, semiSpaceMb ?? 'as Lambda', spread(first), spread(last)]);
    if (memoryMb === 512 && semiSpaceMb === undefined) growth.push([rowsOf(shape) / 1000, median(last)]);
  }
  print(
    'Memory on Node 24 with the limits of a Lambda, everything pushed',
    ['rows', 'Lambda MB', 'semi-space MB', 'peak RSS MB, first tick', `after ${RUNS} ticks`],
    rows,
  );
  console.log(`At 512 MB it grows by ${slope(growth).toFixed(2)} MB a thousand rows (least squares).`);
}
