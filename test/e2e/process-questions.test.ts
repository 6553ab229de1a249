import { describe, expect, test } from 'vitest';
import type { RecordedExchange, Responder } from '../../src/reading/rocketmq-console/replay.ts';
import { group, onTopic, topics } from '../support/asked-console.ts';
import { answerWith, faultOn, hang } from '../support/faults.ts';
import { exchange, exchangesOf, groupPath, type MadeQueue, made } from '../support/made-cluster.ts';
import {
  BROKERS_LIST,
  brokers,
  clientState,
  connections,
  connectionsPath,
  HUNG,
  isConnections,
  isState,
  NOT_ONLINE,
  refused,
  statePath,
} from '../support/made-processes.ts';
import { envFor, pushgateway, replayConsole, run } from '../support/run.ts';

const MASTER = 'm1:10911';
const OTHER_MASTER = 'm2:10911';
const CLIENT = '192.0.2.2@41#7';
const OTHER = '192.0.2.2@42#7';

/** One group on one topic, five messages behind. */
const behind = (more: Partial<MadeQueue> = {}) => exchangesOf(made({ t: { g: [{ brokerOffset: 105, consumerOffset: 100, ...more }] } }));

/** `count` groups, each behind by more than the next, with one client each that is well. */
function manyGroups(count: number): RecordedExchange[] {
  const names = Array.from({ length: count }, (_, index) => index);
  return [
    ...exchangesOf(
      made(
        Object.fromEntries(
          names.map((index) => [`t${index}`, { [`g${index}`]: [{ brokerOffset: 1000 - index, consumerOffset: 0, lastTimestamp: 9 }] }]),
        ),
      ),
    ),
    brokers({ 'broker-a': MASTER }),
    ...names.flatMap((index) => [connections(`g${index}`, MASTER, CLIENT), clientState(`g${index}`, CLIENT, `t${index}`)]),
  ];
}

async function tickOf(
  exchanges: readonly RecordedExchange[],
  options: { first?: Responder; env?: Record<string, string>; event?: unknown; now?: number; budgetMs?: number } = {},
) {
  const { first, env = {}, event = {}, now = Date.UTC(2026, 0, 5), budgetMs = 20_000 } = options;
  const [source, gateway] = await Promise.all([replayConsole(exchanges, first), pushgateway()]);
  const ran = await run(event, envFor(source.url, gateway.url, env), { clock: () => now, budgetMs });
  const why = source.requests
    .filter((request) => isConnections(request) || isState(request))
    .map((request) => request.slice('GET '.length));
  const samples = await gateway.samples();
  const labels = (metric: string, label: string) =>
    samples.filter((line) => line.startsWith(`rocketmq_${metric}{`)).map((line) => new RegExp(`${label}="([^"]*)"`).exec(line)?.[1]);
  const processes = Object.fromEntries(
    samples
      .filter((line) => line.includes('_tick_processes{'))
      .map((line) => [/outcome="(\w+)"/.exec(line)?.[1], Number(line.split(' ').at(-1))]),
  );
  return { ...ran, source, gateway, why, labels, processes };
}

const reasonOf = (ran: Awaited<ReturnType<typeof tickOf>>) => ran.labels('msg_diff_reason', 'reason');

describe('what is asked of processes', () => {
  test('a group that is behind: who is connected to the master that holds its queues, and each how it is, each once and last', async () => {
    const ran = await tickOf([
      ...behind(),
      brokers({ 'broker-a': MASTER, 'broker-b': OTHER_MASTER }),
      connections('g', MASTER, CLIENT, OTHER),
      clientState('g', CLIENT, 't'),
      clientState('g', OTHER, 't', [1]),
    ]);
    expect(ran.source.requests.slice(-3).sort()).toEqual(
      [connectionsPath('g', MASTER), statePath('g', CLIENT), statePath('g', OTHER)].map((path) => `GET ${path}`).sort(),
    );
    expect(reasonOf(ran)).toEqual(['catching-up']);
    expect(ran.result?.outcome).toBe('complete');
  });

  test('nothing of a group that is not behind, nor of one that broadcasts', async () => {
    const caughtUp = await tickOf([...behind({ consumerOffset: 105 }), brokers({ 'broker-a': MASTER })]);
    expect(caughtUp.why).toEqual([]);
    const broadcast = { brokerOffset: 9, consumerOffset: 0, lastTimestamp: 0 };
    const ran = await tickOf([
      exchange(groupPath('g'), { count: 1, messageModel: 'BROADCASTING', diffTotal: 9 }),
      ...behind(broadcast),
      brokers({ 'broker-a': MASTER }),
    ]);
    expect(ran.result?.groups.broadcast).toBe(1);
    expect(ran.why).toEqual([]);
  });

  test('a group that has no row on one of its topics, though nothing waits: its processes may subscribe to different topics', async () => {
    const row = { brokerName: 'broker-a', queueId: 0, brokerOffset: 110, consumerOffset: 110, clientInfo: CLIENT, lastTimestamp: 9 };
    const atMaster = `/consumer/queryTopicByConsumer.query?consumerGroup=g&address=${encodeURIComponent(MASTER)}`;
    const { gateway, result } = await tickOf([
      topics('mixa', 'mixb'),
      onTopic('mixa', { g: [row] }),
      onTopic('mixb', { g: [] }),
      group('g', 2, 'CLUSTERING', 0),
      exchange(atMaster, [{ topic: 'mixa', queueStatInfoList: [row] }]),
      brokers({ 'broker-a': MASTER }),
      connections('g', MASTER, CLIENT, OTHER),
      clientState('g', CLIENT, 'mixa'),
      clientState('g', OTHER, 'mixb'),
    ]);
    expect(result).toMatchObject({ outcome: 'partial', backlog: 0 });
    expect(await gateway.values('rocketmq_group_subscriptions_differ{', 'consumerGroup="g"')).toEqual([1]);
  });

  test('a client that two masters know is one: each of them sees it at another address', async () => {
    const queues = [
      { brokerOffset: 105, consumerOffset: 100 },
      { broker: 'broker-b', brokerOffset: 100, consumerOffset: 100 },
    ].map(({ broker, ...queue }) => ({ ...queue, ...(broker && { brokerName: broker }) }));
    const ran = await tickOf([
      ...exchangesOf(made({ t: { g: queues } })),
      brokers({ 'broker-a': MASTER, 'broker-b': OTHER_MASTER }),
      connections('g', MASTER, OTHER, CLIENT),
      connections('g', OTHER_MASTER, CLIENT),
      clientState('g', CLIENT, 't'),
      clientState('g', OTHER, 't', []),
    ]);
    expect(ran.why).toHaveLength(4);
    expect(reasonOf(ran)).toEqual(['catching-up']);
  });

  test.each([
    ['192.0.2.7@same', 'duplicate-client-id'],
    [CLIENT, 'catching-up'],
  ])('the client id %s that one master knows twice: %s', async (clientId, reason) => {
    const ran = await tickOf([
      ...behind({ clientInfo: clientId }),
      brokers({ 'broker-a': MASTER }),
      connections('g', MASTER, clientId, clientId),
      clientState('g', clientId, 't'),
    ]);
    expect(reasonOf(ran)).toEqual([reason]);
  });

  test('a group that no master knows, with gRPC and without', async () => {
    const nobody = behind({ clientInfo: null, lastTimestamp: 9 }).filter(({ request }) => request.path !== groupPath('g'));
    const unknown = exchange(groupPath('g'), { count: 0, messageModel: null, diffTotal: -1 });
    const notOnline = refused(connectionsPath('g', MASTER), NOT_ONLINE);
    expect(reasonOf(await tickOf([...nobody, unknown, notOnline, brokers({ 'broker-a': MASTER }, 'V5_5_1')]))).toEqual(['unknown']);
    expect(reasonOf(await tickOf([...nobody, unknown, notOnline, brokers({ 'broker-a': MASTER }, 'V4_9_7')]))).toEqual(['nobody-online']);
    expect(reasonOf(await tickOf([...nobody, unknown, notOnline, brokers({ 'broker-a': MASTER }, 'HIGHER_VERSION')]))).toEqual(['unknown']);
  });

  test('processes on different topics, of which a broker lists but one: the subscriptions differ', async () => {
    const ran = await tickOf([
      ...exchangesOf(made({ a: { g: [{ brokerOffset: 105, consumerOffset: 100 }] }, b: { g: [] } })),
      brokers({ 'broker-a': MASTER }),
      exchange(`/consumer/queryTopicByConsumer.query?consumerGroup=g&address=${encodeURIComponent(MASTER)}`, [
        {
          topic: 'b',
          queueStatInfoList: [
            { brokerName: 'broker-a', queueId: 0, brokerOffset: 9, consumerOffset: 2, clientInfo: null, lastTimestamp: 9 },
          ],
        },
      ]),
      connections('g', MASTER, CLIENT, OTHER),
      clientState('g', CLIENT, 'a'),
      clientState('g', OTHER, 'b'),
    ]);
    expect(reasonOf(ran)).toEqual(['subscriptions-differ', 'subscriptions-differ']);
    expect(ran.source.requests.filter((request) => request.includes(BROKERS_LIST))).toHaveLength(1);
    expect(ran.result?.outcome).toBe('complete');
  });
});

describe('how many questions that may be', () => {
  test('as many as PROCESS_QUESTIONS says, those furthest behind always, the others in turn', async () => {
    const asked = new Set<string | undefined>();
    for (let minute = 0; minute < 8; minute += 1) {
      const ran = await tickOf(manyGroups(10), { env: { PROCESS_QUESTIONS: '8' }, now: Date.UTC(2026, 0, 5, 3, minute) });
      expect(ran.why).toHaveLength(8);
      const groups = ran.labels('msg_diff_reason', 'consumerGroup');
      expect(groups).toMatchObject(expect.arrayContaining(['g0', 'g1']));
      expect(ran.processes).toEqual({ answered: 4, unasked: 6, failed: 0, unresponsive: 0 });
      for (const group of groups) asked.add(group);
    }
    expect(asked.size).toBe(10);
  });

  test('none at 0, and none is too little for a whole group', async () => {
    for (const PROCESS_QUESTIONS of ['0', '1']) {
      const ran = await tickOf(manyGroups(2), { env: { PROCESS_QUESTIONS } });
      expect(ran.why).toEqual([]);
      expect(ran.processes).toEqual({ answered: 0, unasked: 2, failed: 0, unresponsive: 0 });
      expect(ran.result?.outcome).toBe('complete');
    }
  });

  test('of a group with more processes than there is room for, others each time; it is not known to be well', async () => {
    const ids = Array.from({ length: 6 }, (_, index) => `192.0.2.2@4${index}#7`);
    const asked = new Set<string>();
    for (let minute = 0; minute < 8; minute += 1) {
      const ran = await tickOf(
        [...behind(), brokers({ 'broker-a': MASTER }), connections('g', MASTER, ...ids), ...ids.map((id) => clientState('g', id, 't'))],
        {
          env: { PROCESS_QUESTIONS: '4' },
          now: Date.UTC(2026, 0, 5, 3, minute),
        },
      );
      expect(ran.processes).toMatchObject({ answered: 3, unasked: 3 });
      expect(reasonOf(ran)).toEqual(['unknown']);
      for (const path of ran.why) asked.add(path);
    }
    expect(asked.size).toBe(7);
  });

  test('no limit where groups are asked for by name: every process of theirs, behind or not, and no other group', async () => {
    const ran = await tickOf(manyGroups(10), { env: { PROCESS_QUESTIONS: '2' }, event: { groups: ['g1', 'g9'] } });
    expect(ran.result?.outcome).toBe('dry-run');
    expect(ran.why).toHaveLength(4);
    expect(ran.result?.processes?.map(({ consumerGroup, responding }) => [consumerGroup, responding])).toEqual([
      ['g1', true],
      ['g9', true],
    ]);
    const caughtUp = await tickOf(
      [
        ...behind({ consumerOffset: 105 }),
        brokers({ 'broker-a': MASTER }),
        connections('g', MASTER, CLIENT),
        clientState('g', CLIENT, 't'),
      ],
      { event: { groups: ['*'] } },
    );
    expect(caughtUp.result?.processes).toMatchObject([{ consumerGroup: 'g', consumedPerSecond: 10, busyRatio: 0.0025, threads: 20 }]);
    expect((await tickOf(manyGroups(1), { event: { groups: ['nix'] } })).error?.message).toBe('no consumer group matches nix');
  });
});

describe('what goes wrong there costs nothing else', () => {
  const one = [
    ...behind(),
    brokers({ 'broker-a': MASTER }),
    connections('g', MASTER, CLIENT, OTHER),
    clientState('g', CLIENT, 't'),
    clientState('g', OTHER, 't', [1]),
  ];
  const without = (path: string) => one.filter(({ request }) => request.path !== path);

  test.each([
    ['the brokers are not told', without(BROKERS_LIST), [], { failed: 1 }],
    ['the console lacks the first question', without(connectionsPath('g', MASTER)), [], { failed: 1 }],
    ['it lacks the second', one.filter(({ request }) => !isState(request.path)), ['unknown'], { failed: 2 }],
    [
      'one process is gone',
      [...without(statePath('g', OTHER)), refused(statePath('g', OTHER), 'CODE: 1  DESC: The Consumer <g> not online')],
      ['unknown'],
      { answered: 1, failed: 1 },
    ],
    [
      'one process hangs',
      [...without(statePath('g', OTHER)), refused(statePath('g', OTHER), HUNG)],
      ['unresponsive'],
      { answered: 1, unresponsive: 1 },
    ],
    [
      'half an answer',
      [...without(statePath('g', OTHER)), exchange(statePath('g', OTHER), { properties: {}, subscriptionSet: [] })],
      ['unknown'],
      { answered: 1, failed: 1 },
    ],
  ])('%s', async (_what, exchanges, reasons, processes) => {
    const ran = await tickOf(exchanges);
    expect(ran.result).toMatchObject({ outcome: 'complete', backlog: 5, failures: [] });
    expect(reasonOf(ran)).toEqual(reasons);
    expect(ran.processes).toEqual({ answered: 0, unresponsive: 0, failed: 0, unasked: 0, ...processes });
    expect(new Set(ran.source.requests).size).toBe(ran.source.requests.length);
  });

  test('a master of whose queues there are rows, and that nobody can reach, may know more', async () => {
    const ran = await tickOf(one.map((recorded) => (recorded.request.path === BROKERS_LIST ? brokers({ 'broker-x': MASTER }) : recorded)));
    expect(ran.why).toEqual([]);
    expect(reasonOf(ran)).toEqual([]);
  });

  test('a console that hangs there: the time of the tick is kept for the push, and the rest is not asked', async () => {
    const ran = await tickOf(manyGroups(30), {
      first: faultOn(hang, ({ url = '' }) => isConnections(url)),
      env: { CONCURRENCY: '4' },
      budgetMs: 4_000,
    });
    expect(ran.result).toMatchObject({ outcome: 'complete', failures: [] });
    // As many as may be in flight, and on a slow machine a few that begin while these time out.
    expect(ran.why.length).toBeLessThan(8);
    expect(ran.processes).toMatchObject({ answered: 0, unresponsive: 0 });
  });

  test('the console answers no question of that kind: after as many as it may have at once, it is left alone', async () => {
    const ran = await tickOf(manyGroups(12), {
      first: faultOn(hang, ({ url = '' }) => isConnections(url)),
      env: { CONCURRENCY: '4', REQUEST_TIMEOUT_MS: '300' },
    });
    // The first to be given up on makes room for another one, until four were.
    expect(ran.why.length).toBeLessThan(8);
    expect(ran.processes).toEqual({ answered: 0, unresponsive: 0, failed: ran.why.length, unasked: 12 - ran.why.length });
    expect(ran.result?.outcome).toBe('complete');
  });

  test('it wants a login there all of a sudden', async () => {
    const ran = await tickOf(one, { first: faultOn(answerWith(401), ({ url = '' }) => isConnections(url)) });
    expect(ran.result).toMatchObject({ outcome: 'complete', backlog: 5, failures: [] });
    expect(reasonOf(ran)).toEqual([]);
  });
});
