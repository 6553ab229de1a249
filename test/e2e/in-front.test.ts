import { describe, expect, test } from 'vitest';
import { emptyWarmState } from '../../src/invocation.ts';
import { answerWith, faultOn } from '../support/faults.ts';
import { PASSWORD, USERNAME } from '../support/login-console.ts';
import { exchangesOf, isTopic, madeTopics, TOPIC_LIST } from '../support/made-cluster.ts';
import { envFor, loginConsole, proxy, pushgateway, replayConsole, run } from '../support/run.ts';

const CLUSTER = exchangesOf(madeTopics(4));
const LOGIN = { CONSOLE_USERNAME: USERNAME, CONSOLE_PASSWORD: PASSWORD };
const BASIC = { CONSOLE_BASIC_USERNAME: 'front', CONSOLE_BASIC_PASSWORD: 'd00r & "way"' };
const authorization = `Basic ${Buffer.from('front:d00r & "way"').toString('base64')}`;

/** A tick against a console that is hidden behind what answers every request so. */
async function behind(fault: ReturnType<typeof answerWith>, env: Record<string, string> = LOGIN) {
  const [source, gateway] = await Promise.all([
    replayConsole(
      CLUSTER,
      faultOn(fault, () => true),
    ),
    pushgateway(),
  ]);
  // What is tried again is tried for so long.
  const { error, log } = await run({}, envFor(source.url, gateway.url, env), { budgetMs: 3_000 });
  return { error, log, url: source.url, requests: source.requests, success: await gateway.values('rocketmq_tick_success{') };
}

describe('a server in front of the console that wants basic authentication', () => {
  test.each(['form', 'json'] as const)('gets it with every request, and the console (%s) its own login behind', async (dialect) => {
    const [source, gateway] = await Promise.all([loginConsole({ dialect, exchanges: CLUSTER }), pushgateway()]);
    const front = await proxy({ target: source.url, authorization });
    const { result } = await run({}, envFor(front.url, gateway.url, { ...LOGIN, ...BASIC }));
    expect(result).toMatchObject({ outcome: 'complete', backlog: 20 });
    // Each came through, and each needed it.
    expect(front.requests.toSorted()).toEqual(source.requests.toSorted());
  });

  test('and gets none, is named, with what to set; the password of the console is not sent to it', async () => {
    const source = await loginConsole({ dialect: 'form', exchanges: CLUSTER });
    const gateway = await pushgateway();
    const front = await proxy({ target: source.url, authorization });
    const { error } = await run({}, envFor(front.url, gateway.url, LOGIN));
    expect(error?.message).toBe(
      `the server in front of the console at ${front.url} wants basic authentication: set CONSOLE_BASIC_USERNAME and CONSOLE_BASIC_PASSWORD`,
    );
    expect(front.requests).toEqual([`GET ${TOPIC_LIST}`]);
    expect(await gateway.values('rocketmq_tick_success{')).toEqual([0]);
  });

  test('and does not take what it gets, is said to have refused it', async () => {
    const source = await loginConsole({ dialect: 'form', exchanges: CLUSTER });
    const gateway = await pushgateway();
    const front = await proxy({ target: source.url, authorization });
    const { error, log } = await run({}, envFor(front.url, gateway.url, { ...LOGIN, ...BASIC, CONSOLE_BASIC_PASSWORD: 'not th1s' }));
    expect(error?.message).toBe(
      `the server in front of the console at ${front.url} refused CONSOLE_BASIC_USERNAME and CONSOLE_BASIC_PASSWORD: check both`,
    );
    expect(front.requests).toEqual([`GET ${TOPIC_LIST}`]);
    expect(log.text()).not.toContain('not th1s');
  });

  test('from the middle of a tick on ends it', async () => {
    const [source, gateway] = await Promise.all([
      replayConsole(CLUSTER, faultOn(answerWith(401, '', { 'WWW-Authenticate': 'Basic realm="x"' }), isTopic)),
      pushgateway(),
    ]);
    const { error } = await run({}, envFor(source.url, gateway.url, LOGIN), { warm: emptyWarmState() });
    expect(error?.message).toContain('wants basic authentication: set CONSOLE_BASIC_USERNAME');
    expect(source.requests.filter((request) => request.startsWith('POST'))).toEqual([]);
  });

  test('another scheme is named, and said not to be supported', async () => {
    const { error, url, requests } = await behind(answerWith(401, '', { 'WWW-Authenticate': 'Negotiate, NTLM' }));
    expect(error?.message).toBe(
      `the server in front of the console at ${url} wants authentication by Negotiate, NTLM, which is not supported; set CONSOLE_URL to an address of the console without it`,
    );
    expect(requests).toEqual([`GET ${TOPIC_LIST}`]);
  });
});

describe('a redirect to a login that is not the console’s own is named, and gets no password', () => {
  const elsewhere = 'http%3A%2F%2Fconsole.example%2Ftopic%2Flist.query';
  test.each([
    ['https://sso.example/login?redirect_uri=x', 'https://sso.example'],
    ['https://accounts.example/oauth2/authorize?client_id=x', 'https://accounts.example'],
    ['https://auth.example/?rd=https://console/topic/list.query', 'https://auth.example'],
    [`https://portal.example/#/login?redirect=${elsewhere}`, 'https://portal.example'],
    ['https://portal.example/#/login', 'https://portal.example'],
  ])('%s', async (location, origin) => {
    for (const env of [LOGIN, {}]) {
      const { error, url, requests, success } = await behind(answerWith(302, '', { Location: location }), env);
      expect(error?.message).toBe(
        `the server in front of the console at ${url} redirects to a login of its own at ${origin}, which is not supported; set CONSOLE_URL to an address of the console without it`,
      );
      expect(requests).toEqual([`GET ${TOPIC_LIST}`]);
      expect(success).toEqual([0]);
    }
  });

  test.each(['/oauth2/sign_in?rd=%2F', '/login', '/sso/saml'])('%s at the same address', async (location) => {
    const { error, url, requests } = await behind(answerWith(302, '', { Location: location }));
    expect(error?.message).toContain(`redirects to a login of its own at ${url}`);
    expect(requests).toEqual([`GET ${TOPIC_LIST}`]);
  });

  test('a topic that is named like a login is not one, where the whole console has moved to https', async () => {
    const exchanges = exchangesOf(madeTopics(1));
    const { error, requests } = await (async () => {
      const [source, gateway] = await Promise.all([
        replayConsole(exchanges, (request, response, honest) => {
          answerWith(308, '', { Location: `https://console.example${request.url}` })(request, response, honest);
          return true;
        }),
        pushgateway(),
      ]);
      const ran = await run({ topics: ['login-events'] }, envFor(source.url, gateway.url, LOGIN));
      return { ...ran, requests: source.requests };
    })();
    expect(error?.message).toMatch(
      /answered 308, a redirect to https:\/\/console\.example\/topic\/list\.query, which is not followed; set CONSOLE_URL/,
    );
    expect(requests).toEqual([`GET ${TOPIC_LIST}`]);
  });
});

describe('the console’s own redirect to its login is answered with the login', () => {
  const asked = (origin: string) => encodeURIComponent(`${origin}/topic/list.query`);
  test.each([
    ['as an address of its own', (url: string) => `${url}/#/login?redirect=${asked(url)}`],
    ['as a path', () => '/#/login?redirect=x'],
    ['as http, where a proxy before it has the certificate', (url: string) => `${url.replace('http:', 'https:')}/#/login?redirect=x`],
    [
      'by the name that it has behind a proxy',
      () => `http://console.internal:8080/#/login?redirect=${asked('http://console.internal:8080')}`,
    ],
  ])('%s', async (_what, location) => {
    let hasAsked = false;
    const source = await loginConsole({
      dialect: 'form',
      exchanges: CLUSTER,
      first: (request, response, honest) => {
        if (hasAsked) return false;
        hasAsked = true;
        answerWith(302, '', { Location: location(`http://${request.headers.host}`) })(request, response, honest);
        return true;
      },
    });
    const gateway = await pushgateway();
    const { result } = await run({}, envFor(source.url, gateway.url, LOGIN));
    expect(result?.outcome).toBe('complete');
    expect(source.logins()).toBe(1);
  });
});

describe('a proxy that cannot reach the console, or is asked too often, is told from the console', () => {
  test.each([502, 503, 504])('%i', async (status) => {
    const page = answerWith(status, `<html><title>${status}</title></html>`, { 'Content-Type': 'text/html', Server: 'nginx' });
    const { error } = await behind(page);
    expect(error?.message).toMatch(
      new RegExp(`answered ${status} with an HTML page titled "${status}" from nginx: what is in front of the console cannot reach it$`),
    );
  });

  test('429', async () => {
    const { error } = await behind(answerWith(429, 'slow down'));
    expect(error?.message).toMatch(/answered 429 with "slow down": what is in front of the console limits .*a lower CONCURRENCY/);
  });
});
