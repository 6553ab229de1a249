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
  { n: 11, proves: 'a broker whose clock is ahead gives 0, never less', queues: [behind(5, { lastTimestamp: ago(-30) })], delaySeconds: 0 },
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
  const delayOf = (queues: QueueReading[], earliestMessageAt: number | null | undefined) => {
    const brokers = earliestMessageAt === undefined ? [] : [broker({ earliestMessageAt })];
    return aggregate(readings([topic('orders', group('g', ...queues))], {}, { brokers }), NOW).subscriptions[0]?.delaySeconds;
  };

  test('13. a queue that has outlived its messages is as late as the earliest message of its broker, at least', () => {
    expect(delayOf([OUTLIVED, behind(5, { lastTimestamp: ago(2) })], ago(259_200))).toBe(259_200);
    expect(delayOf([OUTLIVED], ago(600))).toBe(600);
  });

  test('14. and takes the delay away, rather than make it smaller, where its broker does not tell', () => {
    for (const earliest of [null, undefined]) expect(delayOf([OUTLIVED, behind(5, { lastTimestamp: ago(2) })], earliest)).toBeNull();
  });

  test('15. a queue that is later still decides all the same', () => {
    expect(delayOf([OUTLIVED, behind(5, { lastTimestamp: ago(9_000) })], ago(600))).toBe(9_000);
  });

  test('16. without backlog nothing is outlived', () => {
    expect(delayOf([queue({ lastTimestamp: null }), behind(5, { lastTimestamp: ago(2), queueId: 1 })], null)).toBe(2);
  });

  test('17. it is its own broker’s earliest message that counts', () => {
    const brokers = [broker({ earliestMessageAt: ago(10) }), broker({ broker: 'broker-b', earliestMessageAt: ago(7_000) })];
    const delayOn = (name: string) =>
      aggregate(readings([topic('orders', group('g', { ...OUTLIVED, broker: name }))], {}, { brokers }), NOW).subscriptions[0]
        ?.delaySeconds;
    expect([delayOn('broker-a'), delayOn('broker-b'), delayOn('broker-c')]).toEqual([10, 7_000, null]);
  });
});
