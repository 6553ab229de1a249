import { Writable } from 'node:stream';
import { openLog } from '../../src/base/log.ts';
import { emptyWarmState, invoke } from '../../src/invocation.ts';
import { leaveHost } from '../servers/processes.ts';
import { startPushgateway } from '../servers/servers.ts';
import { startMadeUpConsole } from './made-up-cluster.ts';
import { print } from './measure.ts';

/**
 * A thousand ticks in one warm process, as a Lambda that is never recycled would run them: does it hold on to anything?
 * One tick in ten meets a console that is out of order. Prints what is open and held at the start, in the middle and at
 * the end; asserts nothing.
 */
const TICKS = 1000;
const SHAPE = { topics: 50, groups: 1, queues: 8 };
const MEGABYTE = 1024 * 1024;

async function soak(): Promise<void> {
  leaveHost();
  let isBroken = false;
  const gateway = await startPushgateway();
  const source = await startMadeUpConsole(SHAPE, 0, (path, _nth, response) => {
    if (!isBroken || !path.includes('topic=') || path.endsWith('00000')) return false;
    response.destroy();
    return true;
  });
  const env = { CONSOLE_URL: source.url, PUSHGATEWAY_URL: gateway.url, CLUSTER_NAME: 'soak' };
  const warm = emptyWarmState();
  const log = openLog(new Writable({ write: (_chunk, _encoding, done) => done() }));
  const rows = [];
  const outcomes: Record<string, number> = {};
  try {
    for (let tick = 0; tick <= TICKS; tick += 1) {
      if (tick === 1 || tick === TICKS / 2 || tick === TICKS) rows.push(await look(`${tick} ticks`, outcomes));
      if (tick === TICKS) break;
      isBroken = tick % 10 === 9;
      // A tick that meets the broken console gives up soon: what is soaked here is not its patience.
      const outcome = await invoke({}, { env, budgetMs: isBroken ? 300 : 20_000, warm, log }).then(
        (result) => result.outcome,
        () => 'failed',
      );
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
  } finally {
    await gateway.stop();
    await source.close();
  }
  print('Ticks in one process', ['after', 'sockets', 'timers', 'resident MB', 'heap MB', 'complete', 'partial', 'failed'], rows);
}

async function look(when: string, outcomes: Readonly<Record<string, number>>): Promise<(string | number)[]> {
  // A destroyed socket leaves the list two turns of the loop later; with --expose-gc the heap is what is really held.
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  globalThis.gc?.();
  const open = process.getActiveResourcesInfo();
  const { rss, heapUsed } = process.memoryUsage();
  const count = (kind: string) => open.filter((resource) => resource === kind).length;
  const inMegabytes = (bytes: number) => (bytes / MEGABYTE).toFixed(1);
  const ended = ['complete', 'partial', 'failed'].map((outcome) => outcomes[outcome] ?? 0);
  return [when, count('TCPSocketWrap'), count('Timeout'), inMegabytes(rss), inMegabytes(heapUsed), ...ended];
}

await soak();
