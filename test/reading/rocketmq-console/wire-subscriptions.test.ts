import { describe, expect, test } from 'vitest';
import type { Subscription } from '../../../src/lag/readings.ts';
import { decodeSubscriptions } from '../../../src/reading/rocketmq-console/topic-endpoints.ts';
import { recordedData } from '../../support/recorded-answer.ts';
import { type NoAnswer, namesWhatIsWrong } from '../../support/refusals.ts';

const ORDERS = '/topic/queryConsumerByTopic.query?topic=orders';

function rowsOf(subscriptions: readonly Subscription[], group: string) {
  const found = subscriptions.find(({ consumerGroup }) => consumerGroup === group);
  return found?.readable ? found.queues : undefined;
}

describe('the groups of a topic', () => {
  test('every row of a recorded topic, in our terms', () => {
    const subscriptions = decodeSubscriptions(recordedData('2.1.0.healthy', ORDERS));
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
    const rows = rowsOf(decodeSubscriptions(recordedData('2.1.0.healthy', ORDERS)), 'orders');
    expect(rows?.map(({ lastTimestamp }) => lastTimestamp)).toEqual(Array(8).fill(null));
  });

  test('a client of null is none, behind a recorded hung process', () => {
    const rows = rowsOf(decodeSubscriptions(recordedData('2.1.0.consumer-frozen', ORDERS)), 'g_orders');
    expect(rows?.[0]?.clientId).toBeNull();
  });

  test('no row is unreadable, not zero: every group of a recorded 2.1.0 in front of 4.9.7', () => {
    const subscriptions = decodeSubscriptions(recordedData('2.1.0.rocketmq-4.9.7', ORDERS));
    const failure = { kind: 'no-rows', message: 'the console lists it without a row' };
    expect(subscriptions).toEqual(
      ['g_multi', 'g_orders', 'g_billing'].map((consumerGroup) => ({ consumerGroup, readable: false, failure })),
    );
  });

  test('a list of rows that is null or missing is unreadable as well', () => {
    expect(decodeSubscriptions({ a: { queueStatInfoList: null }, b: {} }).map(({ readable }) => readable)).toEqual([false, false]);
  });

  test('a topic that nobody reads has no group', () => {
    expect(decodeSubscriptions(recordedData('2.1.0.healthy', '/topic/queryConsumerByTopic.query?topic=quiet'))).toEqual([]);
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
  namesWhatIsWrong(decodeSubscriptions, [
    { n: 1, proves: 'no data', data: null, says: 'data: expected an object, got null' },
    { n: 2, proves: 'a list of groups', data: [], says: 'data: expected an object, got a list' },
    { n: 3, proves: 'text', data: 'x', says: 'data: expected an object, got "x"' },
    { n: 4, proves: 'no data at all', data: undefined, says: 'data is missing' },
  ]);

  const WRONG: NoAnswer<object>[] = [
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

  for (const { n, proves, data, says } of WRONG)
    test(`${n}. ${proves} makes the group unreadable, and its failure says why`, () => {
      expect(decodeSubscriptions(data)).toMatchObject([{ readable: false, failure: { kind: 'shape', message: says } }]);
    });

  for (const field of ['brokerName', 'queueId', 'brokerOffset', 'consumerOffset', 'lastTimestamp'])
    test(`18. a row without ${field} is no row`, () => {
      const { [field as keyof typeof ROW]: _missing, ...row } = ROW;
      expect(decodeSubscriptions(listing(row))).toMatchObject([{ readable: false, failure: { message: `${AT}[0].${field} is missing` } }]);
    });
});
