import { describe, expect, test } from 'vitest';
import { decodeSubscriptions } from '../../../src/reading/rocketmq-console/topic-endpoints.ts';

const ROW = {
  brokerName: 'broker-a',
  queueId: 0,
  brokerOffset: 100,
  consumerOffset: 93,
  clientInfo: '192.0.2.1@100#1',
  lastTimestamp: 1_795_403_459_642,
};

const unreadable = (message: string) => [{ consumerGroup: 'g', readable: false, failure: { kind: 'shape', message } }];

const decode = (...rows: unknown[]) => decodeSubscriptions({ g: { queueStatInfoList: rows } });

describe('the rows of a group, as a console sends them', () => {
  test('a row becomes a reading, whatever else is in it', () => {
    expect(decode({ ...ROW, somethingNew: true })).toEqual([
      {
        consumerGroup: 'g',
        readable: true,
        queues: [
          {
            broker: 'broker-a',
            queueId: 0,
            brokerOffset: 100,
            consumerOffset: 93,
            clientId: '192.0.2.1@100#1',
            lastTimestamp: 1_795_403_459_642,
          },
        ],
      },
    ]);
  });

  test.each([
    { proves: 'null', row: { ...ROW, clientInfo: null } },
    { proves: 'nothing', row: { ...ROW, clientInfo: undefined } },
    { proves: 'an empty text', row: { ...ROW, clientInfo: '' } },
  ])('a client that is $proves is no known client', ({ row }) => {
    expect(decode(row)).toMatchObject([{ queues: [{ clientId: null }] }]);
  });

  test('a lone surrogate, which has no UTF-8 form, is replaced', () => {
    expect(decode({ ...ROW, brokerName: 'b\ud800', clientInfo: 'c\udc00@1' })).toMatchObject([
      { queues: [{ broker: 'b\ufffd', clientId: 'c\ufffd@1' }] },
    ]);
  });

  test.each([
    { wrong: { queueId: undefined }, says: 'data["g"].queueStatInfoList[1].queueId is missing' },
    { wrong: { queueId: 1.5 }, says: 'data["g"].queueStatInfoList[1].queueId: expected an integer, got 1.5' },
    { wrong: { brokerOffset: '100' }, says: 'data["g"].queueStatInfoList[1].brokerOffset: expected a number, got "100"' },
    {
      wrong: { consumerOffset: -(2 ** 53) },
      says: 'data["g"].queueStatInfoList[1].consumerOffset: expected an integer, got -9007199254740992',
    },
    {
      wrong: { brokerOffset: 2 ** 53 },
      says: 'data["g"].queueStatInfoList[1].brokerOffset: expected an integer, got 9007199254740992',
    },
    { wrong: { consumerOffset: null }, says: 'data["g"].queueStatInfoList[1].consumerOffset: expected a number, got null' },
    { wrong: { lastTimestamp: {} }, says: 'data["g"].queueStatInfoList[1].lastTimestamp: expected a number, got Object' },
    { wrong: { brokerName: 7 }, says: 'data["g"].queueStatInfoList[1].brokerName: expected a string, got 7' },
    { wrong: { clientInfo: 7 }, says: 'data["g"].queueStatInfoList[1].clientInfo: expected a string, got 7' },
  ])('one wrong row among good ones makes that group unreadable: $says', ({ wrong, says }) => {
    expect(decode(ROW, { ...ROW, queueId: 1, ...wrong })).toEqual(unreadable(says));
  });

  test.each([null, 7, 'row', []])('a row that is %j makes the group unreadable, and the failure says where', (row) => {
    expect(decode(ROW, row)).toMatchObject([
      { readable: false, failure: { message: expect.stringMatching(/^data\["g"\]\.queueStatInfoList\[1\]/) } },
    ]);
  });

  test('one queue twice makes the group unreadable', () => {
    expect(decode(ROW, ROW)).toEqual(unreadable('data["g"] lists queue 0 of broker broker-a twice'));
  });

  test('a consumer offset beyond what is exact, ahead of the broker, is read as it is: the largest long of Java', () => {
    const data = JSON.parse(`{"g":{"queueStatInfoList":[${JSON.stringify(ROW).replace('93', '9223372036854775807')}]}}`);
    expect(decodeSubscriptions(data)).toMatchObject([{ readable: true, queues: [{ brokerOffset: 100, consumerOffset: 2 ** 63 }] }]);
  });

  test('what is wrong in one group does not touch its neighbours', () => {
    const data = {
      a: { queueStatInfoList: [ROW] },
      b: { queueStatInfoList: [{ ...ROW, brokerOffset: null }] },
      c: 5,
      d: { queueStatInfoList: [ROW] },
    };
    expect(decodeSubscriptions(data).map(({ consumerGroup, readable }) => [consumerGroup, readable])).toEqual([
      ['a', true],
      ['b', false],
      ['c', false],
      ['d', true],
    ]);
  });
});
