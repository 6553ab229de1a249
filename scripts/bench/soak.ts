import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import Table from 'cli-table3';
import { openLog } from '../../src/base/log.ts';
import { emptyWarmState, invoke } from '../../src/invocation.ts';
import { leaveHost } from '../servers/processes.ts';
import { startPushgateway } from '../servers/servers.ts';

/**
 * A thousand ticks in one warm process, as a Lambda that is never recycled would run them: does it hold on to anything?
 * One tick in ten meets a console that is out of order. Prints what is open and held at the start, in the middle and at
 * the end; asserts nothing.
 */
const TICKS = 1000;
const TOPICS = 50;
const MEGABYTE = 1024 * 1024;

let broken = false;
const console_ = createServer(({ url = '' }, response) => {
  const topic = new URL(url, 'http://console').searchParams.get('topic');
  if (broken && topic !== null && topic !== 't0') return void response.destroy();
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ status: 0, data: topic === null ? { topicList: topicNames() } : rowsOf(topic), errMsg: null }));
});

function topicNames(): string[] {
  return Array.from({ length: TOPICS }, (_, index) => `t${index}`);
}

function rowsOf(topic: string) {
  const row = {
    brokerName: 'broker-a',
    brokerOffset: 150,
    consumerOffset: 100,
    clientInfo: '192.0.2.2@41#7',
    lastTimestamp: 1_795_403_476_413,
  };
  return { [`g_${topic}`]: { queueStatInfoList: Array.from({ length: 8 }, (_, queueId) => ({ ...row, queueId })) } };
}

async function soak(): Promise<void> {
  leaveHost();
  const gateway = await startPushgateway();
  await new Promise<void>((resolve) => console_.listen(0, '127.0.0.1', resolve));
  const env = {
    CONSOLE_URL: `http://127.0.0.1:${(console_.address() as AddressInfo).port}`,
    PUSHGATEWAY_URL: gateway.url,
    CLUSTER_NAME: 'soak',
  };
  const warm = emptyWarmState();
  const log = openLog(new Writable({ write: (_chunk, _encoding, done) => done() }));
  const table = new Table({
    head: ['after', 'sockets', 'timers', 'resident MB', 'heap MB', 'complete', 'partial', 'failed'],
    style: { head: [] },
  });
  const outcomes: Record<string, number> = {};
  try {
    for (let tick = 0; tick <= TICKS; tick += 1) {
      if (tick === 1 || tick === TICKS / 2 || tick === TICKS) table.push(await look(`${tick} ticks`, outcomes));
      if (tick === TICKS) break;
      broken = tick % 10 === 9;
      // A tick that meets the broken console gives up soon: what is soaked here is not its patience.
      const outcome = await invoke({}, { env, budgetMs: broken ? 300 : 20_000, warm, log }).then(
        (result) => result.outcome,
        () => 'failed',
      );
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
  } finally {
    await gateway.stop();
    console_.closeAllConnections();
    console_.close();
  }
  console.log(table.toString());
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
