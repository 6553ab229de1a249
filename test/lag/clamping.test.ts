import { describe, expect, test } from 'vitest';
import { aggregate } from '../../src/lag/aggregate.ts';
import { group, NOW, queue, readings, topic } from '../support/readings.ts';

const at = (brokerOffset: number, consumerOffset: number) => queue({ brokerOffset, consumerOffset });

const CASES = [
  { n: 1, proves: 'what was written and not consumed waits', queues: [at(130, 100)], backlog: 30, negativeDiffs: 0 },
  { n: 2, proves: 'a queue consumed to its end has none', queues: [at(100, 100)], backlog: 0, negativeDiffs: 0 },
  { n: 3, proves: 'a consumer ahead of the broker has none either, and is counted', queues: [at(90, 100)], backlog: 0, negativeDiffs: 1 },
  {
    n: 4,
    proves: 'a queue that is ahead takes nothing off its neighbours',
    queues: [at(130, 100), { ...at(90, 100), queueId: 1 }],
    backlog: 30,
    negativeDiffs: 1,
  },
  {
    n: 5,
    proves: 'each queue that is ahead counts',
    queues: [at(0, 1), { ...at(0, 1), queueId: 1 }, { ...at(0, 1), broker: 'broker-b' }],
    backlog: 0,
    negativeDiffs: 3,
  },
  { n: 6, proves: 'an empty queue is no negative difference', queues: [at(0, 0)], backlog: 0, negativeDiffs: 0 },
] as const;

describe('the backlog of a queue', () => {
  for (const { n, proves, queues, backlog, negativeDiffs } of CASES)
    test(`${n}. ${proves}`, () => {
      const report = aggregate(readings([topic('orders', group('g_orders', ...queues))]), NOW);
      expect(report).toMatchObject({ backlog, negativeDiffs });
      expect(report.detail.map((row) => row.backlog).every((waiting) => waiting >= 0)).toBe(true);
      expect(report.byGroup.get('g_orders')).toBe(backlog);
    });

  test('7. offsets are summed as they are, also where the consumer is ahead', () => {
    const queues = [at(130, 100), { ...at(90, 100), queueId: 1 }];
    const [subscription] = aggregate(readings([topic('orders', group('g_orders', ...queues))]), NOW).subscriptions;
    expect(subscription).toMatchObject({ brokerOffset: 220, consumerOffset: 200, queues: 2 });
  });

  test('8. the rows of a broadcast group are not looked at for negative differences', () => {
    const queues = [
      queue({ brokerOffset: 5, consumerOffset: 0, lastTimestamp: null }),
      queue({ brokerOffset: -1, consumerOffset: 0, lastTimestamp: null, queueId: 1 }),
    ];
    const answers = { g: { answered: true, messageModel: 'BROADCASTING', presence: { kind: 'unknown' } } } as const;
    expect(aggregate(readings([topic('orders', group('g', ...queues))], answers), NOW).negativeDiffs).toBe(0);
  });
});
