import { describe, expect, test } from 'vitest';
import { consumers, topics } from '../support/asked-console.ts';
import { drip, faultOn, hang, late } from '../support/faults.ts';
import { runHandler } from '../support/handler-process.ts';
import { exchangesOf, isOneOf, isTopic, madeTopics, TOPIC_LIST } from '../support/made-cluster.ts';
import { envFor, pushgateway, replayConsole, run } from '../support/run.ts';
import { scaled } from '../support/speed.ts';
import { BROKERS, groupRows, routes, row } from '../support/two-brokers.ts';

const TWENTY = Array.from({ length: 20 }, (_, index) => `t${index * 7}`);

describe('twenty of five hundred topics are slow for a hung consumer', () => {
  // Times are a tenth of what they are in front of a real cluster: 5 to 10 s a topic of the 50 s that a tick has.
  test('and all are read when there is time for them', async () => {
    let next = 0;
    const slow = late(() => 100 + 10 * next++);
    const source = await replayConsole(exchangesOf(madeTopics(500)), faultOn(slow, isOneOf(TWENTY)));
    const gateway = await pushgateway();
    const { result } = await run({}, envFor(source.url, gateway.url, { REQUEST_TIMEOUT_MS: '30000' }), { budgetMs: 15_000 });
    expect(result).toMatchObject({ outcome: 'complete', topics: { read: 500 }, backlog: 2500 });
    expect(new Set(source.requests).size).toBe(source.requests.length);
  });

  test('and the others are read when they never answer', async () => {
    const source = await replayConsole(exchangesOf(madeTopics(500)), faultOn(hang, isOneOf(TWENTY)));
    const gateway = await pushgateway();
    const { result } = await run({}, envFor(source.url, gateway.url, { REQUEST_TIMEOUT_MS: String(scaled(500)) }), { budgetMs: 6_000 });
    expect(result).toMatchObject({ outcome: 'partial', topics: { read: 480 }, backlog: 2400 });
    const unreadable = (await gateway.samples()).filter((line) => line.includes('topic_readable{') && line.endsWith(' 0'));
    expect(unreadable.map((line) => /topic="(\w+)"/.exec(line)?.[1]).sort()).toEqual([...TWENTY].sort());
    expect(await gateway.values('rocketmq_tick_success{')).toEqual([1]);
  });
});

describe('a console that never comes to an end', () => {
  const faults = [
    { name: 'hangs', fault: hang },
    { name: 'drips', fault: drip },
  ];
  test.each(faults)('and $name on the topic list leaves time to push the health', async ({ fault }) => {
    const source = await replayConsole(
      exchangesOf(madeTopics(3)),
      faultOn(fault, ({ url }) => url === TOPIC_LIST),
    );
    const gateway = await pushgateway();
    const { error } = await run({}, envFor(source.url, gateway.url), { budgetMs: 1_000 });
    expect(error?.message).toBe('the console had not answered by the deadline of the tick');
    expect(await gateway.values('rocketmq_tick_success{')).toEqual([0]);
  });

  test.each(faults)('and $name on every topic but one leaves time to push that one', async ({ fault }) => {
    const others = ['t0', 't1', 't2', 't3'];
    const source = await replayConsole(exchangesOf(madeTopics(5)), faultOn(fault, isOneOf(others)));
    const gateway = await pushgateway();
    const { result } = await run({}, envFor(source.url, gateway.url), { budgetMs: 2_000 });
    expect(result).toMatchObject({ outcome: 'partial', topics: { read: 1, failed: 0, unread: 4 }, backlog: 5 });
    expect(result?.failures[0]?.message).toBe('not reached before the deadline');
    expect(await gateway.values('topic_readable{')).toEqual([0, 0, 0, 0, 1]);
  });
});

test('what one tick does not reach, the next ones do', async () => {
  const source = await replayConsole(
    exchangesOf(madeTopics(40)),
    faultOn(
      late(() => scaled(250)),
      isTopic,
    ),
  );
  const gateway = await pushgateway();
  const ticks = await Promise.all(
    Array.from({ length: 6 }, async (_, minute) => {
      const env = envFor(source.url, gateway.url, { CLUSTER_NAME: `tick ${minute}`, CONCURRENCY: '2' });
      return (await run({}, env, { budgetMs: 4_000, clock: () => Date.UTC(2026, 0, 5, 3, minute) })).result;
    }),
  );
  const samples = await gateway.samples();
  const readBy = (minute: number) =>
    samples
      .filter((line) => line.includes('topic_readable{') && line.includes(`="tick ${minute}"`) && line.endsWith(' 1'))
      .map((line) => /topic="(\w+)"/.exec(line)?.[1]);
  ticks.forEach((result, minute) => {
    const { read = 0, unread = 0 } = result?.topics ?? {};
    expect(result).toMatchObject({ outcome: unread > 0 ? 'partial' : 'complete', topics: { failed: 0 } });
    expect(read + unread).toBe(40);
    expect(readBy(minute)).toHaveLength(result?.topics.read ?? -1);
  });
  expect(new Set(ticks.flatMap((_, minute) => readBy(minute))).size).toBe(40);
});

test('groups that one tick does not reach, the next ones do, each at all of its brokers', async () => {
  const names = Array.from({ length: 20 }, (_, index) => `g${index}`);
  const rows = [row('broker-a', 9, 2), row('broker-b', 9, 3)];
  const source = await replayConsole(
    [topics('t'), BROKERS, ...routes(['t']), consumers('t', ...names), ...names.flatMap((name) => groupRows(name, { t: rows }))],
    faultOn(
      late(() => scaled(250)),
      ({ url }) => url?.startsWith('/consumer/queryTopicByConsumer') === true,
    ),
  );
  const gateway = await pushgateway();
  const read = new Set<string>();
  for (let minute = 0; minute < 6; minute += 1) {
    const env = envFor(source.url, gateway.url, { CONCURRENCY: '2' });
    const { result } = await run({}, env, { budgetMs: 3_000, clock: () => Date.UTC(2026, 0, 5, 3, minute) });
    const samples = (await gateway.samples()).filter((line) => line.includes('msg_diff_topic_consumergroup{'));
    expect(result).toMatchObject({ backlog: 13 * samples.length, groups: { read: samples.length } });
    for (const line of samples) read.add(/consumerGroup="(\w+)"/.exec(line)?.[1] ?? '');
  }
  expect([...read].sort()).toEqual(names.toSorted());
});

test('nothing is left pending when the handler returns: no socket, no timer, and the process ends', async () => {
  const source = await replayConsole(exchangesOf(madeTopics(40)), faultOn(hang, isOneOf(['t1', 't2'])));
  const gateway = await pushgateway();
  const { outcomes } = await runHandler(
    [{}, { dryRun: true }],
    envFor(source.url, gateway.url, { REQUEST_TIMEOUT_MS: '300' }),
    scaled(4_000),
  );
  expect(outcomes.map(({ result, left }) => ({ outcome: result?.outcome, left }))).toEqual([
    { outcome: 'partial', left: [] },
    { outcome: 'dry-run', left: [] },
  ]);
});

test('sockets are kept alive within a tick, and closed at its end', async () => {
  let most = 0;
  const source = await replayConsole(exchangesOf(madeTopics(200)), () => {
    source.connections().then((now) => {
      most = Math.max(most, now);
    });
    return false;
  });
  const gateway = await pushgateway();
  const { result } = await run({}, envFor(source.url, gateway.url, { CONCURRENCY: '5' }));
  expect(result?.topics.read).toBe(200);
  expect(most).toBe(5);
  await expect.poll(source.connections, { timeout: 10_000 }).toBe(0);
});
