import { describe, expect, test } from 'vitest';
import { loadRecording } from '../../scripts/servers/recordings.ts';
import type { RecordedExchange } from '../../src/reading/rocketmq-console/replay.ts';
import { asked, group, HELD, masters, ofGroup, onTopic, queue, tickOf, topics } from '../support/asked-console.ts';
import { exchange } from '../support/made-cluster.ts';

const brokerAt = (name: string, brokerAddrs: Record<string, string>) => ({ [name]: { brokerAddrs } });
const cluster = (brokerAddrTable: object) => exchange('/cluster/list.query', { clusterInfo: { brokerAddrTable } });
const HELD_NOW = [queue(0, 1, 0, HELD, 9)];

describe('who is online', () => {
  test('a gRPC group at work that has a retry topic is not said to be offline', async () => {
    const { gateway, result } = await tickOf(loadRecording('2.1.0.grpc-online-looks-offline'));
    expect(await gateway.values('msg_diff_clients_online{', 'consumerGroup="grpcslow"')).toEqual([]);
    expect(await gateway.values('msg_diff_topic_consumergroup{', 'topic="grpcslow"')).toEqual([2924]);
    expect(result?.failures.filter(({ message }) => message.includes('grpcslow'))).toEqual([]);
  });

  test('a group whose broker was restarted is online where another broker knows its process', async () => {
    const { gateway } = await tickOf([
      topics('shipments'),
      onTopic('shipments', { g_unit: [queue(0, 4000, 767, null, 9)] }),
      cluster({ ...brokerAt('broker-a', { 0: '192.0.2.10:10911' }), ...brokerAt('broker-b', { 0: '192.0.2.11:10911' }) }),
      ...loadRecording('2.1.0.broker-restarted-online-looks-offline').map(encoded),
    ]);
    expect(await gateway.values('msg_diff_clients_online{', 'consumerGroup="g_unit"')).toEqual([1]);
  });

  test('a gRPC group is online where a proxy that the console knows says so; the proxies are asked once', async () => {
    const recorded = loadRecording('2.1.0.grpc-presence-by-proxy-address').map(encoded);
    const { gateway, source, again } = await tickOf([
      topics('grpcslow'),
      exchange('/proxy/homePage.query', { proxyAddrList: ['192.0.2.8:8080', '192.0.2.9:8080'], currentProxyAddr: '192.0.2.8:8080' }),
      ...recorded,
    ]);
    expect(await gateway.values('msg_diff_clients_online{', 'consumerGroup="grpcslow"')).toEqual([1]);
    expect(await gateway.values('tick_complete{')).toEqual([1]);
    await again();
    expect(asked(source, '192.0.2.8')).toHaveLength(2);
    // A proxy that does not answer is left alone for a while: consoles name some by default.
    expect(asked(source, '192.0.2.9')).toHaveLength(1);
    await again(11);
    expect(asked(source, '192.0.2.9')).toHaveLength(2);
  });

  test('a proxy that knows nobody does not make a gRPC group offline', async () => {
    const { gateway, result } = await tickOf([
      topics('a', '%RETRY%g_a'),
      onTopic('a', { g: [queue(0, 9, 2, null, 9)] }),
      onTopic('%RETRY%g_a', {}),
      group('g', 0, null, 9),
      exchange('/proxy/homePage.query', { proxyAddrList: ['p:1'] }),
      group('g', 0, null, 9, 'p:1'),
    ]);
    expect(result?.outcome).toBe('complete');
    expect(await gateway.values('msg_diff_clients_online{')).toEqual([]);
  });

  const OFFLINE = [
    topics('a'),
    onTopic('a', { g: [queue(0, 9, 2, null, 9)], h: HELD_NOW }),
    group('g', 0, null, -652),
    masters('m1:1', 'm2:1'),
  ];
  test('a negative total is a total: nobody is there', async () => {
    const { gateway, result } = await tickOf([...OFFLINE, group('g', 0, null, -652, 'm1:1'), group('g', 0, null, -652, 'm2:1')]);
    expect(result?.outcome).toBe('complete');
    expect(await gateway.values('msg_diff_clients_online{')).toEqual([0]);
  });

  const NO_ANSWERS: [kind: string, body: unknown][] = [
    ['broker-unreachable', { status: -1, data: null, errMsg: 'RemotingConnectException: connect to m2 failed' }],
    ['shape', '{"status":0,"da'],
  ];
  test.each(NO_ANSWERS)('nobody is said to be offline while one broker could not be asked: %s', async (kind, body) => {
    const { gateway, result } = await tickOf([...OFFLINE, group('g', 0, null, -652, 'm1:1'), { ...group('g', 0, null, -1, 'm2:1'), body }]);
    expect(result).toMatchObject({ outcome: 'partial', backlog: 8 });
    expect(result?.failures).toMatchObject([{ topic: 'a', kind, message: expect.stringContaining('consumer group g online') }]);
    expect(await gateway.values('msg_diff_clients_online{')).toEqual([]);
  });

  test('a proxy that cannot be asked now is no proxy that knows nobody: no series, and asked again with the next tick', async () => {
    const exchanges = [...OFFLINE, group('g', 0, null, 7, 'm1:1'), group('g', 0, null, 7, 'm2:1')];
    const proxies = exchange('/proxy/homePage.query', { proxyAddrList: ['p:1'] });
    const words = 'java.util.NoSuchElementException: Timeout waiting for idle object';
    const away = { ...group('g', 0, null, -1, 'p:1'), status: 500, body: words };
    const { gateway, source, again } = await tickOf([...exchanges, proxies, away]);
    expect(await gateway.values('msg_diff_clients_online{')).toEqual([]);
    expect(await gateway.values('tick_complete{')).toEqual([0]);
    source.replay([...exchanges, proxies, group('g', 1, 'CLUSTERING', 7, 'p:1')]);
    await again();
    expect(await gateway.values('msg_diff_clients_online{')).toEqual([1]);
  });

  test('clients that are online count, wherever they were found', async () => {
    const { gateway } = await tickOf([...OFFLINE, group('g', 0, null, -652, 'm1:1'), group('g', 2, 'CLUSTERING', 7, 'm2:1')]);
    expect(await gateway.values('msg_diff_clients_online{')).toEqual([2]);
  });
});

describe('phantoms and broadcast groups', () => {
  test('a real group that is named like its topic, its offsets reset while it was offline, keeps its 150 messages', async () => {
    const { gateway, result } = await tickOf(loadRecording('2.1.0.same-name-reset-offline'));
    expect(await gateway.values('msg_diff_topic_consumergroup{', 'topic="dup"')).toEqual([150]);
    expect(result?.groups.phantom).toBe(0);
  });

  test('a broadcast group whose broker was just restarted is no backlog of 500, and the tick is not complete', async () => {
    const { gateway, result } = await tickOf([...loadRecording('2.1.0.broker-restarted-broadcast'), onTopic('orders', { h: HELD_NOW })]);
    expect(result?.backlog).toBe(1);
    const lines = (await gateway.samples()).filter((line) => line.includes('consumerGroup="g_bcast"'));
    expect(lines.map((line) => line.split('{')[0])).toEqual(['rocketmq_msg_diff_unreadable_group']);
    expect(await gateway.values('tick_complete{')).toEqual([0]);
  });

  const RESTARTED = [
    topics('config', 'b'),
    onTopic('config', { g: [queue(0, 500, 0, null)] }),
    onTopic('b', { h: HELD_NOW }),
    group('g', 0, null, -1),
  ];
  const connection = (messageModel: string | null, address: string) =>
    exchange(`/consumer/consumerConnection.query?consumerGroup=g&address=${encodeURIComponent(address)}`, { messageModel });
  test.each([
    ['BROADCASTING', { outcome: 'complete', backlog: 1, groups: { broadcast: 1, unreadable: 0 } }],
    ['CLUSTERING', { outcome: 'complete', backlog: 501, groups: { broadcast: 0, unreadable: 0 } }],
    [null, { outcome: 'partial', backlog: 1, groups: { broadcast: 0, unreadable: 1 } }],
  ])('a broker that knows a client settles which it is: %s', async (messageModel, expected) => {
    const { result } = await tickOf([...RESTARTED, masters('m1:1', 'm2:1'), connection(messageModel, 'm2:1')]);
    expect(result).toMatchObject(expected);
  });

  test('behind 4.9.7 a group that never finished a message and is offline is unreadable, not a number', async () => {
    const { gateway, result } = await tickOf(loadRecording('2.1.0.rocketmq-4.9.7.same-name-never-committed'), {
      IGNORED_TOPICS: '%RETRY%*',
    });
    expect(result).toMatchObject({ outcome: 'partial', backlog: 79, groups: { read: 1, unreadable: 2, phantom: 0 } });
    expect(await gateway.values('msg_diff_consumergroup{')).toEqual([79]);
  });

  test('a group that became CLUSTERING is hidden for ten minutes at most', async () => {
    const suspect = [topics('a'), onTopic('a', { g: [queue(0, 9000, 0, HELD)], h: HELD_NOW })];
    const { result, source, again } = await tickOf([...suspect, group('g', 1, 'BROADCASTING', 9)]);
    expect(result).toMatchObject({ backlog: 1, groups: { broadcast: 1 } });
    source.replay([...suspect, group('g', 1, 'CLUSTERING', 9000)]);
    expect((await again(9)).result).toMatchObject({ backlog: 1, groups: { broadcast: 1 } });
    expect((await again(10)).result).toMatchObject({ backlog: 9001, groups: { broadcast: 0 } });
  });

  test('a phantom that becomes a group has its backlog in the next tick', async () => {
    const [list, others] = [topics('orders', 'b'), onTopic('b', { h: HELD_NOW })];
    const { result, source, again } = await tickOf([list, onTopic('orders', { orders: [queue(0, 89_990, 0, null)] }), others]);
    expect(result).toMatchObject({ outcome: 'complete', backlog: 1, groups: { phantom: 1 } });
    source.replay([list, onTopic('orders', { orders: [queue(0, 89_990, 0, HELD)] }), others, group('orders', 1, 'CLUSTERING', 89_990)]);
    expect((await again()).result).toMatchObject({ backlog: 89_991, groups: { phantom: 0 } });
  });
});

describe('no half is shown for a whole', () => {
  test('a group that is readable on one topic only makes a partial tick, also where there is no other group', async () => {
    const { result } = await tickOf([
      topics('mixa', 'mixb'),
      onTopic('mixa', { g: [queue(0, 15, 2, HELD, 9)] }),
      onTopic('mixb', { g: [] }),
      group('g', 2, 'CLUSTERING', 13),
    ]);
    expect(result).toMatchObject({ outcome: 'partial', backlog: 13, groups: { unreadable: 1 } });
  });

  test('the slave that acts for a dead master is asked as well', async () => {
    const rows = (broker: string) => [{ ...queue(0, 99_910, 0, HELD, 9), brokerName: broker }];
    const { result } = await tickOf([
      topics('a'),
      onTopic('a', { g: [] }),
      cluster({ ...brokerAt('broker-a', { 0: 'm1:1', 1: 'r1:1' }), ...brokerAt('broker-b', { 2: 'r3:1', 1: 'r2:1' }) }),
      ofGroup('g', 'm1:1', 'a', [queue(0, 10, 0, HELD, 9)]),
      ofGroup('g', 'r2:1', 'a', rows('broker-b')),
    ]);
    expect(result).toMatchObject({ outcome: 'complete', backlog: 99_920 });
  });

  test('one offset that is none costs its group on its topic, and no healthy neighbour', async () => {
    const { result, gateway } = await tickOf([
      topics('a', 'b'),
      onTopic('a', { bad: [{ ...queue(0, 9, 1, HELD, 9), consumerOffset: null }], good: [queue(0, 7, 5, HELD, 9)] }),
      onTopic('b', { bad: [queue(0, 4, 1, HELD, 9)] }),
    ]);
    expect(result).toMatchObject({ outcome: 'partial', backlog: 5, topics: { read: 2, failed: 0 }, groups: { read: 1, unreadable: 1 } });
    expect(result?.failures).toMatchObject([
      {
        topic: 'a',
        kind: 'unreadable-group',
        message: expect.stringMatching(/bad.*queueStatInfoList\[0\]\.consumerOffset: expected a number, got null/),
      },
    ]);
    expect(await gateway.values('msg_diff_unreadable_group{', 'consumerGroup="bad"', 'topic="a"')).toEqual([1]);
  });

  test('a consumer that is as far ahead as a Java long goes has no backlog, and is said to be ahead', async () => {
    const rows = JSON.stringify([queue(0, 9, 4, HELD, 9)]).replace('"consumerOffset":4', '"consumerOffset":9223372036854775807');
    const [path] = [onTopic('a', {}).request.path];
    const data = `{"status":0,"data":{"g":{"queueStatInfoList":${rows}},"h":{"queueStatInfoList":${JSON.stringify(HELD_NOW)}}},"errMsg":null}`;
    const { result, gateway } = await tickOf([topics('a'), { ...exchange(path, {}), body: data }]);
    expect(result).toMatchObject({ outcome: 'complete', backlog: 1 });
    expect(await gateway.values('msg_diff_ahead{', 'consumerGroup="g"')).toEqual([2 ** 63 - 9]);
    expect(await gateway.values('tick_negative_diffs{')).toEqual([1]);
  });
});

describe('the name server behind the console', () => {
  const LIST = [topics('a'), onTopic('a', { h: HELD_NOW })];
  const home = (currentNamesrv: string) => exchange('/ops/homePage.query', { currentNamesrv, namesvrAddrList: [], useVIPChannel: false });

  test('switched to another one, its numbers are refused, and the data stay as they were', async () => {
    const env = { NAMESRV_ADDR: 'ns-b:9876;ns-a:9876' };
    const { result, source, gateway, again } = await tickOf([...LIST, home('ns-a:9876;ns-b:9876')], env);
    expect(result?.outcome).toBe('complete');
    const before = (await gateway.groups()).data;
    source.replay([topics('a'), onTopic('a', { h: [queue(0, 77, 0, HELD, 9)] }), home('other:9876')]);
    const { error } = await again();
    expect(error?.message).toMatch(/name server other:9876, and NAMESRV_ADDR is ns-b:9876;ns-a:9876/);
    expect((await gateway.groups()).data).toEqual(before);
    expect(await gateway.values('tick_success{')).toEqual([0]);
  });

  test('is not asked about where NAMESRV_ADDR is not set, and once in a while where the console does not tell', async () => {
    expect(asked((await tickOf(LIST)).source, '/ops/')).toEqual([]);
    const { result, source, again } = await tickOf(LIST, { NAMESRV_ADDR: 'ns-a:9876' });
    expect(result?.outcome).toBe('complete');
    await again();
    expect(asked(source, '/ops/')).toHaveLength(1);
  });
});

test('messages that are gone make the delay unknown, not shorter: a recorded cluster that has deleted what was not consumed', async () => {
  const { gateway } = await tickOf(loadRecording('2.1.0.messages-expired'));
  const delayOn = (topic: string) => gateway.values('rocketmq_msg_diff_delay_seconds{', `topic="${topic}"`);
  expect(await delayOn('h_mix')).toEqual([]);
  expect(await delayOn('h_offline')).toEqual([]);
  expect(await delayOn('h_fast')).toHaveLength(1);
});

/** Recorded by hand: the address is not encoded as a client does. */
function encoded(exchanged: RecordedExchange): RecordedExchange {
  const path = exchanged.request.path.replace(/address=(.*):/, 'address=$1%3A');
  return { ...exchanged, request: { ...exchanged.request, path } };
}
