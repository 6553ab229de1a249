import { describe, expect, test } from 'vitest';
import { readSettings, readSsmSettings, SETTING_SPELLINGS, SettingsError } from '../../src/settings/settings.ts';

const LEAST = { CONSOLE_URL: 'https://console', PUSHGATEWAY_URL: 'https://gateway', CLUSTER_NAME: 'prod' };

function problems(...args: Parameters<typeof readSettings>): readonly string[] {
  const { settings } = readSettings(...args);
  return settings.ok ? [] : settings.error.problems;
}

describe('what is known of the variables besides their values', () => {
  test('problems in finding them come first', () => {
    expect(problems({ ...LEAST, CLUSTER_NAME: '' }, { problems: ['X: was not found'] })).toEqual([
      'X: was not found',
      'CLUSTER_NAME: is not set, and is required',
    ]);
  });

  test('where they were looked for is said of one that is missing', () => {
    expect(problems({ ...LEAST, CLUSTER_NAME: '' }, { lookedIn: 'here and there' })).toEqual([
      'CLUSTER_NAME: is not set, and is required (looked for here and there)',
    ]);
  });

  test('where not all were found, one that is missing is not complained of, and there are no settings', () => {
    const half = { CONSOLE_USERNAME: 'u', CONCURRENCY: 'x' };
    expect(problems({ ...LEAST, ...half }, { complete: false })).toEqual(['CONCURRENCY: is wrong: expected a whole number from 1 to 1000']);
    expect(readSettings(LEAST, { complete: false }).settings.ok).toBe(false);
    expect(problems({}, { complete: false })).toEqual([]);
  });

  test('health is not pushed without the half of a pair that was not found', () => {
    expect(readSettings({ ...LEAST, PUSHGATEWAY_PASSWORD: 'p' }, { complete: false }).push).toBeUndefined();
    expect(readSettings(LEAST, { complete: false }).push).toMatchObject({ CLUSTER_NAME: 'prod' });
  });
});

describe('the message', () => {
  test('of one problem, and of several', () => {
    expect(new SettingsError(['A: x'])).toMatchObject({ kind: 'settings', message: 'a setting is missing or wrong:\n  - A: x' });
    expect(new SettingsError(['A: x', 'B: y']).message).toBe('2 settings are missing or wrong:\n  - A: x\n  - B: y');
  });
});

describe('credentials', () => {
  test.each([
    ['CONSOLE_USERNAME', 'CONSOLE_PASSWORD'],
    ['CONSOLE_PASSWORD', 'CONSOLE_USERNAME'],
    ['CONSOLE_BASIC_USERNAME', 'CONSOLE_BASIC_PASSWORD'],
    ['CONSOLE_BASIC_PASSWORD', 'CONSOLE_BASIC_USERNAME'],
    ['PUSHGATEWAY_USERNAME', 'PUSHGATEWAY_PASSWORD'],
    ['PUSHGATEWAY_PASSWORD', 'PUSHGATEWAY_USERNAME'],
  ])('%s alone needs %s', (given, missing) => {
    expect(problems({ ...LEAST, [given]: 'x' })).toEqual([`${missing}: is not set, and ${given} needs it`]);
  });

  test('of which one half is wrong are complained of once, whichever half it is', () => {
    const [wrong, says] = ['a\nb', 'expected one line, without line ends'];
    expect(problems({ ...LEAST, PUSHGATEWAY_USERNAME: wrong, PUSHGATEWAY_PASSWORD: 'p' })).toEqual([
      `PUSHGATEWAY_USERNAME: is wrong: ${says}`,
    ]);
    expect(problems({ ...LEAST, PUSHGATEWAY_USERNAME: 'u', PUSHGATEWAY_PASSWORD: wrong })).toEqual([
      `PUSHGATEWAY_PASSWORD: is wrong: ${says}`,
    ]);
  });

  test('of two kinds for one gateway leave no way to push health', () => {
    const both = { PUSHGATEWAY_BEARER_TOKEN: 't', PUSHGATEWAY_USERNAME: 'u', PUSHGATEWAY_PASSWORD: 'p' };
    expect(readSettings({ ...LEAST, ...both }).push).toBeUndefined();
    expect(readSettings({ ...LEAST, PUSHGATEWAY_BEARER_TOKEN: 't' }).push).toBeDefined();
  });

  test('are kept secret, valid or not, with what basic authentication joins', () => {
    const { secrets } = readSettings({
      CONSOLE_PASSWORD: 'one',
      PUSHGATEWAY_USERNAME: 'u',
      PUSHGATEWAY_PASSWORD: 'two\n',
      PUSHGATEWAY_BEARER_TOKEN: 'th ree',
      CONSOLE_USERNAME: 'viewer',
    });
    expect(secrets).toEqual(['one', 'two\n', 'two', 'th ree', 'viewer:one', 'u:two\n', 'u:two']);
    const basic = readSettings({ CONSOLE_BASIC_USERNAME: 'u\n', CONSOLE_BASIC_PASSWORD: 'four\r\n' });
    expect(basic.secrets).toEqual(['four\r\n', 'four', 'u:four\r\n', 'u:four']);
    expect(readSettings({ ...LEAST, CONSOLE_PASSWORD: '' }).secrets).toEqual([]);
  });

  const CONSOLE = 'CONSOLE_PASSWORD is sent over plain http: anyone on the network path can read it';
  const GATEWAY = 'the credentials for the Pushgateway are sent over plain http: anyone on the network path can read them';
  const BASIC = { PUSHGATEWAY_USERNAME: 'u', PUSHGATEWAY_PASSWORD: 'p' };
  test.each([
    [{ CONSOLE_URL: 'http://c', CONSOLE_USERNAME: 'u', CONSOLE_PASSWORD: 'p' }, [CONSOLE]],
    [{ CONSOLE_USERNAME: 'u', CONSOLE_PASSWORD: 'p', PUSHGATEWAY_URL: 'http://g' }, []],
    [
      { CONSOLE_URL: 'http://c', CONSOLE_BASIC_USERNAME: 'u', CONSOLE_BASIC_PASSWORD: 'p' },
      ['CONSOLE_BASIC_PASSWORD is sent over plain http: anyone on the network path can read it'],
    ],
    [{ PUSHGATEWAY_URL: 'http://g', ...BASIC }, [GATEWAY]],
    [{ PUSHGATEWAY_URL: 'http://g', PUSHGATEWAY_BEARER_TOKEN: 't' }, [GATEWAY]],
    [{ ...BASIC, CONSOLE_URL: 'http://c' }, []],
    [{ CONSOLE_URL: 'http://c', PUSHGATEWAY_URL: 'http://g' }, []],
  ])('%j: warned of are %j', (variables, warnings) => {
    expect(readSettings({ ...LEAST, ...variables }).warnings).toEqual(warnings);
  });

  test.each(['admin', 'user', 'rocketmq2', '12345678', 'rocketmq', 'RocketMQ', 'password', 'admin\n'])(
    'that everybody knows are warned about, and not repeated: %j',
    (password) => {
      const warnings = (variables: Record<string, string>) => readSettings({ ...LEAST, ...variables }).warnings;
      const says = (name: string) => [`${name} is a default that everybody knows: set another one`];
      expect(warnings({ CONSOLE_USERNAME: 'super', CONSOLE_PASSWORD: password })).toEqual(says('CONSOLE_PASSWORD'));
      expect(warnings({ CONSOLE_BASIC_USERNAME: 'u', CONSOLE_BASIC_PASSWORD: password })).toEqual(says('CONSOLE_BASIC_PASSWORD'));
      expect(warnings({ PUSHGATEWAY_USERNAME: 'u', PUSHGATEWAY_PASSWORD: password })).toEqual(says('PUSHGATEWAY_PASSWORD'));
      expect(warnings({ PUSHGATEWAY_BEARER_TOKEN: password })).toEqual(says('PUSHGATEWAY_BEARER_TOKEN'));
      expect(warnings({ CONSOLE_USERNAME: 'super', CONSOLE_PASSWORD: `${password.trim()}-and-more` })).toEqual([]);
    },
  );

  test('a URL that is missing is no plain one', () => {
    expect(readSettings({ CONSOLE_USERNAME: 'u', CONSOLE_PASSWORD: 'p', PUSHGATEWAY_BEARER_TOKEN: 't' }).warnings).toEqual([]);
  });
});

test.each([
  [{}, undefined],
  [{ SSM_PATH: '' }, undefined],
  [{ SSM_PATH: '/a' }, { path: '/a', maxAgeS: 300 }],
  [
    { SSM_PATH: '/a', SSM_MAX_AGE_S: '' },
    { path: '/a', maxAgeS: 300 },
  ],
  [
    { SSM_PATH: '/a/', SSM_MAX_AGE_S: '5' },
    { path: '/a', maxAgeS: 5 },
  ],
  [{ SSM_PATH: 'a', SSM_MAX_AGE_S: '5' }, undefined],
  [{ SSM_PATH: '/a', SSM_MAX_AGE_S: 'x' }, undefined],
  [{ SSM_MAX_AGE_S: '5' }, undefined],
])('with %j parameters are looked for as %j says', (env, expected) => {
  expect(readSsmSettings(env)).toEqual(expected);
});

describe("the old exporters' names", () => {
  const { CONSOLE_URL: _left, ...rest } = LEAST;
  test('take a URL as it is, and space around host and port', () => {
    expect(readSettings({ ...rest, ROCKETMQ_CONSOLE: 'https://c/x' }).settings).toMatchObject({ value: { CONSOLE_URL: 'https://c/x' } });
    expect(readSettings({ ...rest, ROCKETMQ_CONSOLE: ' c:80 ' }).settings).toMatchObject({ value: { CONSOLE_URL: 'http://c' } });
  });

  test('are known with all other names of a setting', () => {
    expect(SETTING_SPELLINGS.get('ROCKETMQ_CONSOLE')).toEqual(['CONSOLE_URL', 'rocketmqConsoleIPAndPort', 'ROCKETMQ_CONSOLE']);
    expect(SETTING_SPELLINGS.get('ignoredTopics')).toEqual(['IGNORED_TOPICS', 'ignoredTopics']);
    expect(SETTING_SPELLINGS.get('metricsPrefix')).toEqual(['METRICS_PREFIX', 'metricsPrefix']);
    expect(SETTING_SPELLINGS.get('JOB')).toEqual(['JOB']);
  });
});
