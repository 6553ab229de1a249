import { describe, expect, test } from 'vitest';
import { decodeSubscriptions, WireError } from '../../../src/reading/rocketmq-console/wire.ts';

const ROW = {
  brokerName: 'broker-a',
  queueId: 0,
  brokerOffset: 100,
  consumerOffset: 93,
  clientInfo: '192.0.2.1@100#1',
  lastTimestamp: 1_795_403_459_642,
};

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
      wrong: { consumerOffset: 2 ** 53 },
      says: 'data["g"].queueStatInfoList[1].consumerOffset: expected an integer, got 9007199254740992',
    },
    { wrong: { consumerOffset: null }, says: 'data["g"].queueStatInfoList[1].consumerOffset: expected a number, got null' },
    { wrong: { lastTimestamp: {} }, says: 'data["g"].queueStatInfoList[1].lastTimestamp: expected a number, got Object' },
    { wrong: { brokerName: 7 }, says: 'data["g"].queueStatInfoList[1].brokerName: expected a string, got 7' },
    { wrong: { clientInfo: 7 }, says: 'data["g"].queueStatInfoList[1].clientInfo: expected a string, got 7' },
  ])('one wrong row among good ones is an error: $says', ({ wrong, says }) => {
    expect(() => decode(ROW, { ...ROW, queueId: 1, ...wrong })).toThrow(new WireError(says));
  });

  test.each([null, 7, 'row', []])('a row that is %j is an error that says where', (row) => {
    expect(() => decode(ROW, row)).toThrow(/^data\["g"\]\.queueStatInfoList\[1\]/);
  });

  test('one queue twice is an error', () => {
    expect(() => decode(ROW, ROW)).toThrow(new WireError('data["g"] lists queue 0 of broker broker-a twice'));
  });
});
