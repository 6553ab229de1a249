import { describe, expect, test } from 'vitest';
import { LagPusherError } from '../src/base/errors.ts';
import { PushError } from '../src/pushing/pushgateway.ts';
import { behind, failedTopic, group, queue, readings, topic } from './support/readings.ts';
import { type Ticked, tickOf } from './support/ticks.ts';

const READ = readings([topic('orders', group('g', behind(5), queue({ queueId: 1 })))]);
const GONE = new LagPusherError('connection', 'the console is away');
const REFUSED = new PushError('the gateway says no');

const methods = ({ pushes }: Ticked) => pushes.map(({ method }) => method);
const healthOf = ({ pushes }: Ticked) => pushes.find(({ method }) => method === 'POST')?.samples;

describe('a tick that fails', () => {
  test('for its reader says so by its health, and throws the reason as it is', async () => {
    const ticked = await tickOf(GONE, { request: { shard: { index: 3, count: 4 } } });
    expect(ticked.error).toBe(GONE);
    expect(methods(ticked)).toEqual(['POST']);
    expect(ticked.pushes[0]?.key).toMatchObject({ job: 'rocketmq-monitor-tick', shard: '3' });
    expect(healthOf(ticked)).toEqual(expect.arrayContaining(['rocketmq_tick_success 0', 'rocketmq_tick_complete 0']));
    expect(healthOf(ticked)?.join()).not.toMatch(/last_success|_topics|_groups|_series|negative/);
    expect(ticked.closed).toEqual(['reader', 'gateway']);
  });

  test('for the gateway did read, and did not push', async () => {
    const ticked = await tickOf(READ, { refuses: { PUT: REFUSED } });
    expect(ticked.error).toBe(REFUSED);
    expect(methods(ticked)).toEqual(['PUT', 'POST']);
    expect(healthOf(ticked)).toEqual(
      expect.arrayContaining(['rocketmq_tick_success 0', 'rocketmq_tick_complete 0', 'rocketmq_tick_topics{outcome="read"} 1']),
    );
    expect(healthOf(ticked)?.join()).not.toMatch(/last_success|_series/);
  });

  test('and cannot tell so either throws both reasons, as the first kind of failure', async () => {
    const { error } = await tickOf(GONE, { refuses: { POST: REFUSED } });
    expect(error).toMatchObject({
      kind: 'connection',
      message: 'the console is away\nThe health of this tick could not be pushed either: the gateway says no',
    });
  });

  test('only in telling its health tries that once: the data are there', async () => {
    const ticked = await tickOf(READ, { refuses: { POST: REFUSED } });
    expect(ticked.error).toBe(REFUSED);
    expect(methods(ticked)).toEqual(['PUT', 'POST']);
    expect(ticked.closed).toEqual(['reader', 'gateway']);
  });
});

describe('a dry run', () => {
  test('pushes nothing, and shows what it would have', async () => {
    const ticked = await tickOf(READ, { request: { dryRun: true, topics: ['orders'] }, env: { MAX_SERIES: '1', METRICS_PREFIX: 'mq' } });
    expect(ticked.pushes).toEqual([]);
    expect(ticked.scope.topics.only).toEqual(['orders']);
    expect(ticked.result).toMatchObject({ outcome: 'dry-run', backlog: 5, series: { pushed: 0, dropped: 1 } });
    expect(ticked.result?.exposition).toContain('mq_msg_diff_topic{topic="orders"} 5');
  });

  test('that fails pushes nothing either', async () => {
    for (const nothing of [GONE, readings([failedTopic('orders')])]) {
      const ticked = await tickOf(nothing, { request: { dryRun: true } });
      expect(ticked.error).toBeInstanceOf(LagPusherError);
      expect(ticked.pushes).toEqual([]);
      expect(ticked.closed).toEqual(['reader', 'gateway']);
    }
  });
});
