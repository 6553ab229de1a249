import { describe, expect, onTestFinished, test } from 'vitest';
import { deadlineIn } from '../../src/base/deadline.ts';
import type { ClusterReadings } from '../../src/lag/readings.ts';
import type { ClusterReader, ReadScope } from '../../src/reading/reader.ts';
import { emptyConsoleMemory, openRocketmqConsole } from '../../src/reading/rocketmq-console/console-reader.ts';
import { brokenPromises, owes } from '../support/conformance.ts';
import { behind, group, NOW, neverRead, queue, readings, says, topic, UNKNOWN, unreadable, unreadTopic } from '../support/readings.ts';
import { replayConsole } from '../support/run.ts';

const scopeOf = (fields: Partial<ReadScope> = {}): ReadScope => ({
  topics: { ignored: [] },
  ignoredGroups: [],
  processQuestions: 200,
  deadline: deadlineIn(15_000),
  now: NOW,
  ...fields,
});

function rocketmqConsole(url: string): ClusterReader {
  const settings = { url, credentials: {}, concurrency: 16, requestTimeoutMs: 5_000 };
  const reader = openRocketmqConsole(settings, { memory: emptyConsoleMemory(), addSecret: () => undefined, clock: Date.now });
  onTestFinished(reader.close);
  return reader;
}

const SCOPES: [what: string, fields: Partial<ReadScope>][] = [
  ['everything', {}],
  ['some groups', { onlyGroups: ['g_o*', 'g_fail'], processQuestions: Infinity }],
  ['all but some groups', { ignoredGroups: ['g_o*'] }],
  ['some topics', { topics: { ignored: ['pay*'], only: ['orders', 'pay*', '%RETRY%*'] } }],
  ['a shard', { topics: { ignored: [], shard: { index: 1, count: 3 } } }],
];
const RECORDINGS = [
  '1.0.0.healthy',
  '1.0.0.grpc-5.5.0',
  '2.1.0.by-group-5.5.1',
  '2.1.0.processes-5.5.1',
  '2.1.0.rocketmq-4.9.7',
  '2.1.0.broker-down',
  'master.dead-letters',
];

describe('a reader of rocketmq-console owes nothing', () => {
  for (const recording of RECORDINGS)
    test(`over ${recording}`, async () => {
      const { url } = await replayConsole(recording);
      for (const [what, fields] of SCOPES) {
        const { topics } = await owes(rocketmqConsole(url), scopeOf(fields));
        expect(topics.length, what).toBeGreaterThan(0);
      }
    });

  test('to a deadline that the console does not keep', async () => {
    const { url } = await replayConsole('2.1.0.healthy', ({ url: path = '' }, _response, honest) => {
      if (path.startsWith('/topic/list.query')) honest();
      return true;
    });
    const { topics } = await owes(rocketmqConsole(url), scopeOf({ deadline: deadlineIn(300) }));
    expect(new Set(topics.map(({ outcome }) => outcome))).toEqual(new Set(['unread']));
    const silent = await replayConsole('2.1.0.healthy', () => true);
    await expect(owes(rocketmqConsole(silent.url), scopeOf({ deadline: deadlineIn(300) }))).rejects.toMatchObject({ kind: 'deadline' });
  });
});

describe('a reader owes more', () => {
  const WELL: ClusterReadings = {
    ...readings([topic('orders', group('g', behind(5)), unreadable('h')), unreadTopic('payments')], { h: says(null, UNKNOWN) }),
    unreadGroups: [{ consumerGroup: 'i', failure: { kind: 'refused', message: 'no' } }],
  };
  const orders = (...of: Parameters<typeof group>[1][]) => ({
    ...WELL,
    topics: [topic('orders', group('g', ...of)), unreadTopic('payments')],
  });

  test('than nothing only where something is wrong', async () => {
    expect(brokenPromises(WELL, scopeOf())).toEqual([]);
    const groupFirst = { ...WELL, listedTopics: undefined, tells: { owners: true, times: true } };
    expect(brokenPromises(groupFirst, scopeOf())).toEqual([]);
  });

  const CASES: [says: string, broken: ClusterReadings, fields?: Partial<ReadScope>][] = [
    ['topic orders is there twice', { ...WELL, topics: [...WELL.topics, topic('orders')] }],
    ['topic payments has no outcome', { ...WELL, topics: WELL.topics.slice(0, 1) }],
    ['topic payments is not to be read', { ...WELL, ignoredTopics: 1 }, { topics: { ignored: ['pay*'] } }],
    ['0 topics are said to be ignored, and 1 are', { ...WELL, topics: WELL.topics.slice(0, 1) }, { topics: { ignored: ['pay*'] } }],
    [
      'group g is twice on topic orders',
      { ...WELL, topics: [topic('orders', group('g', queue()), group('g', queue())), unreadTopic('payments')] },
    ],
    ['group g is not wanted', WELL, { ignoredGroups: ['g'] }],
    ['group i is not wanted', WELL, { onlyGroups: ['g', 'h'] }],
    ['group i is unread twice', { ...WELL, unreadGroups: [...(WELL.unreadGroups ?? []), ...(WELL.unreadGroups ?? [])] }],
    ['group i is unread, and has topics', { ...WELL, topics: [topic('orders', group('i', queue())), unreadTopic('payments')] }],
    [
      'dead letters of group g are there twice',
      { ...WELL, deadLetters: Array(2).fill({ topic: 'x', consumerGroup: 'g', stored: 1, everSent: 1 }) },
    ],
    ['no answer about group h', { ...WELL, groups: new Map() }],
    ['no answer about group g', orders(neverRead(5, { clientId: null }))],
    ['an answer about group h, which is not wanted', WELL, { ignoredGroups: ['h'] }],
    ['group g on orders: it is readable, and has no queue', orders()],
    ['group g on orders: queue ["broker-a",0] is there twice', orders(queue(), queue())],
    ['group g on orders: an offset is no number', orders(queue({ consumerOffset: Number.NaN }))],
    ['group g on orders: a holder is told', { ...WELL, tells: { owners: false, times: true } }],
    ['group g on orders: a time is told', { ...WELL, tells: { owners: true, times: false } }],
  ];
  test.each(CASES)('%s', (says, broken, fields) => {
    expect(brokenPromises(broken, scopeOf(fields))).toContain(says);
  });

  /** A reader that takes so long, and counts requests until it is closed. */
  const slow = (ms: number, goesOn: boolean): ClusterReader => {
    let requests = 1;
    const timer = setInterval(() => (requests += goesOn ? 1 : 0), 5);
    onTestFinished(() => clearInterval(timer));
    return {
      read: () => new Promise((resolve) => void setTimeout(resolve, ms, WELL)),
      usage: () => ({ requests, answerSeconds: undefined }),
      close: () => undefined,
    };
  };

  test('where it ends too late, or goes on', async () => {
    expect(await owes(slow(0, false), scopeOf())).toBe(WELL);
    await expect(owes(slow(0, true), scopeOf())).rejects.toThrow('it went on after it had returned');
    await expect(owes(slow(700, false), scopeOf({ deadline: deadlineIn(50) }))).rejects.toThrow('it ended after the deadline');
  });
});
