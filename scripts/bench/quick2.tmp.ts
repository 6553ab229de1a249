import { startPushgateway } from '../pushgateway.ts';
import { buildProcesses, lambdaFlags, measure, startConsole } from './processes.ts';

await buildProcesses();
const c = await startConsole({ topics: 156, groups: 4, queues: 8 }, 20);
const g = await startPushgateway();
try {
  const costs = await measure({
    module: '/tmp/mem2.mjs',
    env: {
      ...(process.env.ARENA ? { MALLOC_ARENA_MAX: process.env.ARENA } : {}),
      ...(process.env.UVT ? { UV_THREADPOOL_SIZE: process.env.UVT } : {}),
      CONSOLE_URL: c.url,
      PUSHGATEWAY_URL: g.url,
      CLUSTER_NAME: 'b',
    },
    runs: 8,
    node: process.argv[2]!,
    flags: [...lambdaFlags(128), ...(process.argv[3]?.split(' ') ?? [])],
  });
  console.log(costs.map((x) => x.peakRssMb.toFixed(0) + '/' + x.cpuMs.toFixed(0)).join(' '));
} finally {
  await c.stop();
  await g.stop();
}
