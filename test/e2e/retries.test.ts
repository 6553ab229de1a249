import { describe, expect, test } from 'vitest';
import { answerWith, type Fault, faultOn, hang, late, refusal, resetBeforeBody } from '../support/faults.ts';
import { exchangesOf, isOneOf, madeTopics, TOPIC_LIST, topicPath } from '../support/made-cluster.ts';
import { envFor, pushgateway, replayConsole, run } from '../support/run.ts';

describe('what is asked again', () => {
  const rows: { what: string; fault: Fault; times: number }[] = [
    { what: 'a reset', fault: resetBeforeBody, times: 3 },
    { what: 'a hang', fault: hang, times: 3 },
    { what: 'a 503', fault: answerWith(503), times: 3 },
    {
      what: 'a refusal for a broker out of reach',
      fault: answerWith(200, { status: -1, errMsg: 'org.apache.rocketmq.remoting.exception.RemotingTimeoutException: wait response' }),
      times: 3,
    },
    {
      what: 'a missing route',
      fault: answerWith(200, { status: -1, errMsg: 'CODE: 17  DESC: No topic route info in name server' }),
      times: 1,
    },
    { what: 'another refusal', fault: refusal, times: 1 },
    { what: 'a 403', fault: answerWith(403), times: 1 },
    { what: 'a 404', fault: answerWith(404), times: 1 },
    { what: 'what is no JSON', fault: answerWith(200, 'hello'), times: 1 },
  ];
  test.each(rows)('$what: $times times in all, and everything else once', async ({ fault, times }) => {
    const source = await replayConsole(exchangesOf(madeTopics(4)), faultOn(fault, isOneOf(['t1'])));
    const gateway = await pushgateway();
    const { result } = await run({}, envFor(source.url, gateway.url, { REQUEST_TIMEOUT_MS: '500' }));
    expect(result).toMatchObject({ outcome: 'partial', topics: { read: 3, failed: 1 } });
    const asked = (path: string) => source.requests.filter((request) => request === `GET ${path}`).length;
    expect(asked(topicPath('t1'))).toBe(times);
    for (const path of [TOPIC_LIST, topicPath('t0'), topicPath('t2'), topicPath('t3')]) expect(asked(path)).toBe(1);
    expect(await gateway.values('rocketmq_tick_console_requests{')).toEqual([source.requests.length]);
  });

  test('a failure that passes leaves the tick complete', async () => {
    let asked = 0;
    const source = await replayConsole(
      exchangesOf(madeTopics(4)),
      faultOn(resetBeforeBody, (request) => isOneOf(['t1'])(request) && ++asked < 3),
    );
    const gateway = await pushgateway();
    const { result } = await run({}, envFor(source.url, gateway.url));
    expect(result).toMatchObject({ outcome: 'complete', backlog: 20 });
    expect(asked).toBe(3);
  });
});

test.each(['2.1.0.rocketmq-4.9.7', '2.1.0.grpc-5.5.0', '1.0.0.grpc-5.5.0'])(
  'at most CONCURRENCY requests are in flight, whatever is asked of %s',
  async (recording) => {
    const source = await replayConsole(
      recording,
      faultOn(
        late(() => 20),
        () => true,
      ),
    );
    const gateway = await pushgateway();
    const { result } = await run({}, envFor(source.url, gateway.url, { CONCURRENCY: '3' }));
    expect(result?.topics.read).toBeGreaterThan(0);
    expect(source.maxInFlight()).toBe(3);
    expect(new Set(source.requests).size).toBe(source.requests.length);
  },
);
