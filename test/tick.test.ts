import { describe, expect, test, vi } from 'vitest';
import { VERSION } from '../src/metrics/health-metrics.ts';
import { behind, failedTopic, group, NOW, queue, readings, topic, unreadable, unreadTopic } from './support/readings.ts';
import { SECOND_MS, type Ticked, tickOf } from './support/ticks.ts';

const ORDERS = topic('orders', group('g', behind(5), queue({ queueId: 1 })));

/** What the health that was pushed says of the tick; undefined where it says nothing. */
function health({ pushes }: Ticked, name: string): number | undefined {
  const line = pushes.find(({ method }) => method === 'POST')?.samples.find((sample) => sample.startsWith(`rocketmq_tick_${name} `));
  return line === undefined ? undefined : Number(line.split(' ')[1]);
}

const methods = ({ pushes }: Ticked) => pushes.map(({ method }) => method);

describe('a tick that read everything', () => {
  test('puts the data, then posts its health, and gives what it found', async () => {
    const ticked = await tickOf(readings([ORDERS]));
    const key = { rocketmqClusterName: 'test' };
    expect(ticked.pushes.map((push) => [push.method, push.key])).toEqual([
      ['PUT', { job: 'rocketmq-monitor', ...key }],
      ['POST', { job: 'rocketmq-monitor-tick', ...key }],
    ]);
    const pushed = ticked.pushes[0]?.samples.length;
    expect(ticked.result).toMatchObject({ cluster: 'test', outcome: 'complete', backlog: 5, series: { pushed, dropped: 0 } });
    expect(ticked.result).not.toHaveProperty('exposition');
    expect(ticked.warnings).toEqual([]);
    expect(ticked.closed).toEqual(['reader', 'gateway']);
  });

  test('tells by its health when it pushed, how long it took, and what it read', async () => {
    const ticked = await tickOf(readings([ORDERS]));
    // The clock is looked at when the tick starts, when it folds, when data was pushed, for the health and for the result.
    expect(health(ticked, 'last_success_timestamp_seconds')).toBe((NOW + 2 * SECOND_MS) / 1000);
    expect(health(ticked, 'duration_seconds')).toBe(3);
    expect(ticked.result?.durationMs).toBe(4000);
    for (const [name, value] of Object.entries({ success: 1, complete: 1, console_requests: 7, negative_diffs: 0 }))
      expect([name, health(ticked, name)]).toEqual([name, value]);
    expect(health(ticked, 'topics{outcome="read"}')).toBe(1);
    expect(health(ticked, 'groups{outcome="read"}')).toBe(1);
    expect(health(ticked, 'series{outcome="pushed"}')).toBe(ticked.pushes[0]?.samples.length);
    expect(health(ticked, `build_info{version="${VERSION}"}`)).toBe(1);
  });

  test('was asked for what the settings and the event say', async () => {
    const onProgress = vi.fn();
    const { scope, pushes } = await tickOf(readings([ORDERS]), {
      request: { shard: { index: 2, count: 5 } },
      env: { IGNORED_TOPICS: 'a,b*', IGNORED_GROUPS: 'c' },
      onProgress,
    });
    expect(scope).toMatchObject({ ignoredGroups: ['c'], now: NOW, onProgress });
    expect(scope.topics).toEqual({ ignored: ['a', 'b*'], only: undefined, shard: { index: 2, count: 5 } });
    expect(pushes.map(({ key }) => key.shard)).toEqual(['2', '2']);
  });

  test('in a shard without a topic deletes the data of the shard: nothing is put', async () => {
    const ticked = await tickOf(readings([]), { request: { shard: { index: 1, count: 9 } } });
    expect(methods(ticked)).toEqual(['DELETE', 'POST']);
    expect(ticked.pushes[0]?.key.shard).toBe('1');
    expect([ticked.result?.outcome, health(ticked, 'success')]).toEqual(['complete', 1]);
  });

  test.each([
    [50_000, 40_000, 48_000],
    [100_000, 90_000, 98_000],
    [20_000, 16_000, 19_000],
  ])('of %i ms reads within %i, pushes data within %i, and leaves the rest to its health', async (leftMs, readBy, pushBy) => {
    const { scope, pushes } = await tickOf(readings([ORDERS]), { leftMs });
    expect([scope.deadline.remainingMs(), ...pushes.map((push) => push.leftMs)]).toEqual([readBy, pushBy, leftMs]);
  });

  test('says how many series had no room', async () => {
    const { result, warnings } = await tickOf(readings([ORDERS]), { env: { MAX_SERIES: '1' } });
    expect(result?.series.dropped).toBe(1);
    expect(warnings).toEqual([['1 per-queue series are dropped: there are more than MAX_SERIES, 1']]);
  });
});

describe('a tick that read a part', () => {
  test('pushes it, is not complete, and names what is missing', async () => {
    const ticked = await tickOf(readings([ORDERS, failedTopic('payments')]));
    expect(ticked.result?.outcome).toBe('partial');
    expect(ticked.pushes[0]?.samples).toContain('rocketmq_msg_diff_topic_readable{topic="payments"} 0');
    expect([health(ticked, 'success'), health(ticked, 'complete')]).toEqual([1, 0]);
    expect(ticked.warnings).toEqual([['not read', { topic: 'payments', kind: 'timeout', reason: 'took too long' }]]);
  });

  test.each([
    [20, []],
    [21, [['1 more were not read']]],
    [25, [['5 more were not read']]],
  ])('of %i failures logs twenty, and how many more there are', async (count, more) => {
    const failed = Array.from({ length: count }, (_, index) => failedTopic(`t${index}`));
    const { warnings } = await tickOf(readings([ORDERS, ...failed]));
    expect(warnings).toHaveLength(20 + more.length);
    expect(warnings.slice(20)).toEqual(more);
  });

  test('is one when a single group of several is readable', async () => {
    const ticked = await tickOf(readings([topic('orders', unreadable('a'), group('g', queue()))]));
    expect([ticked.result?.outcome, ...methods(ticked)]).toEqual(['partial', 'PUT', 'POST']);
  });
});

describe('readings in which nothing was read', () => {
  const NOTHING: [what: string, topics: Parameters<typeof readings>[0], kind: string, says: string][] = [
    [
      'no topic',
      [failedTopic('a'), failedTopic('b'), unreadTopic('c')],
      'no-topic-readable',
      'not one of 3 topics could be read; the first, a: took too long',
    ],
    ['no topic in time', [unreadTopic('c')], 'no-topic-readable', 'not one of 1 topics could be read; the first, c: not reached'],
    ['no group', [topic('a', unreadable('g')), topic('b', unreadable('h'))], 'no-group-readable', 'not one of 2 consumer groups could be'],
    [
      'no group, and who is to blame',
      [topic('a', unreadable('g'))],
      'no-group-readable',
      'the first, on topic a: consumer group g: no rows',
    ],
  ];
  test.each(NOTHING)('(%s) leave the data as it was, and throw', async (_what, topics, kind, says) => {
    const ticked = await tickOf(readings(topics));
    expect(methods(ticked)).toEqual(['POST']);
    expect([health(ticked, 'success'), health(ticked, 'complete')]).toEqual([0, 0]);
    expect(health(ticked, 'last_success_timestamp_seconds')).toBeUndefined();
    expect(ticked.error).toMatchObject({ kind, message: expect.stringContaining(says) });
    expect(ticked.closed).toEqual(['reader', 'gateway']);
  });

  const refused = (consumerGroup: string, kind = 'refused') => ({ consumerGroup, failure: { kind, message: 'broker away' } });
  const noneOf = (...unreadGroups: ReturnType<typeof refused>[]) => ({ ...readings([]), listedTopics: undefined, unreadGroups });

  test('(no group, whose topics nobody knows) leave the data as it was, and say so', async () => {
    for (const request of [{}, { shard: { index: 1, count: 9 } }]) {
      const ticked = await tickOf(noneOf(refused('g'), refused('h')), { request });
      expect(methods(ticked)).toEqual(['POST']);
      expect(ticked.error).toMatchObject({
        kind: 'no-group-readable',
        message: 'not one of 2 consumer groups could be read; the first: consumer group g: broker away',
      });
    }
  });

  test('come with the advice of the reader, which is told the kinds of failures; without time there is one for all readers', async () => {
    const whyNoGroup = vi.fn((kinds: ReadonlySet<string>) => (kinds.has('status') ? 'it is too old' : undefined));
    const messageOf = async (...kinds: string[]) =>
      (await tickOf(noneOf(...kinds.map((kind) => refused(kind, kind))), { whyNoGroup })).error;
    expect(await messageOf('status', 'refused', 'refused')).toMatchObject({
      message: 'not one of 2 consumer groups could be read: it is too old; the first: consumer group status: broker away',
    });
    expect(whyNoGroup.mock.calls).toEqual([[new Set(['status', 'refused'])]]);
    expect(await messageOf('refused')).toMatchObject({
      message: expect.stringMatching(/^not one of 1 consumer groups could be read; the/),
    });
    expect(await messageOf('deadline')).toMatchObject({ message: expect.stringContaining('be read: there was no time left to ask') });
    expect(await messageOf('deadline', 'status')).toMatchObject({ message: expect.stringContaining('be read: it is too old') });
  });

  test('(nothing at all) are told apart from a name that matches no group', async () => {
    const nothing = { ...readings([]), listedTopics: undefined };
    expect((await tickOf(nothing)).error).toMatchObject({ kind: 'no-topics', message: 'there is no topic to read' });
    expect((await tickOf(nothing, { request: { groups: ['nope'] } })).error).toMatchObject({
      kind: 'no-groups',
      message: 'no consumer group matches nope',
    });
  });
});
