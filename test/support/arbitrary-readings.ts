import fc from 'fast-check';
import type {
  BrokerReading,
  ClusterReadings,
  GroupAnswer,
  MinOffsets,
  QueueReading,
  Subscription,
  TopicReading,
} from '../../src/lag/readings.ts';
import { NOW } from './readings.ts';

/** Few names, so that they collide often; some are ambiguous when joined, some are properties of every object, some need escaping. */
const NAMES = ['a', 'b', 'a,b', 'a"b', 'a\\', 'a\nb', '订单', '__proto__', 'constructor', '%RETRY%b', ''] as const;
const anyName = fc.constantFrom(...NAMES);
/** Fewer still: a group is judged by its rows on all its topics. */
const groupName = fc.constantFrom('a', 'b', 'a,b', '__proto__', '');

const clientId = fc.option(
  fc.constantFrom('192.0.2.1@1#1', '192.0.2.1@1#2', '192.0.2.1@1@unit', '192.0.2.2@1', 'x@svc@blue', '@', 'x', '__proto__@1'),
);

/** Offsets and times that are often 0, absent, equal or in the wrong order: the edge cases of the rules. */
const offset = fc.oneof(fc.constantFrom(0, 1, 5), fc.nat(1_000_000));
const queue: fc.Arbitrary<QueueReading> = fc.record({
  broker: anyName,
  queueId: fc.nat(2),
  brokerOffset: offset,
  consumerOffset: offset,
  clientId,
  lastTimestamp: fc.option(fc.constantFrom(NOW, NOW - 1, NOW - 60_000, NOW + 5_000)),
});
/** Rows of a group without a known client. */
const unowned = queue.map((row) => ({ ...row, clientId: null }));
/** Rows of a group that never committed: without them suspects would be rare. */
const neverRead = queue.map((row) => ({ ...row, consumerOffset: 0, lastTimestamp: null }));

const sameQueue = (a: QueueReading, b: QueueReading) => a.broker === b.broker && a.queueId === b.queueId;
const queuesOf = (row: fc.Arbitrary<QueueReading>) => fc.uniqueArray(row, { minLength: 1, maxLength: 5, comparator: sameQueue });

const subscription: fc.Arbitrary<Subscription> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ consumerGroup: groupName, readable: fc.constant(true), queues: queuesOf(queue) }) },
  { weight: 2, arbitrary: fc.record({ consumerGroup: groupName, readable: fc.constant(true), queues: queuesOf(unowned) }) },
  { weight: 2, arbitrary: fc.record({ consumerGroup: groupName, readable: fc.constant(true), queues: queuesOf(neverRead) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      consumerGroup: groupName,
      readable: fc.constant(false),
      failure: fc.constant({ kind: 'no-rows', message: 'no rows' }),
    }),
  },
);

const failure = fc.constant({ kind: 'timeout', message: 'took too long' });
const topicReading: fc.Arbitrary<TopicReading> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      topic: anyName,
      outcome: fc.constant('read'),
      subscriptions: fc.uniqueArray(subscription, { maxLength: 4, selector: ({ consumerGroup }) => consumerGroup }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ topic: anyName, outcome: fc.constant('failed'), failure }) },
  { weight: 1, arbitrary: fc.record({ topic: anyName, outcome: fc.constant('unread') }) },
);

const answer: fc.Arbitrary<GroupAnswer> = fc.oneof(
  fc.record({
    answered: fc.constant(true),
    messageModel: fc.constantFrom('CLUSTERING', 'BROADCASTING', null),
    presence: fc.oneof(
      fc.record({ kind: fc.constant('online'), clients: fc.integer({ min: 1, max: 9 }) }),
      fc.constant({ kind: 'offline' } as const),
      fc.constant({ kind: 'unknown' } as const),
    ),
  }),
  fc.record({ answered: fc.constant(false), failure }),
);

const deadLetters = fc
  .uniqueArray(
    fc.oneof(fc.record({ consumerGroup: anyName, stored: fc.nat(), everSent: fc.nat() }), fc.record({ consumerGroup: anyName, failure })),
    { maxLength: 3, selector: ({ consumerGroup }) => consumerGroup },
  )
  .map((letters) => letters.map((one) => ({ topic: `%DLQ%${one.consumerGroup}`, ...one })));

const broker: fc.Arbitrary<BrokerReading> = fc.record({
  broker: anyName,
  earliestMessageAt: fc.option(fc.constantFrom(NOW - 3_600_000, NOW - 1)),
  diskUsedRatio: fc.option(fc.constantFrom(0, 0.5, 1)),
  delayed: fc.uniqueArray(fc.tuple(fc.nat(3), offset), { selector: ([level]) => level }).map((pairs) => new Map(pairs)),
  version: fc.option(fc.constantFrom('V5_5_1', 'V4_9_7', '')),
  pullWaitSeconds: fc.option(fc.constantFrom(0, 3)),
  sendWaitSeconds: fc.option(fc.constantFrom(0, 3)),
  pageCacheLockSeconds: fc.option(fc.constantFrom(0, 3)),
  dispatchBehindBytes: fc.option(fc.constantFrom(0, 300_000_000)),
  timerBehindSeconds: fc.option(fc.constantFrom(0, 3)),
  timerMessages: fc.option(fc.nat(9)),
});

const beginnings = fc.uniqueArray(fc.tuple(fc.nat(2), offset), { selector: ([queueId]) => queueId }).map((pairs) => new Map(pairs));
const minOffsets: fc.Arbitrary<MinOffsets> = fc
  .uniqueArray(fc.tuple(anyName, beginnings), { minLength: 3, selector: ([name]) => name })
  .map((pairs) => new Map(pairs));

/** Readings as a reader may hand them over: no topic twice, no group twice on a topic, no queue twice in a group. */
export const anyReadings: fc.Arbitrary<ClusterReadings> = fc.record({
  listedTopics: fc
    .uniqueArray(fc.constantFrom('%RETRY%a', '%RETRY%b', '%RETRY%a_b', '%RETRY%b+a', '%RETRY%'))
    .map((names) => new Set<string>(names)),
  tells: fc.constant({ owners: true, times: true }),
  topics: fc.uniqueArray(topicReading, { maxLength: 5, selector: ({ topic }) => topic }),
  ignoredTopics: fc.nat(9),
  groups: fc.uniqueArray(fc.tuple(groupName, answer), { selector: ([name]) => name }).map((pairs) => new Map(pairs)),
  deadLetters,
  brokers: fc.uniqueArray(broker, { selector: ({ broker: name }) => name }),
  minOffsets: fc.uniqueArray(fc.tuple(anyName, minOffsets), { selector: ([topic]) => topic }).map((pairs) => new Map(pairs)),
});

const shuffled = <T>(items: readonly T[]) => fc.shuffledSubarray([...items], { minLength: items.length });

/** The same readings with topics, groups, queues, answers and dead letters in another order. */
export function inAnotherOrder(readings: ClusterReadings): fc.Arbitrary<ClusterReadings> {
  const topics = readings.topics.map((reading) => {
    if (reading.outcome !== 'read') return fc.constant(reading);
    const subscriptions = reading.subscriptions.map((one) =>
      one.readable ? shuffled(one.queues).map((queues) => ({ ...one, queues })) : fc.constant(one),
    );
    return fc
      .tuple(...subscriptions)
      .chain(shuffled)
      .map((inOrder) => ({ ...reading, subscriptions: inOrder }));
  });
  return fc
    .tuple(fc.tuple(...topics).chain(shuffled), shuffled([...readings.groups]), shuffled(readings.deadLetters))
    .map(([inOrder, groups, letters]) => ({ ...readings, topics: inOrder, groups: new Map(groups), deadLetters: letters }));
}
