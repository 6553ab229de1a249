import { describe, expect, test } from 'vitest';
import { loadRecording } from '../../scripts/servers/recordings.ts';
import { emptyWarmState } from '../../src/invocation.ts';
import { send } from '../../src/reading/rocketmq-console/replay.ts';
import { PASSWORD, USERNAME } from '../support/login-console.ts';
import { exchangesOf, madeTopics } from '../support/made-cluster.ts';
import { envFor, loginConsole, proxy, pushgateway, run } from '../support/run.ts';

const CREDENTIALS = { CONSOLE_USERNAME: USERNAME, CONSOLE_PASSWORD: PASSWORD };
const CLUSTER = exchangesOf(madeTopics(60));
const DIALECTS = [{ dialect: 'form' }, { dialect: 'json' }] as const;

describe.each(DIALECTS)('a console that takes its login as $dialect', ({ dialect }) => {
  test('is read after one login, below whatever path it lives', async () => {
    for (const context of ['', '/console']) {
      const [source, gateway] = [await loginConsole({ dialect, exchanges: CLUSTER, context }), await pushgateway()];
      const { result, error } = await run({}, envFor(source.url, gateway.url, CREDENTIALS));
      expect(error).toBeUndefined();
      expect(result).toMatchObject({ outcome: 'complete', backlog: 300 });
      // The refused form of the newer dialect counts as one.
      expect(source.logins()).toBe(dialect === 'form' ? 1 : 2);
    }
  });

  test.each(['\n', '\r\n'])('gets the password without the line end that SSM may hold after it: %j', async (lineEnd) => {
    const [source, gateway] = [await loginConsole({ dialect, exchanges: CLUSTER }), await pushgateway()];
    const { result } = await run({}, envFor(source.url, gateway.url, { ...CREDENTIALS, CONSOLE_PASSWORD: PASSWORD + lineEnd }));
    expect(result?.outcome).toBe('complete');
  });

  test('keeps its session from tick to tick while the process is warm', async () => {
    const [source, gateway] = [await loginConsole({ dialect, exchanges: CLUSTER }), await pushgateway()];
    const warm = emptyWarmState();
    await run({}, envFor(source.url, gateway.url, CREDENTIALS), { warm });
    const logins = source.logins();
    for (let tick = 0; tick < 3; tick += 1) {
      const { result } = await run({}, envFor(source.url, gateway.url, CREDENTIALS), { warm });
      expect(result?.outcome).toBe('complete');
    }
    expect(source.logins()).toBe(logins);
  });

  test('is logged in to once when the session went stale between two ticks', async () => {
    const [source, gateway] = [await loginConsole({ dialect, exchanges: CLUSTER }), await pushgateway()];
    const warm = emptyWarmState();
    await run({}, envFor(source.url, gateway.url, CREDENTIALS), { warm });
    const logins = source.logins();
    source.forgetSessions();
    const { result } = await run({}, envFor(source.url, gateway.url, CREDENTIALS), { warm });
    expect(result).toMatchObject({ outcome: 'complete', backlog: 300 });
    expect(source.logins()).toBe(2 * logins);
  });

  test('is logged in to once when the session goes stale with many requests in flight', async () => {
    let topics = 0;
    const source = await loginConsole({
      dialect,
      exchanges: CLUSTER,
      first: (request) => {
        if (request.url?.startsWith('/topic/queryConsumerByTopic') && ++topics === 20) source.forgetSessions();
        return false;
      },
    });
    const gateway = await pushgateway();
    const { result } = await run({}, envFor(source.url, gateway.url, CREDENTIALS));
    expect(result).toMatchObject({ outcome: 'complete', backlog: 300 });
    expect(source.logins()).toBe(dialect === 'form' ? 2 : 4);
    expect(source.maxInFlight()).toBeGreaterThan(1);
    expect(source.maxInFlight()).toBeLessThanOrEqual(16);
  });

  test('refuses a wrong password once: it is said, and not tried again on the next warm ticks', async () => {
    const [source, gateway] = [await loginConsole({ dialect, exchanges: CLUSTER }), await pushgateway()];
    const warm = emptyWarmState();
    const env = envFor(source.url, gateway.url, { ...CREDENTIALS, CONSOLE_PASSWORD: 'not this one' });
    const { error } = await run({}, env, { warm });
    expect(error?.message).toBe(
      `the console at ${source.url} refused the login of CONSOLE_USERNAME ${USERNAME}: Bad username or password! (check it and CONSOLE_PASSWORD)`,
    );
    const logins = source.logins();
    expect(logins).toBe(dialect === 'form' ? 1 : 2);
    for (let tick = 0; tick < 3; tick += 1) {
      const again = await run({}, env, { warm });
      expect(again.error?.message).toMatch(/refused the login of CONSOLE_USERNAME viewer.*; not tried again yet$/);
    }
    expect(source.logins()).toBe(logins);
    // A mended password is tried at once.
    const mended = await run({}, envFor(source.url, gateway.url, CREDENTIALS), { warm });
    expect(mended.result?.outcome).toBe('complete');
  });

  test('that changed its password in mid-tick ends the tick with one refused login and no push', async () => {
    let topics = 0;
    const source = await loginConsole({
      dialect,
      exchanges: CLUSTER,
      first: (request) => {
        if (request.url?.startsWith('/topic/queryConsumerByTopic') && ++topics === 20) {
          source.forgetSessions();
          source.setPassword('changed');
        }
        return false;
      },
    });
    const gateway = await pushgateway();
    const { error } = await run({}, envFor(source.url, gateway.url, CREDENTIALS));
    expect(error?.message).toMatch(/refused the login/);
    expect(source.logins()).toBe(dialect === 'form' ? 2 : 4);
    expect((await gateway.groups()).data).toEqual([]);
    expect(await gateway.values('rocketmq_tick_success{')).toEqual([0]);
  });

  test('and for which there are no credentials gets an error that says which settings to set', async () => {
    const [source, gateway] = [await loginConsole({ dialect, exchanges: CLUSTER }), await pushgateway()];
    const { error } = await run({}, envFor(source.url, gateway.url));
    expect(error?.message).toBe(
      `the console at ${source.url} wants a login: set CONSOLE_USERNAME and CONSOLE_PASSWORD (an ordinary user is enough)`,
    );
    expect(source.requests).toEqual(['GET /topic/list.query']);
    expect(await gateway.values('rocketmq_tick_success{')).toEqual([0]);
  });
});

test.each(['2.0.0', '2.1.0', 'master'])('the session of the recorded console %s reads what was recorded with it', async (version) => {
  const exchanges = loadRecording(`${version}.login`).filter(({ note }) => note === 'with the session');
  const source = await loginConsole({ dialect: version === 'master' ? 'json' : 'form', exchanges });
  const gateway = await pushgateway();
  const { result } = await run({ topics: ['shipments'] }, envFor(source.url, gateway.url, CREDENTIALS));
  expect(result?.top.groups).toMatchObject([{ topic: 'shipments', consumerGroup: 'g_offline', backlog: 700 }]);
});

test('a login that is answered with 5xx while the session is stale is not tried for every topic', async () => {
  let broken = false;
  let topics = 0;
  const source = await loginConsole({
    dialect: 'form',
    exchanges: CLUSTER,
    first: (request, response) => {
      if (request.url?.startsWith('/topic/queryConsumerByTopic') && ++topics === 20) {
        source.forgetSessions();
        broken = true;
      }
      if (!broken || request.url !== '/login/login.do') return false;
      send(response, 503, {}, 'upstream is away');
      return true;
    },
  });
  const gateway = await pushgateway();
  const { result } = await run({}, envFor(source.url, gateway.url, CREDENTIALS));
  expect(result?.outcome).toBe('partial');
  expect(result?.failures[0]?.message).toBe(
    `the login at ${source.url} was answered with 503: what is in front of the console cannot reach it`,
  );
  // One that worked, three tries that did not.
  expect(source.logins()).toBeLessThanOrEqual(4);
});

test('a session that the console repeats is hidden, in this tick and in the next one of the warm process', async () => {
  const sessions = new Set<string>();
  const [source, gateway, warm] = [
    await loginConsole({
      dialect: 'form',
      exchanges: CLUSTER,
      first: (request, response) => {
        const session = /JSESSIONID=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
        if (session === undefined || !request.url?.startsWith('/topic/list.query')) return false;
        sessions.add(session);
        send(response, 200, {}, { status: -1, data: null, errMsg: `no rights for ${session}` });
        return true;
      },
    }),
    await pushgateway(),
    emptyWarmState(),
  ];
  for (let tick = 0; tick < 2; tick += 1) {
    const { error, log } = await run({}, envFor(source.url, gateway.url, CREDENTIALS), { warm });
    expect(error?.message).toContain('did not list its topics: no rights for [hidden]');
    for (const session of sessions) expect(log.text()).not.toContain(session);
  }
  expect(sessions.size).toBe(1);
});

test('a console that takes the login and keeps no session is said to have its cookies dropped on the way', async () => {
  const source = await loginConsole({ dialect: 'form', exchanges: CLUSTER });
  const { url } = await proxy({
    target: source.url,
    first: ({ headers }) => {
      delete headers.cookie;
      return false;
    },
  });
  const gateway = await pushgateway();
  const { error } = await run({}, envFor(url, gateway.url, CREDENTIALS));
  expect(error?.message).toBe(`the console at ${url} took the login and asks for one again: does a proxy drop its cookies?`);
  expect(source.logins()).toBe(1);
});
