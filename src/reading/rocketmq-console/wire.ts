import * as v from 'valibot';
import { LagPusherError } from '../../base/errors.ts';
import { excerpt } from '../../http/excerpts.ts';
import type { GroupAnswer, Presence } from '../../lag/readings.ts';

/**
 * rocketmq-console's answers, checked at the door. Its field names live here and in the `wire-….ts` beside this file, and
 * nowhere else; inside, the terms are RocketMQ's. Every decoder takes the `data` of an answer and says in its error which
 * field is wrong.
 */

/** The console answered, and what it said is not an answer to the question. */
export class WireError extends LagPusherError {
  constructor(message: string) {
    super('shape', message);
  }
}

/** A broker or name server that the console itself could not reach in time. */
const BEHIND_THE_CONSOLE = /Remoting(Connect|SendRequest|Timeout)Exception/;
/** The console keeps a few admin clients, and all of them are in use; in 1.0.0 the second is how that looks. */
const OUT_OF_CLIENTS = /Timeout waiting for idle object|defaultMQAdminExt should be init/;

/** The console said no: HTTP 200 with a `status` other than 0. `words` are its own. */
export class RefusedError extends LagPusherError {
  constructor(readonly words: string) {
    super(OUT_OF_CLIENTS.test(words) ? 'console-busy' : BEHIND_THE_CONSOLE.test(words) ? 'broker-unreachable' : 'refused', words);
  }
}

const Envelope = v.object({ status: v.number(), data: v.optional(v.unknown()), errMsg: v.nullish(v.string()) });

/** Only `status` 0 is an answer. */
export function decodeEnvelope(body: string): unknown {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new WireError(body.trim() === '' ? 'the answer is empty' : `the answer is not JSON: ${excerpt(body)}`);
  }
  const envelope = check(Envelope, json, 'the answer');
  if (envelope.status !== 0) throw new RefusedError(excerpt(envelope.errMsg ?? `status ${envelope.status}`));
  return envelope.data;
}

export const name = v.pipe(
  v.string('expected a string'),
  // A lone surrogate has no UTF-8 form: two such names would become one on the way out.
  v.transform((value) => value.toWellFormed()),
);
export const count = v.pipe(v.number('expected a number'), v.safeInteger('expected an integer'));
export const list = <T extends v.GenericSchema>(item: T) => v.array(item, 'expected a list');

const TopicList = v.object({ topicList: list(name) });

export function decodeTopicList(data: unknown): string[] {
  return [...new Set(check(TopicList, data, 'data').topicList)];
}

const TopicConsumers = v.object({ groupList: list(name) });

/** The consumer groups that are on a topic, by their offsets or their clients. */
export function decodeTopicConsumers(data: unknown): string[] {
  return [...new Set(check(TopicConsumers, data, 'data').groupList)];
}

const Group = v.object({ count, messageModel: v.nullish(v.string()), diffTotal: v.nullish(count) });

/** What the console writes where it could not read a total. */
const NO_TOTAL = -1;

/**
 * Who a group is. Without a client the message model is null; then a readable total, be it negative, says that the group is
 * offline, and -1 says nothing: a gRPC group looks like that while it consumes, and so does a group that does not exist.
 */
export function decodeGroup(data: unknown): Extract<GroupAnswer, { answered: true }> {
  const { count: clients, messageModel, diffTotal } = check(Group, data, 'data');
  const presence: Presence =
    clients > 0 ? { kind: 'online', clients } : (diffTotal ?? NO_TOTAL) === NO_TOTAL ? { kind: 'unknown' } : { kind: 'offline' };
  return { answered: true, messageModel: messageModel ?? null, presence };
}

const Connections = v.object({ messageModel: v.nullish(v.string()) });

/** How the clients of a group consume, as one broker knows them; null when it does not say. */
export function decodeMessageModel(data: unknown): string | null {
  return check(Connections, data, 'data').messageModel ?? null;
}

const Proxies = v.object({ proxyAddrList: v.nullish(list(name)) });

/** Remoting addresses of the proxies that the console is set to know, whether or not there are any. */
export function decodeProxies(data: unknown): string[] {
  return check(Proxies, data, 'data').proxyAddrList ?? [];
}

const Operations = v.object({ currentNamesrv: v.nullish(v.string()) });

/** Which name servers the console reads from now, as `host:port` with semicolons between; undefined when it does not tell. */
export function decodeCurrentNameServer(data: unknown): string | undefined {
  return check(Operations, data, 'data').currentNamesrv || undefined;
}

/** A JSON object's own entries; unlike a record schema this keeps names like `constructor`, which are just names here. */
export function entries(value: unknown, where: string): [string, unknown][] {
  if (value === undefined) throw new WireError(`${where} is missing`);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new WireError(`${where}: expected an object, got ${Array.isArray(value) ? 'a list' : excerpt(JSON.stringify(value))}`);
  return Object.entries(value);
}

/** The value, of the shape that the schema wants; `where` is its place in the answer. */
export function check<T extends v.GenericSchema>(schema: T, value: unknown, where: string): v.InferOutput<T> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  // JSON has no undefined: what came as that did not come.
  if (issue.received === 'undefined') throw new WireError(`${where}${path} is missing`);
  const expected = issue.message.startsWith('expected') ? issue.message : `expected ${issue.expected ?? 'something else'}`;
  throw new WireError(`${where}${path}: ${expected}, got ${excerpt(issue.received)}`);
}
