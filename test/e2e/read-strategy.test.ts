import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { RecordedExchange } from '../../src/reading/rocketmq-console/replay.ts';
import { asked, tickOf } from '../support/asked-console.ts';
import { answerWith, type Fault, faultOn, hang } from '../support/faults.ts';
import { runHandler } from '../support/handler-process.ts';
import {
  atBrokerPath,
  BROKER_A,
  BROKERS_PATH,
  consumersPath,
  exchangesBothWays,
  exchangesOf,
  madeTopics,
  routePath,
} from '../support/made-cluster.ts';
import { envFor, pushgateway, replayConsole, run } from '../support/run.ts';
import { refused } from '../support/two-brokers.ts';

const BY_TOPIC = '/topic/queryConsumerByTopic.query';
const WHO = '/topic/queryTopicConsumerInfo.query';
const AT_BROKER = '/consumer/queryTopicByConsumer.query';
const BOTH_WAYS = exchangesBothWays(madeTopics(6));
const NAMES = Array.from({ length: 6 }, (_, index) => `t${index}`);

const of =
  (path: string) =>
  ({ url }: IncomingMessage) =>
    url?.startsWith(path) === true;

/** A tick of a console that knows both ways, and does this instead on some paths. */
async function tickWith(fault: Fault, matches: (request: IncomingMessage) => boolean, budgetMs = 20_000, env = {}) {
  const [source, gateway] = await Promise.all([replayConsole(BOTH_WAYS, faultOn(fault, matches)), pushgateway()]);
  return { source, gateway, ...(await run({}, envFor(source.url, gateway.url, env), { budgetMs })) };
}

const COMPLETE = { outcome: 'complete', backlog: 30, topics: { read: 6 } };

describe('a console that cannot be read by group', () => {
  test('is seen at the first two topics and remembered; after ten minutes it is asked again', async () => {
    const { source, result, again } = await tickOf(exchangesOf(madeTopics(6)));
    expect(result).toMatchObject(COMPLETE);
    expect(asked(source, WHO)).toHaveLength(2);
    await again(9);
    expect(asked(source, WHO)).toHaveLength(2);
    await again(11);
    expect(asked(source, WHO)).toHaveLength(4);
  });

  const LACKING: [what: string, fault: Fault][] = [
    ['a 404', answerWith(404)],
    ['its own page', answerWith(200, '<!doctype html><title>RocketMQ</title>', { 'Content-Type': 'text/html' })],
    ['a refusal', answerWith(200, { status: -1, data: null, errMsg: 'no permission' })],
    ['a 403', answerWith(403)],
  ];
  test.each(LACKING)('is one that answers with %s', async (_what, fault) => {
    const { source, result } = await tickWith(fault, of(WHO));
    expect(result).toMatchObject(COMPLETE);
    expect(asked(source, WHO)).toHaveLength(2);
    expect(asked(source, BY_TOPIC)).toHaveLength(6);
  });

  test('for single groups is asked for them by topic', async () => {
    const refusing = [...NAMES.map((_, index) => refused(atBrokerPath(`g${index}`, BROKER_A), 'no permission')), ...BOTH_WAYS];
    const { source, result } = await tickOf(refusing);
    expect(result).toMatchObject(COMPLETE);
    expect(asked(source, AT_BROKER)).toHaveLength(6);
    expect(asked(source, BY_TOPIC)).toHaveLength(6);
  });
});

describe('a console that can be read by group', () => {
  const asTold = (path: string, errMsg: string): RecordedExchange[] => [refused(path, errMsg), ...BOTH_WAYS];

  test.each(NAMES)('is not taken for one that lacks it because of one odd topic, %s', async (name) => {
    const { source, result } = await tickOf(asTold(consumersPath(name), 'java.lang.NullPointerException'));
    expect(result).toMatchObject({ outcome: 'partial', backlog: 25, topics: { read: 5, failed: 1 } });
    expect(asked(source, BY_TOPIC)).toEqual([]);
  });

  test('is not taken for one that lacks it because of one odd route', async () => {
    const { result } = await tickOf(asTold(routePath('t1'), 'java.lang.NullPointerException'));
    expect(result).toMatchObject({ outcome: 'partial', backlog: 25, topics: { read: 5, failed: 1 } });
  });

  test('is not taken for one that lacks it because a broker or a name server refuses', async () => {
    const words = 'CODE: 2  DESC: [TIMEOUT_CLEAN_QUEUE]broker busy, start flow control for a while';
    const { source, again } = await tickOf([...NAMES.map((name) => refused(consumersPath(name), words)), ...BOTH_WAYS]);
    expect(asked(source, WHO)).toHaveLength(6);
    source.replay(BOTH_WAYS);
    expect((await again()).result).toMatchObject(COMPLETE);
    expect(asked(source, BY_TOPIC)).toEqual([]);
  });
});

describe('what hangs or refuses does not keep the rest waiting', () => {
  test('who is on one topic is not told: the groups of the others are read', async () => {
    const { source, result } = await tickWith(hang, ({ url }) => url === consumersPath('t3'), 6_000, { REQUEST_TIMEOUT_MS: '1500' });
    expect(result).toMatchObject({ outcome: 'partial', backlog: 25, topics: { read: 5 } });
    expect(asked(source, BY_TOPIC)).toEqual([]);
  });

  test('the list of brokers does not arrive: it is not waited for twice, and the routes tell whom to ask', async () => {
    const { source, result } = await tickWith(hang, of(BROKERS_PATH), 20_000, { REQUEST_TIMEOUT_MS: '300' });
    expect(result).toMatchObject(COMPLETE);
    expect(asked(source, BROKERS_PATH)).toHaveLength(1);
    expect(asked(source, AT_BROKER)).toHaveLength(6);
  });

  test('a broker that hangs is not waited for by every group', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `t${index}`);
    const source = await replayConsole(exchangesBothWays(madeTopics(30)), faultOn(hang, of(AT_BROKER)));
    const gateway = await pushgateway();
    const env = envFor(source.url, gateway.url, { REQUEST_TIMEOUT_MS: '200', CONCURRENCY: '2' });
    const { error } = await run({}, env, { budgetMs: 20_000 });
    expect(error).toMatchObject({ kind: 'no-group-readable' });
    expect(asked(source, AT_BROKER).length).toBeLessThan(names.length);
  });

  test('a proxy in front says 503 to the brokers for ever: groups are read all the same', async () => {
    const { source, result } = await tickWith(answerWith(503), of(BROKERS_PATH));
    expect(result).toMatchObject(COMPLETE);
    expect(asked(source, BROKERS_PATH)).toHaveLength(3);
  });
});

test('a login that is refused ends the tick with nothing left pending, whatever else was under way', async () => {
  const hangs = faultOn(hang, of(BROKERS_PATH));
  const refuses = faultOn(answerWith(401), of(WHO));
  const source = await replayConsole(BOTH_WAYS, (...exchange) => hangs(...exchange) || refuses(...exchange));
  const gateway = await pushgateway();
  const env = envFor(source.url, gateway.url, { REQUEST_TIMEOUT_MS: '300' });
  const { outcomes } = await runHandler([{}], env, 6_000);
  expect(outcomes).toMatchObject([{ error: { message: expect.stringContaining('wants a login') }, left: [] }]);
});
