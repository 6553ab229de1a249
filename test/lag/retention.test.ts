import { describe, expect, test } from 'vitest';
import { aggregate } from '../../src/lag/aggregate.ts';
import type { BrokerReading, MinOffsets, QueueReading } from '../../src/lag/readings.ts';
import { topicsThatMayHaveLostMessages } from '../../src/lag/retention.ts';
import {
  beginsAt,
  behind,
  broker,
  failedTopic,
  group,
  NOW,
  neverRead,
  online,
  queue,
  readings,
  says,
  topic,
  UNKNOWN,
} from '../support/readings.ts';

const EARLIEST = NOW - 10 * 3_600_000;
const BROKER_A = broker({ earliestMessageAt: EARLIEST });
const BROKER_B = broker({ broker: 'broker-b', earliestMessageAt: EARLIEST + 500_000 });
const SILENT = broker();

/** A queue with backlog whose last message consumed is so many seconds younger than the earliest of broker-a. */
const younger = (seconds: number, fields: Partial<QueueReading> = {}) => behind(5, { lastTimestamp: EARLIEST + seconds * 1000, ...fields });
const OUTLIVED = behind(5, { lastTimestamp: null });
const NEVER = neverRead(5);

interface LaggingGroup {
  readonly n: number;
  readonly proves: string;
  readonly queues: readonly QueueReading[];
  readonly brokers?: readonly BrokerReading[];
  readonly minOffsets?: MinOffsets;
  readonly expected: number | null;
}

const subscriptionOf = ({ queues, brokers = [BROKER_A, BROKER_B], minOffsets }: LaggingGroup) => {
  const numbered = queues.map((row, queueId) => ({ ...row, queueId }));
  const also = { brokers: [...brokers], ...(minOffsets && { minOffsets: { orders: minOffsets } }) };
  return aggregate(readings([topic('orders', group('g', ...numbered))], { g: says('CLUSTERING', online(1)) }, also), NOW).subscriptions[0];
};

const MARGINS: readonly LaggingGroup[] = [
  { n: 1, proves: 'between the last message consumed and the earliest one stored', queues: [younger(90)], expected: 90 },
  { n: 2, proves: 'fractions of a second stay', queues: [younger(1.5)], expected: 1.5 },
  { n: 3, proves: 'the queue where it is least decides', queues: [younger(900), younger(300), younger(600)], expected: 300 },
  { n: 4, proves: 'of each queue by its own broker', queues: [younger(600), younger(650, { broker: 'broker-b' })], expected: 150 },
  { n: 5, proves: 'a queue without backlog has no say', queues: [younger(900), queue({ lastTimestamp: EARLIEST })], expected: 900 },
  {
    n: 6,
    proves: 'nor has one whose consumer is ahead of the broker',
    queues: [younger(900), younger(1, { brokerOffset: 99 })],
    expected: 900,
  },
  { n: 7, proves: 'without backlog there is none', queues: [queue(), queue({ lastTimestamp: null })], expected: null },
  { n: 8, proves: 'what was consumed is older than all that is stored: 0, never less', queues: [younger(-20)], expected: 0 },
  { n: 9, proves: 'a queue that has outlived its messages: 0', queues: [younger(900), OUTLIVED], expected: 0 },
  { n: 10, proves: 'also at a broker that has no message left', queues: [OUTLIVED], brokers: [SILENT], expected: 0 },
  { n: 11, proves: 'a broker that tells no time: unknown', queues: [younger(900)], brokers: [SILENT], expected: null },
  { n: 12, proves: 'a broker that tells nothing at all: unknown', queues: [younger(900)], brokers: [], expected: null },
  { n: 13, proves: 'also of a queue that has outlived its messages', queues: [OUTLIVED], brokers: [], expected: null },
  {
    n: 14,
    proves: 'one unknown queue takes the margin away, rather than leave a larger one',
    queues: [younger(900), younger(50, { broker: 'broker-c' })],
    expected: null,
  },
  {
    n: 15,
    proves: 'but where deletion has overtaken one queue, no other can have less',
    queues: [OUTLIVED, younger(50, { broker: 'broker-c' }), NEVER],
    expected: 0,
  },
  { n: 16, proves: 'a queue that was never consumed: unknown, it may be new', queues: [younger(900), NEVER], expected: null },
  { n: 17, proves: 'also where its first message is still stored', queues: [NEVER], minOffsets: beginsAt([0]), expected: null },
  { n: 18, proves: 'but 0 where its first messages are deleted', queues: [NEVER, younger(900)], minOffsets: beginsAt([3, 0]), expected: 0 },
  {
    n: 19,
    proves: 'a time that is known goes before where the queue begins',
    queues: [younger(900)],
    minOffsets: beginsAt([104]),
    expected: 900,
  },
];

describe('the retention margin of a group on a topic', () => {
  for (const one of MARGINS)
    test(`${one.n}. ${one.proves}`, () => {
      expect(subscriptionOf(one)?.retentionMarginSeconds).toBe(one.expected);
    });

  test('20. no clock of ours takes part', () => {
    const read = readings([topic('orders', group('g', younger(90)))], {}, { brokers: [BROKER_A] });
    for (const now of [0, NOW, NOW * 2]) expect(aggregate(read, now).subscriptions[0]?.retentionMarginSeconds).toBe(90);
  });
});

/** On each queue five messages wait: offsets 100 to 104. */
const LOSSES: readonly LaggingGroup[] = [
  { n: 1, proves: 'what is deleted and was not consumed', queues: [OUTLIVED], minOffsets: beginsAt([103]), expected: 3 },
  { n: 2, proves: 'summed over the queues', queues: [OUTLIVED, OUTLIVED], minOffsets: beginsAt([103, 101]), expected: 4 },
  { n: 3, proves: 'nothing, where all that was not consumed is stored', queues: [OUTLIVED], minOffsets: beginsAt([100]), expected: 0 },
  {
    n: 4,
    proves: 'never less than nothing, nor off another queue',
    queues: [OUTLIVED, OUTLIVED],
    minOffsets: beginsAt([7, 102]),
    expected: 2,
  },
  { n: 5, proves: 'never more than the backlog', queues: [OUTLIVED, younger(9)], minOffsets: beginsAt([900, 0]), expected: 5 },
  { n: 6, proves: 'from the first message on, where none was consumed', queues: [NEVER], minOffsets: beginsAt([4]), expected: 4 },
  {
    n: 7,
    proves: 'there is no message before offset 0',
    queues: [behind(5, { consumerOffset: -1 })],
    minOffsets: beginsAt([0]),
    expected: 0,
  },
  { n: 8, proves: 'unknown where nobody asked', queues: [OUTLIVED], expected: null },
  { n: 9, proves: 'unknown where one queue with backlog is', queues: [OUTLIVED, OUTLIVED], minOffsets: beginsAt([103]), expected: null },
  { n: 10, proves: 'a queue without backlog need not be known', queues: [OUTLIVED, queue()], minOffsets: beginsAt([103]), expected: 3 },
  { n: 11, proves: 'and has lost nothing, wherever it begins', queues: [OUTLIVED, queue()], minOffsets: beginsAt([103, 900]), expected: 3 },
  { n: 12, proves: 'without backlog there is nothing to lose', queues: [queue()], minOffsets: beginsAt([900]), expected: null },
  {
    n: 13,
    proves: 'the same queue of another broker is another queue',
    queues: [OUTLIVED],
    minOffsets: beginsAt([103], 'broker-b'),
    expected: null,
  },
];

describe('the lost messages of a group on a topic', () => {
  for (const one of LOSSES)
    test(`${one.n}. ${one.proves}`, () => {
      expect(subscriptionOf(one)?.lostMessages).toBe(one.expected);
    });
});

describe('which topics are suspected of loss', () => {
  const suspected = (queues: readonly QueueReading[], brokers = [BROKER_A], answers = {}) =>
    topicsThatMayHaveLostMessages(readings([topic('orders', group('g', ...queues)), failedTopic('payments')], answers, { brokers }))
      .length === 1;
  const CASES: { n: number; proves: string; queues: QueueReading[]; brokers?: BrokerReading[]; answers?: object; expected: boolean }[] = [
    { n: 1, proves: 'a margin below an hour', queues: [younger(90_000), younger(3_599)], expected: true },
    { n: 2, proves: 'not one of an hour', queues: [younger(3_600)], expected: false },
    { n: 3, proves: 'a queue that has outlived its messages', queues: [OUTLIVED], expected: true },
    { n: 4, proves: 'also where its broker tells no time', queues: [OUTLIVED], brokers: [SILENT], expected: true },
    { n: 5, proves: 'a queue that was never consumed: its beginning may be deleted', queues: [NEVER], expected: true },
    {
      n: 6,
      proves: 'not one without backlog',
      queues: [queue({ lastTimestamp: null }), queue({ lastTimestamp: EARLIEST })],
      expected: false,
    },
    { n: 7, proves: 'not where the broker tells no time, and the queue does', queues: [younger(5)], brokers: [SILENT], expected: false },
    { n: 8, proves: 'nothing where no broker tells of itself', queues: [OUTLIVED, NEVER, younger(5)], brokers: [], expected: false },
    {
      n: 9,
      proves: 'not a broadcast group',
      queues: [NEVER],
      answers: { g: says('BROADCASTING', UNKNOWN) },
      expected: false,
    },
  ];
  for (const { n, proves, queues, brokers, answers, expected } of CASES)
    test(`${n}. ${proves}`, () => {
      expect(suspected(queues, brokers, answers)).toBe(expected);
    });

  test('10. not a phantom', () => {
    const rows = group('orders', neverRead(9, { clientId: null }));
    expect(topicsThatMayHaveLostMessages(readings([topic('orders', rows)], {}, { brokers: [BROKER_A] }))).toEqual([]);
  });

  test('11. one group is enough', () => {
    const [near, far] = [group('g', younger(5)), group('h', younger(90_000))];
    expect(topicsThatMayHaveLostMessages(readings([topic('orders', far, near)], {}, { brokers: [BROKER_A] }))).toEqual(['orders']);
  });
});
