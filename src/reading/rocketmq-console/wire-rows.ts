import * as v from 'valibot';
import { excerpt } from '../../http/excerpts.ts';
import type { Failure, QueueReading, Subscription } from '../../lag/readings.ts';
import { check, count, entries, list, name, WireError } from './wire.ts';

/** The console's rows: how far a consumer group has come on each queue. What is wrong in one group's rows costs that group alone. */

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
