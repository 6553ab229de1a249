import type { CookieJar } from 'tough-cookie';
import type { Deadline } from '../../base/deadline.ts';
import { toFailure } from '../../base/errors.ts';
import { type AddSecret, excerpt } from '../../base/redaction.ts';
import { asksForBasic, basicAuthorization, leadsToLogin, redirectTarget, schemesAskedFor } from '../../http/answers.ts';
import type { HttpAnswer, HttpClient, HttpRequest } from '../../http/client.ts';
import { adviseOnStatus, decodeEnvelope, LoginError, RefusedError, StatusError } from './answers.ts';

export interface Credentials {
  username: string;
  password: string;
}

export interface SessionCredentials {
  /** For the console's own login. */
  login?: Credentials | undefined;
  /** For a server in front of the console: basic authentication, with every request. */
  basic?: Credentials | undefined;
}

/** What outlives a tick while the Lambda is warm. */
export interface SessionMemory {
  jar?: CookieJar;
  /** Grows with each login, so that the many requests that find one session stale cause one login, not many. */
  generation: number;
  refused?: { credentials: string; until: number; message: string };
}

/** A refused password is not tried again for so long: consoles and people both dislike being hammered. */
const REFUSED_FOR_MS = 5 * 60_000;

/** Logins that may fail for other reasons in one tick. Every topic that finds its session stale would try one otherwise. */
const MAX_FAILED_LOGINS = 3;

/** A cookie with a shorter value has no session in it: a language, for instance. */
const MIN_SESSION_LENGTH = 12;

export interface Session {
  /** The console's URL, without a trailing slash. */
  readonly baseUrl: string;
  /**
   * Sends with the session's cookies; logs in when the console asks for it, once, and then sends again. Throws a
   * `LoginError` where a server in front of the console asks for another login.
   */
  send(request: HttpRequest, deadline: Deadline): Promise<HttpAnswer>;
}

export interface SessionTools {
  readonly memory: SessionMemory;
  /** Called with every cookie that may be a session: it must not appear in a message. */
  readonly addSecret: AddSecret;
  /** Epoch ms. */
  readonly clock: () => number;
}

export function openSession(
  http: HttpClient,
  { login: credentials, basic }: SessionCredentials,
  { memory, addSecret, clock }: SessionTools,
): Session {
  const authorization = basic === undefined ? {} : { Authorization: basicAuthorization(basic.username, basic.password) };
  let login: Promise<void> | undefined;
  let failedLogins = 0;
  let lastFailure: unknown;

  async function send(request: HttpRequest, deadline: Deadline): Promise<HttpAnswer> {
    const { generation } = memory;
    const answer = await sendWithCookies(request, deadline);
    if (!wantsLogin(request, answer)) return answer;
    if (credentials === undefined) {
      throw new LoginError(
        `the console at ${http.baseUrl} wants a login: set CONSOLE_USERNAME and CONSOLE_PASSWORD (an ordinary user is enough)`,
      );
    }
    await renew(generation, credentials, deadline);
    const again = await sendWithCookies(request, deadline);
    if (wantsLogin(request, again))
      throw new LoginError(`the console at ${http.baseUrl} took the login and asks for one again: does a proxy drop its cookies?`);
    return again;
  }

  /** Everybody who saw the same stale session waits for the same login. */
  function renew(staleGeneration: number, { username, password }: Credentials, deadline: Deadline): Promise<void> {
    if (memory.generation !== staleGeneration) return Promise.resolve();
    if (failedLogins >= MAX_FAILED_LOGINS) return Promise.reject(lastFailure);
    login ??= logIn(username, password, deadline)
      .catch((error: unknown) => {
        failedLogins += 1;
        lastFailure = error;
        throw error;
      })
      .finally(() => {
        login = undefined;
      });
    return login;
  }

  async function logIn(username: string, password: string, deadline: Deadline): Promise<void> {
    const key = JSON.stringify([username, password]);
    const { refused } = memory;
    if (refused && refused.credentials === key && clock() < refused.until) throw new LoginError(`${refused.message}; not tried again yet`);
    // The jar is loaded on the first login only: most consoles have none, and a cold start pays for what it loads.
    const { CookieJar } = await import('tough-cookie');
    memory.jar = new CookieJar(undefined, { rejectPublicSuffixes: false, looseMode: true });
    const asForm = await postForm(username, password, deadline);
    const answer = asForm.status === 403 ? await postJson(username, password, deadline) : asForm;
    const where = `the login at ${http.baseUrl}`;
    if (answer.status >= 500)
      throw new StatusError(answer.status, `${where} was answered with ${answer.status}${adviseOnStatus(answer.status)}`);
    if (answer.status !== 200)
      throw new LoginError(`${where} was answered with ${answer.status}: is there something else in front of the console?`);
    try {
      decodeEnvelope(answer.body);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw new LoginError(`${where} got no answer to understand: ${toFailure(error).message}`);
      const message = `the console at ${http.baseUrl} refused the login of CONSOLE_USERNAME ${username}: ${error.words} (check it and CONSOLE_PASSWORD)`;
      memory.refused = { credentials: key, until: clock() + REFUSED_FOR_MS, message };
      throw new LoginError(message);
    }
    delete memory.refused;
    memory.generation += 1;
  }

  /** As consoles up to 2.1.0 take it. */
  function postForm(username: string, password: string, deadline: Deadline): Promise<HttpAnswer> {
    const body = new URLSearchParams({ username, password }).toString();
    return postLogin('application/x-www-form-urlencoded', body, {}, deadline);
  }

  /** As later ones want it: JSON, and a CSRF token with it. */
  async function postJson(username: string, password: string, deadline: Deadline): Promise<HttpAnswer> {
    // The refused form may have brought the token as a cookie already; where it did not, this address does.
    await sendWithCookies({ method: 'GET', path: '/rocketmq-dashboard/csrf-token' }, deadline);
    const token = csrfCookie();
    return postLogin(
      'application/json',
      JSON.stringify({ username, password }),
      token === undefined ? {} : { 'X-XSRF-TOKEN': token },
      deadline,
    );
  }

  function postLogin(type: string, body: string, headers: Record<string, string>, deadline: Deadline): Promise<HttpAnswer> {
    return sendWithCookies({ method: 'POST', path: '/login/login.do', headers: { 'Content-Type': type, ...headers }, body }, deadline);
  }

  function csrfCookie(): string | undefined {
    return memory.jar?.getCookiesSync(http.baseUrl).find(({ key }) => key === 'XSRF-TOKEN')?.value;
  }

  async function sendWithCookies(request: HttpRequest, deadline: Deadline): Promise<HttpAnswer> {
    const url = http.baseUrl + request.path;
    const cookies = memory.jar?.getCookiesSync(url) ?? [];
    for (const { value } of cookies) if (value.length >= MIN_SESSION_LENGTH) addSecret(value);
    const cookie = cookies.map((one) => one.cookieString()).join('; ');
    const headers = { ...request.headers, ...authorization, ...(cookie ? { Cookie: cookie } : {}) };
    const answer = await http.send({ ...request, headers }, deadline);
    const other = describeProxyLogin(answer, url, http.baseUrl, basic !== undefined);
    if (other !== undefined) throw new LoginError(other);
    for (const header of [answer.headers['set-cookie'] ?? []].flat()) memory.jar?.setCookieSync(header, url, { ignoreError: true });
    return answer;
  }

  function wantsLogin({ path }: HttpRequest, answer: HttpAnswer): boolean {
    return wantsConsoleLogin(answer, http.baseUrl + path);
  }

  return { baseUrl: http.baseUrl, send };
}

/**
 * Whether the console itself says that nobody is logged in. It redirects to a route of its page, `/#/login?redirect=…`;
 * the route is its own where it is at the host that was asked. A console behind a proxy may know itself by another name:
 * then both the route and the address to come back to have it. A 401 that names no scheme says the same in HTTP's words.
 */
export function wantsConsoleLogin(answer: HttpAnswer, asked: string): boolean {
  if (answer.status === 401) return schemesAskedFor(answer).length === 0;
  const target = redirectTarget(answer, asked);
  if (target === undefined || !LOGIN_ROUTE.test(target.hash)) return false;
  if (target.host === new URL(asked).host) return true;
  const back = new URLSearchParams(target.hash.split('?')[1]).get('redirect') ?? '';
  if (!URL.canParse(back)) return false;
  const { origin, pathname } = new URL(back);
  return origin === target.origin && OWN_ENDPOINT.test(pathname);
}

const LOGIN_ROUTE = /^#\/login(\?|$)/;
const OWN_ENDPOINT = /\.(query|do)$/;

/**
 * What a server in front of the console asks for in its place; undefined where none does. It must not get the console's
 * password: it is another's.
 */
export function describeProxyLogin(answer: HttpAnswer, asked: string, consoleUrl: string, isBasicGiven: boolean): string | undefined {
  const inFront = `the server in front of the console at ${consoleUrl}`;
  const schemes = schemesAskedFor(answer);
  if (asksForBasic(schemes))
    return isBasicGiven
      ? `${inFront} refused CONSOLE_BASIC_USERNAME and CONSOLE_BASIC_PASSWORD: check both`
      : `${inFront} wants basic authentication: set CONSOLE_BASIC_USERNAME and CONSOLE_BASIC_PASSWORD`;
  if (schemes.length > 0) return `${inFront} wants authentication by ${excerpt(schemes.join(', '))}, which is not supported; ${BYPASS_IT}`;
  const target = redirectTarget(answer, asked);
  if (target === undefined || wantsConsoleLogin(answer, asked) || !leadsToLogin(target, asked)) return undefined;
  return `${inFront} redirects to a login of its own at ${excerpt(target.origin)}, which is not supported; ${BYPASS_IT}`;
}

const BYPASS_IT = 'set CONSOLE_URL to an address of the console without it';
