import * as v from 'valibot';
import { LagPusherError } from '../../base/errors.ts';
import { excerpt } from '../../http/excerpts.ts';
import type { GroupAnswer, Presence, QueueReading, Subscription } from '../../lag/readings.ts';

/**
 * rocketmq-console's answers, checked at the door. Its field names live in this file and nowhere else; inside, the
 * terms are RocketMQ's. Every decoder takes the `data` of an answer and says in its error which field is wrong.
 */

/** The console answered, and what it said is not an answer to the question. */
export class WireError extends LagPusherError {
  constructor(message: string) {
    super('shape', message);
  }
}

/** A broker or name server that the console itself could not reach in time. */
const BEHIND_THE_CONSOLE = /Remoting(Connect|SendRequest|Timeout)Exception/;

/** The console said no: HTTP 200 with a `status` other than 0. `words` are its own. */
export class RefusedError extends LagPusherError {
  constructor(readonly words: string) {
    super(BEHIND_THE_CONSOLE.test(words) ? 'broker-unreachable' : 'refused', words);
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

const Queue = v.object({
  brokerName: name,
  queueId: count,
  brokerOffset: count,
  consumerOffset: count,
  clientInfo: v.nullish(name),
  lastTimestamp: count,
});
const Queues = v.nullish(list(Queue));
const GroupOnTopic = v.object({ queueStatInfoList: Queues });

/** Every consumer group of one topic. A group without rows is one that the console itself could not read. */
export function decodeSubscriptions(data: unknown): Subscription[] {
  const seen = new Set<string>();
  return entries(data, 'data').map(([group, value]) => {
    const where = `data[${excerpt(JSON.stringify(group))}]`;
    const queues = readQueues(rowsAsTheyAre(value) ?? check(GroupOnTopic, value, where).queueStatInfoList, where);
    const consumerGroup = group.toWellFormed();
    if (seen.has(consumerGroup)) throw new WireError(`data lists consumer group ${consumerGroup} twice`);
    seen.add(consumerGroup);
    return queues.length === 0
      ? { consumerGroup, readable: false, reason: 'the console lists it without a row' }
      : { consumerGroup, readable: true, queues };
  });
}

const TopicsOfGroup = list(v.object({ topic: name, queueStatInfoList: Queues }));

/** One group's rows by topic, as one broker's master knows them. */
export function decodeTopicsOfGroup(data: unknown): { topic: string; queues: QueueReading[] }[] {
  return check(TopicsOfGroup, data, 'data').map(({ topic, queueStatInfoList }, index) => ({
    topic,
    queues: readQueues(queueStatInfoList, `data[${index}]`),
  }));
}

type Row = v.InferOutput<typeof Queue>;

/**
 * The rows of a group when every one is just as the schema wants it, and undefined when any is not: then the schema says
 * what is wrong. Rows are nearly all that a tick reads, and going through them by the schema takes twice as long.
 */
function rowsAsTheyAre(value: unknown): readonly Row[] | undefined {
  const rows: unknown = (value as { queueStatInfoList?: unknown } | null | undefined)?.queueStatInfoList;
  return Array.isArray(rows) && rows.every(isRow) ? rows : undefined;
}

function isRow(value: unknown): value is Row {
  if (typeof value !== 'object' || value === null) return false;
  const { brokerName, queueId, brokerOffset, consumerOffset, clientInfo, lastTimestamp } = value as Record<keyof Row, unknown>;
  return (
    isName(brokerName) &&
    Number.isSafeInteger(queueId) &&
    Number.isSafeInteger(brokerOffset) &&
    Number.isSafeInteger(consumerOffset) &&
    (clientInfo === null || isName(clientInfo)) &&
    Number.isSafeInteger(lastTimestamp)
  );
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value.isWellFormed();
}

function readQueues(rows: readonly Row[] | null | undefined, where: string): QueueReading[] {
  const seen = new Map<string, Set<number>>();
  return (rows ?? []).map((row) => {
    const ids = seen.get(row.brokerName) ?? new Set<number>();
    if (ids.has(row.queueId)) throw new WireError(`${where} lists queue ${row.queueId} of broker ${row.brokerName} twice`);
    seen.set(row.brokerName, ids.add(row.queueId));
    return {
      broker: row.brokerName,
      queueId: row.queueId,
      brokerOffset: row.brokerOffset,
      consumerOffset: row.consumerOffset,
      clientId: row.clientInfo ? row.clientInfo : null,
      lastTimestamp: row.lastTimestamp > 0 ? row.lastTimestamp : null,
    };
  });
}

const Group = v.object({ count, messageModel: v.nullish(v.string()), diffTotal: v.nullish(count) });

/**
 * Who a group is. Without a client the message model is null; then a readable total says that the group is offline,
 * and -1 says nothing: a gRPC group looks like that while it consumes, and so does a group that does not exist.
 */
export function decodeGroup(data: unknown): GroupAnswer {
  const { count: clients, messageModel, diffTotal } = check(Group, data, 'data');
  const presence: Presence = clients > 0 ? { kind: 'online', clients } : (diffTotal ?? -1) >= 0 ? { kind: 'offline' } : { kind: 'unknown' };
  return { answered: true, messageModel: messageModel ?? null, presence };
}

const Offsets = v.object({ minOffset: count, maxOffset: count });

/** Messages that a topic stores now, and how many it ever received. The keys are the text of a Java object: not read. */
export function decodeStored(data: unknown): { stored: number; everSent: number } {
  const { offsetTable } = check(v.object({ offsetTable: v.unknown() }), data, 'data');
  const queues = entries(offsetTable, 'data.offsetTable').map(([key, value]) =>
    check(Offsets, value, `data.offsetTable[${excerpt(JSON.stringify(key))}]`),
  );
  if (queues.length === 0) throw new WireError('data.offsetTable has no queue: no broker told its offsets');
  let stored = 0;
  let everSent = 0;
  for (const { minOffset, maxOffset } of queues) {
    stored += Math.max(0, maxOffset - minOffset);
    everSent += maxOffset;
  }
  return { stored, everSent };
}

/** The id under which a broker's address table has its master. */
const MASTER_ID = '0';

export interface Broker {
  readonly broker: string;
  readonly address: string;
  /** Null where its runtime table does not say. */
  readonly version: string | null;
}

const Cluster = v.object({ clusterInfo: v.object({ brokerAddrTable: v.unknown() }), brokerServer: v.nullish(v.unknown()) });

/** Every broker of the cluster that has a master, with the master's address. */
export function decodeBrokers(data: unknown): Broker[] {
  const { clusterInfo, brokerServer } = check(Cluster, data, 'data');
  const brokers = entries(clusterInfo.brokerAddrTable, 'data.clusterInfo.brokerAddrTable').flatMap(([broker, value]) => {
    const where = `data.clusterInfo.brokerAddrTable[${excerpt(JSON.stringify(broker))}]`;
    const { brokerAddrs } = check(v.object({ brokerAddrs: v.unknown() }), value, where);
    return entries(brokerAddrs, `${where}.brokerAddrs`)
      .filter(([id]) => id === MASTER_ID)
      .map(([, address]) => ({
        broker: broker.toWellFormed(),
        address: check(v.string('expected a string'), address, `${where}.brokerAddrs`),
        version: versionOf(broker, brokerServer),
      }));
  });
  if (brokers.length === 0) throw new WireError('data.clusterInfo.brokerAddrTable names no master');
  return brokers;
}

const Runtimes = v.record(v.string(), v.record(v.string(), v.object({ brokerVersionDesc: v.nullish(v.string()) })));

/** What is told beside the addresses is not needed to ask: where it is not as it should be, it is not known. */
function versionOf(broker: string, runtimes: unknown): string | null {
  const told = v.safeParse(Runtimes, runtimes);
  return (told.success ? told.output[broker]?.[MASTER_ID]?.brokerVersionDesc : undefined) ?? null;
}

const QUEUE_NAME = /^MessageQueue \[topic=(.*), brokerName=(.*), queueId=(\d{1,9})\]$/s;

/** A queue as Java prints it, which is how it comes as the key of a JSON object; undefined for any other text. */
export function parseQueueName(text: string): { topic: string; broker: string; queueId: number } | undefined {
  const [, topic, broker, queueId] = QUEUE_NAME.exec(text) ?? [];
  if (topic === undefined || broker === undefined) return undefined;
  return { topic: topic.toWellFormed(), broker: broker.toWellFormed(), queueId: Number(queueId) };
}

/** A JSON object's own entries; unlike a record schema this keeps names like `constructor`, which are just names here. */
export function entries(value: unknown, where: string): [string, unknown][] {
  if (value === undefined) throw new WireError(`${where} is missing`);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new WireError(`${where}: expected an object, got ${Array.isArray(value) ? 'a list' : excerpt(JSON.stringify(value))}`);
  return Object.entries(value);
}

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
