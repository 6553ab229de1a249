import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type ReplayConsole, startReplayConsole } from '../../src/reading/rocketmq-console/replay.ts';
import { answerWith, type Fault, faultOn, hang, late, resetBeforeBody } from '../support/faults.ts';
import { exchangesBothWays, exchangesOf, isOneOf, madeTopics } from '../support/made-cluster.ts';
import { envFor, pushgateway, replayConsole, run } from '../support/run.ts';

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe('a console whose own pool of eight admin clients runs out', () => {
  const WORDS = [
    'java.util.NoSuchElementException: Timeout waiting for idle object',
    'java.lang.IllegalStateException: defaultMQAdminExt should be init before you get this',
  ];
  const LEFT_TO_US = 2;
  const CONCURRENCY = 16;
  const NEEDING_A_CLIENT = /queryTopicConsumerInfo|queryTopicByConsumer/;

  test.each(WORDS)('is asked by four requests at most while it is, and by CONCURRENCY again afterwards: %s', async (errMsg) => {
    const inFlight = { now: 0, strained: 0, afterwards: 0 };
    let refusals = 0;
    // Others hold most of the pool at first, until this many were turned away.
    const isPoolShort = () => refusals < 60;
    const source = await replayConsole(exchangesBothWays(madeTopics(60)), (request, response, honest) => {
      if (!NEEDING_A_CLIENT.test(request.url ?? '')) return false;
      inFlight.now += 1;
      response.on('close', () => {
        inFlight.now -= 1;
      });
      const room = isPoolShort() ? LEFT_TO_US : CONCURRENCY;
      // The requests that were on their way with the first refusal are over by the time of this many.
      if (isPoolShort() && refusals > CONCURRENCY) inFlight.strained = Math.max(inFlight.strained, inFlight.now);
      if (!isPoolShort()) inFlight.afterwards = Math.max(inFlight.afterwards, inFlight.now);
      if (inFlight.now > room) {
        refusals += 1;
        late(() => 5)(request, response, () => answerWith(200, { status: -1, data: null, errMsg })(request, response, honest));
      } else late(() => 20)(request, response, honest);
      return true;
    });
    const gateway = await pushgateway();
    const { result } = await run({}, envFor(source.url, gateway.url, { CONCURRENCY: String(CONCURRENCY) }));
    expect(result).toMatchObject({ outcome: 'complete', backlog: 300, failures: [] });
    expect(refusals).toBeGreaterThanOrEqual(60);
    expect(inFlight).toMatchObject({ strained: 4, afterwards: CONCURRENCY });
  });
});

describe('a console that is restarted in the middle of a tick', () => {
  const RESTARTS: [way: string, exchanges: ReturnType<typeof exchangesOf>, backlog: number][] = [
    ['by group', exchangesBothWays(madeTopics(80)), 400],
    ['by topic', exchangesOf(madeTopics(80)), 400],
  ];
  test.each(RESTARTS)('and is away for a while: the tick waits for it and is complete, read %s', async (_way, exchanges, backlog) => {
    let answered = 0;
    let back: Promise<ReplayConsole> | undefined;
    const first = await replayConsole(exchanges, (request, response, honest) => {
      answered += 1;
      if (answered === 60) back = restart();
      late(() => 5)(request, response, honest);
      return true;
    });
    async function restart(): Promise<ReplayConsole> {
      const port = Number(new URL(first.url).port);
      await first.close();
      await sleep(2_500);
      return await startReplayConsole(exchanges, undefined, port);
    }
    const gateway = await pushgateway();
    const { result, error } = await run({}, envFor(first.url, gateway.url), { budgetMs: 30_000 });
    await (await back)?.close();
    expect(error).toBeUndefined();
    expect(result).toMatchObject({ outcome: 'complete', backlog, failures: [] });
    expect(sum(await gateway.values('msg_diff_topic{'))).toBe(backlog);
  });
});

test('of many failures the result and the log hold one of each kind before many of one', async () => {
  const KINDS: [fault: Fault, kind: string, topics: string[]][] = [
    [answerWith(200, { status: -1, data: null, errMsg: 'no' }), 'refused', Array.from({ length: 40 }, (_, index) => `t${index}`)],
    [hang, 'timeout', ['t40']],
    [resetBeforeBody, 'connection', ['t41']],
    [answerWith(200, '{'), 'shape', ['t42']],
    [answerWith(404), 'not-a-console', ['t43']],
    [answerWith(200, { status: -1, data: null, errMsg: 'RemotingTimeoutException: wait' }), 'broker-unreachable', ['t44']],
  ];
  const faults = KINDS.map(([fault, , topics]) => faultOn(fault, isOneOf(topics)));
  const source = await replayConsole(exchangesOf(madeTopics(50)), (...exchange) => faults.some((fault) => fault(...exchange)));
  const gateway = await pushgateway();
  const { result, log } = await run({}, envFor(source.url, gateway.url, { REQUEST_TIMEOUT_MS: '300' }));
  expect(result).toMatchObject({ outcome: 'partial', topics: { read: 5, failed: 45 } });
  expect(result?.failures).toHaveLength(20);
  const kinds = KINDS.map(([, kind]) => kind).toSorted();
  expect(
    result?.failures
      .map(({ kind }) => kind)
      .slice(0, 6)
      .toSorted(),
  ).toEqual(kinds);
  const logged = log.lines().filter(({ message }) => message === 'not read');
  expect(logged).toHaveLength(20);
  expect(
    logged
      .slice(0, 6)
      .map(({ kind }) => kind)
      .toSorted(),
  ).toEqual(kinds);
});
