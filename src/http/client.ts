import http from 'node:http';
import https from 'node:https';
import type { AxiosError, AxiosRequestConfig, AxiosResponse } from 'axios';
import httpAdapter from 'axios/lib/adapters/http.js';
import type { Deadline } from '../base/deadline.ts';
import { LagPusherError } from '../base/errors.ts';

/**
 * No answer came. `connection` and `timeout` may pass when tried again; `deadline` means that the tick's own time was
 * over; `tls` and `too-large` will not change by asking again.
 */
export class NoAnswerError extends LagPusherError {
  constructor(
    readonly reason: 'connection' | 'timeout' | 'deadline' | 'tls' | 'too-large',
    message: string,
    /** What the system called it, where it did: `ECONNREFUSED`. */
    readonly code?: string,
    /** The request went out on a connection that was kept from an earlier one, and the peer had closed it by then. */
    readonly onStaleConnection = false,
  ) {
    super(reason, message);
  }
}

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path and query below the base URL, already encoded. */
  path: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** Any answer at all, whatever its status; the body is text. Redirects are answers: they are never followed. */
export interface HttpAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

export interface HttpOptions {
  /** Without a trailing slash. */
  baseUrl: string;
  /** Whom we talk to, for messages: "the console". */
  peer: string;
  /** The variables that a TLS failure and a refused connection point at. */
  urlSetting: string;
  caSetting: string;
  ca?: string | undefined;
  requestTimeoutMs: number;
  maxSockets: number;
  maxBodyBytes: number;
}

export interface HttpClient {
  readonly baseUrl: string;
  send(request: HttpRequest, deadline: Deadline): Promise<HttpAnswer>;
  /** Requests sent so far. */
  count(): number;
  /** Ends every request in flight and every socket. Lambda freezes between ticks: what is kept alive comes back dead. */
  close(): void;
}

/**
 * axios' adapter for Node itself, which axios exports by this path. Around it axios merges configurations, looks for
 * interceptors and transforms bodies, anew for each request: over a third of the time spent in it, for what is the same in
 * all of ours. And it brings the adapters for browsers, of which one makes Node load its whole `fetch`.
 */
const exchange = httpAdapter as unknown as (config: AxiosRequestConfig) => Promise<AxiosResponse<string>>;

/** What axios sets on each request's socket. The agent sets its own between requests: the same, so that neither needs a system call. */
const TCP_KEEP_ALIVE_MS = 60_000;

export function openHttp(options: HttpOptions): HttpClient {
  const { baseUrl } = options;
  const agentOptions = { keepAlive: true, keepAliveMsecs: TCP_KEEP_ALIVE_MS, maxSockets: options.maxSockets };
  const agent: { httpsAgent: https.Agent } | { httpAgent: http.Agent } = baseUrl.startsWith('https:')
    ? // Said aloud, or NODE_TLS_REJECT_UNAUTHORIZED in the environment would turn it off.
      {
        httpsAgent: new https.Agent({ ...agentOptions, rejectUnauthorized: true, ...(options.ca === undefined ? {} : { ca: options.ca }) }),
      }
    : { httpAgent: new http.Agent(agentOptions) };
  const settings = {
    ...agent,
    // The console and the gateway are neighbours: a proxy from the environment is not between us and them.
    proxy: false,
    maxRedirects: 0,
    maxContentLength: options.maxBodyBytes,
    maxBodyLength: Infinity,
    responseType: 'text',
  } satisfies AxiosRequestConfig;
  const inFlight = new Set<AbortController>();
  let sent = 0;
  let closed = false;

  async function send(request: HttpRequest, deadline: Deadline): Promise<HttpAnswer> {
    const left = deadline.remainingMs();
    if (left <= 0 || closed) throw new NoAnswerError('deadline', 'not asked: the time of the tick was over');
    const timeoutMs = Math.min(options.requestTimeoutMs, left);
    // axios' own timeout counts idle time only; a body that drips gets past it, but not past a signal.
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), timeoutMs);
    inFlight.add(abort);
    sent += 1;
    try {
      const answer = await exchange({
        ...settings,
        method: request.method,
        url: baseUrl + request.path,
        signal: abort.signal,
        headers: { Accept: 'application/json, text/plain, */*', ...request.headers },
        data: request.body,
      });
      return { status: answer.status, headers: answer.headers as HttpAnswer['headers'], body: answer.data };
    } catch (error) {
      throw explain(error, options, abort.signal.aborted ? { timeoutMs, byDeadline: left < options.requestTimeoutMs } : undefined);
    } finally {
      clearTimeout(timer);
      inFlight.delete(abort);
    }
  }

  function close(): void {
    closed = true;
    for (const abort of inFlight) abort.abort();
    ('httpsAgent' in agent ? agent.httpsAgent : agent.httpAgent).destroy();
  }

  return { baseUrl, send, count: () => sent, close };
}

const TLS_CODES = /^(ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|EPROTO)/;
/** The peer began to answer, and then it broke off, was no HTTP, or was not compressed as it said. */
const BROKEN_ANSWER_CODES = /^(ERR_BAD_RESPONSE|HPE_|Z_)/;

function explain(error: unknown, options: HttpOptions, aborted: { timeoutMs: number; byDeadline: boolean } | undefined): NoAnswerError {
  const { baseUrl, peer, urlSetting, maxBodyBytes } = options;
  if (aborted?.byDeadline) return new NoAnswerError('deadline', `${peer} had not answered when the time of the tick was over`);
  if (aborted) return new NoAnswerError('timeout', `${peer} at ${baseUrl} did not answer within ${aborted.timeoutMs} ms`);
  // The axios error holds the whole request, credentials included: it is not passed on as a cause.
  const code = (error as Partial<AxiosError> | undefined)?.code ?? '';
  const detail = error instanceof Error ? error.message : String(error);
  if (detail.startsWith('maxContentLength')) {
    return new NoAnswerError('too-large', `${peer} at ${baseUrl} sent more than ${maxBodyBytes} bytes; the answer was refused`);
  }
  if (TLS_CODES.test(code))
    return new NoAnswerError('tls', `${peer} at ${baseUrl} cannot be trusted (${code}): ${adviseOnTls(code, options)}`);
  if (BROKEN_ANSWER_CODES.test(code))
    return new NoAnswerError('connection', `the answer of ${peer} at ${baseUrl} broke off (${code}: ${detail})`);
  return new NoAnswerError(
    'connection',
    `cannot reach ${peer} at ${baseUrl} (${code || detail}): is ${urlSetting} right, and does ${peer} run there?`,
    code,
    isOnKeptSocket(error),
  );
}

/** axios hands over Node's own request with its errors. */
function isOnKeptSocket(error: unknown): boolean {
  const request: unknown = (error as Partial<AxiosError> | undefined)?.request;
  return request instanceof http.ClientRequest && request.reusedSocket;
}

function adviseOnTls(code: string, { urlSetting, caSetting }: HttpOptions): string {
  if (code === 'CERT_HAS_EXPIRED') return 'its certificate has expired, and needs renewing';
  if (code === 'CERT_NOT_YET_VALID') return 'its certificate is not valid yet: is the clock right there?';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `its certificate is for another host than ${urlSetting} names`;
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) return `it does not seem to speak TLS: is ${urlSetting} right with https?`;
  return `if a private CA signed its certificate, put that CA's PEM text into ${caSetting}`;
}
