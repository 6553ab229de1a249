import { gzipSync } from 'node:zlib';
import { deadlineIn } from '../../src/base/deadline.ts';
import { startExposition, textOf } from '../../src/metrics/exposition.ts';
import { metric, part } from '../../src/metrics/metric.ts';
import { startPushgateway } from '../servers/servers.ts';
import { openBenchGateway } from './gateway.ts';
import type { Setting } from './setting.ts';
import { topicName } from './shape.ts';
import { print, spread } from './table.ts';

const DETAIL = metric({
  name: 'msg_diff_detail',
  help: 'Backlog of one queue.',
  labels: ['topic', 'consumerGroup', 'broker', 'queueId', 'consumerClientIP', 'consumerClientPID'],
  series: (count: number, add) => {
    for (let index = 0; index < count; index += 1)
      add(
        index % 5_000,
        topicName(index >> 5),
        `g_fulfilment_${(index >> 3) % 500}`,
        index % 2 === 0 ? 'broker-a' : 'broker-b',
        (index >> 1) % 4,
        `10.20.${(index >> 8) & 255}.${index & 255}`,
        String(1000 + (index % 30_000)),
      );
  },
});

/** How long a real Pushgateway takes for so many series, their compression included. */
export async function measurePush({ rounds }: Setting): Promise<void> {
  const gateway = await startPushgateway();
  const pusher = openBenchGateway(gateway.url);
  try {
    const rows = [];
    for (const series of [1_000, 10_000, 50_000, 100_000]) {
      const exposition = await startExposition('rocketmq', [part(DETAIL, series)]);
      const tookMs = [];
      for (let round = 0; round < rounds; round += 1) {
        const startedAt = performance.now();
        await pusher.put({ job: 'bench' }, exposition, deadlineIn(60_000));
        tookMs.push(performance.now() - startedAt);
      }
      const text = textOf(exposition);
      rows.push([series, (text.length / 1e6).toFixed(2), (gzipSync(text, { level: 1 }).length / 1e6).toFixed(2), spread(tookMs)]);
    }
    print('Push', ['series', 'MB plain', 'MB sent', 'ms until accepted'], rows);
  } finally {
    pusher.close();
    await gateway.stop();
  }
}
