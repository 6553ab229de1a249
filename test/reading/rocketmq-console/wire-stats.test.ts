import { describe, expect, test } from 'vitest';
import { decodeMinOffsets, decodeStored } from '../../../src/reading/rocketmq-console/topic-endpoints.ts';
import { recordedData } from '../../support/recorded-answer.ts';
import { namesWhatIsWrong } from '../../support/refusals.ts';

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

describe('where the stored messages of a topic begin', () => {
  test('recorded: queue by queue, of a topic whose first messages are deleted', () => {
    const offsets = decodeMinOffsets('h_offline', recordedData('2.1.0.messages-expired', '/topic/stats.query?topic=h_offline'));
    expect(offsets).toEqual(
      new Map([
        [
          'broker-a',
          new Map([
            [0, 601],
            [1, 529],
            [2, 528],
            [3, 527],
          ]),
        ],
      ]),
    );
  });

  const TOPIC = 't, brokerName=x, queueId=3]';
  const key = (topic: string, broker: string, queueId: string) => `MessageQueue [topic=${topic}, brokerName=${broker}, queueId=${queueId}]`;
  const told = (keys: Record<string, unknown>, topic = 't') =>
    [...decodeMinOffsets(topic, { offsetTable: keys })].flatMap(([broker, queues]) =>
      Array.from(queues, ([queueId, offset]) => `${broker} ${queueId}: ${offset}`),
    );

  test.each([
    ['a topic that reads like the rest of a key', TOPIC, key(TOPIC, 'b', '7'), 'b 7: 5'],
    ['a broker that reads like the rest of a key', 't', key('t', 'x, queueId=3]', '7'), 'x, queueId=3] 7: 5'],
    ['both', TOPIC, key(TOPIC, TOPIC, '7'), `${TOPIC} 7: 5`],
    ['a topic with what patterns mean', 't.*[(', key('t.*[(', 'b', '0'), 'b 0: 5'],
    ['names that objects inherit', '__proto__', key('__proto__', 'constructor', '0'), 'constructor 0: 5'],
    ['an empty broker', 't', key('t', '', '0'), ' 0: 5'],
  ])('%s', (_what, topic, text, queue) => {
    expect(told({ [text]: { minOffset: 5, maxOffset: 9 } }, topic)).toEqual([queue]);
  });

  test.each([
    ['another topic', key('t2', 'b', '0')],
    ['a topic that only begins alike', key('t, brokerName=b', 'c', 'x')],
    ['a queue id that is none', key('t', 'b', '-1')],
    ['a queue id written in another way', key('t', 'b', '07')],
    ['a queue id beyond all queues, as text', key('t', 'b', '')],
    ['text behind it', `${key('t', 'b', '0')} `],
    ['another order', 'MessageQueue [brokerName=b, topic=t, queueId=0]'],
    ['no broker', 'MessageQueue [topic=t, brokerName=, queueId=0'],
    ['no name at all where one should be', 'MessageQueue [topic=t, queueId=0]'],
    ['nothing', ''],
  ])('a key that is not understood is no queue: %s', (_what, text) => {
    expect(told({ [text]: { minOffset: 5, maxOffset: 9 }, [key('t', 'b', '1')]: { minOffset: 2, maxOffset: 9 } })).toEqual(['b 1: 2']);
  });

  test.each([[null], [{}], [{ minOffset: -1 }], [{ minOffset: '5' }], [{ minOffset: 1.5 }], [{ minOffset: null }], [7]])(
    'an offset that is none is not known: %j',
    (value) => {
      expect(told({ [key('t', 'b', '0')]: value, [key('t', 'b', '1')]: { minOffset: 0 } })).toEqual(['b 1: 0']);
    },
  );

  namesWhatIsWrong(
    (data) => decodeMinOffsets('t', data),
    [
      { n: 1, proves: 'no table', data: {}, says: 'data.offsetTable is missing' },
      { n: 2, proves: 'a list as the table', data: { offsetTable: [] }, says: 'data.offsetTable: expected an object, got a list' },
    ],
  );
});
