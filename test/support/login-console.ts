import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { loadRecording } from '../../scripts/servers/recordings.ts';
import { closeServer, listen, type RecordedExchange, type Responder, send } from '../../src/reading/rocketmq-console/replay.ts';

export const USERNAME = 'viewer';
export const PASSWORD = 'l00k & "see"';

/** Long enough for concurrent requests to overlap. */
const ANSWER_MS = 3;

export interface LoginConsoleOptions {
  /** `form` is the login of consoles up to 2.1.0, `json` that of master, with a CSRF token that is sent twice. */
  dialect: 'form' | 'json';
  /** The answers to requests with a session. */
  exchanges: readonly RecordedExchange[];
  /** The console's context path, such as `/console`. */
  context?: string;
  /** Sees every request before the console; returns true where it has answered. */
  first?: Responder;
}

export interface LoginConsole {
  url: string;
  /** Requests such as `GET /topic/list.query`, in order of arrival. */
  requests: string[];
  /** Number of login attempts, refused ones included. */
  logins(): number;
  /** Invalidates every session. */
  forgetSessions(): void;
  setPassword(password: string): void;
  /** Answers from these exchanges from now on. */
  replay(exchanges: readonly RecordedExchange[]): void;
  maxInFlight(): number;
  close(): Promise<void>;
}

/** A console on real sockets that requires a session. Its refusals are recorded ones. */
export async function startLoginConsole({ dialect, exchanges, context = '', first }: LoginConsoleOptions): Promise<LoginConsole> {
  const recording = loadRecording(dialect === 'form' ? '2.1.0.login' : 'master.login');
  let answers = new Map(exchanges.map((exchange) => [exchange.request.path, exchange]));
  const sessions = new Set<string>();
  const tokens = new Set<string>();
  const requests: string[] = [];
  let password = PASSWORD;
  let inFlight = 0;
  let most = 0;

  const server = createServer((request, response) => {
    const path = (request.url ?? '').slice(context.length);
    requests.push(`${request.method} ${path}`);
    most = Math.max(most, ++inFlight);
    response.on('close', () => --inFlight);
    const honest = () => void setTimeout(() => serve(path, request, response), ANSWER_MS);
    if (!first?.(request, response, honest)) honest();
  });

  function serve(path: string, request: IncomingMessage, response: ServerResponse): void {
    if (path === '/login/login.do') void logIn(request, response);
    else if (path === '/rocketmq-dashboard/csrf-token' && dialect === 'json') giveToken(response, 200);
    else if (!sessions.has(cookies(request).get('JSESSIONID') ?? '')) sayAs('no session', response);
    else answer(path, response);
  }

  async function logIn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    if (request.method !== 'POST') return sayAs('no session', response);
    if (dialect === 'json' && !hasToken(request)) return giveToken(response, 403);
    const given = readCredentials(body, request.headers['content-type'] ?? '');
    if (given?.username !== USERNAME || given.password !== password) return sayAs('wrong password', response);
    const id = randomUUID();
    sessions.add(id);
    sayAs('right password, an ordinary user', response, `JSESSIONID=${id}; Path=${context || '/'}; HttpOnly`);
  }

  /** Double submit: cookie and header must contain the same token, and this console must have issued it. */
  function hasToken(request: IncomingMessage): boolean {
    const token = cookies(request).get('XSRF-TOKEN');
    return token !== undefined && tokens.has(token) && request.headers['x-xsrf-token'] === token;
  }

  function giveToken(response: ServerResponse, status: 200 | 403): void {
    const token = randomUUID();
    tokens.add(token);
    const note = status === 200 ? 'where the CSRF token comes from' : 'form without the CSRF token';
    sayAs(note, response, `XSRF-TOKEN=${token}; Path=${context || '/'}`);
  }

  function readCredentials(body: string, type: string): Record<string, unknown> | undefined {
    const isForm = type.startsWith('application/x-www-form-urlencoded');
    if (dialect === 'form') return isForm ? Object.fromEntries(new URLSearchParams(body)) : undefined;
    return isForm ? undefined : (JSON.parse(body) as Record<string, unknown>);
  }

  /** The recorded answer, with its cookie replaced by one of ours. */
  function sayAs(note: string, response: ServerResponse, cookie?: string): void {
    const recorded = recording.find((exchange) => exchange.note === note);
    if (recorded === undefined) throw new Error(`no recorded exchange is noted "${note}"`);
    const { 'Set-Cookie': _recordedCookie, ...headers } = recorded.headers;
    send(response, recorded.status, { ...headers, ...(cookie === undefined ? {} : { 'Set-Cookie': cookie }) }, recorded.body);
  }

  function answer(path: string, response: ServerResponse): void {
    const recorded = answers.get(path);
    if (recorded) send(response, recorded.status, recorded.headers, recorded.body);
    else send(response, 200, {}, { status: -1, data: null, errMsg: 'not recorded' });
  }

  const url = (await listen(server)) + context;
  return {
    url,
    requests,
    logins: () => requests.filter((request) => request === 'POST /login/login.do').length,
    forgetSessions: () => sessions.clear(),
    setPassword: (next) => {
      password = next;
    },
    replay: (next) => {
      answers = new Map(next.map((exchange) => [exchange.request.path, exchange]));
    },
    maxInFlight: () => most,
    close: () => closeServer(server),
  };
}

function cookies(request: IncomingMessage): Map<string, string> {
  const pairs = (request.headers.cookie ?? '').split('; ').map((pair): [string, string] => {
    const [name = '', ...value] = pair.split('=');
    return [name, value.join('=')];
  });
  return new Map(pairs);
}
