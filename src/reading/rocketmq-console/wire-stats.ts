import * as v from 'valibot';
import { excerpt } from '../../http/excerpts.ts';
import type { MinOffsets } from '../../lag/readings.ts';
import { check, count, entries, WireError } from './wire.ts';

/** Decoders for the console's statistics of a topic: the stored offsets of each queue. */

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

const MinOffset = v.object({ minOffset: v.pipe(count, v.minValue(0)) });

/** The first offset that each queue of `topic` still stores. A queue whose key or offset cannot be parsed is absent. */
export function decodeMinOffsets(topic: string, data: unknown): MinOffsets {
  const offsets = new Map<string, Map<number, number>>();
  for (const [key, value] of rowsOf(data)) {
    const queue = parseQueue(topic, key);
    const row = v.safeParse(MinOffset, value);
    if (queue === undefined || !row.success) continue;
    const ofBroker = offsets.get(queue.broker) ?? new Map<number, number>();
    offsets.set(queue.broker, ofBroker.set(queue.queueId, row.output.minOffset));
  }
  return offsets;
}

function rowsOf(data: unknown): [string, unknown][] {
  return entries(check(Table, data, 'data').offsetTable, 'data.offsetTable');
}

const QUEUE_ID = /, queueId=(0|[1-9]\d*)\]$/;

/**
 * A key is the text of a Java object, `MessageQueue [topic=T, brokerName=B, queueId=7]`, without escaping. The topic is known
 * and the queue id has only digits, so the text between them is the broker, even if the names contain commas or brackets.
 */
function parseQueue(topic: string, key: string): { broker: string; queueId: number } | undefined {
  const beginning = `MessageQueue [topic=${topic}, brokerName=`;
  const end = QUEUE_ID.exec(key);
  if (end === null || !key.startsWith(beginning)) return undefined;
  return { broker: key.slice(beginning.length, end.index).toWellFormed(), queueId: Number(end[1]) };
}
