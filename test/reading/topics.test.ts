import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesAny, shardOf } from '../../src/base/names.ts';
import { deadLettersOf, isSystemTopic } from '../../src/lag/rocketmq-names.ts';
import { decodeTopicList } from '../../src/reading/rocketmq-console/topic-endpoints.ts';
import { rotate, selectFromAll, selectTopics } from '../../src/reading/topics.ts';
import { NOW } from '../support/readings.ts';
import { recordedData } from '../support/recorded-answer.ts';

describe('system topics', () => {
  const CASES = [
    { n: 1, proves: 'a marked one', name: '%SYS%OFFSET_MOVED_EVENT', system: true },
    { n: 2, proves: 'a marked one of any name', name: '%SYS%orders', system: true },
    { n: 3, proves: 'one of the broker, which consoles leave unmarked', name: 'rmq_sys_SYNC_BROKER_MEMBER_broker-a', system: true },
    { n: 4, proves: 'the proxy’s', name: 'DefaultHeartBeatSyncerTopic', system: true },
    { n: 5, proves: 'delayed messages', name: 'SCHEDULE_TOPIC_XXXX', system: true },
    { n: 6, proves: 'half messages of transactions', name: 'RMQ_SYS_TRANS_HALF_TOPIC', system: true },
    { n: 7, proves: 'what became of them', name: 'RMQ_SYS_TRANS_OP_HALF_TOPIC', system: true },
    { n: 8, proves: 'those that were checked too often', name: 'TRANS_CHECK_MAX_TIME_TOPIC', system: true },
    { n: 9, proves: 'traces', name: 'RMQ_SYS_TRACE_TOPIC', system: true },
    { n: 10, proves: 'what new topics are copied from', name: 'TBW102', system: true },
    { n: 11, proves: 'what brokers test themselves with', name: 'SELF_TEST_TOPIC', system: true },
    { n: 12, proves: 'what benchmarks use', name: 'BenchmarkTest', system: true },
    { n: 13, proves: 'moved offsets', name: 'OFFSET_MOVED_EVENT', system: true },
    { n: 14, proves: 'a retry topic stays in', name: '%RETRY%g', system: false },
    { n: 15, proves: 'a dead-letter topic stays in', name: '%DLQ%g', system: false },
    { n: 16, proves: 'a topic in a namespace stays in', name: 'MQ_INST_1%orders', system: false },
    { n: 17, proves: 'the mark counts at the beginning only', name: 'orders%SYS%', system: false },
    { n: 18, proves: 'so does the prefix', name: 'my_rmq_sys_x', system: false },
    { n: 19, proves: 'a well-known name with more to it is somebody’s', name: 'SCHEDULE_TOPIC_XXXX2', system: false },
    { n: 20, proves: 'so is one in other letters', name: 'benchmarktest', system: false },
    { n: 21, proves: 'an ordinary topic', name: 'orders', system: false },
  ];
  for (const { n, proves, name, system } of CASES)
    test(`${n}. ${proves}`, () => {
      expect(isSystemTopic(name)).toBe(system);
    });

  const MADE_BY_PEOPLE = ['MQ_INST_1%orders', 'config', 'orders', 'payments', 'quiet', 'shipments'];
  const RECORDED: [recording: string, more: string[]][] = [
    ['1.0.0.healthy', []],
    ['2.0.0.healthy', []],
    ['2.1.0.healthy', []],
    ['master.healthy', []],
    ['2.1.0.rocketmq-4.9.7', []],
    ['2.1.0.rocketmq-5.5.0', ['g_same']],
    ['1.0.0.grpc-5.5.0', ['g_same']],
    ['2.1.0.grpc-5.5.0', ['g_same']],
  ];
  for (const [recording, more] of RECORDED)
    test(`22. what is left of the list of ${recording} is what people made`, () => {
      const listed = decodeTopicList(recordedData(recording, '/topic/list.query'));
      const { wanted, ignored } = selectTopics(listed, { ignored: [] });
      expect(wanted.filter((topic) => !/^%(RETRY|DLQ)%/.test(topic)).sort()).toEqual([...MADE_BY_PEOPLE, ...more].sort());
      expect(wanted.length + ignored).toBe(listed.length);
    });
});

describe('dead letters', () => {
  test('are those of the group after the mark', () => {
    expect(deadLettersOf('%DLQ%g_fail')).toBe('g_fail');
    expect(deadLettersOf('%DLQ%%DLQ%g')).toBe('%DLQ%g');
    expect(['orders', '%RETRY%g', 'x%DLQ%g', '%dlq%g'].map(deadLettersOf)).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe('a pattern', () => {
  const CASES = [
    { n: 1, proves: 'a name is itself', pattern: 'orders', is: ['orders'], isNot: ['order', 'orders2', 'Orders', ''] },
    { n: 2, proves: '* is anything, also nothing', pattern: 'test*', is: ['test', 'test-1', 'test\n1'], isNot: ['a-test', 'tes'] },
    { n: 3, proves: '* may stand first', pattern: '*-dev', is: ['a-dev', '-dev'], isNot: ['a-dev2'] },
    { n: 4, proves: 'and in the middle, more than once', pattern: 'a*b*c', is: ['abc', 'a1b2c'], isNot: ['acb', 'abcd'] },
    { n: 5, proves: '* alone is all', pattern: '*', is: ['', 'orders', '\n'], isNot: [] },
    { n: 6, proves: '** is *', pattern: 'a**', is: ['a', 'ab'], isNot: ['b'] },
    { n: 7, proves: 'a retry topic can be named', pattern: '%RETRY%*', is: ['%RETRY%g'], isNot: ['RETRY'] },
    {
      n: 8,
      proves: 'no other character means anything',
      pattern: 'a.b+(c)[d]|^$\\?{2}*',
      is: ['a.b+(c)[d]|^$\\?{2}x'],
      isNot: ['axb+(c)[d]|^$\\?{2}'],
    },
    { n: 9, proves: 'a dot is a dot', pattern: '*.v1', is: ['a.v1'], isNot: ['a-v1'] },
  ];
  for (const { n, proves, pattern, is, isNot } of CASES)
    test(`${n}. ${proves}`, () => {
      for (const name of is) expect({ name, matches: matchesAny(name, [pattern]) }).toEqual({ name, matches: true });
      for (const name of isNot) expect({ name, matches: matchesAny(name, [pattern]) }).toEqual({ name, matches: false });
    });

  test('10. one of several is enough, none matches nothing', () => {
    expect(matchesAny('b', ['a', 'b*'])).toBe(true);
    expect(matchesAny('b', [])).toBe(false);
  });
});

describe('the topics to read', () => {
  const listed = ['orders', 'test-1', '%RETRY%g', '%SYS%x', 'test-2'];

  test('are all but system topics and those to ignore, which are counted', () => {
    expect(selectTopics(listed, { ignored: ['test-*', 'not-there'] })).toEqual({ wanted: ['orders', '%RETRY%g'], ignored: 3 });
  });

  test('can be picked; what was not picked is not ignored', () => {
    expect(selectTopics(listed, { ignored: [], only: ['test-*', 'orders'] })).toEqual({
      wanted: ['orders', 'test-1', 'test-2'],
      ignored: 0,
    });
  });

  test('do not become more by picking: ignored and system topics stay out', () => {
    expect(selectTopics(listed, { ignored: ['test-1'], only: ['test-*', '%SYS%*'] })).toEqual({ wanted: ['test-2'], ignored: 2 });
  });
});

describe('the topics to read of a complete list', () => {
  const listed = ['orders', '%SYS%x', 'test-1'];

  test('are the same, where one is left', () => {
    for (const selection of [{ ignored: ['test-*'] }, { ignored: [], only: ['orders'] }])
      expect(selectFromAll(listed, selection)).toEqual(selectTopics(listed, selection));
  });

  test.each([
    ['mistyped', { ignored: [], only: ['order', 'x*'] }, 'none of the 3 listed topics to read matches order, x*'],
    ['all ignored', { ignored: ['*'] }, 'none of the 3 listed topics is left to read: all are system topics or match IGNORED_TOPICS'],
  ])('where none is left (%s), are refused with the reason', (_why, selection, message) => {
    expect(() => selectFromAll(listed, selection)).toThrow(expect.objectContaining({ kind: 'no-topics', message }));
    // Nor in a shard: data is never deleted because of such a list.
    for (const index of [1, 2])
      expect(() => selectFromAll(listed, { ...selection, shard: { index, count: 2 } })).toThrow(
        expect.objectContaining({ kind: 'no-topics' }),
      );
  });

  test('a shard without a topic of its own is no failure while other shards have some', () => {
    const count = 2;
    const index = shardOf('orders', count) === 1 ? 2 : 1;
    expect(selectFromAll(['orders'], { ignored: [], shard: { index, count } })).toEqual({ wanted: [], ignored: 0 });
  });
});

describe('the order of the topics', () => {
  const MINUTE_MS = 60_000;
  const numbers = (length: number) => Array.from({ length }, (_, index) => index);

  test('is a turn: every topic once, neighbours as they were', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(4_000_000_000_000), (length, now) => {
        const turned = rotate(numbers(length), now);
        const start = turned[0] ?? 0;
        expect(turned).toEqual(numbers(length).map((index) => (start + index) % length));
      }),
    );
  });

  test('is the same all through a minute, and another in the next', () => {
    const topics = numbers(100);
    expect(rotate(topics, NOW + MINUTE_MS - 1)).toEqual(rotate(topics, NOW));
    expect(rotate(topics, NOW + MINUTE_MS)).not.toEqual(rotate(topics, NOW));
  });

  for (const length of [2, 3, 7, 60, 500])
    test(`of ${length}: in an hour each is among the first half about every other minute, never long kept waiting`, () => {
      const waits = numbers(length).map(() => ({ times: 0, waiting: 0, longest: 0 }));
      for (const minute of numbers(60)) {
        const first = new Set(rotate(numbers(length), NOW + minute * MINUTE_MS).slice(0, Math.ceil(length / 2)));
        for (const [topic, wait] of waits.entries()) {
          wait.times += first.has(topic) ? 1 : 0;
          wait.waiting = first.has(topic) ? 0 : wait.waiting + 1;
          wait.longest = Math.max(wait.longest, wait.waiting);
        }
      }
      for (const { times, longest } of waits) {
        expect(times).toBeGreaterThanOrEqual(25);
        expect(longest).toBeLessThanOrEqual(3);
      }
    });

  test('of none is none', () => {
    expect(rotate([], NOW)).toEqual([]);
  });
});
