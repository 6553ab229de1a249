import { describe, expect, test } from 'vitest';
import { type Responder, send } from '../../src/reading/rocketmq-console/replay.ts';
import { asked, consumers, group, HELD, onTopic, tickOf, topics } from '../support/asked-console.ts';
import { faultOn, resetBeforeBody } from '../support/faults.ts';
import { BROKERS_PATH, consumersPath, exchange, TOPIC_LIST, topicPath } from '../support/made-cluster.ts';
import { envFor, pushgateway, replayConsole, run } from '../support/run.ts';
import { atBroker, BROKERS, groupRows, groupRowsOfAll, refused, row } from '../support/two-brokers.ts';

/** A console that lacks the first way: it refuses to say who is on a topic. */
const withoutTheWay: Responder = (request, response) => {
  if (!request.url?.startsWith('/topic/queryTopicConsumerInfo.query')) return false;
  send(response, 200, {}, { status: -1, data: null, errMsg: 'not here' });
  return true;
};

/** What a tick of this recording pushes. The one group that consumed between the two readings is left out, and times. */
async function seriesOf(recording: string, first?: Responder) {
  const [source, gateway] = await Promise.all([replayConsole(recording, first), pushgateway()]);
  const { result, error } = await run({}, envFor(source.url, gateway.url, { IGNORED_GROUPS: 'grpcslow' }));
  expect(error).toBeUndefined();
  const { data, health } = await gateway.groups();
  const isOfThisTickOnly = (line: string) => /_tick_(console_|duration|last_success)/.test(line);
  return {
    result,
    asked: source.requests,
    data: data.filter((line) => !line.includes('_delay_seconds')),
    health: health.filter((line) => !isOfThisTickOnly(line)),
  };
}

describe.each(['1.0.0.by-group-5.5.1', '2.1.0.by-group-5.5.1'])('%s, one cluster at rest', (recording) => {
  test('both ways push the same series, and say the same of themselves', async () => {
    const [byGroup, byTopic] = [await seriesOf(recording), await seriesOf(recording, withoutTheWay)];
    expect(byGroup.data.length).toBeGreaterThan(800);
    expect(byGroup.data).toEqual(byTopic.data);
    expect(byGroup.health).toEqual(byTopic.health);
    expect(byGroup.asked.filter((request) => request.includes('queryConsumerByTopic')).length).toBeLessThan(20);
  });
});

describe('a cluster that is read by group', () => {
  test('asks who is on each topic, then each group once at each broker, and no topic; the rows of both make one backlog', async () => {
    const { source, gateway, result } = await tickOf(
      [
        topics('t', 'u'),
        BROKERS,
        consumers('t', 'g', 'h'),
        consumers('u', 'g'),
        ...groupRows('g', { t: [row('broker-a', 9, 2), row('broker-b', 9, 3)], u: [row('broker-a', 5, 5), row('broker-b', 7, 5)] }),
        ...groupRows('h', { t: [row('broker-a', 9, 9), row('broker-b', 9, 8)] }),
      ],
      NO_PROCESSES,
    );
    expect(result).toMatchObject({ outcome: 'complete', backlog: 7 + 6 + 2 + 1, topics: { read: 2 }, groups: { read: 2 } });
    expect(await gateway.values('msg_diff_topic_consumergroup{', 'topic="t"', 'consumerGroup="g"')).toEqual([13]);
    expect(await gateway.values('msg_diff_topic_consumergroup{', 'topic="u"', 'consumerGroup="g"')).toEqual([2]);
    expect(source.requests.toSorted()).toEqual(
      [
        TOPIC_LIST,
        BROKERS_PATH,
        consumersPath('t'),
        consumersPath('u'),
        atBroker('g', 'broker-a'),
        atBroker('g', 'broker-b'),
        atBroker('h', 'broker-a'),
        atBroker('h', 'broker-b'),
      ]
        .map((path) => `GET ${path}`)
        .toSorted(),
    );
  });

  const NO_PROCESSES = { PROCESS_QUESTIONS: '0' };
  const WHOLE = [row('broker-a', 9, 2), row('broker-b', 9, 3)];
  /** A topic `t` with a group `h` that is one message behind, besides what is told. */
  const withH = (group: string, ...others: string[]) => [topics('t', ...others), BROKERS, consumers('t', group, 'h'), ...ROWS_OF_H];
  const H = [row('broker-a', 9, 9), row('broker-b', 9, 8)];
  const ROWS_OF_H = groupRows('h', { t: H });

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
    const { gateway, result } = await tickOf([
      ...withH('g'),
      ...groupRows('g', {}),
      onTopic('t', { g: [], h: H }),
      group('g', 1, 'CLUSTERING', 0),
    ]);
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

  test('a group that has rows on a topic and is not listed there counts there', async () => {
    const { gateway, result } = await tickOf([
      topics('t', 'u'),
      BROKERS,
      consumers('t', 'g'),
      consumers('u'),
      ...groupRows('g', { t: WHOLE, u: WHOLE }),
    ]);
    expect(result).toMatchObject({ outcome: 'complete', backlog: 26 });
    expect(await gateway.values('msg_diff_topic_consumergroup{', 'topic="u"', 'consumerGroup="g"')).toEqual([13]);
  });

  test('a group that the console refuses is read by topic, and so are its neighbours there', async () => {
    const { source, result } = await tickOf([
      ...groupRows('h', { t: H, u: H }),
      ...withH('g', 'u'),
      consumers('u', 'h'),
      refused(atBroker('g', 'broker-a'), 'CODE: 206  DESC: the consumer group[g] not online'),
      onTopic('t', { g: WHOLE, h: H }),
    ]);
    expect(result).toMatchObject({ outcome: 'complete', backlog: 13 + 1 + 1 });
    expect(asked(source, 'queryConsumerByTopic')).toEqual([`GET ${topicPath('t')}`]);
  });

  test('where one broker fails, its name is told and the group has no number on any topic; others stand', async () => {
    const words = 'org.apache.rocketmq.remoting.exception.RemotingConnectException: connect to b:1 failed';
    const { source, gateway, result } = await tickOf([
      ...withH('g', 'u'),
      consumers('u', 'g'),
      refused(atBroker('g', 'broker-b'), words),
      ...groupRows('g', { t: WHOLE, u: WHOLE }),
      group('g', 1, 'CLUSTERING', 0),
    ]);
    expect(result).toMatchObject({ outcome: 'partial', backlog: 1, groups: { read: 1, unreadable: 1 } });
    expect(result?.failures.map(({ topic }) => topic).toSorted()).toEqual(['t', 'u']);
    for (const { message } of result?.failures ?? [])
      expect(message).toContain('consumer group g: asked for it, broker broker-b (b:1) failed: org.apache.rocketmq.remoting');
    expect(await gateway.values('msg_diff_unreadable_group{', 'consumerGroup="g"')).toEqual([1, 1]);
    expect(await gateway.values('msg_diff_topic_consumergroup{', 'consumerGroup="g"')).toEqual([]);
    // A broker that is away is away for the other way as well.
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

  test('a topic on one broker of two is read by topic once, and by group while that is remembered', async () => {
    const half = [row('broker-a', 9, 2)];
    const { source, result, again } = await tickOf([
      topics('t'),
      BROKERS,
      consumers('t', 'g'),
      ...groupRows('g', { t: half }),
      onTopic('t', { g: half }),
    ]);
    expect(result).toMatchObject({ outcome: 'complete', backlog: 7 });
    expect((await again(1)).result).toMatchObject({ outcome: 'complete', backlog: 7 });
    expect(asked(source, 'queryConsumerByTopic')).toHaveLength(1);
    await again(11);
    expect(asked(source, 'queryConsumerByTopic')).toHaveLength(2);
  });

  test('a group with rows at half of the brokers of a topic that has queues on both is read by topic', async () => {
    const { result } = await tickOf([...withH('g'), ...groupRows('g', { t: WHOLE.slice(0, 1) }), onTopic('t', { g: WHOLE, h: H })]);
    expect(result).toMatchObject({ outcome: 'complete', backlog: 14 });
  });

  test('what was learnt of the brokers of a topic does not hold where another group shows more of them', async () => {
    const { source, again } = await tickOf([
      topics('t'),
      BROKERS,
      consumers('t', 'g'),
      ...groupRows('g', { t: WHOLE.slice(0, 1) }),
      onTopic('t', { g: WHOLE.slice(0, 1) }),
    ]);
    source.replay([...withH('g'), ...groupRows('g', { t: WHOLE.slice(0, 1) }), onTopic('t', { g: WHOLE, h: H })]);
    expect((await again()).result).toMatchObject({ outcome: 'complete', backlog: 14 });
  });

  test('a group that is ahead of a broker is read by topic, whose numbers go before: queues of a static topic are told so', async () => {
    const { result } = await tickOf([
      ...withH('g'),
      ...groupRows('g', { t: [row('broker-a', 0, 233), row('broker-b', 9, 3)] }),
      onTopic('t', { g: [row('broker-a', 240, 233), row('broker-b', 9, 3)], h: H }),
    ]);
    expect(result).toMatchObject({ outcome: 'complete', backlog: 7 + 6 + 1 });
  });

  test('where the second way fails, what was in doubt is unreadable in its words, and the others of the topic stand', async () => {
    const { gateway, result } = await tickOf([
      ...withH('g'),
      ...groupRows('g', { t: WHOLE.slice(0, 1) }),
      refused(topicPath('t'), 'java.lang.NullPointerException'),
      group('g', 1, 'CLUSTERING', 0),
    ]);
    expect(result).toMatchObject({ outcome: 'partial', backlog: 1, topics: { read: 1 }, groups: { read: 1, unreadable: 1 } });
    expect(result?.failures).toMatchObject([{ topic: 't', message: 'consumer group g: java.lang.NullPointerException' }]);
    expect(await gateway.values('msg_diff_topic_consumergroup{', 'consumerGroup="g"')).toEqual([]);
  });

  test('a topic of which nobody tells who is on it was not read, whatever rows a group has there', async () => {
    const { gateway, result } = await tickOf([
      topics('t', 'u'),
      BROKERS,
      refused(consumersPath('t'), 'java.lang.NullPointerException'),
      refused(topicPath('t'), 'java.lang.NullPointerException'),
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
    const { result } = await tickOf([
      ...withH('g'),
      twice,
      ...groupRows('g', { t: WHOLE }),
      refused(topicPath('t'), 'no'),
      group('g', 1, 'CLUSTERING', 0),
    ]);
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
});

describe('whom a console asks for a group', () => {
  const names = ['g0', 'g1', 'g2', 'g3'];
  const both = [row('broker-a', 9, 2), row('broker-b', 9, 3)];

  test('a console that answers for all brokers, whomever it is to ask, is asked once a group when that has shown', async () => {
    const { source, result } = await tickOf(
      [topics('t'), BROKERS, consumers('t', ...names), ...names.flatMap((name) => groupRowsOfAll(name, { t: both }))],
      { CONCURRENCY: '1' },
    );
    expect(result).toMatchObject({ outcome: 'complete', backlog: 4 * 13 });
    expect(asked(source, 'queryTopicByConsumer')).toHaveLength(5);
  });

  test('an address at which another broker answers now does not pass for that: every broker is asked for every group', async () => {
    const { source, result } = await tickOf(
      [
        topics('t'),
        BROKERS,
        consumers('t', ...names),
        ...names.flatMap((name) => [
          exchange(atBroker(name, 'broker-a'), [{ topic: 't', queueStatInfoList: [row('broker-b', 9, 3)] }]),
          exchange(atBroker(name, 'broker-b'), [{ topic: 't', queueStatInfoList: [row('broker-b', 9, 3)] }]),
        ]),
        onTopic('t', Object.fromEntries(names.map((name) => [name, both]))),
      ],
      { CONCURRENCY: '1' },
    );
    expect(result).toMatchObject({ outcome: 'complete', backlog: 4 * 13 });
    expect(asked(source, 'queryTopicByConsumer')).toHaveLength(8);
  });
});

describe('what was learnt of a topic', () => {
  const FULL = [row('broker-a', 9, 2), row('broker-b', 900, 3)];
  const half = [topics('t'), consumers('t', 'g'), ...groupRows('g', { t: [row('broker-a', 9, 2)] })];

  test('while a broker was missing is not believed once it is back', async () => {
    const { result, source, again } = await tickOf([...half, BROKERS, onTopic('t', { g: FULL })]);
    expect(result?.backlog).toBe(904);
    const onlyA = exchange(BROKERS_PATH, { clusterInfo: { brokerAddrTable: { 'broker-a': { brokerAddrs: { 0: 'a:1' } } } } });
    source.replay([...half, onlyA, onTopic('t', { g: [row('broker-a', 9, 2)] })]);
    expect((await again(1)).result?.backlog).toBe(7);
    source.replay([...half, BROKERS, onTopic('t', { g: FULL })]);
    expect((await again(2)).result).toMatchObject({ outcome: 'complete', backlog: 904 });
  });

  test('by topic does not replace more rows by group of a neighbour that is not in doubt', async () => {
    const { result } = await tickOf(
      [
        topics('t'),
        BROKERS,
        consumers('t', 'g', 'k'),
        ...groupRows('g', { t: FULL }),
        ...groupRows('k', {}),
        onTopic('t', { g: [row('broker-a', 9, 2)], k: [row('broker-a', 9, 9)] }),
      ],
      { PROCESS_QUESTIONS: '0' },
    );
    expect(result).toMatchObject({ outcome: 'complete', backlog: 904 });
  });
});
