import { describe, expect, test } from 'vitest';
import {
  decodeEnvelope,
  decodeGroup,
  decodeMasters,
  decodeStored,
  decodeSubscriptions,
  decodeTopicList,
  decodeTopicsOfGroup,
  RefusedError,
  WireError,
} from '../../src/console/wire.ts';
import type { Subscription } from '../../src/lag/readings.ts';
import { loadRecording } from '../support/replay-console.ts';

/** What a recorded console answered, as text. */
function recorded(recording: string, path: string): string {
  const found = loadRecording(recording).find(({ request }) => request.path === path);
  if (found === undefined) throw new Error(`${recording} has no answer to ${path}`);
  return JSON.stringify(found.body);
}

const dataOf = (recording: string, path: string) => decodeEnvelope(recorded(recording, path));
const rowsOf = (subscriptions: readonly Subscription[], group: string) => {
  const found = subscriptions.find(({ consumerGroup }) => consumerGroup === group);
  return found?.readable ? found.queues : undefined;
};
const ORDERS = '/topic/queryConsumerByTopic.query?topic=orders';

describe('an answer', () => {
  test('with status 0 gives its data, whatever that is', () => {
    expect(decodeEnvelope('{"status":0,"data":{"a":[1]},"errMsg":null}')).toEqual({ a: [1] });
    expect(decodeEnvelope('{"status":0,"data":null}')).toBeNull();
  });

  const BAD = [
    { n: 1, proves: 'nothing', body: '', says: 'the answer is empty' },
    { n: 2, proves: 'white space', body: ' \n', says: 'the answer is empty' },
    { n: 3, proves: 'a page', body: '<html>\n<title>x</title>', says: 'the answer is not JSON: <html> <title>x</title>' },
    { n: 4, proves: 'half an answer', body: '{"status":0,"da', says: 'the answer is not JSON: {"status":0,"da' },
    { n: 5, proves: 'null', body: 'null', says: 'the answer: expected Object, got null' },
    { n: 6, proves: 'another JSON', body: '{"ok":true}', says: 'the answer.status is missing' },
    { n: 7, proves: 'a status as text', body: '{"status":"0","data":1}', says: 'the answer.status: expected number, got "0"' },
    { n: 8, proves: 'no data at all', body: '{"status":0}', says: 'the answer.data is missing' },
    {
      n: 9,
      proves: 'words that are none',
      body: '{"status":-1,"data":null,"errMsg":5}',
      says: 'the answer.errMsg: expected string, got 5',
    },
  ];
  for (const { n, proves, body, says } of BAD)
    test(`${n}. ${proves} is none, and the error says what came`, () => {
      expect(() => decodeEnvelope(body)).toThrow(new WireError(says));
    });

  test('10. a long one is cut in the error', () => {
    expect(() => decodeEnvelope(`x${'y'.repeat(5_000)}`)).toThrow(/^the answer is not JSON: xy{199}…$/);
  });
});

describe('a refusal', () => {
  const refusalOf = (body: string): unknown => {
    try {
      return decodeEnvelope(body);
    } catch (error) {
      return error;
    }
  };

  test('carries the console’s words, on one line', () => {
    const error = refusalOf(recorded('2.1.0.healthy', '/topic/queryConsumerByTopic.query?topic=no_such_topic'));
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('No topic route info in name server for the topic: no_such_topic'),
    });
    expect(String((error as Error).message)).not.toContain('\n');
  });

  test('of a console that could not reach a name server or broker is of another kind', () => {
    expect(refusalOf(recorded('2.1.0.namesrv-frozen', '/topic/list.query'))).toMatchObject({ kind: 'broker-unreachable' });
    for (const kind of ['Connect', 'SendRequest', 'Timeout'])
      expect(refusalOf(`{"status":-1,"data":null,"errMsg":"a.b.Remoting${kind}Exception: x"}`)).toMatchObject({
        kind: 'broker-unreachable',
      });
    expect(refusalOf('{"status":-1,"data":null,"errMsg":"a.b.RemotingCommandException: x"}')).toMatchObject({ kind: 'refused' });
  });

  test('without words gives its status', () => {
    expect(refusalOf('{"status":-1,"data":null,"errMsg":null}')).toMatchObject({ words: 'status -1' });
    expect(refusalOf('{"status":1,"data":{"topicList":[]}}')).toMatchObject({ words: 'status 1' });
  });
});

describe('the list of topics', () => {
  for (const [version, length] of [
    ['1.0.0.healthy', 31],
    ['2.0.0.healthy', 31],
    ['2.1.0.healthy', 31],
    ['master.healthy', 31],
    ['2.1.0.rocketmq-4.9.7', 26],
  ] as const)
    test(`${version} has ${length}`, () => {
      const topics = decodeTopicList(dataOf(version, '/topic/list.query'));
      expect(topics).toHaveLength(length);
      expect(topics).toEqual(expect.arrayContaining(['orders', '%RETRY%g_fail', '%DLQ%g_fail', 'MQ_INST_1%orders']));
    });

  test('an empty list is a list', () => {
    expect(decodeTopicList({ topicList: [] })).toEqual([]);
  });

  test('names a topic once, also where two names become one on the way out', () => {
    expect(decodeTopicList({ topicList: ['a', '__proto__', 'a', 'x\ud800', 'x\udc00'] })).toEqual(['a', '__proto__', 'x\ufffd']);
  });

  const BAD = [
    { n: 1, proves: 'no data', data: null, says: 'data: expected Object, got null' },
    { n: 2, proves: 'no list', data: {}, says: 'data.topicList is missing' },
    { n: 3, proves: 'something else in its place', data: { topicList: 'orders' }, says: 'data.topicList: expected a list, got "orders"' },
    { n: 4, proves: 'a name that is none', data: { topicList: ['a', 7] }, says: 'data.topicList[1]: expected a string, got 7' },
  ];
  for (const { n, proves, data, says } of BAD)
    test(`${n}. ${proves} is named in the error`, () => {
      expect(() => decodeTopicList(data)).toThrow(new WireError(says));
    });
});

describe('the groups of a topic', () => {
  test('every row of a recorded topic, in our terms', () => {
    const subscriptions = decodeSubscriptions(dataOf('2.1.0.healthy', ORDERS));
    expect(subscriptions.map(({ consumerGroup }) => consumerGroup).sort()).toEqual(['g_billing', 'g_multi', 'g_orders', 'orders']);
    const rows = rowsOf(subscriptions, 'g_orders');
    expect(rows).toHaveLength(8);
    expect(rows?.[0]).toEqual({
      broker: 'broker-a',
      queueId: 0,
      brokerOffset: 462,
      consumerOffset: 104,
      clientId: '192.0.2.2@9195#913354201121',
      lastTimestamp: 1795403462799,
    });
    expect(rows?.reduce((sum, row) => sum + row.brokerOffset - row.consumerOffset, 0)).toBe(3022);
  });

  test('a time of 0 is no time, in recorded phantoms', () => {
    const rows = rowsOf(decodeSubscriptions(dataOf('2.1.0.healthy', ORDERS)), 'orders');
    expect(rows?.map(({ lastTimestamp }) => lastTimestamp)).toEqual(Array(8).fill(null));
  });

  test('a client of null is none, behind a recorded hung process', () => {
    const rows = rowsOf(decodeSubscriptions(dataOf('2.1.0.consumer-frozen', ORDERS)), 'g_orders');
    expect(rows?.[0]?.clientId).toBeNull();
  });

  test('no row is unreadable, not zero: every group of a recorded 2.1.0 in front of 4.9.7', () => {
    const subscriptions = decodeSubscriptions(dataOf('2.1.0.rocketmq-4.9.7', ORDERS));
    const reason = 'the console lists it without a row';
    expect(subscriptions).toEqual(
      ['g_multi', 'g_orders', 'g_billing'].map((consumerGroup) => ({ consumerGroup, readable: false, reason })),
    );
  });

  test('a list of rows that is null or missing is unreadable as well', () => {
    expect(decodeSubscriptions({ a: { queueStatInfoList: null }, b: {} }).map(({ readable }) => readable)).toEqual([false, false]);
  });

  test('a topic that nobody reads has no group', () => {
    expect(decodeSubscriptions(dataOf('2.1.0.healthy', '/topic/queryConsumerByTopic.query?topic=quiet'))).toEqual([]);
  });

  const ROW = { brokerName: 'broker-a', queueId: 0, brokerOffset: 9, consumerOffset: 4, clientInfo: null, lastTimestamp: 0 };
  const listing = (...rows: object[]) => ({ g: { queueStatInfoList: rows } });

  test('a client that is missing or empty is none', () => {
    const { clientInfo: _none, ...without } = ROW;
    for (const row of [without, { ...ROW, clientInfo: '' }])
      expect(rowsOf(decodeSubscriptions(listing(row)), 'g')?.[0]?.clientId).toBeNull();
  });

  test('a time below 0 is no time', () => {
    expect(rowsOf(decodeSubscriptions(listing({ ...ROW, lastTimestamp: -1 })), 'g')?.[0]?.lastTimestamp).toBeNull();
    expect(rowsOf(decodeSubscriptions(listing({ ...ROW, lastTimestamp: 1 })), 'g')?.[0]?.lastTimestamp).toBe(1);
  });

  test('names that objects inherit are names, of groups and of brokers', () => {
    const row = (brokerName: string) => JSON.stringify({ ...ROW, brokerName });
    const data = JSON.parse(
      `{"__proto__":{"queueStatInfoList":[${row('__proto__')}]},"constructor":{"queueStatInfoList":[${row('constructor')},${row('toString')}]}}`,
    );
    const subscriptions = decodeSubscriptions(data);
    expect(subscriptions.map(({ consumerGroup }) => consumerGroup)).toEqual(['__proto__', 'constructor']);
    expect(rowsOf(subscriptions, '__proto__')?.map(({ broker }) => broker)).toEqual(['__proto__']);
    expect(rowsOf(subscriptions, 'constructor')?.map(({ broker }) => broker)).toEqual(['constructor', 'toString']);
  });

  test('the same queue id on another broker is another queue', () => {
    const rows = rowsOf(decodeSubscriptions(listing(ROW, { ...ROW, brokerName: 'broker-b' })), 'g');
    expect(rows?.map(({ broker }) => broker)).toEqual(['broker-a', 'broker-b']);
  });

  const AT = 'data["g"].queueStatInfoList';
  const BAD: { n: number; proves: string; data: unknown; says: string }[] = [
    { n: 1, proves: 'no data', data: null, says: 'data: expected an object, got null' },
    { n: 2, proves: 'a list of groups', data: [], says: 'data: expected an object, got []' },
    { n: 3, proves: 'text', data: 'x', says: 'data: expected an object, got "x"' },
    { n: 4, proves: 'no data at all', data: undefined, says: 'data: expected an object, got nothing' },
    { n: 5, proves: 'a group that is none', data: { g: 5 }, says: 'data["g"]: expected Object, got 5' },
    { n: 6, proves: 'rows that are none', data: { g: { queueStatInfoList: {} } }, says: `${AT}: expected a list, got Object` },
    { n: 7, proves: 'a row that is none', data: { g: { queueStatInfoList: [null] } }, says: `${AT}[0]: expected Object, got null` },
    { n: 8, proves: 'a queue twice', data: listing(ROW, ROW), says: 'data["g"] lists queue 0 of broker broker-a twice' },
    {
      n: 9,
      proves: 'offsets as text',
      data: listing({ ...ROW, brokerOffset: '9' }),
      says: `${AT}[0].brokerOffset: expected a number, got "9"`,
    },
    {
      n: 10,
      proves: 'half a message',
      data: listing({ ...ROW, consumerOffset: 0.5 }),
      says: `${AT}[0].consumerOffset: expected an integer, got 0.5`,
    },
    {
      n: 11,
      proves: 'a number beyond what is exact',
      data: listing({ ...ROW, brokerOffset: 2 ** 53 }),
      says: `${AT}[0].brokerOffset: expected an integer, got 9007199254740992`,
    },
    {
      n: 12,
      proves: 'no offset',
      data: listing({ ...ROW, consumerOffset: null }),
      says: `${AT}[0].consumerOffset: expected a number, got null`,
    },
    {
      n: 13,
      proves: 'a broker without a name',
      data: listing(ROW, { ...ROW, brokerName: null }),
      says: `${AT}[1].brokerName: expected a string, got null`,
    },
    { n: 14, proves: 'a queue id as text', data: listing({ ...ROW, queueId: '0' }), says: `${AT}[0].queueId: expected a number, got "0"` },
    {
      n: 15,
      proves: 'a client that is no text',
      data: listing({ ...ROW, clientInfo: 7 }),
      says: `${AT}[0].clientInfo: expected a string, got 7`,
    },
    {
      n: 16,
      proves: 'a time that is none',
      data: listing({ ...ROW, lastTimestamp: null }),
      says: `${AT}[0].lastTimestamp: expected a number, got null`,
    },
    {
      n: 17,
      proves: 'two groups whose names become one',
      data: { 'x\ud800': {}, 'x\udc00': {} },
      says: 'data lists consumer group x\ufffd twice',
    },
  ];
  for (const { n, proves, data, says } of BAD)
    test(`${n}. ${proves} is named in the error`, () => {
      expect(() => decodeSubscriptions(data)).toThrow(new WireError(says));
    });

  for (const field of ['brokerName', 'queueId', 'brokerOffset', 'consumerOffset', 'lastTimestamp'])
    test(`18. a row without ${field} is no row`, () => {
      const { [field as keyof typeof ROW]: _missing, ...row } = ROW;
      expect(() => decodeSubscriptions(listing(row))).toThrow(new WireError(`${AT}[0].${field} is missing`));
    });
});

describe('the topics of a group, at one master', () => {
  test('recorded: the rows of that broker alone', () => {
    const path = '/consumer/queryTopicByConsumer.query?consumerGroup=g_offline&address=127.0.0.1%3A10911';
    const topics = decodeTopicsOfGroup(dataOf('2.1.0.rocketmq-4.9.7', path));
    expect(topics.map(({ topic }) => topic)).toEqual(['shipments']);
    expect(topics[0]?.queues.map(({ broker, queueId }) => [broker, queueId])).toEqual([0, 1, 2, 3].map((queueId) => ['broker-a', queueId]));
    expect(topics[0]?.queues[0]).toMatchObject({ brokerOffset: 97, consumerOffset: 38, clientId: null, lastTimestamp: 1795409202067 });
  });

  test('recorded: a master that holds nothing of the group answers with an empty list', () => {
    const path = '/consumer/queryTopicByConsumer.query?consumerGroup=g_bcast&address=127.0.0.1%3A10911';
    expect(decodeTopicsOfGroup(dataOf('2.1.0.rocketmq-4.9.7', path))).toEqual([]);
  });

  test('a topic without rows has none', () => {
    expect(
      decodeTopicsOfGroup([
        { topic: 'a', queueStatInfoList: [] },
        { topic: 'b', queueStatInfoList: null },
      ]),
    ).toEqual([
      { topic: 'a', queues: [] },
      { topic: 'b', queues: [] },
    ]);
  });

  const row = { brokerName: 'b', queueId: 0, brokerOffset: 1, consumerOffset: 1, clientInfo: null, lastTimestamp: 0 };
  const BAD = [
    { n: 1, proves: 'an object', data: {}, says: 'data: expected a list, got Object' },
    { n: 2, proves: 'a topic without a name', data: [{ queueStatInfoList: [] }], says: 'data[0].topic is missing' },
    {
      n: 3,
      proves: 'a wrong row',
      data: [{ topic: 'a', queueStatInfoList: [{ ...row, queueId: null }] }],
      says: 'data[0].queueStatInfoList[0].queueId: expected a number, got null',
    },
    {
      n: 4,
      proves: 'a queue twice',
      data: [{ topic: 'x' }, { topic: 'a', queueStatInfoList: [row, row] }],
      says: 'data[1] lists queue 0 of broker b twice',
    },
  ];
  for (const { n, proves, data, says } of BAD)
    test(`${n}. ${proves} is named in the error`, () => {
      expect(() => decodeTopicsOfGroup(data)).toThrow(new WireError(says));
    });
});

describe('who a group is', () => {
  const groupAt = (recording: string, group: string) => decodeGroup(dataOf(recording, `/consumer/group.query?consumerGroup=${group}`));
  const online = (clients: number) => ({ kind: 'online', clients });

  test('recorded groups: at work, broadcast, offline, not there, gRPC at work', () => {
    expect(groupAt('2.1.0.rocketmq-5.5.0', 'g_orders')).toEqual({ answered: true, messageModel: 'CLUSTERING', presence: online(2) });
    expect(groupAt('2.1.0.rocketmq-5.5.0', 'g_bcast')).toEqual({ answered: true, messageModel: 'BROADCASTING', presence: online(2) });
    expect(groupAt('2.1.0.rocketmq-5.5.0', 'g_offline')).toEqual({ answered: true, messageModel: null, presence: { kind: 'offline' } });
    expect(groupAt('2.1.0.rocketmq-5.5.0', 'no_such_group')).toEqual({ answered: true, messageModel: null, presence: { kind: 'unknown' } });
    for (const recording of ['1.0.0.grpc-5.5.0', '2.1.0.grpc-5.5.0'])
      expect(groupAt(recording, 'g_grpc')).toEqual({ answered: true, messageModel: null, presence: { kind: 'unknown' } });
  });

  const CASES = [
    {
      n: 1,
      proves: 'a total of 0 is readable: offline',
      data: { count: 0, messageModel: null, diffTotal: 0 },
      presence: { kind: 'offline' },
    },
    { n: 2, proves: 'no total says nothing', data: { count: 0 }, presence: { kind: 'unknown' } },
    { n: 3, proves: 'a total of null says nothing', data: { count: 0, diffTotal: null }, presence: { kind: 'unknown' } },
    {
      n: 4,
      proves: 'who is online is online, whatever the total',
      data: { count: 1, diffTotal: -1 },
      presence: { kind: 'online', clients: 1 },
    },
    { n: 5, proves: 'a count below 0 is nobody', data: { count: -1, diffTotal: 5 }, presence: { kind: 'offline' } },
  ];
  for (const { n, proves, data, presence } of CASES)
    test(`${n}. ${proves}`, () => {
      expect(decodeGroup(data)).toMatchObject({ presence, messageModel: null });
    });

  const BAD = [
    { n: 6, proves: 'no data', data: null, says: 'data: expected Object, got null' },
    { n: 7, proves: 'no count', data: { messageModel: 'CLUSTERING' }, says: 'data.count is missing' },
    { n: 8, proves: 'a count that is none', data: { count: null }, says: 'data.count: expected a number, got null' },
    { n: 9, proves: 'a model that is none', data: { count: 1, messageModel: 1 }, says: 'data.messageModel: expected string, got 1' },
    { n: 10, proves: 'a total that is none', data: { count: 0, diffTotal: '0' }, says: 'data.diffTotal: expected a number, got "0"' },
  ];
  for (const { n, proves, data, says } of BAD)
    test(`${n}. ${proves} is named in the error`, () => {
      expect(() => decodeGroup(data)).toThrow(new WireError(says));
    });
});

describe('what a topic stores', () => {
  for (const version of ['1.0.0', '2.0.0', '2.1.0', 'master'])
    test(`recorded, ${version}: 1900 dead letters`, () => {
      const data = dataOf(`${version}.dead-letters`, '/topic/stats.query?topic=%25DLQ%25g_fail');
      expect(decodeStored(data)).toEqual({ stored: 1900, everSent: 1900 });
    });

  const table = (...queues: [minOffset: number, maxOffset: number][]) => ({
    offsetTable: Object.fromEntries(
      queues.map(([minOffset, maxOffset], index) => [`MessageQueue [queueId=${index}]`, { minOffset, maxOffset }]),
    ),
  });

  test('what was deleted is not stored, and was sent all the same', () => {
    expect(decodeStored(table([10, 15], [100, 100]))).toEqual({ stored: 5, everSent: 115 });
  });

  test('a queue whose first offset is beyond its last takes nothing off the others', () => {
    expect(decodeStored(table([9, 4], [0, 3]))).toEqual({ stored: 3, everSent: 7 });
  });

  const BAD = [
    { n: 1, proves: 'no table', data: {}, says: 'data.offsetTable is missing' },
    { n: 2, proves: 'a table of null', data: { offsetTable: null }, says: 'data.offsetTable: expected an object, got null' },
    {
      n: 3,
      proves: 'a table without a queue, which is not zero',
      data: { offsetTable: {} },
      says: 'data.offsetTable has no queue: no broker told its offsets',
    },
    { n: 4, proves: 'a queue that is none', data: { offsetTable: { q: 1 } }, says: 'data.offsetTable["q"]: expected Object, got 1' },
    {
      n: 5,
      proves: 'no first offset',
      data: { offsetTable: { q: { maxOffset: 1 } } },
      says: 'data.offsetTable["q"].minOffset is missing',
    },
    {
      n: 6,
      proves: 'a last offset as text',
      data: { offsetTable: { q: { minOffset: 0, maxOffset: '1' } } },
      says: 'data.offsetTable["q"].maxOffset: expected a number, got "1"',
    },
  ];
  for (const { n, proves, data, says } of BAD)
    test(`${n}. ${proves} is named in the error`, () => {
      expect(() => decodeStored(data)).toThrow(new WireError(says));
    });
});

describe('the masters of a cluster', () => {
  test('recorded: both', () => {
    const masters = decodeMasters(dataOf('2.1.0.rocketmq-4.9.7', '/cluster/list.query'));
    expect(masters.sort()).toEqual(['127.0.0.1:10911', '127.0.0.1:20911']);
  });

  const cluster = (brokers: Record<string, unknown>) => ({
    clusterInfo: { brokerAddrTable: Object.fromEntries(Object.entries(brokers).map(([name, brokerAddrs]) => [name, { brokerAddrs }])) },
  });

  test('replicas are none, and a broker of which only replicas are left has none', () => {
    expect(decodeMasters(cluster({ a: { 0: 'm:1', 1: 'r:1' }, b: { 1: 'r:2' } }))).toEqual(['m:1']);
  });

  test('an address is asked once, also where two brokers share it', () => {
    expect(decodeMasters(cluster({ a: { 0: 'm:1' }, b: { 0: 'm:1' } }))).toEqual(['m:1']);
  });

  const NONE = 'data.clusterInfo.brokerAddrTable names no master';
  const AT = 'data.clusterInfo.brokerAddrTable["a"]';
  const BAD = [
    { n: 1, proves: 'no cluster', data: {}, says: 'data.clusterInfo is missing' },
    {
      n: 2,
      proves: 'no table',
      data: { clusterInfo: {} },
      says: 'data.clusterInfo.brokerAddrTable is missing',
    },
    {
      n: 3,
      proves: 'a list as the table',
      data: { clusterInfo: { brokerAddrTable: [] } },
      says: 'data.clusterInfo.brokerAddrTable: expected an object, got []',
    },
    { n: 4, proves: 'an empty table', data: cluster({}), says: NONE },
    { n: 5, proves: 'only replicas', data: cluster({ a: { 1: 'r:1' } }), says: NONE },
    { n: 6, proves: 'a broker that is none', data: { clusterInfo: { brokerAddrTable: { a: 1 } } }, says: `${AT}: expected Object, got 1` },
    { n: 7, proves: 'addresses that are none', data: cluster({ a: null }), says: `${AT}.brokerAddrs: expected an object, got null` },
    { n: 8, proves: 'an address that is none', data: cluster({ a: { 0: 7 } }), says: `${AT}.brokerAddrs: expected a string, got 7` },
  ];
  for (const { n, proves, data, says } of BAD)
    test(`${n}. ${proves} is named in the error`, () => {
      expect(() => decodeMasters(data)).toThrow(new WireError(says));
    });
});
