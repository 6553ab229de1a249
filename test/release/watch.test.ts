import { expect, test } from 'vitest';
import { watch } from '../../scripts/demo/watch.ts';

test('a newcomer sees alerts come, and go again when nothing is known any more', async () => {
  const lines: string[] = [];
  expect(await watch({ minuteMs: 800, say: (line) => lines.push(line) })).toBe(0);
  const position = (pattern: RegExp) => lines.findIndex((line) => pattern.test(line));
  const told = [
    /^A real Prometheus at http:\/\/127\.0\.0\.1:\d+ scrapes/,
    /^\nA healthy cluster/,
    /^ +\d+ s {2}FIRING {4}critical {2}RocketmqLagNobodyConsumes: Nobody consumes for g_offline \(demo\)\.$/,
    /^\nbroker-b is killed/,
    /FIRING {4}critical {2}RocketmqLagBrokerVanished: Broker broker-b \(demo\) has vanished\.$/,
    /^\nThe console is gone/,
    /resolved {2}critical {2}RocketmqLagNobodyConsumes/,
    /FIRING {4}critical {2}RocketmqLagCollectorStale: The backlog of demo is unknown: the last data is /,
  ].map(position);
  expect(told).not.toContain(-1);
  expect(told).toEqual([...told].sort((a, b) => a - b));
  expect(lines.filter((line) => line.includes('QueuesVanished')).length).toBeLessThan(9);
});
