import { describe, expect, test } from 'vitest';
import { aggregate } from '../../src/lag/aggregate.ts';
import { asking, behind, group, NOW, neverRead, OFFLINE, queue, readings, says, topic, unreadable } from '../support/readings.ts';

const nobody = { clientId: null };

const CASES = [
  {
    n: 1,
    proves: 'named like the topic, held by nobody, never committed',
    subscription: group('orders', neverRead(5_000, nobody)),
    phantom: 1,
  },
  {
    n: 2,
    proves: 'on all of its queues',
    subscription: group('orders', neverRead(5_000, nobody), neverRead(7, { ...nobody, queueId: 1 })),
    phantom: 1,
  },
  { n: 3, proves: 'on a topic without a message as well', subscription: group('orders', neverRead(0, nobody)), phantom: 1 },
  { n: 4, proves: 'without a row, asked again and still without one', subscription: unreadable('orders'), phantom: 1 },
  { n: 5, proves: 'another name is another group', subscription: group('order', neverRead(5_000, nobody)), phantom: 0 },
  { n: 6, proves: 'the name in other letters is another group', subscription: group('ORDERS', neverRead(5_000, nobody)), phantom: 0 },
  {
    n: 7,
    proves: 'somebody who holds one queue makes it real',
    subscription: group('orders', neverRead(5_000, nobody), neverRead(7, { queueId: 1 })),
    phantom: 0,
  },
  {
    n: 8,
    proves: 'an offset above 0 on one queue makes it real',
    subscription: group('orders', neverRead(5_000, nobody), neverRead(7, { ...nobody, queueId: 1, consumerOffset: 1 })),
    phantom: 0,
  },
  {
    n: 9,
    proves: 'a time on one queue makes it real',
    subscription: group('orders', neverRead(5_000, nobody), neverRead(7, { ...nobody, queueId: 1, lastTimestamp: NOW })),
    phantom: 0,
  },
  {
    n: 10,
    proves: 'an offset below 0 is no commit',
    subscription: group('orders', neverRead(5_000, { ...nobody, consumerOffset: -1 })),
    phantom: 1,
  },
] as const;

describe('a phantom group', () => {
  for (const { n, proves, subscription, phantom } of CASES)
    test(`${n}. ${proves}`, () => {
      const report = aggregate(readings([topic('orders', subscription)]), NOW);
      expect(report.groups.phantom).toBe(phantom);
      expect(report.subscriptions.length + report.unreadableGroups.length > 0).toBe(phantom === 0);
    });

  test('11. a phantom adds to no number, and its absence is no failure', () => {
    const real = group('g_orders', behind(5));
    const without = aggregate(readings([topic('orders', real)]), NOW);
    const withPhantom = aggregate(readings([topic('orders', group('orders', neverRead(5_000, nobody)), real)]), NOW);
    expect(withPhantom).toEqual({ ...without, groups: { ...without.groups, phantom: 1 } });
  });

  test('12. a group with its topic’s name that consumes is read like any other', () => {
    const report = aggregate(readings([topic('orders', group('orders', behind(33)))]), NOW);
    expect(report.byGroup.get('orders')).toBe(33);
    expect(report.groups).toMatchObject({ read: 1, unreadable: 0, phantom: 0, broadcast: 0 });
  });

  test('13. one name may be a phantom on its own topic and a group on another', () => {
    const report = aggregate(
      readings([topic('orders', group('orders', neverRead(5_000, nobody))), topic('payments', group('orders', behind(7)))]),
      NOW,
    );
    expect(report.groups).toMatchObject({ read: 1, phantom: 1 });
    expect([...report.byGroup]).toEqual([['orders', 7]]);
    expect([...report.byTopic]).toEqual([['payments', 7]]);
  });

  test('14. phantoms are counted by name, each once', () => {
    const phantomOf = (name: string) => topic(name, group(name, neverRead(9, nobody)));
    expect(aggregate(readings([phantomOf('orders'), phantomOf('payments'), phantomOf('%RETRY%g')]), NOW).groups.phantom).toBe(3);
  });

  test('15. nobody is asked about a phantom', () => {
    const { messageModel, presence } = asking(
      readings([topic('orders', group('orders', neverRead(5_000, nobody))), topic('payments', unreadable('payments'))]),
    );
    expect([...messageModel, ...presence]).toEqual([]);
  });

  test('16. a retry topic makes it real: whoever was ever online has one, offsets reset or not', () => {
    for (const subscription of [group('orders', neverRead(150, nobody)), unreadable('orders')]) {
      const topics = [topic('orders', subscription)];
      const answers = { orders: says(null, OFFLINE) };
      const report = aggregate(readings(topics, answers, { listed: ['%RETRY%orders'] }), NOW);
      expect(report.groups).toMatchObject(subscription.readable ? { read: 1, phantom: 0 } : { unreadable: 1, phantom: 0 });
      expect(report.backlog).toBe(subscription.readable ? 150 : 0);
      const others = aggregate(readings(topics, answers, { listed: ['%RETRY%order', '%RETRY%orders2', '%RETRY%'] }), NOW);
      expect(others.groups).toMatchObject({ read: 0, phantom: 1 });
    }
  });

  test('18. a POP retry topic makes it real as well: a gRPC group has its own only after its first dead letter', () => {
    for (const retry of ['%RETRY%orders_orders', '%RETRY%orders+orders']) {
      const report = aggregate(readings([topic('orders', unreadable('orders'))], {}, { listed: [retry] }), NOW);
      expect(report.groups).toMatchObject({ phantom: 0, unreadable: 1 });
    }
  });

  test('17. what a phantom’s rows say does not speak for the group of that name elsewhere', () => {
    const topics = [topic('orders', group('orders', neverRead(5_000, nobody))), topic('payments', group('orders', queue(nobody)))];
    expect(asking(readings(topics)).presence.size).toBe(0);
    expect(aggregate(readings(topics), NOW).failures).toEqual([]);
  });
});
