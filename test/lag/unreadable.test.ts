import { describe, expect, test } from 'vitest';
import { aggregate } from '../../src/lag/aggregate.ts';
import type { GroupAnswer } from '../../src/lag/readings.ts';
import {
  asking,
  behind,
  group,
  NOW,
  neverRead,
  OFFLINE,
  online,
  queue,
  readings,
  says,
  topic,
  UNANSWERED,
  UNKNOWN,
  unreadable,
  unsubscribed,
} from '../support/readings.ts';

const ANSWERS: { n: number; proves: string; answer: GroupAnswer | undefined; outcome: 'unreadable' | 'broadcast' }[] = [
  { n: 1, proves: 'a group without rows is unreadable', answer: says('CLUSTERING', online(2)), outcome: 'unreadable' },
  { n: 2, proves: 'also when it is offline', answer: says(null, OFFLINE), outcome: 'unreadable' },
  { n: 3, proves: 'also when nothing is known of it', answer: says(null, UNKNOWN), outcome: 'unreadable' },
  { n: 4, proves: 'also when the question failed', answer: UNANSWERED, outcome: 'unreadable' },
  { n: 5, proves: 'also when nobody asked', answer: undefined, outcome: 'unreadable' },
  { n: 6, proves: 'a broadcast group has no rows to read', answer: says('BROADCASTING', online(2)), outcome: 'broadcast' },
];

describe('a group without rows', () => {
  for (const { n, proves, answer, outcome } of ANSWERS)
    test(`${n}. ${proves}`, () => {
      const report = aggregate(readings([topic('orders', unreadable('g'))], answer && { g: answer }), NOW);
      expect(report.groups).toMatchObject({ read: 0, unreadable: 0, phantom: 0, broadcast: 0, [outcome]: 1 });
      expect(report).toMatchObject({ backlog: 0, detail: [], subscriptions: [], byProcess: [] });
      expect([report.byTopic, report.byGroup, report.byQueue, report.byBroker, report.clientsOnline].map(({ size }) => size)).toEqual([
        0, 0, 0, 0, 0,
      ]);
      expect(report.unreadableGroups).toHaveLength(outcome === 'unreadable' ? 1 : 0);
      expect(report.failures).toHaveLength(outcome === 'unreadable' ? 1 : 0);
    });

  test('7. is named, with its topic and the reason', () => {
    const report = aggregate(readings([topic('orders', unreadable('g', 'broker 192.0.2.9:10911 is away'))]), NOW);
    expect(report.unreadableGroups).toEqual([
      { topic: 'orders', consumerGroup: 'g', failure: { kind: 'no-rows', message: 'broker 192.0.2.9:10911 is away' } },
    ]);
    expect(report.failures).toEqual([
      { topic: 'orders', kind: 'unreadable-group', message: 'consumer group g: broker 192.0.2.9:10911 is away' },
    ]);
  });

  test('8. takes nothing from its neighbours: the topic stays readable, their numbers stand', () => {
    const report = aggregate(readings([topic('orders', unreadable('g'), group('h', behind(5)))]), NOW);
    expect([...report.byGroup]).toEqual([['h', 5]]);
    expect(report.byTopic.get('orders')).toBe(5);
    expect(report.readableTopics).toEqual([{ topic: 'orders', readable: true }]);
    expect(report.topics).toEqual({ read: 1, failed: 0, unread: 0, ignored: 0 });
  });

  test('9. read on another topic, keeps that topic’s numbers, and counts as unreadable once', () => {
    const report = aggregate(
      readings([topic('orders', unreadable('g')), topic('payments', group('g', behind(5))), topic('x', unreadable('g'))]),
      NOW,
    );
    expect(report.groups).toMatchObject({ read: 0, unreadable: 1, phantom: 0, broadcast: 0 });
    expect([...report.byGroup]).toEqual([['g', 5]]);
    expect(report.unreadableGroups.map((unread) => unread.topic)).toEqual(['orders', 'x']);
    expect(report.failures).toHaveLength(2);
  });

  test('10. of a broadcast group, leaves its rows on other topics out as well', () => {
    const report = aggregate(
      readings([topic('orders', unreadable('g')), topic('payments', group('g', neverRead(900)))], { g: says('BROADCASTING', UNKNOWN) }),
      NOW,
    );
    expect(report).toMatchObject({ backlog: 0, failures: [], groups: { broadcast: 1, unreadable: 0, read: 0 } });
  });
});

describe('which unreadable groups are asked for', () => {
  test('11. a group without rows: for its message model', () => {
    const { messageModel, presence } = asking(readings([topic('orders', unreadable('g'))]));
    expect([[...messageModel], [...presence]]).toEqual([['g'], []]);
  });

  test('12. also when it is caught up on another topic, in either order', () => {
    const topics = [topic('orders', unreadable('g')), topic('payments', group('g', queue()))];
    for (const order of [topics, topics.toReversed()]) expect([...asking(readings(order)).messageModel]).toEqual(['g']);
  });

  test('13. one with backlog and no client elsewhere: for its presence, whose answer has the message model too', () => {
    const { messageModel, presence } = asking(
      readings([topic('orders', unreadable('g')), topic('payments', group('g', behind(5, { clientId: null })))]),
    );
    expect([[...messageModel], [...presence]]).toEqual([[], ['g']]);
  });
});

describe('a group that a reader could not read, and whose topics it does not know', () => {
  const report = aggregate(
    {
      ...readings([topic('orders', group('h', behind(3)))]),
      unreadGroups: [{ consumerGroup: 'g', failure: { kind: 'status', message: 'answered 400' } }],
    },
    NOW,
  );

  test('is unreadable, named, and in no number', () => {
    expect(report.groups).toMatchObject({ read: 1, unreadable: 1, phantom: 0, broadcast: 0 });
    expect(report.failures).toEqual([{ topic: '', kind: 'status', message: 'consumer group g: answered 400' }]);
    expect(report.unreadableGroups).toEqual([{ topic: '', consumerGroup: 'g', failure: { kind: 'status', message: 'answered 400' } }]);
    expect([...report.byGroup]).toEqual([['h', 3]]);
  });
});

test('12. a group that no longer subscribes to a topic is no failure there, has no number, and stands on its other topics', () => {
  const dropped = readings([topic('dropped', unsubscribed('g')), topic('orders', group('g', behind(7)))]);
  const report = aggregate(dropped, NOW);
  expect(report.failures).toEqual([]);
  expect(report.unsubscribedGroups).toEqual([{ topic: 'dropped', consumerGroup: 'g' }]);
  expect(report.groups).toMatchObject({ read: 1, unreadable: 0, unsubscribed: 1 });
  expect([...report.byTopic]).toEqual([['orders', 7]]);
});
