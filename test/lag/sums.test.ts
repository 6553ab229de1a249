import { describe, expect, test } from 'vitest';
import { aggregate } from '../../src/lag/aggregate.ts';
import { behind, group, NOW, queue, readings, topic } from '../support/readings.ts';

/** Two groups, two topics, two brokers, two processes and a queue that nobody holds; each backlog is a digit of its own. */
const ONE = '192.0.2.1@100#900';
const TWO = '192.0.2.2@200#900@unitA';
const report = aggregate(
  readings([
    topic(
      'orders',
      group(
        'g_orders',
        behind(1, { clientId: ONE }),
        behind(20, { clientId: TWO, queueId: 1 }),
        behind(300, { clientId: null, broker: 'broker-b' }),
      ),
      group('g_multi', behind(4_000, { clientId: ONE })),
    ),
    topic('payments', group('g_multi', behind(50_000, { clientId: ONE, queueId: 1 }), queue({ clientId: TWO, broker: 'broker-b' }))),
  ]),
  NOW,
);

describe('seven views of one backlog', () => {
  test('1. the total is that of all rows', () => {
    expect(report.backlog).toBe(54_321);
  });

  test('2. detail: a row for each queue of each group, rows without backlog included', () => {
    const one = { ip: '192.0.2.1', pid: '100' };
    const two = { ip: '192.0.2.2', pid: '200' };
    const [a, b] = [
      { client: one, clientId: ONE },
      { client: two, clientId: TWO },
    ];
    const nobody = { client: { ip: '', pid: '' }, clientId: null };
    const orders = { topic: 'orders', consumerGroup: 'g_orders', delaySeconds: 60 };
    const multi = { topic: 'payments', consumerGroup: 'g_multi', delaySeconds: 60 };
    expect(report.detail).toEqual([
      { ...orders, broker: 'broker-a', queueId: 0, ...a, backlog: 1 },
      { ...orders, broker: 'broker-a', queueId: 1, ...b, backlog: 20 },
      { ...orders, broker: 'broker-b', queueId: 0, ...nobody, backlog: 300 },
      { ...multi, topic: 'orders', broker: 'broker-a', queueId: 0, ...a, backlog: 4_000 },
      { ...multi, broker: 'broker-a', queueId: 1, ...a, backlog: 50_000 },
      { ...multi, broker: 'broker-b', queueId: 0, ...b, backlog: 0, delaySeconds: 0 },
    ]);
  });

  test('3. by topic, 4. by consumer group', () => {
    expect([...report.byTopic]).toEqual([
      ['orders', 4_321],
      ['payments', 50_000],
    ]);
    expect([...report.byGroup]).toEqual([
      ['g_orders', 321],
      ['g_multi', 54_000],
    ]);
  });

  test('5. by consumer group on a topic, with the offsets, queues and processes behind it', () => {
    expect(report.subscriptions).toEqual([
      {
        topic: 'orders',
        consumerGroup: 'g_orders',
        backlog: 321,
        unassigned: 300,
        delaySeconds: 60,
        ahead: 0,
        consumerOffset: 300,
        brokerOffset: 621,
        queues: 3,
        processes: 2,
        retentionMarginSeconds: null,
        lostMessages: null,
        lostMessagesAsked: false,
        expectedQueues: null,
        largestQueue: 300,
        owners: expect.any(Array),
      },
      {
        topic: 'orders',
        consumerGroup: 'g_multi',
        backlog: 4_000,
        unassigned: 0,
        delaySeconds: 60,
        ahead: 0,
        consumerOffset: 100,
        brokerOffset: 4_100,
        queues: 1,
        processes: 1,
        retentionMarginSeconds: null,
        lostMessages: null,
        lostMessagesAsked: false,
        expectedQueues: null,
        largestQueue: 4_000,
        owners: expect.any(Array),
      },
      {
        topic: 'payments',
        consumerGroup: 'g_multi',
        backlog: 50_000,
        unassigned: 0,
        delaySeconds: 60,
        ahead: 0,
        consumerOffset: 200,
        brokerOffset: 50_200,
        queues: 2,
        processes: 2,
        retentionMarginSeconds: null,
        lostMessages: null,
        lostMessagesAsked: false,
        expectedQueues: null,
        largestQueue: 50_000,
        owners: expect.any(Array),
      },
    ]);
  });

  test('6. by broker, and by queue of a broker', () => {
    expect([...report.byBroker]).toEqual([
      ['broker-a', 54_021],
      ['broker-b', 300],
    ]);
    expect([...report.byQueue].map(([broker, queues]) => [broker, [...queues]])).toEqual([
      [
        'broker-a',
        [
          [0, 4_001],
          [1, 50_020],
        ],
      ],
      ['broker-b', [[0, 300]]],
    ]);
  });

  test('7. by process, over groups and topics; queues that nobody holds are one of their own', () => {
    expect(report.byProcess).toEqual([
      { client: { ip: '192.0.2.1', pid: '100' }, backlog: 54_001 },
      { client: { ip: '192.0.2.2', pid: '200' }, backlog: 20 },
      { client: { ip: '', pid: '' }, backlog: 300 },
    ]);
  });

  test('8. clients of one IP and PID are one process, whatever follows', () => {
    const queues = ['192.0.2.1@100#1', '192.0.2.1@100#2@unitA', '192.0.2.1@100'].map((clientId, queueId) =>
      behind(5, { clientId, queueId }),
    );
    const merged = aggregate(readings([topic('orders', group('g_orders', ...queues))]), NOW);
    expect(merged.byProcess).toEqual([{ client: { ip: '192.0.2.1', pid: '100' }, backlog: 15 }]);
    expect(merged.subscriptions[0]?.processes).toBe(1);
  });

  test('9. queues without a client are no process', () => {
    const nobody = aggregate(readings([topic('orders', group('g', queue({ clientId: null })))]), NOW);
    expect(nobody.subscriptions[0]).toMatchObject({ processes: 0, unassigned: 0 });
  });

  test('10. names that JavaScript objects inherit are just names', () => {
    const names = ['__proto__', 'constructor', 'toString'];
    const report = aggregate(
      readings(names.map((name) => topic(name, group(`g_${name}`, behind(2, { broker: name, clientId: `${name}@${name}` }))))),
      NOW,
    );
    expect([...report.byTopic]).toEqual(names.map((name) => [name, 2]));
    expect([...report.byBroker]).toEqual(names.map((name) => [name, 2]));
    expect(report.byProcess.map(({ client }) => client.pid)).toEqual(names);
  });

  test('11. names that read alike when joined stay apart', () => {
    const report = aggregate(
      readings([
        topic('a', group('b,c', behind(1, { broker: 'x', queueId: 11 }))),
        topic('a,b', group('c', behind(1, { broker: 'x1', queueId: 1 }))),
      ]),
      NOW,
    );
    expect(report.subscriptions).toHaveLength(2);
    expect(report.byBroker.size).toBe(2);
  });
});
