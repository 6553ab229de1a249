import { describe, expect, onTestFinished, test } from 'vitest';
import type { BenchConsole, ConsoleOptions } from '../../scripts/bench/console.ts';
import { rowsOf, type Shape, startMadeUpConsole } from '../../scripts/bench/made-up-cluster.ts';
import { send } from '../../src/reading/rocketmq-console/replay.ts';
import { envFor, pushgateway, run } from '../support/run.ts';

const SMALL: Shape = { topics: 60, groups: 2, queues: 4 };
/** Besides its topics a tick asks for their list, the brokers, and, at two topics, whether this console can be read by group. */
const BESIDES = 4;

async function madeUpConsole(shape: Shape, latencyMs = 2, instead?: ConsoleOptions['instead']): Promise<BenchConsole> {
  const source = await startMadeUpConsole(shape, latencyMs, instead);
  onTestFinished(source.close);
  return source;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** This console answers no question about processes. */
const BACKLOG_ONLY = { PROCESS_QUESTIONS: '0' };

describe('what a console is asked', () => {
  test('each topic once a tick, and the list once; never more at a time than CONCURRENCY', async () => {
    const [source, gateway] = await Promise.all([madeUpConsole(SMALL), pushgateway()]);
    const { result } = await run({}, envFor(source.url, gateway.url, { ...BACKLOG_ONLY, CONCURRENCY: '5' }));
    expect(result?.outcome).toBe('complete');
    const served = source.take();
    expect(served).toMatchObject({ requests: SMALL.topics + BESIDES, maxPerPath: 1 });
    expect(served.maxInFlight).toBeLessThanOrEqual(5);
    await run({}, envFor(source.url, gateway.url, { ...BACKLOG_ONLY, CONCURRENCY: '1' }));
    expect(source.take()).toMatchObject({ requests: SMALL.topics + BESIDES, maxPerPath: 1, maxInFlight: 1 });
  });

  test('retries are counted in: half of the topics fail at first, in three ways, and still CONCURRENCY holds', async () => {
    const failing: ConsoleOptions['instead'] = (path, nth, response) => {
      const index = Number(/(\d+)$/.exec(path)?.[1] ?? Number.NaN);
      if (nth > 1 || index % 2 === 1 || !path.startsWith('/topic/queryConsumerByTopic')) return false;
      if (index % 3 === 0) response.destroy();
      else if (index % 3 === 1) send(response, 503, {}, 'busy');
      else
        send(
          response,
          200,
          {},
          { status: -1, data: null, errMsg: 'org.apache.rocketmq.remoting.exception.RemotingTimeoutException: wait' },
        );
      return true;
    };
    const [source, gateway] = await Promise.all([madeUpConsole(SMALL, 2, failing), pushgateway()]);
    const { result } = await run({}, envFor(source.url, gateway.url, { ...BACKLOG_ONLY, CONCURRENCY: '4' }));
    expect(result?.outcome).toBe('complete');
    expect(source.take()).toMatchObject({ requests: SMALL.topics * 1.5 + BESIDES, maxPerPath: 2, maxInFlight: 4 });
    expect(await gateway.values('rocketmq_tick_console_requests{')).toEqual([SMALL.topics * 1.5 + BESIDES]);
  });
});

describe('a cluster ten times larger than expected', () => {
  test('that cannot be read in time: what was read is pushed in time, the rest is told as unread', async () => {
    const shape: Shape = { topics: 600, groups: 2, queues: 4 };
    const [source, gateway] = await Promise.all([madeUpConsole(shape, 100), pushgateway()]);
    // Reading all of it would take a minute.
    const { result } = await run({}, envFor(source.url, gateway.url, { CONCURRENCY: '1' }), { budgetMs: 5_000 });
    expect(result?.outcome).toBe('partial');
    const { read = 0, unread = 0 } = result?.topics ?? {};
    expect(read).toBeGreaterThan(0);
    expect(unread).toBeGreaterThan(0);
    expect(read + unread).toBe(shape.topics);
    expect(await gateway.values('rocketmq_msg_diff_topic{')).toHaveLength(read);
    expect(sum(await gateway.values('rocketmq_msg_diff_topic{'))).toBe(result?.backlog);
    expect(sum(await gateway.values('rocketmq_msg_diff_topic_readable{'))).toBe(read);
    expect(await gateway.values('rocketmq_tick_success{')).toEqual([1]);
    expect(await gateway.values('rocketmq_tick_complete{')).toEqual([0]);
  });

  test('with more series than MAX_SERIES: every aggregate is there, and of the detail the fifth furthest behind; the rest is counted and logged', async () => {
    const shape: Shape = { topics: 600, groups: 2, queues: 4 };
    const [source, gateway] = await Promise.all([madeUpConsole(shape), pushgateway()]);
    const { result, log } = await run({}, envFor(source.url, gateway.url, { MAX_SERIES: '1000' }));
    expect(result?.outcome).toBe('complete');
    const dropped = rowsOf(shape) - 200;
    expect(result?.series.dropped).toBe(dropped);
    const detail = await gateway.values('rocketmq_msg_diff_detail{');
    expect(detail).toHaveLength(200);
    // Most of the 5,000 that a queue of this cluster may be behind.
    expect(Math.min(...detail)).toBeGreaterThan(4_000);
    expect(await gateway.values('rocketmq_tick_series{', 'outcome="dropped"')).toEqual([dropped]);
    expect(log.lines().filter(({ level }) => level === 'WARN')).toMatchObject([
      { message: `${dropped} per-queue series are dropped: there are more than MAX_SERIES, 1000` },
    ]);
    for (const view of ['topic', 'consumergroup', 'topic_consumergroup', 'broker', 'queue', 'clientinfo'])
      expect({ view, sum: sum(await gateway.values(`rocketmq_msg_diff_${view}{`)) }).toEqual({ view, sum: result?.backlog });
  });
});

describe('MAX_SERIES', () => {
  /** The detail at a gateway after a tick with so much room for it, as lines. */
  async function detailWith(room: number | 'all', shape: Shape): Promise<string[]> {
    const [source, gateway] = await Promise.all([madeUpConsole(shape), pushgateway()]);
    const env = envFor(source.url, gateway.url, { MAX_SERIES: '10000000' });
    if (room !== 'all') {
      const { result } = await run({ dryRun: true }, { ...env, DETAIL: 'off' });
      const aggregates = result?.exposition?.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length ?? Number.NaN;
      env.MAX_SERIES = String(aggregates + room);
    }
    const { result } = await run({}, env);
    if (room !== 'all') expect(result?.series).toEqual({ pushed: Number(env.MAX_SERIES), dropped: rowsOf(shape) - room });
    return (await gateway.samples()).filter((line) => line.includes('_msg_diff_detail{'));
  }

  const backlogOf = (line: string) => Number(line.slice(line.lastIndexOf(' ') + 1));

  test('drops rows without backlog first, then the smallest backlogs', async () => {
    const shape: Shape = { topics: 10, groups: 2, queues: 60 };
    const all = await detailWith('all', shape);
    const largestFirst = all.map(backlogOf).sort((a, b) => b - a);
    const behind = largestFirst.filter((backlog) => backlog > 0).length;
    expect(behind).toBeGreaterThan(150);
    expect(behind).toBeLessThan(all.length - 20);
    for (const room of [140, behind, behind + 20]) {
      const kept = await detailWith(room, shape);
      expect(kept.map(backlogOf).sort((a, b) => b - a)).toEqual(largestFirst.slice(0, room));
      expect(all).toEqual(expect.arrayContaining(kept));
    }
  });

  test('drops the same rows in whatever order the console lists them', async () => {
    const [inOrder, shuffled] = await Promise.all([detailWith(200, SMALL), detailWith(200, { ...SMALL, shuffled: true })]);
    expect(inOrder).toHaveLength(200);
    expect(inOrder.filter((line) => backlogOf(line) === 0).length).toBeGreaterThan(0);
    expect(shuffled).toEqual(inOrder);
  });
});
