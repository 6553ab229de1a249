import { describe, expect, test } from 'vitest';
import { emptyConsoleMemory } from '../../../src/reading/rocketmq-console/console-reader.ts';
import { NOW, type ReadOptions, readModel } from '../../support/adversary.ts';
import type { ModelClient, ModelCluster, ModelGroup, ModelTopic } from '../../support/model-cluster.ts';
import type { Fault } from '../../support/model-console.ts';
import { startVirtualTime, withVirtualClocks } from '../../support/virtual-time.ts';

/** Two brokers with one queue each of `orders`; the group `g` is 10 behind at a and 4,910 at b. */
const ORDERS: ModelTopic = { name: 'orders', queues: { a: [100], b: [5_000] } };
const TRUTH = 4_920;
const BEHIND = { a: [90], b: [90] };
const ALWAYS = 1_000;
const OF_B = 0.99;

const client = (...topics: string[]): ModelClient => ({ id: '10.0.0.1@77#1', topics, hangs: false });

function group(fields: Partial<ModelGroup> = {}): ModelGroup {
  return { name: 'g', kind: 'push', clients: [client('orders')], committed: { orders: { ...BEHIND } }, retryOn: ['a', 'b'], ...fields };
}

/** It never finished a message, so the topic is read by topic as well. */
const NEIGHBOUR = group({ name: 'neighbour', clients: [{ ...client('orders'), id: '10.0.0.2@78#1' }], committed: {} });

function cluster(groups: readonly ModelGroup[], fields: Partial<ModelCluster> = {}): ModelCluster {
  const brokers = ['a', 'b'].map((name) => ({ name, address: `${name}:1`, id: '0' as const, forgot: false }));
  return structuredClone({
    version: 'V5_5_1',
    console: '2.1.0',
    proxies: [],
    brokers,
    topics: [ORDERS, { name: '%RETRY%g', queues: { a: [0], b: [0] } }],
    groups: [...groups],
    systemTopics: [],
    ...fields,
  });
}

const fault = (kind: Fault['kind'], endpoint: Fault['endpoint'], where: Fault['where'] = {}, pick?: number): Fault => ({
  kind,
  endpoint,
  where,
  times: ALWAYS,
  ...(pick === undefined ? {} : { pick }),
});

async function tick(of: ModelCluster, faults: readonly Fault[], options: Partial<ReadOptions> = {}) {
  return await withVirtualClocks(
    () => 0.5,
    async (use) => {
      const time = startVirtualTime();
      use(time);
      const defaults = { seed: 1, now: NOW, concurrency: 16, requestTimeoutMs: 15_000, deadlineMs: 45_000, processQuestions: 0 };
      const report = await readModel({ cluster: of, faults }, time, { ...defaults, memory: emptyConsoleMemory(), ...options }).read();
      const isG = (one: { topic: string; consumerGroup: string }) => one.topic === 'orders' && one.consumerGroup === 'g';
      return {
        report,
        backlog: report.subscriptions.find(isG)?.backlog,
        isUnreadable: report.unreadableGroups.some(isG),
        isComplete: report.failures.length === 0,
      };
    },
  );
}

const UNREADABLE = { backlog: undefined, isUnreadable: true, isComplete: false };
const WHOLE = { backlog: TRUTH, isUnreadable: false, isComplete: true };

describe('a group is whole, or unreadable in a tick that is not complete', () => {
  test('1. where one broker times out and an answer by topic has the rows of the other', async () => {
    const faults = [fault('broker timeout', 'byGroup', { consumerGroup: 'g', address: 'b:1' }), fault('half', 'byTopic', {}, OF_B)];
    expect(await tick(cluster([group(), NEIGHBOUR]), faults)).toMatchObject(UNREADABLE);
  });

  test('2. where an answer by topic has fewer rows than those by group', async () => {
    const brokers = ['a', 'b', 'c'].map((name) => ({ name, address: `${name}:1`, id: '0' as const, forgot: false }));
    const read = await tick(cluster([group(), NEIGHBOUR], { brokers }), [fault('half', 'byTopic', {}, OF_B)]);
    expect(read).toMatchObject({ ...WHOLE, isComplete: false });
    expect(read.report.unreadableGroups.map(({ consumerGroup }) => consumerGroup)).toEqual(['neighbour']);
  });

  test('3. where console 1.0.0 has the rows of one broker, and no list of brokers', async () => {
    const faults = [fault('half', 'byGroup', {}, OF_B), fault('half', 'byTopic', {}, OF_B), fault('broker timeout', 'brokers')];
    expect(await tick(cluster([group()], { console: '1.0.0' }), faults)).toMatchObject(UNREADABLE);
  });

  test.each([
    ['has an empty list', fault('empty lists', 'byTopic')],
    ['has a null in place of a list', fault('null lists', 'byTopic')],
    ['has one invalid row', fault('invalid rows', 'byTopic', {}, 0)],
    ['has fewer rows', fault('half', 'byTopic', {}, OF_B)],
    ['names another topic', fault('other topic', 'byTopic')],
    ['fails', fault('500', 'byTopic')],
  ])('4. where one broker has no rows, and the answer by topic %s', async (_what, wrong) => {
    expect(await tick(cluster([group({ committed: { orders: { a: [90] } } })]), [wrong])).toMatchObject(UNREADABLE);
  });

  const BLIND = { console: '2.1.0', version: 'V4_9_7' } as const;
  test.each([
    ['lists the topic with an empty list', fault('empty lists', 'byGroup', { address: 'b:1' })],
    ['shows some of its queues', fault('fewer queues', 'byGroup', { address: 'b:1' })],
  ])('5. where a broker 4.x behind a console 2.x %s', async (_what, wrong) => {
    const topics = [
      { name: 'orders', queues: { a: [100], b: [100, 4_990] } },
      { name: '%RETRY%g', queues: { a: [0], b: [0] } },
    ];
    const committed = { orders: { a: [90], b: [90, 90] } };
    expect(await tick(cluster([group({ committed })], { ...BLIND, topics }), [])).toMatchObject(WHOLE);
    expect(await tick(cluster([group({ committed })], { ...BLIND, topics }), [wrong])).toMatchObject(UNREADABLE);
  });

  test('5. where console 1.0.0 in front of brokers 4.x lacks the rows of one broker in both answers', async () => {
    const faults = [fault('half', 'byGroup', {}, OF_B), fault('empty lists', 'byTopic')];
    expect(await tick(cluster([group()], { ...BLIND, console: '1.0.0' }), faults)).toMatchObject(UNREADABLE);
  });

  test('6. after its topic was extended to another broker while it was offline', async () => {
    const memory = emptyConsoleMemory();
    const offline = group({ clients: [], committed: { orders: { a: [90] } } });
    const before = cluster([offline], { topics: [{ name: 'orders', queues: { a: [100] } }] });
    const after = cluster([offline]);
    expect(await tick(before, [], { memory })).toMatchObject({ backlog: 10, isComplete: true });
    expect(await tick(after, [], { memory, now: NOW + 60_000 })).toMatchObject({ backlog: 5_010, isComplete: true });
  });

  test('7. where the list of brokers lacks one that the routes have', async () => {
    expect(await tick(cluster([group()]), [fault('lacks one', 'brokers', {}, OF_B)])).toMatchObject(WHOLE);
  });

  test('9. where a slave acts for a master that is gone', async () => {
    const brokers = [
      { name: 'a', address: 'a:1', id: '0' as const, forgot: false },
      { name: 'b', address: 'b:2', id: '1' as const, forgot: false },
    ];
    expect(await tick(cluster([group()], { brokers }), [])).toMatchObject(WHOLE);
  });

  test.each([
    ['-1', 0],
    ['a text', 0.15],
    ['not exact', 0.3],
  ])('11. where a broker offset is %s', async (_what, pick) => {
    const faults = [fault('invalid rows', 'byGroup', {}, pick), fault('invalid rows', 'byTopic', {}, pick)];
    expect(await tick(cluster([group()]), faults)).toMatchObject(UNREADABLE);
  });

  test('11. where the list of topics has a null', async () => {
    expect(await tick(cluster([group()]), [fault('null entry', 'topics')])).toMatchObject(WHOLE);
  });
});

describe('a console that has routes', () => {
  test.each(['truncated', 'empty body', 'null data', 'null pointer', '500', '429'] as const)(
    'is not read without them because some answers about topics are wrong: %s',
    async (kind) => {
      const faults = [{ ...fault(kind, 'consumers'), times: 2 }, { ...fault(kind, 'route'), times: 2 }, fault('half', 'byTopic', {}, OF_B)];
      const { backlog, isComplete } = await tick(cluster([group({ committed: {} })]), faults);
      expect(backlog).toBeUndefined();
      expect(isComplete).toBe(false);
    },
  );
});

describe('nobody is said to be online', () => {
  const hung = group({ clients: [{ ...client('orders', '%RETRY%g'), hangs: true }] });

  test('8. only where every master could be asked', async () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const of = cluster([hung]);
      for (const broker of of.brokers) broker.forgot = broker.name === 'a';
      const { report, isComplete } = await tick(of, [fault('broker timeout', 'group', { address: 'b:1' })], { seed });
      const online = report.clientsOnline.get('g');
      expect(online === undefined ? isComplete : online === 0).toBe(false);
    }
  });

  test('8. not where the brokers of the retry topic are unknown', async () => {
    const topics = [
      { name: 'orders', queues: { a: [100] } },
      { name: '%RETRY%g', queues: { a: [0], b: [0] } },
    ];
    for (let seed = 1; seed <= 10; seed += 1) {
      const of = cluster([{ ...hung, committed: { orders: { a: [90] } } }], { topics });
      for (const broker of of.brokers) broker.forgot = broker.name === 'a';
      const { report } = await tick(of, [fault('null data', 'route', { topic: '%RETRY%g' })], { seed });
      expect(report.clientsOnline.get('g')).not.toBe(0);
    }
  });

  test('8. not of a gRPC group whose POP retry topic is that of a topic that was not read', async () => {
    const grpc = group({ kind: 'grpc', clients: [client('orders', 'more')], committed: { orders: { ...BEHIND } } });
    const topics = [ORDERS, ...['more', '%RETRY%g', '%RETRY%g_more'].map((name) => ({ name, queues: { a: [0] } }))];
    const { report, backlog } = await tick(cluster([grpc], { topics }), [fault('null data', 'consumers', { topic: 'more' })]);
    expect(backlog).toBe(TRUTH);
    expect(report.clientsOnline.has('g')).toBe(false);
  });
});

test('10. a list with nothing but system topics is an error in a shard as well', async () => {
  const of = cluster([], { topics: [], systemTopics: ['%SYS%X', 'rmq_sys_TRACE_DATA'] });
  await expect(tick(of, [], { shard: { index: 1, count: 2 } })).rejects.toMatchObject({ kind: 'no-topics' });
});

describe('12. a group that is online on one topic and still listed on another', () => {
  const topics = [ORDERS, { name: 'others', queues: { a: [7], b: [7] } }, { name: '%RETRY%g', queues: { a: [0], b: [0] } }];
  const dropped = group({ clients: [client('others')], committed: { orders: { ...BEHIND }, others: { a: [5], b: [7] } } });
  const isGone = [{ topic: 'orders', consumerGroup: 'g' }];

  test.each(['1.0.0', '2.1.0'] as const)('is unsubscribed there, and the tick is complete, with console %s', async (console) => {
    const { report, isComplete } = await tick(cluster([dropped], { console, topics }), []);
    expect(report.unsubscribedGroups).toEqual(isGone);
    expect(isComplete).toBe(true);
    expect(report.byGroup.get('g')).toBe(2);
  });

  test.each([
    ['no client says so', fault('hang', 'state')],
    ['no broker says who is connected', fault('broker timeout', 'connections')],
    ['one broker was not asked', fault('broker timeout', 'connections', { address: 'b:1' })],
  ])('is unreadable where %s', async (_what, wrong) => {
    const { report, isUnreadable, isComplete } = await tick(cluster([dropped], { topics }), [wrong]);
    expect(report.unsubscribedGroups).toEqual([]);
    expect({ isUnreadable, isComplete }).toEqual({ isUnreadable: true, isComplete: false });
  });

  test('is unreadable where one of its clients subscribes and another does not', async () => {
    const differs = { ...dropped, clients: [client('others'), { ...client('orders', 'others'), id: '10.0.0.2@78#1' }] };
    for (let seed = 1; seed <= 10; seed += 1) {
      const { report, backlog } = await tick(cluster([differs], { topics }), [], { seed });
      expect(report.unsubscribedGroups).toEqual([]);
      expect([undefined, TRUTH]).toContain(backlog);
    }
  });
});
