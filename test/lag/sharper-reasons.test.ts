import { describe, expect, test } from 'vitest';
import { aggregate } from '../../src/lag/aggregate.ts';
import type { BrokerReading, ClientReading, QueueReading } from '../../src/lag/readings.ts';
import { answering, asked, client, does, holds, NOTHING, processes, SILENT, stuck, UNASKED } from '../support/processes.ts';
import { behind, broker, group, NOW, queue, readings, topic } from '../support/readings.ts';

const ago = (seconds: number) => NOW - seconds * 1000;
const OTHER = '192.0.2.2@200#9';

function report(rows: readonly QueueReading[], clients: readonly ClientReading[], brokers: BrokerReading[] = []) {
  return aggregate({ ...readings([topic('orders', group('g', ...rows))], {}, { brokers }), processes: asked(processes(...clients)) }, NOW);
}
const reasonOf = (...of: Parameters<typeof report>) => report(...of).reasons[0];

describe('a stuck queue', () => {
  const head = { consumerOffset: 100, lastTimestamp: ago(301) };
  const flowing = [queue({ queueId: 1, lastTimestamp: ago(9_000) }), behind(1, { queueId: 2, lastTimestamp: ago(5) })];
  const owned = [stuck(7, 1), holds({ queueId: 1, finishedOffset: 100 }), holds({ queueId: 2, finishedOffset: 100 })];
  const fails = [does({ consumedPerSecond: 2, failedPerSecond: 1 })];

  const CASES: { n: number; proves: string; rows: QueueReading[]; of?: Parameters<typeof client>[0]; stuck: boolean }[] = [
    {
      n: 1,
      proves: 'is old, in hand from its committed offset on, and its siblings are current',
      rows: [behind(7, head), ...flowing],
      stuck: true,
    },
    { n: 2, proves: 'is not one of five minutes', rows: [behind(7, { ...head, lastTimestamp: ago(300) }), ...flowing], stuck: false },
    {
      n: 3,
      proves: 'is not one of a process that has no other queue',
      rows: [behind(7, head)],
      of: { queues: owned.slice(0, 1) },
      stuck: false,
    },
    {
      n: 4,
      proves: 'is not one of a process whose other queues are behind as well',
      rows: [behind(7, head), behind(9, { queueId: 1, lastTimestamp: ago(61) })],
      stuck: false,
    },
    {
      n: 5,
      proves: 'is not one that has moved by its owner’s word',
      rows: [behind(7, head), ...flowing],
      of: { queues: [{ ...stuck(7, 1), finishedOffset: 101 }, ...owned.slice(1)] },
      stuck: false,
    },
    {
      n: 6,
      proves: 'is not one of which nothing is in hand',
      rows: [behind(7, head), ...flowing],
      of: { queues: [{ ...stuck(0, 1) }, ...owned.slice(1)] },
      stuck: false,
    },
    {
      n: 7,
      proves: 'is not one of a process that is busy all the time',
      rows: [behind(7, head), ...flowing],
      of: { activity: [does({ consumedPerSecond: 6, secondsPerCall: 0.5 })] },
      stuck: false,
    },
  ];
  for (const { n, proves, rows, of = {}, stuck: expected } of CASES)
    test(`${n}. ${proves}`, () => {
      const reason = reasonOf(rows, [client({ type: 'orderly', threads: 4, queues: owned, activity: fails, ...of })])?.reason;
      expect(reason === 'stuck-queue').toBe(expected);
    });

  test('8. stands above failing: the failures are its cause', () => {
    const activity = [does({ consumedPerSecond: 0, failedPerSecond: 1 })];
    const row = reasonOf([behind(7, head), ...flowing], [client({ type: 'orderly', threads: 4, queues: owned, activity })]);
    expect(row).toMatchObject({
      reason: 'stuck-queue',
      because:
        'broker-a 0 of 192.0.2.1 100 does not move, while its other queues do: 7 messages wait on it, and the last message consumed is 5 min old; failures: 1 a second',
    });
  });

  test('9. whose consumed messages are deleted needs a broker whose earliest message is old', () => {
    const rows = [behind(7, { lastTimestamp: null }), ...flowing];
    const clients = [client({ type: 'orderly', threads: 4, queues: owned, activity: fails })];
    expect(reasonOf(rows, clients, [broker({ earliestMessageAt: ago(900) })])?.because).toContain('older than 15 min');
    for (const brokers of [[], [broker({ earliestMessageAt: ago(200) })]])
      expect(reasonOf(rows, clients, brokers)?.reason).toBe('catching-up');
  });
});

describe('a consumer whose filter matches nothing', () => {
  const idle = (finishedOffset: number) => [client({ queues: [{ ...stuck(0, 900), finishedOffset }], activity: [does(NOTHING)] })];

  test('10. is not starved while the offsets of the broker are young', () => {
    expect(reasonOf([behind(3, { lastTimestamp: ago(4) })], idle(100))).toMatchObject({
      reason: 'catching-up',
      because: 'its offsets advance: on each queue the last message that it consumed or filtered out is at most 4 s old; 3 messages wait',
    });
  });

  test('11. nor while it is ahead of what the broker knows', () => {
    expect(reasonOf([behind(3, { lastTimestamp: ago(90) })], idle(101))?.reason).toBe('catching-up');
  });

  test('12. a suspended one is: its offsets stand still', () => {
    expect(reasonOf([behind(3, { lastTimestamp: ago(90) })], idle(100))?.reason).toBe('starved');
  });
});

describe('the evidence', () => {
  const slow = broker({ pullWaitSeconds: 12, dispatchBehindBytes: 300_000_000 });
  const BAD = '; at broker-a, pulls wait for 12 s, its index is 300 MB behind';

  test('13. of a starved, an unresponsive and an unknown group mentions a broker that is bad', () => {
    const starved = client({ queues: [stuck(0, 90)], activity: [does(NOTHING)] });
    for (const clients of [[starved], [answering(SILENT)], [answering(UNASKED)]])
      expect(reasonOf([behind(5, { lastTimestamp: ago(90) })], clients, [slow])?.because.endsWith(BAD)).toBe(true);
  });

  test('14. does not mention one that is well, or that has no backlog of the group', () => {
    for (const brokers of [[broker({ pullWaitSeconds: 0.2 })], [broker({ broker: 'broker-b', pullWaitSeconds: 12 })]])
      expect(reasonOf([behind(5)], [answering(SILENT)], brokers)?.because).not.toContain('at broker');
  });

  test('15. names the one queue that holds most of the backlog', () => {
    const rows = (most: number) => [behind(most, { queueId: 3 }), behind(6), queue({ queueId: 1 })];
    expect(reasonOf(rows(94), [client()])?.because).toContain('; broker-a 3 holds 94% of it');
    expect(reasonOf(rows(6), [client()])?.because).not.toContain('holds');
  });

  test('16. of a client that reconnected says so', () => {
    const twice = { ...client(), addresses: 1, connections: 2 };
    expect(reasonOf([behind(5)], [twice])).toMatchObject({
      reason: 'catching-up',
      because: expect.stringMatching(/; 192\.0\.2\.1 100 is connected twice since it reconnected$/),
    });
  });
});

describe('idle processes', () => {
  const idleIn = (rows: readonly QueueReading[], ...clients: ClientReading[]) => report(rows, clients).idleProcesses;
  const one = [{ topic: 'orders', consumerGroup: 'g', processes: 1 }];

  test('17. are connected and hold no queue of the topic', () => {
    expect(idleIn([behind(5)], client(), client({ queues: [holds({ topic: 'payments' })] }, OTHER))).toEqual(one);
  });

  test('18. are known where the rows name every owner, though one of them did not answer', () => {
    expect(idleIn([behind(5)], client(), answering(SILENT, OTHER))).toEqual(one);
  });

  test('19. are unknown where a silent one may hold the queue that nobody is known to hold', () => {
    expect(idleIn([behind(5, { clientId: null })], client({ queues: [] }), answering(SILENT, OTHER))).toEqual([]);
  });

  test('20. a POP client takes from all queues', () => {
    const pop = client({ queues: [], popped: [{ topic: 'orders', broker: 'broker-a', inHand: 0, lastPop: null }] });
    expect(idleIn([behind(5, { clientId: null })], pop)).toEqual([{ ...one[0], processes: 0 }]);
  });

  test('21. are unknown where a broker did not say who is connected', () => {
    const read = { ...readings([topic('orders', group('g', behind(5)))]), processes: asked({ ...processes(client()), complete: false }) };
    expect(aggregate(read, NOW).idleProcesses).toEqual([]);
  });
});
