import * as v from 'valibot';
import { LagPusherError } from '../../base/errors.ts';
import { excerpt } from '../../base/text.ts';
import { describePage, fromServer, looksLikeHtml, pageBeginning } from '../../http/answers.ts';
import { type HttpAnswer, NoAnswerError } from '../../http/client.ts';
import type { FailureClass } from '../retry.ts';

/**
 * How an answer of the console is read, which kinds of failures there are, and whether a retry helps. Only this file and the
 * `…-endpoints.ts` files know the field names of the console.
 */

/** One question: its path, and how the `data` of its answer is decoded. `Params` are sent as the query. */
export interface Endpoint<Params extends Readonly<Record<string, string>>, Answer> {
  readonly path: string;
  /** `readAt` is when the answer arrived, epoch ms. Throws a `WireError` that names the wrong field. */
  readonly decode: (data: unknown, params: Params, readAt: number) => Answer;
}

/** The server at CONSOLE_URL does not seem to be a rocketmq-console. */
export class NotAConsoleError extends LagPusherError {
  constructor(message: string) {
    super('not-a-console', message);
  }
}

/** The login is not possible, or not with these credentials. A retry does not help, so the tick ends. */
export class LoginError extends LagPusherError {
  constructor(message: string) {
    super('login', message);
  }
}

/** The console answered with an HTTP status other than 200. */
export class StatusError extends LagPusherError {
  constructor(
    readonly status: number,
    message: string,
    retryAfterMs?: number,
  ) {
    super(status >= 500 ? 'server-error' : 'status', message, { retryAfterMs });
  }
}

/** The pause after a 429 that does not say how long to wait. */
const PAUSE_MS = 500;

/** How long the server asks to wait: `Retry-After` has seconds, or a date by the clock that wrote the `Date` of the answer. */
export function retryAfterOf({ status, headers }: Pick<HttpAnswer, 'status' | 'headers'>): number | undefined {
  const text = String(headers['retry-after'] ?? '').trim();
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.parse(String(headers.date ?? ''));
  if (!Number.isNaN(ms)) return Math.max(0, ms);
  return status === 429 ? PAUSE_MS : undefined;
}

/** The console answered, but not the question: the body is not JSON, or a field is missing or wrong. */
export class WireError extends LagPusherError {
  constructor(message: string) {
    super('shape', message);
  }
}

/** The console could not reach a broker or a name server in time. */
const BEHIND_THE_CONSOLE = /Remoting(Connect|SendRequest|Timeout)Exception/;
/** All of the console's few admin clients are in use; the second text is that of 1.0.0. */
const OUT_OF_CLIENTS = /Timeout waiting for idle object|defaultMQAdminExt should be init/;

/** The brokers check permissions: 4.x by ACL 1.0, 5.x by authentication and authorization. */
const ACCESS_DENIED = /AclException|No accessKey is configured|AuthenticationException|AuthorizationException|\bNO_PERMISSION\b/;

/** The console refused: HTTP 200 with a `status` other than 0. `words` are the console's own. */
export class RefusedError extends LagPusherError {
  constructor(readonly words: string) {
    const kind = kindOfRefusal(words);
    super(kind, kind === 'access-denied' ? `${words} (${ADVICE_ON_ACCESS})` : words);
  }
}

const ADVICE_ON_ACCESS =
  'the brokers want an access key that may read: set rocketmq.config.accessKey and rocketmq.config.secretKey of the console';

function kindOfRefusal(words: string): string {
  if (OUT_OF_CLIENTS.test(words)) return 'console-busy';
  if (BEHIND_THE_CONSOLE.test(words)) return 'broker-unreachable';
  return ACCESS_DENIED.test(words) ? 'access-denied' : 'refused';
}

/** The host refuses connections or is not there: a console that restarts looks like this for some fifteen seconds. */
const UNREACHABLE = /^(ECONNREFUSED|EHOSTDOWN|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;

/** Whether a retry may help after a failure, and whether the console needs fewer requests. */
export function classifyFailure(error: unknown): FailureClass {
  if (error instanceof LoginError) return 'fatal';
  if (error instanceof NoAnswerError) return classifyNoAnswer(error);
  if (error instanceof StatusError) return classifyStatus(error.status);
  if (!(error instanceof RefusedError)) return 'final';
  if (error.kind === 'console-busy') return 'busy';
  if (error.kind === 'broker-unreachable') return error.words.includes('RemotingTimeoutException') ? 'slow' : 'passing';
  return 'final';
}

function classifyStatus(status: number): FailureClass {
  // A proxy in front of the console sends this while the console is not there.
  if (status === 502 || status === 503) return 'unavailable';
  if (BUSY_STATUSES.has(status)) return 'busy';
  return status >= 500 ? 'passing' : 'final';
}

/** Too slow, too early, too many: what is in front of the console wants fewer requests. */
const BUSY_STATUSES: ReadonlySet<number> = new Set([408, 425, 429]);

/** Whether an answer of this status says nothing about the next one. */
export function isPassingStatus(status: number): boolean {
  return classifyStatus(status) !== 'final';
}

function classifyNoAnswer({ reason, code }: NoAnswerError): FailureClass {
  if (reason === 'memory') return 'fatal';
  if (reason === 'timeout') return 'slow';
  if (reason === 'connection') return code !== undefined && UNREACHABLE.test(code) ? 'away' : 'passing';
  return 'final';
}

/** The `data` of an answer that came from `url`. Throws one of the errors above if there is none. */
export function readAnswer(answer: HttpAnswer, url: string): unknown {
  if (answer.status !== 200) throw statusError(answer, url);
  if (looksLikeHtml(answer)) throw new NotAConsoleError(`${url} answered with ${describeOtherServer(answer)}: ${EXPECTED}`);
  return decodeEnvelope(answer.body);
}

const EXPECTED = 'this does not seem to be rocketmq-console or rocketmq-dashboard; check CONSOLE_URL, its context path included';

function statusError(answer: HttpAnswer, url: string): LagPusherError {
  const { status, headers } = answer;
  if (status === 404) return new NotAConsoleError(`${url} answered 404 with ${describeOtherServer(answer)}: ${EXPECTED}`);
  if (status >= 300 && status < 400) {
    return new StatusError(
      status,
      `${url} answered ${status}, a redirect to ${excerpt(String(headers.location ?? 'nowhere'))}, which is not followed; set CONSOLE_URL to where the console itself is`,
    );
  }
  return new StatusError(
    status,
    `${url} answered ${status} with ${describeOtherServer(answer)}${adviseOnStatus(status)}`,
    retryAfterOf(answer),
  );
}

/** RocketMQ Studio is another kind of console, and may run at the address that somebody configures. */
function describeOtherServer(answer: HttpAnswer): string {
  return /rocketmq[ -]studio/i.test(pageBeginning(answer))
    ? `a page of RocketMQ Studio${fromServer(answer)}, which is another kind of server`
    : describePage(answer);
}

/** The advice for a status that a server in front of the console sends, beginning with `: `; empty where there is none. */
export function adviseOnStatus(status: number): string {
  if (status === 502 || status === 503 || status === 504) return ': what is in front of the console cannot reach it';
  if (status === 429) return ': what is in front of the console limits how often it may be asked; a lower CONCURRENCY asks less at a time';
  return '';
}

/** Only an escape can bring half a surrogate pair: it has no UTF-8 form of its own. */
const ESCAPED_SURROGATE = /\\u[dD][89a-fA-F]/;

/**
 * Makes every text inside a value well-formed, so that two names cannot become one only when they are sent. A key that
 * becomes equal to another one stays as it is, because its entry must not be lost.
 */
function toWellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(toWellFormed);
  if (typeof value !== 'object' || value === null) return value;
  const keys = new Set(Object.keys(value));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const wellFormed = key.toWellFormed();
      const isFree = wellFormed !== key && !keys.has(wellFormed);
      if (isFree) keys.add(wellFormed);
      return [isFree ? wellFormed : key, toWellFormed(item)];
    }),
  );
}

const Envelope = v.object({ status: v.number(), data: v.optional(v.unknown()), errMsg: v.nullish(v.string()) });

/** The `data` of a body. Only `status` 0 is an answer. */
export function decodeEnvelope(body: string): unknown {
  let json: unknown;
  try {
    const parsed: unknown = JSON.parse(body);
    json = ESCAPED_SURROGATE.test(body) ? toWellFormed(parsed) : parsed;
  } catch {
    throw new WireError(body.trim() === '' ? 'the answer is empty' : `the answer is not JSON: ${excerpt(body)}`);
  }
  const envelope = check(Envelope, json, 'the answer');
  if (envelope.status !== 0) throw new RefusedError(excerpt(envelope.errMsg ?? `status ${envelope.status}`));
  return envelope.data;
}

// A lone surrogate has no UTF-8 form. Names are made well-formed here, so that two names cannot become one when they are sent.
export const name = v.pipe(
  v.string('expected a string'),
  v.transform((value) => value.toWellFormed()),
);
export const count = v.pipe(v.number('expected a number'), v.safeInteger('expected an integer'));
/** A count that cannot be negative. */
export const atLeast0 = v.pipe(count, v.minValue(0, 'expected an integer, not below 0'));
export const list = <T extends v.GenericSchema>(item: T) => v.array(item, 'expected a list');

/** The entries of a JSON object. A record schema would drop names like `constructor`, which are ordinary names here. */
export function entries(value: unknown, where: string): [string, unknown][] {
  if (value === undefined) throw new WireError(`${where} is missing`);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new WireError(`${where}: expected an object, got ${Array.isArray(value) ? 'a list' : excerpt(JSON.stringify(value))}`);
  return Object.entries(value);
}

/** Checks a value against a schema and returns it. `where` is its place in the answer. */
export function check<T extends v.GenericSchema>(schema: T, value: unknown, where: string): v.InferOutput<T> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  // JSON has no undefined, so the value is missing.
  if (issue.received === 'undefined') throw new WireError(`${where}${path} is missing`);
  const expected = issue.message.startsWith('expected') ? issue.message : `expected ${issue.expected ?? 'something else'}`;
  throw new WireError(`${where}${path}: ${expected}, got ${excerpt(issue.received)}`);
}

/** The address that answers for a broker: its master's, id 0, and without one that of the lowest id, a slave that acts for it. */
export function answeringAddress(brokerAddrs: unknown, where: string): { id: string; address: string } | undefined {
  const [first] = entries(brokerAddrs, where).sort(([a], [b]) => Number(a) - Number(b));
  if (first === undefined) return undefined;
  const [id, address] = first;
  return { id, address: check(v.string('expected a string'), address, where) };
}

const BROKER = ', brokerName=';

/**
 * A queue as Java prints it, `MessageQueue [topic=T, brokerName=B, queueId=7]`, which is how it comes as the key of a JSON
 * object; undefined for any other text. Java escapes nothing. Give the topic if it is known: then names with commas or
 * brackets are read correctly as well.
 */
export function parseQueueName(text: string, topic?: string): { topic: string; broker: string; queueId: number } | undefined {
  const [, names, queueId] = /^MessageQueue \[topic=(.*), queueId=(0|[1-9]\d{0,8})\]$/s.exec(text) ?? [];
  if (names === undefined) return undefined;
  const end = topic === undefined ? names.lastIndexOf(BROKER) : names.startsWith(topic + BROKER) ? topic.length : -1;
  if (end === -1) return undefined;
  return {
    topic: names.slice(0, end).toWellFormed(),
    broker: names.slice(end + BROKER.length).toWellFormed(),
    queueId: Number(queueId),
  };
}
