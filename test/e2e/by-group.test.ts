import { describe, expect, test } from 'vitest';
import { loadRecording } from '../../scripts/servers/recordings.ts';
import { type Responder, send } from '../../src/reading/rocketmq-console/replay.ts';
import { asked, consumers, group, HELD, onTopic, tickOf, topics } from '../support/asked-console.ts';
import { faultOn, resetBeforeBody } from '../support/faults.ts';
import { BROKERS_PATH, consumersPath, exchange, routePath, TOPIC_LIST, topicPath } from '../support/made-cluster.ts';
import { envFor, pushgateway, replayConsole, run } from '../support/run.ts';
import { atBroker, BROKERS, groupRows, groupRowsOfAll, refused, routes, row } from '../support/two-brokers.ts';

/** A console that refuses to say who is on a topic: it can be read by topic alone. */
const byTopicOnly: Responder = (request, response) => {
  if (!request.url?.startsWith('/topic/queryTopicConsumerInfo.query')) return false;
  send(response, 200, {}, { status: -1, data: null, errMsg: 'not here' });
  return true;
};

/** The backlog of each group on each topic that a tick of the recording pushes. */
async function backlogs(recording: string, first?: Responder) {
  const [source, gateway] = await Promise.all([replayConsole(recording, first), pushgateway()]);
  const { result } = await run({}, envFor(source.url, gateway.url, { PROCESS_QUESTIONS: '0' }));
  const lines = (await gateway.groups()).data.filter((line) => line.startsWith('rocketmq_msg_diff_topic_consumergroup{'));
  return { result, lines, byTopic: asked(source, 'queryConsumerByTopic').length };
}

test('a cluster at rest has the same backlogs by group as by topic, which nothing can be checked against', async () => {
  const [byGroup, byTopic] = [await backlogs('2.1.0.routes-5.5.1'), await backlogs('2.1.0.routes-5.5.1', byTopicOnly)];
  expect(byGroup.lines.length).toBeGreaterThan(45);
  // Two processes of this group subscribe to different topics: by topic half of its rows pass for all of them.
  const isHalf = (line: string) => line.includes('consumerGroup="g_split"') && line.includes('topic="mixa"');
  expect(byGroup.lines).toEqual(byTopic.lines.filter((line) => !isHalf(line)));
  expect(byGroup.byTopic).toBeLessThan(10);
});

describe('a dropped subscription', () => {
  test('is counted, and no failure: the tick is complete, and the clients are asked once in ten minutes', async () => {
    const recording = loadRecording('2.1.0.group-no-longer-subscribes-a-topic');
    // Whether this group broadcasts was not asked when the recording was made.
    const { source, gateway, result, again } = await tickOf(recording, { PROCESS_QUESTIONS: '0', IGNORED_GROUPS: 'g_fwd' });
    expect(result).toMatchObject({ outcome: 'complete', groups: { unreadable: 0, unsubscribed: 1 } });
    expect(await gateway.values('rocketmq_msg_diff_unsubscribed_group{', 'topic="t_wrong"', 'consumerGroup="g_inc"')).toEqual([1]);
    expect(await gateway.values('rocketmq_msg_diff_topic_consumergroup{', 'topic="t_wrong"', 'consumerGroup="g_inc"')).toEqual([]);
    const questions = asked(source, 'consumerRunningInfo').length;
    expect(questions).toBeGreaterThan(0);
    expect((await again(5)).result?.outcome).toBe('complete');
    expect(asked(source, 'consumerRunningInfo')).toHaveLength(questions);
    await again(11);
    expect(asked(source, 'consumerRunningInfo')).toHaveLength(2 * questions);
  });

  test('is none while one process still subscribes: then their subscriptions differ', async () => {
    const { result, gateway } = await tickOf(loadRecording('2.1.0.wrong-topic-subscription'));
    expect(result).toMatchObject({ outcome: 'partial', groups: { unsubscribed: 0 } });
    expect(await gateway.values('rocketmq_msg_diff_unreadable_group{', 'topic="t_inc"', 'consumerGroup="g_inc"')).toEqual([1]);
    expect(await gateway.values('rocketmq_group_subscriptions_differ{', 'consumerGroup="g_inc"')).toEqual([1]);
  });
});

describe('a cluster that is read by group', () => {
  const NO_PROCESSES = { PROCESS_QUESTIONS: '0' };
  const WHOLE = [row('broker-a', 9, 2), row('broker-b', 9, 3)];
  const H = [row('broker-a', 9, 9), row('broker-b', 9, 8)];
  /** A topic `t` with a group `h` that is one message behind, besides the group under test. */
  const withH = (name: string, ...others: string[]) => [
    topics('t', ...others),
    BROKERS,
    ...routes(['t', ...others]),
    consumers('t', name, 'h'),
    ...groupRows('h', { t: H }),
  ];

  test('is asked who is on each topic, for the routes, and for each group once at each broker; no topic is read by topic', async () => {
    const { source, gateway, result } = await tickOf(
      [
        topics('t', 'u', 'nobody'),
        BROKERS,
        ...routes(['t', 'u']),
        consumers('t', 'g', 'h'),
        consumers('u', 'g'),
        consumers('nobody'),
        ...groupRows('g', { t: WHOLE, u: [row('broker-a', 5, 5), row('broker-b', 7, 5)] }),
        ...groupRows('h', { t: H }),
      ],
      NO_PROCESSES,
    );
    expect(result).toMatchObject({ outcome: 'complete', backlog: 13 + 2 + 1, topics: { read: 3 }, groups: { read: 2 } });
    expect(await gateway.values('msg_diff_topic_consumergroup{', 'topic="t"', 'consumerGroup="g"')).toEqual([13]);
    expect(await gateway.values('msg_diff_topic_consumergroup{', 'topic="u"', 'consumerGroup="g"')).toEqual([2]);
    const paths = [
      TOPIC_LIST,
      BROKERS_PATH,
      ...['t', 'u', 'nobody'].map(consumersPath),
      ...['t', 'u'].map(routePath),
      ...['g', 'h'].flatMap((name) => [atBroker(name, 'broker-a'), atBroker(name, 'broker-b')]),
    ];
    expect(source.requests.toSorted()).toEqual(paths.map((path) => `GET ${path}`).toSorted());
  });

  test('a group that is listed and has no row is read by topic: here it broadcasts', async () => {
    const neverRead = [row('broker-a', 50, 0, HELD, 0), row('broker-b', 50, 0, HELD, 0)];
    const { result } = await tickOf([
      ...withH('g'),
      ...groupRows('g', {}),
      onTopic('t', { g: neverRead, h: H }),
      group('g', 2, 'BROADCASTING', 100),
    ]);
    expect(result).toMatchObject({ outcome: 'complete', backlog: 1, groups: { read: 1, broadcast: 1 } });
  });

  test('a group that is listed and has no row either way is unreadable, not zero; its neighbour stands', async () => {
    const { gateway, result } = await tickOf([...withH('g'), ...groupRows('g', {}), onTopic('t', { g: [], h: H })]);
    expect(result).toMatchObject({ outcome: 'partial', backlog: 1, groups: { read: 1, unreadable: 1 } });
    expect(await gateway.values('msg_diff_unreadable_group{', 'consumerGroup="g"')).toEqual([1]);
    expect(await gateway.values('msg_diff_topic_consumergroup{', 'consumerGroup="g"')).toEqual([]);
  });

  test('a phantom is known by its name and its lack of rows: its topic is not read by topic for it', async () => {
    const { source, result } = await tickOf([...withH('t'), ...groupRows('t', {})]);
    expect(result).toMatchObject({ outcome: 'complete', backlog: 1, groups: { read: 1, phantom: 1 } });
    expect(asked(source, 'queryConsumerByTopic')).toEqual([]);
  });

  test('a group of its topic name that has a retry topic and no row is no phantom: it is read by topic', async () => {
    const { result } = await tickOf([
      ...withH('t', '%RETRY%t'),
      consumers('%RETRY%t', 't'),
      ...groupRows('t', { '%RETRY%t': [row('broker-a', 0, 0), row('broker-b', 0, 0)] }),
      onTopic('t', { t: [row('broker-a', 70, 0, HELD, 0), row('broker-b', 80, 0, HELD, 0)], h: H }),
      group('t', 1, 'CLUSTERING', 0),
    ]);
    expect(result).toMatchObject({ outcome: 'complete', backlog: 151, groups: { read: 2, phantom: 0 } });
  });

  test('a group that has rows on a topic and is not listed there counts there, by a route that is asked for then', async () => {
    const { gateway, result } = await tickOf([
      topics('t', 'u'),
      BROKERS,
      ...routes(['t', 'u']),
      consumers('t', 'g'),
      consumers('u'),
      ...groupRows('g', { t: WHOLE, u: WHOLE }),
    ]);
    expect(result).toMatchObject({ outcome: 'complete', backlog: 26 });
    expect(await gateway.values('msg_diff_topic_consumergroup{', 'topic="u"', 'consumerGroup="g"')).toEqual([13]);
  });

  test('a group that the console refuses by group is read by topic', async () => {
    const { source, result } = await tickOf([
      ...withH('g'),
      refused(atBroker('g', 'broker-a'), 'CODE: 206  DESC: the consumer group[g] not online'),
      refused(atBroker('g', 'broker-b'), 'CODE: 206  DESC: the consumer group[g] not online'),
      onTopic('t', { g: WHOLE, h: H }),
    ]);
    expect(result).toMatchObject({ outcome: 'complete', backlog: 13 + 1 });
    expect(asked(source, 'queryConsumerByTopic')).toEqual([`GET ${topicPath('t')}`]);
  });

  test('where a broker fails, its name is told, and the group has no number where that broker has queues; elsewhere it stands', async () => {
    const words = 'org.apache.rocketmq.remoting.exception.RemotingConnectException: connect to b:1 failed';
    const { source, gateway, result } = await tickOf([
      topics('t', 'u', 'v'),
      BROKERS,
      ...routes(['t', 'u']),
      ...routes(['v'], ['broker-a']),
      ...['t', 'u', 'v'].map((topic) => consumers(topic, 'g')),
      refused(atBroker('g', 'broker-b'), words),
      ...groupRows('g', { t: WHOLE, u: WHOLE, v: WHOLE.slice(0, 1) }),
      group('g', 1, 'CLUSTERING', 0),
    ]);
    expect(result).toMatchObject({ outcome: 'partial', backlog: 7 });
    expect(result?.failures.map(({ topic }) => topic).toSorted()).toEqual(['t', 'u']);
    for (const { message } of result?.failures ?? [])
      expect(message).toContain('consumer group g: asked for it, broker broker-b (b:1) failed: org.apache.rocketmq.remoting');
    expect(await gateway.values('msg_diff_unreadable_group{', 'consumerGroup="g"')).toEqual([1, 1]);
    expect(await gateway.values('msg_diff_topic_consumergroup{', 'consumerGroup="g"')).toEqual([7]);
    // A broker that is away fails by topic as well.
    expect(asked(source, 'queryConsumerByTopic')).toEqual([]);
  });

  test('a retry goes on from the broker that failed', async () => {
    let failures = 1;
    const source = await replayConsole(
      [...withH('g'), ...groupRows('g', { t: WHOLE })],
      faultOn(resetBeforeBody, ({ url }) => url === atBroker('g', 'broker-b') && failures-- > 0),
    );
    const gateway = await pushgateway();
    const { result } = await run({}, envFor(source.url, gateway.url));
    expect(result).toMatchObject({ outcome: 'complete', backlog: 14 });
    expect(asked(source, atBroker('g', 'broker-a'))).toHaveLength(1);
    expect(asked(source, atBroker('g', 'broker-b'))).toHaveLength(2);
  });

  test('a group is asked for at the brokers of its topics only, also at one that the list of brokers lacks', async () => {
    const onlyA = exchange(BROKERS_PATH, { clusterInfo: { brokerAddrTable: { 'broker-a': { brokerAddrs: { 0: 'a:1' } } } } });
    const { source, result } = await tickOf(
      [topics('t'), onlyA, ...routes(['t'], ['broker-b']), consumers('t', 'g'), ...groupRows('g', { t: [row('broker-b', 9, 2)] })],
      NO_PROCESSES,
    );
    expect(result).toMatchObject({ outcome: 'complete', backlog: 7 });
    expect(asked(source, 'queryTopicByConsumer')).toEqual([`GET ${atBroker('g', 'broker-b')}`]);
  });

  test('a group with rows at half of the brokers is read by topic', async () => {
    const { result } = await tickOf([...withH('g'), ...groupRows('g', { t: WHOLE.slice(0, 1) }), onTopic('t', { g: WHOLE, h: H })]);
    expect(result).toMatchObject({ outcome: 'complete', backlog: 14 });
  });

  test('rows of queues that the route no longer has count as well: they still hold messages', async () => {
    const removed = { ...row('broker-a', 9, 4), queueId: 1 };
    const { result } = await tickOf([...withH('g'), ...groupRows('g', { t: [...WHOLE, removed] })]);
    expect(result).toMatchObject({ outcome: 'complete', backlog: 13 + 5 + 1 });
  });

  test('where the reading by topic fails, a half is unreadable in its words, and the others of the topic stand', async () => {
    const { gateway, result } = await tickOf([
      ...withH('g'),
      ...groupRows('g', { t: WHOLE.slice(0, 1) }),
      refused(topicPath('t'), 'java.lang.NullPointerException'),
    ]);
    expect(result).toMatchObject({ outcome: 'partial', backlog: 1, topics: { read: 1 }, groups: { read: 1, unreadable: 1 } });
    expect(result?.failures).toMatchObject([{ topic: 't', message: 'consumer group g: java.lang.NullPointerException' }]);
    expect(await gateway.values('msg_diff_topic_consumergroup{', 'consumerGroup="g"')).toEqual([]);
  });

  test.each([
    ['who is on it', consumersPath('t')],
    ['its route', routePath('t')],
  ])('a topic of which the console does not tell %s was not read, whatever rows a group has there', async (_what, path) => {
    const { gateway, result } = await tickOf([
      refused(path, 'java.lang.NullPointerException'),
      topics('t', 'u'),
      BROKERS,
      ...routes(['t', 'u']),
      consumers('t', 'g'),
      consumers('u', 'g'),
      ...groupRows('g', { t: WHOLE, u: WHOLE }),
    ]);
    expect(result).toMatchObject({ outcome: 'partial', backlog: 13, topics: { read: 1, failed: 1 } });
    expect(await gateway.values('msg_diff_topic_readable{', 'topic="t"')).toEqual([0]);
    expect(await gateway.values('msg_diff_topic{', 'topic="t"')).toEqual([]);
  });

  test('a broker that tells one topic twice is not believed about it', async () => {
    const twice = exchange(atBroker('g', 'broker-a'), [
      { topic: 't', queueStatInfoList: [row('broker-a', 9, 2)] },
      { topic: 't', queueStatInfoList: [row('broker-a', 9, 7)] },
    ]);
    const { result } = await tickOf([...withH('g'), twice, ...groupRows('g', { t: WHOLE }), onTopic('t', { h: H })]);
    expect(result).toMatchObject({ outcome: 'partial', backlog: 1 });
    expect(result?.failures[0]?.message).toBe('consumer group g: data lists topic t twice');
  });

  test('a group that the settings ignore is not asked for', async () => {
    const { source, result } = await tickOf([...withH('g')], { IGNORED_GROUPS: 'g' });
    expect(result).toMatchObject({ outcome: 'complete', backlog: 1 });
    expect(asked(source, 'consumerGroup=g&')).toEqual([]);
  });

  test('a shard asks for the groups on its topics only, and keeps their rows on its topics only', async () => {
    const names = ['t', 'u', 'v', 'w'];
    const source = await replayConsole([
      topics(...names),
      BROKERS,
      ...routes(names),
      ...names.flatMap((name) => [consumers(name, 'g', `g_${name}`), ...groupRows(`g_${name}`, { [name]: H })]),
      ...groupRows('g', Object.fromEntries(names.map((name) => [name, WHOLE]))),
    ]);
    const gateway = await pushgateway();
    const results = [];
    for (const shard of ['1/2', '2/2']) results.push((await run({ shard }, envFor(source.url, gateway.url))).result);
    expect(results.map((result) => result?.outcome)).toEqual(['complete', 'complete']);
    expect(results.reduce((sum, result) => sum + (result?.backlog ?? 0), 0)).toBe(4 * (13 + 1));
    for (const name of names) {
      expect(asked(source, atBroker(`g_${name}`, 'broker-a'))).toHaveLength(1);
      expect(await gateway.values('msg_diff_topic_consumergroup{', `topic="${name}"`, 'consumerGroup="g"')).toEqual([13]);
    }
  });

  test('a console that answers for all brokers, whichever it is to ask, is asked once a group', async () => {
    const names = ['g0', 'g1', 'g2', 'g3'];
    const { source, result } = await tickOf(
      [topics('t'), BROKERS, ...routes(['t']), consumers('t', ...names), ...names.flatMap((name) => groupRowsOfAll(name, { t: WHOLE }))],
      NO_PROCESSES,
    );
    expect(result).toMatchObject({ outcome: 'complete', backlog: 4 * 13 });
    expect(asked(source, 'queryTopicByConsumer')).toHaveLength(4);
  });
});
