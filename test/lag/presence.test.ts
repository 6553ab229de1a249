import { describe, expect, test } from 'vitest';
import { aggregate } from '../../src/lag/aggregate.ts';
import type { GroupAnswer, Subscription } from '../../src/lag/readings.ts';
import { asking, behind, group, NOW, OFFLINE, online, queue, readings, says, topic, UNANSWERED, UNKNOWN } from '../support/readings.ts';

const nobody = { clientId: null };

const ASKED: { n: number; proves: string; subscriptions: Subscription[]; asked: boolean }[] = [
  { n: 1, proves: 'backlog and not one known client: asked', subscriptions: [group('g', behind(5, nobody))], asked: true },
  { n: 2, proves: 'caught up: whether anybody is there does not matter', subscriptions: [group('g', queue(nobody))], asked: false },
  { n: 3, proves: 'a consumer ahead of the broker is no backlog', subscriptions: [group('g', behind(-5, nobody))], asked: false },
  {
    n: 4,
    proves: 'one known client on any queue: somebody is there',
    subscriptions: [group('g', behind(5, nobody), queue({ queueId: 1 }))],
    asked: false,
  },
  {
    n: 5,
    proves: 'a known client on another topic: somebody is there',
    subscriptions: [group('g', behind(5, nobody)), group('g', queue())],
    asked: false,
  },
  {
    n: 6,
    proves: 'no client on either topic: asked',
    subscriptions: [group('g', behind(5, nobody)), group('g', queue(nobody))],
    asked: true,
  },
];

const ANSWERS: { n: number; proves: string; answer: GroupAnswer | undefined; clients: number | undefined; failures: string[] }[] = [
  { n: 7, proves: 'so many are online', answer: says('CLUSTERING', online(3)), clients: 3, failures: [] },
  { n: 8, proves: 'offline is 0', answer: says(null, OFFLINE), clients: 0, failures: [] },
  { n: 9, proves: 'unknown is no series, and no failure', answer: says(null, UNKNOWN), clients: undefined, failures: [] },
  { n: 10, proves: 'a failed question is no series, and a failure', answer: UNANSWERED, clients: undefined, failures: ['timeout'] },
  { n: 11, proves: 'a question nobody asked is no series, and a failure', answer: undefined, clients: undefined, failures: ['unread'] },
];

describe('whose presence is asked for', () => {
  for (const { n, proves, subscriptions, asked } of ASKED)
    test(`${n}. ${proves}`, () => {
      const topics = subscriptions.map((subscription, index) => topic(`topic-${index}`, subscription));
      for (const order of [topics, topics.toReversed()]) {
        const { presence, messageModel } = asking(readings(order));
        expect([[...presence], [...messageModel]]).toEqual([asked ? ['g'] : [], []]);
      }
    });
});

describe('clients online', () => {
  for (const { n, proves, answer, clients, failures } of ANSWERS)
    test(`${n}. ${proves}`, () => {
      const report = aggregate(readings([topic('orders', group('g', behind(5, nobody)))], answer && { g: answer }), NOW);
      expect([...report.clientsOnline]).toEqual(clients === undefined ? [] : [['g', clients]]);
      expect(report.failures.map(({ kind }) => kind)).toEqual(failures);
      // The backlog itself is known either way.
      expect(report.byGroup.get('g')).toBe(5);
      expect(report.groups).toMatchObject({ read: 1, unreadable: 0, phantom: 0, broadcast: 0 });
    });

  test('12. the failure names the group and carries the words of the failed question', () => {
    const { failures } = aggregate(readings([topic('orders', group('g', behind(5, nobody)))], { g: UNANSWERED }), NOW);
    expect(failures).toEqual([{ topic: 'orders', kind: 'timeout', message: expect.stringMatching(/consumer group g .*took too long$/) }]);
    const [unasked] = aggregate(readings([topic('orders', group('g', behind(5, nobody)))]), NOW).failures;
    expect(unasked?.message).toMatch(/consumer group g .*not asked$/);
  });

  test('13. a group on several topics has one failure, on the same topic in whatever order they come', () => {
    const topics = ['payments', 'orders', 'shipments'].map((name) => topic(name, group('g', behind(5, nobody))));
    for (const order of [topics, topics.toReversed()])
      expect(aggregate(readings(order, { g: UNANSWERED }), NOW).failures).toEqual([expect.objectContaining({ topic: 'orders' })]);
  });

  test('14. nothing is said of a group that has a known client, even where the answer is there', () => {
    const report = aggregate(readings([topic('orders', group('g', behind(5)))], { g: says('CLUSTERING', online(3)) }), NOW);
    expect(report.clientsOnline.size).toBe(0);
  });

  const POP_RETRY_TOPICS = ['%RETRY%g_orders', '%RETRY%g+orders'];
  for (const listed of POP_RETRY_TOPICS)
    test(`16. nobody is said to be offline who isPopConsumer: ${listed} shows it, and the console never sees such clients`, () => {
      const topics = [topic('orders', group('g', behind(5, nobody)))];
      const clientsOf = (answer: GroupAnswer) => [...aggregate(readings(topics, { g: answer }, { listed: [listed] }), NOW).clientsOnline];
      expect(clientsOf(says(null, OFFLINE))).toEqual([]);
      expect(clientsOf(says(null, online(2)))).toEqual([['g', 2]]);
      expect(aggregate(readings(topics, { g: says(null, OFFLINE) }, { listed: [listed] }), NOW).failures).toEqual([]);
    });

  test('17. the retry topic of another group, or of another topic, is none of its own', () => {
    const topics = [topic('orders', group('g', behind(5, nobody)))];
    const listed = ['%RETRY%g', '%RETRY%g_payments', '%RETRY%gg_orders', '%RETRY%g-orders', 'g_orders'];
    expect([...aggregate(readings(topics, { g: says(null, OFFLINE) }, { listed }), NOW).clientsOnline]).toEqual([['g', 0]]);
  });

  test('18. popping one topic is popping: the group is one', () => {
    const topics = [topic('orders', group('g', behind(5, nobody))), topic('payments', group('g', queue(nobody)))];
    for (const order of [topics, topics.toReversed()])
      expect(aggregate(readings(order, { g: says(null, OFFLINE) }, { listed: ['%RETRY%g_payments'] }), NOW).clientsOnline.size).toBe(0);
  });

  test('15. backlog on queues without a client is unassigned, also while others hold theirs', () => {
    const { subscriptions } = aggregate(readings([topic('orders', group('g', behind(5, nobody), behind(2, { queueId: 1 })))]), NOW);
    expect(subscriptions[0]).toMatchObject({ backlog: 7, unassigned: 5, processes: 1 });
  });
});
