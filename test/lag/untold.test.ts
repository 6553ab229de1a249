import { describe, expect, test } from 'vitest';
import { aggregate } from '../../src/lag/aggregate.ts';
import { collectEvidence, groupsBehind } from '../../src/lag/groups.ts';
import type { ClusterReadings, Tells } from '../../src/lag/readings.ts';
import {
  asking,
  beginsAt,
  behind,
  broker,
  group,
  NOW,
  neverRead,
  OFFLINE,
  online,
  queue,
  readings,
  says,
  topic,
  UNKNOWN,
} from '../support/readings.ts';

const UNTOLD = { clientId: null, lastTimestamp: null };

/** As a server hands over what it knows of groups: it has no list of topics, and tells neither holders nor times. */
function groupFirst(tells: Partial<Tells>, ...of: Parameters<typeof readings>): ClusterReadings {
  return { ...readings(...of), listedTopics: undefined, tells: { owners: false, times: false, ...tells } };
}

describe('a server without a list of topics', () => {
  const SAME_NAME = [topic('orders', group('orders', neverRead(5_000, UNTOLD)))];

  test('1. has no phantom: what looks like one may be a group, and is asked about', () => {
    expect([...asking(groupFirst({}, SAME_NAME)).presence]).toEqual(['orders']);
    for (const answer of [says(null, UNKNOWN), says(null, OFFLINE)]) {
      const report = aggregate(groupFirst({}, SAME_NAME, { orders: answer }), NOW);
      expect(report).toMatchObject({ backlog: 0, groups: { phantom: 0, unreadable: 1, read: 0 } });
      expect(report.failures[0]?.message).toMatch(/consumer group orders: it may be a broadcast group/);
    }
  });

  test('2. whose clients tell that it is a group has the backlog of one', () => {
    const report = aggregate(groupFirst({}, SAME_NAME, { orders: says('CLUSTERING', online(1)) }), NOW);
    expect(report).toMatchObject({ backlog: 5_000, groups: { phantom: 0, unreadable: 0, read: 1 } });
  });

  test('3. says nobody to be offline: a group that isPopConsumer looks like that, and its retry topics are unknown', () => {
    const topics = [topic('orders', group('g', behind(5, UNTOLD)))];
    const clientsOf = (answer: ReturnType<typeof says>) => [...aggregate(groupFirst({}, topics, { g: answer }), NOW).clientsOnline];
    expect(clientsOf(says(null, OFFLINE))).toEqual([]);
    expect(clientsOf(says(null, online(2)))).toEqual([['g', 2]]);
    expect(aggregate(groupFirst({}, topics, { g: says(null, OFFLINE) }), NOW).failures).toEqual([]);
    expect(collectEvidence(topics, undefined).get('g')?.isPopConsumer).toBeUndefined();
  });

  test('4. has its groups behind in order, the one that is named like its topic among them', () => {
    const { topics, listedTopics, groups } = groupFirst({}, [
      topic('orders', group('orders', neverRead(9, UNTOLD)), group('g', behind(20, UNTOLD))),
    ]);
    expect(groupsBehind(topics, listedTopics, groups).map(({ consumerGroup }) => consumerGroup)).toEqual(['g', 'orders']);
  });
});

describe('a server that never tells who holds a queue', () => {
  const topics = [topic('orders', group('g', behind(5, { clientId: null }), queue({ clientId: null, queueId: 1 })))];
  const subscriptionOf = (tells: Tells) => aggregate({ ...readings(topics, { g: says(null, UNKNOWN) }), tells }, NOW).subscriptions[0];

  test('5. leaves open what is unassigned, and how many processes there are', () => {
    expect(subscriptionOf({ owners: true, times: true })).toMatchObject({ backlog: 5, unassigned: 5, processes: 0, delaySeconds: 60 });
    expect(subscriptionOf({ owners: false, times: true })).toMatchObject({
      backlog: 5,
      unassigned: null,
      processes: null,
      delaySeconds: 60,
    });
  });
});

describe('a server that never tells times', () => {
  const EARLIEST = NOW - 3_600_000;
  function subscriptionOf(tells: Tells, row: Parameters<typeof behind>[1], firstStored?: number) {
    const also = {
      brokers: [broker({ earliestMessageAt: EARLIEST })],
      ...(firstStored === undefined ? {} : { minOffsets: { orders: beginsAt([firstStored]) } }),
    };
    const topics = [topic('orders', group('g', behind(5, { lastTimestamp: null, ...row })))];
    return aggregate({ ...readings(topics, { g: says('CLUSTERING', online(1)) }, also), tells }, NOW).subscriptions[0];
  }

  test('6. has no margin where another would have outlived its messages, and neither has a delay', () => {
    expect(subscriptionOf({ owners: true, times: true }, {})).toMatchObject({ delaySeconds: null, retentionMarginSeconds: 0 });
    expect(subscriptionOf({ owners: true, times: false }, {})).toMatchObject({ delaySeconds: null, retentionMarginSeconds: null });
  });

  test('7. has no delay on a second queue either, where one was never consumed from', () => {
    const topics = [topic('orders', group('g', neverRead(5), behind(5, { lastTimestamp: null, queueId: 1 })))];
    const also = { brokers: [broker({ earliestMessageAt: EARLIEST })] };
    const report = aggregate({ ...readings(topics, {}, also), tells: { owners: true, times: false } }, NOW);
    expect(report.subscriptions[0]).toMatchObject({ delaySeconds: null, retentionMarginSeconds: null });
  });

  test.each([
    [101, 0, 1],
    [100, null, 0],
    [1, null, 0],
  ])('8. has a margin of 0 only where messages are deleted that were not consumed: the queue begins at %i', (firstStored, margin, lost) => {
    expect(subscriptionOf({ owners: true, times: false }, {}, firstStored)).toMatchObject({
      retentionMarginSeconds: margin,
      lostMessages: lost,
    });
  });

  test('9. caught up is a delay of 0 all the same: nothing waits', () => {
    const report = aggregate(groupFirst({}, [topic('orders', group('g', queue(UNTOLD)))]), NOW);
    expect(report.subscriptions[0]).toMatchObject({ backlog: 0, delaySeconds: 0, retentionMarginSeconds: null });
  });
});

describe('a group that is readable and has no queue', () => {
  test('10. was not read: it is unreadable, and in no number', () => {
    const report = aggregate(readings([topic('orders', group('g'), group('h', behind(3)))]), NOW);
    expect(report.groups).toMatchObject({ read: 1, unreadable: 1, phantom: 0, broadcast: 0 });
    expect([...report.byGroup]).toEqual([['h', 3]]);
    expect(report.failures).toEqual([
      { topic: 'orders', kind: 'unreadable-group', message: 'consumer group g: none of its queues was read' },
    ]);
    expect(report.unreadableGroups.map(({ failure }) => failure.kind)).toEqual(['no-rows']);
  });

  test('11. is asked about like one without rows, for it may broadcast', () => {
    const topics = [topic('orders', group('g'))];
    expect([...asking(readings(topics)).messageModel]).toEqual(['g']);
    const report = aggregate(readings(topics, { g: says('BROADCASTING', online(1)) }), NOW);
    expect(report).toMatchObject({ failures: [], groups: { broadcast: 1, unreadable: 0, read: 0 } });
  });

  test('12. has processes worth asking where it is caught up on another topic, as one without rows has', () => {
    const { topics, listedTopics, groups } = readings([topic('orders', group('g')), topic('payments', group('g', queue()))]);
    expect(groupsBehind(topics, listedTopics, groups).map(({ consumerGroup }) => consumerGroup)).toEqual(['g']);
  });
});
