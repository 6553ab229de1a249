import { describe, expect, test } from 'vitest';
import { readSettings, type Settings } from '../../src/settings/settings.ts';

const LEAST = { CONSOLE_URL: 'http://console:8080', PUSHGATEWAY_URL: 'http://gateway:9091', CLUSTER_NAME: 'prod' };

function settings(variables: Record<string, string | undefined>): Settings {
  const read = readSettings(variables);
  if (!read.settings.ok) throw read.settings.error;
  return read.settings.value;
}

function problems(variables: Record<string, string | undefined>): readonly string[] {
  const read = readSettings(variables);
  return read.settings.ok ? [] : read.settings.error.problems;
}

describe('settings', () => {
  test('three are required, and everything else has its default', () => {
    expect(settings(LEAST)).toMatchObject({
      JOB: 'rocketmq-monitor',
      METRICS_PREFIX: 'rocketmq',
      DETAIL: 'all',
      MAX_SERIES: 50_000,
      CONCURRENCY: 16,
      REQUEST_TIMEOUT_MS: 15_000,
      LOG_LEVEL: 'info',
      IGNORED_TOPICS: [],
      IGNORED_GROUPS: [],
      GROUPING: {},
    });
  });

  test('every problem is reported at once, with the variable, what is wrong and what is expected', () => {
    expect(
      problems({
        CONSOLE_URL: 'ftp://console',
        CONSOLE_USERNAME: 'viewer',
        DETAIL: 'some',
        MAX_SERIES: 'many',
        CONCURRENCY: '0',
        GROUPING: '{"topic":"x"}',
        PUSHGATEWAY_CA: 'not PEM',
      }),
    ).toEqual([
      'CONSOLE_URL: is wrong: expected http(s)://host[:port][/path]',
      'PUSHGATEWAY_URL: is not set, and is required',
      'PUSHGATEWAY_CA: is wrong: expected PEM text: -----BEGIN CERTIFICATE----- … -----END CERTIFICATE-----',
      'CLUSTER_NAME: is not set, and is required',
      'GROUPING: is wrong: topic cannot be a grouping label: the name is already in use, and would overwrite that label of the metrics',
      'DETAIL: is wrong: expected all, nonzero or off',
      'MAX_SERIES: is wrong: expected a whole number from 1 to 10000000',
      'CONCURRENCY: is wrong: expected a whole number from 1 to 1000',
      'CONSOLE_PASSWORD: is not set, and CONSOLE_USERNAME needs it',
    ]);
  });

  test.each([
    ['http://console:8080/', 'http://console:8080'],
    ['https://console/rocketmq//', 'https://console/rocketmq'],
    [' http://console:8080/a/b ', 'http://console:8080/a/b'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
  ])('the URL %j is read as %j', (value, url) => {
    expect(settings({ ...LEAST, CONSOLE_URL: value, PUSHGATEWAY_URL: value })).toMatchObject({ CONSOLE_URL: url, PUSHGATEWAY_URL: url });
  });

  test.each(['http://admin:s3cret@console:8080', 'http://:s3cret@console', 'http://admin@console'])(
    'a user or password inside a URL is refused and not repeated: %s',
    (value) => {
      const [problem] = problems({ ...LEAST, CONSOLE_URL: value });
      expect(problem).toContain('without a user name or password in it');
      expect(problem).not.toContain('s3cret');
    },
  );

  test.each(['rocketmqConsoleIPAndPort', 'ROCKETMQ_CONSOLE'])("the old exporters' %s is understood, host and port", (name) => {
    const { CONSOLE_URL: _left, ...rest } = LEAST;
    expect(settings({ ...rest, [name]: '10.0.0.1:8080' }).CONSOLE_URL).toBe('http://10.0.0.1:8080');
    expect(problems({ ...rest, [name]: '10.0.0.1:8080:1' })).toEqual([`${name}: is wrong: expected http(s)://host[:port][/path]`]);
  });

  test("the old exporters' ignoredTopics and metricsPrefix are understood, and the new names win", () => {
    expect(settings({ ...LEAST, ignoredTopics: 'a, b,,c*', metricsPrefix: 'mq' })).toMatchObject({
      IGNORED_TOPICS: ['a', 'b', 'c*'],
      METRICS_PREFIX: 'mq',
    });
    expect(settings({ ...LEAST, ignoredTopics: 'a', IGNORED_TOPICS: 'z' }).IGNORED_TOPICS).toEqual(['z']);
  });

  test('an empty variable is as good as none', () => {
    expect(settings({ ...LEAST, CONCURRENCY: '', NAMESRV_ADDR: '', CONSOLE_PASSWORD: '' })).toMatchObject({
      CONCURRENCY: 16,
      NAMESRV_ADDR: undefined,
    });
    expect(problems({ ...LEAST, CLUSTER_NAME: '' })).toEqual(['CLUSTER_NAME: is not set, and is required']);
  });

  test.each([
    ['job', 'already in use'],
    ['rocketmqClusterName', 'already in use'],
    ['namesrvAddr', 'already in use'],
    ['shard', 'already in use'],
    ['consumerClientPID', 'already in use'],
    ['outcome', 'already in use'],
    ['1st', 'not a label name'],
    ['__meta', 'not a label name'],
    ['a-b', 'not a label name'],
  ])('a grouping label %s is refused: %s', (label, why) => {
    expect(problems({ ...LEAST, GROUPING: JSON.stringify({ [label]: 'x' }) })[0]).toContain(why);
  });

  test.each(['[]', '"x"', '{"a":1}', '{', 'null'])('GROUPING %s is refused', (value) => {
    expect(problems({ ...LEAST, GROUPING: value })[0]).toMatch(/^GROUPING: is wrong: expected a JSON object/);
  });

  test('a grouping label may be called anything that a label may be called', () => {
    expect(settings({ ...LEAST, GROUPING: '{"constructor":"x","toString":"y"}' }).GROUPING).toEqual({ constructor: 'x', toString: 'y' });
  });

  test('a bearer token and a user exclude each other', () => {
    expect(problems({ ...LEAST, PUSHGATEWAY_BEARER_TOKEN: 't0ken', PUSHGATEWAY_USERNAME: 'u', PUSHGATEWAY_PASSWORD: 'p' })).toEqual([
      'PUSHGATEWAY_BEARER_TOKEN: expected either this or PUSHGATEWAY_USERNAME and PUSHGATEWAY_PASSWORD, not both',
    ]);
  });

  test('credentials over plain http are allowed, with a warning that does not repeat them', () => {
    const { warnings } = readSettings({ ...LEAST, CONSOLE_USERNAME: 'u', CONSOLE_PASSWORD: 's3cret', PUSHGATEWAY_BEARER_TOKEN: 't0ken' });
    expect(warnings).toHaveLength(2);
    expect(warnings.join()).not.toMatch(/s3cret|t0ken/);
    expect(readSettings({ ...LEAST, CONSOLE_URL: 'https://console', CONSOLE_USERNAME: 'u', CONSOLE_PASSWORD: 'p' }).warnings).toEqual([]);
  });

  test('health can be pushed when only settings of the console or the tick are wrong', () => {
    expect(readSettings({ ...LEAST, CONSOLE_URL: 'x', CONCURRENCY: 'x' }).push).toMatchObject({ CLUSTER_NAME: 'prod' });
    expect(readSettings({ ...LEAST, CLUSTER_NAME: '' }).push).toBeUndefined();
    expect(readSettings({ ...LEAST, PUSHGATEWAY_USERNAME: 'u' }).push).toBeUndefined();
  });
});
