import * as v from 'valibot';
import { excerpt } from '../../base/redaction.ts';
import type { Failure, MinOffsets, QueueReading, Subscription } from '../../lag/readings.ts';
import { check, count, type Endpoint, entries, list, name, parseQueueName, WireError } from './answers.ts';

/** Questions about topics: which there are, who consumes them, and how far each group has come on each queue. */

const TopicList = v.object({ topicList: list(name) });

export function decodeTopicList(data: unknown): string[] {
  return [...new Set(check(TopicList, data, 'data').topicList)];
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

/** A Java long. One beyond what a double holds exactly is read as it is, where exactness does not matter. */
const long = v.pipe(v.number('expected a number'), v.integer('expected an integer'));

const Queue = v.object({
  brokerName: name,
  queueId: count,
  brokerOffset: count,
  consumerOffset: long,
  clientInfo: v.nullish(name),
  lastTimestamp: count,
});
const Queues = v.nullish(list(Queue));
const WithRows = v.object({ queueStatInfoList: Queues });

type Row = v.InferOutput<typeof Queue>;

/** Every consumer group of one topic. A group without rows is one that the console itself could not read. */
export function decodeSubscriptions(data: unknown): Subscription[] {
  const subscriptions = new Map<string, Subscription>();
  for (const [group, value] of entries(data, 'data')) {
    const consumerGroup = group.toWellFormed();
    const again = subscriptions.has(consumerGroup);
    const failure: Failure = { kind: 'shape', message: `data lists consumer group ${consumerGroup} twice` };
    subscriptions.set(
      consumerGroup,
      again
        ? { consumerGroup, readable: false, failure }
        : decodeSubscription(consumerGroup, value, `data[${excerpt(JSON.stringify(group))}]`),
    );
  }
  return [...subscriptions.values()];
}

/** Every group on a topic with its rows. */
export const ROWS_BY_TOPIC: Endpoint<{ topic: string }, Subscription[]> = {
  path: '/topic/queryConsumerByTopic.query',
  decode: decodeSubscriptions,
};

const TopicsOfGroup = list(v.looseObject({ topic: name }));

/** One group's rows by topic, as one broker knows them. A topic without rows is left out: the broker has nothing of it. */
export function decodeTopicsOfGroup(consumerGroup: string, data: unknown): { topic: string; subscription: Subscription }[] {
  const subscriptions = new Map<string, Subscription>();
  check(TopicsOfGroup, data, 'data').forEach((value, index) => {
    const { topic } = value;
    const subscription = decodeSubscription(consumerGroup, value, `data[${index}]`);
    const failure: Failure = { kind: 'shape', message: `data lists topic ${topic} twice` };
    if (subscriptions.has(topic)) subscriptions.set(topic, { consumerGroup, readable: false, failure });
    else if (subscription.readable || subscription.failure !== NO_ROWS) subscriptions.set(topic, subscription);
  });
  return Array.from(subscriptions, ([topic, subscription]) => ({ topic, subscription }));
}

/**
 * One group's rows at one broker, by topic. Always ask one broker: without an address 2.x fails, and of several 2.0.0 reads
 * the first only. Console 1.0.0 ignores the address and answers for all brokers.
 */
export const ROWS_BY_GROUP: Endpoint<{ consumerGroup: string; address: string }, { topic: string; subscription: Subscription }[]> = {
  path: '/consumer/queryTopicByConsumer.query',
  decode: (data, { consumerGroup }) => decodeTopicsOfGroup(consumerGroup, data),
};

function decodeSubscription(consumerGroup: string, value: unknown, where: string): Subscription {
  try {
    const queues = readQueues(rowsAsTheyAre(value) ?? check(WithRows, value, where).queueStatInfoList ?? [], where);
    return queues.length === 0 ? { consumerGroup, readable: false, failure: NO_ROWS } : { consumerGroup, readable: true, queues };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return { consumerGroup, readable: false, failure: { kind: error.kind, message: error.message } };
  }
}

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

function readQueues(rows: readonly Row[], where: string): QueueReading[] {
  const seen = new Map<string, Set<number>>();
  return rows.map((row, index) => {
    const ids = seen.get(row.brokerName) ?? new Set<number>();
    if (ids.has(row.queueId)) throw new WireError(`${where} lists queue ${row.queueId} of broker ${row.brokerName} twice`);
    seen.set(row.brokerName, ids.add(row.queueId));
    // Ahead of the broker it is no backlog, however far; a backlog that is not exact is none.
    if (!Number.isSafeInteger(row.consumerOffset) && row.consumerOffset < row.brokerOffset)
      throw new WireError(`${where}.queueStatInfoList[${index}].consumerOffset: expected an integer, got ${row.consumerOffset}`);
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
