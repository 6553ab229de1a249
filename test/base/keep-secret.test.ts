import { describe, expect, test } from 'vitest';
import { LagPusherError } from '../../src/base/errors.ts';
import { redactDeep, redaction, redactor, withRedaction } from '../../src/base/redaction.ts';
import { RESULT_KEYS } from '../../src/result.ts';

test('inside a value every string is redacted, however deep, and nothing else changes', () => {
  const value = { a: 's3cret', list: ['x s3cret', 7, null, { deep: 's3cret' }], none: null, yes: true, missing: undefined };
  expect(redactDeep(value, redactor(['s3cret']))).toStrictEqual({
    a: '[hidden]',
    list: ['x [hidden]', 7, null, { deep: '[hidden]' }],
    none: null,
    yes: true,
    missing: undefined,
  });
});

describe('a secret that is a common word', () => {
  const OWN_NAMES = ['CONSOLE_PASSWORD', 'rocketmqConsoleIPAndPort'];

  test.each([
    ['rocketmq', 'this does not seem to be rocketmq-console or rocketmq-dashboard'],
    ['rocketmq', 'a page of RocketMQ Studio; set rocketmqConsoleIPAndPort'],
    ['RocketMQ', 'a page of RocketMQ Studio'],
    ['rocketmq', 'collected metric "rocketmq_msg_diff_topic" and rocketmq_tick_success of rocketmq-monitor'],
    ['rocketmq', 'rocketmq_process_busy_ratio, rocketmq_group_duplicate_client_ids and rocketmq_broker_info'],
    ['rocketmq', 'expected a path of SSM parameters, like /rocketmq-lag-pusher'],
    ['rocketmq', 'rocketmqClusterName cannot be a grouping label'],
    ['password', 'without a user name or password in it'],
    ['user', 'set both (an ordinary user is enough)'],
    ['user', 'expected a user name without a colon'],
    ['PASSWORD', 'set CONSOLE_PASSWORD'],
  ])('%s leaves our own words as they are: %j', (secret, text) => {
    expect(redaction([secret], OWN_NAMES).text(text)).toBe(text);
  });

  test.each([
    ['rocketmq', 'bad password rocketmq', 'bad password [hidden]'],
    ['rocketmq', 'rocketmq-console said rocketmq, rocketmq_x and ROCKETMQ', 'rocketmq-console said [hidden], [hidden]_x and ROCKETMQ'],
    ['rocketmq-console', 'not a rocketmq-console', 'not a [hidden]'],
    ['console', 'rocketmq-console and console', 'rocketmq-console and [hidden]'],
    ['console pw', 'rocketmq-console pw', 'rocketmq-[hidden]'],
    ['my rocketmq-console', 'my rocketmq-console', '[hidden]'],
    ['-rocketmq', '-rocketmq-console', '[hidden]-console'],
    ['user', 'unknown user user, an ordinary user', 'unknown [hidden] [hidden], an ordinary user'],
  ])('%s is hidden in all others: %j', (secret, text, redacted) => {
    expect(redaction([secret], OWN_NAMES).text(text)).toBe(redacted);
  });

  const result = (name: string) => ({
    cluster: name,
    outcome: name,
    shard: name,
    groups: [{ job: name }],
    top: { groups: [{ topic: name, consumerGroup: name, backlog: 7 }], processes: [{ consumerClientIP: name, consumerClientPID: name }] },
    failures: [{ topic: name, kind: name, message: `it said ${name}` }],
    exposition: `${name}_msg_diff_topic{topic="${name}"} 7`,
    other: name,
  });

  test.each(['rocketmq', 'admin', 'orders', 'g_orders', 'rocketmq-prod', 'admin123', 'Orders2024', 'abcdefgh-ijklmno'])(
    '%s leaves names and the exposition as they are, and is hidden in what is said',
    (secret) => {
      const whole = result(secret);
      expect(redaction([secret], [], RESULT_KEYS).deep(whole)).toEqual({
        ...whole,
        failures: [{ topic: secret, kind: secret, message: 'it said [hidden]' }],
        other: '[hidden]',
      });
    },
  );

  test.each(['kX7q9zw4Jv6T', 'two words', 'orders/2', 'correct-horse-battery', '1234', 'admin12345', 'ördnung', 'abcdefgh-ijklmnop'])(
    '%s is none: it is hidden in names as well',
    (secret) => {
      expect(redaction([secret], [], RESULT_KEYS).deep(result(secret))).toEqual(
        redactDeep(result(secret), (text) => text.replaceAll(secret, '[hidden]')),
      );
    },
  );

  test('what basic authentication joins is hidden in names, whatever the words are', () => {
    expect(redaction(['admin', 'super:admin'], [], RESULT_KEYS).deep({ topic: 'super:admin', consumerGroup: 'c3VwZXI6YWRtaW4' })).toEqual({
      topic: '[hidden]',
      consumerGroup: '[hidden]',
    });
  });
});

test('a word is one with a line end after it as well', () => {
  expect(redaction(['rocketmq\n', 'rocketmq'], [], RESULT_KEYS).deep({ topic: 'rocketmq', other: 'rocketmq' })).toEqual({
    topic: 'rocketmq',
    other: '[hidden]',
  });
});

describe('what an invocation logs, returns and throws leaves without a secret', () => {
  const SECRET = 'kX7q9zw4Jv6T';
  const collecting = () => {
    const said: unknown[][] = [];
    const write =
      (level: string) =>
      (...args: unknown[]) =>
        said.push([level, ...args]);
    return { said, log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') } };
  };

  test('log lines of each level, and the result', async () => {
    const { said, log } = collecting();
    const result = await withRedaction(redaction([SECRET], [], RESULT_KEYS), log, async (hiding) => {
      for (const level of ['debug', 'info', 'warn', 'error'] as const) hiding[level](`said ${SECRET}`, { reason: SECRET });
      hiding.info('no fields');
      return { message: SECRET };
    });
    expect(result).toEqual({ message: '[hidden]' });
    const lines = ['debug', 'info', 'warn', 'error'].map((level) => [level, 'said [hidden]', { reason: '[hidden]' }]);
    expect(said).toEqual([...lines, ['info', 'no fields', {}]]);
  });

  test('a secret that came in the meantime, like those that were known', async () => {
    const { said, log } = collecting();
    const redacting = redaction(['two words'], ['token_of_mine'], RESULT_KEYS);
    const result = await withRedaction(redacting, log, async (hiding) => {
      hiding.info(`before ${SECRET}`);
      redacting.addSecret(SECRET);
      redacting.addSecret(SECRET);
      redacting.addSecret('token');
      hiding.info(`after ${SECRET}, two words, token of token_of_mine`);
      return { message: SECRET, topic: SECRET, consumerGroup: 'token' };
    });
    expect(result).toEqual({ message: '[hidden]', topic: '[hidden]', consumerGroup: 'token' });
    expect(said).toEqual([
      ['info', `before ${SECRET}`, {}],
      ['info', 'after [hidden], [hidden], [hidden] of token_of_mine', {}],
    ]);
  });

  test('what is thrown is a new error, of the same kind', async () => {
    const thrown = Object.assign(new LagPusherError('login', `not ${SECRET}`), { request: SECRET });
    const caught: unknown = await withRedaction(redaction([SECRET]), collecting().log, () => Promise.reject(thrown)).catch(
      (error: unknown) => error,
    );
    expect(caught).toEqual(new LagPusherError('login', 'not [hidden]'));
    expect(caught).toMatchObject({ kind: 'login' });
    expect(caught).not.toHaveProperty('request');
  });
});

describe('secrets that come at run time', () => {
  test('a thousand cookies, one with each answer, cost no more than a few: the last are hidden, and the session always', () => {
    const secrets = redaction(['s3cret']);
    const startedAt = performance.now();
    for (let answer = 0; answer < 1_000; answer += 1) {
      secrets.addSecret('the-session-itself');
      secrets.addSecret(`stickiness-${answer}-${'x'.repeat(100)}`);
      secrets.text('a log line');
    }
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(secrets.text(`s3cret the-session-itself stickiness-999-${'x'.repeat(100)}`)).toBe('[hidden] [hidden] [hidden]');
  });
});

test('what is said about a group is a sentence, although it stands below a key of names', () => {
  const top = { groups: [{ topic: 'orders', consumerGroup: 'orders', reason: 'failing', because: 'refused orders' }] };
  expect(redaction(['orders'], [], RESULT_KEYS).deep({ top, message: 'refused orders' })).toEqual({
    top: { groups: [{ topic: 'orders', consumerGroup: 'orders', reason: 'failing', because: 'refused [hidden]' }] },
    message: 'refused [hidden]',
  });
});
