import { describe, expect, test, vi } from 'vitest';
import { deadlineIn } from '../../src/base/deadline.ts';
import { emptyWarmState } from '../../src/invocation.ts';
import { emptyParameterMemory, overlayParameters } from '../../src/settings/parameters.ts';
import { awsForAll, putParameters, wayTo } from '../support/aws.ts';
import { pushgateway, replayConsole, run } from '../support/run.ts';

const NOON = Date.UTC(2026, 0, 1, 12);

const aws = awsForAll();

/** With these in the environment, settings need nothing else. */
const ENOUGH = { CONSOLE_URL: 'http://console', PUSHGATEWAY_URL: 'http://gateway', CLUSTER_NAME: 'home' };

/** Overlays `env` for a cluster that an event names, at a time that the test sets. */
function overlaying(path: string, env: Record<string, string> = {}) {
  const memory = emptyParameterMemory();
  return async (named?: string, atS = 0) =>
    await overlayParameters({ SSM_PATH: path, ...env }, named, {
      memory,
      deadline: deadlineIn(20_000),
      clock: () => NOON + atS * 1000,
    });
}

describe('parameters over the environment', () => {
  test('a cluster has its own before those of all, and those before the environment', async () => {
    await putParameters(aws.url, {
      '/order/JOB': 'all',
      '/order/DETAIL': 'off',
      '/order/east/JOB': 'east',
      '/order/west/JOB': 'west',
      '/order/east/deeper/JOB': 'deeper',
    });
    await wayTo(aws.url);
    const { variables, problems } = await overlaying('/order', { JOB: 'env', DETAIL: 'nonzero', CONCURRENCY: '3' })('east');
    expect(problems).toEqual([]);
    expect(variables).toMatchObject({ JOB: 'east', DETAIL: 'off', CONCURRENCY: '3', CLUSTER_NAME: 'east' });
  });

  test('every page is read, and secrets are decrypted', async () => {
    const many = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`/pages/UNKNOWN_${index}`, String(index)]));
    await putParameters(aws.url, many);
    await putParameters(aws.url, { '/pages/CONSOLE_PASSWORD': 'hunter2' }, 'SecureString');
    const way = await wayTo(aws.url);
    const { variables, problems } = await overlaying('/pages')();
    expect(variables).toMatchObject({ CONSOLE_PASSWORD: 'hunter2', UNKNOWN_0: '0', UNKNOWN_24: '24' });
    expect(problems).toHaveLength(25);
    expect(way.requests).toHaveLength(3);
  });

  test('a name that is no setting is a problem, wherever it was read; the cluster next door is none of ours', async () => {
    await putParameters(aws.url, {
      '/typo/CONSOLE_URI': 'x',
      '/typo/east/JOBB': 'x',
      '/typo/west/JOBBB': 'x',
      '/typo/SSM_MAX_AGE_S': '5',
      '/typo/ignoredTopics': 'a',
    });
    await wayTo(aws.url);
    const { problems = [] } = await overlaying('/typo')('east');
    expect([...problems].sort()).toEqual([
      '/typo/CONSOLE_URI: CONSOLE_URI is not a setting',
      '/typo/SSM_MAX_AGE_S: belongs into the environment, not into SSM',
      '/typo/east/JOBB: JOBB is not a setting',
    ]);
  });

  test('an old spelling in SSM hides the new one in the environment', async () => {
    await putParameters(aws.url, { '/old/rocketmqConsoleIPAndPort': '10.0.0.1:8080' });
    await wayTo(aws.url);
    const { variables } = await overlaying('/old', { CONSOLE_URL: 'http://10.9.9.9' })();
    expect(variables).toMatchObject({ rocketmqConsoleIPAndPort: '10.0.0.1:8080' });
    expect(variables).not.toHaveProperty('CONSOLE_URL');
  });

  test.each([
    { names: 'nothing', named: undefined, expected: 'home' },
    { names: 'a cluster', named: 'east', expected: 'east' },
    { names: 'a cluster that has a name of its own', named: 'west', expected: 'Wild West' },
  ])('an event that names $names is about the cluster called $expected', async ({ named, expected }) => {
    await putParameters(aws.url, { '/name/JOB': 'all', '/name/east/JOB': 'east', '/name/west/CLUSTER_NAME': 'Wild West' });
    await wayTo(aws.url);
    expect((await overlaying('/name', { CLUSTER_NAME: 'home' })(named)).variables.CLUSTER_NAME).toBe(expected);
  });

  test('a cluster without a parameter of its own is not given the numbers of another', async () => {
    await putParameters(aws.url, { '/other/JOB': 'all' });
    await wayTo(aws.url);
    const { problems } = await overlaying('/other', { CLUSTER_NAME: 'home' })('esat');
    expect(problems).toEqual([
      'CLUSTER_NAME: the event asks for cluster esat, and the settings are those of home, for there is no parameter below /other/esat',
    ]);
    expect((await overlaying('/other')('single')).variables.CLUSTER_NAME).toBe('single');
  });

  test('without SSM_PATH nobody is asked', async () => {
    const way = await wayTo(aws.url);
    const env = { JOB: 'env' };
    expect(await overlayParameters(env, undefined, { memory: new Map(), deadline: deadlineIn(1000), clock: Date.now })).toMatchObject({
      variables: env,
      problems: [],
      complete: true,
    });
    expect(way.requests).toEqual([]);
  });
});

describe('while the Lambda is warm', () => {
  test('a copy serves until it is SSM_MAX_AGE_S old, and is then renewed', async () => {
    await putParameters(aws.url, { '/age/JOB': 'one' });
    const way = await wayTo(aws.url);
    const at = overlaying('/age', { ...ENOUGH, SSM_MAX_AGE_S: '60' });
    expect((await at(undefined, 0)).variables.JOB).toBe('one');
    await putParameters(aws.url, { '/age/JOB': 'two' });
    expect((await at(undefined, 59)).variables.JOB).toBe('one');
    // Those of all clusters, and those of this one.
    expect(way.requests).toHaveLength(2);
    expect((await at(undefined, 60)).variables.JOB).toBe('two');
  });

  test('an old copy outlives a failure, says so, and is renewed as soon as SSM is back', async () => {
    await putParameters(aws.url, { '/flap/JOB': 'one' });
    const way = await wayTo(aws.url);
    const at = overlaying('/flap', ENOUGH);
    await at(undefined, 0);
    for (const state of ['closed', 'failing'] as const) {
      way.set(state);
      const { variables, warnings, problems } = await at(undefined, 400);
      expect(variables.JOB).toBe('one');
      expect(problems).toEqual([]);
      expect(warnings).toEqual([expect.stringContaining('the copy of 400 s ago')]);
    }
    await putParameters(aws.url, { '/flap/JOB': 'two' });
    way.set('open');
    expect(await at(undefined, 401)).toMatchObject({ variables: { JOB: 'two' }, warnings: [] });
  });

  test('a failure is not kept', async () => {
    await putParameters(aws.url, { '/failed/JOB': 'one' });
    const way = await wayTo(aws.url);
    const at = overlaying('/failed', ENOUGH);
    way.set('failing');
    expect((await at(undefined, 0)).complete).toBe(false);
    way.set('open');
    expect(await at(undefined, 1)).toMatchObject({ variables: { JOB: 'one' }, problems: [], complete: true });
  });

  test('parameters that are put after a tick found none are there for the next one', async () => {
    const way = await wayTo(aws.url);
    const at = overlaying('/late');
    expect((await at('east', 0)).problems).toEqual([expect.stringContaining('there is no parameter below /late or /late/east')]);
    await putParameters(aws.url, { '/late/PUSHGATEWAY_URL': 'http://gateway', '/late/east/CONSOLE_URL': 'http://console' });
    expect(await at('east', 1)).toMatchObject({ variables: { PUSHGATEWAY_URL: 'http://gateway' }, problems: [] });
    const requests = way.requests.length;
    await at('east', 2);
    expect(way.requests).toHaveLength(requests);
  });

  test('what does not make settings is read again, be it that a setting was missing or was wrong', async () => {
    await putParameters(aws.url, { '/mend/CONSOLE_URL': 'http://console', '/mend/MAX_SERIES': 'many' });
    await wayTo(aws.url);
    const at = overlaying('/mend');
    await at('east', 0);
    await putParameters(aws.url, { '/mend/PUSHGATEWAY_URL': 'http://gateway', '/mend/MAX_SERIES': '7' });
    expect((await at('east', 1)).variables).toMatchObject({ PUSHGATEWAY_URL: 'http://gateway', MAX_SERIES: '7' });
  });

  test('a copy that is good enough for one cluster is renewed before another is told that something is missing', async () => {
    await putParameters(aws.url, { '/share/PUSHGATEWAY_URL': 'http://gateway', '/share/east/CONSOLE_URL': 'http://east' });
    await wayTo(aws.url);
    const at = overlaying('/share');
    await at('east', 0);
    await putParameters(aws.url, { '/share/CONSOLE_URL': 'http://all' });
    expect((await at('west', 1)).variables).toMatchObject({ CONSOLE_URL: 'http://all', CLUSTER_NAME: 'west' });
  });

  test('one answer that went missing is asked for again', async () => {
    await putParameters(aws.url, { '/again/JOB': 'one' });
    const way = await wayTo(aws.url);
    way.set('stumbling');
    expect(await overlaying('/again')()).toMatchObject({ variables: { JOB: 'one' }, problems: [] });
    expect(way.requests).toHaveLength(2);
  });
});

describe('a tick with SSM', () => {
  test('runs on parameters alone, and shows no secret of theirs', async () => {
    const [source, gateway] = await Promise.all([replayConsole('2.1.0.healthy'), pushgateway()]);
    await putParameters(aws.url, { '/tick/PUSHGATEWAY_URL': gateway.url, '/tick/east/CONSOLE_URL': 'http://127.0.0.1:1/hunter2' });
    await putParameters(aws.url, { '/tick/east/CONSOLE_PASSWORD': 'hunter2', '/tick/east/CONSOLE_USERNAME': 'admin' }, 'SecureString');
    await wayTo(aws.url);
    const failed = await run({ cluster: 'east' }, { SSM_PATH: '/tick' });
    expect(failed.error?.message).toContain('[hidden]');
    expect(failed.error?.message + failed.log.text()).not.toContain('hunter2');

    await putParameters(aws.url, { '/tick/east/CONSOLE_URL': source.url });
    const { result } = await run({ cluster: 'east' }, { SSM_PATH: '/tick' });
    expect(result).toMatchObject({ cluster: 'east', backlog: 14296 });
    expect(await gateway.values('rocketmq_tick_success{', 'rocketmqClusterName="east"')).toEqual([1]);
  });

  test('goes on while SSM is away, with a warning in its log', async () => {
    const [source, gateway] = await Promise.all([replayConsole('2.1.0.healthy'), pushgateway()]);
    await putParameters(aws.url, { '/warm/PUSHGATEWAY_URL': gateway.url, '/warm/CONSOLE_URL': source.url, '/warm/CLUSTER_NAME': 'warm' });
    const way = await wayTo(aws.url);
    const warm = emptyWarmState();
    await run({}, { SSM_PATH: '/warm', SSM_MAX_AGE_S: '0' }, { warm });
    way.set('closed');
    const { result, log } = await run({}, { SSM_PATH: '/warm', SSM_MAX_AGE_S: '0' }, { warm });
    expect(result?.backlog).toBe(14296);
    expect(log.lines()).toContainEqual(
      expect.objectContaining({ level: 'WARN', message: expect.stringMatching(/going on with the copy of \d+ s ago/) }),
    );
  });

  test('that finds SSM hanging fails, names the endpoint and what else is wrong, and says so to the Pushgateway', async () => {
    const gateway = await pushgateway();
    const way = await wayTo(aws.url);
    way.set('hanging');
    const env = { SSM_PATH: '/hanging', PUSHGATEWAY_URL: gateway.url, MAX_SERIES: 'many' };
    const { error } = await run({ cluster: 'east' }, env);
    expect(error?.message).toMatch(/could not be read.*did not answer.*interface endpoint for SSM/);
    expect(error?.message).toContain('MAX_SERIES: is wrong');
    expect(error?.message).not.toContain('CONSOLE_URL');
    // Two levels, two tries of each.
    expect(way.requests).toHaveLength(4);
    expect(await gateway.values('rocketmq_tick_success{', 'rocketmqClusterName="east"')).toEqual([0]);
  });

  test('that gets an answer without an end does not wait for it', async () => {
    const way = await wayTo(aws.url);
    way.set('dripping');
    expect((await run({}, { SSM_PATH: '/dripping' })).error?.message).toContain('SSM did not answer in time');
    await vi.waitFor(async () => expect(await way.connections()).toBe(0));
  });

  test('with a wrong SSM_PATH complains of nothing that may be there', async () => {
    const { error } = await run({}, { SSM_PATH: 'no-slash', SSM_MAX_AGE_S: '-1' });
    expect(error?.message).toContain('SSM_PATH: is wrong: expected a path');
    expect(error?.message).toContain('SSM_MAX_AGE_S: is wrong: expected a whole number');
    expect(error?.message).not.toContain('CONSOLE_URL');
  });

  test('with a path under which nothing is says where it looked', async () => {
    await wayTo(aws.url);
    const { error } = await run({ cluster: 'east' }, { SSM_PATH: '/nowhere/' });
    expect(error?.message).toContain('SSM_PATH: there is no parameter below /nowhere or /nowhere/east');
    expect(error?.message).toContain('CONSOLE_URL: is not set, and is required (looked for in the environment and below /nowhere and');
  });

  test.each([
    { lacks: 'a region', env: ['AWS_REGION', 'AWS_DEFAULT_REGION'], says: 'set AWS_REGION' },
    {
      lacks: 'credentials',
      env: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
      says: 'AWS did not take the credentials, or there are none',
    },
  ])('that lacks $lacks says so', async ({ env, says }) => {
    await wayTo(aws.url);
    for (const name of env) vi.stubEnv(name, undefined);
    expect((await run({}, { SSM_PATH: '/lacking' })).error?.message).toContain(says);
  });

  test('that is denied names what its role lacks, and does not ask again', async () => {
    const way = await wayTo(aws.url);
    way.set('denying');
    const { error } = await run({}, { SSM_PATH: '/denied' });
    expect(error?.message).toMatch(/SSM refused \(AccessDenied.*needs ssm:GetParametersByPath on \/denied .*kms:Decrypt/);
    expect(way.requests).toHaveLength(1);
  });

  test('that is throttled was tried twice, and says what to do about it', async () => {
    const way = await wayTo(aws.url);
    way.set('throttling');
    const { error } = await run({}, { SSM_PATH: '/throttled' });
    expect(error?.message).toMatch(/SSM is asked too often \(Throttl.*Rate exceeded; 2 tries.*fewer clusters.*longer SSM_MAX_AGE_S/);
    expect(way.requests).toHaveLength(2);
  });

  test('that is answered by something else says that this is not SSM', async () => {
    const way = await wayTo(aws.url);
    way.set('elsewhere');
    expect((await run({}, { SSM_PATH: '/elsewhere' })).error?.message).toMatch(/what answered is not SSM.*AWS_ENDPOINT_URL_SSM/);
  });
});
