import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { RecordedExchange, Responder } from '../../src/reading/rocketmq-console/replay.ts';
import type { TickResult } from '../../src/result.ts';
import { answerWith, type Fault, faultOn, hang, redirect, refusal, resetBeforeBody } from '../support/faults.ts';
import { exchange, exchangesOf, isTopic, made, madeTopics, TOPIC_LIST, topicPath } from '../support/made-cluster.ts';
import { envFor, type Gateway, proxy, pushgateway, replayConsole, run } from '../support/run.ts';
import { scaled } from '../support/speed.ts';

const FIRST_TICK = Date.UTC(2026, 0, 5, 3, 0);
const SECOND_TICK = FIRST_TICK + 60_000;
/** What a tick that failed leaves in the health group: the success before it stands. */
const FAILED = { success: [0], complete: [0], lastSuccess: [FIRST_TICK / 1000] };

interface Second {
  /** How the console misbehaves in the second tick. */
  first?: Responder;
  /** What it answers from in the second tick, had the first been well. */
  exchanges?: readonly RecordedExchange[];
  /** How the Pushgateway does. */
  gatewayFirst?: Responder;
  env?: Record<string, string>;
  event?: unknown;
}

/** A good tick that pushes a backlog of 5 a topic, then a second one against a backlog of 9 and whatever is wrong. */
async function twoTicks({ first, exchanges = exchangesOf(madeTopics(4, 9)), gatewayFirst, env, event = {} }: Second) {
  let isSecond = false;
  const inSecond =
    (responder: Responder | undefined): Responder =>
    (...args) =>
      (isSecond && responder?.(...args)) ?? false;
  const [source, gateway] = await Promise.all([replayConsole(exchangesOf(madeTopics(4, 5)), inSecond(first)), pushgateway()]);
  const front = await proxy({ target: gateway.url, first: inSecond(gatewayFirst) });
  const settings = envFor(source.url, front.url, { REQUEST_TIMEOUT_MS: String(scaled(500)) });
  const good = await run({}, settings, { clock: () => FIRST_TICK });
  expect(good.result?.outcome).toBe('complete');
  const before = await state(gateway);
  expect(before).toMatchObject({ success: [1], complete: [1], lastSuccess: [FIRST_TICK / 1000] });
  isSecond = true;
  source.replay(exchanges);
  front.requests.length = 0;
  const ran = await run(event, { ...settings, ...env }, { clock: () => SECOND_TICK });
  return { ...ran, before, after: await state(gateway), pushes: front.requests };
}

async function state(gateway: Gateway) {
  const [{ data }, success, complete, lastSuccess] = await Promise.all([
    gateway.groups(),
    gateway.values('rocketmq_tick_success{'),
    gateway.values('rocketmq_tick_complete{'),
    gateway.values('rocketmq_tick_last_success_timestamp_seconds{'),
  ]);
  return { data, success, complete, lastSuccess };
}

const isList = ({ url }: IncomingMessage) => url === TOPIC_LIST;
const PUT = ({ method }: IncomingMessage) => method === 'PUT';
const POST = ({ method }: IncomingMessage) => method === 'POST';

/** A console 2.x in front of brokers 4.x that are away as well: every group is listed, and none has a row. */
const NO_ROWS = [
  exchange(TOPIC_LIST, { topicList: ['t0'] }),
  exchange(topicPath('t0'), { g0: { queueStatInfoList: [] }, g1: { queueStatInfoList: [] } }),
];

describe('a tick that cannot read leaves the data as it was, and says so', () => {
  const rows: { what: string; second: Second; says: RegExp }[] = [
    {
      what: 'the topic list is refused',
      second: { first: faultOn(refusal, isList) },
      says: /did not list its topics: java\.lang\.NullPointerException$/,
    },
    { what: 'the topic list hangs', second: { first: faultOn(hang, isList) }, says: /^the console at \S+ did not answer within \d+ ms$/ },
    {
      what: 'the login is refused',
      second: {
        first: (...args) => {
          (POST(args[0]) ? refusal : answerWith(302, '', { Location: '/#/login' }))(...args);
          return true;
        },
        env: { CONSOLE_USERNAME: 'viewer', CONSOLE_PASSWORD: 'look' },
      },
      says: /refused the login of CONSOLE_USERNAME viewer/,
    },
    {
      what: 'not one topic is readable',
      second: { first: faultOn(refusal, isTopic) },
      says: /^not one of 4 topics could be read; the first, t0: java\.lang\.NullPointerException$/,
    },
    {
      what: 'groups are listed and not one of them is readable',
      second: { exchanges: NO_ROWS },
      says: /^not one of 2 consumer groups could be read: most likely this console does not fit its brokers \(a console 2\.x in front of brokers 4\.x/,
    },
    {
      what: 'the list is empty',
      second: { exchanges: exchangesOf(made({})) },
      says: /lists no topic at all: a name server that has just restarted/,
    },
  ];
  test.each(rows)('$what', async ({ second, says }) => {
    const { error, before, after, pushes, log } = await twoTicks(second);
    expect(error?.message).toMatch(says);
    expect(after).toEqual({ ...before, ...FAILED });
    expect(pushes).toEqual(['POST /metrics/job/rocketmq-monitor-tick/rocketmqClusterName/test']);
    expect(log.lines().filter(({ message }) => message === 'tick')).toMatchObject([{ level: 'INFO', outcome: 'failed' }]);
    // Lambda logs what is thrown, as an error: a line of ours would be a second one.
    expect(log.text()).not.toContain('ERROR');
  });
});

describe('a tick that reads a part pushes that part, and says what is missing', () => {
  const one = ({ url }: IncomingMessage) => url === topicPath('t2');
  const rows: { what: string; first: Responder; topics: Partial<TickResult['topics']>; says: RegExp }[] = [
    { what: 'a topic is refused', first: faultOn(refusal, one), topics: { read: 3, failed: 1, unread: 0 }, says: /NullPointerException/ },
    {
      what: 'a topic has no route',
      first: faultOn(answerWith(200, { status: -1, errMsg: 'CODE: 17  DESC: No topic route info in name server for the topic: t2' }), one),
      topics: { read: 3, failed: 1, unread: 0 },
      says: /CODE: 17 .*\(a topic that has no route for good belongs into IGNORED_TOPICS\)$/,
    },
    { what: 'a topic hangs', first: faultOn(hang, one), topics: { read: 3, failed: 1, unread: 0 }, says: /did not answer within \d+ ms/ },
  ];
  test.each(rows)('$what', async ({ first, topics, says }) => {
    const { result, after, pushes } = await twoTicks({ first });
    expect(result).toMatchObject({ outcome: 'partial', topics, backlog: 27 });
    expect(result?.failures).toMatchObject([{ topic: 't2', message: expect.stringMatching(says) }]);
    expect(after).toMatchObject({ success: [1], complete: [0], lastSuccess: [SECOND_TICK / 1000] });
    expect(after.data.filter((line) => line.includes('t2"'))).toEqual([
      'rocketmq_msg_diff_topic_readable{instance="",job="rocketmq-monitor",rocketmqClusterName="test",topic="t2"} 0',
    ]);
    expect(after.data.filter((line) => line.startsWith('rocketmq_msg_diff_topic{')).map((line) => line.slice(-1))).toEqual(['9', '9', '9']);
    expect(pushes.map((push) => push.split(' ')[0])).toEqual(['PUT', 'POST']);
  });
});

describe('a tick that cannot push leaves the data as it was, tries once, and throws with the words of the gateway', () => {
  const rows: { what: string; fault: Fault; says: RegExp; healthTries?: number }[] = [
    { what: 'it refuses', fault: answerWith(400, 'pushed metrics are invalid'), says: /refused: 400 pushed metrics are invalid$/ },
    {
      what: 'it wants other credentials',
      fault: answerWith(401, 'Unauthorized'),
      says: /refused: 401 Unauthorized \(check PUSHGATEWAY_USERNAME/,
    },
    { what: 'it redirects', fault: redirect, says: /refused: 302, a redirect to \S+, which is not followed; set PUSHGATEWAY_URL/ },
    {
      what: 'it breaks',
      fault: answerWith(503, 'no backend'),
      says: /refused: 503 no backend \(what is in front of the Pushgateway cannot reach it/,
    },
    { what: 'it hangs', fault: hang, says: /^the Pushgateway at \S+ did not answer within \d+ ms$/ },
    {
      what: 'it resets',
      fault: resetBeforeBody,
      says: /^cannot reach the Pushgateway at \S+ \(ECONNRESET\): is PUSHGATEWAY_URL right/,
      // The connection is the one that the data came on: once more, on a new one.
      healthTries: 2,
    },
  ];
  test.each(rows)('$what the data', async ({ fault, says }) => {
    const { error, before, after, pushes } = await twoTicks({ gatewayFirst: faultOn(fault, PUT) });
    expect(error?.message).toMatch(says);
    expect(after).toEqual({ ...before, ...FAILED });
    expect(pushes.map((push) => push.split(' ')[0])).toEqual(['PUT', 'POST']);
  });

  test.each(rows)('$what the health', async ({ fault, says, healthTries = 1 }) => {
    const { error, before, after, pushes } = await twoTicks({ gatewayFirst: faultOn(fault, POST) });
    expect(error?.message).toMatch(says);
    expect(after.data).not.toEqual(before.data);
    expect({ ...after, data: before.data }).toEqual(before);
    expect(pushes.map((push) => push.split(' ')[0])).toEqual(['PUT', ...Array<string>(healthTries).fill('POST')]);
  });

  test.each(rows)('$what both', async ({ fault, says }) => {
    const { error, before, after } = await twoTicks({ gatewayFirst: faultOn(fault, () => true) });
    const [data, health] = error?.message.split('\nThe health of this tick could not be pushed either: ') ?? [];
    expect(data).toMatch(says);
    expect(health).toMatch(says);
    expect(after).toEqual(before);
  });

  test('the real gateway refuses a metric that somebody else pushes as another type', async () => {
    const gateway = await pushgateway();
    const source = await replayConsole(exchangesOf(madeTopics(2)));
    const theirs = '# TYPE rocketmq_msg_diff_topic counter\nrocketmq_msg_diff_topic 1\n';
    await fetch(`${gateway.url}/metrics/job/theirs`, { method: 'PUT', body: theirs });
    const { error } = await run({}, envFor(source.url, gateway.url));
    expect(error?.message).toMatch(/^the Pushgateway at \S+ refused: 400 .*rocketmq_msg_diff_topic/);
    expect(await gateway.values('_msg_diff_', 'rocketmqClusterName="test"')).toEqual([]);
    expect(await gateway.values('rocketmq_tick_success{')).toEqual([0]);
  });

  test('the real gateway refuses many series alike: it is said once, with the first of them and how many there are', async () => {
    const gateway = await pushgateway();
    const source = await replayConsole(exchangesOf(madeTopics(40)));
    // As many as ours: the gateway complains of whichever it meets second.
    const theirs = Array.from({ length: 40 }, (_, index) => `rocketmq_msg_diff_topic{topic="t${index}"} 1\n`).join('');
    await fetch(`${gateway.url}/metrics/job/theirs`, { method: 'PUT', body: `# TYPE rocketmq_msg_diff_topic counter\n${theirs}` });
    const { error } = await run({}, envFor(source.url, gateway.url));
    expect(error?.message).toMatch(
      /refused: 400 pushed metrics are invalid or inconsistent with existing metrics: collected metric "rocketmq_msg_diff_topic" \{.*"t\d+".*\} is not a (COUNTER|GAUGE), and 39 more series likewise$/,
    );
    expect(error?.message.match(/collected metric/g)).toHaveLength(1);
  });

  test('it is away', async () => {
    const source = await replayConsole(exchangesOf(madeTopics(2)));
    const gone = await pushgateway({ isStopped: true });
    await gone.stop();
    const { error } = await run({}, envFor(source.url, gone.url));
    expect(error?.message.match(/cannot reach the Pushgateway at \S+ \(ECONNREFUSED\): is PUSHGATEWAY_URL right/g)).toHaveLength(2);
    expect(source.requests.filter((request) => request.includes('queryConsumerByTopic'))).toHaveLength(2);
  });
});

describe('a tick that is asked wrongly asks nobody, and says every problem at once', () => {
  test('bad settings', async () => {
    const { error, before, after } = await twoTicks({ env: { CONCURRENCY: 'many', CONSOLE_URL: 'ftp://console', DETAIL: 'some' } });
    for (const name of ['CONCURRENCY', 'CONSOLE_URL', 'DETAIL']) expect(error?.message).toContain(`- ${name}: is wrong: expected`);
    expect(after).toEqual({ ...before, ...FAILED });
  });

  test('a bad event', async () => {
    const { error, before, after } = await twoTicks({ event: { dryrun: true, shard: 2 }, env: { DETAIL: 'some' } });
    for (const what of ['"dryrun" is not a key of an event', 'shard: expected', 'DETAIL: is wrong']) expect(error?.message).toContain(what);
    expect(after).toEqual({ ...before, ...FAILED });
  });

  test('a wrong key beside a good shard: the health of that shard says so, and no other group changes', async () => {
    const [source, gateway] = await Promise.all([replayConsole(exchangesOf(madeTopics(2))), pushgateway()]);
    await run({}, envFor(source.url, gateway.url));
    const whole = (await gateway.groups()).health;
    const { error } = await run({ shard: '2/3', dryrun: true }, envFor(source.url, gateway.url));
    expect(error?.message).toContain('"dryrun" is not a key of an event');
    const health = (await gateway.groups()).health;
    expect(health.filter((line) => !line.includes('shard='))).toEqual(whole);
    expect(health.filter((line) => line.includes('_tick_success{'))).toEqual([
      expect.stringMatching(/shard="2"\} 0$/),
      expect.not.stringMatching(/shard=/),
    ]);
  });

  test('the marks of a scheduled event beside a dry run: nothing is asked, and nothing pushed', async () => {
    const [source, gateway] = await Promise.all([replayConsole(exchangesOf(madeTopics(2))), pushgateway()]);
    const event = { 'detail-type': 'Scheduled Event', source: 'aws.events', dryRun: true };
    const { error } = await run(event, envFor(source.url, gateway.url));
    expect(error?.message).toMatch(/"detail-type" is not a key.*"source" is not a key/s);
    expect(source.requests).toEqual([]);
    expect(await gateway.samples()).toEqual([]);
  });

  test('bad settings of the Pushgateway itself: nothing can be pushed, and nothing is', async () => {
    const { error, before, after, pushes } = await twoTicks({ env: { PUSHGATEWAY_URL: 'http://user:hunter2@gateway' } });
    expect(error?.message).toMatch(/PUSHGATEWAY_URL: is wrong: .*without a user name or password/);
    expect(error?.message).not.toContain('hunter2');
    expect(after).toEqual(before);
    expect(pushes).toEqual([]);
  });
});
