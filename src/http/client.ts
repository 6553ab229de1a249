import http from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import axios, { type AxiosError, AxiosHeaders, type AxiosRequestConfig } from 'axios';
import type { Deadline } from '../base/deadline.ts';
import { LagPusherError } from '../base/errors.ts';
import { excerpt, span } from '../base/text.ts';

/**
 * No answer was received. A retry may help for `connection` and `timeout`, but not for `tls` and `too-large`. `deadline`
 * means that the tick's own deadline has passed, and `memory` that the answers of the tick need more memory than it has.
 */
export class NoAnswerError extends LagPusherError {
  constructor(
    readonly reason: 'connection' | 'timeout' | 'deadline' | 'tls' | 'too-large' | 'memory',
    message: string,
    /** The system's error code where there is one, such as `ECONNREFUSED`. */
    readonly code?: string,
    /** True if the request was sent on a kept-alive connection that the peer had already closed. */
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
  /** The answer is read up to so many bytes, and cut there. */
  readUpToBytes?: number;
}

/** Any answer, whatever its status. The body is text. Redirects are not followed, so a redirect is an answer as well. */
export interface HttpAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

export interface HttpOptions {
  /** Without a trailing slash. */
  baseUrl: string;
  /** The name of the peer in messages: "the console". */
  peer: string;
  /** The variables that messages about TLS failures and refused connections name. */
  urlSetting: string;
  caSetting: string;
  ca?: string | undefined;
  requestTimeoutMs: number;
  maxSockets: number;
  /** An answer that is longer is refused. */
  maxBodyBytes: number;
  /** Shared by all clients of a tick; by default this client has a budget of its own. */
  bodyBudget?: BodyBudget | undefined;
}

/** Counts the bytes of answers in a tick, and throws a `NoAnswerError` where they need more memory than there is. */
export interface BodyBudget {
  /** Adds bytes of an answer that is being read. */
  receive(bytes: number): void;
  /** An answer of so many received bytes is complete: it is handed on, and what is made of it may be kept until the tick ends. */
  keep(bytes: number): void;
  /** An answer of so many received bytes was given up. */
  drop(bytes: number): void;
}

/** Shares of the memory. Text that is read takes several times its bytes until it is parsed; what is kept takes about twice. */
const RECEIVING_SHARE = 1 / 8;
const KEPT_SHARE = 1 / 4;
const DEFAULT_MEMORY_MB = 1024;
const BYTES_PER_MB = 1024 * 1024;

export function startBodyBudget(memoryMb = DEFAULT_MEMORY_MB): BodyBudget {
  const mostReceiving = memoryMb * BYTES_PER_MB * RECEIVING_SHARE;
  const mostKept = memoryMb * BYTES_PER_MB * KEPT_SHARE;
  let receiving = 0;
  let kept = 0;
  const refuse = (what: string, cure: string) => {
    throw new NoAnswerError('memory', `the answers need more memory than the ${memoryMb} MB that there are: ${what}; ${cure}`);
  };
  return {
    receive(bytes) {
      receiving += bytes;
      if (receiving > mostReceiving)
        refuse(
          `more than ${mostReceiving / BYTES_PER_MB} MB were being read at once`,
          'give the function more memory, or set a lower CONCURRENCY',
        );
    },
    keep(bytes) {
      receiving -= bytes;
      kept += bytes;
      if (kept > mostKept)
        refuse(
          `more than ${mostKept / BYTES_PER_MB} MB came in this tick`,
          'give the function more memory, or divide the topics into shards',
        );
    },
    drop(bytes) {
      receiving -= bytes;
    },
  };
}

/** What was sent so far, and how the peer answered. */
export interface HttpUsage {
  readonly requests: number;
  /** How long answers took to arrive, whatever their status; undefined if no answer arrived. */
  readonly answerSeconds: { readonly median: number; readonly slowest: number } | undefined;
}

export const UNUSED: HttpUsage = { requests: 0, answerSeconds: undefined };

export interface HttpClient {
  readonly baseUrl: string;
  send(request: HttpRequest, deadline: Deadline): Promise<HttpAnswer>;
  usage(): HttpUsage;
  /** Aborts every request in flight and closes every socket: a kept-alive socket does not survive Lambda's freeze between ticks. */
  close(): void;
}

/**
 * axios' HTTP adapter without `axios.request`, which merges configurations, looks for interceptors and transforms bodies.
 * That takes more than a tenth of a tick's CPU, and our requests need none of it.
 */
const exchange = axios.getAdapter('http');

/** The value that axios sets on each request's socket. The agent sets its own between requests: the same value saves both system calls. */
const TCP_KEEP_ALIVE_MS = 60_000;

export function openHttp(options: HttpOptions): HttpClient {
  const { baseUrl, maxBodyBytes, bodyBudget = startBodyBudget() } = options;
  const agentOptions = { keepAlive: true, keepAliveMsecs: TCP_KEEP_ALIVE_MS, maxSockets: options.maxSockets };
  const agent: { httpsAgent: https.Agent } | { httpAgent: http.Agent } = baseUrl.startsWith('https:')
    ? // Explicitly true, or NODE_TLS_REJECT_UNAUTHORIZED in the environment could turn verification off.
      {
        httpsAgent: new https.Agent({ ...agentOptions, rejectUnauthorized: true, ...(options.ca === undefined ? {} : { ca: options.ca }) }),
      }
    : { httpAgent: new http.Agent(agentOptions) };
  const settings = {
    ...agent,
    // The console and the gateway are reached directly: a proxy that is set in the environment is not for them.
    proxy: false,
    maxRedirects: 0,
    maxBodyLength: Infinity,
    responseType: 'stream',
  } satisfies AxiosRequestConfig;
  const inFlight = new Set<AbortController>();
  let sent = 0;
  const answersMs: number[] = [];
  let closed = false;

  async function send(request: HttpRequest, deadline: Deadline): Promise<HttpAnswer> {
    const left = deadline.remainingMs();
    if (left <= 0 || closed) throw new NoAnswerError('deadline', 'not sent: the deadline of the tick had passed');
    const timeoutMs = Math.min(options.requestTimeoutMs, left);
    // axios' own timeout counts idle time only, so a body that arrives byte by byte never exceeds it. A signal ends that as well.
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), timeoutMs);
    inFlight.add(abort);
    sent += 1;
    try {
      const startedAt = performance.now();
      const answer = await exchange({
        ...settings,
        method: request.method,
        url: baseUrl + request.path,
        signal: abort.signal,
        headers: AxiosHeaders.from({ Accept: 'application/json, text/plain, */*', ...request.headers }),
        data: request.body,
      });
      const body = await readBody(answer.data as Readable, abort.signal, {
        maxBodyBytes,
        bodyBudget,
        readUpToBytes: request.readUpToBytes,
      });
      answersMs.push(performance.now() - startedAt);
      return { status: answer.status, headers: answer.headers as HttpAnswer['headers'], body };
    } catch (error) {
      throw explain(error, request, options, abort.signal.aborted ? { timeoutMs, byDeadline: left < options.requestTimeoutMs } : undefined);
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

  return { baseUrl, send, usage: () => ({ requests: sent, answerSeconds: answerSeconds(answersMs) }), close };
}

class TooLargeError extends Error {}

/** The answer began, and could not be read to its end, or not be decompressed. */
class BrokenBodyError extends Error {
  constructor(
    readonly code: string | undefined,
    message: string,
  ) {
    super(message);
  }
}

/** The text of an answer. It is read up to `readUpToBytes`; without that, one longer than `maxBodyBytes` is an error. */
function readBody(
  stream: Readable,
  signal: AbortSignal,
  {
    maxBodyBytes,
    bodyBudget,
    readUpToBytes = Infinity,
  }: { maxBodyBytes: number; bodyBudget: BodyBudget; readUpToBytes: number | undefined },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let isDone = false;
    function fail(error: unknown): void {
      if (isDone) return;
      isDone = true;
      bodyBudget.drop(bytes);
      reject(error);
      // The connection has an unread rest, and cannot be used again.
      stream.destroy();
    }
    function succeed(): void {
      if (isDone) return;
      isDone = true;
      try {
        bodyBudget.keep(bytes);
        resolve(toText(chunks));
      } catch (error) {
        reject(error);
      }
    }
    stream.on('data', (chunk: Buffer) => {
      if (isDone) return;
      const room = readUpToBytes - bytes;
      const part = chunk.length > room ? chunk.subarray(0, room) : chunk;
      bytes += part.length;
      chunks.push(part);
      try {
        bodyBudget.receive(part.length);
      } catch (error) {
        return fail(error);
      }
      if (chunk.length > room) {
        succeed();
        stream.destroy();
      } else if (bytes > maxBodyBytes) fail(new TooLargeError());
    });
    stream.on('end', succeed);
    stream.on('error', (error: NodeJS.ErrnoException) => fail(new BrokenBodyError(error.code, error.message)));
    stream.on('close', () => fail(new BrokenBodyError(undefined, 'the connection was closed')));
    signal.addEventListener('abort', () => fail(signal.reason));
  });
}

function toText(chunks: readonly Buffer[]): string {
  const text = (chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString();
  // A byte order mark is no part of the text, and JSON must not begin with it.
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

function answerSeconds(answersMs: readonly number[]): HttpUsage['answerSeconds'] {
  if (answersMs.length === 0) return undefined;
  const sorted = Float64Array.from(answersMs).sort();
  const at = (index: number) => Math.round((sorted[index] ?? Number.NaN) * 10) / 10_000;
  return { median: at(sorted.length >> 1), slowest: at(sorted.length - 1) };
}

const TLS_CODES = /^(ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|EPROTO)/;
/** The peer began to answer with something that is not HTTP. */
const NOT_HTTP_CODES = /^(ERR_BAD_RESPONSE|HPE_)/;

function explain(
  error: unknown,
  request: HttpRequest,
  options: HttpOptions,
  aborted: { timeoutMs: number; byDeadline: boolean } | undefined,
): NoAnswerError {
  const { baseUrl, peer, urlSetting, maxBodyBytes } = options;
  if (error instanceof NoAnswerError) return error;
  if (aborted?.byDeadline) return new NoAnswerError('deadline', `${peer} had not answered by the deadline of the tick`);
  if (aborted) return new NoAnswerError('timeout', `${peer} at ${baseUrl} did not answer within ${span(aborted.timeoutMs / 1000)}`);
  // The axios error holds the whole request with its credentials, so it is not passed on as a cause.
  const code = (error as Partial<AxiosError> | undefined)?.code ?? '';
  const detail = error instanceof Error ? error.message : String(error);
  if (error instanceof TooLargeError) {
    const question = excerpt(decodeURIComponent(request.path), 300);
    return new NoAnswerError(
      'too-large',
      `${peer} at ${baseUrl} sent more than ${maxBodyBytes} bytes in answer to ${question}; the answer was refused`,
    );
  }
  if (TLS_CODES.test(code))
    return new NoAnswerError('tls', `${peer} at ${baseUrl} cannot be trusted (${code}): ${adviseOnTls(code, detail, options)}`);
  if (error instanceof BrokenBodyError || NOT_HTTP_CODES.test(code))
    return new NoAnswerError('connection', `the answer of ${peer} at ${baseUrl} broke off (${code ? `${code}: ` : ''}${detail})`);
  return new NoAnswerError(
    'connection',
    `cannot reach ${peer} at ${baseUrl} (${code || detail}): is ${urlSetting} right, and does ${peer} run there?`,
    code,
    isOnKeptSocket(error),
  );
}

/** axios attaches Node's own request to its errors. */
function isOnKeptSocket(error: unknown): boolean {
  const request: unknown = (error as Partial<AxiosError> | undefined)?.request;
  return request instanceof http.ClientRequest && request.reusedSocket;
}

const NO_CLIENT_CERTIFICATES = 'which is not supported';

function adviseOnTls(code: string, detail: string, { urlSetting, caSetting }: HttpOptions): string {
  const words = `${code} ${detail}`;
  if (code === 'CERT_HAS_EXPIRED') return 'its certificate has expired, and needs renewing';
  if (code === 'CERT_NOT_YET_VALID') return 'its certificate is not valid yet: is the clock of that host right?';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `its certificate is for another host than ${urlSetting} names`;
  // With EPROTO, the alert that the server sent is in the message only.
  if (/alert.(certificate.required|bad.certificate)/i.test(words)) return `it wants a client certificate, ${NO_CLIENT_CERTIFICATES}`;
  if (/alert.protocol.version|unsupported.protocol/i.test(words)) return 'it speaks old versions of TLS only, and needs TLS 1.2 or newer';
  if (/alert.handshake.failure/i.test(words))
    return `it refused to talk: it may want a client certificate, ${NO_CLIENT_CERTIFICATES}, or offer old versions or ciphers of TLS only`;
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) return `it does not seem to speak TLS: is ${urlSetting} right with https?`;
  return `if a private CA signed its certificate, put that CA's PEM text into ${caSetting}`;
}
