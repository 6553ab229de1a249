import { describe, expect, test } from 'vitest';
import { decodeBrokers, decodeStored, decodeTopicList } from '../../../src/reading/rocketmq-console/wire.ts';
import { recordedData } from '../../support/recorded-answer.ts';
import { namesWhatIsWrong } from '../../support/refusals.ts';

describe('the list of topics', () => {
  for (const [version, length] of [
    ['1.0.0.healthy', 31],
    ['2.0.0.healthy', 31],
    ['2.1.0.healthy', 31],
    ['master.healthy', 31],
    ['2.1.0.rocketmq-4.9.7', 26],
  ] as const)
    test(`${version} has ${length}`, () => {
      const topics = decodeTopicList(recordedData(version, '/topic/list.query'));
      expect(topics).toHaveLength(length);
      expect(topics).toEqual(expect.arrayContaining(['orders', '%RETRY%g_fail', '%DLQ%g_fail', 'MQ_INST_1%orders']));
    });

  test('an empty list is a list', () => {
    expect(decodeTopicList({ topicList: [] })).toEqual([]);
  });

  test('names a topic once, also where two names become one on the way out', () => {
    expect(decodeTopicList({ topicList: ['a', '__proto__', 'a', 'x\ud800', 'x\udc00'] })).toEqual(['a', '__proto__', 'x\ufffd']);
  });

  namesWhatIsWrong(decodeTopicList, [
    { n: 1, proves: 'no data', data: null, says: 'data: expected Object, got null' },
    { n: 2, proves: 'no list', data: {}, says: 'data.topicList is missing' },
    { n: 3, proves: 'something else in its place', data: { topicList: 'orders' }, says: 'data.topicList: expected a list, got "orders"' },
    { n: 4, proves: 'a name that is none', data: { topicList: ['a', 7] }, says: 'data.topicList[1]: expected a string, got 7' },
  ]);
});

describe('what a topic stores', () => {
  for (const version of ['1.0.0', '2.0.0', '2.1.0', 'master'])
    test(`recorded, ${version}: 1900 dead letters`, () => {
      const data = recordedData(`${version}.dead-letters`, '/topic/stats.query?topic=%25DLQ%25g_fail');
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

  namesWhatIsWrong(decodeStored, [
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
  ]);
});

describe('the brokers of a cluster', () => {
  test('recorded: both masters, with their versions', () => {
    const brokers = decodeBrokers(recordedData('2.1.0.rocketmq-4.9.7', '/cluster/list.query'));
    expect(brokers.sort((a, b) => (a.broker < b.broker ? -1 : 1))).toEqual([
      { broker: 'broker-a', address: '127.0.0.1:10911', version: 'V4_9_7' },
      { broker: 'broker-b', address: '127.0.0.1:20911', version: 'V4_9_7' },
    ]);
  });

  const cluster = (brokers: Record<string, unknown>) => ({
    clusterInfo: { brokerAddrTable: Object.fromEntries(Object.entries(brokers).map(([name, brokerAddrs]) => [name, { brokerAddrs }])) },
  });

  test('replicas are none, and a broker of which only replicas are left has none', () => {
    expect(decodeBrokers(cluster({ a: { 0: 'm:1', 1: 'r:1' }, b: { 1: 'r:2' } }))).toEqual([
      { broker: 'a', address: 'm:1', version: null },
    ]);
  });

  test.each([
    ['is missing', undefined],
    ['is none', 7],
    ['has no such broker', { b: { 0: { brokerVersionDesc: 'V5_5_1' } } }],
    ['tells of a replica only', { a: { 1: { brokerVersionDesc: 'V5_5_1' } } }],
  ])('a runtime table that %s leaves the version unknown', (_what, brokerServer) => {
    expect(decodeBrokers({ ...cluster({ a: { 0: 'm:1' } }), brokerServer })).toEqual([{ broker: 'a', address: 'm:1', version: null }]);
  });

  const NONE = 'data.clusterInfo.brokerAddrTable names no master';
  const AT = 'data.clusterInfo.brokerAddrTable["a"]';
  namesWhatIsWrong<unknown>(decodeBrokers, [
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
      says: 'data.clusterInfo.brokerAddrTable: expected an object, got a list',
    },
    { n: 4, proves: 'an empty table', data: cluster({}), says: NONE },
    { n: 5, proves: 'only replicas', data: cluster({ a: { 1: 'r:1' } }), says: NONE },
    { n: 6, proves: 'a broker that is none', data: { clusterInfo: { brokerAddrTable: { a: 1 } } }, says: `${AT}: expected Object, got 1` },
    { n: 7, proves: 'addresses that are none', data: cluster({ a: null }), says: `${AT}.brokerAddrs: expected an object, got null` },
    { n: 8, proves: 'an address that is none', data: cluster({ a: { 0: 7 } }), says: `${AT}.brokerAddrs: expected a string, got 7` },
  ]);
});
