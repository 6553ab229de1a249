import { rowsOf, type Shape } from './made-up-cluster.ts';
import {
  FLOOR,
  LATENCY_MS,
  lambdaFlags,
  measureInTurn,
  pairedRatio,
  print,
  type Setting,
  spreadOf,
  TICK,
  WHOLE_JOB,
  withServers,
} from './measure.ts';

const SHAPE: Shape = { topics: 2_000, groups: 4, queues: 8 };
const RUNS = 3;

/** The whole tick beside the least that it could cost, and beside reading one topic after the other. */
export async function measureWholeJob({ rounds, node }: Setting): Promise<void> {
  await withServers(SHAPE, async ({ console: source, gatewayUrl, env }) => {
    const tick = { module: TICK, env: { ...env, ...WHOLE_JOB }, node, flags: lambdaFlags(512), runs: RUNS, console: source };
    const floor = { ...tick, module: FLOOR };
    const [ofTick, ofFloor] = await measureInTurn([tick, floor], rounds);
    const series = await requireSameSeries(gatewayUrl);
    // It waits for most of a minute, and differs little from one time to the next.
    const [ofSequential] = await measureInTurn([{ ...floor, env: { ...env, CONCURRENCY: '1' }, runs: 1 }], 1);
    if (!ofTick || !ofFloor || !ofSequential) throw new Error('nothing was measured');
    print(
      `${SHAPE.topics} topics x ${SHAPE.groups} groups x ${SHAPE.queues} queues = ${rowsOf(SHAPE)} rows, ${LATENCY_MS} ms latency, ${rounds} rounds: median (least to most)`,
      ['', 'wall ms', 'CPU ms, first tick', `CPU ms, tick ${RUNS} (warm)`, 'peak RSS MB'],
      [
        { name: 'tick', ...ofTick },
        { name: 'floor', ...ofFloor },
        { name: 'sequential', ...ofSequential },
      ].map(({ name, first, last }) => [
        name,
        spreadOf(last, 'wallMs'),
        spreadOf(first, 'cpuMs'),
        spreadOf(last, 'cpuMs'),
        spreadOf(last, 'peakRssMb'),
      ]),
    );
    print(
      `Ratios, medians of pairs measured one after the other. Tick and floor push the same ${series} series`,
      ['', 'first tick', 'warm'],
      [
        ['CPU, tick to floor', pairedRatio(ofTick.first, ofFloor.first, 'cpuMs'), pairedRatio(ofTick.last, ofFloor.last, 'cpuMs')],
        ['wall, tick to floor', pairedRatio(ofTick.first, ofFloor.first, 'wallMs'), pairedRatio(ofTick.last, ofFloor.last, 'wallMs')],
        [
          'wall, sequential to tick',
          pairedRatio(ofSequential.first, ofTick.first, 'wallMs'),
          pairedRatio(ofSequential.last, ofTick.last, 'wallMs'),
        ],
      ],
    );
  });
}

/** Throws where tick and floor have not pushed the same series with the same values; gives how many. Delays depend on the clock: only their names count. */
async function requireSameSeries(gatewayUrl: string): Promise<number> {
  const text = await (await fetch(`${gatewayUrl}/metrics`)).text();
  const lines = text.split('\n').filter((line) => /^rocketmq_(?!tick_)/.test(line));
  const pushedBy = (isFloor: boolean) =>
    new Set(lines.filter((line) => line.includes('job="floor"') === isFloor).map((line) => withoutGroup(line)));
  const [ofTick, ofFloor] = [pushedBy(false), pushedBy(true)];
  const missing = [...ofTick].find((line) => !ofFloor.has(line)) ?? [...ofFloor].find((line) => !ofTick.has(line));
  if (missing !== undefined) throw new Error(`only one of tick and floor pushes ${missing}`);
  return ofTick.size;
}

/** A line without what names its group at the Pushgateway, and without a value that depends on the clock. */
function withoutGroup(line: string): string {
  return line
    .replace(/(?:instance|job|rocketmqClusterName)="[^"]*",?/g, '')
    .replace(',}', '}')
    .replace(/^(\S*_delay_seconds\S*) .*/, '$1');
}
