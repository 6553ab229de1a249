import { describe, expect, test } from 'vitest';
import { aggregate } from '../../src/lag/aggregate.ts';
import type { QueueReading } from '../../src/lag/readings.ts';
import { behind, broker, group, NOW, queue, readings, topic } from '../support/readings.ts';

const ago = (seconds: number) => NOW - seconds * 1000;

const CASES = [
  { n: 1, proves: 'the age of the last message consumed', queues: [behind(5, { lastTimestamp: ago(90) })], delaySeconds: 90 },
  { n: 2, proves: 'fractions of a second stay', queues: [behind(5, { lastTimestamp: NOW - 1_500 })], delaySeconds: 1.5 },
  {
    n: 3,
    proves: 'the queue furthest behind decides, first or last',
    queues: [behind(5, { lastTimestamp: ago(10) }), behind(5, { lastTimestamp: ago(300) }), behind(5, { lastTimestamp: ago(20) })],
    delaySeconds: 300,
  },
  {
    n: 4,
    proves: 'a queue without backlog has no say, however long ago it was consumed from',
    queues: [behind(5, { lastTimestamp: ago(10) }), queue({ lastTimestamp: ago(9_000) })],
    delaySeconds: 10,
  },
  {
    n: 5,
    proves: 'nor has one whose consumer is ahead of the broker',
    queues: [behind(5, { lastTimestamp: ago(10) }), behind(-7, { lastTimestamp: ago(9_000) })],
    delaySeconds: 10,
  },
  { n: 6, proves: 'caught up is 0, also when idle for long', queues: [queue({ lastTimestamp: ago(9_000) })], delaySeconds: 0 },
  { n: 7, proves: 'caught up is 0, also when no time is known', queues: [queue({ lastTimestamp: null })], delaySeconds: 0 },
  { n: 8, proves: 'backlog and no time known is unknown, not 0', queues: [behind(5, { lastTimestamp: null })], delaySeconds: null },
  {
    n: 9,
    proves: 'the time of a queue without backlog is no substitute',
    queues: [behind(5, { lastTimestamp: null }), queue({ lastTimestamp: ago(10) })],
    delaySeconds: null,
  },
  {
    n: 10,
    proves: 'of several queues with backlog one that was never consumed has no say',
    queues: [behind(5, { lastTimestamp: null, consumerOffset: 0 }), behind(5, { lastTimestamp: ago(30) })],
    delaySeconds: 30,
  },
  {
    n: 11,
    proves: 'a clock that is ahead by little gives 0, never less',
    queues: [behind(5, { lastTimestamp: ago(-5) })],
    delaySeconds: 0,
  },
  { n: 13, proves: 'ahead by more than 5 s is unknown', queues: [behind(5, { lastTimestamp: ago(-5.001) })], delaySeconds: null },
  {
    n: 14,
    proves: 'an unknown age of one queue makes the delay unknown, for it may be the largest',
    queues: [behind(5, { lastTimestamp: ago(9_000) }), behind(5, { lastTimestamp: ago(-60) })],
    delaySeconds: null,
  },
  {
    n: 15,
    proves: 'the age is that of the moment when the row was read',
    queues: [behind(5, { lastTimestamp: ago(12.8), readAt: ago(11.2) })],
    delaySeconds: 1.6,
  },
  {
    n: 16,
    proves: 'each row has a moment of its own',
    queues: [behind(5, { lastTimestamp: ago(20), readAt: ago(15) }), behind(5, { lastTimestamp: ago(9), readAt: ago(1) })],
    delaySeconds: 8,
  },
] as const;

describe('the consume delay of a group on a topic', () => {
  for (const { n, proves, queues, delaySeconds } of CASES)
    test(`${n}. ${proves}`, () => {
      const numbered = queues.map((row, queueId) => ({ ...row, queueId }));
      const [subscription] = aggregate(readings([topic('orders', group('g_orders', ...numbered))]), NOW).subscriptions;
      expect(subscription?.delaySeconds).toBe(delaySeconds);
    });

  test('12. one topic’s delay is not another’s', () => {
    const { subscriptions } = aggregate(
      readings([
        topic('orders', group('g', behind(5, { lastTimestamp: ago(10) }))),
        topic('payments', group('g', behind(5, { lastTimestamp: ago(700) }))),
      ]),
      NOW,
    );
    expect(subscriptions.map(({ delaySeconds }) => delaySeconds)).toEqual([10, 700]);
  });

  const OUTLIVED = behind(5, { lastTimestamp: null, consumerOffset: 40, queueId: 1 });
  const subscriptionOf = (...queues: QueueReading[]) => {
    const brokers = [broker({ earliestMessageAt: ago(600) })];
    return aggregate(readings([topic('orders', group('g', ...queues))], {}, { brokers }), NOW).subscriptions[0];
  };

  test('17. a queue that has outlived its messages makes it unknown: the true delay is larger than any that is left', () => {
    expect(subscriptionOf(OUTLIVED)?.delaySeconds).toBeNull();
    expect(subscriptionOf(OUTLIVED, behind(5, { lastTimestamp: ago(2) }))?.delaySeconds).toBeNull();
    expect(subscriptionOf(OUTLIVED, behind(5, { lastTimestamp: ago(9_000) }))?.delaySeconds).toBeNull();
  });

  test('18. without backlog nothing is outlived', () => {
    expect(subscriptionOf(queue({ lastTimestamp: null }), behind(5, { lastTimestamp: ago(2), queueId: 1 }))?.delaySeconds).toBe(2);
  });

  test('19. a process has the delay of its own queues, and queues without an owner have theirs', () => {
    const rows = [
      behind(5, { lastTimestamp: ago(2) }),
      behind(7, { lastTimestamp: ago(90), queueId: 1, clientId: '192.0.2.2@200#9' }),
      behind(3, { lastTimestamp: null, queueId: 2, clientId: null }),
      queue({ queueId: 3, clientId: '192.0.2.3@300#9' }),
    ];
    expect(subscriptionOf(...rows)).toMatchObject({
      delaySeconds: null,
      owners: [
        { client: { ip: '', pid: '' }, backlog: 3, delaySeconds: null },
        { client: { ip: '192.0.2.1', pid: '100' }, backlog: 5, delaySeconds: 2 },
        { client: { ip: '192.0.2.2', pid: '200' }, backlog: 7, delaySeconds: 90 },
        { client: { ip: '192.0.2.3', pid: '300' }, backlog: 0, delaySeconds: 0 },
      ],
    });
  });
});
