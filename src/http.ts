import http from 'node:http';
import https from 'node:https';
import axios, { type AxiosRequestConfig, isAxiosError } from 'axios';
import type { Deadline } from './deadline.ts';
import { LagPusherError } from './errors.ts';

/**
 * No answer came. `connection` and `timeout` may pass when tried again; `deadline` means that the tick's own time was
 * over; `tls` and `too-large` will not change by asking again.
 */
export class NoAnswerError extends LagPusherError {
  constructor(
    readonly reason: 'connection' | 'timeout' | 'deadline' | 'tls' | 'too-large',
    message: string,
    options?: ErrorOptions,
  ) {
    super(reason, message, options);
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

export function openHttp(options: HttpOptions): HttpClient {
  const { baseUrl } = options;
  const agentOptions = { keepAlive: true, maxSockets: options.maxSockets };
  const agent = baseUrl.startsWith('https:')
    ? // Said aloud, or NODE_TLS_REJECT_UNAUTHORIZED in the environment would turn it off.
      new https.Agent({ ...agentOptions, rejectUnauthorized: true, ...(options.ca === undefined ? {} : { ca: options.ca }) })
    : new http.Agent(agentOptions);
  const client = axios.create({
    adapter: 'http',
    ...(agent instanceof https.Agent ? { httpsAgent: agent } : { httpAgent: agent }),
    // The console and the gateway are neighbours: a proxy from the environment is not between us and them.
    proxy: false,
    maxRedirects: 0,
    maxContentLength: options.maxBodyBytes,
    maxBodyLength: Infinity,
    validateStatus: () => true,
    responseType: 'text',
    // Bodies are parsed where their shape is known; axios would parse them leniently.
    transformRequest: (data) => data,
    transformResponse: (data) => data,
  } satisfies AxiosRequestConfig);
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
      const answer = await client.request<string>({
        method: request.method,
        url: baseUrl + request.path,
        signal: abort.signal,
        ...(request.headers === undefined ? {} : { headers: request.headers }),
        ...(request.body === undefined ? {} : { data: request.body }),
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
    agent.destroy();
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
  const code = isAxiosError(error) ? (error.code ?? '') : '';
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
  );
}

function adviseOnTls(code: string, { urlSetting, caSetting }: HttpOptions): string {
  if (code === 'CERT_HAS_EXPIRED') return 'its certificate has expired, and needs renewing';
  if (code === 'CERT_NOT_YET_VALID') return 'its certificate is not valid yet: is the clock right there?';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `its certificate is for another host than ${urlSetting} names`;
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) return `it does not seem to speak TLS: is ${urlSetting} right with https?`;
  return `if a private CA signed its certificate, put that CA's PEM text into ${caSetting}`;
}
