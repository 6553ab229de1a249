import * as v from 'valibot';
import { excerpt } from '../../base/text.ts';
import type { Failure, MinOffsets, QueueReading, Subscription } from '../../lag/readings.ts';
import { answeringAddress, atLeast0, check, count, type Endpoint, entries, list, name, parseQueueName, WireError } from './answers.ts';
import type { Route } from './route.ts';

/** Questions about topics: which there are, who consumes them, and how far each group has come on each queue. */

const TopicList = v.object({ topicList: list(v.nullable(name)) });

/** A null in the list names no topic, and takes none of the others with it. */
export function decodeTopicList(data: unknown): string[] {
  return [...new Set(check(TopicList, data, 'data').topicList.filter((topic) => topic !== null))];
}

export const TOPIC_LIST: Endpoint<Record<never, string>, string[]> = { path: '/topic/list.query', decode: decodeTopicList };

const TopicConsumers = v.object({ groupList: list(name) });

export function decodeTopicConsumers(data: unknown): string[] {
  return [...new Set(check(TopicConsumers, data, 'data').groupList)];
}

/** The consumer groups that are on a topic, by their offsets or their clients. */
export const GROUPS_ON_TOPIC: Endpoint<{ topic: string }, string[]> = {
  path: '/topic/queryTopicConsumerInfo.query',
  decode: decodeTopicConsumers,
};

/** The console lists a group and gives no row of it: a failed read inside the console, not zero. */
export const NO_ROWS: Failure = { kind: 'no-rows', message: 'the console lists it without a row' };

const RouteData = v.object({
  queueDatas: list(v.object({ brokerName: name, readQueueNums: atLeast0 })),
  brokerDatas: list(v.object({ brokerName: name, brokerAddrs: v.unknown() })),
  topicQueueMappingByBroker: v.nullish(v.unknown()),
});
const QueueMapping = v.object({ totalQueues: atLeast0 });

export function decodeRoute(data: unknown): Route {
  const { queueDatas, brokerDatas, topicQueueMappingByBroker } = check(RouteData, data, 'data');
  const readQueues = new Map<string, number>();
  for (const { brokerName, readQueueNums } of queueDatas) {
    if (readQueues.has(brokerName)) throw new WireError(`data.queueDatas lists broker ${brokerName} twice`);
    readQueues.set(brokerName, readQueueNums);
  }
  if (readQueues.size === 0) throw new WireError('data.queueDatas names no broker');
  const addresses = new Map<string, string>();
  for (const { brokerName, brokerAddrs } of brokerDatas) {
    const where = `data.brokerDatas[${excerpt(JSON.stringify(brokerName))}].brokerAddrs`;
    const answering = answeringAddress(brokerAddrs, where);
    if (answering !== undefined) addresses.set(brokerName, answering.address);
  }
  const mappings = entries(topicQueueMappingByBroker ?? {}, 'data.topicQueueMappingByBroker').map(
    ([broker, value]) => check(QueueMapping, value, `data.topicQueueMappingByBroker[${excerpt(JSON.stringify(broker))}]`).totalQueues,
  );
  return { readQueues, addresses, logicalQueues: mappings.length === 0 ? undefined : Math.max(...mappings) };
}

/** Which brokers have queues of a topic, and how many. It comes from the name server, also while a broker hangs. */
export const ROUTE: Endpoint<{ topic: string }, Route> = { path: '/topic/route.query', decode: decodeRoute };

/** A Java long. One beyond what a double holds exactly is read as it is, where exactness does not matter. */
const long = v.pipe(v.number('expected a number'), v.integer('expected an integer'));

const Queue = v.object({
  brokerName: name,
  queueId: count,
  brokerOffset: atLeast0,
  consumerOffset: long,
  clientInfo: v.nullish(name),
  lastTimestamp: count,
});
const Queues = v.nullish(list(Queue));
const WithRows = v.object({ topic: v.nullish(name), queueStatInfoList: Queues });

type Row = v.InferOutput<typeof Queue>;

/** Every consumer group of one topic. A group without rows is one that the console itself could not read. */
export function decodeSubscriptions(data: unknown, topic?: string, readAt?: number): Subscription[] {
  const subscriptions = new Map<string, Subscription>();
  for (const [group, value] of entries(data, 'data')) {
    const consumerGroup = group.toWellFormed();
    const again = subscriptions.has(consumerGroup);
    const failure: Failure = { kind: 'shape', message: `data lists consumer group ${consumerGroup} twice` };
    subscriptions.set(
      consumerGroup,
      again
        ? { consumerGroup, readable: false, failure }
        : decodeSubscription(consumerGroup, value, `data[${excerpt(JSON.stringify(group))}]`, { topic, readAt }),
    );
  }
  return [...subscriptions.values()];
}

/** Every group on a topic with its rows. */
export const ROWS_BY_TOPIC: Endpoint<{ topic: string }, Subscription[]> = {
  path: '/topic/queryConsumerByTopic.query',
  decode: (data, { topic }, readAt) => decodeSubscriptions(data, topic, readAt),
};

const TopicsOfGroup = list(v.looseObject({ topic: name }));

/** One group's rows by topic, as one broker knows them. A topic with an empty list is there, as unreadable. */
export function decodeTopicsOfGroup(
  consumerGroup: string,
  data: unknown,
  readAt?: number,
): { topic: string; subscription: Subscription }[] {
  const subscriptions = new Map<string, Subscription>();
  check(TopicsOfGroup, data, 'data').forEach((value, index) => {
    const { topic } = value;
    const failure: Failure = { kind: 'shape', message: `data lists topic ${topic} twice` };
    subscriptions.set(
      topic,
      subscriptions.has(topic)
        ? { consumerGroup, readable: false, failure }
        : decodeSubscription(consumerGroup, value, `data[${index}]`, { readAt }),
    );
  });
  return Array.from(subscriptions, ([topic, subscription]) => ({ topic, subscription }));
}

/**
 * One group's rows at one broker, by topic. Always ask one broker: without an address 2.x fails, and of several 2.0.0 reads
 * the first only. Console 1.0.0 ignores the address and answers for all brokers.
 */
export const ROWS_BY_GROUP: Endpoint<{ consumerGroup: string; address: string }, { topic: string; subscription: Subscription }[]> = {
  path: '/consumer/queryTopicByConsumer.query',
  decode: (data, { consumerGroup }, readAt) => decodeTopicsOfGroup(consumerGroup, data, readAt),
};

/** Of one answer: the topic that was asked about, and when the answer arrived. */
interface OfAnswer {
  readonly topic?: string | undefined;
  readonly readAt: number | undefined;
}

function decodeSubscription(consumerGroup: string, value: unknown, where: string, { topic, readAt }: OfAnswer): Subscription {
  try {
    const queues = readQueues(rowsAsTheyAre(value, topic) ?? checkRows(value, where, topic), where, readAt);
    return queues.length === 0 ? { consumerGroup, readable: false, failure: NO_ROWS } : { consumerGroup, readable: true, queues };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return { consumerGroup, readable: false, failure: { kind: error.kind, message: error.message } };
  }
}

function checkRows(value: unknown, where: string, topic: string | undefined): readonly Row[] {
  const { topic: answered, queueStatInfoList } = check(WithRows, value, where);
  if (topic !== undefined && answered != null && answered !== topic.toWellFormed())
    throw new WireError(`${where}.topic: expected ${excerpt(topic)}, got ${excerpt(answered)}`);
  return queueStatInfoList ?? [];
}

/**
 * The rows of a group when every one is just as the schema wants it, and undefined when any is not: then the schema says
 * what is wrong. Rows are nearly all that a tick reads, and going through them by the schema takes twice as long.
 */
function rowsAsTheyAre(value: unknown, topic: string | undefined): readonly Row[] | undefined {
  const { queueStatInfoList: rows, topic: answered } = (value ?? {}) as { queueStatInfoList?: unknown; topic?: unknown };
  const isOfTopic = topic === undefined || answered === topic;
  return isOfTopic && Array.isArray(rows) && rows.every(isRow) ? rows : undefined;
}

function isRow(value: unknown): value is Row {
  if (typeof value !== 'object' || value === null) return false;
  const { brokerName, queueId, brokerOffset, consumerOffset, clientInfo, lastTimestamp } = value as Record<keyof Row, unknown>;
  return (
    isName(brokerName) &&
    Number.isSafeInteger(queueId) &&
    Number.isSafeInteger(brokerOffset) &&
    (brokerOffset as number) >= 0 &&
    Number.isSafeInteger(consumerOffset) &&
    (clientInfo === null || isName(clientInfo)) &&
    Number.isSafeInteger(lastTimestamp)
  );
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value.isWellFormed();
}

function readQueues(rows: readonly Row[], where: string, readAt: number | undefined): QueueReading[] {
  const seen = new Map<string, Set<number>>();
  return rows.map((row, index) => {
    const ids = seen.get(row.brokerName) ?? new Set<number>();
    if (ids.has(row.queueId)) throw new WireError(`${where} lists queue ${row.queueId} of broker ${row.brokerName} twice`);
    seen.set(row.brokerName, ids.add(row.queueId));
    // Ahead of the broker it is no backlog, however far; a backlog that is not exact is none.
    if (!Number.isSafeInteger(row.consumerOffset) && row.consumerOffset < row.brokerOffset)
      throw new WireError(`${where}.queueStatInfoList[${index}].consumerOffset: expected an integer, got ${row.consumerOffset}`);
    const queue: Writable<QueueReading> = {
      broker: row.brokerName,
      queueId: row.queueId,
      brokerOffset: row.brokerOffset,
      consumerOffset: row.consumerOffset,
      clientId: row.clientInfo ? row.clientInfo : null,
      lastTimestamp: row.lastTimestamp > 0 ? row.lastTimestamp : null,
    };
    if (readAt !== undefined) queue.readAt = readAt;
    return queue;
  });
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

const Table = v.object({ offsetTable: v.unknown() });
const Offsets = v.object({ minOffset: count, maxOffset: count });

/** Messages that a topic stores now, and how many it ever received. These are sums, so the keys are not parsed. */
export function decodeStored(data: unknown): { stored: number; everSent: number } {
  const queues = rowsOf(data).map(([key, value]) => check(Offsets, value, `data.offsetTable[${excerpt(JSON.stringify(key))}]`));
  if (queues.length === 0) throw new WireError('data.offsetTable has no queue: no broker told its offsets');
  let stored = 0;
  let everSent = 0;
  for (const { minOffset, maxOffset } of queues) {
    stored += Math.max(0, maxOffset - minOffset);
    everSent += maxOffset;
  }
  return { stored, everSent };
}

/** How many messages a topic stores now, and how many it ever received. */
export const STORED_MESSAGES: Endpoint<{ topic: string }, { stored: number; everSent: number }> = {
  path: '/topic/stats.query',
  decode: decodeStored,
};

const MinOffset = v.object({ minOffset: v.pipe(count, v.minValue(0)) });

/** The first offset that each queue of `topic` still stores. A queue whose key or offset cannot be parsed is absent. */
export function decodeMinOffsets(topic: string, data: unknown): MinOffsets {
  const offsets = new Map<string, Map<number, number>>();
  for (const [key, value] of rowsOf(data)) {
    const queue = parseQueueName(key, topic);
    const row = v.safeParse(MinOffset, value);
    if (queue === undefined || !row.success) continue;
    const ofBroker = offsets.get(queue.broker) ?? new Map<number, number>();
    offsets.set(queue.broker, ofBroker.set(queue.queueId, row.output.minOffset));
  }
  return offsets;
}

/** The first offset that each queue of a topic still stores. */
export const MIN_OFFSETS: Endpoint<{ topic: string }, MinOffsets> = {
  path: '/topic/stats.query',
  decode: (data, { topic }) => decodeMinOffsets(topic, data),
};

function rowsOf(data: unknown): [string, unknown][] {
  return entries(check(Table, data, 'data').offsetTable, 'data.offsetTable');
}
