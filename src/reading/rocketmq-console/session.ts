import type { CookieJar } from 'tough-cookie';
import type { Deadline } from '../../base/deadline.ts';
import { toFailure } from '../../base/errors.ts';
import type { AddSecret } from '../../base/redaction.ts';
import { excerpt } from '../../base/text.ts';
import { asksForBasic, basicAuthorization, leadsToLogin, redirectTarget, schemesAskedFor } from '../../http/answers.ts';
import type { HttpAnswer, HttpClient, HttpRequest } from '../../http/client.ts';
import { adviseOnStatus, decodeEnvelope, isPassingStatus, LoginError, RefusedError, retryAfterOf, StatusError } from './answers.ts';

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

/** The session with a console. It is kept between ticks while the Lambda is warm. */
export interface SessionMemory {
  jar?: CookieJar;
  /** Grows with each login, so that many requests that find the same session expired cause one login, not many. */
  generation: number;
  refused?: { credentials: string; at: number; message: string };
}

/** A refused password is not tried again for so long, because repeated logins may lock the account. */
const REFUSED_FOR_MS = 5 * 60_000;

/** So many logins may fail for other reasons in a tick. Otherwise each topic would try to log in. */
const MAX_FAILED_LOGINS = 3;

/** A cookie with a shorter value is no session: it may be a language, for instance. */
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
  /** Called with every cookie that may be a session, because it must not appear in a message. */
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
    await renewSession(generation, credentials, deadline);
    const again = await sendWithCookies(request, deadline);
    if (wantsLogin(request, again))
      throw new LoginError(`the console at ${http.baseUrl} took the login and asks for one again: does a proxy drop its cookies?`);
    return again;
  }

  /** All requests that found the same session expired wait for the same login. */
  function renewSession(expiredGeneration: number, { username, password }: Credentials, deadline: Deadline): Promise<void> {
    if (memory.generation !== expiredGeneration) return Promise.resolve();
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
    const age = clock() - (refused?.at ?? 0);
    // A refusal from the future means that the clock was set back: its age is unknown.
    if (refused?.credentials === key && age >= 0 && age < REFUSED_FOR_MS) throw new LoginError(`${refused.message}; not tried again yet`);
    // The cookie jar is loaded at the first login, because most consoles have no login, and loading slows a cold start.
    const { CookieJar } = await import('tough-cookie');
    memory.jar = new CookieJar(undefined, { rejectPublicSuffixes: false, looseMode: true });
    const asForm = await postForm(username, password, deadline);
    const answer = asForm.status === 403 ? await postJson(username, password, deadline) : asForm;
    const where = `the login at ${http.baseUrl}`;
    if (isPassingStatus(answer.status))
      throw new StatusError(
        answer.status,
        `${where} was answered with ${answer.status}${adviseOnStatus(answer.status)}`,
        retryAfterOf(answer),
      );
    if (answer.status !== 200)
      throw new LoginError(`${where} was answered with ${answer.status}: is there something else in front of the console?`);
    try {
      decodeEnvelope(answer.body);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw new LoginError(`${where} got no answer to understand: ${toFailure(error).message}`);
      const message = `the console at ${http.baseUrl} refused the login of CONSOLE_USERNAME ${username}: ${error.words} (check it and CONSOLE_PASSWORD)`;
      memory.refused = { credentials: key, at: clock(), message };
      throw new LoginError(message);
    }
    delete memory.refused;
    memory.generation += 1;
  }

  /** Logs in as consoles up to 2.1.0 want it. */
  function postForm(username: string, password: string, deadline: Deadline): Promise<HttpAnswer> {
    const body = new URLSearchParams({ username, password }).toString();
    return postLogin('application/x-www-form-urlencoded', body, {}, deadline);
  }

  /** Logs in as consoles after 2.1.0 want it: as JSON, with a CSRF token. */
  async function postJson(username: string, password: string, deadline: Deadline): Promise<HttpAnswer> {
    // The refused form may have set the token as a cookie already. This request sets it in any case.
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
    const cookie = cookies.map((found) => found.cookieString()).join('; ');
    const headers = { ...request.headers, ...authorization, ...(cookie ? { Cookie: cookie } : {}) };
    const answer = await http.send({ ...request, headers }, deadline);
    const proxyLogin = describeProxyLogin(answer, url, http.baseUrl, basic !== undefined);
    if (proxyLogin !== undefined) throw new LoginError(proxyLogin);
    for (const header of [answer.headers['set-cookie'] ?? []].flat()) memory.jar?.setCookieSync(header, url, { ignoreError: true });
    return answer;
  }

  function wantsLogin({ path }: HttpRequest, answer: HttpAnswer): boolean {
    return wantsConsoleLogin(answer, http.baseUrl + path);
  }

  return { baseUrl: http.baseUrl, send };
}

/**
 * Whether the console itself wants a login. It redirects to a route of its page, `/#/login?redirect=…`, at the host of the
 * request. A console behind a proxy may use another host name for itself: then the route and the address in `redirect` have
 * the same origin. A 401 that names no scheme means the same.
 */
export function wantsConsoleLogin(answer: HttpAnswer, requestUrl: string): boolean {
  if (answer.status === 401) return schemesAskedFor(answer).length === 0;
  const target = redirectTarget(answer, requestUrl);
  if (target === undefined || !LOGIN_ROUTE.test(target.hash)) return false;
  if (target.host === new URL(requestUrl).host) return true;
  const back = new URLSearchParams(target.hash.split('?')[1]).get('redirect') ?? '';
  if (!URL.canParse(back)) return false;
  const { origin, pathname } = new URL(back);
  return origin === target.origin && OWN_ENDPOINT.test(pathname);
}

const LOGIN_ROUTE = /^#\/login(\?|$)/;
const OWN_ENDPOINT = /\.(query|do)$/;

/**
 * A message if a server in front of the console wants a login of its own; undefined otherwise. That server must not get the
 * password of the console.
 */
export function describeProxyLogin(answer: HttpAnswer, requestUrl: string, consoleUrl: string, isBasicGiven: boolean): string | undefined {
  const inFront = `the server in front of the console at ${consoleUrl}`;
  const schemes = schemesAskedFor(answer);
  if (asksForBasic(schemes))
    return isBasicGiven
      ? `${inFront} refused CONSOLE_BASIC_USERNAME and CONSOLE_BASIC_PASSWORD: check both`
      : `${inFront} wants basic authentication: set CONSOLE_BASIC_USERNAME and CONSOLE_BASIC_PASSWORD`;
  if (schemes.length > 0) return `${inFront} wants authentication by ${excerpt(schemes.join(', '))}, which is not supported; ${BYPASS_IT}`;
  const target = redirectTarget(answer, requestUrl);
  if (target === undefined || wantsConsoleLogin(answer, requestUrl) || !leadsToLogin(target, requestUrl)) return undefined;
  return `${inFront} redirects to a login of its own at ${excerpt(target.origin)}, which is not supported; ${BYPASS_IT}`;
}

const BYPASS_IT = 'set CONSOLE_URL to an address of the console without it';
