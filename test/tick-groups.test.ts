import { describe, expect, test } from 'vitest';
import { answering, asked, client, does, holds, NOTHING, processes, SILENT, stuck } from './support/processes.ts';
import { behind, broker, CLIENT, failedTopic, group, queue, readings, topic } from './support/readings.ts';
import { tickOf } from './support/ticks.ts';

const ORDERS = topic('orders', group('g', behind(5)));
const OTHER = '192.0.2.2@200#9';
const READ = { ...readings([ORDERS]), processes: asked(processes(client(), answering(SILENT, OTHER))) };

describe('why a group is behind', () => {
  test('is asked within PROCESS_QUESTIONS, and without a limit of groups that are named', async () => {
    expect((await tickOf(READ)).scope).toMatchObject({ processQuestions: 200, onlyGroups: undefined });
    expect((await tickOf(READ, { env: { PROCESS_QUESTIONS: '7' } })).scope.processQuestions).toBe(7);
    const { scope, pushes } = await tickOf(READ, { request: { groups: ['g'], dryRun: true }, env: { PROCESS_QUESTIONS: '7' } });
    expect(scope).toMatchObject({ processQuestions: Infinity, onlyGroups: ['g'] });
    expect(pushes).toEqual([]);
  });

  test('stands beside each group that is furthest behind, and what its processes do beside them', async () => {
    const { result } = await tickOf(READ);
    expect(result?.top.groups).toMatchObject([
      {
        topic: 'orders',
        consumerGroup: 'g',
        backlog: 5,
        delaySeconds: expect.any(Number),
        retentionMarginSeconds: null,
        lostMessages: null,
        lostMessagesAsked: false,
        queues: 1,
        expectedQueues: null,
        failedPerSecond: null,
        reason: 'unresponsive',
        because: '192.0.2.2 200 is connected and does not answer: it hangs, or its machine does',
      },
    ]);
    expect(result?.top.processes).toEqual([
      {
        consumerClientIP: '192.0.2.1',
        consumerClientPID: '100',
        backlog: 5,
        consumedPerSecond: 10,
        consumeSeconds: 0.01,
        busyRatio: 0.05,
        cachedMessages: 0,
      },
    ]);
    expect(result).not.toHaveProperty('processes');
  });

  test('where nobody was asked, nothing stands there', async () => {
    const { result } = await tickOf(readings([ORDERS]));
    expect(result?.top.groups[0]).toMatchObject({ reason: null, because: null });
    expect(result?.top.processes[0]).toMatchObject({
      consumedPerSecond: null,
      consumeSeconds: null,
      busyRatio: null,
      cachedMessages: null,
    });
  });

  test('of a process that works for several groups, what it does for each adds up; how busy a blocked one is, nobody knows', async () => {
    const both = {
      ...readings([topic('orders', group('g', behind(5)), group('h', behind(7)))]),
      processes: {
        groups: new Map([
          ['g', processes(client({ queues: [holds({ inHand: 2 })] }))],
          ['h', processes(client({ activity: [does({ consumedPerSecond: 4, secondsPerCall: 0.25 })], queues: [holds({ inHand: 1 })] }))],
        ]),
        elsewhere: { failed: 0, unasked: 0 },
      },
    };
    const { result } = await tickOf(both);
    expect(result?.top.processes).toMatchObject([
      { backlog: 12, consumedPerSecond: 14, consumeSeconds: 0.25, busyRatio: 0.5, cachedMessages: 3 },
    ]);
    both.processes.groups.set('h', processes(client({ activity: [does(NOTHING)], queues: [stuck(1, 90)] })));
    expect((await tickOf(both)).result?.top.processes).toMatchObject([{ consumedPerSecond: 10, busyRatio: null }]);
  });

  test('groups that are named come with every process of theirs', async () => {
    const { result } = await tickOf(READ, { request: { groups: ['g'], dryRun: true } });
    expect(result?.processes).toMatchObject([
      {
        consumerGroup: 'g',
        consumerClientIP: '192.0.2.1',
        consumerClientPID: '100',
        clientId: '192.0.2.1@100#900',
        responding: true,
        threads: 2,
        consumedPerSecond: 10,
        consumeSeconds: 0.01,
        busyRatio: 0.05,
        cachedMessages: 0,
        failedPerSecond: 0,
        idleSeconds: 0,
        kinds: [{ version: 'V5_5_1', language: 'JAVA', type: 'concurrent', address: '' }],
      },
      expect.objectContaining({
        consumerClientPID: '200',
        responding: false,
        threads: null,
        consumedPerSecond: null,
        idleSeconds: null,
        kinds: [],
      }),
    ]);
  });

  test('groups that are named come with every queue of theirs, the largest backlog first, and with what is bad about brokers', async () => {
    const rows = [queue({ queueId: 2 }), behind(5), behind(9, { queueId: 1, clientId: null, lastTimestamp: null })];
    const brokers = [broker({ pullWaitSeconds: 3 }), broker({ broker: 'broker-b', pullWaitSeconds: 0.9 })];
    const read = {
      ...readings([topic('orders', { consumerGroup: 'g', readable: true, queues: rows, expectedQueues: 8 })], {}, { brokers }),
      missingBrokers: ['c'],
    };
    const { result } = await tickOf(read, { request: { groups: ['g'], dryRun: true } });
    const of = { topic: 'orders', consumerGroup: 'g', broker: 'broker-a' };
    const owned = { clientId: CLIENT, consumerClientIP: '192.0.2.1', consumerClientPID: '100' };
    expect(result?.queues).toEqual([
      { ...of, queueId: 1, clientId: null, consumerClientIP: '', consumerClientPID: '', backlog: 9, delaySeconds: null },
      { ...of, queueId: 0, ...owned, backlog: 5, delaySeconds: expect.any(Number) },
      { ...of, queueId: 2, ...owned, backlog: 0, delaySeconds: 0 },
    ]);
    expect(result?.queuesNotShown).toBe(0);
    expect(result?.top.groups[0]).toMatchObject({ queues: 3, expectedQueues: 8, lostMessages: null, lostMessagesAsked: true });
    expect(result?.badBrokers).toEqual([
      { broker: 'c', problem: 'is missing from the list of the cluster' },
      { broker: 'broker-a', problem: 'pulls wait for 3 s' },
    ]);
  });

  test('the list of queues ends before a result becomes too large', async () => {
    const rows = Array.from({ length: 1_200 }, (_, queueId) => behind(1 + (queueId % 7), { queueId }));
    const { result } = await tickOf(readings([topic('orders', group('g', ...rows))]), { request: { groups: ['g'], dryRun: true } });
    expect(result?.queues).toHaveLength(1_000);
    expect(result?.queuesNotShown).toBe(200);
  });

  test('a name that matches nothing comes with those that are like it', async () => {
    const listed = ['%RETRY%g_orders', '%RETRY%g_order', '%RETRY%billing', 'payments'];
    const { error } = await tickOf(readings([topic('orders')], {}, { listed }), { request: { groups: ['g_ordres'], dryRun: true } });
    expect(error).toMatchObject({ message: 'no consumer group matches g_ordres (similar names: g_order, g_orders)' });
  });

  test('groups that nobody has are told as such, unless it is not known what was not read', async () => {
    const request = { groups: ['x', 'y*'], dryRun: true };
    expect((await tickOf(readings([topic('orders')]), { request })).error).toMatchObject({
      kind: 'no-groups',
      message: 'no consumer group matches x, y*',
    });
    expect((await tickOf(readings([topic('orders'), failedTopic('payments')]), { request })).result?.outcome).toBe('dry-run');
    expect((await tickOf(readings([topic('orders')]))).result?.outcome).toBe('complete');
  });

  test('its health counts processes by what came of asking them, and never makes the tick less complete', async () => {
    const ticked = await tickOf({ ...READ, processes: { ...READ.processes, elsewhere: { failed: 1, unasked: 2 } } });
    expect(ticked.result?.outcome).toBe('complete');
    const health = ticked.pushes.find(({ method }) => method === 'POST')?.samples.filter((line) => line.includes('_tick_processes'));
    expect(health).toEqual([
      'rocketmq_tick_processes{outcome="answered"} 1',
      'rocketmq_tick_processes{outcome="unresponsive"} 1',
      'rocketmq_tick_processes{outcome="failed"} 1',
      'rocketmq_tick_processes{outcome="unasked"} 2',
    ]);
  });
});
