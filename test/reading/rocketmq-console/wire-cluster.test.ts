import { describe, expect, test } from 'vitest';
import { decodeBrokers } from '../../../src/reading/rocketmq-console/cluster-endpoints.ts';
import { decodeTopicConsumers, decodeTopicList } from '../../../src/reading/rocketmq-console/topic-endpoints.ts';
import { broker as brokerThatTells } from '../../support/readings.ts';
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

describe('who is on a topic', () => {
  test('recorded: a group each once, or nobody', () => {
    const on = (topic: string) =>
      decodeTopicConsumers(recordedData('2.1.0.by-group-5.5.1', `/topic/queryTopicConsumerInfo.query?topic=${topic}`));
    expect(on('assigned')).toEqual(['g_assign']);
    expect(on('%25RETRY%25g_off5')).toEqual([]);
  });

  namesWhatIsWrong(decodeTopicConsumers, [
    { n: 1, proves: 'no list', data: {}, says: 'data.groupList is missing' },
    { n: 2, proves: 'null in its place', data: { groupList: null }, says: 'data.groupList: expected a list, got null' },
    { n: 3, proves: 'a name that is none', data: { groupList: [7] }, says: 'data.groupList[0]: expected a string, got 7' },
  ]);
});

/** A broker that tells nothing of itself. */
const SILENT = brokerThatTells();

describe('the brokers of a cluster', () => {
  test('recorded: both, with the time of the earliest message that each has', () => {
    expect(decodeBrokers(recordedData('2.1.0.by-group-5.5.1', '/cluster/list.query'))).toMatchObject([
      { broker: 'broker-b', address: '127.0.0.2:20911', earliestMessageAt: 1795567727800 },
      { broker: 'broker-a', address: '127.0.0.2:10911', earliestMessageAt: 1795565076713 },
    ]);
  });

  test('recorded: -1 is no time, of a broker that has no message left; another one tells its own', () => {
    expect(decodeBrokers(recordedData('2.1.0.messages-expired', '/cluster/list.query'))).toMatchObject([
      { broker: 'broker-b', earliestMessageAt: null },
      { broker: 'broker-a', earliestMessageAt: 1795570465111 },
    ]);
  });

  const levels = (...messages: number[]) => new Map(messages.map((count, index) => [index + 3, count]));
  test.each([
    ['2.1.0.processes-5.5.1', 'V5_5_1', 0.21, levels(46, 135, 298), levels(48, 128, 315)],
    ['2.1.0.processes-4.9.7', 'V4_9_7', 0.22, levels(67, 190, 323), levels(71, 188, 327)],
  ])('recorded, %s: disk, version, and delayed messages by level', (recording, version, diskUsedRatio, onB, onA) => {
    expect(decodeBrokers(recordedData(recording, '/cluster/list.query'))).toMatchObject([
      { broker: 'broker-b', version, diskUsedRatio, delayed: onB },
      { broker: 'broker-a', version, diskUsedRatio, delayed: onA },
    ]);
  });

  const cluster = (brokers: Record<string, unknown>) => ({
    clusterInfo: { brokerAddrTable: Object.fromEntries(Object.entries(brokers).map(([name, brokerAddrs]) => [name, { brokerAddrs }])) },
  });

  const addresses = (data: unknown) => decodeBrokers(data).map(({ broker, address }) => `${broker} ${address}`);

  test('a master answers for its broker, and where there is none, the slave with the lowest id', () => {
    expect(addresses(cluster({ a: { 0: 'm:1', 1: 'r:1' }, b: { 2: 'r:3', 1: 'r:2' }, c: { 10: 'r:10', 9: 'r:9' } }))).toEqual([
      'a m:1',
      'b r:2',
      'c r:9',
    ]);
  });

  test('a broker without an address is none', () => {
    expect(addresses(cluster({ a: { 0: 'm:1' }, b: {} }))).toEqual(['a m:1']);
  });

  test.each([
    ['nothing', undefined],
    ['a text that is no number', 'soon'],
    ['0', '0'],
    ['-1', '-1'],
    ['half a millisecond', '1.5'],
  ])('%s is no time', (_what, earliestMessageTimeStamp) => {
    const data = { ...cluster({ a: { 0: 'm:1' } }), brokerServer: { a: { 0: { earliestMessageTimeStamp } } } };
    expect(decodeBrokers(data)).toEqual([{ ...SILENT, broker: 'a', address: 'm:1' }]);
  });

  /** What the runtime table of one broker tells, a master or not. */
  const told = (table: Record<string, unknown>, id = '0') => {
    const [broker] = decodeBrokers({ ...cluster({ a: { [id]: 'm:1' } }), brokerServer: { a: { [id]: table } } });
    return broker;
  };

  test.each([['-1'], ['1.01'], ['NaN'], [''], [' '], ['0,21'], ['0x1'], [0.21], [null], [true]])(
    '%j is no part of a disk',
    (commitLogDiskRatio) => {
      expect(told({ commitLogDiskRatio })).toMatchObject({ diskUsedRatio: null });
    },
  );

  test.each([
    ['0', 0],
    ['0.0', 0],
    ['1', 1],
    ['0.853', 0.853],
    ['9.0E-4', 0.0009],
  ])('%j of a disk is a number', (commitLogDiskRatio, diskUsedRatio) => {
    expect(told({ commitLogDiskRatio })).toMatchObject({ diskUsedRatio });
  });

  test.each([['5'], ['5,'], [',5'], ['-1,5'], ['1,x'], ['1,2,3'], ['1.5,2'], [7], [null], ['0,99999999999999999999']])(
    'a level whose offsets are %j is not known, and costs no other',
    (wrong) => {
      expect(told({ scheduleMessageOffset_1: wrong, scheduleMessageOffset_18: '3,10' })?.delayed).toEqual(new Map([[18, 7]]));
    },
  );

  test('a level is a number from 1 on, and one that was delivered further than it was seen to go has nothing left', () => {
    expect(told({ scheduleMessageOffset_0: '1,2', scheduleMessageOffset_01: '1,2', scheduleMessageOffset_x: '1,2' })?.delayed).toEqual(
      new Map(),
    );
    expect(told({ scheduleMessageOffset_2: '9,8' })?.delayed).toEqual(new Map([[2, 0]]));
  });

  test('the slave that acts for a dead master tells its own times, disk and version, and has no schedule of its own', () => {
    const table = { scheduleMessageOffset_2: '1,8', commitLogDiskRatio: '0.5', brokerVersionDesc: 'V5_5_1', earliestMessageTimeStamp: '9' };
    expect(told(table, '1')).toEqual({
      broker: 'a',
      address: 'm:1',
      earliestMessageAt: 9,
      diskUsedRatio: 0.5,
      delayed: new Map(),
      version: 'V5_5_1',
      pullWaitSeconds: null,
      sendWaitSeconds: null,
      pageCacheLockSeconds: null,
      dispatchBehindBytes: null,
      timerBehindSeconds: null,
      timerMessages: null,
    });
  });

  test('how a broker copes: milliseconds become seconds, and the timer’s seconds stay', () => {
    const table = {
      pullThreadPoolQueueHeadWaitTimeMills: '1500',
      sendThreadPoolQueueHeadWaitTimeMills: '20',
      pageCacheLockTimeMills: '3',
      dispatchBehindBytes: '4096',
      timerReadBehind: '7',
      timerCongestNum: '602',
    };
    expect(told(table)).toMatchObject({
      pullWaitSeconds: 1.5,
      sendWaitSeconds: 0.02,
      pageCacheLockSeconds: 0.003,
      dispatchBehindBytes: 4096,
      timerBehindSeconds: 7,
      timerMessages: 602,
    });
    expect(told({ pullThreadPoolQueueHeadWaitTimeMills: '-1', dispatchBehindBytes: 'x' })).toMatchObject({
      pullWaitSeconds: null,
      dispatchBehindBytes: null,
      timerMessages: null,
    });
  });

  test('where there is a master, its slave tells nothing', () => {
    const data = { ...cluster({ a: { 0: 'm:1', 1: 'r:1' } }), brokerServer: { a: { 1: { commitLogDiskRatio: '0.5' } } } };
    expect(decodeBrokers(data)).toEqual([{ ...SILENT, broker: 'a', address: 'm:1' }]);
  });

  test('brokers of several clusters under one name server are all there', () => {
    const data = cluster({ a: { 0: 'm:1' }, b: { 0: 'm:2' } });
    const clusterAddrTable = { first: ['a'], second: ['b'] };
    expect(addresses({ clusterInfo: { ...data.clusterInfo, clusterAddrTable } })).toEqual(['a m:1', 'b m:2']);
  });

  test.each([[''], [null], [5]])('%j is no version', (brokerVersionDesc) => {
    expect(told({ brokerVersionDesc })).toMatchObject({ version: null });
  });

  test.each([[undefined], [null], [{ a: null }], [{ a: { 0: null } }], [{ b: { 0: { earliestMessageTimeStamp: '5' } } }], [[]]])(
    'runtime tables that are %j tell no time, and cost nothing else',
    (brokerServer) => {
      expect(decodeBrokers({ ...cluster({ a: { 0: 'm:1' } }), brokerServer })).toEqual([{ ...SILENT, broker: 'a', address: 'm:1' }]);
    },
  );

  test.each([
    [{ a: { 0: { brokerVersionDesc: 'V4_9_7' } } }, 'V4_9_7'],
    [{ a: { 1: { brokerVersionDesc: 'V4_9_7' } } }, null],
    [{ a: { 0: { brokerVersionDesc: 497 } } }, null],
    [{}, null],
  ])('a runtime table of %j tells the version %j', (brokerServer, version) => {
    const clusterInfo = { brokerAddrTable: { a: { brokerAddrs: { 0: 'm:1' } } } };
    expect(decodeBrokers({ clusterInfo, brokerServer })).toMatchObject([{ version }]);
  });

  const NONE = 'data.clusterInfo.brokerAddrTable names no broker';
  const AT = 'data.clusterInfo.brokerAddrTable["a"]';
  namesWhatIsWrong(decodeBrokers, [
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
    { n: 5, proves: 'only brokers without an address', data: cluster({ a: {} }), says: NONE },
    { n: 6, proves: 'a broker that is none', data: { clusterInfo: { brokerAddrTable: { a: 1 } } }, says: `${AT}: expected Object, got 1` },
    { n: 7, proves: 'addresses that are none', data: cluster({ a: null }), says: `${AT}.brokerAddrs: expected an object, got null` },
    { n: 8, proves: 'an address that is none', data: cluster({ a: { 0: 7 } }), says: `${AT}.brokerAddrs: expected a string, got 7` },
  ]);
});
