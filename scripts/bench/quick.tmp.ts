import { buildBundle } from '../build.ts';
import { startPushgateway } from '../pushgateway.ts';
import { buildProcesses, MODULES, measure, startConsole } from './processes.ts';

const [, , rounds = '3', max = '1000000', node = process.execPath, which = 'tick,floor'] = process.argv;
await buildProcesses();
await buildBundle();
const c = await startConsole({ topics: 2000, groups: 4, queues: 8 }, 20);
const g = await startPushgateway();
const env = { CONSOLE_URL: c.url, PUSHGATEWAY_URL: g.url, CLUSTER_NAME: 'b', MAX_SERIES: max };
try {
  for (let r = 0; r < Number(rounds); r++)
    for (const m of which.split(',') as (keyof typeof MODULES)[]) {
      const costs = await measure({
        module: process.env.MOD ?? MODULES[m],
        env,
        runs: 3,
        node,
        flags: [
          ...(process.env.PROF ? ['--cpu-prof', '--cpu-prof-dir=/tmp/prof'] : []),
          '--max-old-space-size=230',
          '--max-semi-space-size=12',
        ],
      });
      const s = await c.take();
      console.log(
        m,
        costs.map((x) => `wall ${x.wallMs.toFixed(0)} cpu ${x.cpuMs.toFixed(0)} rss ${x.peakRssMb.toFixed(0)}`).join(' | '),
        s.requests,
        s.bytes,
        s.maxInFlight,
        JSON.stringify((costs[0]!.result as any).series ?? ''),
      );
    }
} finally {
  await c.stop();
  await g.stop();
}
