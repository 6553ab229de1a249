import { describe, expect, test } from 'vitest';
import { deadlineIn } from '../../../src/base/deadline.ts';
import { type HttpAnswer, type HttpClient, type HttpRequest, UNUSED } from '../../../src/http/client.ts';
import { openSession, type SessionMemory } from '../../../src/reading/rocketmq-console/session.ts';

const LOGIN = { username: 'viewer', password: 'pw' };
const NOBODY: HttpAnswer = { status: 302, headers: { location: '/#/login?redirect=x' }, body: '' };
const LIST = { method: 'GET', path: '/topic/list.query' } as const;

/** A console that answers a login like this, and asks for one as long as no cookie comes. */
function consoleThat(answerLogin: () => HttpAnswer) {
  const requests: HttpRequest[] = [];
  let answers = 0;
  const http: HttpClient = {
    baseUrl: 'http://console.example',
    usage: () => UNUSED,
    close: () => undefined,
    async send(request) {
      requests.push(request);
      if (request.path === '/login/login.do') return answerLogin();
      if (request.headers?.Cookie === undefined) return NOBODY;
      answers += 1;
      return { status: 200, headers: { 'set-cookie': [`AWSALB=balanced-${answers}-0123456789; Path=/`] }, body: '{"status":0,"data":{}}' };
    },
  };
  return { http, logins: () => requests.filter(({ path }) => path === '/login/login.do').length };
}

const REFUSED: HttpAnswer = { status: 200, headers: {}, body: '{"status":-1,"errMsg":"Bad username or password!"}' };

describe('a refused login', () => {
  test('is not tried again for five minutes; where the clock was set back, it is', async () => {
    const memory: SessionMemory = { generation: 0 };
    const { http, logins } = consoleThat(() => REFUSED);
    const hour = 3_600_000;
    const attempt = async (now: number) => {
      const session = openSession(http, { login: LOGIN }, { memory, addSecret: () => undefined, clock: () => now });
      await expect(session.send(LIST, deadlineIn(1_000))).rejects.toThrow('refused the login');
      return logins();
    };
    expect(await attempt(24 * hour)).toBe(1);
    expect(await attempt(24 * hour + 299_999)).toBe(1);
    expect(await attempt(24 * hour + 300_000)).toBe(2);
    expect(await attempt(hour)).toBe(3);
  });
});

describe('a login that something in front of the console puts off', () => {
  test.each([408, 425, 429, 503])('with %i is not refused: it may be tried again', async (status) => {
    const { http } = consoleThat(() => ({ status, headers: { 'retry-after': '2' }, body: '' }));
    const session = openSession(http, { login: LOGIN }, { memory: { generation: 0 }, addSecret: () => undefined, clock: () => 0 });
    await expect(session.send(LIST, deadlineIn(1_000))).rejects.toMatchObject({ status, retryAfterMs: 2_000 });
  });
});

test('a cookie that a load balancer sets anew with each answer is a secret while it is sent, the session with it', async () => {
  const { http } = consoleThat(() => ({
    status: 200,
    headers: { 'set-cookie': ['JSESSIONID=the-session-0123456789; Path=/'] },
    body: '{"status":0,"data":{}}',
  }));
  const secrets: string[] = [];
  const session = openSession(
    http,
    { login: LOGIN },
    { memory: { generation: 0 }, addSecret: (secret) => secrets.push(secret), clock: () => 0 },
  );
  for (let request = 0; request < 3; request += 1) await session.send(LIST, deadlineIn(1_000));
  expect(secrets.slice(-2).sort()).toEqual(['balanced-2-0123456789', 'the-session-0123456789']);
});
