import { straightness } from './line.ts';
import { MODULES, measure } from './processes.ts';
import { between, type Setting } from './setting.ts';
import { rowsOf, type Shape } from './shape.ts';
import { median, print } from './table.ts';

const RUNS = 3;
/** Room for all of it, so that what is seen is growth and not a limit; garbage is swept up as in a Lambda of 256 MB. */
const FLAGS = ['--max-old-space-size=2048', '--max-semi-space-size=12'];
const BY_TOPICS: readonly Shape[] = [100, 1_000, 10_000].map((topics) => ({ topics, groups: 2, queues: 4 }));
const BY_ROWS: readonly Shape[] = [1, 4, 16, 64, 256].map((queues) => ({ topics: 250, groups: 4, queues }));

/** What topics and rows cost as they grow, and what their order costs. */
export async function measureGrowth(setting: Setting): Promise<void> {
  await table('Growth in the topics, 8 rows each', BY_TOPICS, setting);
  await table('Growth in the rows of 250 topics', BY_ROWS, setting);
  const { topics, groups, queues } = setting.shape;
  const shape = { topics: Math.min(topics, 500), groups, queues: queues * 4 };
  await table('The same rows, in order and shuffled', [shape, { ...shape, shuffled: true }], setting);
}

async function table(title: string, shapes: readonly Shape[], setting: Setting): Promise<void> {
  const rows = [];
  const cpu: [number, number][] = [];
  const memory: [number, number][] = [];
  for (const shape of shapes) {
    const costs = await between(shape, { ...setting, latencyMs: 2 }, async ({ env }) => {
      const measured = [];
      for (let round = 0; round < setting.rounds; round += 1) {
        const more = { MAX_SERIES: '10000000', PROCESS_QUESTIONS: '0' };
        measured.push(...(await measure({ module: MODULES.tick, env: env(more), runs: RUNS, node: setting.node, flags: FLAGS })).slice(-1));
      }
      return measured;
    });
    const cpuMs = median(costs.map((cost) => cost.cpuMs));
    const rss = median(costs.map(({ peakRssMb }) => peakRssMb));
    cpu.push([rowsOf(shape), cpuMs]);
    memory.push([rowsOf(shape), rss]);
    rows.push([
      shape.topics,
      rowsOf(shape),
      shape.shuffled ? 'shuffled' : 'in order',
      cpuMs.toFixed(0),
      ((cpuMs * 1000) / rowsOf(shape)).toFixed(1),
      rss.toFixed(0),
    ]);
  }
  print(`${title}: tick ${RUNS} of a process, all series pushed`, ['topics', 'rows', 'order', 'CPU ms', 'µs a row', 'peak RSS MB'], rows);
  if (shapes.length > 2) {
    const percent = (points: typeof cpu) => `${(100 * straightness(points)).toFixed(1)} %`;
    console.log(`A straight line in the rows explains ${percent(cpu)} of the differences in CPU, ${percent(memory)} of those in memory.`);
  }
}
