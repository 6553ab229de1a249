import { describe, expect, test } from 'vitest';
import { redactDeep, redaction } from '../../src/base/keep-secret.ts';
import { redactor } from '../../src/base/redact.ts';

const SECRET = ' pä"s<&>\'w/ör  d+~~~?';

describe('what stands for a secret', () => {
  const FORMS: [form: string, secret: string, text: string][] = [
    ['itself', 's3cret', 's3cret'],
    ['itself, without the space around it', '  s3cret ', 's3cret'],
    ['itself, with its white space collapsed', 'a \t b\n\nc', 'a b c'],
    ['itself, with the space inside it only', '\ta  b\t', 'a  b'],
    ['URL-encoded', 'a b/ü', 'a%20b%2F%C3%BC'],
    ['as a form field', 'a b/ü', 'a+b%2F%C3%BC'],
    ['inside JSON', 'a"b\\c', 'a\\"b\\\\c'],
    ['inside HTML', `a&b<c>d"e'f`, 'a&amp;b&lt;c&gt;d&quot;e&#39;f'],
    ['in base64, without the padding', 'user:s3cret', 'dXNlcjpzM2NyZXQ'],
    ['in base64, with two signs of padding', 's3cr', 'czNjcg=='],
    ['in base64, with + and /', '???>>>?', 'Pz8/Pj4+Pw'],
    ['in base64, for URLs', '???>>>', 'Pz8_Pj4-'],
  ];
  test.each(FORMS)('%s', (_form, secret, text) => {
    expect(redactor([secret])(`before ${text} after ${text}.`).replaceAll('==', '')).toBe('before [hidden] after [hidden].');
  });

  test('a character without a UTF-8 form does not stop the hiding', () => {
    expect(redactor(['abc\ud800'])('abc\ud800 and abc%EF%BF%BD')).toBe('[hidden] and [hidden]');
  });

  test('the padding of base64 alone is not part of it: = in the middle stays looked for', () => {
    expect(redactor(['a=b=='])('a=b==')).toBe('[hidden]');
  });

  test('a secret of three characters is hidden, one of two would be everywhere and is not', () => {
    expect(redactor(['abc'])('xabcx')).toBe('x[hidden]x');
    expect(redactor(['ab'])('xabx')).toBe('xabx');
  });

  test('the longest goes first: nothing of a longer secret is left where it begins with a shorter one', () => {
    for (const secrets of [
      ['s3cret', 's3cret-long'],
      ['s3cret-long', 's3cret'],
    ])
      expect(redactor(secrets)('s3cret-long s3cret')).toBe('[hidden] [hidden]');
  });

  test('other text stays as it is, and without secrets all does', () => {
    expect(redactor([SECRET])('topic orders, … cut')).toBe('topic orders, … cut');
    expect(redactor([])('s3cret…')).toBe('s3cret…');
  });
});

describe('where an excerpt was cut', () => {
  const SECRETS = ['s3cret-password', 'other'];
  const CUTS: [text: string, redacted: string][] = [
    ['the word s3cret-passwor…', 'the word [hidden]…'],
    ['the word s3c…', 'the word [hidden]…'],
    ['the word s3…', 'the word s3…'],
    ['one s3cre… two othe… three', 'one [hidden]… two [hidden]… three'],
    ['s3cret-passwor', 's3cret-passwor'],
    ['whole s3cret-password…', 'whole [hidden]…'],
    ['no secret…', 'no secret…'],
    ['…', '…'],
  ];
  test.each(CUTS)('%j is shown as %j', (text, redacted) => {
    expect(redactor(SECRETS)(text)).toBe(redacted);
  });

  test('the longest beginning counts, whichever secret it is of', () => {
    for (const secrets of [
      ['abcabcdef', 'bcabcxyz', 'xyz'],
      ['xyz', 'bcabcxyz', 'abcabcdef'],
    ])
      expect(redactor(secrets)('-abcabc…')).toBe('-[hidden]…');
  });
});

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
    outcome: 'dry-run',
    top: { groups: [{ topic: name, consumerGroup: name, backlog: 7 }], processes: [{ consumerClientIP: name, consumerClientPID: name }] },
    failures: [{ topic: name, kind: name, message: `it said ${name}` }],
    exposition: `${name}_msg_diff_topic{topic="${name}"} 7`,
    other: name,
  });

  test.each(['rocketmq', 'admin', 'orders', 'g_orders', 'rocketmq-prod', 'admin123', 'Orders2024'])(
    '%s leaves names and the exposition as they are, and is hidden in what is said',
    (secret) => {
      const whole = result(secret);
      expect(redaction([secret]).deep(whole)).toEqual({
        ...whole,
        failures: [{ topic: secret, kind: secret, message: 'it said [hidden]' }],
        other: '[hidden]',
      });
    },
  );

  test.each(['kX7q9zw4Jv6T', 'two words', 'orders/2', 'correct-horse-battery', '1234', 'admin12345', 'ördnung'])(
    '%s is none: it is hidden in names as well',
    (secret) => {
      expect(redaction([secret]).deep(result(secret))).toEqual(redactDeep(result(secret), (text) => text.replaceAll(secret, '[hidden]')));
    },
  );

  test('what basic authentication joins is hidden in names, whatever the words are', () => {
    expect(redaction(['admin', 'super:admin']).deep({ topic: 'super:admin', consumerGroup: 'c3VwZXI6YWRtaW4' })).toEqual({
      topic: '[hidden]',
      consumerGroup: '[hidden]',
    });
  });
});
