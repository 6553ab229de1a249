import { describe, expect, test } from 'vitest';
import { RefusedError, WireError } from '../../../src/reading/rocketmq-console/answers.ts';
import {
  decodeClientState,
  decodeConnections,
  saysClientIsSilent,
  saysNobodyIsOnline,
} from '../../../src/reading/rocketmq-console/client-endpoints.ts';
import { recordedData } from '../../support/recorded-answer.ts';
import { namesWhatIsWrong } from '../../support/refusals.ts';

const RECORDED = '2.1.0.processes-5.5.1';
const connectionsOf = (group: string) =>
  decodeConnections(recordedData(RECORDED, `/consumer/consumerConnection.query?consumerGroup=${group}&address=127.0.0.1%3A11911`));
const stateOf = (group: string, clientId: string, recording = RECORDED) =>
  decodeClientState(
    recordedData(
      recording,
      `/consumer/consumerRunningInfo.query?consumerGroup=${group}&clientId=${encodeURIComponent(clientId)}&jstack=false`,
    ),
  );

describe('who is connected', () => {
  test('recorded: two processes, with language and version', () => {
    const clients = connectionsOf('g_half').sort((a, b) => (a.clientId < b.clientId ? -1 : 1));
    expect(clients).toEqual([
      { clientId: '192.0.2.2@14083#5043651858881', addresses: new Set(['127.0.0.1:49820']), language: 'JAVA', version: 'V5_5_1' },
      { clientId: '192.0.2.2@14084#5044052165057', addresses: new Set(['127.0.0.1:49840']), language: 'JAVA', version: 'V5_5_1' },
    ]);
  });

  test('recorded: one client id that is there twice is one client at two addresses', () => {
    expect(connectionsOf('g_dup').map(({ clientId, addresses }) => [clientId, addresses.size])).toEqual([['192.0.2.7@same', 2]]);
  });

  test('a client without language and version is one all the same; the same address twice is one', () => {
    const connection = { clientId: 'x', clientAddr: 'a:1' };
    expect(decodeConnections({ connectionSet: [connection, connection] })).toEqual([
      { clientId: 'x', addresses: new Set(['a:1']), language: null, version: null },
    ]);
  });

  namesWhatIsWrong<unknown>(decodeConnections, [
    { n: 1, proves: 'no list', data: {}, says: 'data.connectionSet is missing' },
    {
      n: 2,
      proves: 'a client without an id',
      data: { connectionSet: [{ clientAddr: 'a:1' }] },
      says: 'data.connectionSet[0].clientId is missing',
    },
    {
      n: 3,
      proves: 'a client without an address',
      data: { connectionSet: [{ clientId: 'x', clientAddr: 7 }] },
      says: 'data.connectionSet[0].clientAddr: expected a string, got 7',
    },
  ]);
});

describe('what refusals mean', () => {
  test.each([
    ['CODE: 206  DESC: the consumer group[g] not online', true, false],
    [
      'org.apache.rocketmq.remoting.exception.RemotingTimeoutException: wait response on the channel </127.0.0.1:12909> timeout, 5000(ms)',
      false,
      true,
    ],
    ['CODE: 207  DESC: consumer <g> <c> Timeout', false, true],
    ['CODE: 1  DESC: The Consumer <g> <c> not online', false, false],
    ['CODE: 2060  DESC: something else', false, false],
  ])('%s', (words, nobody, silent) => {
    expect([saysNobodyIsOnline(new RefusedError(words)), saysClientIsSilent(new RefusedError(words))]).toEqual([nobody, silent]);
    expect([saysNobodyIsOnline(new WireError(words)), saysClientIsSilent(new Error(words))]).toEqual([false, false]);
  });
});

describe('how a client is', () => {
  test('recorded: a slow one', () => {
    const state = stateOf('g_slow', '192.0.2.2@14083#5044611278080');
    expect(state).toMatchObject({ type: 'concurrent', version: 'V5_5_1', threads: 2, messagesPerCall: 1, startedAt: 1795568779617 });
    expect(state.subscriptions).toEqual([
      { topic: '%RETRY%g_slow', expressionType: 'TAG', expression: '*' },
      { topic: 'h_slow', expressionType: 'TAG', expression: '*' },
    ]);
    expect(state.activity[1]).toEqual({
      topic: 'h_slow',
      consumedPerSecond: 2.4833333333333334,
      failedPerSecond: 0,
      pulledPerSecond: 9.816666666666666,
      secondsPerCall: expect.closeTo(0.8055, 4),
    });
    const held = state.queues.find(({ topic, broker, queueId }) => topic === 'h_slow' && broker === 'broker-b' && queueId === 3);
    expect(held).toMatchObject({ inHand: 128, finishedOffset: 38 });
  });

  test('recorded: an orderly one, and a pull consumer, which has neither threads nor status', () => {
    expect(stateOf('g_ordered', '192.0.2.2@14083#5044469803498').type).toBe('orderly');
    expect(stateOf('g_pulled', '192.0.2.2@14083#5045341666881@STREAM')).toMatchObject({
      type: 'pull',
      threads: null,
      messagesPerCall: 1,
      activity: [],
    });
  });

  test('recorded at a console 1.0.0: the same', () => {
    expect(stateOf('g_slow', '192.0.2.2@14083#5044611278080', '1.0.0.processes-5.5.1')).toMatchObject({ type: 'concurrent', threads: 2 });
  });

  test('recorded with 4.9.7: a pull consumer does not say which queues it holds', () => {
    expect(stateOf('g_pulled', '192.0.2.2@18746#5486708322808@STREAM', '2.1.0.processes-4.9.7')).toMatchObject({
      type: 'pull',
      queues: [],
    });
  });

  const QUEUE = 'MessageQueue [topic=t, brokerName=b, queueId=3]';
  const held = { cachedMsgCount: 2, transactionMsgCount: 1, commitOffset: 7, droped: false, lastPullTimestamp: 9, lastConsumeTimestamp: 8 };
  const info = (more: object = {}, mqTable: unknown = { [QUEUE]: held }) => ({
    properties: {},
    subscriptionSet: [],
    mqTable,
    statusTable: {},
    ...more,
  });
  const properties = (named: Record<string, unknown>) => decodeClientState(info({ properties: named }));

  test('what an orderly client is at is in hand as well', () => {
    expect(decodeClientState(info()).queues).toEqual([
      { topic: 't', broker: 'b', queueId: 3, inHand: 3, finishedOffset: 7, lastPull: 9, lastFinish: 8 },
    ]);
  });

  test('a queue that was dropped is not held', () => {
    expect(decodeClientState(info({}, { [QUEUE]: { ...held, droped: true } })).queues).toEqual([]);
  });

  test('a client that says less: unknown, not zero', () => {
    expect(decodeClientState(info({ statusTable: null }, { [QUEUE]: { cachedMsgCount: 0 } }))).toEqual({
      type: null,
      version: null,
      threads: null,
      messagesPerCall: 1,
      startedAt: null,
      subscriptions: [],
      activity: [],
      queues: [{ topic: 't', broker: 'b', queueId: 3, inHand: 0, finishedOffset: null, lastPull: null, lastFinish: null }],
      popped: [],
    });
    expect(
      decodeClientState(info({}, { [QUEUE]: { ...held, commitOffset: -1, lastPullTimestamp: 0, lastConsumeTimestamp: 0 } })).queues,
    ).toMatchObject([{ finishedOffset: null, lastPull: null, lastFinish: null }]);
  });

  test('a POP client: what it has of all queues of a broker, and nothing of one that it has dropped', () => {
    const all = 'MessageQueue [topic=t, brokerName=b, queueId=-1]';
    const pop = (more: object) => decodeClientState({ ...info({}, {}), mqPopTable: { [all]: { waitAckCount: 128, ...more } } }).popped;
    expect(pop({ droped: false, lastPopTimestamp: 9 })).toEqual([{ topic: 't', broker: 'b', inHand: 128, lastPop: 9 }]);
    expect(pop({})).toEqual([{ topic: 't', broker: 'b', inHand: 128, lastPop: null }]);
    expect(pop({ droped: true })).toEqual([]);
    expect(() => pop({ waitAckCount: -1 })).toThrow(/mqPopTable/);
  });

  test.each([
    ['20', 20],
    ['', null],
    ['twenty', null],
    ['-1', null],
    ['1.5', null],
  ])('threads told as %j are %j', (told, threads) => {
    expect(properties({ PROP_THREADPOOL_CORE_SIZE: told }).threads).toBe(threads);
  });

  test.each([
    [{ PROP_CONSUME_TYPE: 'CONSUME_PASSIVELY', PROP_CONSUMEORDERLY: 'true' }, 'orderly'],
    [{ PROP_CONSUME_TYPE: 'CONSUME_PASSIVELY', PROP_CONSUMEORDERLY: 'false' }, 'concurrent'],
    [{ PROP_CONSUME_TYPE: 'CONSUME_ACTIVELY', PROP_CONSUMEORDERLY: 'false' }, 'pull'],
    [{ PROP_CONSUME_TYPE: 'CONSUME_PASSIVELY' }, null],
  ])('%j is %s', (named, type) => {
    expect(properties(named).type).toBe(type);
  });

  test('a call takes one message at least', () => {
    expect(properties({ consumeMessageBatchMaxSize: '0' }).messagesPerCall).toBe(1);
    expect(properties({ consumeMessageBatchMaxSize: '32' }).messagesPerCall).toBe(32);
  });

  test('an expression that is not told is all of the topic, by tag', () => {
    expect(decodeClientState(info({ subscriptionSet: [{ topic: 't' }] })).subscriptions).toEqual([
      { topic: 't', expressionType: 'TAG', expression: '*' },
    ]);
  });

  test('names with commas, brackets and line ends are read whole', () => {
    const [queue] = decodeClientState(info({}, { 'MessageQueue [topic=a, b]\n, brokerName=c, d, queueId=0]': held })).queues;
    expect(queue).toMatchObject({ topic: 'a, b]\n', broker: 'c, d', queueId: 0 });
  });

  const status = { consumeOKTPS: 1, consumeFailedTPS: 0, pullTPS: 0, consumeRT: 0 };
  namesWhatIsWrong<unknown>(decodeClientState, [
    { n: 4, proves: 'no properties', data: { ...info(), properties: undefined }, says: 'data.properties is missing' },
    {
      n: 5,
      proves: 'a property that is no text',
      data: info({ properties: { PROP_CONSUMEORDERLY: true } }),
      says: 'data.properties.PROP_CONSUMEORDERLY: expected a string, got true',
    },
    { n: 6, proves: 'no subscriptions', data: { ...info(), subscriptionSet: undefined }, says: 'data.subscriptionSet is missing' },
    { n: 7, proves: 'no queues', data: { ...info(), mqTable: undefined }, says: 'data.mqTable is missing' },
    { n: 8, proves: 'a list of queues', data: info({}, []), says: 'data.mqTable: expected an object, got a list' },
    { n: 9, proves: 'a queue that is named otherwise', data: info({}, { x: held }), says: 'data.mqTable["x"] is not the name of a queue' },
    {
      n: 10,
      proves: 'a count below 0',
      data: info({}, { [QUEUE]: { ...held, cachedMsgCount: -1 } }),
      says: `data.mqTable["${QUEUE}"].cachedMsgCount: expected an integer, not below 0, got -1`,
    },
    {
      n: 11,
      proves: 'a rate that is none',
      data: info({ statusTable: { t: { ...status, pullTPS: '1' } } }),
      says: 'data.statusTable["t"].pullTPS: expected a number, got "1"',
    },
    {
      n: 12,
      proves: 'a rate below 0',
      data: info({ statusTable: { t: { ...status, consumeRT: -1 } } }),
      says: 'data.statusTable["t"].consumeRT: expected a number, not below 0, got -1',
    },
    {
      n: 13,
      proves: 'an endless rate',
      data: info({ statusTable: { t: { ...status, consumeOKTPS: Infinity } } }),
      says: 'data.statusTable["t"].consumeOKTPS: expected a number, got Infinity',
    },
  ]);
});
