import { expect, test } from 'vitest';
import { aggregate } from '../../src/lag/aggregate.ts';
import type { OwnedQueue, QueueReading } from '../../src/lag/readings.ts';
import { client, does, processes } from '../support/processes.ts';
import { NOW, readings } from '../support/readings.ts';

test('a process with 200,000 queues in hand is judged like any other', () => {
  const COUNT = 200_000;
  const owned = Array.from(
    { length: COUNT },
    (_, queueId): OwnedQueue => ({
      topic: 't',
      broker: 'broker-a',
      queueId,
      inHand: 1,
      finishedOffset: 5,
      lastPull: NOW,
      lastFinish: NOW - 90_000,
    }),
  );
  const queues = owned.map(
    ({ broker, queueId }): QueueReading => ({
      broker,
      queueId,
      brokerOffset: 9,
      consumerOffset: 5,
      clientId: null,
      lastTimestamp: NOW - 90_000,
    }),
  );
  const group = processes(client({ queues: owned, activity: [does({ topic: 't', consumedPerSecond: 0, pulledPerSecond: 0 })] }));
  const report = aggregate(
    {
      ...readings([{ topic: 't', outcome: 'read', subscriptions: [{ consumerGroup: 'g', readable: true, queues }] }]),
      processes: { groups: new Map([['g', group]]), elsewhere: { failed: 0, unasked: 0 } },
    },
    NOW,
  );
  expect(report.backlog).toBe(4 * COUNT);
  expect(report.reasons).toMatchObject([{ reason: 'blocked' }]);
  expect(report.processes).toMatchObject([{ topics: [{ cachedMessages: COUNT, idleSeconds: 90 }] }]);
  expect(report.byProcess.filter(({ backlog }) => backlog > 0)).toHaveLength(1);
});
