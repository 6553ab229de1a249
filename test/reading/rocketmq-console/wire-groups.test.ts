import { describe, expect, test } from 'vitest';
import type { Subscription } from '../../../src/lag/readings.ts';
import { decodeGroup, decodeMessageModel } from '../../../src/reading/rocketmq-console/client-endpoints.ts';
import { decodeTopicsOfGroup, NO_ROWS } from '../../../src/reading/rocketmq-console/topic-endpoints.ts';
import { recordedData } from '../../support/recorded-answer.ts';
import { namesWhatIsWrong } from '../../support/refusals.ts';

const queuesOf = (subscription: Subscription | undefined) => (subscription?.readable ? subscription.queues : []);

describe('the topics of a group, at one broker', () => {
  test('recorded: the rows of that broker alone', () => {
    const path = '/consumer/queryTopicByConsumer.query?consumerGroup=g_offline&address=127.0.0.1%3A10911';
    const topics = decodeTopicsOfGroup('g_offline', recordedData('2.1.0.rocketmq-4.9.7', path));
    expect(topics.map(({ topic }) => topic)).toEqual(['shipments']);
    const queues = queuesOf(topics[0]?.subscription);
    expect(queues.map(({ broker, queueId }) => [broker, queueId])).toEqual([0, 1, 2, 3].map((queueId) => ['broker-a', queueId]));
    expect(queues[0]).toMatchObject({ brokerOffset: 97, consumerOffset: 38, clientId: null, lastTimestamp: 1795409202067 });
  });

  test('recorded: a broker that holds nothing of the group answers with an empty list', () => {
    const path = '/consumer/queryTopicByConsumer.query?consumerGroup=g_bcast&address=127.0.0.1%3A10911';
    expect(decodeTopicsOfGroup('g_bcast', recordedData('2.1.0.rocketmq-4.9.7', path))).toEqual([]);
  });

  test('a topic with an empty list is there without rows: that broker has not answered for it', () => {
    expect(
      decodeTopicsOfGroup('g', [{ topic: 'a', queueStatInfoList: [] }, { topic: 'b', queueStatInfoList: null }, { topic: 'c' }]),
    ).toEqual(['a', 'b', 'c'].map((topic) => ({ topic, subscription: { consumerGroup: 'g', readable: false, failure: NO_ROWS } })));
  });

  const row = { brokerName: 'b', queueId: 0, brokerOffset: 1, consumerOffset: 1, clientInfo: null, lastTimestamp: 0 };
  const UNREADABLE = [
    {
      n: 1,
      proves: 'a wrong row',
      rows: [{ ...row, queueId: null }],
      says: 'data[1].queueStatInfoList[0].queueId: expected a number, got null',
    },
    { n: 2, proves: 'a queue twice', rows: [row, row], says: 'data[1] lists queue 0 of broker b twice' },
  ];
  for (const { n, proves, rows, says } of UNREADABLE)
    test(`${n}. ${proves} costs that topic of the group, and no other`, () => {
      const data = [
        { topic: 'x', queueStatInfoList: [row] },
        { topic: 'a', queueStatInfoList: rows },
      ];
      expect(decodeTopicsOfGroup('g', data)).toMatchObject([
        { topic: 'x', subscription: { consumerGroup: 'g', readable: true } },
        { topic: 'a', subscription: { consumerGroup: 'g', readable: false, failure: { kind: 'shape', message: says } } },
      ]);
    });

  namesWhatIsWrong(
    (data: unknown) => decodeTopicsOfGroup('g', data),
    [
      { n: 3, proves: 'an object', data: {}, says: 'data: expected a list, got Object' },
      { n: 4, proves: 'a topic without a name', data: [{ queueStatInfoList: [] }], says: 'data[0].topic is missing' },
    ],
  );
});

describe('how the clients of a group consume, at one broker', () => {
  test('is told where the broker knows a client', () => {
    expect(decodeMessageModel({ messageModel: 'BROADCASTING', connectionSet: [{}] })).toBe('BROADCASTING');
  });

  test('is not told where it is not', () => {
    for (const data of [{}, { messageModel: null }]) expect(decodeMessageModel(data)).toBeNull();
  });
});

describe('who a group is', () => {
  const groupAt = (recording: string, group: string) =>
    decodeGroup(recordedData(recording, `/consumer/group.query?consumerGroup=${group}`));
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
    {
      n: 11,
      proves: 'a total below -1 is a total: offsets are ahead of the brokers',
      data: { count: 0, diffTotal: -652 },
      presence: { kind: 'offline' },
    },
    { n: 12, proves: '-1 is what a total that could not be read is', data: { count: 0, diffTotal: -1 }, presence: { kind: 'unknown' } },
    { n: 5, proves: 'a count below 0 is nobody', data: { count: -1, diffTotal: 5 }, presence: { kind: 'offline' } },
  ];
  for (const { n, proves, data, presence } of CASES)
    test(`${n}. ${proves}`, () => {
      expect(decodeGroup(data)).toMatchObject({ presence, messageModel: null });
    });

  namesWhatIsWrong(decodeGroup, [
    { n: 6, proves: 'no data', data: null, says: 'data: expected Object, got null' },
    { n: 7, proves: 'no count', data: { messageModel: 'CLUSTERING' }, says: 'data.count is missing' },
    { n: 8, proves: 'a count that is none', data: { count: null }, says: 'data.count: expected a number, got null' },
    { n: 9, proves: 'a model that is none', data: { count: 1, messageModel: 1 }, says: 'data.messageModel: expected string, got 1' },
    { n: 10, proves: 'a total that is none', data: { count: 0, diffTotal: '0' }, says: 'data.diffTotal: expected a number, got "0"' },
  ]);
});
