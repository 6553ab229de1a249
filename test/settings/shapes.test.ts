import { beforeAll, describe, expect, test } from 'vitest';
import { readSettings, type Settings } from '../../src/settings/settings.ts';
import { makeCertificate } from '../support/certificates.ts';

const LEAST = { CONSOLE_URL: 'http://console:8080', PUSHGATEWAY_URL: 'http://gateway:9091', CLUSTER_NAME: 'prod' };

/** What one variable is read as, or what is said of it. */
function readAs(name: keyof Settings, value: string): unknown {
  const { settings } = readSettings({ ...LEAST, [name]: value });
  return settings.ok ? settings.value[name] : settings.error.problems.map((problem) => problem.replace(`${name}: is wrong: `, ''));
}

describe('a whole number', () => {
  const EXPECTED = ['expected a whole number from 1 to 1000'];
  test.each(['1', ' 1000 ', '0001'])('%j is one', (value) => {
    expect(readAs('CONCURRENCY', value)).toBe(Number(value));
  });
  test.each(['0', '1001', '-1', '1.5', '1e2', 'x1', '1x', '1 2', ' ', '0000000000000001'])('%j is none', (value) => {
    expect(readAs('CONCURRENCY', value)).toEqual(EXPECTED);
  });
  test.each<[keyof Settings, number, number]>([
    ['MAX_SERIES', 1, 10_000_000],
    ['REQUEST_TIMEOUT_MS', 1, 2_147_483_647],
    ['SSM_MAX_AGE_S', 0, 86_400],
  ])('%s goes from %i to %i', (name, min, max) => {
    const expected = [`expected a whole number from ${min} to ${max}`];
    expect([min - 1, min, max, max + 1].map((value) => readAs(name, String(value)))).toEqual([expected, min, max, expected]);
  });
});

describe('a text', () => {
  test.each<[keyof Settings, string, unknown]>([
    ['CLUSTER_NAME', ' prod ', 'prod'],
    ['CLUSTER_NAME', ' ', ['expected a value']],
    ['PUSHGATEWAY_BEARER_TOKEN', ' t0ken! ', 't0ken!'],
    ['PUSHGATEWAY_BEARER_TOKEN', 't0ken\r\n', 't0ken'],
    ['PUSHGATEWAY_BEARER_TOKEN', 't0\nken', ['expected a token without spaces or line ends']],
    ['PUSHGATEWAY_BEARER_TOKEN', 't0 ken', ['expected a token without spaces or line ends']],
    ['PUSHGATEWAY_BEARER_TOKEN', 'ü', ['expected a token without spaces or line ends']],
    ['METRICS_PREFIX', 'mq_2:x', 'mq_2:x'],
    ['METRICS_PREFIX', 'a', 'a'],
    ...['2mq', 'm-q', 'mq-', '-mq'].map((value): ['METRICS_PREFIX', string, string[]] => [
      'METRICS_PREFIX',
      value,
      ['expected the beginning of a metric name: letters, digits, _ and :, not a digit first'],
    ]),
    ['IGNORED_GROUPS', ' a ,, b*', ['a', 'b*']],
    ['DETAIL', 'nonzero', 'nonzero'],
    ['DETAIL', 'off', 'off'],
    ['DETAIL', ' nonzero\n', 'nonzero'],
    ['JOB', 'job\r\n', 'job'],
    ['GROUPING', '{"region":"eu"}\n', { region: 'eu' }],
    ...['http://g/metrics', 'http://g/x/metrics/', 'http://g/metrics/job/a'].map((url): ['PUSHGATEWAY_URL', string, string[]] => [
      'PUSHGATEWAY_URL',
      url,
      ['expected the URL of the Pushgateway itself: leave off /metrics and what follows'],
    ]),
    ['PUSHGATEWAY_URL', 'http://g/metrics-gateway', 'http://g/metrics-gateway'],
    ['CONSOLE_URL', 'http://c/metrics', 'http://c/metrics'],
    ['LOG_LEVEL', ' WARN ', 'warn'],
    ['LOG_LEVEL', 'debug', 'debug'],
    ['LOG_LEVEL', 'error', 'error'],
    ['LOG_LEVEL', 'loud', ['expected debug, info, warn or error']],
    ['SSM_PATH', '/lag-pusher/a.b_c//', '/lag-pusher/a.b_c'],
    ['SSM_PATH', `${'/a'.repeat(13)}`, '/a'.repeat(13)],
    ...['/', 'lag', 'x/lag', '/a b', `/a/b c`, '/a//b', '/a'.repeat(14)].map((value): ['SSM_PATH', string, string[]] => [
      'SSM_PATH',
      value,
      ['expected a path of SSM parameters, like /rocketmq-lag-pusher'],
    ]),
  ])('%s %j is read as %j', (name, value, expected) => {
    expect(readAs(name, value)).toEqual(expected);
  });

  describe.each([
    ['CONSOLE_USERNAME', 'CONSOLE_PASSWORD'],
    ['CONSOLE_BASIC_USERNAME', 'CONSOLE_BASIC_PASSWORD'],
    ['PUSHGATEWAY_USERNAME', 'PUSHGATEWAY_PASSWORD'],
  ] as const)('of %s and %s', (username, password) => {
    const read = (secret: string, user = 'u') => readSettings({ ...LEAST, [username]: user, [password]: secret }).settings;

    test.each(['p\n', 'p\r\n'])('one line end after it is dropped, as an editor or a file leaves it: %j', (secret) => {
      expect(read(secret, 'u\n')).toMatchObject({ value: { [username]: 'u', [password]: 'p' } });
    });

    test('blanks are a part of the password', () => {
      expect(read(' p \n')).toMatchObject({ value: { [password]: ' p ' } });
    });

    test.each(['a\nb', 'a\rb', 'a\0b', 'a\n\n', 'a\n\r\n', '\na', 'a\r'])('any other line end is refused: %j', (secret) => {
      expect(read(secret)).toMatchObject({ error: { problems: [`${password}: is wrong: expected one line, without line ends`] } });
    });

    test.each(['\n', '\r\n'])('a line end alone is no password: %j', (secret) => {
      expect(read(secret)).toMatchObject({ error: { problems: [`${password}: is wrong: expected a value`] } });
    });
  });

  test.each<[keyof Settings, keyof Settings]>([
    ['CONSOLE_BASIC_USERNAME', 'CONSOLE_BASIC_PASSWORD'],
    ['PUSHGATEWAY_USERNAME', 'PUSHGATEWAY_PASSWORD'],
  ])('%s with a colon would end before it', (username, password) => {
    const { settings } = readSettings({ ...LEAST, [username]: 'u:v', [password]: 'p' });
    expect(settings).toMatchObject({ error: { problems: [`${username}: is wrong: expected a user name without a colon`] } });
  });
});

describe('a URL', () => {
  const EXPECTED = 'expected http(s)://host[:port][/path]';
  test.each([
    ['console', EXPECTED],
    ['xhttp://console', EXPECTED],
    ['httpx://console', EXPECTED],
    ['http://console?a=b', `${EXPECTED}, without ? or #`],
    ['http://console#a', `${EXPECTED}, without ? or #`],
    ['http://u:p@console', `${EXPECTED}, without a user name or password in it (URLs get logged; there are settings for both)`],
  ])('%s is refused: %s', (value, says) => {
    expect(readAs('CONSOLE_URL', value)).toEqual([says]);
  });
});

describe('GROUPING', () => {
  const LIKE = 'like {"region":"eu-1"}';
  const TAKEN = 'cannot be a grouping label: the name is already in use, and would overwrite that label of the metrics';
  const NO_NAME = 'is not a label name: expected letters, digits and _, not a digit first, not __';
  test.each([
    ['{', `expected a JSON object of label names and values, ${LIKE}`],
    ['[]', `expected a JSON object whose values are strings, ${LIKE}`],
    ['["a"]', `expected a JSON object whose values are strings, ${LIKE}`],
    ['null', `expected a JSON object whose values are strings, ${LIKE}`],
    ['"x"', `expected a JSON object whose values are strings, ${LIKE}`],
    ['{"a":"x","b":1}', `expected a JSON object whose values are strings, ${LIKE}`],
    ['{"instance":"x"}', `instance ${TAKEN}`],
    ['{"fine":"x","job":"y"}', `job ${TAKEN}`],
    ['{"1a":"x"}', `"1a" ${NO_NAME}`],
    ['{"a-":"x"}', `"a-" ${NO_NAME}`],
    ['{"-a":"x"}', `"-a" ${NO_NAME}`],
    ['{"__a":"x"}', `"__a" ${NO_NAME}`],
  ])('%s is refused: %s', (value, says) => {
    expect(readAs('GROUPING', value)).toEqual([says]);
  });
  test.each([{ a: 'x' }, { _a1: 'x', a__: '' }, {}])('%j is fine', (labels) => {
    expect(readAs('GROUPING', JSON.stringify(labels))).toEqual(labels);
  });
});

describe('a certificate', () => {
  let pem = '';
  beforeAll(async () => {
    pem = (await makeCertificate()).cert.replaceAll('\r\n', '\n').trim();
  });
  const EXPECTED = 'expected PEM text: -----BEGIN CERTIFICATE----- … -----END CERTIFICATE-----';

  test('is PEM text, one or several, with line ends of any kind', () => {
    for (const given of [pem, `\n${pem}\n`, pem.replaceAll('\n', '\\n'), pem.replaceAll('\n', '\r\n')])
      expect(readAs('CONSOLE_CA', given)).toBe(pem);
    expect(readAs('PUSHGATEWAY_CA', `${pem}\n${pem}`)).toBe(`${pem}\n${pem}`);
  });

  test('is refused where it is none, or one of several is none', () => {
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
    const notPem = [EXPECTED];
    const noCertificate = [`${EXPECTED}; the text between these two lines is not a certificate`];
    expect(readAs('CONSOLE_CA', 'x')).toEqual(notPem);
    expect(readAs('CONSOLE_CA', `x${pem}`)).toEqual(notPem);
    expect(readAs('CONSOLE_CA', `${pem}x`)).toEqual(notPem);
    for (const given of [broken, `${pem}\n${broken}`, `${broken}\n${pem}`]) expect(readAs('CONSOLE_CA', given)).toEqual(noCertificate);
  });
});
