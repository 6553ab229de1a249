import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aggregate } from '../../src/lag/aggregate.ts';
import type { ClusterReadings, QueueReading } from '../../src/lag/readings.ts';
import { anyReadings } from '../support/arbitrary-readings.ts';
import { NOW } from '../support/readings.ts';

const subscriptionsOf = (readings: ClusterReadings) => aggregate(readings, NOW).subscriptions;

/** The readings with one kind of knowledge taken away. */
const FORGETTING: Readonly<Record<string, (readings: ClusterReadings) => ClusterReadings>> = {
  'the brokers': (readings) => ({ ...readings, brokers: [] }),
  'one broker': (readings) => ({ ...readings, brokers: readings.brokers.slice(1) }),
  'the times of the brokers': (readings) => ({
    ...readings,
    brokers: readings.brokers.map((broker) => ({ ...broker, earliestMessageAt: null })),
  }),
  'where queues begin': (readings) => ({ ...readings, minOffsets: new Map() }),
  'the times of queues': (readings) => ({
    ...readings,
    topics: readings.topics.map((reading) =>
      reading.outcome === 'read'
        ? {
            ...reading,
            subscriptions: reading.subscriptions.map((one) =>
              one.readable ? { ...one, queues: one.queues.map((queue): QueueReading => ({ ...queue, lastTimestamp: null })) } : one,
            ),
          }
        : reading,
    ),
  }),
};

describe('whatever is known of brokers and queues', () => {
  test.each(Object.entries(FORGETTING))('a margin never grows because %s became unknown', (_what, forget) => {
    fc.assert(
      fc.property(anyReadings, (readings) => {
        const before = new Map(subscriptionsOf(readings).map((one) => [JSON.stringify([one.topic, one.consumerGroup]), one]));
        for (const { topic, consumerGroup, retentionMarginSeconds: after } of subscriptionsOf(forget(readings))) {
          const known = before.get(JSON.stringify([topic, consumerGroup]))?.retentionMarginSeconds ?? null;
          if (after !== null && known !== null) expect(after).toBeLessThanOrEqual(known);
          // Nor does it become known, but by what outliving looks like.
          if (after !== null && known === null) expect(after).toBe(0);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('a margin is there only with backlog, and is never negative', () => {
    fc.assert(
      fc.property(anyReadings, (readings) => {
        for (const { backlog, retentionMarginSeconds: margin } of subscriptionsOf(readings))
          if (margin !== null) expect({ hasBacklog: backlog > 0, isNegative: margin < 0 }).toEqual({ hasBacklog: true, isNegative: false });
      }),
    );
  });

  test('lost messages are a part of the backlog, and known only where queues are', () => {
    fc.assert(
      fc.property(anyReadings, (readings) => {
        for (const { topic, backlog, lostMessages } of subscriptionsOf(readings)) {
          if (lostMessages === null) continue;
          expect(readings.minOffsets.has(topic)).toBe(true);
          expect(lostMessages).toBeGreaterThanOrEqual(0);
          expect(lostMessages).toBeLessThanOrEqual(backlog);
        }
      }),
    );
  });

  test('neither changes any other number', () => {
    fc.assert(
      fc.property(anyReadings, (readings) => {
        const rest = (read: ClusterReadings) =>
          subscriptionsOf(read).map(
            ({ retentionMarginSeconds: _margin, lostMessages: _lost, lostMessagesAsked: _asked, ...others }) => others,
          );
        expect(rest({ ...readings, minOffsets: new Map() })).toEqual(rest(readings));
      }),
    );
  });
});
